// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A UEFI record from the JSON of libcper, its own or our export.
 *
 * The sections are put together by libcper's names and our field tables: a member that is there
 * sets its validation bit, counts and lengths follow from the arrays. The record is laid out and
 * checked at the end as any other. What libcper's JSON does not hold (reserved bytes, bytes behind
 * a section's parts) is 0 or missing; if then the lengths in the JSON do not fit, it is refused.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/le.h"
#include "cper/record.h"
#include "cperjson/libcper_read.h"

/* A number at key, if it is there. */
static int optional(struct jin *o, json_object *in, const char *key, uint64_t *n)
{
	json_object *v = libcper_get(in, key);

	return v ? libcper_number(o, key, v, n) : 0;
}

/* Registers by name, or "data". Appends them. */
static int put_registers(struct jin *o, const struct cper_part *p, json_object *in, size_t header,
			 uint64_t size, size_t *len)
{
	const struct cper_inside *inside = NULL;
	uint32_t unused = UINT32_MAX;
	size_t start = o->pos;
	uint8_t *to;
	int r;

	if (size > o->cap - o->pos)
		return jin_bad(o, "registerArraySize", "does not fit in the record");
	if ((r = jin_room(o, (size_t)size, &to)) < 0)
		return r;
	*len = (size_t)size;
	if (!in)
		return 0;
	if (libcper_get(in, "data")) {
		r = libcper_bytes(o, LIBCPER_REGISTERS, in, to, (size_t)size, len);
		o->pos = start + *len;
		return r;
	}
	if (p->inside)
		inside = p->inside(NULL, o->buf + header, &unused);
	if (!inside)
		return jin_bad(o, LIBCPER_REGISTERS, "needs \"data\" for this type");
	for (const struct cper_field *f = inside->fields; f->name; f++) {
		json_object *v = libcper_get(in, f->name);
		uint64_t n = 0;

		if (!v && !strcmp(f->name, "rip"))
			v = libcper_get(in, "eip"); /* libcper's word for it */
		if (!v || (uint64_t)f->offset + f->width > size)
			continue;
		if ((r = libcper_number(o, f->name, v, &n)) < 0)
			return r;
		le_store(to + f->offset, f->width, n);
	}
	return 0;
}

static int put_element(struct jin *o, const struct cper_part *p, const struct libcper_map *map,
		       json_object *in)
{
	const struct cper_field *size = &p->table->fields[p->size_field];
	size_t header = o->pos, len = 0;
	uint64_t want = 0;
	uint8_t *wire;
	int r;

	if ((r = jin_room(o, p->table->size, &wire)) < 0 ||
	    (r = libcper_structure(o, map, p->table, in, wire)) < 0)
		return r;
	if (p->kind != CPER_PART_CONTEXTS) {
		if (p->size_field && !le_load(wire + size->offset, size->width))
			le_store(wire + size->offset, size->width, p->table->size);
		return 0;
	}
	want = le_load(wire + size->offset, size->width);
	if (!libcper_get(in, "registerArraySize"))
		return jin_bad(o, "registerArraySize", "missing");
	r = put_registers(o, p, libcper_get(in, LIBCPER_REGISTERS), header, want, &len);
	if (!r)
		le_store(o->buf + header + size->offset, size->width, len);
	return r;
}

/* [{"firstHalf","secondHalf"},...] */
static int put_pairs(struct jin *o, const char *name, json_object *in, struct cper_extent *x)
{
	size_t start = o->pos;
	int r = 0;

	if (!json_object_is_type(in, json_type_array))
		return jin_bad(o, name, "must be an array");
	for (size_t i = 0; !r && i < json_object_array_length(in); i++) {
		static const char *const halves[] = { "firstHalf", "secondHalf" };
		json_object *pair = json_object_array_get_idx(in, i);

		for (size_t k = 0; !r && k < ARRAY_LEN(halves); k++) {
			uint64_t n = 0;
			uint8_t *p;

			r = jin_room(o, 8, &p);
			if (!r && (r = optional(o, pair, halves[k], &n)) == 0)
				le_store(p, 8, n);
		}
	}
	x->len = (uint32_t)(o->pos - start);
	return r;
}

static int put_part(struct jin *o, const struct cper_part *p, const char *name,
		    const struct libcper_map *map, json_object *section, size_t start,
		    struct cper_extent *x)
{
	json_object *in = libcper_get(section, name);
	size_t n = 0, room = o->cap - o->pos, old;
	int r = 0;

	x->offset = (uint32_t)(o->pos - start);
	if (!in)
		return 0;
	if (map == libcper_pairs_map)
		return put_pairs(o, name, in, x);
	if (p->kind == CPER_PART_BYTES) {
		r = libcper_bytes(o, name, in, o->buf + o->pos, room, &n);
		o->pos += n;
		x->len = (uint32_t)n;
		return r;
	}
	if (!json_object_is_type(in, json_type_array))
		return jin_bad(o, name, "must be an array");
	for (; !r && n < json_object_array_length(in); n++) {
		old = jin_into(o, "%s[%zu].", name, n);
		r = put_element(o, p, map, json_object_array_get_idx(in, n));
		if (!r)
			jin_back(o, old);
	}
	x->count = (uint32_t)n;
	x->len = (uint32_t)(o->pos - start - x->offset);
	return r;
}

