// SPDX-License-Identifier: LGPL-2.1-or-later
/* A status block as text for people, in the words that a Linux guest prints. Valid fields only. */
#include <inttypes.h>
#include <string.h>

#include "cper/fields.h"
#include "base/le.h"
#include "cper/record.h"
#include "cperjson/cperjson.h"
#include "cperjson/text.h"
#include "cperjson/words.h"

static void print_entry(FILE *out, const struct cper_entry *e)
{
	char time[CPER_SHOWN_SIZE];

	fprintf(out, "  entry %u: %s\n", e->index, cper_severity_name(e->severity));
	if (e->flags) {
		fprintf(out, "   flags: 0x%02x", e->flags);
		text_bits(out, cperjson_entry_flags, e->flags);
		fputc('\n', out);
	}
	if (e->validation_bits & CPER_ENTRY_VALID_FRU_ID) {
		fputs("   fru_id: ", out);
		if (cper_text_len(e->fru_id, 16)) /* some firmware writes text */
			text_padded(out, e->fru_id, 16);
		else
			text_guid(out, e->fru_id);
		fputc('\n', out);
	}
	if (e->validation_bits & CPER_ENTRY_VALID_FRU_TEXT) {
		fputs("   fru_text: ", out);
		text_padded(out, e->fru_text, CPER_FRU_TEXT_SIZE);
		fputc('\n', out);
	}
	if (e->timestamp && (e->validation_bits & CPER_ENTRY_VALID_TIMESTAMP)) {
		fputs("   timestamp: ", out);
		if (cper_time_text(e->timestamp, time))
			fputs(time, out);
		else
			text_bytes(out, e->timestamp, 8);
		fputc('\n', out);
	}
	text_section(out, e);
}

static void print_warning(void *ctx, const struct cper_err *w)
{
	fprintf(ctx, "warning: %s at byte %u: %s\n", cper_code_name(w->code), w->offset, w->what);
}

static int record_text(const void *buf, size_t len, FILE *out, struct cper_err *cerr)
{
	struct cper_record_view check, v;
	struct cper_entry e;
	int r;

	if (cper_record_view_init(&v, buf, len, cerr) < 0)
		return -1;
	check = v;
	while ((r = cper_record_view_next(&check, &e, cerr)) > 0)
		;
	if (r < 0)
		return -1;
	fprintf(out, "record severity: %s, %u bytes\n", cper_severity_name(v.severity), v.total);
	text_table(out, &cper_record_table, buf, CPER_RECORD_SIZE, 2);
	while (cper_record_view_next(&v, &e, cerr) > 0)
		print_entry(out, &e);
	cper_record_check(buf, len, print_warning, out);
	return 0;
}

int cper_text(const void *buf, size_t len, FILE *out, struct cper_err *cerr)
{
	struct cper_entry e;
	struct cper_view v;

	if (cper_is_record(buf, len))
		return record_text(buf, len, out, cerr);
	if (cper_validate(buf, len, CPER_SPEC, cerr) < 0 || cper_view_init(&v, buf, len, cerr) < 0)
		return -1;
	fprintf(out, "event severity: %s, block status 0x%x",
		cper_severity_name(cper_block_severity(buf)), le32(buf));
	text_bits(out, cperjson_block_bits, le32(buf));
	fprintf(out, ", %u bytes\n", v.total);
	while (cper_view_next(&v, &e, cerr) > 0)
		print_entry(out, &e);
	if (v.total > v.end)
		fprintf(out, "  raw data: %u bytes\n", le32((const uint8_t *)buf + 8));
	cper_check(buf, len, print_warning, out);
	return 0;
}

static int record_text_whole(const void *buf, size_t len, FILE *out)
{
	struct cper_record_view v;
	struct cper_entry e;

	if (cper_record_view_whole(&v, buf, len) < 0)
		return -1;
	fprintf(out, "record severity: %s, %zu bytes of %u\n", cper_severity_name(v.severity), len,
		le32((const uint8_t *)buf + 20));
	text_table(out, &cper_record_table, buf, CPER_RECORD_SIZE, 2);
	while (cper_record_view_peek(&v, &e))
		print_entry(out, &e);
	return 0;
}

int cper_text_whole(const void *buf, size_t len, FILE *out)
{
	struct cper_entry e;
	struct cper_view v;

	if (cper_is_record(buf, len))
		return record_text_whole(buf, len, out);
	if (cper_view_whole(&v, buf, len) < 0)
		return -1;
	fprintf(out, "event severity: %s, block status 0x%x",
		cper_severity_name(cper_block_severity(buf)), le32(buf));
	text_bits(out, cperjson_block_bits, le32(buf));
	fprintf(out, ", %zu bytes of %" PRIu64 "\n", len,
		(uint64_t)CPER_BLOCK_SIZE + le32((const uint8_t *)buf + 12));
	while (cper_view_peek(&v, &e))
		print_entry(out, &e);
	return 0;
}

int cper_text_section(const struct cper_guid *type, const void *section, uint32_t len, FILE *out,
		      struct cper_err *cerr)
{
	struct cper_entry e = { .section_type = *type, .section = section, .section_len = len };
	const struct cper_section *s = cper_section_find(type);
	struct cper_layout l;

	if (s && cper_section_layout(s, &e, &l, cerr) < 0)
		return -1;
	text_section(out, &e);
	return 0;
}
