// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A file of records, in any form of lib/cperform, as a list of what is in it. JSON of fields is
 * encoded here first, because that needs json-c. All bytes stay in one buffer until input_free().
 */
#include "cli/record/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/show/out.h"
#include "cperjson/cperjson.h"
#include "json/json.h"

/* A "*" of hexdump and JSON of fields may be shorter than the bytes they stand for. */
#define ROOM ((size_t)1 << 20)
#define MAX_FOUND ((size_t)1 << 20)

int input_slurp(const char *path, uint8_t **data, size_t *len, struct ras_err *err)
{
	_fclose_ FILE *opened = NULL;
	_free_ uint8_t *buf = NULL;
	size_t cap = 0, n = 0, got;
	FILE *f = stdin;

	if (strcmp(path, "-")) {
		opened = f = fopen(path, "re");
		if (!f) {
			/* exit 4: there is no such file */
			return ras_fail(err, errno == ENOENT ? RAS_E_NOT_FOUND : RAS_E_IO,
					"cannot open %.120s: %m", path);
		}
	}
	do {
		if (n == cap) {
			uint8_t *more = n > INPUT_MAX ? NULL : realloc(buf, cap = 2 * cap + 65536);

			if (!more)
				return ras_fail(err, RAS_E_RECORD,
						"%.120s is larger than %zu bytes", path, INPUT_MAX);
			buf = more;
		}
		got = fread(buf + n, 1, cap - n, f);
		n += got;
	} while (got);
	if (ferror(f))
		return ras_fail(err, RAS_E_IO, "cannot read %.120s: %m", path);
	if (n > INPUT_MAX)
		return ras_fail(err, RAS_E_RECORD, "%.120s is larger than %zu bytes", path,
				INPUT_MAX);
	*data = TAKE(buf);
	*len = n;
	return 0;
}

void input_free(struct record_input *in)
{
	free(in->in);
	free(in->out);
	free(in->found);
	*in = (struct record_input){ 0 };
}

bool found_record(const struct found *f)
{
	return f->kind == CPER_ITEM_BLOCK || f->kind == CPER_ITEM_RECORD ||
	       f->kind == FOUND_SECTION;
}

static int add(struct record_input *in, const struct found *f, struct ras_err *err)
{
	if (in->n == in->cap) {
		size_t cap = in->cap ? 2 * in->cap : 16;
		struct found *more =
			in->n < MAX_FOUND ? realloc(in->found, cap * sizeof(*more)) : NULL;

		if (!more)
			return ras_fail(err, RAS_E_RECORD, "more than %zu records", in->n);
		in->found = more;
		in->cap = cap;
	}
	in->found[in->n++] = *f;
	in->records += found_record(f);
	return 0;
}

