// SPDX-License-Identifier: LGPL-2.1-or-later
#include "inject/record.h"

#include <string.h>

#include "base/cleanup.h"
#include "cper/address.h"
#include "base/le.h"

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
	for (size_t i = 0; i < ARRAY_LEN(severities); i++)
		if (severities[i].conf == s)
			return severities[i].cper;
	return CPER_SEV_CORRECTED;
}

static int cper_failed(struct ras_err *err, const struct cper_err *ce)
{
	ras_fail(err, RAS_E_RECORD,
		 "the record is not fit for a guest: %s at byte %u (entry %u): %s",
		 cper_code_name(ce->code), ce->offset, ce->entry, ce->what ? ce->what : "");
	return ras_hint(err, "'rasctl decode FILE' shows what is wrong with it");
}

/* Memory error type words of UEFI 2.10 table N.31: 2 single-bit ECC, 3 multi-bit ECC. */
static int build_memory(const struct inject_request *rq, struct journal_row *row,
			struct ras_err *err)
{
	struct cper_entry_info info = { .severity = to_cper(rq->severity) };
	struct cper_memory m = { 0 };
	struct cper_builder b;
	struct cper_err ce;

	m.validation_bits = CPER_MEM_VALID_PA | CPER_MEM_VALID_PA_MASK | CPER_MEM_VALID_ERROR_TYPE;
	m.physical_address = rq->gpa.v;
	m.physical_address_mask = ~UINT64_C(0xfff);
	m.memory_error_type =
		info.severity == CPER_SEV_CORRECTED || info.severity == CPER_SEV_INFO ? 2 : 3;
	cper_build_begin(&b, row->record, sizeof(row->record));
	cper_put_memory(&b, &info, &m);
	if (cper_build_end(&b, &row->record_len, &ce) < 0)
		return cper_failed(err, &ce);
	return 0;
}

/*
 * What a record may do to a guest: the worst of the block and all entries. Walks framing that may
 * be unsound and sections that may be corrupt, for --malformed; an unknown severity counts as
 * fatal.
 */
static enum conf_severity worst_severity(const uint8_t *rec, size_t len)
{
	enum conf_severity worst = CONF_SEV_INFO;
	uint32_t severity = cper_block_severity(rec);
	uint64_t pos = CPER_BLOCK_SIZE;

	for (;;) {
		enum conf_severity s = CONF_SEV_FATAL;

		for (size_t i = 0; i < ARRAY_LEN(severities); i++)
			if (severities[i].cper == severity)
				s = severities[i].conf;
		if (s > worst)
			worst = s;
		if (pos + CPER_ENTRY_SIZE_V2 > len ||
		    pos + CPER_ENTRY_SIZE_V2 > (uint64_t)CPER_BLOCK_SIZE + le32(rec + 12))
			return worst;
		severity = le32(rec + pos + 16);
		pos += (rec[pos + 21] >= 3 ? CPER_ENTRY_SIZE : CPER_ENTRY_SIZE_V2) +
		       (uint64_t)le32(rec + pos + 24);
	}
}

/* Malformed on purpose: whatever it is, never a block known to harm a guest by accident. */
static int check_malformed(const struct journal_row *row, unsigned int profile, struct ras_err *err)
{
	struct cper_err ce;

	if ((profile & CPER_QEMU_SLOT) && row->record_len > CPER_QEMU_SLOT_SIZE)
		return ras_fail(err, RAS_E_RECORD,
				"record of %zu bytes, the guest's status block has %u",
				row->record_len, CPER_QEMU_SLOT_SIZE);
	if (cper_hazard(row->record, row->record_len, &ce) < 0) {
		ras_fail(err, RAS_E_RECORD, "not even on purpose: %s at byte %u (entry %u): %s",
			 cper_code_name(ce.code), ce.offset, ce.entry, ce.what ? ce.what : "");
		return ras_hint(err, "this would wedge, hang or panic the guest by accident, "
				     "or print its memory");
	}
	return 0;
}

static int check(const struct inject_request *rq, const struct journal_row *row,
		 unsigned int profile, struct ras_err *err)
{
	struct cper_err ce;

	if (rq->malformed)
		return check_malformed(row, profile, err);
	if (cper_validate(row->record, row->record_len, profile, &ce) < 0)
		return cper_failed(err, &ce);
	return 0;
}

int record_build(const struct inject_request *rq, const struct uuid *id, unsigned int profile,
		 struct journal_row *row, struct ras_err *err)
{
	const char *text = rq->tag && rq->tag[0] ? rq->tag : "rasd";
	struct cper_guid guid;
	struct cper_err ce;
	int r;

