// SPDX-License-Identifier: LGPL-2.1-or-later
/* Records of events of CXL memory devices. */
#pragma once

#include "backend/cxl_map.h"
#include "tests/unit/one_record.h"

#define CXL_BDF 0x0d00u /* 0d:00.0 */
#define CXL_LOG_BYTES 112

static inline struct cper_cxl_event cxl_section(enum cper_cxl_event_type type, const uint8_t *log,
						size_t len)
{
	return (struct cper_cxl_event){ .type = type,
					.validation_bits = CPER_CXL_EVENT_VALID_DEVICE_ID |
							   CPER_CXL_EVENT_VALID_LOG,
					.bus = 0x0d,
					.event_log = { log, len } };
}

static inline struct one_record cxl_record_of(uint32_t severity, const struct cper_cxl_event *c)
{
	struct cper_entry_info info = { .severity = severity };
	struct one_record r;
	struct cper_builder b = one_begin(&r);

	cper_put_cxl_event(&b, &info, c);
	one_end(&r, &b);
	return r;
}

/* Every byte another one, every field valid, of the event log "warning". */
static inline const uint8_t *cxl_full_log(void)
{
	static uint8_t log[CXL_LOG_BYTES];

	for (size_t i = 0; i < sizeof(log); i++)
		log[i] = (uint8_t)(i + 1);
	log[1] = 1;
	log[43] = log[44] = 0xff;
	return log;
}

static inline struct one_record cxl_record(enum cper_cxl_event_type type, uint32_t severity)
{
	struct cper_cxl_event c = cxl_section(type, cxl_full_log(), CXL_LOG_BYTES);

	return cxl_record_of(severity, &c);
}
