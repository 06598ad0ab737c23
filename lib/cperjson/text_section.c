// SPDX-License-Identifier: LGPL-2.1-or-later
/* Structures and sections as text for people, by their field tables. */
#include "cperjson/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/le.h"

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

static char printable(uint8_t c)
{
	return c >= 0x20 && c <= 0x7e ? (char)c : '?';
}

void text_padded(FILE *out, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len && p[i]; i++)
		fputc(printable(p[i]), out);
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

/* A number, its word and its bits. hex: in hex, however short it is. */
static void print_number(FILE *out, const struct cper_field *f, const struct cper_bits *bits,
			 uint64_t v, bool hex)
{
	const char *word = cper_word(f->words, v);

	if (f->width > 4)
		fprintf(out, "0x%016" PRIx64, v);
	else if (f->bits || hex)
		fprintf(out, "0x%0*" PRIx64, 2 * f->width, v);
	else
		fprintf(out, "%" PRIu64, v);
	if (word)
		fprintf(out, ", %s", word);
	if (bits)
		text_bits(out, bits, v);
}

/* The value of a field of this structure, as a number, digits or text. */
static void print_value(FILE *out, const struct cper_field *f, const uint8_t *structure, bool hex)
{
	const uint8_t *p = structure + f->offset;
	char text[CPER_SHOWN_SIZE];
	const struct cper_guid_word *g;
	bool shown = cper_shown(f, structure, text) > 0;

	if (f->type == CPER_FIELD_GUID && !shown) {
		g = cper_guid_word(f->guids, p);
		text_guid(out, p);
		fprintf(out, "%s%s", g ? ", " : "", g ? g->word : "");
	} else if (f->type == CPER_FIELD_TEXT) {
		text_padded(out, p, f->width);
	} else if (f->type == CPER_FIELD_BYTES && !shown) {
		text_bytes(out, p, f->width);
	} else if (f->type != CPER_FIELD_UINT || f->show == CPER_SHOW_HEX ||
		   f->show == CPER_SHOW_DIGITS) {
		fputs(text, out);
	} else {
		print_number(out, f, cper_field_bits(f, structure), le_load(p, f->width), hex);
		fprintf(out, "%s%s", shown ? ", " : "", text);
	}
}

/* The fields inside len bytes. structure holds those bytes. */
static void print_sub(FILE *out, const struct cper_field *f, const uint8_t *structure,
		      const uint8_t *p, uint32_t len, int indent)
{
	for (; f->name; f++) {
		struct cper_field cut = *f;

		cut.width = cper_inside_width(f, len);
		if (!cut.width || (f->present && !f->present(structure)))
			continue;
		fprintf(out, "%*s%s: ", indent, "", f->name);
		print_value(out, &cut, p, f->show != CPER_SHOW_DECIMAL);
		fputc('\n', out);
	}
}

static void print_inside(FILE *out, const struct cper_inside *in, const uint8_t *structure,
			 const uint8_t *p, uint32_t len, int indent)
{
	uint32_t stride = in->stride ? in->stride : len;

	for (uint32_t at = 0, n = 0; stride && at + stride <= len; at += stride, n++) {
		if (in->stride)
			fprintf(out, "%*s%u:\n", indent, "", n);
		print_sub(out, in->fields, structure, p + at, stride,
			  in->stride ? indent + 2 : indent);
	}
}

/* The values that stand for field i and not for an earlier one. Does one stand for it? */
static bool print_values(FILE *out, const struct cper_table *t, const uint8_t *structure,
			 uint64_t bits, size_t i, int indent)
{
	char text[CPER_VALUE_SIZE];
	bool stands = false;
	uint64_t n = 0;

	for (const struct cper_value *v = t->values; v && v->name; v++) {
		bool number = v->number && v->number(structure, bits, &n);

		if (!(v->of >> i & 1) || (!number && !(v->text && v->text(structure, bits, text))))
			continue;
		stands = true;
		if (v->of & ((UINT64_C(1) << i) - 1))
			continue;
		if (number)
			fprintf(out, "%*s%s: %" PRIu64 "\n", indent, "", v->name, n);
		else
			fprintf(out, "%*s%s: %s\n", indent, "", v->name, text);
	}
	return stands;
}

