// SPDX-License-Identifier: LGPL-2.1-or-later
/* Structures and sections as text for people, by their field tables. */
#include "cperjson/text.h"

#include <inttypes.h>
#include <string.h>

#include "cper/le.h"

void text_guid(FILE *out, const uint8_t *p)
{
	char text[CPER_GUID_TEXT_SIZE];
	struct cper_guid g;

	memcpy(g.b, p, sizeof(g.b));
	cper_guid_format(&g, text);
	fputs(text, out);
}

void text_bytes(FILE *out, const uint8_t *p, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		fprintf(out, "%02x", p[i]);
}

void text_padded(FILE *out, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len && p[i]; i++)
		fputc(p[i] >= 0x20 && p[i] <= 0x7e ? p[i] : '?', out);
}

void text_bits(FILE *out, const struct cper_bits *bits, uint64_t v)
{
	const char *before = " (";

	for (; bits->name; bits++) {
		uint64_t n = v >> bits->lo & ((UINT64_C(1) << bits->width) - 1);
		const char *word = cper_word(bits->words, n);

		if (bits->valid >= 0 ? !(v >> bits->valid & 1) : !n)
			continue;
		fprintf(out, "%s%s", before, bits->name);
		if (word)
			fprintf(out, " %s", word);
		else if (bits->width > 1 || !n)
			fprintf(out, " %" PRIu64, n);
		before = ", ";
	}
	if (before[0] == ',')
		fputc(')', out);
}

static void print_sub(FILE *out, const struct cper_field *f, const uint8_t *p, uint32_t len,
		      int indent)
{
	for (; f->name; f++) {
		const char *word;

		if ((uint32_t)f->offset + f->width > len)
			continue;
		word = f->words ? cper_word(f->words, le_load(p + f->offset, f->width)) : NULL;
		fprintf(out, "%*s%s: ", indent + 2, "", f->name);
		if (f->type == CPER_FIELD_BYTES) {
			text_bytes(out, p + f->offset, f->width);
		} else {
			fprintf(out, "0x%0*" PRIx64, 2 * f->width,
				le_load(p + f->offset, f->width));
			if (word)
				fprintf(out, ", %s", word);
			if (f->bits)
				text_bits(out, f->bits, le_load(p + f->offset, f->width));
		}
		fputc('\n', out);
	}
}

static void print_field(FILE *out, const struct cper_field *f, const uint8_t *structure, int indent)
{
	const uint8_t *p = structure + f->offset;
	const struct cper_bits *bits;
	uint64_t v;

	fprintf(out, "%*s%s: ", indent, "", f->name);
	if (f->type == CPER_FIELD_GUID) {
		const struct cper_guid_word *g = cper_guid_word(f->guids, p);

		text_guid(out, p);
		fprintf(out, "%s%s\n", g ? ", " : "", g ? g->word : "");
	} else if (f->type == CPER_FIELD_TEXT) {
		text_padded(out, p, f->width);
		fputc('\n', out);
	} else if (f->type == CPER_FIELD_BYTES) {
		text_bytes(out, p, f->width);
		fputc('\n', out);
		if (f->sub)
			print_sub(out, f->sub, p, f->width, indent);
	} else {
		v = le_load(p, f->width);
		bits = cper_field_bits(f, structure);
		if (f->width > 4)
			fprintf(out, "0x%016" PRIx64, v);
		else if (f->bits)
			fprintf(out, "0x%0*" PRIx64, 2 * f->width, v);
		else
			fprintf(out, "%" PRIu64, v);
		if (f->words && cper_word(f->words, v))
			fprintf(out, ", %s", cper_word(f->words, v));
		if (bits)
			text_bits(out, bits, v);
		fputc('\n', out);
	}
}

void text_table(FILE *out, const struct cper_table *t, const uint8_t *p, uint32_t len, int indent)
{
	uint64_t bits = cper_table_bits(t, p, len);

	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct cper_field *f = &t->fields[i];

		if ((uint32_t)f->offset + f->width <= len && !f->reserved &&
		    cper_field_valid(f, bits))
			print_field(out, f, p, indent);
	}
}

static void print_part(FILE *out, const struct cper_entry *e, const struct cper_part *p,
		       const struct cper_extent *x)
{
	uint32_t pos = 0, at, payload, n = 0;

	if (p->kind == CPER_PART_BYTES && x->len) {
		fprintf(out, "    %s: ", p->name);
		text_bytes(out, e->section + x->offset, x->len);
		fputc('\n', out);
		if (p->sub)
			print_sub(out, p->sub, e->section + x->offset, x->len, 4);
	}
	while (cper_part_next(p, x, e->section, &pos, &at, &payload)) {
		fprintf(out, "    %s %u:\n", p->name, n++);
		text_table(out, p->table, e->section + at, p->table->size, 6);
		if (!p->payload)
			continue;
		fprintf(out, "      %s: ", p->payload);
		text_bytes(out, e->section + at + p->table->size, payload);
		fputc('\n', out);
	}
}

void text_section(FILE *out, const struct cper_entry *e)
{
	const struct cper_section *s = cper_section_find(&e->section_type);
	struct cper_layout l;

	fputs("   section_type: ", out);
	text_guid(out, e->section_type.b);
	fprintf(out, ", %s\n", s ? s->title : "unknown");
	if (!s || cper_section_layout(s, e, &l, NULL) < 0) {
		fputs("    data: ", out);
		text_bytes(out, e->section, e->section_len);
		fputc('\n', out);
		return;
	}
	text_table(out, &s->table, e->section, e->section_len, 4);
	for (size_t i = 0; i < s->nr_parts; i++)
		print_part(out, e, &s->parts[i], &l.parts[i]);
	if (l.end < e->section_len) {
		fputs("    trailing: ", out);
		text_bytes(out, e->section + l.end, e->section_len - l.end);
		fputc('\n', out);
	}
}