	if (rq->record) {
		if (rq->record_len > sizeof(row->record))
			return ras_fail(err, RAS_E_RECORD, "record of %zu bytes, at most %zu",
					rq->record_len, sizeof(row->record));
		memcpy(row->record, rq->record, rq->record_len);
		row->record_len = rq->record_len;
	} else {
		r = build_memory(rq, row, err);
		if (r < 0)
			return r;
	}
	/* Before a byte of it is trusted: a wrong block can wedge or panic the guest. */
	r = check(rq, row, profile, err);
	if (r < 0)
		return r;
	if (rq->fru != FRU_NONE) {
		cper_guid_from_uuid(rq->fru == FRU_GIVEN ? &rq->fru_id : id, &guid);
		if (cper_set_fru(row->record, row->record_len, &guid, text, &ce) < 0)
			return cper_failed(err, &ce);
		r = check(rq, row, profile, err);
		if (r < 0)
			return r;
	}
	snprintf(row->severity, sizeof(row->severity), "%s",
		 conf_severity_name(worst_severity(row->record, row->record_len)));
	row->target.gpa = rq->gpa;
	return 0;
}

struct address_walk {
	const struct guest *g;
	struct journal_row *row;
	const struct inject_request *rq;
	const struct cper_entry *entry;
	struct ras_err *err;
	bool found;
};

static int check_address(void *ctx, const char *part, uint32_t element, const struct cper_field *f,
			 const uint8_t *structure, bool valid)
{
	struct address_walk *w = ctx;
	struct gpa gpa;

	(void)element;
	if (!valid ||
	    !cper_is_page_address(cper_section_find(&w->entry->section_type)->kind, f->name))
		return 0;
	gpa.v = le64(structure + f->offset);
	if (!w->found)
		w->row->target.gpa = gpa;
	w->found = true;
	if (guest_has_ram(w->g, gpa))
		return 0;
	ras_fail(w->err, RAS_E_NOT_RAM, "0x%llx is not RAM of %s", (unsigned long long)gpa.v,
		 w->g->name);
	ras_hint(w->err, "'rasctl explain %s' lists its RAM", w->g->name);
	if (!w->rq->record)
		return ras_field(w->err, "gpa");
	return ras_field(w->err, "sections[%u].section.%s%s%s", w->entry->index,
			 part ? part : "fields", part ? "[].fields." : ".", f->name);
}

/* A processor section that this guest's kernel does not know would be a hex dump in its log. */
static int check_arch(const struct guest *g, const struct cper_entry *e,
		      const struct cper_section *s, struct ras_err *err)
{
	bool arm = strcmp(s->kind, "proc_arm") == 0;

	if (!arm && strcmp(s->kind, "proc_ia") != 0)
		return 0;
	if (backend_fits_processor(g, arm))
		return 0;
	ras_fail(err, RAS_E_NOT_CAPABLE, "%s is an %s guest: it has no %s processors", g->name,
		 g->machine.arch, arm ? "ARM" : "IA32/X64");
	ras_hint(err, "use kind %s, or proc_generic", arm ? "proc_ia" : "proc_arm");
	return ras_field(err, "sections[%u].kind", e->index);
}

int record_fits_guest(const struct inject_request *rq, const struct guest *g,
		      struct journal_row *row, struct ras_err *err)
{
	struct cper_entry e;
	struct address_walk w = { .g = g, .row = row, .rq = rq, .entry = &e, .err = err };
	struct cper_view v;
	struct cper_err ce;
	int r;

	if (rq->record && !rq->typed)
		return 0;
	if (cper_view_init(&v, row->record, row->record_len, &ce) < 0)
		return cper_failed(err, &ce);
	while ((r = cper_view_next(&v, &e, &ce)) > 0) {
		const struct cper_section *s = cper_section_find(&e.section_type);

		if (!s)
			continue;
		r = check_arch(g, &e, s, err);
		if (r < 0)
			return r;
		r = cper_for_each_field(&e, check_address, &w, &ce);
		if (r == -1)
			break;
		if (r < 0)
			return r;
	}
	return r < 0 ? cper_failed(err, &ce) : 0;
}

bool record_has_own_id(const struct journal_row *row)
{
	struct cper_view v;
	struct cper_entry e;
	struct cper_guid own;

	cper_guid_from_uuid(&row->id, &own);
	return cper_view_init(&v, row->record, row->record_len, NULL) == 0 &&
	       cper_view_next(&v, &e, NULL) == 1 && (e.validation_bits & CPER_ENTRY_VALID_FRU_ID) &&
	       memcmp(e.fru_id, &own, sizeof(own)) == 0;
}
