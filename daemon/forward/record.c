// SPDX-License-Identifier: LGPL-2.1-or-later
#include "forward/record.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cper/fields.h"
#include "cper/sections.h"

#define GUEST_PAGE_BYTES 4096u
#define FLAG_THRESHOLD_EXCEEDED 0x08u /* section descriptor, bit 3 */

static uint8_t bcd(int n)
{
	return (uint8_t)(n / 10 << 4 | n % 10);
}

/* UEFI 2.10, N.2.2: seconds, minutes, hours, flags, day, month, year, century; UTC. */
static void put_time(struct cper_entry_info *info, int64_t real_ns)
{
	time_t t = (time_t)(real_ns / 1000000000);
	struct tm tm;

	if (real_ns <= 0 || !gmtime_r(&t, &tm))
		return;
	info->has_timestamp = true;
	info->timestamp[0] = bcd(tm.tm_sec);
	info->timestamp[1] = bcd(tm.tm_min);
	info->timestamp[2] = bcd(tm.tm_hour);
	info->timestamp[4] = bcd(tm.tm_mday);
	info->timestamp[5] = bcd(tm.tm_mon + 1);
	info->timestamp[6] = bcd(tm.tm_year % 100);
	info->timestamp[7] = bcd(tm.tm_year / 100 + 19);
}

/* Memory error types of UEFI 2.10, table N.31: 2 single-bit ECC, 3 multi-bit ECC. */
static void fill(struct cper_memory *m, const struct forward_error *e, struct gpa gpa)
{
	*m = (struct cper_memory){ 0 };
	m->validation_bits = CPER_MEM_VALID_PA | CPER_MEM_VALID_PA_MASK | CPER_MEM_VALID_ERROR_TYPE;
	m->physical_address = gpa.v;
	m->physical_address_mask = e->pages ? ~(uint64_t)(GUEST_PAGE_BYTES - 1) : UINT64_MAX;
	m->memory_error_type = e->severity == CONF_SEV_CORRECTED ? 2 : 3;
}

int forward_record(const struct forward_error *e, const struct gpa *gpa, size_t n, uint8_t *out,
		   size_t size, size_t *len, struct ras_err *err)
{
	struct cper_entry_info info = { .severity = e->severity == CONF_SEV_CORRECTED ?
							    CPER_SEV_CORRECTED :
							    CPER_SEV_RECOVERABLE };
	struct cper_builder b;
	struct cper_memory m;
	struct cper_err ce;

	if (e->threshold)
		info.flags |= FLAG_THRESHOLD_EXCEEDED;
	snprintf(info.fru_text, sizeof(info.fru_text), "%s", e->fru_text);
	put_time(&info, e->real_ns);
	cper_build_begin(&b, out, size);
	for (size_t i = 0; i < n; i++) {
		fill(&m, e, gpa[i]);
		cper_put_memory(&b, &info, &m);
	}
	if (cper_build_end(&b, len, &ce) < 0)
		return ras_fail(err, RAS_E_RECORD, "no record can be made: %s",
				cper_code_name(ce.code));
	return 0;
}
