// SPDX-License-Identifier: LGPL-2.1-or-later
/* Values and structures from the JSON of libcper, by its names and our field tables. */
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/le.h"
#include "cperjson/libcper_read.h"

json_object *libcper_get(json_object *o, const char *key)
{
	json_object *v = NULL;

	return json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, key, &v) ?
		       v :
		       NULL;
}

bool libcper_true(json_object *o, const char *key)
{
	json_object *v = libcper_get(o, key);

	return v && json_object_get_boolean(v);
}

int libcper_number(struct jin *o, const char *key, json_object *v, uint64_t *n)
{
	json_object *inner = libcper_get(v, "value");

	if (!inner)
		inner = libcper_get(v, "code");
	if (inner)
		v = inner;
	if (json_object_is_type(v, json_type_boolean)) {
		*n = (uint64_t)json_object_get_boolean(v);
		return 0;
	}
	/* Wide numbers of libcper may have become negative on their way. */
	if (json_object_is_type(v, json_type_int) && json_object_get_int64(v) < 0) {
		*n = (uint64_t)json_object_get_int64(v);
		return 0;
	}
	return jin_value(o, key, v, 8, NULL, n);
}

int libcper_bytes(struct jin *o, const char *key, json_object *v, uint8_t *p, size_t cap,
		  size_t *len)
{
	json_object *inner = libcper_get(v, "data");

	if (inner)
		v = inner;
	if (!json_object_is_type(v, json_type_string) ||
	    b64_decode(json_object_get_string(v), (size_t)json_object_get_string_len(v), p, cap,
		       len) < 0)
		return jin_bad(o, key, "must be base64 text that fits");
	return 0;
}

uint64_t libcper_flags(json_object *v, const char *const *names)
{
	uint64_t n = 0;

	for (size_t i = 0; names[i]; i++)
		n |= (uint64_t)libcper_true(v, names[i]) << i;
	return n;
}

/* An object of flags and values, by the words of the bits. */
static int bits_of(struct jin *o, const char *key, const struct cper_bits *b, json_object *v,
		   uint64_t *n)
{
	char name[48];
	int r = 0;

	if (!b || libcper_get(v, "value"))
		return libcper_number(o, key, v, n);
	for (; !r && b->name; b++) {
		json_object *m = libcper_get(v, libcper_camel(b->name, name));
		uint64_t part = 0;

		if (!m)
			continue;
		r = libcper_number(o, key, m, &part);
		if (!r && part >> b->width)
			return jin_bad(o, key, "a value in it is too large");
		*n |= part << b->lo | (b->valid >= 0 ? UINT64_C(1) << b->valid : 0);
	}
	return r;
}

static int cpuid_of(struct jin *o, const char *key, json_object *v, uint8_t *p, size_t width)
{
	static const char *const names[] = { "eax", "ebx", "ecx", "edx" };
	size_t len = 0;
	int r = 0;

	if (libcper_get(v, "data")) {
		r = libcper_bytes(o, key, v, p, width, &len);
		return r || len == width ? r : jin_bad(o, key, "must be 48 bytes");
	}
	for (size_t i = 0; !r && i < ARRAY_LEN(names); i++) {
		json_object *m = libcper_get(v, names[i]);
		uint64_t n = 0;

		if (m && (r = libcper_number(o, key, m, &n)) == 0)
			le_store(p + 8 * i, 8, n);
	}
	return r;
}

/* One bank number, or group and address, which have bits of their own. */
static int bank_of(struct jin *o, const struct cper_field *f, json_object *v, uint64_t *n,
		   uint64_t *bits)
{
	json_object *address = libcper_get(v, "address"), *group = libcper_get(v, "group");
	uint64_t a = 0, g = 0;
	int r;

	if (!address && !group)
		return libcper_number(o, "bank", v, n);
	if ((address && (r = libcper_number(o, "bank", address, &a)) < 0) ||
	    (group && (r = libcper_number(o, "bank", group, &g)) < 0))
		return r;
	*n = g << 8 | (a & 255);
	*bits = f->also;
	return 0;
}

/* The type's bits, or our or libcper's number. */
static int arm_type_of(struct jin *o, const char *key, json_object *v, uint64_t *n)
{
	if (libcper_get(v, "value") || !json_object_is_type(v, json_type_object))
		return libcper_number(o, key, v, n);
	*n = libcper_flags(v, libcper_arm_types) << 1;
	return 0;
}

