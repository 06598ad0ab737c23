// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The gate before injection. QEMU checks nothing and Linux only the framing. What this prevents: a
 * block_status of 0 is never acknowledged, so every later injection fails until reboot; a severity
 * over 3 panics the guest.
 */
#include "cper/record.h"
#include "cper/section.h"

static void keep_first(void *ctx, const struct cper_err *w)
{
	struct cper_err *first = ctx;

	if (!first->code)
		*first = *w;
}

static bool first_warning(const void *buf, size_t len, struct cper_err *err)
{
	struct cper_err first = { 0 };

	if (cper_check(buf, len, keep_first, &first) < 0 || !first.code)
		return false;
	if (err)
		*err = first;
	return true;
}

/* What Linux would not show, although it does no harm. */
static int for_linux(const struct cper_entry *e, struct cper_err *err)
{
	if (e->severity > CPER_SEV_INFO)
		return cper_fail(err, CPER_SEVERITY, e->header_offset + 16u, e->index,
				 "unknown severity of an entry");
	if (e->section_len == CPER_MEMORY_SIZE_OLD && le64(e->section) >> 15 &&
	    cper_section_find(&e->section_type) == &cper_section_memory)
		return cper_fail(
			err, CPER_VALID_BEYOND_LENGTH, e->section_offset, e->index,
			"Linux shows no memory section of 73 bytes with newer validation bits");
	return 0;
}

int cper_validate(const void *buf, size_t len, unsigned int profiles, struct cper_err *err)
{
	bool linux_guest = profiles & CPER_LINUX_GUEST;
	struct cper_entry e;
	struct cper_view v;
	int r;

	if (cper_view_init(&v, buf, len, err) < 0)
		return -1;
	while ((r = cper_view_next(&v, &e, err)) > 0)
		if (linux_guest && for_linux(&e, err) < 0)
			return -1;
	if (r < 0)
		return -1;
	if (linux_guest && !le32(buf))
		return cper_fail(err, CPER_BLOCK_STATUS_ZERO, 0, 0,
				 "block_status 0 is never acknowledged");
	if (linux_guest && cper_block_severity(buf) > CPER_SEV_INFO)
		return cper_fail(err, CPER_SEVERITY, 16, 0, "unknown severity panics the guest");
	if (linux_guest && cper_hazard(buf, len, err) < 0)
		return -1;
	if ((profiles & CPER_STRICT) && first_warning(buf, len, err))
		return -1;
	if ((profiles & CPER_QEMU_SLOT) && len > v.total)
		return cper_fail(err, CPER_TRAILING_BUFFER, v.total, 0, "bytes after the block");
	if ((profiles & CPER_QEMU_SLOT) && len > CPER_QEMU_SLOT_SIZE)
		return cper_fail(err, CPER_NO_SPACE, len, 0, "over QEMU's 1024 bytes");
	return 0;
}

static bool text_ok(const uint8_t *t)
{
	size_t n = strnlen((const char *)t, CPER_FRU_TEXT_SIZE);

	for (size_t i = 0; i < n; i++)
		if (t[i] < 0x20 || t[i] > 0x7e)
			return false;
	return true;
}

struct warn {
	cper_warning_fn *fn;
	void *ctx;
};

static void tell(const struct warn *w, int code, uint32_t offset, uint16_t entry, const char *what)
{
	struct cper_err e;

	cper_fail(&e, code, offset, entry, what);
	w->fn(w->ctx, &e);
}

/*
 * The first set byte of a reserved field of the structure at offset base of the block. False if all
 * are 0.
 */
static bool reserved_set(const struct cper_table *t, const uint8_t *structure, uint32_t len,
			 uint32_t *at)
{
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct cper_field *f = &t->fields[i];

		for (uint32_t b = f->offset; f->reserved && b < (uint32_t)f->offset + f->width; b++)
			if (b < len && structure[b]) {
				*at += b;
				return true;
			}
	}
	return false;
}

static void check_section(const struct warn *w, const struct cper_entry *e)
{
	const struct cper_section *s = cper_section_find(&e->section_type);
	uint32_t at = e->section_offset;
	struct cper_layout l;
	bool found;

	if (!s || cper_section_layout(s, e, &l, NULL) < 0)
		return;
	found = reserved_set(&s->table, e->section, e->section_len, &at);
	for (size_t i = 0; !found && i < s->nr_parts; i++) {
		uint32_t pos = 0, element, payload;

		while (!found && cper_part_next(&s->parts[i], &l.parts[i], e->section, &pos,
						&element, &payload)) {
			at = e->section_offset + element;
			found = reserved_set(s->parts[i].table, e->section + element,
					     s->parts[i].table->size, &at);
		}
	}
	if (found)
		tell(w, CPER_RESERVED_BITS, at, e->index, "reserved bytes of the section are set");
}

