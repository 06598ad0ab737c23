// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A CXL event section (UEFI 2.10 N.2.14) carries an event record of CXL 3.1 8.2.9.2.1 without its
 * UUID. QEMU's commands take the same fields as numbers, and the device hands the guest's driver a
 * record with them. So one section is one command:
 *
 *   general media event  ->  cxl-inject-general-media-event
 *   DRAM event           ->  cxl-inject-dram-event
 *   memory module event  ->  cxl-inject-memory-module-event
 *
 * A media event whose transaction is "host inject poison" says that the address was poisoned: then
 * the device gets the poison, too, before the event.
 *
 * QEMU makes handle and timestamp itself. A component id is bytes that the caller chose, and is not
 * sent: nothing but numbers and words of QEMU's schema goes to the monitor.
 *
 * Not offered: protocol errors (cxl-inject-correctable-error and -uncorrectable-errors). QEMU
 * answers success and sets the device's AER status; Linux 6.12 leaves internal errors masked there,
 * and hears nothing.
 */
#include "backend/cxl_map.h"

#include "backend/single.h"
#include "base/cleanup.h"
#include "cper/cper.h"
#include "cper/sections.h"

/* A field of the event record; valid: its bit in the validity flags, -1: always sent. */
struct field {
	const char *name;
	uint8_t at, bytes;
	int8_t valid;
};

#define OPTIONAL (-2) /* sent unless it is 0: its validity is a flag of the head, which QEMU sets */
#define ALWAYS (-1)

/* Fields of all events; the flags' two lowest bits are the log. */
static const struct field head[] = {
	{ "flags", 1, 3, ALWAYS },
	{ "maint-op-class", 16, 1, OPTIONAL },
	{ "maint-op-subclass", 17, 1, OPTIONAL },
	{ "ld-id", 18, 2, OPTIONAL },
	{ "head-id", 20, 1, OPTIONAL },
};

static const struct field media[] = {
	{ "dpa", 32, 8, ALWAYS },	  { "descriptor", 40, 1, ALWAYS },
	{ "type", 41, 1, ALWAYS },	  { "transaction-type", 42, 1, ALWAYS },
	{ "channel", 45, 1, 0 },	  { "rank", 46, 1, 1 },
	{ "device", 47, 3, 2 },		  { "cme-ev-flags", 66, 1, OPTIONAL },
	{ "cme-count", 67, 3, OPTIONAL }, { "sub-type", 70, 1, ALWAYS },
};

static const struct field dram[] = {
	{ "dpa", 32, 8, ALWAYS },
	{ "descriptor", 40, 1, ALWAYS },
	{ "type", 41, 1, ALWAYS },
	{ "transaction-type", 42, 1, ALWAYS },
	{ "channel", 45, 1, 0 },
	{ "rank", 46, 1, 1 },
	{ "nibble-mask", 47, 3, 2 },
	{ "bank-group", 50, 1, 3 },
	{ "bank", 51, 1, 4 },
	{ "row", 52, 3, 5 },
	{ "column", 55, 2, 6 },
	{ "sub-channel", 105, 1, 10 },
	{ "cme-ev-flags", 106, 1, OPTIONAL },
	{ "cvme-count", 107, 3, OPTIONAL },
	{ "sub-type", 110, 1, ALWAYS },
};

static const struct field module[] = {
	{ "type", 32, 1, ALWAYS },
	{ "health-status", 33, 1, ALWAYS },
	{ "media-status", 34, 1, ALWAYS },
	{ "additional-status", 35, 1, ALWAYS },
	{ "life-used", 36, 1, ALWAYS },
	{ "temperature", 37, 2, ALWAYS },
	{ "dirty-shutdown-count", 39, 4, ALWAYS },
	{ "corrected-volatile-error-count", 43, 4, ALWAYS },
	{ "corrected-persistent-error-count", 47, 4, ALWAYS },
	{ "sub-type", 69, 1, ALWAYS },
};

static const struct {
	enum cper_cxl_event_type type;
	const char *command;
	const struct field *fields;
	size_t n;
} events[] = {
	{ CPER_CXL_EVENT_MEDIA, "cxl-inject-general-media-event", media, ARRAY_LEN(media) },
	{ CPER_CXL_EVENT_DRAM, "cxl-inject-dram-event", dram, ARRAY_LEN(dram) },
	{ CPER_CXL_EVENT_MODULE, "cxl-inject-memory-module-event", module, ARRAY_LEN(module) },
};