/*
 * ARM error information, under the name of its type. libcper reads the types one bit lower than
 * UEFI since 2.9A has them, so its name says what the fields are, and not the type.
 */
static int by_type_of(struct jin *o, const struct cper_field *f, json_object *v, uint64_t *n)
{
	static const uint8_t types[] = { CPER_ARM_TYPE_CACHE, CPER_ARM_TYPE_TLB,
					 CPER_ARM_TYPE_BUS };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const uint8_t structure[8] = { [4] = types[i] };
		const char *name = libcper_arm_information(types[i]);

		if (libcper_get(v, name))
			return bits_of(o, name, cper_field_bits(f, structure), libcper_get(v, name),
				       n);
	}
	return 0;
}

/*
 * A number of a field by its style. structure: the fields before it, on which its bits may depend.
 * *bits: the validation bits that it sets.
 */
static int styled(struct jin *o, const struct libcper_map *m, const struct cper_field *f,
		  json_object *v, const uint8_t *structure, uint64_t *n, uint64_t *bits)
{
	uint64_t part = 0;
	int r;

	switch (m->style) {
	case BITS_FROM_3:
		r = libcper_number(o, m->name, v, n);
		*n <<= 3;
		return r;
	case ERROR_STATUS:
		*n = libcper_flags(v, libcper_status_flags) << 16;
		v = libcper_get(v, "errorType");
		r = v ? libcper_number(o, m->name, v, &part) : 0;
		*n |= (part & 255) << 8;
		return r;
	case BANK:
		return bank_of(o, f, v, n, bits);
	case EXTENDED:
		*n = (uint64_t)libcper_true(v, "rowBit16") | (uint64_t)libcper_true(v, "rowBit17")
								     << 1;
		v = libcper_get(v, "chipIdentification");
		if (!v)
			return 0;
		*bits |= f->also;
		r = libcper_number(o, m->name, v, &part);
		*n |= (part & 7) << 5;
		return r;
	case BUS_TYPE:
		if (json_object_is_type(v, json_type_string) &&
		    !strcmp(json_object_get_string(v), "PCI-X"))
			*n = LIBCPER_PCI_X;
		return 0;
	case ARM_TYPES:
		return arm_type_of(o, m->name, v, n);
	case BITS:
		return bits_of(o, m->name, cper_field_bits(f, structure), v, n);
	case BITS_BY_TYPE:
		return by_type_of(o, f, v, n);
	default:
		return libcper_number(o, m->name, v, n);
	}
}

/* Write one member into its field. */
static int put_member(struct jin *o, const struct libcper_map *m, const struct cper_field *f,
		      json_object *v, uint8_t *structure, uint64_t *bits)
{
	uint8_t *p = structure + f->offset;
	uint64_t n = 0, own = f->valid_bit >= 0 ? UINT64_C(1) << f->valid_bit : 0;
	size_t len = 0;
	int r;

	switch (m->style) {
	case GUID:
	case GUID_NAME:
		r = jin_guid(o, m->name, v, p);
		break;
	case TEXT:
		r = jin_padded(o, m->name, v, p, f->width);
		break;
	case CPUID:
		r = cpuid_of(o, m->name, v, p, f->width);
		break;
	case BASE64:
	case BASE64_TEXT:
		if (m->style == BASE64 && !libcper_get(v, "data"))
			return jin_bad(o, m->name, "has no \"data\"");
		r = libcper_bytes(o, m->name, v, p, f->width, &len);
		break;
	default:
		r = styled(o, m, f, v, structure, &n, &own);
		if (!r && f->width < 8 && n >> (8 * f->width))
			return jin_bad(o, m->name, "too large");
		if (!r)
			le_store(p, f->width, n);
	}
	*bits |= own;
	return r;
}

int libcper_structure(struct jin *o, const struct libcper_map *m, const struct cper_table *t,
		      json_object *in, uint8_t *wire)
{
	const struct libcper_map *first = m;
	uint64_t bits = 0;
	int r = 0;

	for (int i = 0; !r && i < t->nr_fields; i++)
		for (m = first; !r && m->field; m++) {
			json_object *v = m->under ?
						 libcper_get(libcper_get(in, m->under), m->name) :
						 libcper_get(in, m->name);

			if (v && !strcmp(m->field, t->fields[i].name))
				r = put_member(o, m, &t->fields[i], v, wire, &bits);
		}
	if (!r && t->valid_field >= 0)
		le_store(wire + t->fields[t->valid_field].offset, t->fields[t->valid_field].width,
			 bits);
	return r;
}
