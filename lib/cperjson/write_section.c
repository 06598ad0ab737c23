// SPDX-License-Identifier: LGPL-2.1-or-later
/* A section as JSON, by its field tables. */
#include "base/le.h"
#include "cperjson/words.h"
#include "cperjson/write.h"
#include "cperjson/writer.h"

void cperjson_padded_text(struct jout *o, const char *name, const uint8_t *t, size_t n)
{
	size_t used = strnlen((const char *)t, n);
	bool exact = true;

	jout_key(o, name);
	jout_text(o, t, used);
	for (size_t i = 0; i < n; i++)
		exact &= i < used ? t[i] >= 0x20 && t[i] <= 0x7e : !t[i];
	if (exact)
		return;
	JOUT_LIT(o, ",\"");
	jout_raw(o, name, strlen(name));
	JOUT_LIT(o, "_raw\":");
	jout_hex(o, t, n);
}

static void field(struct jout *o, const struct cper_field *f, const uint8_t *p)
{
	if (f->type == CPER_FIELD_TEXT) {
		cperjson_padded_text(o, f->name, p, f->width);
		return;
	}
	jout_key_n(o, f->name, f->name_len ? f->name_len : strlen(f->name));
	if (f->type == CPER_FIELD_GUID)
		jout_guid(o, p);
	else if (f->type == CPER_FIELD_BYTES)
		jout_hex(o, p, f->width);
	else if (f->width <= 4)
		jout_uint(o, le_load(p, f->width));
	else
		jout_hex64(o, le_load(p, f->width));
}

void cperjson_fields(struct jout *o, const struct cper_table *t, const uint8_t *p, uint32_t len)
{
	for (size_t i = 0; i < t->nr_fields; i++)
		if ((uint32_t)t->fields[i].offset + t->fields[i].width <= len)
			field(o, &t->fields[i], p + t->fields[i].offset);
}

static void valid(struct jout *o, const struct cper_table *t, const uint8_t *p, uint32_t len)
{
	uint64_t bits = t->valid_field < 0 ? 0 : cper_table_bits(t, p, len);

	jout_key(o, "valid");
	jout_open(o, '[');
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct cper_field *f = &t->fields[i];

		if (f->valid_bit < 0 || !(bits >> f->valid_bit & 1) ||
		    (uint32_t)f->offset + f->width > len)
			continue;
		jout_sep(o);
		jout_char(o, '"');
		jout_raw(o, f->name, strlen(f->name));
		jout_char(o, '"');
	}
	jout_close(o, ']');
}

static void element(struct jout *o, const struct cper_part *p, const uint8_t *section,
		    const uint8_t *at, uint32_t payload, unsigned int flags)
{
	jout_sep(o);
	jout_open(o, '{');
	if (p->flat) {
		cperjson_fields(o, p->table, at, p->table->size);
	} else {
		jout_key(o, "fields");
		jout_open(o, '{');
		cperjson_fields(o, p->table, at, p->table->size);
		jout_close(o, '}');
	}
	if (p->table->valid_field >= 0)
		valid(o, p->table, at, p->table->size);
	if (p->payload) {
		jout_key(o, p->payload);
		jout_hex(o, at + p->table->size, payload);
	}
	if (flags & CPERJSON_WORDS)
		cperjson_words(o, p, p->table, section, at, payload);
	jout_close(o, '}');
}

static void part(struct jout *o, const struct cper_entry *e, const struct cper_part *p,
		 const struct cper_extent *x, unsigned int flags)
{
	uint32_t pos = 0, at, payload;

	if (p->optional && !x->len)
		return;
	jout_key(o, p->name);
	if (p->kind == CPER_PART_BYTES) {
		jout_hex(o, e->section + x->offset, x->len);
		return;
	}
	jout_open(o, '[');
	while (cper_part_next(p, x, e->section, &pos, &at, &payload))
		element(o, p, e->section, e->section + at, payload, flags);
	jout_close(o, ']');
}

void cperjson_section(struct jout *o, const struct cper_entry *e, unsigned int flags)
{
	const struct cper_section *s = cper_section_find(&e->section_type);
	struct cper_layout l;

	jout_key(o, "section");
	jout_open(o, '{');
	jout_num(o, "length", e->section_len);
	if (!s || cper_section_layout(s, e, &l, NULL) < 0) {
		jout_key(o, "data");
		jout_hex(o, e->section, e->section_len);
		jout_close(o, '}');
		return;
	}
	jout_key(o, "fields");
	jout_open(o, '{');
	cperjson_fields(o, &s->table, e->section, l.fixed);
	jout_close(o, '}');
	valid(o, &s->table, e->section, l.fixed);
	for (size_t i = 0; i < s->nr_parts; i++)
		part(o, e, &s->parts[i], &l.parts[i], flags);
	/* x86 keeps its counts in validation_bits. They are repeated here as plain numbers. */
	if (!strcmp(s->kind, "proc_ia")) {
		jout_num(o, "error_info_num", l.parts[0].count);
		jout_num(o, "context_info_num", l.parts[1].count);
	}
	if (s->short_form && e->section_len < s->table.size)
		jout_str(o, "form", s->short_form);
	if (l.odd) {
		jout_key(o, "data");
		jout_hex(o, e->section, e->section_len);
	} else if (l.end < e->section_len) {
		jout_key(o, "trailing");
		jout_hex(o, e->section + l.end, e->section_len - l.end);
	}
	if (flags & CPERJSON_WORDS)
		cperjson_section_words(o, s, e, &l);
	jout_close(o, '}');
}
