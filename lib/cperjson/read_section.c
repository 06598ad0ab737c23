// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A section from JSON: the fixed part by its table, then the parts, then the counts and lengths
 * that were not given.
 *
 * Problem: counts, lengths and arrays in the JSON may contradict each other. Rule: at the end the
 * section is laid out again as a reader would do it, and each part must be where it was appended.
 * Otherwise a guest would read one array as another.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/le.h"
#include "cperjson/read.h"

/* Members of a structure that are not fields. */
static bool is_extra(const char *key, const char *const *extra)
{
	for (; extra && *extra; extra++)
		if (!strcmp(key, *extra))
			return true;
	return !strcmp(key, "words");
}

/* Index of the field named key. Starts at hint, because our own output is in the table's order. */
static size_t find_field(const struct cper_table *t, const char *key, size_t hint)
{
	for (size_t n = 0, i = hint; n < t->nr_fields; n++, i++) {
		if (i >= t->nr_fields)
			i = 0;
		if (!strcmp(t->fields[i].name, key))
			return i;
	}
	return t->nr_fields;
}

/* As find_field(), for the "NAME_raw" of a text. */
static size_t find_raw(const struct cper_table *t, const char *key)
{
	size_t n = strlen(key), i;

	for (i = 0; i < t->nr_fields; i++) {
		const char *name = t->fields[i].name;

		if (t->fields[i].type == CPER_FIELD_TEXT && n == strlen(name) + 4 &&
		    !strncmp(name, key, n - 4) && !strcmp(key + n - 4, "_raw"))
			break;
	}
	return i;
}

static int put_field(struct jin *o, const struct cper_field *f, json_object *v, uint8_t *wire)
{
	uint64_t n = 0;
	int r;

	if (f->type == CPER_FIELD_TEXT)
		return jin_padded(o, f->name, v, wire + f->offset, f->width);
	if (f->type == CPER_FIELD_GUID)
		return jin_guid(o, f->name, v, wire + f->offset);
	if (f->sub && json_object_is_type(v, json_type_object))
		return jin_inside(o, f->name, v, f->sub, wire + f->offset);
	if (f->show == CPER_SHOW_TIME)
		return jin_time(o, f->name, v, wire + f->offset);
	if (f->type == CPER_FIELD_BYTES)
		return jin_bytes(o, f->name, v, wire + f->offset, f->width);
	r = jin_value(o, f->name, v, f->width, f->words, &n);
	if (!r)
		le_store(wire + f->offset, f->width, n);
	return r;
}

int jin_structure(struct jin *o, const struct cper_table *t, json_object *in, uint8_t *wire,
		  uint32_t len, const char *const *extra, uint64_t *given)
{
	size_t i = 0, raw = t->nr_fields;
	uint64_t bits = 0;
	int r;

	*given = 0;
	json_object_object_foreach(in, key, val)
	{
		const struct cper_field *f;
		bool is_raw = false;

		i = find_field(t, key, i);
		if (i == t->nr_fields) {
			i = find_raw(t, key);
			is_raw = i < t->nr_fields;
			raw = is_raw ? i : raw;
		}
		if (i == t->nr_fields && is_extra(key, extra))
			continue;
		if (i == t->nr_fields)
			return jin_bad(o, key, "no such field");
		f = &t->fields[i];
		if ((uint32_t)f->offset + f->width > len)
			return jin_bad(o, key, "lies beyond the section's length");
		if (is_raw)
			r = jin_bytes(o, key, val, wire + f->offset, f->width);
		else
			r = raw == i ? 0 : put_field(o, f, val, wire);
		if (r < 0)
			return r;
		*given |= UINT64_C(1) << i++;
		if (f->valid_bit >= 0)
			bits |= UINT64_C(1) << f->valid_bit;
	}
	if (t->valid_field >= 0 && !(*given >> t->valid_field & 1)) {
		const struct cper_field *f = &t->fields[t->valid_field];

		if ((uint32_t)f->offset + f->width <= len) /* a short form may lack it */
			le_store(wire + f->offset, f->width, bits);
	}
	return 0;
}

