// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Neutral JSON to a status block. One writer state carries buffer, path and
 * error; helpers return 0 or a negative RAS_E_*. Unknown members are errors:
 * a misspelt field would silently not be in the record.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cper/section.h"
#include "cperjson/cperjson.h"

struct out {
	uint8_t *buf;
	size_t cap, pos;
	char path[64];		/* prefix of the member at hand: "entries[0].header." */
	struct ras_err *err;
};

#define MAX_HEX (1u << 20)

static int bad(struct out *o, const char *key, const char *what)
{
	ras_fail(o->err, RAS_E_PARAMS, "%s%s: %s", o->path, key, what);
	return ras_field(o->err, "%s%s", o->path, key);
}

static int room(struct out *o, size_t n, uint8_t **p)
{
	if (n > o->cap - o->pos)
		return ras_fail(o->err, RAS_E_RECORD, "the record does not fit in %zu bytes", o->cap);
	*p = o->buf + o->pos;
	memset(*p, 0, n);
	o->pos += n;
	return 0;
}

static int only(struct out *o, json_object *in, const char *const *keys)
{
	json_object_object_foreach(in, key, val) {
		size_t i;

		(void)val;
		for (i = 0; keys[i] && strcmp(keys[i], key) != 0; i++)
			;
		if (!keys[i])
			return bad(o, key, "no such member");
	}
	return 0;
}

/* Member key as an object or array: NULL where absent and optional. */
static int member(struct out *o, json_object *in, const char *key, json_type type, bool need,
		  json_object **v)
{
	*v = NULL;
	if (!json_object_object_get_ex(in, key, v))
		return need ? bad(o, key, "missing") : 0;
	if (json_object_get_type(*v) != type)
		return bad(o, key, type == json_type_array ? "must be an array" :
			   type == json_type_object ? "must be an object" : "must be a string");
	return 0;
}

static int as_uint(struct out *o, const char *key, json_object *v, unsigned int width,
		   uint64_t *n)
{
	uint64_t max = width >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;

	if (json_object_is_type(v, json_type_string) && width > 4) {
		if (strncmp(json_object_get_string(v), "0x", 2) != 0 ||
		    num_parse_u64(json_object_get_string(v), n, NULL) < 0)
			return bad(o, key, "must be a number or \"0x...\" text");
	} else if (json_object_is_type(v, json_type_int)) {
		if (json_object_get_int64(v) < 0)
			return bad(o, key, "must not be negative");
		*n = json_object_get_uint64(v);
	} else {
		return bad(o, key, width > 4 ? "must be a number or \"0x...\" text" :
			   "must be a number");
	}
	return *n > max ? bad(o, key, "too large") : 0;
}

/* Optional number; *has tells. */
static int opt_uint(struct out *o, json_object *in, const char *key, unsigned int width,
		    uint64_t *n, bool *has)
{
	json_object *v;

	*has = json_object_object_get_ex(in, key, &v);
	return *has ? as_uint(o, key, v, width, n) : 0;
}

/* Optional number that must be want where given. */
static int expect(struct out *o, json_object *in, const char *key, uint64_t want)
{
	uint64_t n = want;
	bool has;
	int r = opt_uint(o, in, key, 4, &n, &has);

	if (r < 0)
		return r;
	return n == want ? 0 : bad(o, key, "is not what the rest of the record makes it");
}

static int as_bytes(struct out *o, const char *key, json_object *v, uint8_t *p, size_t len)
{
	size_t got = 0;

	if (!json_object_is_type(v, json_type_string) ||
	    hex_decode(json_object_get_string(v), (size_t)json_object_get_string_len(v), p, len, &got,
		       NULL) < 0 || got != len)
		return bad(o, key, "must be hex digits of the right length");
	return 0;
}

