// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Words repeat in English what the numbers beside them say. Nobody reads them back. A flag is
 * present if it is set, or as false if the record says that the flag is meaningful. A group of bits
 * is present as its word or number.
 */
#include "cperjson/words.h"
#include "cperjson/write.h"

#include "base/le.h"

#define FLAG(n, at)                                                       \
	{                                                                 \
		.name = (n), .lo = (at), .width = 1, .valid = CPER_NO_BIT \
	}

const struct cper_bits cperjson_entry_flags[] = {
	FLAG("primary", 0),
	FLAG("containment_warning", 1),
	FLAG("reset", 2),
	FLAG("threshold_exceeded", 3),
	FLAG("resource_not_accessible", 4),
	FLAG("latent_error", 5),
	FLAG("propagated", 6),
	FLAG("overflow", 7),
	{ NULL, 0, 0, 0, NULL },
};

const struct cper_bits cperjson_block_bits[] = {
	FLAG("uncorrectable", 0),	 FLAG("correctable", 1),  FLAG("multiple_uncorrectable", 2),
	FLAG("multiple_correctable", 3), { NULL, 0, 0, 0, NULL },
};

void cperjson_bits(struct jout *o, const char *name, const struct cper_bits *bits, uint64_t v)
{
	struct jout start = *o, empty;

	jout_key(o, name);
	jout_open(o, '{');
	empty = *o;
	for (; bits->name; bits++) {
		uint64_t n = v >> bits->lo & ((UINT64_C(1) << bits->width) - 1);
		const char *word = cper_word(bits->words, n);

		if (bits->valid >= 0 ? !(v >> bits->valid & 1) : !n)
			continue;
		if (word)
			jout_str(o, bits->name, word);
		else if (bits->width > 1) /* a number, or a value without a word */
			jout_num(o, bits->name, n);
		else {
			jout_key(o, bits->name);
			if (n)
				JOUT_LIT(o, "true");
			else
				JOUT_LIT(o, "false");
		}
	}
	if (o->len == empty.len)
		*o = start;
	else
		jout_close(o, '}');
}

/* A value as people read it, if its type has such a form. */
static bool shown(struct jout *o, const struct cper_field *f, const uint8_t *structure)
{
	char text[CPER_SHOWN_SIZE];
	size_t n = cper_shown(f, structure, text);

	if (!n)
		return false;
	jout_key(o, f->name);
	jout_text(o, (const uint8_t *)text, n);
	return true;
}

/* One field inside bytes: its word, or the value itself. */
static void sub_field(struct jout *o, const struct cper_field *f, const uint8_t *p)
{
	uint64_t v = f->width <= 8 ? le_load(p + f->offset, f->width) : 0;
	const char *word = f->words ? cper_word(f->words, v) : NULL;

	if (word) {
		jout_str(o, f->name, word);
		return;
	}
	if (f->bits) {
		cperjson_bits(o, f->name, f->bits, v);
		return;
	}
	if (shown(o, f, p))
		return;
	jout_key(o, f->name);
	if (f->type == CPER_FIELD_TEXT)
		jout_text(o, p + f->offset, strnlen((const char *)p + f->offset, f->width));
	else if (f->type == CPER_FIELD_GUID)
		jout_guid(o, p + f->offset);
	else if (f->type == CPER_FIELD_BYTES)
		jout_hex(o, p + f->offset, f->width);
	else if (f->width > 4)
		jout_hex64(o, v);
	else
		jout_uint(o, v);
}

/* An object of the fields inside the len bytes at p. structure holds those bytes. */
static void sub_fields(struct jout *o, const struct cper_field *f, const uint8_t *structure,
		       const uint8_t *p, uint32_t len)
{
	jout_open(o, '{');
	for (; f->name; f++) {
		struct cper_field cut = *f;

		cut.width = cper_inside_width(f, len);
		if (cut.width && (!f->present || f->present(structure)))
			sub_field(o, &cut, p);
	}
	jout_close(o, '}');
}