/* "valid", if given, must list exactly what the validation bits say. Any order will do. */
static int check_valid(struct jin *o, const struct cper_table *t, json_object *in,
		       const uint8_t *wire, uint32_t len)
{
	uint64_t bits = t->valid_field < 0 ? 0 : cper_table_bits(t, wire, len);
	size_t found = 0, want = 0, n;
	json_object *list;
	int r = jin_member(o, in, "valid", json_type_array, false, &list);

	if (r < 0 || !list)
		return r;
	n = json_object_array_length(list);
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct cper_field *f = &t->fields[i];

		if (f->valid_bit < 0 || !(bits >> f->valid_bit & 1) ||
		    (uint32_t)f->offset + f->width > len)
			continue;
		want++;
		for (size_t k = 0; k < n; k++) { /* most often the next one */
			json_object *name = json_object_array_get_idx(list, (found + k) % n);

			if (json_object_is_type(name, json_type_string) &&
			    !strcmp(json_object_get_string(name), f->name)) {
				found++;
				break;
			}
		}
	}
	return want == n && found == n ?
		       0 :
		       jin_bad(o, "valid", "does not match validation_bits; leave it out");
}

static int put_element(struct jin *o, const struct cper_part *p, json_object *in)
{
	const char *const wrapped[] = { "fields", "valid", p->payload, NULL };
	const char *const plain[] = { "valid", p->payload, NULL };
	const struct cper_field *size = &p->table->fields[p->size_field];
	json_object *fields = in;
	size_t payload = 0, old = 0;
	uint64_t given;
	uint8_t *wire;
	int r;

	if (!json_object_is_type(in, json_type_object))
		return jin_bad(o, "", "must be an object");
	if (!p->flat && ((r = jin_only(o, in, wrapped)) < 0 ||
			 (r = jin_member(o, in, "fields", json_type_object, true, &fields)) < 0))
		return r;
	if ((r = jin_room(o, p->table->size, &wire)) < 0)
		return r;
	if (!p->flat)
		old = jin_into(o, "fields.");
	r = jin_structure(o, p->table, fields, wire, p->table->size, p->flat ? plain : NULL,
			  &given);
	if (r < 0)
		return r;
	if (!p->flat)
		jin_back(o, old);
	if (p->payload && (r = jin_append(o, in, p->payload, &payload)) < 0)
		return r;
	if (p->kind == CPER_PART_CONTEXTS && !(given >> p->size_field & 1)) {
		if (size->width < 4 && (payload + p->size_adds) >> (8 * size->width))
			return jin_bad(o, p->payload, "too long for its size field");
		le_store(wire + size->offset, size->width, payload + p->size_adds);
	}
	if (p->kind == CPER_PART_STRUCTS && p->size_field && !(given >> p->size_field & 1))
		le_store(wire + size->offset, size->width, p->table->size);
	return check_valid(o, p->table, in, wire, p->table->size);
}

static int put_part(struct jin *o, const struct cper_part *p, json_object *sec, size_t start,
		    struct cper_extent *x)
{
	size_t from = o->pos, n = 0, old;
	json_object *list;
	int r;

	x->offset = (uint32_t)(from - start);
	if (p->kind == CPER_PART_BYTES) {
		r = jin_append(o, sec, p->name, &n);
		x->len = (uint32_t)n;
		return r;
	}
	r = jin_member(o, sec, p->name, json_type_array, false, &list);
	if (r < 0 || !list)
		return r;
	for (; n < json_object_array_length(list); n++) {
		old = jin_into(o, "%s[%zu].", p->name, n);
		r = put_element(o, p, json_object_array_get_idx(list, n));
		if (r < 0)
			return r;
		jin_back(o, old);
	}
	x->count = (uint32_t)n;
	x->len = (uint32_t)(o->pos - from);
	return 0;
}

