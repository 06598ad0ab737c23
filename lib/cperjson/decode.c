// SPDX-License-Identifier: LGPL-2.1-or-later
/* Status block to neutral JSON, by the sections' field tables. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cper/section.h"
#include "cperjson/cperjson.h"

static void add(json_object *o, const char *key, json_object *v)
{
	json_object_object_add(o, key, v);
}

static void add_num(json_object *o, const char *key, uint64_t v)
{
	add(o, key, json_object_new_uint64(v));
}

static json_object *hex(const uint8_t *p, size_t len)
{
	_free_ char *s = malloc(2 * len + 1);

	if (!s)
		return NULL;
	hex_encode(p, len, s);
	return json_object_new_string(s);
}

static json_object *guid(const uint8_t *p)
{
	char text[UUID_TEXT_SIZE];
	struct cper_guid g;
	struct uuid u;

	memcpy(g.b, p, sizeof(g.b));
	cper_guid_to_uuid(&g, &u);
	uuid_format(&u, text);
	return json_object_new_string(text);
}

static json_object *field_value(const struct cper_field *f, const uint8_t *section)
{
	const uint8_t *p = section + f->offset;
	char text[24];

	if (f->type == CPER_FIELD_GUID)
		return guid(p);
	if (f->type == CPER_FIELD_BYTES)
		return hex(p, f->width);
	if (f->width <= 4)
		return json_object_new_uint64(le_load(p, f->width));
	snprintf(text, sizeof(text), "0x%016" PRIx64, le_load(p, f->width));
	return json_object_new_string(text);
}

static json_object *section_json(const struct cper_entry *e, const struct cper_section *s)
{
	json_object *o = json_object_new_object(), *fields, *valid;
	uint32_t end = 0;
	uint64_t bits;

	add_num(o, "length", e->section_len);
	if (!s || !s->fields) {
		add(o, "data", hex(e->section, e->section_len));
		return o;
	}
	fields = json_object_new_object();
	valid = json_object_new_array();
	bits = s->has_valid ? le_load(e->section + s->fields[0].offset, s->fields[0].width) : 0;
	for (size_t i = 0; i < s->nr_fields; i++) {
		const struct cper_field *f = &s->fields[i];

		if ((uint32_t)f->offset + f->width > e->section_len)
			continue;
		end = (uint32_t)f->offset + f->width;
		add(fields, f->name, field_value(f, e->section));
		if (f->valid_bit >= 0 && (bits >> f->valid_bit & 1))
			json_object_array_add(valid, json_object_new_string(f->name));
	}
	add(o, "fields", fields);
	add(o, "valid", valid);
	if (s->short_form && e->section_len < s->full_size)
		add(o, "form", json_object_new_string(s->short_form));
	if (end < e->section_len)
		add(o, "trailing", hex(e->section + end, e->section_len - end));
	return o;
}

static void add_fru_text(json_object *h, const uint8_t *t)
{
	char text[CPER_FRU_TEXT_SIZE + 1] = "";
	size_t n = strnlen((const char *)t, CPER_FRU_TEXT_SIZE), i;
	bool exact = true;

	for (i = 0; i < CPER_FRU_TEXT_SIZE; i++) {
		bool plain = t[i] >= 0x20 && t[i] <= 0x7e;

		if (i < n)
			text[i] = plain ? (char)t[i] : '?';
		if (i < n ? !plain : t[i] != 0)
			exact = false;
	}
	add(h, "fru_text", json_object_new_string(text));
	if (!exact)
		add(h, "fru_text_raw", hex(t, CPER_FRU_TEXT_SIZE));
}

static json_object *entry_json(const struct cper_entry *e)
{
	const struct cper_section *s = cper_section_find(&e->section_type);
	json_object *o = json_object_new_object(), *h = json_object_new_object();

	add(o, "kind", json_object_new_string(s && s->fields ? s->kind : "unknown"));
	add_num(o, "header_size", e->header_size);
	add(h, "section_type", guid(e->section_type.b));
	add_num(h, "error_severity", e->severity);
	add_num(h, "revision", e->revision);
	add_num(h, "validation_bits", e->validation_bits);
	add_num(h, "flags", e->flags);
	add_num(h, "error_data_length", e->section_len);
	add(h, "fru_id", guid(e->fru_id));
	add_fru_text(h, e->fru_text);
	if (e->timestamp)
		add(h, "timestamp", hex(e->timestamp, 8));
	add(o, "header", h);
	add(o, "section", section_json(e, s));
	return o;
}

static json_object *error_body(const struct cper_err *e)
{
	json_object *o = json_object_new_object();

	add(o, "code", json_object_new_string(cper_code_name(e->code)));
	add_num(o, "offset", e->offset);
	add_num(o, "entry", e->entry);
	add(o, "message", json_object_new_string(e->what ? e->what : ""));
	return o;
}

static void add_warning(void *ctx, const struct cper_err *w)
{
	json_object_array_add(ctx, error_body(w));
}

json_object *cperjson_error(const struct cper_err *e)
{
	json_object *o = json_object_new_object();

	add(o, "error", error_body(e));
	return o;
}

static json_object *block_json(const struct cper_view *v)
{
	json_object *o = json_object_new_object();
	uint32_t raw_len = le32(v->buf + 8), raw = raw_len ? le32(v->buf + 4) : v->end;

	add_num(o, "block_status", le32(v->buf));
	add_num(o, "raw_data_offset", le32(v->buf + 4));
	add_num(o, "raw_data_length", raw_len);
	add_num(o, "data_length", le32(v->buf + 12));
	add_num(o, "error_severity", cper_block_severity(v->buf));
	add_num(o, "entry_count", le32(v->buf) >> 4 & 0x3ff);
	add(o, "raw_data", hex(v->buf + raw, raw_len));
	if (raw > v->end)
		add(o, "raw_gap", hex(v->buf + v->end, raw - v->end));
	return o;
}

int cperjson_decode(const void *buf, size_t len, json_object **out, struct cper_err *cerr)
{
	json_object *o, *entries, *warnings;
	struct cper_entry e;
	struct cper_view v;

	if (cper_validate(buf, len, CPER_SPEC, cerr) < 0 || cper_view_init(&v, buf, len, cerr) < 0)
		return -1;
	o = json_object_new_object();
	entries = json_object_new_array();
	warnings = json_object_new_array();
	add(o, "block", block_json(&v));
	while (cper_view_next(&v, &e, cerr) > 0)
		json_object_array_add(entries, entry_json(&e));
	add(o, "entries", entries);
	add_num(o, "total_length", v.total);
	cper_check(buf, len, add_warning, warnings);
	if (json_object_array_length(warnings))
		add(o, "warnings", warnings);
	else
		json_object_put(warnings);
	*out = o;
	return 0;
}