static void field_words(struct jout *o, const struct cper_field *f, const uint8_t *structure)
{
	const uint8_t *p = structure + f->offset;
	const struct cper_guid_word *g;
	const struct cper_bits *bits;
	const char *word;

	if (f->sub) {
		jout_key(o, f->name);
		sub_fields(o, f->sub, structure, p, f->width);
	}
	if (f->type == CPER_FIELD_GUID && (g = cper_guid_word(f->guids, p)) != NULL) {
		jout_str(o, f->name, g->word);
		return;
	}
	if (f->show && shown(o, f, structure))
		return;
	if (f->type != CPER_FIELD_UINT)
		return;
	word = f->words ? cper_word(f->words, le_load(p, f->width)) : NULL;
	if (word)
		jout_str(o, f->name, word);
	bits = cper_field_bits(f, structure);
	if (bits)
		cperjson_bits(o, f->name, bits, le_load(p, f->width));
}

static void values(struct jout *o, const struct cper_table *t, const uint8_t *structure,
		   uint64_t bits)
{
	char text[CPER_VALUE_SIZE];
	uint64_t n = 0;

	for (const struct cper_value *v = t->values; v && v->name; v++) {
		if (v->number && v->number(structure, bits, &n))
			jout_num(o, v->name, n);
		else if (v->text && v->text(structure, bits, text))
			jout_str(o, v->name, text);
	}
}

/* len: how many bytes are present. Values need the whole structure. */
static void table_words(struct jout *o, const struct cper_table *t, const uint8_t *structure,
			uint32_t len)
{
	uint64_t bits = cper_table_bits(t, structure, len);

	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct cper_field *f = &t->fields[i];

		if (!f->words && !f->bits && !f->guids && !f->choose && !f->sub && !f->show)
			continue;
		if ((uint32_t)f->offset + f->width <= len && cper_field_valid(f, bits))
			field_words(o, f, structure);
	}
	if (len >= t->size)
		values(o, t, structure, bits);
}

static size_t begin(struct jout *o)
{
	jout_key(o, "words");
	jout_open(o, '{');
	return o->len;
}

static void inside(struct jout *o, const struct cper_inside *in, const uint8_t *structure,
		   const uint8_t *p, uint32_t len)
{
	if (!in->stride) {
		sub_fields(o, in->fields, structure, p, len);
		return;
	}
	jout_open(o, '[');
	for (uint32_t at = 0; at + in->stride <= len; at += in->stride) {
		jout_sep(o);
		sub_fields(o, in->fields, structure, p + at, in->stride);
	}
	jout_close(o, ']');
}

void cperjson_words(struct jout *o, const struct cper_part *part, const struct cper_table *t,
		    const uint8_t *section, const uint8_t *structure, uint32_t payload)
{
	const struct cper_inside *in = NULL;
	struct jout start = *o;
	size_t empty = begin(o);

	table_words(o, t, structure, t->size);
	if (part && part->inside && payload)
		in = part->inside(section, structure, &payload);
	if (in) {
		jout_key(o, part->payload);
		inside(o, in, structure, structure + t->size, payload);
	}
	if (o->len == empty)
		*o = start;
	else
		jout_close(o, '}');
}

/* The known fields of a part that is bytes, or its text. */
static void bytes_words(struct jout *o, const struct cper_part *part, const uint8_t *section,
			const struct cper_extent *x)
{
	const uint8_t *p = section + x->offset;
	struct cper_inside sub = { part->sub, 0 };
	const struct cper_inside *in = part->sub ? &sub : NULL;
	uint32_t len = x->len;

	if (part->inside)
		in = part->inside(section, p, &len);
	if (!in && !part->text)
		return;
	jout_key(o, part->name);
	if (in)
		inside(o, in, section, p, len);
	else
		jout_lines(o, p, strnlen((const char *)p, len));
}

void cperjson_section_words(struct jout *o, const struct cper_section *s,
			    const struct cper_entry *e, const struct cper_layout *l)
{
	uint32_t behind = e->section_len - l->end;
	const struct cper_inside *in;
	struct jout start = *o;
	size_t empty = begin(o);

	table_words(o, &s->table, e->section, l->fixed);
	for (size_t i = 0; i < s->nr_parts; i++)
		if (s->parts[i].kind == CPER_PART_BYTES && l->parts[i].len)
			bytes_words(o, &s->parts[i], e->section, &l->parts[i]);
	if (s->behind && behind && l->fixed == s->table.size &&
	    (in = s->behind(e->section, &behind)) != NULL) {
		jout_key(o, "trailing");
		inside(o, in, e->section, e->section + l->end, behind);
	}
	if (o->len == empty)
		*o = start;
	else
		jout_close(o, '}');
}