/* Check that the finished section lays itself out as it was put together. */
static int verify(struct jin *o, const struct cper_section *s, const uint8_t *wire, size_t len,
		  const struct cper_layout *want, size_t trailing)
{
	struct cper_entry e = { .section = wire,
				.section_len = (uint32_t)len,
				.section_type = s->guid };
	struct cper_layout got;
	struct cper_err ce;

	if (cper_section_layout(s, &e, &got, &ce) < 0) {
		int n = (int)strlen(o->path) - 1; /* without the dot */

		ras_fail(o->err, RAS_E_PARAMS,
			 "%.*s does not make a valid section: %s at its byte %u: %s", n, o->path,
			 cper_code_name(ce.code), ce.offset, ce.what);
		return ras_field(o->err, "%.*s", n, o->path);
	}
	for (size_t i = 0; i < s->nr_parts; i++)
		if (got.parts[i].len != want->parts[i].len ||
		    (got.parts[i].len && got.parts[i].offset != want->parts[i].offset))
			return jin_bad(o, s->parts[i].name,
				       "does not match counts, lengths and validation_bits");
	if (got.end + trailing != len)
		return jin_bad(o, "trailing", "does not fit the section's lengths");
	return 0;
}

static int only_members(struct jin *o, const struct cper_section *s, json_object *sec)
{
	const char *keys[16] = { "length",   "fields", "valid",		 "form",
				 "trailing", "data",   "error_info_num", "context_info_num" };

	for (size_t i = 0; i < s->nr_parts; i++)
		keys[8 + i] = s->parts[i].name;
	return jin_only(o, sec, keys);
}

static uint32_t fields_end(const struct cper_table *t, uint32_t len)
{
	uint32_t end = 0;

	for (size_t i = 0; i < t->nr_fields; i++)
		if ((uint32_t)t->fields[i].offset + t->fields[i].width <= len)
			end = (uint32_t)t->fields[i].offset + t->fields[i].width;
	return end;
}

/*
 * The fixed part may be shorter than the table, depending on what is in it. len: of the section, 0:
 * not given. Then it follows from the bytes of its first part.
 */
static int shorten(struct jin *o, const struct cper_section *s, json_object *sec,
		   const uint8_t *wire, uint32_t len, uint64_t given, uint64_t *fixed)
{
	json_object *part;

	if (!s->fixed)
		return 0;
	if (!len) {
		len = s->table.size;
		if (json_object_object_get_ex(sec, s->parts[0].name, &part))
			len += (uint32_t)json_object_get_string_len(part) / 2;
	}
	*fixed = cper_section_fixed(s, wire, len);
	for (size_t i = 0; i < s->table.nr_fields; i++)
		if ((given >> i & 1) &&
		    (uint64_t)s->table.fields[i].offset + s->table.fields[i].width > *fixed) {
			jin_into(o, "fields.");
			return jin_bad(o, s->table.fields[i].name,
				       "lies beyond the section's fixed part");
		}
	return 0;
}

static int put_table(struct jin *o, const struct cper_section *s, json_object *sec)
{
	uint64_t len = s->table.size, fixed, given;
	size_t trailing = 0, start = o->pos, old;
	struct cper_layout l = { 0 };
	json_object *fields;
	uint8_t *wire;
	bool has;
	int r;

	if ((r = only_members(o, s, sec)) < 0 ||
	    (r = jin_uint(o, sec, "length", 4, &len, &has)) < 0 ||
	    (r = jin_member(o, sec, "fields", json_type_object, true, &fields)) < 0)
		return r;
	if (len < s->min_size)
		return jin_bad(o, "length", "shorter than the section's fixed part");
	fixed = len < s->table.size ? len : s->table.size;
	if ((r = jin_room(o, (size_t)fixed, &wire)) < 0)
		return r;
	old = jin_into(o, "fields.");
	r = jin_structure(o, &s->table, fields, wire, (uint32_t)fixed, NULL, &given);
	if (r < 0)
		return r;
	jin_back(o, old);
	if ((r = shorten(o, s, sec, wire, has ? (uint32_t)len : 0, given, &fixed)) < 0)
		return r;
	/* A short form may end inside a field. Those bytes are in "trailing". */
	o->pos = start + fields_end(&s->table, (uint32_t)fixed);
	for (size_t i = 0; i < s->nr_parts; i++)
		if ((r = put_part(o, &s->parts[i], sec, start, &l.parts[i])) < 0)
			return r;
	if (s->seal && fixed == s->table.size) /* a short form has no counts */
		s->seal(wire, &l, given);
	if ((r = jin_append(o, sec, "trailing", &trailing)) < 0)
		return r;
	if (has && o->pos - start != len)
		return jin_bad(o, "length", "does not match the section's parts");
	if ((r = check_valid(o, &s->table, sec, wire, (uint32_t)fixed)) < 0)
		return r;
	if ((r = verify(o, s, wire, o->pos - start, &l, trailing)) < 0 ||
	    strcmp(s->kind, "proc_ia"))
		return r;
	if ((r = jin_expect(o, sec, "error_info_num", l.parts[0].count)) < 0)
		return r;
	return jin_expect(o, sec, "context_info_num", l.parts[1].count);
}