/* The blocks and records of one piece. */
static int add_items(struct record_input *in, const struct cperform_piece *p, struct ras_err *err)
{
	struct cper_item item;
	struct cper_scan scan;

	cper_scan_begin(&scan, p->bytes, p->len);
	while (cper_scan_next(&scan, &item)) {
		struct found f = { .kind = item.kind,
				   .offset = item.offset,
				   .at = p->at,
				   .bytes = item.bytes,
				   .len = item.len,
				   .room = p->len - item.offset,
				   .err = item.err,
				   .cut = p->cut,
				   .severity = -1,
				   .block_severity = -1 };
		int r = add(in, &f, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int add_section(struct record_input *in, const struct cperform_piece *p,
		       const struct cper_guid *type, struct ras_err *err)
{
	const struct cper_section *s = cper_section_find(type);
	struct cper_entry e = { .section_type = *type,
				.section = p->bytes,
				.section_len = (uint32_t)p->len };
	struct found f = { .kind = FOUND_SECTION,
			   .at = p->at,
			   .bytes = p->bytes,
			   .len = p->len,
			   .room = p->len,
			   .cut = p->cut,
			   .type = *type,
			   .severity = p->severity,
			   .block_severity = p->block_severity };
	struct cper_layout l;

	if (p->len > UINT32_MAX)
		return ras_fail(err, RAS_E_RECORD, "a section has less than 4 GiB");
	if (s)
		cper_section_layout(s, &e, &l, &f.err);
	return add(in, &f, err);
}

static int bad_form(struct record_input *in, const struct cper_err *ce, struct ras_err *err)
{
	in->why = *ce;
	if (ce->code != CPER_NO_SPACE)
		return ras_fail(err, RAS_E_RECORD, "%s", ce->what);
	return ras_fail(err, RAS_E_RECORD, "this is %s: %s at byte %u: %s", cperform_name(in->form),
			cper_code_name(ce->code), ce->offset, ce->what);
}

/* "pcie", or a GUID. */
static int section_type(const char *word, struct cper_guid *out, struct ras_err *err)
{
	const struct cper_section *s = cper_section_by_kind(word);

	if (s) {
		*out = s->guid;
		return 0;
	}
	if (strlen(word) == CPER_GUID_TEXT_SIZE - 1 && !cper_guid_parse(word, out))
		return 0;
	ras_fail(err, RAS_E_PARAMS, "no such section type: %.40s", word);
	return ras_hint(err, "a kind of cper-fields(5), such as mem or pcie, or a GUID");
}

/* All pieces of text, or the raw bytes. */
static int load_pieces(struct record_input *in, struct cperform *f, const struct cper_guid *type,
		       struct ras_err *err)
{
	size_t cap = in->form == CPERFORM_RAW ? 0 : in->in_len + ROOM, used = 0;
	struct cperform_piece p;
	struct cper_err ce;
	int r = 0;

	in->out = malloc(cap ? cap : 1);
	if (!in->out)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	while (!r) {
		int got = cperform_next(f, in->out + used, cap - used, &p, &ce);

		if (got < 0)
			return bad_form(in, &ce, err);
		if (!got)
			break;
		if (in->form != CPERFORM_RAW)
			used += p.len;
		r = type	 ? add_section(in, &p, type, err) :
		    p.is_section ? add_section(in, &p, &p.type, err) :
				   add_items(in, &p, err);
	}
	return r;
}

/* libcper writes one section alone as "sectionDescriptor" and "section". The caller owns it. */
static json_object *whole_libcper(json_object *o)
{
	static const char *const names[][2] = { { "sectionDescriptor", "sectionDescriptors" },
						{ "section", "sections" } };
	json_object *whole, *list, *v;

	if (!member_of(o, names[0][0], json_type_object))
		return json_object_get(o);
	whole = json_object_new_object();
	v = json_object_new_object();
	/* a record is as severe as its only section */
	json_object_object_add(
		v, "severity",
		json_object_get(member_of(member_of(o, names[0][0], json_type_object), "severity",
					  json_type_object)));
	json_object_object_add(whole, "header", v);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		list = json_object_new_array();
		if (json_object_object_get_ex(o, names[i][0], &v))
			json_object_array_add(list, json_object_get(v));
		json_object_object_add(whole, names[i][1], list);
	}
	return whole;
}

/* JSON of fields: the records that it makes, one after the other. */
static int load_fields(struct record_input *in, struct ras_err *err)
{
	size_t cap = in->in_len + ROOM, used = 0, n = 1, len;
	_json_ json_object *all = NULL;
	json_object *list = NULL;
	int r = json_parse_limits((const char *)in->in, in->in_len, JSON_MAX_DEPTH, INPUT_MAX, 0,
				  &all, err);

	if (r < 0)
		return r;
	in->out = malloc(cap);
	if (!in->out)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	if (json_object_is_type(all, json_type_array))
		list = all;
	else
		list = member_of(all, "records", json_type_array);
	if (list)
		n = json_object_array_length(list);
	for (size_t i = 0; i < n; i++) {
		_json_ json_object *one =
			whole_libcper(list ? json_object_array_get_idx(list, i) : all);
		struct cperform_piece p = { .bytes = in->out + used };

		r = cperjson_encode(one, in->out + used, cap - used, &len, err);
		p.len = r < 0 ? 0 : len;
		if (r < 0 || (r = add_items(in, &p, err)) < 0)
			return r;
		used += p.len;
	}
	return 0;
}

static bool is_json(int kind)
{
	return kind == CPERFORM_REDFISH || kind == CPERFORM_QMP || kind == CPERFORM_NEUTRAL ||
	       kind == CPERFORM_LIBCPER;
}

const char *const input_forms[] = { "raw",   "hex",	"hexdump", "words",   "od",
				    "array", "string",	"base64",  "redfish", "qmp",
				    "whea",  "neutral", "libcper", "json",    NULL };

int input_load(struct record_input *in, const struct file_options *o, const char *path,
	       struct ras_err *err)
{
	bool json = o->format_in && !strcmp(o->format_in, "json");
	int kind = o->format_in && !json ? cperform_by_word(o->format_in) : CPERFORM_AUTO;
	struct cper_guid type;
	struct cperform f;
	struct cper_err ce;
	int r;

	*in = (struct record_input){ 0 };
	if (kind == CPERFORM_MAX) {
		ras_fail(err, RAS_E_PARAMS, "no such form: %.40s", o->format_in);
		return ras_hint(err,
				"raw, hex, hexdump, words, od, array, string, base64, redfish, "
				"qmp, whea, neutral, libcper or json");
	}
	if ((o->section_type && (r = section_type(o->section_type, &type, err)) < 0) ||
	    (r = input_slurp(path, &in->in, &in->in_len, err)) < 0)
		return r;
	if (kind != CPERFORM_RAW)
		cperform_plain(in->in, &in->in_len);
	if (cperform_open(&f, in->in, in->in_len, kind, &ce) < 0) {
		in->form = f.kind;
		return bad_form(in, &ce, err);
	}
	in->form = f.kind;
	if (json && !is_json(f.kind)) {
		in->why = (struct cper_err){ .code = CPER_FORM, .what = "this is no JSON" };
		return ras_fail(err, RAS_E_RECORD, "this is %s, not JSON", cperform_name(f.kind));
	}
	if (f.kind == CPERFORM_NEUTRAL || f.kind == CPERFORM_LIBCPER)
		r = load_fields(in, err);
	else
		r = load_pieces(in, &f, o->section_type ? &type : NULL, err);
	if (r < 0)
		return r;
	if (!in->n) {
		in->why = (struct cper_err){ .code = CPER_FORM, .what = "no record was found" };
		return ras_fail(err, RAS_E_RECORD, "no record was found in it, read as %s",
				cperform_name(in->form));
	}
	return 0;
}

int found_block(const struct found *f, int severity, uint8_t *out, size_t cap, size_t *len,
		struct ras_err *err)
{
	struct cper_entry_info info = { .section_type = f->type };
	struct cper_builder b;
	struct cper_err ce = f->err;
	int r = -1;

	if (f->kind == CPER_ITEM_RECORD && !ce.code) {
		r = cper_record_to_block(f->bytes, f->len, out, cap, len, &ce);
	} else if (f->kind == FOUND_SECTION && !ce.code && !f->cut) {
		if (f->severity < 0 && severity < 0) {
			ras_fail(err, RAS_E_PARAMS, "the section has no severity");
			return ras_hint(err, "give --severity corrected, recoverable, fatal or "
					     "info");
		}
		info.severity = (uint32_t)(severity >= 0 ? severity : f->severity);
		cper_build_begin(&b, out, cap);
		cper_build_entry(&b, &info, f->bytes, f->len);
		r = cper_build_end(&b, len, &ce);
	} else if (f->kind == CPER_ITEM_BLOCK && !ce.code) {
		if (f->len > cap)
			return ras_fail(err, RAS_E_RECORD, "a block has at most %zu bytes", cap);
		memcpy(out, f->bytes, f->len);
		*len = f->len;
		return 0;
	}
	if (f->cut)
		return ras_fail(err, RAS_E_RECORD, "lines of the dump are missing");
	if (r < 0)
		return ras_fail(err, RAS_E_RECORD, "%s at byte %u: %s", cper_code_name(ce.code),
				ce.offset, ce.what);
	return 0;
}

int input_format(const char *format, const char *const *formats, struct ras_err *err)
{
	if (!format)
		return 0;
	for (; *formats; formats++)
		if (!strcmp(format, *formats))
			return 0;
	ras_fail(err, RAS_E_PARAMS, "no such format: %.40s", format);
	return ras_hint(err, "decode: neutral, libcper, redfish; encode: block, record");
}