static void check_time(const struct warn *w, const uint8_t *t, uint32_t at, uint16_t entry)
{
	struct cper_time time = { 0 };

	if (!cper_timestamp_read(t, &time))
		tell(w, CPER_TIMESTAMP_BCD, at, entry, "the timestamp is not a date in BCD");
	else if (time.binary)
		tell(w, CPER_TIMESTAMP_BCD, at, entry,
		     "the timestamp is in binary, not in BCD; it is read as binary");
	if (t[3] & 0xfe)
		tell(w, CPER_RESERVED_BITS, at + 3, entry, "reserved timestamp bits set");
}

static void check_fru_text(const struct warn *w, const struct cper_entry *e)
{
	if ((e->validation_bits & CPER_ENTRY_VALID_FRU_TEXT) && !text_ok(e->fru_text))
		tell(w, CPER_FRU_TEXT, e->header_offset + (uint32_t)(e->fru_text - e->header),
		     e->index, "FRU text is not printable ASCII");
}

static void check_entry(const struct warn *w, const struct cper_entry *e)
{
	if (e->severity > CPER_SEV_INFO)
		tell(w, CPER_SEVERITY, e->header_offset + 16, e->index, "unknown severity");
	check_fru_text(w, e);
	if (e->validation_bits & 0xf8)
		tell(w, CPER_RESERVED_BITS, e->header_offset + 22, e->index,
		     "reserved validation bits set");
	if (e->timestamp && (e->validation_bits & CPER_ENTRY_VALID_TIMESTAMP))
		check_time(w, e->timestamp, e->header_offset + 64, e->index);
	check_section(w, e);
}

int cper_check(const void *buf, size_t len, cper_warning_fn *fn, void *ctx)
{
	struct warn w = { fn, ctx };
	unsigned int worst = 0;
	uint32_t status, severity, count = 0;
	struct cper_entry e;
	struct cper_view v;

	if (cper_validate(buf, len, CPER_SPEC, NULL) < 0 || cper_view_init(&v, buf, len, NULL) < 0)
		return -1;
	status = le32(buf);
	severity = cper_block_severity(buf);
	while (cper_view_next(&v, &e, NULL) > 0) {
		check_entry(&w, &e);
		worst = cper_severity_rank(e.severity) > worst ? cper_severity_rank(e.severity) :
								 worst;
		count++;
	}
	if (!status)
		tell(&w, CPER_BLOCK_STATUS_ZERO, 0, 0, "block_status 0: no error");
	else if ((status >> 4 & 0x3ff) != count)
		tell(&w, CPER_ENTRY_COUNT, 0, 0, "count in block_status differs from the entries");
	if (status >> 14)
		tell(&w, CPER_RESERVED_BITS, 0, 0, "reserved block_status bits set");
	if (severity > CPER_SEV_INFO)
		tell(&w, CPER_SEVERITY, 16, 0, "unknown severity");
	else if (cper_severity_rank(severity) < worst)
		tell(&w, CPER_SEVERITY_MISMATCH, 16, 0, "less severe than an entry");
	if (len > v.total)
		tell(&w, CPER_TRAILING_BUFFER, v.total, 0, "bytes after the block");
	return 0;
}

int cper_record_check(const void *buf, size_t len, cper_warning_fn *fn, void *ctx)
{
	const uint8_t *h = buf;
	struct warn w = { fn, ctx };
	struct cper_record_view v, walk;
	unsigned int worst = 0, rank;
	struct cper_entry e;
	int r;

	if (cper_record_view_init(&v, buf, len, NULL) < 0)
		return -1;
	walk = v;
	while ((r = cper_record_view_next(&walk, &e, NULL)) > 0)
		;
	if (r < 0)
		return -1;
	while (cper_record_view_next(&v, &e, NULL) > 0) {
		if (e.severity > CPER_SEV_INFO)
			tell(&w, CPER_SEVERITY, e.header_offset + 48, e.index, "unknown severity");
		check_fru_text(&w, &e);
		check_section(&w, &e);
		rank = cper_severity_rank(e.severity);
		worst = rank > worst ? rank : worst;
	}
	if (v.severity > CPER_SEV_INFO)
		tell(&w, CPER_SEVERITY, 12, 0, "unknown severity");
	else if (cper_severity_rank(v.severity) < worst)
		tell(&w, CPER_SEVERITY_MISMATCH, 12, 0, "less severe than a section");
	if (le32(h + 16) & CPER_RECORD_VALID_TIMESTAMP)
		check_time(&w, h + 24, 24, 0);
	if (len > v.total)
		tell(&w, CPER_TRAILING_BUFFER, v.total, 0, "bytes after the record");
	return 0;
}
