// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UEFI's record form from JSON. Sections are placed in order without gaps. A record with another
 * placement is kept whole in "data".
 */
#include <string.h>

#include "base/le.h"
#include "cper/record.h"
#include "cperjson/read.h"

/* Numbers that follow from the rest: set if absent, checked if given. */
struct follows {
	int field;
	uint64_t value;
};

static int fill(struct jin *o, const struct cper_table *t, uint8_t *wire, uint64_t given,
		const struct follows *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct cper_field *field = &t->fields[f[i].field];

		if (!(given >> f[i].field & 1))
			le_store(wire + field->offset, field->width, f[i].value);
		else if (le_load(wire + field->offset, field->width) != f[i].value)
			return jin_bad(o, field->name, "does not match the rest of the record");
	}
	return 0;
}

static int put_entry(struct jin *o, json_object *in, uint8_t *descriptor, uint64_t *given,
		     uint32_t *severity)
{
	static const char *const keys[] = { "kind", "descriptor", "section", NULL };
	const struct cper_section *s;
	json_object *d, *section;
	uint8_t guid[16];
	size_t old;
	int r;

	if (!json_object_is_type(in, json_type_object))
		return jin_bad(o, "", "must be an object");
	if ((r = jin_only(o, in, keys)) < 0 ||
	    (r = jin_member(o, in, "descriptor", json_type_object, true, &d)) < 0 ||
	    (r = jin_member(o, in, "section", json_type_object, true, &section)) < 0 ||
	    (r = jin_section_type(o, in, "descriptor", d, &s, guid)) < 0)
		return r;
	old = jin_into(o, "descriptor.");
	r = jin_structure(o, &cper_descriptor_table, d, descriptor, CPER_DESCRIPTOR_SIZE, NULL,
			  given);
	if (r < 0)
		return r;
	jin_back(o, old);
	memcpy(descriptor + 16, guid, sizeof(guid));
	if (!(*given & 4))
		le_store(descriptor + 8, 2, CPER_REVISION);
	if (cper_severity_rank(le32(descriptor + 48)) > cper_severity_rank(*severity))
		*severity = le32(descriptor + 48);
	old = jin_into(o, "section.");
	if ((r = jin_section(o, s, section)) < 0)
		return r;
	jin_back(o, old);
	return 0;
}

/* entries: the descriptors are in the buffer already, the sections follow them. */
static int put_entries(struct jin *o, json_object *entries, uint32_t *severity)
{
	int r;

	for (size_t i = 0; i < json_object_array_length(entries); i++) {
		uint8_t *d = o->buf + CPER_RECORD_SIZE + i * CPER_DESCRIPTOR_SIZE;
		size_t start = o->pos, old = jin_into(o, "entries[%zu].", i);
		uint64_t given = 0;

		r = put_entry(o, json_object_array_get_idx(entries, i), d, &given, severity);
		if (r < 0)
			return r;
		jin_into(o, "descriptor.");
		r = fill(o, &cper_descriptor_table, d, given,
			 (struct follows[]){ { 0, start }, { 1, o->pos - start } }, 2);
		if (r < 0)
			return r;
		jin_back(o, old);
	}
	return 0;
}

static int put_all(struct jin *o, json_object *in)
{
	static const char *const keys[] = { "record",	"entries", "total_length", "data",
					    "warnings", "offset",  "form",	   "text_offset",
					    "explain",	NULL };
	uint32_t severity = CPER_SEV_INFO;
	json_object *record, *entries;
	uint64_t given = 0;
	uint8_t *h, *d;
	size_t n, old;
	int r;

	if ((r = jin_only(o, in, keys)) < 0 ||
	    (r = jin_member(o, in, "record", json_type_object, true, &record)) < 0)
		return r;
	if (json_object_object_get_ex(in, "data", NULL)) {
		r = jin_append(o, in, "data", &n);
		return r < 0 ? r : jin_expect(o, in, "total_length", n);
	}
	if ((r = jin_member(o, in, "entries", json_type_array, true, &entries)) < 0)
		return r;
	n = json_object_array_length(entries);
	if (n > UINT16_MAX)
		return jin_bad(o, "entries", "more than 65535");
	if ((r = jin_room(o, CPER_RECORD_SIZE, &h)) < 0 ||
	    (r = jin_room(o, n * CPER_DESCRIPTOR_SIZE, &d)) < 0 ||
	    (r = put_entries(o, entries, &severity)) < 0)
		return r;
	old = jin_into(o, "record.");
	r = jin_structure(o, &cper_record_table, record, h, CPER_RECORD_SIZE, NULL, &given);
	if (r < 0)
		return r;
	if (!(given & 1))
		memcpy(h, "CPER", 4);
	if (!(given & 2))
		le_store(h + 4, 2, 0x0101);
	if (!(given & 4))
		le_store(h + 6, 4, UINT32_MAX);
	if (!(given & 16))
		le_store(h + 12, 4, severity);
	r = fill(o, &cper_record_table, h, given, (struct follows[]){ { 3, n }, { 6, o->pos } }, 2);
	if (r < 0)
		return r;
	jin_back(o, old);
	return jin_expect(o, in, "total_length", o->pos);
}

int jin_record(struct jin *o, json_object *in, struct cper_err *ce)
{
	int r = json_object_object_get_ex(in, "sectionDescriptors", NULL) ? jin_libcper(o, in) :
									    put_all(o, in);

	if (r < 0)
		return r;
	return cper_record_validate(o->buf, o->pos, ce) < 0 ? 1 : 0;
}