static int as_guid(struct out *o, const char *key, json_object *v, uint8_t *p)
{
	struct cper_guid g;
	struct uuid u;

	if (!json_object_is_type(v, json_type_string) ||
	    json_object_get_string_len(v) != UUID_TEXT_SIZE - 1 ||
	    uuid_parse(json_object_get_string(v), &u, NULL) < 0)
		return bad(o, key, "must be a GUID");
	cper_guid_from_uuid(&u, &g);
	memcpy(p, g.b, sizeof(g.b));
	return 0;
}

/* Append the hex text of optional member key; *len gets its bytes. */
static int append_hex(struct out *o, json_object *in, const char *key, size_t *len)
{
	json_object *v;
	uint8_t *p;
	int r = member(o, in, key, json_type_string, false, &v);

	*len = 0;
	if (r < 0 || !v)
		return r;
	if (json_object_get_string_len(v) % 2 || json_object_get_string_len(v) > 2 * (int)MAX_HEX)
		return bad(o, key, "must be hex digits");
	*len = (size_t)json_object_get_string_len(v) / 2;
	r = room(o, *len, &p);
	return r < 0 || !*len ? r : as_bytes(o, key, v, p, *len);
}

static int put_field(struct out *o, const struct cper_field *f, json_object *v, uint8_t *wire)
{
	uint64_t n = 0;
	int r;

	if (f->type == CPER_FIELD_GUID)
		return as_guid(o, f->name, v, wire + f->offset);
	if (f->type == CPER_FIELD_BYTES)
		return as_bytes(o, f->name, v, wire + f->offset, f->width);
	r = as_uint(o, f->name, v, f->width, &n);
	if (!r)
		le_store(wire + f->offset, f->width, n);
	return r;
}

static int put_fields(struct out *o, const struct cper_section *s, json_object *fields,
		      uint8_t *wire, uint32_t len)
{
	uint64_t bits = 0;
	size_t found = 0;
	json_object *v;
	bool given = s->has_valid && json_object_object_get_ex(fields, s->fields[0].name, &v);
	int r;

	json_object_object_foreach(fields, key, val) {
		(void)val;
		for (found = 0; found < s->nr_fields; found++)
			if (!strcmp(s->fields[found].name, key))
				break;
		if (found == s->nr_fields)
			return bad(o, key, "no such field");
	}
	for (size_t i = 0; i < s->nr_fields; i++) {
		const struct cper_field *f = &s->fields[i];

		if (!json_object_object_get_ex(fields, f->name, &v))
			continue;
		if ((uint32_t)f->offset + f->width > len)
			return bad(o, f->name, "lies beyond the section's length");
		r = put_field(o, f, v, wire);
		if (r < 0)
			return r;
		if (f->valid_bit >= 0)
			bits |= UINT64_C(1) << f->valid_bit;
	}
	if (s->has_valid && !given)
		le_store(wire + s->fields[0].offset, s->fields[0].width, bits);
	return 0;
}

/* End of the last field that lies in len bytes. */
static uint32_t fields_end(const struct cper_section *s, uint32_t len)
{
	uint32_t end = 0;

	for (size_t i = 0; i < s->nr_fields; i++)
		if ((uint32_t)s->fields[i].offset + s->fields[i].width <= len)
			end = (uint32_t)s->fields[i].offset + s->fields[i].width;
	return end;
}

static int put_table(struct out *o, const struct cper_section *s, json_object *sec,
		     const char *prefix)
{
	static const char *const keys[] = { "length", "fields", "valid", "form", "trailing", NULL };
	uint64_t len = s->full_size;
	size_t trailing = 0;
	json_object *fields;
	uint32_t end;
	uint8_t *wire;
	bool has;
	int r;

	if ((r = only(o, sec, keys)) < 0 || (r = opt_uint(o, sec, "length", 4, &len, &has)) < 0 ||
	    (r = member(o, sec, "fields", json_type_object, true, &fields)) < 0)
		return r;
	if (len < s->min_size)
		return bad(o, "length", "shorter than the section's fixed part");
	end = fields_end(s, (uint32_t)len);
	r = room(o, end, &wire);
	if (r < 0)
		return r;
	snprintf(o->path, sizeof(o->path), "%s.section.fields.", prefix);
	r = put_fields(o, s, fields, wire, end);
	if (r < 0)
		return r;
	snprintf(o->path, sizeof(o->path), "%s.section.", prefix);
	r = append_hex(o, sec, "trailing", &trailing);
	if (r < 0)
		return r;
	if (!has && trailing)
		return 0;
	return end + trailing == len ? 0 : bad(o, "trailing", "does not fill the length");
}

