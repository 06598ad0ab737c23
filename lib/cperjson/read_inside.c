// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Fields inside bytes by their names, such as the AER registers of a PCIe section. They are given
 * as the words of decode's output show them: numbers, objects of flags, double words.
 */
#include <string.h>

#include "base/num.h"
#include "base/le.h"
#include "cperjson/read.h"

static const struct cper_bits *find_bits(const struct cper_bits *bits, const char *name)
{
	for (; bits && bits->name; bits++)
		if (!strcmp(bits->name, name))
			return bits;
	return NULL;
}

/* {"bad_tlp":true,"first_error_pointer":12} */
static int flags_object(struct jin *o, const struct cper_bits *bits, json_object *v, uint64_t *n)
{
	json_object_object_foreach(v, key, val)
	{
		const struct cper_bits *b = find_bits(bits, key);
		uint64_t part = 0;
		int r = 0;

		if (!b)
			return jin_bad(o, key, "no such flag");
		if (json_object_is_type(val, json_type_boolean))
			part = (uint64_t)json_object_get_boolean(val);
		else
			r = jin_value(o, key, val, 8, b->words, &part);
		if (r < 0)
			return r;
		if (part >> b->width)
			return jin_bad(o, key, "too large");
		*n |= part << b->lo;
	}
	return 0;
}

/* ["bad_tlp","bad_dllp"] */
static int flags_array(struct jin *o, const char *key, const struct cper_bits *bits, json_object *v,
		       uint64_t *n)
{
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		json_object *name = json_object_array_get_idx(v, i);
		const struct cper_bits *b = NULL;

		if (json_object_is_type(name, json_type_string))
			b = find_bits(bits, json_object_get_string(name));
		if (!b)
			return jin_bad(o, key, "must be names of its flags");
		*n |= UINT64_C(1) << b->lo;
	}
	return 0;
}

static int number(struct jin *o, const struct cper_field *f, json_object *v, uint8_t *p)
{
	uint64_t n = 0;
	size_t old;
	int r;

	if (f->bits && json_object_is_type(v, json_type_object)) {
		old = jin_into(o, "%s.", f->name);
		r = flags_object(o, f->bits, v, &n);
		jin_back(o, old);
	} else if (f->bits && json_object_is_type(v, json_type_array)) {
		r = flags_array(o, f->name, f->bits, v, &n);
	} else {
		r = jin_value(o, f->name, v, f->width, f->words, &n);
	}
	if (!r)
		le_store(p, f->width, n);
	return r;
}

/* "4a004004 00000010 08000100 ffffffff", as the words of decode's output have it */
static int dwords(struct jin *o, const struct cper_field *f, json_object *v, uint8_t *p)
{
	const char *s = json_object_get_string(v);
	uint8_t be[4];
	size_t got;

	if (json_object_get_string_len(v) != f->width / 4 * 9 - 1)
		return jin_bytes(o, f->name, v, p, f->width);
	for (uint16_t at = 0; at < f->width; at += 4, s += 9) {
		if ((at && s[-1] != ' ') || hex_decode(s, 8, be, sizeof(be), &got, NULL) < 0)
			return jin_bad(o, f->name, "must be hex digits of the right length");
		for (size_t i = 0; i < sizeof(be); i++)
			p[at + i] = be[sizeof(be) - 1 - i];
	}
	return 0;
}

static int one_field(struct jin *o, const struct cper_field *f, json_object *v, uint8_t *p)
{
	switch (f->type) {
	case CPER_FIELD_TEXT:
		return jin_padded(o, f->name, v, p, f->width);
	case CPER_FIELD_GUID:
		return jin_guid(o, f->name, v, p);
	case CPER_FIELD_BYTES:
		if (f->show == CPER_SHOW_DWORDS && json_object_is_type(v, json_type_string))
			return dwords(o, f, v, p);
		return jin_bytes(o, f->name, v, p, f->width);
	default:
		return number(o, f, v, p);
	}
}

int jin_inside(struct jin *o, const char *name, json_object *in, const struct cper_field *sub,
	       uint8_t *p)
{
	size_t old = jin_into(o, "%s.", name);
	int r;

	json_object_object_foreach(in, key, val)
	{
		const struct cper_field *f = sub;

		while (f->name && strcmp(f->name, key) != 0)
			f++;
		if (!f->name)
			return jin_bad(o, key, "no such field");
		r = one_field(o, f, val, p + f->offset);
		if (r < 0)
			return r;
	}
	jin_back(o, old);
	return 0;
}