/* A section by its names. want: its length in the descriptor, or 0. */
static int put_named(struct jin *o, const struct cper_section *s, const struct libcper_kind *k,
		     json_object *in, uint64_t want)
{
	uint32_t fixed = s->table.size;
	struct cper_layout l = { 0 };
	size_t start = o->pos;
	uint8_t *wire;
	int r;

	if ((r = jin_room(o, s->table.size, &wire)) < 0 ||
	    (r = libcper_structure(o, k->fixed, &s->table, in, wire)) < 0)
		return r;
	if (want >= s->min_size && want < s->table.size) { /* a short form, if nothing is lost */
		fixed = cper_section_fixed(s, wire, (uint32_t)want);
		for (uint32_t i = fixed; i < s->table.size; i++)
			if (wire[i])
				return jin_bad(o, k->name, "has more than its sectionLength");
		o->pos = start + fixed;
	}
	for (size_t i = 0; !r && i < s->nr_parts; i++)
		if (k->parts[i].name)
			r = put_part(o, &s->parts[i], k->parts[i].name, k->parts[i].map, in, start,
				     &l.parts[i]);
	if (!r && s->seal && fixed == s->table.size)
		s->seal(wire, &l, 0);
	return r;
}

static int put_section(struct jin *o, const uint8_t *type, json_object *in, uint64_t want)
{
	const struct cper_section *s;
	const struct libcper_kind *k;
	json_object *body;
	struct cper_guid g;
	size_t n = 0, old;
	int r;

	memcpy(g.b, type, sizeof(g.b));
	s = cper_section_find(&g);
	k = s ? libcper_kind(s->kind) : NULL;
	body = libcper_get(in, "Unknown");
	if (body) {
		r = libcper_bytes(o, "Unknown", body, o->buf + o->pos, o->cap - o->pos, &n);
		o->pos += n;
		return r;
	}
	body = k ? libcper_get(in, k->name) : NULL;
	if (!body)
		return jin_bad(o, "",
			       k ? "is not of the type that its descriptor says" :
				   "has no form here that can be read; libcper's cper-convert can");
	old = jin_into(o, "%s.", k->name);
	r = put_named(o, s, k, body, want);
	if (!r)
		jin_back(o, old);
	return r;
}

/* {"major","minor"} */
static int revision_of(struct jin *o, json_object *in, uint8_t *p)
{
	uint64_t major = 0, minor = 0;
	json_object *v = libcper_get(in, "revision");
	int r;

	if (!v)
		return 0;
	if ((r = libcper_number(o, "revision", libcper_get(v, "major"), &major)) < 0 ||
	    (r = libcper_number(o, "revision", libcper_get(v, "minor"), &minor)) < 0)
		return r;
	p[0] = (uint8_t)minor;
	p[1] = (uint8_t)major;
	return 0;
}

static int severity_of(struct jin *o, json_object *in, uint8_t *p)
{
	uint64_t n = 0;
	json_object *v = libcper_get(libcper_get(in, "severity"), "code");
	int r = v ? libcper_number(o, "severity", v, &n) : 0;

	if (!r)
		le_store(p, 4, n);
	return r;
}

/* "2026-12-31T23:59:58+00:00" as BCD. */
static int timestamp_of(struct jin *o, json_object *in, uint8_t *h, uint64_t *bits)
{
	static const uint8_t at[] = { 0, 2, 5, 8, 11, 14, 17 }, to[] = { 7, 6, 5, 4, 2, 1, 0 };
	json_object *v = libcper_get(in, "timestamp");
	const char *s;

	if (!v)
		return 0;
	s = json_object_get_string(v);
	if (!json_object_is_type(v, json_type_string) || strlen(s) < 19)
		return jin_bad(o, "timestamp", "must be a date and time");
	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		if (s[at[i]] < '0' || s[at[i]] > '9' || s[at[i] + 1] < '0' || s[at[i] + 1] > '9')
			return jin_bad(o, "timestamp", "must be a date and time");
		h[to[i]] = (uint8_t)((s[at[i]] - '0') << 4 | (s[at[i] + 1] - '0'));
	}
	h[3] = libcper_true(in, "timestampIsPrecise");
	*bits |= CPER_RECORD_VALID_TIMESTAMP;
	return 0;
}