static int put_section(struct out *o, const struct cper_section *s, json_object *sec,
		       const char *prefix)
{
	static const char *const keys[] = { "length", "data", NULL };
	size_t len;
	int r;

	snprintf(o->path, sizeof(o->path), "%s.section.", prefix);
	if (s && s->fields && !json_object_object_get_ex(sec, "data", NULL))
		return put_table(o, s, sec, prefix);
	if (!json_object_object_get_ex(sec, "data", NULL))
		return bad(o, "data", "missing");
	if ((r = only(o, sec, keys)) < 0 || (r = append_hex(o, sec, "data", &len)) < 0)
		return r;
	return expect(o, sec, "length", len);
}

static int put_fru_text(struct out *o, json_object *in, uint8_t *h, uint8_t *valid)
{
	json_object *v;
	size_t n;
	int r = member(o, in, "fru_text", json_type_string, false, &v);

	if (r < 0)
		return r;
	if (v) {
		n = (size_t)json_object_get_string_len(v);
		if (n > CPER_FRU_TEXT_SIZE || strlen(json_object_get_string(v)) != n)
			return bad(o, "fru_text", "over 20 bytes");
		memcpy(h + 44, json_object_get_string(v), n);
		if (n)
			*valid |= CPER_ENTRY_VALID_FRU_TEXT;
	}
	if (json_object_object_get_ex(in, "fru_text_raw", &v)) {
		*valid |= CPER_ENTRY_VALID_FRU_TEXT;
		return as_bytes(o, "fru_text_raw", v, h + 44, CPER_FRU_TEXT_SIZE);
	}
	return 0;
}

/* The entry's header but error_data_length. *size is 64 or 72. */
static int put_header(struct out *o, json_object *in, const struct cper_section *s, uint8_t *h,
		      uint32_t size)
{
	static const char *const keys[] = { "section_type", "error_severity", "revision",
		"validation_bits", "flags", "error_data_length", "fru_id", "fru_text",
		"fru_text_raw", "timestamp", NULL };
	uint64_t severity = 0, flags = 0, bits = 0;
	uint8_t valid = 0;
	json_object *v;
	bool has;
	int r;

	if ((r = only(o, in, keys)) < 0)
		return r;
	if (json_object_object_get_ex(in, "section_type", &v)) {
		if ((r = as_guid(o, "section_type", v, h)) < 0)
			return r;
	} else if (s) {
		memcpy(h, s->guid.b, sizeof(s->guid.b));
	} else {
		return bad(o, "section_type", "missing, and kind names no section");
	}
	if ((r = opt_uint(o, in, "error_severity", 4, &severity, &has)) < 0)
		return r;
	if (!has)
		return bad(o, "error_severity", "missing");
	if ((r = opt_uint(o, in, "flags", 1, &flags, &has)) < 0)
		return r;
	if (json_object_object_get_ex(in, "fru_id", &v)) {
		valid |= CPER_ENTRY_VALID_FRU_ID;
		if ((r = as_guid(o, "fru_id", v, h + 28)) < 0)
			return r;
	}
	if ((r = put_fru_text(o, in, h, &valid)) < 0)
		return r;
	if (json_object_object_get_ex(in, "timestamp", &v)) {
		if (size < CPER_ENTRY_SIZE)
			return bad(o, "timestamp", "not in headers before revision 3.0");
		valid |= CPER_ENTRY_VALID_TIMESTAMP;
		if ((r = as_bytes(o, "timestamp", v, h + 64, 8)) < 0)
			return r;
	}
	if ((r = opt_uint(o, in, "validation_bits", 1, &bits, &has)) < 0)
		return r;
	le_store(h + 16, 4, severity);
	h[22] = has ? (uint8_t)bits : valid;
	h[23] = (uint8_t)flags;
	return 0;
}

