// SPDX-License-Identifier: LGPL-2.1-or-later
/* Encoding and decoding by walking a field table. */
#include "cper/codec.h"

void cper_table_encode(const struct cper_table *t, const void *host, uint8_t *wire)
{
	const uint8_t *h = host;
	uint64_t bits = ~UINT64_C(0);

	memset(wire, 0, t->size);
	if (t->valid_field >= 0)
		bits = host_load(h + t->fields[t->valid_field].host,
				 t->fields[t->valid_field].host_width);
	for (size_t i = 0; i < t->nr_fields; i++)
		field_encode(&t->fields[i], bits, h, wire);
}

void cper_table_decode(const struct cper_table *t, const uint8_t *wire, uint32_t len, void *host)
{
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct cper_field *f = &t->fields[i];

		field_decode(f, wire, (uint32_t)f->offset + f->width <= len, host);
	}
}

uint32_t cper_table_end(const struct cper_table *t, uint32_t len)
{
	uint32_t end = 0;

	if (len >= t->size)
		return t->size;
	for (size_t i = 0; i < t->nr_fields; i++)
		if ((uint32_t)t->fields[i].offset + t->fields[i].width <= len)
			end = (uint32_t)t->fields[i].offset + t->fields[i].width;
	return end;
}

int cper_field_index(const struct cper_table *t, const char *name)
{
	for (int i = 0; i < t->nr_fields; i++)
		if (!strcmp(t->fields[i].name, name))
			return i;
	return CPER_NO_FIELD;
}

uint64_t cper_table_bits(const struct cper_table *t, const uint8_t *structure, uint32_t len)
{
	const struct cper_field *f;

	if (t->valid_field < 0)
		return ~UINT64_C(0);
	f = &t->fields[t->valid_field];
	return (uint32_t)f->offset + f->width <= len ? le_load(structure + f->offset, f->width) : 0;
}

bool cper_field_valid(const struct cper_field *f, uint64_t bits)
{
	return f->valid_bit < 0 || (bits & field_mask(f));
}

const char *cper_word(const struct cper_word *words, uint64_t value)
{
	for (; words && words->word; words++)
		if (words->value == value)
			return words->word;
	return NULL;
}

const struct cper_guid_word *cper_guid_word(const struct cper_guid_word *t, const uint8_t *guid)
{
	for (; t && t->word; t++)
		if (!memcmp(t->guid.b, guid, sizeof(t->guid.b)))
			return t;
	return NULL;
}

const struct cper_bits *cper_field_bits(const struct cper_field *f, const uint8_t *structure)
{
	return f->choose ? f->choose(structure) : f->bits;
}

bool cper_part_next(const struct cper_part *p, const struct cper_extent *x, const uint8_t *section,
		    uint32_t *pos, uint32_t *element, uint32_t *payload)
{
	const struct cper_field *size;
	uint32_t step;
	uint64_t n;

	if (p->kind == CPER_PART_BYTES || *pos >= x->len || x->len - *pos < p->table->size)
		return false;
	*element = x->offset + *pos;
	*payload = 0;
	if (p->kind == CPER_PART_STRUCTS) {
		step = x->count ? x->len / x->count : 0;
		*pos += step > p->table->size ? step : p->table->size;
		return true;
	}
	size = &p->table->fields[p->size_field];
	n = le_load(section + *element + size->offset, size->width);
	n = n > p->size_adds ? n - p->size_adds : 0;
	/* The layout was checked. This bounds a caller who skipped that. */
	if (n > x->len - *pos - p->table->size)
		return false;
	*payload = (uint32_t)n;
	*pos += p->table->size + *payload;
	return true;
}

static int each_field(const struct cper_table *t, const uint8_t *structure, uint32_t len,
		      const char *part, uint32_t element, cper_field_fn *fn, void *ctx)
{
	uint64_t bits = cper_table_bits(t, structure, len);
	int r = 0;

	for (size_t i = 0; !r && i < t->nr_fields; i++) {
		const struct cper_field *f = &t->fields[i];

		if ((uint32_t)f->offset + f->width <= len)
			r = fn(ctx, part, element, f, structure, cper_field_valid(f, bits));
	}
	return r;
}

int cper_for_each_field(const struct cper_entry *e, cper_field_fn *fn, void *ctx,
			struct cper_err *err)
{
	const struct cper_section *s = cper_section_find(&e->section_type);
	struct cper_layout l;
	int r;

	if (!s)
		return 0;
	if (cper_section_layout(s, e, &l, err) < 0)
		return -1;
	r = each_field(&s->table, e->section, l.fixed, NULL, 0, fn, ctx);
	for (size_t i = 0; !r && i < s->nr_parts; i++) {
		uint32_t pos = 0, at, payload, n = 0;

		while (!r &&
		       cper_part_next(&s->parts[i], &l.parts[i], e->section, &pos, &at, &payload))
			r = each_field(s->parts[i].table, e->section + at, s->parts[i].table->size,
				       s->parts[i].name, n++, fn, ctx);
	}
	return r;
}
