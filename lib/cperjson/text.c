// SPDX-License-Identifier: LGPL-2.1-or-later
/* A status block as text for people, in the words that a Linux guest prints. Valid fields only. */
#include <inttypes.h>
#include <string.h>

#include "cper/fields.h"
#include "cper/le.h"
#include "cper/record.h"
#include "cperjson/cperjson.h"
#include "cperjson/text.h"
#include "cperjson/words.h"

static void print_entry(FILE *out, const struct cper_entry *e)
{
	fprintf(out, "  entry %u: %s\n", e->index, cper_severity_name(e->severity));
	if (e->flags) {
		fprintf(out, "   flags: 0x%02x", e->flags);
		text_bits(out, cperjson_entry_flags, e->flags);
		fputc('\n', out);
	}
	if (e->validation_bits & CPER_ENTRY_VALID_FRU_ID) {
		fputs("   fru_id: ", out);
		text_guid(out, e->fru_id);
		fputc('\n', out);
	}
	if (e->validation_bits & CPER_ENTRY_VALID_FRU_TEXT) {
		fputs("   fru_text: ", out);
		text_padded(out, e->fru_text, CPER_FRU_TEXT_SIZE);
		fputc('\n', out);
	}
	if (e->timestamp && (e->validation_bits & CPER_ENTRY_VALID_TIMESTAMP)) {
		const uint8_t *t = e->timestamp;

		fprintf(out, "   timestamp: %02x%02x-%02x-%02x %02x:%02x:%02x%s\n", t[7], t[6],
			t[5], t[4], t[2], t[1], t[0], t[3] & 1 ? " (precise)" : "");
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