static int put_entry(struct out *o, json_object *in, size_t index)
{
	static const char *const keys[] = { "kind", "header_size", "header", "section", NULL };
	const struct cper_section *s = NULL;
	json_object *header, *section, *kind;
	uint64_t revision = CPER_REVISION;
	struct cper_guid type;
	char prefix[40];
	uint32_t size;
	size_t start;
	uint8_t *h;
	bool has;
	int r;

	snprintf(prefix, sizeof(prefix), "entries[%zu]", index);
	snprintf(o->path, sizeof(o->path), "%s", prefix);
	if (!json_object_is_type(in, json_type_object))
		return bad(o, "", "must be an object");
	snprintf(o->path, sizeof(o->path), "%s.", prefix);
	if ((r = only(o, in, keys)) < 0 ||
	    (r = member(o, in, "kind", json_type_string, false, &kind)) < 0 ||
	    (r = member(o, in, "header", json_type_object, true, &header)) < 0 ||
	    (r = member(o, in, "section", json_type_object, true, &section)) < 0)
		return r;
	if (kind && strcmp(json_object_get_string(kind), "unknown") != 0) {
		s = cper_section_by_kind(json_object_get_string(kind));
		if (!s)
			return bad(o, "kind", "no such kind");
	}
	snprintf(o->path, sizeof(o->path), "%s.header.", prefix);
	if ((r = opt_uint(o, header, "revision", 2, &revision, &has)) < 0)
		return r;
	if (revision >> 8 < 2)
		return bad(o, "revision", "below 2.0");
	size = revision >> 8 >= 3 ? CPER_ENTRY_SIZE : CPER_ENTRY_SIZE_V2;
	if ((r = room(o, size, &h)) < 0 || (r = put_header(o, header, s, h, size)) < 0)
		return r;
	le_store(h + 20, 2, revision);
	memcpy(type.b, h, sizeof(type.b));
	if (s && s != cper_section_find(&type))
		return bad(o, "section_type", "is not that of kind");
	start = o->pos;
	if ((r = put_section(o, cper_section_find(&type), section, prefix)) < 0)
		return r;
	le_store(h + 24, 4, o->pos - start);
	snprintf(o->path, sizeof(o->path), "%s.header.", prefix);
	if ((r = expect(o, header, "error_data_length", o->pos - start)) < 0)
		return r;
	snprintf(o->path, sizeof(o->path), "%s.", prefix);
	return expect(o, in, "header_size", size);
}

/* Worst severity, and block_status of what is in the buffer. */
static void summarize(const uint8_t *buf, size_t len, uint64_t *status, uint64_t *worst)
{
	static const uint32_t order[] = { CPER_SEV_INFO, CPER_SEV_CORRECTED, CPER_SEV_RECOVERABLE,
					  CPER_SEV_FATAL };
	uint32_t seen[4] = { 0 }, count = 0, ue, ce;

	for (size_t pos = CPER_BLOCK_SIZE; pos + CPER_ENTRY_SIZE_V2 <= len; count++) {
		uint32_t size = buf[pos + 21] >= 3 ? CPER_ENTRY_SIZE : CPER_ENTRY_SIZE_V2;

		if (le32(buf + pos + 16) < 4)
			seen[le32(buf + pos + 16)]++;
		pos += size + le32(buf + pos + 24);
	}
	ue = seen[CPER_SEV_FATAL] + seen[CPER_SEV_RECOVERABLE];
	ce = seen[CPER_SEV_CORRECTED] + seen[CPER_SEV_INFO];
	*status = (uint64_t)(count > 1023 ? 1023 : count) << 4 | (ue ? 1 : 0) | (ce ? 2 : 0) |
		  (ue > 1 ? 4 : 0) | (ce > 1 ? 8 : 0);
	*worst = CPER_SEV_INFO;
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (seen[order[i]])
			*worst = order[i];
}