void text_table(FILE *out, const struct cper_table *t, const uint8_t *p, uint32_t len, int indent)
{
	uint64_t bits = cper_table_bits(t, p, len);

	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct cper_field *f = &t->fields[i];

		if ((uint32_t)f->offset + f->width > len || f->reserved ||
		    !cper_field_valid(f, bits))
			continue;
		if (len >= t->size && print_values(out, t, p, bits, i, indent))
			continue;
		fprintf(out, "%*s%s: ", indent, "", f->name);
		print_value(out, f, p, false);
		fputc('\n', out);
		if (f->sub)
			print_sub(out, f->sub, p, p + f->offset, f->width, indent + 2);
	}
}

/* A text of lines, each behind the indent. */
static void print_lines(FILE *out, const uint8_t *p, size_t n, int indent)
{
	fprintf(out, "%*s", indent, "");
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n' && i + 1 < n)
			fprintf(out, "\n%*s", indent, "");
		else if (p[i] != '\n')
			fputc(p[i] == '\t' ? ' ' : printable(p[i]), out);
	}
	fputc('\n', out);
}

static void print_bytes_part(FILE *out, const struct cper_entry *e, const struct cper_part *p,
			     const struct cper_extent *x)
{
	const uint8_t *bytes = e->section + x->offset;
	const struct cper_inside *in = NULL;
	uint32_t len = x->len;

	if (p->text) {
		fprintf(out, "    %s:\n", p->name);
		print_lines(out, bytes, strnlen((const char *)bytes, len), 6);
		return;
	}
	fprintf(out, "    %s: ", p->name);
	text_bytes(out, bytes, len);
	fputc('\n', out);
	if (p->sub)
		print_sub(out, p->sub, e->section, bytes, len, 6);
	if (p->inside)
		in = p->inside(e->section, bytes, &len);
	if (in)
		print_inside(out, in, e->section, bytes, len, 6);
}

static void print_part(FILE *out, const struct cper_entry *e, const struct cper_part *p,
		       const struct cper_extent *x)
{
	uint32_t pos = 0, at, payload, n = 0;

	if (p->kind == CPER_PART_BYTES && x->len)
		print_bytes_part(out, e, p, x);
	while (cper_part_next(p, x, e->section, &pos, &at, &payload)) {
		const uint8_t *header = e->section + at;
		const struct cper_inside *in = NULL;

		fprintf(out, "    %s %u:\n", p->name, n++);
		text_table(out, p->table, header, p->table->size, 6);
		if (!p->payload)
			continue;
		fprintf(out, "      %s: ", p->payload);
		text_bytes(out, header + p->table->size, payload);
		fputc('\n', out);
		if (p->inside)
			in = p->inside(e->section, header, &payload);
		if (in)
			print_inside(out, in, header, header + p->table->size, payload, 8);
	}
}

void text_section(FILE *out, const struct cper_entry *e)
{
	const struct cper_section *s = cper_section_find(&e->section_type);
	const char *title = cper_section_title(&e->section_type);
	const struct cper_inside *in = NULL;
	struct cper_layout l;
	uint32_t behind;

	fputs("   section_type: ", out);
	text_guid(out, e->section_type.b);
	fprintf(out, ", %s\n", title ? title : "unknown");
	if (!e->section) {
		fprintf(out, "    missing: %u bytes\n", e->section_len);
		return;
	}
	if (!s || cper_section_layout(s, e, &l, NULL) < 0) {
		fputs("    data: ", out);
		text_bytes(out, e->section, e->section_len);
		fputc('\n', out);
		return;
	}
	text_table(out, &s->table, e->section, l.fixed, 4);
	for (size_t i = 0; i < s->nr_parts; i++)
		print_part(out, e, &s->parts[i], &l.parts[i]);
	if (l.end < e->section_len) {
		fputs("    trailing: ", out);
		text_bytes(out, e->section + l.end, e->section_len - l.end);
		fputc('\n', out);
		behind = e->section_len - l.end;
		if (s->behind && l.fixed == s->table.size)
			in = s->behind(e->section, &behind);
		if (in)
			print_inside(out, in, e->section, e->section + l.end, behind, 6);
	}
}
