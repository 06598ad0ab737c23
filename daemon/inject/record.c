// SPDX-License-Identifier: LGPL-2.1-or-later
#include "inject/record.h"

#include <string.h>

#include "cper/cper.h"

static const struct {
	enum conf_severity conf;
	uint32_t cper;
} severities[] = {
	{ CONF_SEV_INFO, CPER_SEV_INFO },
	{ CONF_SEV_CORRECTED, CPER_SEV_CORRECTED },
	{ CONF_SEV_RECOVERABLE, CPER_SEV_RECOVERABLE },
	{ CONF_SEV_FATAL, CPER_SEV_FATAL },
};

static uint32_t to_cper(enum conf_severity s)
{
	for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++)
		if (severities[i].conf == s)
			return severities[i].cper;
	return CPER_SEV_CORRECTED;
}

static int cper_failed(struct ras_err *err, const struct cper_err *ce)
{
	ras_fail(err, RAS_E_RECORD, "the record is not fit for a guest: %s at byte %u (entry %u): %s",
		 cper_code_name(ce->code), ce->offset, ce->entry, ce->what ? ce->what : "");
	return ras_hint(err, "'rasctl decode FILE' shows what is wrong with it");
}

/* Memory error type words of UEFI 2.10 table N.31: 2 single-bit ECC, 3 multi-bit ECC. */
static int build_memory(const struct inject_request *rq, struct journal_row *row, struct ras_err *err)
{
	struct cper_entry_info info = { .severity = to_cper(rq->severity) };
	struct cper_memory m = { 0 };
	struct cper_builder b;
	struct cper_err ce;

	m.validation_bits = CPER_MEM_VALID_PA | CPER_MEM_VALID_PA_MASK | CPER_MEM_VALID_ERROR_TYPE;
	m.physical_address = rq->gpa.v;
	m.physical_address_mask = ~UINT64_C(0xfff);
	m.memory_error_type = info.severity == CPER_SEV_CORRECTED || info.severity == CPER_SEV_INFO ? 2 : 3;
	cper_build_begin(&b, row->record, sizeof(row->record));
	cper_put_memory(&b, &info, &m);
	if (cper_build_end(&b, &row->record_len, &ce) < 0)
		return cper_failed(err, &ce);
	return 0;
}

int record_build(const struct inject_request *rq, const struct uuid *id, unsigned int profile,
		 struct journal_row *row, struct ras_err *err)
{
	const char *text = rq->tag && rq->tag[0] ? rq->tag : "rasd";
	struct cper_guid guid;
	struct cper_err ce;
	size_t len;
	int r;

	row->severity[0] = '\0';
	if (rq->record) {
		if (rq->record_len > sizeof(row->record))
			return ras_fail(err, RAS_E_RECORD, "record of %zu bytes, at most %zu", rq->record_len,
					sizeof(row->record));
		memcpy(row->record, rq->record, rq->record_len);
		row->record_len = rq->record_len;
	} else {
		r = build_memory(rq, row, err);
		if (r < 0)
			return r;
	}
	/* Before a byte of it is trusted: a wrong block can wedge or panic the guest. */
	if (cper_validate(row->record, row->record_len, profile, &ce) < 0)
		return cper_failed(err, &ce);
	if (rq->fru != FRU_NONE) {
		cper_guid_from_uuid(rq->fru == FRU_GIVEN ? &rq->fru_id : id, &guid);
		if (cper_set_fru(row->record, row->record_len, &guid, text, &ce) < 0)
			return cper_failed(err, &ce);
	}
	len = row->record_len;
	if (cper_validate(row->record, len, profile, &ce) < 0)
		return cper_failed(err, &ce);
	for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++)
		if (severities[i].cper == cper_block_severity(row->record))
			snprintf(row->severity, sizeof(row->severity), "%s",
				 conf_severity_name(severities[i].conf));
	row->gpa = rq->gpa;
	return 0;
}