static int put_block(struct out *o, json_object *in)
{
	static const char *const keys[] = { "block_status", "raw_data_offset", "raw_data_length",
		"data_length", "error_severity", "entry_count", "raw_data", "raw_gap", NULL };
	size_t end = o->pos, gap = 0, raw = 0;
	uint64_t status, worst, offset = 0;
	bool has, has_status;
	int r;

	snprintf(o->path, sizeof(o->path), "block.");
	summarize(o->buf, end, &status, &worst);
	if ((r = only(o, in, keys)) < 0 ||
	    (r = opt_uint(o, in, "block_status", 4, &status, &has_status)) < 0 ||
	    (r = opt_uint(o, in, "error_severity", 4, &worst, &has)) < 0 ||
	    (r = expect(o, in, "entry_count", status >> 4 & 0x3ff)) < 0 ||
	    (r = expect(o, in, "data_length", end - CPER_BLOCK_SIZE)) < 0 ||
	    (r = append_hex(o, in, "raw_gap", &gap)) < 0 ||
	    (r = append_hex(o, in, "raw_data", &raw)) < 0 ||
	    (r = opt_uint(o, in, "raw_data_offset", 4, &offset, &has)) < 0 ||
	    (r = expect(o, in, "raw_data_length", raw)) < 0)
		return r;
	if (gap && !raw)
		return bad(o, "raw_gap", "without raw_data");
	if (raw && !has)
		offset = end + gap;
	if (raw && offset != end + gap)
		return bad(o, "raw_data_offset", "is not where raw_data lies");
	le_store(o->buf, 4, status);
	le_store(o->buf + 4, 4, offset);
	le_store(o->buf + 8, 4, raw);
	le_store(o->buf + 12, 4, end - CPER_BLOCK_SIZE);
	le_store(o->buf + 16, 4, worst);
	return 0;
}

static int put_all(struct out *o, json_object *in, json_object *empty)
{
	static const char *const keys[] = { "block", "entries", "total_length", "warnings", NULL };
	json_object *block, *entries;
	uint8_t *p;
	int r;

	if (!json_object_is_type(in, json_type_object))
		return bad(o, "", "the record must be an object");
	if ((r = only(o, in, keys)) < 0 ||
	    (r = member(o, in, "block", json_type_object, false, &block)) < 0 ||
	    (r = member(o, in, "entries", json_type_array, true, &entries)) < 0 ||
	    (r = room(o, CPER_BLOCK_SIZE, &p)) < 0)
		return r;
	for (size_t i = 0; i < json_object_array_length(entries); i++) {
		r = put_entry(o, json_object_array_get_idx(entries, i), i);
		if (r < 0)
			return r;
	}
	if ((r = put_block(o, block ? block : empty)) < 0)
		return r;
	o->path[0] = '\0';
	return expect(o, in, "total_length", o->pos);
}

int cperjson_encode(json_object *in, void *buf, size_t cap, size_t *len, struct ras_err *err)
{
	struct out o = { .cap = cap, .err = err };
	json_object *empty;
	struct cper_err ce;
	_free_ uint8_t *tmp = malloc(cap ? cap : 1);
	int r;

	if (!tmp)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	o.buf = tmp;
	empty = json_object_new_object();
	r = put_all(&o, in, empty);
	json_object_put(empty);
	if (r < 0)
		return r;
	if (cper_validate(tmp, o.pos, CPER_SPEC, &ce) < 0)
		return ras_fail(err, RAS_E_RECORD, "the record is invalid: %s at byte %u: %s",
				cper_code_name(ce.code), ce.offset, ce.what);
	memcpy(buf, tmp, o.pos);
	*len = o.pos;
	return 0;
}
