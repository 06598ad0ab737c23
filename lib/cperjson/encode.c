// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A status block from its neutral JSON. The entries come first, because the block's header counts
 * them.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/le.h"
#include "cper/record.h"
#include "cperjson/cperjson.h"
#include "cperjson/read.h"

/* The entry's header without its type and error_data_length. size is 64 or 72. */
static int put_header(struct jin *o, json_object *in, uint8_t *h, uint32_t size)
{
	static const char *const keys[] = {
		"section_type", "error_severity",    "revision", "validation_bits",
		"flags",	"error_data_length", "fru_id",	 "fru_text",
		"fru_text_raw", "timestamp",	     NULL
	};
	uint64_t severity = 0, flags = 0, bits = 0;
	uint8_t valid = 0;
	json_object *v;
	bool has;
	int r;

	if ((r = jin_only(o, in, keys)) < 0)
		return r;
	if (!json_object_object_get_ex(in, "error_severity", &v))
		return jin_bad(o, "error_severity", "missing");
	if ((r = jin_value(o, "error_severity", v, 4, cper_severity_words, &severity)) < 0 ||
	    (r = jin_uint(o, in, "flags", 1, &flags, &has)) < 0)
		return r;
	if (json_object_object_get_ex(in, "fru_id", &v)) {
		valid |= CPER_ENTRY_VALID_FRU_ID;
		if ((r = jin_guid(o, "fru_id", v, h + 28)) < 0)
			return r;
	}
	if (json_object_object_get_ex(in, "fru_text", &v) &&
	    (r = jin_padded(o, "fru_text", v, h + 44, CPER_FRU_TEXT_SIZE)) < 0)
		return r;
	if (json_object_object_get_ex(in, "fru_text_raw", &v) &&
	    (r = jin_bytes(o, "fru_text_raw", v, h + 44, CPER_FRU_TEXT_SIZE)) < 0)
		return r;
	if (h[44])
		valid |= CPER_ENTRY_VALID_FRU_TEXT;
	if (json_object_object_get_ex(in, "timestamp", &v)) {
		if (size < CPER_ENTRY_SIZE)
			return jin_bad(o, "timestamp", "not in headers before revision 3.0");
		valid |= CPER_ENTRY_VALID_TIMESTAMP;
		if ((r = jin_time(o, "timestamp", v, h + 64)) < 0)
			return r;
	}
	if ((r = jin_uint(o, in, "validation_bits", 1, &bits, &has)) < 0)
		return r;
	le_store(h + 16, 4, severity);
	h[22] = has ? (uint8_t)bits : valid;
	h[23] = (uint8_t)flags;
	return 0;
}

static int put_entry(struct jin *o, json_object *in)
{
	static const char *const keys[] = { "kind", "header_size", "header", "section", NULL };
	const struct cper_section *s = NULL;
	json_object *header, *section;
	uint64_t revision = CPER_REVISION;
	size_t start, old;
	uint8_t guid[16];
	uint32_t size;
	uint8_t *h;
	bool has;
	int r;

	if (!json_object_is_type(in, json_type_object))
		return jin_bad(o, "", "must be an object");
	if ((r = jin_only(o, in, keys)) < 0 ||
	    (r = jin_member(o, in, "header", json_type_object, true, &header)) < 0 ||
	    (r = jin_member(o, in, "section", json_type_object, true, &section)) < 0 ||
	    (r = jin_section_type(o, in, "header", header, &s, guid)) < 0)
		return r;
	old = jin_into(o, "header.");
	if ((r = jin_uint(o, header, "revision", 2, &revision, &has)) < 0)
		return r;
	if (revision >> 8 < 2)
		return jin_bad(o, "revision", "below 2.0");
	size = revision >> 8 >= 3 ? CPER_ENTRY_SIZE : CPER_ENTRY_SIZE_V2;
	if ((r = jin_room(o, size, &h)) < 0 || (r = put_header(o, header, h, size)) < 0)
		return r;
	jin_back(o, old);
	memcpy(h, guid, sizeof(guid));
	le_store(h + 20, 2, revision);
	start = o->pos;
	old = jin_into(o, "section.");
	if ((r = jin_section(o, s, section)) < 0)
		return r;
	jin_back(o, old);
	le_store(h + 24, 4, o->pos - start);
	old = jin_into(o, "header.");
	if ((r = jin_expect(o, header, "error_data_length", o->pos - start)) < 0)
		return r;
	jin_back(o, old);
	return jin_expect(o, in, "header_size", size);
}

/* The worst severity and the block_status that the entries in the buffer ask for. */
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

/* The block's own severity, as a number or a word. */
static int put_severity(struct jin *o, json_object *in, uint64_t *n)
{
	json_object *v;

	if (!json_object_object_get_ex(in, "error_severity", &v))
		return 0;
	return jin_value(o, "error_severity", v, 4, cper_severity_words, n);
}

/* Bytes between the entries and the raw data: raw_gap, or zeros up to raw_data_offset. */
static int put_gap(struct jin *o, json_object *in, uint64_t offset, size_t end, size_t *gap)
{
	uint8_t *p;

	if (json_object_object_get_ex(in, "raw_gap", NULL))
		return jin_append(o, in, "raw_gap", gap);
	*gap = 0;
	if (!json_object_object_get_ex(in, "raw_data", NULL) || offset <= end)
		return 0;
	if (!json_object_get_string_len(json_object_object_get(in, "raw_data")))
		return 0;
	*gap = (size_t)(offset - end);
	return jin_room(o, *gap, &p);
}