/* Whole sections as bytes. Fields beside them must agree. */
static int put_data(struct jin *o, const struct cper_section *s, json_object *sec)
{
	static const char *const keys[] = { "length", "data", NULL };
	size_t start = o->pos, len, old;
	json_object *fields = NULL;
	uint8_t copy[CPER_TABLE_MAX];
	uint64_t given;
	int r;

	r = s ? only_members(o, s, sec) : jin_only(o, sec, keys);
	if (r < 0 || (r = jin_append(o, sec, "data", &len)) < 0 ||
	    (r = jin_expect(o, sec, "length", len)) < 0)
		return r;
	if (!s || !json_object_object_get_ex(sec, "fields", &fields))
		return 0;
	if (!json_object_is_type(fields, json_type_object))
		return jin_bad(o, "fields", "must be an object");
	if (len < s->table.size)
		return jin_bad(o, "data", "shorter than the section's fixed part");
	memcpy(copy, o->buf + start, s->table.size);
	old = jin_into(o, "fields.");
	r = jin_structure(o, &s->table, fields, copy, s->table.size, NULL, &given);
	jin_back(o, old);
	if (r < 0)
		return r;
	return memcmp(copy, o->buf + start, s->table.size) ?
		       jin_bad(o, "data", "does not match fields; give only one of the two") :
		       0;
}

int jin_section(struct jin *o, const struct cper_section *s, json_object *sec)
{
	if (json_object_object_get_ex(sec, "data", NULL))
		return put_data(o, s, sec);
	if (s)
		return put_table(o, s, sec);
	return jin_bad(o, "data", "missing");
}

int jin_section_type(struct jin *o, json_object *entry, const char *name, json_object *header,
		     const struct cper_section **s, uint8_t *guid)
{
	const struct cper_section *named = NULL;
	json_object *kind, *type = NULL;
	struct cper_guid g;
	bool unknown;
	size_t old;
	int r = jin_member(o, entry, "kind", json_type_string, false, &kind);

	if (r < 0)
		return r;
	json_object_object_get_ex(header, "section_type", &type);
	if (kind)
		named = cper_section_by_kind(json_object_get_string(kind));
	unknown = !kind || !strcmp(json_object_get_string(kind), "unknown");
	if (!type && !named && !unknown)
		return jin_bad(o, "kind", "no such kind");
	old = jin_into(o, "%s.", name);
	if (!type && !named)
		return jin_bad(o, "section_type", "missing, and kind names no section");
	if (!type) {
		memcpy(guid, named->guid.b, sizeof(named->guid.b));
		*s = named;
		jin_back(o, old);
		return 0;
	}
	if ((r = jin_guid(o, "section_type", type, guid)) < 0)
		return r;
	memcpy(g.b, guid, sizeof(g.b));
	*s = cper_section_find(&g);
	if (named && named != *s)
		return jin_bad(o, "section_type", "does not match kind");
	jin_back(o, old);
	return 0;
}