#define VALIDITY 43 /* where the flags are, in media and DRAM events */
#define CORRECTION_MASK 57
#define CORRECTION_MASK_VALID 7
#define FLAGS 1
#define TRANSACTION 42
#define HOST_INJECT_POISON 4
#define DPA 32
#define LOG_BYTES_MAX 112u /* of an event record without its UUID */

static int no_event(struct ras_err *err, const char *what)
{
	ras_fail(err, RAS_E_NOT_CAPABLE,
		 "cxl takes records of exactly one event of a CXL memory device; %s", what);
	return ras_hint(err, "'rasctl explain' lists the backends; a record of a GHES takes every "
			     "section");
}

/* Bytes beyond the end of a short record are 0. */
static uint64_t number(const struct cper_bytes *log, size_t at, size_t bytes)
{
	const uint8_t *p = log->data;
	uint64_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		if (at + i < log->len)
			v |= (uint64_t)p[at + i] << 8 * i;
	return v;
}

static void add(struct qmp_cxl_event *e, const struct cper_bytes *log, const struct field *f,
		uint64_t valid)
{
	uint64_t v = number(log, f->at, f->bytes);

	if (f->valid == OPTIONAL ? !v : f->valid >= 0 && !(valid >> f->valid & 1))
		return;
	e->number[e->n++] = (struct qmp_cxl_number){ f->name, v };
}

/* The log of an event is its severity: its grant is that of a record as bad as that. */
static int check_severity(uint64_t log, uint32_t severity, struct ras_err *err)
{
	static const uint32_t least[] = { CPER_SEV_INFO, CPER_SEV_CORRECTED, CPER_SEV_RECOVERABLE,
					  CPER_SEV_FATAL };

	if (cper_severity_rank(severity) >= cper_severity_rank(least[log]))
		return 0;
	return no_event(err, "the event of this one is worse than its severity");
}

static int fill(const struct cper_cxl_event *c, uint32_t severity, struct cxl_mapped *m,
		struct ras_err *err)
{
	static const char *const logs[] = { "informational", "warning", "failure", "fatal" };
	const struct cper_bytes *log = &c->event_log;
	struct qmp_cxl_event *e = &m->event;
	uint64_t valid = number(log, VALIDITY, 2), which = number(log, FLAGS, 1) & 3;
	size_t i = 0;

	while (i < ARRAY_LEN(events) && events[i].type != c->type)
		i++;
	if (i == ARRAY_LEN(events))
		return no_event(err, "QEMU does not have the event of this one");
	if (check_severity(which, severity, err) < 0)
		return -err->code;
	*m = (struct cxl_mapped){ .event = { .command = events[i].command, .log = logs[which] } };
	for (size_t k = 0; k < ARRAY_LEN(head); k++)
		add(e, log, &head[k], 0);
	for (size_t k = 0; k < events[i].n; k++)
		add(e, log, &events[i].fields[k], valid);
	if (c->type == CPER_CXL_EVENT_DRAM && (valid >> CORRECTION_MASK_VALID & 1)) {
		e->has_correction_mask = true;
		for (size_t k = 0; k < 4; k++)
			e->correction_mask[k] = number(log, CORRECTION_MASK + 8 * k, 8);
	}
	m->dpa = number(log, DPA, 8);
	m->poison = c->type == CPER_CXL_EVENT_MEDIA &&
		    number(log, TRANSACTION, 1) == HOST_INJECT_POISON;
	return 0;
}

int cxl_map(const uint8_t *record, size_t len, struct cxl_mapped *out, struct ras_err *err)
{
	struct cper_entry e = { 0 };
	struct cper_cxl_event c;
	struct cxl_mapped m;
	uint32_t severity = 0;
	const char *wrong = single_entry(record, len, &e, &severity);

	if (wrong)
		return no_event(err, wrong);
	if (cper_decode_cxl_event(&e, &c, NULL) < 0)
		return no_event(err, "this one is another error");
	if (!(c.validation_bits & CPER_CXL_EVENT_VALID_DEVICE_ID) || c.segment || c.device > 31 ||
	    c.function > 7)
		return no_event(err, "this one names no device of segment 0");
	if (!(c.validation_bits & CPER_CXL_EVENT_VALID_LOG) || c.event_log.len <= VALIDITY + 1 ||
	    c.event_log.len > LOG_BYTES_MAX)
		return no_event(err, "this one has no event record, or one of another length");
	if (fill(&c, severity, &m, err) < 0)
		return -err->code;
	m.bdf = (uint16_t)(c.bus << 8 | c.device << 3 | c.function);
	*out = m;
	return 0;
}