static int put_header(struct jin *o, json_object *in, uint8_t *h, uint64_t *length)
{
	static const struct {
		const char *key;
		uint8_t at, bit;
	} ids[] = {
		{ "platformID", 32, CPER_RECORD_VALID_PLATFORM_ID },
		{ "partitionID", 48, CPER_RECORD_VALID_PARTITION_ID },
		{ "creatorID", 64, 0 },
	};
	uint64_t bits = 0, id = 0, flags = 0, persistence = 0;
	json_object *v = libcper_get(libcper_get(in, "notificationType"), "guid");
	int r;

	memcpy(h, "CPER", 4);
	le_store(h + 4, 2, 0x0101);
	le_store(h + 6, 4, UINT32_MAX);
	if ((r = revision_of(o, in, h + 4)) < 0 || (r = severity_of(o, in, h + 12)) < 0 ||
	    (r = timestamp_of(o, in, h + 24, &bits)) < 0 ||
	    (v && (r = jin_guid(o, "notificationType", v, h + 80)) < 0) ||
	    (r = optional(o, in, "recordID", &id)) < 0 ||
	    (r = optional(o, in, "flags", &flags)) < 0 ||
	    (r = optional(o, in, "persistenceInfo", &persistence)) < 0 ||
	    (r = optional(o, in, "recordLength", length)) < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		v = libcper_get(in, ids[i].key);
		if (v && (r = jin_guid(o, ids[i].key, v, h + ids[i].at)) < 0)
			return r;
		bits |= v ? ids[i].bit : 0u;
	}
	le_store(h + 16, 4, bits);
	le_store(h + 96, 8, id);
	le_store(h + 104, 4, flags);
	le_store(h + 108, 8, persistence);
	return 0;
}

static int put_descriptor(struct jin *o, json_object *in, uint8_t *d, uint64_t *length)
{
	json_object *v = libcper_get(libcper_get(in, "sectionType"), "data");
	int r;

	if (!v)
		return jin_bad(o, "sectionType", "missing");
	if ((r = jin_guid(o, "sectionType", v, d + 16)) < 0 ||
	    (r = revision_of(o, in, d + 8)) < 0 || (r = severity_of(o, in, d + 48)) < 0 ||
	    (r = optional(o, in, "sectionLength", length)) < 0)
		return r;
	le_store(d + 12, 4, libcper_flags(libcper_get(in, "flags"), libcper_section_flags));
	v = libcper_get(in, "fruID");
	if (v && (r = jin_guid(o, "fruID", v, d + 32)) < 0)
		return r;
	d[10] = v ? CPER_ENTRY_VALID_FRU_ID : 0;
	v = libcper_get(in, "fruText");
	if (v && (r = jin_padded(o, "fruText", v, d + 52, CPER_FRU_TEXT_SIZE)) < 0)
		return r;
	d[10] |= v ? CPER_ENTRY_VALID_FRU_TEXT : 0;
	return 0;
}

static int put_one(struct jin *o, json_object *descriptor, json_object *section, size_t at)
{
	size_t start = o->pos;
	uint64_t want = 0;
	int r;

	if ((r = put_descriptor(o, descriptor, o->buf + at, &want)) < 0 ||
	    (r = put_section(o, o->buf + at + 16, section, want)) < 0)
		return r;
	if (want && want != o->pos - start)
		return jin_bad(o, "sectionLength", "is not what the section comes to");
	le_store(o->buf + at, 4, start);
	le_store(o->buf + at + 4, 4, o->pos - start);
	return 0;
}

int jin_libcper(struct jin *o, json_object *in)
{
	json_object *descriptors, *sections, *header;
	uint64_t length = 0;
	uint8_t *h, *d;
	size_t n, old;
	int r;

	if ((r = jin_member(o, in, "header", json_type_object, true, &header)) < 0 ||
	    (r = jin_member(o, in, "sectionDescriptors", json_type_array, true, &descriptors)) <
		    0 ||
	    (r = jin_member(o, in, "sections", json_type_array, true, &sections)) < 0)
		return r;
	n = json_object_array_length(descriptors);
	if (n > UINT16_MAX || json_object_array_length(sections) != n)
		return jin_bad(o, "sections", "must be as many as sectionDescriptors");
	if ((r = jin_room(o, CPER_RECORD_SIZE, &h)) < 0 ||
	    (r = jin_room(o, n * CPER_DESCRIPTOR_SIZE, &d)) < 0)
		return r;
	old = jin_into(o, "header.");
	if ((r = put_header(o, header, h, &length)) < 0)
		return r;
	jin_back(o, old);
	for (size_t i = 0; i < n; i++) {
		old = jin_into(o, "sections[%zu].", i);
		r = put_one(o, json_object_array_get_idx(descriptors, i),
			    json_object_array_get_idx(sections, i),
			    CPER_RECORD_SIZE + i * CPER_DESCRIPTOR_SIZE);
		if (r < 0)
			return r;
		jin_back(o, old);
	}
	le_store(h + 10, 2, n);
	le_store(h + 20, 4, o->pos);
	return length && length != o->pos ?
		       jin_bad(o, "header.recordLength", "is not what the sections come to") :
		       0;
}