static int put_block(struct jin *o, json_object *in)
{
	static const char *const keys[] = { "block_status", "raw_data_offset", "raw_data_length",
					    "data_length",  "error_severity",  "entry_count",
					    "raw_data",	    "raw_gap",	       NULL };
	size_t end = o->pos, gap = 0, raw = 0;
	uint64_t status, worst, offset = 0;
	bool has, has_status;
	int r;

	jin_into(o, "block.");
	summarize(o->buf, end, &status, &worst);
	if ((r = jin_only(o, in, keys)) < 0 ||
	    (r = jin_uint(o, in, "block_status", 4, &status, &has_status)) < 0 ||
	    (r = put_severity(o, in, &worst)) < 0 ||
	    (r = jin_expect(o, in, "entry_count", status >> 4 & 0x3ff)) < 0 ||
	    (r = jin_expect(o, in, "data_length", end - CPER_BLOCK_SIZE)) < 0 ||
	    (r = jin_uint(o, in, "raw_data_offset", 4, &offset, &has)) < 0 ||
	    (r = put_gap(o, in, has ? offset : end, end, &gap)) < 0 ||
	    (r = jin_append(o, in, "raw_data", &raw)) < 0 ||
	    (r = jin_expect(o, in, "raw_data_length", raw)) < 0)
		return r;
	if (gap && !raw)
		return jin_bad(o, "raw_gap", "without raw_data");
	if (raw && !has)
		offset = end + gap;
	if (raw && offset != end + gap)
		return jin_bad(o, "raw_data_offset", "does not match where raw_data is");
	le_store(o->buf, 4, status);
	le_store(o->buf + 4, 4, offset);
	le_store(o->buf + 8, 4, raw);
	le_store(o->buf + 12, 4, end - CPER_BLOCK_SIZE);
	le_store(o->buf + 16, 4, worst);
	return 0;
}

static int put_all(struct jin *o, json_object *in, json_object *empty)
{
	static const char *const keys[] = { "block",	   "entries", "total_length",
					    "warnings",	   "offset",  "form",
					    "text_offset", "explain", NULL };
	json_object *block, *entries;
	uint8_t *p;
	int r;

	if (!json_object_is_type(in, json_type_object))
		return jin_bad(o, "", "the record must be an object");
	if ((r = jin_only(o, in, keys)) < 0 ||
	    (r = jin_member(o, in, "block", json_type_object, false, &block)) < 0 ||
	    (r = jin_member(o, in, "entries", json_type_array, true, &entries)) < 0 ||
	    (r = jin_room(o, CPER_BLOCK_SIZE, &p)) < 0)
		return r;
	for (size_t i = 0; i < json_object_array_length(entries); i++) {
		size_t old = jin_into(o, "entries[%zu].", i);

		r = put_entry(o, json_object_array_get_idx(entries, i));
		if (r < 0)
			return r;
		jin_back(o, old);
	}
	if ((r = put_block(o, block ? block : empty)) < 0)
		return r;
	o->path[0] = '\0';
	return jin_expect(o, in, "total_length", o->pos);
}

/* A Redfish LogEntry: its DiagnosticData is the record, or a block, in base64. 1: with *ce. */
static int put_redfish(struct jin *o, json_object *in, struct cper_err *ce)
{
	struct cper_record_view record;
	struct cper_view block;
	json_object *v;
	int r = jin_member(o, in, "DiagnosticData", json_type_string, true, &v);

	if (r < 0)
		return r;
	if (b64_decode(json_object_get_string(v), (size_t)json_object_get_string_len(v), o->buf,
		       o->cap, &o->pos) < 0)
		return jin_bad(o, "DiagnosticData", "must be base64 text that fits");
	if (cper_is_record(o->buf, o->pos)) {
		if (cper_record_validate(o->buf, o->pos, ce) < 0 ||
		    cper_record_view_init(&record, o->buf, o->pos, ce) < 0)
			return 1;
		o->pos = record.total; /* some write what lies behind it, too */
		return 0;
	}
	if (cper_validate(o->buf, o->pos, CPER_SPEC, ce) < 0 ||
	    cper_view_init(&block, o->buf, o->pos, ce) < 0)
		return 1;
	o->pos = block.total;
	return 0;
}

int cperjson_encode(json_object *in, void *buf, size_t cap, size_t *len, struct ras_err *err)
{
	struct jin o = { .cap = cap, .err = err };
	json_object *empty;
	struct cper_err ce;
	_free_ uint8_t *tmp = malloc(cap ? cap : 1);
	int r;

	if (!tmp)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	o.buf = tmp;
	if (json_object_is_type(in, json_type_object) &&
	    json_object_object_get_ex(in, "DiagnosticData", NULL)) {
		r = put_redfish(&o, in, &ce);
	} else if (json_object_is_type(in, json_type_object) &&
		   (json_object_object_get_ex(in, "record", NULL) ||
		    json_object_object_get_ex(in, "sectionDescriptors", NULL))) {
		r = jin_record(&o, in, &ce);
	} else {
		empty = json_object_new_object();
		r = put_all(&o, in, empty);
		json_object_put(empty);
		if (!r && cper_validate(tmp, o.pos, CPER_SPEC, &ce) < 0)
			r = 1;
	}
	if (r < 0)
		return r;
	if (r > 0)
		return ras_fail(err, RAS_E_RECORD, "the record is invalid: %s at byte %u: %s",
				cper_code_name(ce.code), ce.offset, ce.what);
	memcpy(buf, tmp, o.pos);
	*len = o.pos;
	return 0;
}
