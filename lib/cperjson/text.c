// SPDX-License-Identifier: LGPL-2.1-or-later
/* Status block to text for people, in the words the Linux guest prints. */
#include <inttypes.h>
#include <string.h>

#include "cper/section.h"
#include "cperjson/cperjson.h"

static void print_guid(FILE *out, const uint8_t *p)
{
	char text[UUID_TEXT_SIZE];
	struct cper_guid g;
	struct uuid u;

	memcpy(g.b, p, sizeof(g.b));
	cper_guid_to_uuid(&g, &u);
	uuid_format(&u, text);
	fputs(text, out);
}

static void print_bytes(FILE *out, const uint8_t *p, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		fprintf(out, "%02x", p[i]);
}

static void print_fields(FILE *out, const struct cper_entry *e, const struct cper_section *s)
{
	uint64_t bits = s->has_valid ? le_load(e->section, s->fields[0].width) : 0;

	for (size_t i = 0; i < s->nr_fields; i++) {
		const struct cper_field *f = &s->fields[i];
		const uint8_t *p = e->section + f->offset;

		if ((uint32_t)f->offset + f->width > e->section_len ||
		    (f->valid_bit >= 0 && !(bits >> f->valid_bit & 1)))
			continue;
		fprintf(out, "    %s: ", f->name);
		if (f->type == CPER_FIELD_GUID)
			print_guid(out, p);
		else if (f->type == CPER_FIELD_BYTES)
			print_bytes(out, p, f->width);
		else if (f->width > 4)
			fprintf(out, "0x%016" PRIx64, le_load(p, f->width));
		else
			fprintf(out, "%" PRIu64, le_load(p, f->width));
		fputc('\n', out);
	}
}

static void print_entry(FILE *out, const struct cper_entry *e)
{
	const struct cper_section *s = cper_section_find(&e->section_type);

	fprintf(out, "  entry %u: %s\n", e->index, cper_severity_name(e->severity));
	if (e->validation_bits & CPER_ENTRY_VALID_FRU_ID) {
		fputs("   fru_id: ", out);
		print_guid(out, e->fru_id);
		fputc('\n', out);
	}
	if (e->validation_bits & CPER_ENTRY_VALID_FRU_TEXT) {
		fputs("   fru_text: ", out);
		/* Never a terminal's escape codes. */
		for (size_t i = 0; i < CPER_FRU_TEXT_SIZE && e->fru_text[i]; i++)
			fputc(e->fru_text[i] >= 0x20 && e->fru_text[i] <= 0x7e ? e->fru_text[i] : '?',
			      out);
		fputc('\n', out);
	}
	if (e->timestamp && (e->validation_bits & CPER_ENTRY_VALID_TIMESTAMP)) {
		const uint8_t *t = e->timestamp;

		fprintf(out, "   timestamp: %02x%02x-%02x-%02x %02x:%02x:%02x%s\n", t[7], t[6], t[5],
			t[4], t[2], t[1], t[0], t[3] & 1 ? " (precise)" : "");
	}
	fputs("   section_type: ", out);
	if (s) {
		fprintf(out, "%s\n", s->title);
	} else {
		print_guid(out, e->section_type.b);
		fputc('\n', out);
	}
	if (s && s->fields) {
		print_fields(out, e, s);
	} else {
		fputs("    data: ", out);
		print_bytes(out, e->section, e->section_len);
		fputc('\n', out);
	}
}

static void print_warning(void *ctx, const struct cper_err *w)
{
	fprintf(ctx, "warning: %s at byte %u: %s\n", cper_code_name(w->code), w->offset, w->what);
}

int cper_text(const void *buf, size_t len, FILE *out, struct cper_err *cerr)
{
	struct cper_entry e;
	struct cper_view v;

	if (cper_validate(buf, len, CPER_SPEC, cerr) < 0 || cper_view_init(&v, buf, len, cerr) < 0)
		return -1;
	fprintf(out, "event severity: %s, block status 0x%x, %u bytes\n",
		cper_severity_name(cper_block_severity(buf)), le32(buf), v.total);
	while (cper_view_next(&v, &e, cerr) > 0)
		print_entry(out, &e);
	cper_check(buf, len, print_warning, out);
	return 0;
}
