// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl decode: CPER bytes in any form as text or JSON, offline.
 *
 * Problem: a file may hold several records, junk, and a record that is cut. Who shows the first one
 * and exits 0 hides the fatal one behind it. Rule: everything in the file is shown or named, in its
 * order and with its place, and the exit code is 0 only if all of it is whole.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/le.h"
#include "cli/cmdline/verb.h"
#include "cli/record/explain.h"
#include "cli/record/input.h"
#include "cli/show/out.h"
#include "cperjson/cperjson.h"
#include "json/json.h"

/* Bytes behind a record that cannot hold another one: what is left of a slot of fixed size. */
#define MAX_TAIL 64u

static struct file_options file;

static const char not_valid[] = "error: not a valid CPER record: %s at byte %u (entry %u): %s. "
				"hint: bytes count from its start\n";

/* The input cannot be read at all, or there is no record in it. */
static int decode_error(const struct options *o, const struct record_input *in,
			const struct cper_err *cerr, const char *what, const char *hint)
{
	_json_ json_object *wrap = NULL;
	struct cper_err said = *cerr;

	said.what = what;
	wrap = cperjson_error(&said);
	json_object_object_add(wrap, "form", json_object_new_string(cperform_name(in->form)));
	if (o->json || file.format)
		out_json(wrap);
	fflush(stdout);
	fprintf(stderr, "error: not a valid CPER record: %s at byte %u: %s",
		cper_code_name(cerr->code), cerr->offset, what);
	if (hint)
		fprintf(stderr, ". hint: %s", hint);
	fputc('\n', stderr);
	return EX_FAILED;
}

/* amdgpu's ring of records begins with three pointers. */
static bool is_ring_head(const struct found *f)
{
	return f->kind == CPER_ITEM_OTHER && !f->offset && f->len == 12 && f->room > 12 &&
	       cper_is_record(f->bytes + 12, f->room - 12);
}

/* Is f part of what makes the exit code 1? */
static bool is_fault(const struct record_input *in, const struct found *f)
{
	bool last = f == &in->found[in->n - 1];

	if (f->kind == CPER_ITEM_EMPTY || is_ring_head(f))
		return false;
	if (f->kind == CPER_ITEM_OTHER)
		return f->len >= MAX_TAIL || !last || f == in->found;
	return f->err.code || f->cut;
}

/*
 * Is there something to show of a broken record? Of a block only if an entry of it is whole, or if
 * it is cut: an impossible header says that these bytes are no block.
 */
static bool shows(const struct found *f)
{
	struct cper_entry e;
	struct cper_view v;

	if (!f->err.code || f->kind != CPER_ITEM_BLOCK || f->err.code == CPER_TRUNCATED_DATA)
		return true;
	return !cper_view_whole(&v, f->bytes, f->len) && cper_view_peek(&v, &e);
}

/* A record or section in the form that --format names, or as neutral JSON. */
static int to_json(const struct found *f, bool alone, json_object **out, struct cper_err *cerr)
{
	const char *format = file.format ? file.format : "neutral";
	size_t len = alone && !f->err.code ? f->room : f->len;

	if (f->kind == FOUND_SECTION) {
		static const struct cper_err only = { .code = CPER_NOT_A_RECORD,
						      .what = "a section alone has no record" };

		*cerr = only;
		return strcmp(format, "neutral") ?
			       -1 :
			       cperjson_decode_section(&f->type, f->bytes, (uint32_t)f->len, out,
						       cerr);
	}
	if (!shows(f)) {
		*cerr = f->err;
		return -1;
	}
	if (!strcmp(format, "libcper"))
		return cperjson_libcper(f->bytes, len, out, cerr);
	if (!strcmp(format, "redfish"))
		return cperjson_redfish(f->bytes, len, out, cerr);
	return cperjson_decode_whole(f->bytes, len, out, cerr);
}

static const char *what_is(const struct found *f)
{
	static const char *const tables[] = { "BERT", "HEST", "ERST", "EINJ" };
	static const char *const names[] = { "ACPI table BERT", "ACPI table HEST",
					     "ACPI table ERST", "ACPI table EINJ" };

	if (f->kind == FOUND_SECTION)
		return "section";
	if (f->kind == CPER_ITEM_TABLE && f->len >= 8 && !memcmp(f->bytes, "ERSTSTOR", 8))
		return "head of a store of ERST";
	for (size_t i = 0; f->kind == CPER_ITEM_TABLE && i < ARRAY_LEN(tables); i++)
		if (!memcmp(f->bytes, tables[i], 4))
			return names[i];
	if (is_ring_head(f))
		return "pointers of a ring";
	if (f->kind == CPER_ITEM_EMPTY)
		return f->bytes[0] ? "bytes ff" : "zeros";
	return cper_item_name(f->kind);
}

/* Bytes of the input that are no record, or only an ACPI table in front of one. */
static json_object *gap_json(const struct found *f)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "offset", json_object_new_uint64(f->offset));
	json_object_object_add(o, "length", json_object_new_uint64(f->len));
	json_object_object_add(o, "what", json_object_new_string(what_is(f)));
	return o;
}

static void add_severity(json_object *out, const struct found *f)
{
	json_object *entry = json_object_array_get_idx(json_object_object_get(out, "entries"), 0);
	json_object *header = json_object_object_get(entry, "header");

	if (f->severity >= 0)
		json_object_object_add(
			header, "error_severity",
			json_object_new_string(cper_severity_name((uint32_t)f->severity)));
}

static json_object *record_json(const struct record_input *in, const struct found *f, bool alone)
{
	struct cper_err cerr = { 0 };
	json_object *out = NULL;

	if (to_json(f, alone, &out, &cerr) < 0)
		out = cperjson_error(f->err.code ? &f->err : &cerr);
	else if (f->kind == FOUND_SECTION)
		add_severity(out, f);
	if (f->cut)
		json_object_object_add(out, "cut", json_object_new_boolean(1));
	if (file.explain)
		json_object_object_add(out, "explain", explain_json(f));
	if (file.format && strcmp(file.format, "neutral"))
		return out;
	if (!alone) {
		json_object_object_add(out, "offset", json_object_new_uint64(f->offset));
		if (in->form != CPERFORM_RAW)
			json_object_object_add(out, "text_offset", json_object_new_uint64(f->at));
	} else {
		json_object_object_add(out, "form",
				       json_object_new_string(cperform_name(in->form)));
	}
	return out;
}

/* Several records, or one with other bytes around it: {"form","records","gaps"}. */
static json_object *all_json(const struct record_input *in)
{
	json_object *all = json_object_new_object(), *records = json_object_new_array();
	json_object *gaps = json_object_new_array();

	for (size_t i = 0; i < in->n; i++) {
		const struct found *f = &in->found[i];

		if (found_record(f))
			json_object_array_add(records, record_json(in, f, false));
		else
			json_object_array_add(gaps, gap_json(f));
	}
	json_object_object_add(all, "form", json_object_new_string(cperform_name(in->form)));
	json_object_object_add(all, "records", records);
	if (json_object_array_length(gaps))
		json_object_object_add(all, "gaps", gaps);
	else
		json_object_put(gaps);
	return all;
}

static void section_text(const struct found *f)
{
	struct cper_err cerr;

	if (f->severity >= 0)
		printf("section severity: %s", cper_severity_name((uint32_t)f->severity));
	else
		fputs("section without a record, its severity is not known", stdout);
	printf(", %zu bytes\n", f->len);
	if (cper_text_section(&f->type, f->bytes, (uint32_t)f->len, stdout, &cerr) < 0)
		printf("  corrupt: %zu bytes\n", f->len);
}

static void record_text(const struct found *f, bool alone)
{
	if (f->kind == FOUND_SECTION)
		section_text(f);
	else if (f->err.code && shows(f))
		cper_text_whole(f->bytes, f->len, stdout);
	else if (f->err.code)
		; /* the error is all there is */
	else
		cper_text(f->bytes, alone ? f->room : f->len, stdout, NULL);
	if (file.explain)
		explain_text(f, stdout);
	if (f->cut)
		puts("warning: lines of the dump are missing, or it ends too early");
	if (!f->err.code)
		return;
	if (shows(f))
		printf("warning: %s at byte %u: %s; what is whole is shown\n",
		       cper_code_name(f->err.code), f->err.offset, f->err.what ? f->err.what : "");
	fflush(stdout);
	fprintf(stderr, not_valid, cper_code_name(f->err.code), f->err.offset, f->err.entry,
		f->err.what ? f->err.what : "");
}

/* before: what is in front of it, NULL at the start. */
static void gap_text(const struct found *f, const struct found *before)
{
	printf("bytes %zu to %zu: %zu bytes, %s", f->offset, f->offset + f->len - 1, f->len,
	       what_is(f));
	if (f->kind == CPER_ITEM_OTHER && !is_ring_head(f))
		fputs(" (no record was found in them)", stdout);
	else if (f->kind == CPER_ITEM_EMPTY && !f->bytes[0] && before &&
		 before->kind == CPER_ITEM_BLOCK)
		fputs(" (block_status 0: Linux reads a BERT region up to here)", stdout);
	putchar('\n');
}

static void all_text(const struct record_input *in)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct found *f = &in->found[i];

		if (!found_record(f)) {
			gap_text(f, i ? f - 1 : NULL);
			continue;
		}
		printf("%srecord %zu of %zu: %s at byte %zu", n ? "\n" : "", n + 1, in->records,
		       what_is(f), f->offset);
		if (in->form != CPERFORM_RAW && f->at)
			printf(" of the bytes at %zu of the text", f->at);
		putchar('\n');
		record_text(f, false);
		n++;
	}
}

/* The signature of an ACPI table that f begins with, also of those that scan.h does not know. */
static bool acpi_signature(const struct found *f, char out[5])
{
	uint32_t size = f->room >= 36 ? le32(f->bytes + 4) : 0;
	uint8_t sum = 0;

	if (size < 36 || size > f->room)
		return false;
	for (size_t i = 0; i < 4; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", f->bytes[i]))
			return false;
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + f->bytes[i]);
	memcpy(out, f->bytes, 4);
	out[4] = '\0';
	return !sum || f->kind == CPER_ITEM_TABLE;
}

/* A table that holds no record and does not say where one is. */
static int other_table(const struct options *o, const struct record_input *in, const char *name)
{
	struct cper_err table = { .code = CPER_NOT_A_RECORD };
	char what[64];

	snprintf(what, sizeof(what), "this is an ACPI table %s, which holds no record", name);
	return decode_error(o, in, &table, what, NULL);
}

/* No record at all: say what it is instead. */
static int no_record(const struct options *o, const struct record_input *in)
{
	static const struct cper_err empty = { .code = CPER_NOT_A_RECORD,
					       .what = "all bytes are 00 or ff" };
	const struct found *f = &in->found[0];
	bool is_empty = f->kind == CPER_ITEM_EMPTY;
	const char *hint = is_empty ? NULL : "the bytes of one section need --section-type";
	const struct cper_err *why = is_empty ? &empty : &f->err;
	struct cperform inner;
	struct cper_err what;
	char name[5];

	if (acpi_signature(f, name) && strcmp(name, "BERT") != 0 && strcmp(name, "HEST") != 0)
		return other_table(o, in, name);
	/* text may hold the bytes of a file that has a name */
	if (f->kind == CPER_ITEM_OTHER &&
	    cperform_open(&inner, f->bytes, f->len, CPERFORM_AUTO, &what) < 0)
		return decode_error(o, in, &what, what.what, NULL);
	if (f->kind == CPER_ITEM_TABLE) {
		static const struct cper_err table = {
			.code = CPER_NOT_A_RECORD,
			.what = "this is an ACPI table without records: BERT and HEST say "
				"where they are in memory"
		};

		why = &table;
		hint = "Linux has the region of a BERT in /sys/firmware/acpi/tables/data/BERT";
	}
	return decode_error(o, in, why, why->what, hint);
}

/* One record and nothing else that must be named. */
static bool is_alone(const struct record_input *in)
{
	return in->records == 1 && found_record(&in->found[0]) &&
	       (in->n == 1 || (in->n == 2 && !is_fault(in, &in->found[1])));
}

static int show(const struct options *o, const struct record_input *in)
{
	bool alone = is_alone(in), fault = false;

	for (size_t i = 0; i < in->n; i++)
		fault |= is_fault(in, &in->found[i]);
	if (o->json || file.format) {
		_json_ json_object *out =
			alone ? record_json(in, &in->found[0], true) : all_json(in);

		fault |= alone && json_object_object_get_ex(out, "error", NULL);
		out_json(out);
		if (alone && in->found[0].err.code)
			fprintf(stderr, not_valid, cper_code_name(in->found[0].err.code),
				in->found[0].err.offset, in->found[0].err.entry,
				in->found[0].err.what);
	} else {
		if (in->form != CPERFORM_RAW)
			printf("form: %s\n", cperform_name(in->form));
		if (alone)
			record_text(&in->found[0], true);
		else
			all_text(in);
	}
	if (fault && !alone) {
		fflush(stdout);
		fputs("error: not all of the input is whole records\n", stderr);
	}
	return fault ? EX_FAILED : EX_DONE;
}

static const char *const formats[] = { "neutral", "libcper", "redfish", NULL };

static int run(const struct options *o)
{
	_input_ struct record_input in = { 0 };
	struct ras_err err;
	int r;

	if (input_format(file.format, formats, &err))
		return out_error(o, &err);
	if (input_load(&in, &file, o->operand, &err) < 0) {
		if (in.why.code)
			return decode_error(o, &in, &in.why, err.text, NULL);
		r = out_error(o, &err);
		/* a bad value in JSON is not a wrong command line */
		return r == EX_USAGE_ERROR && in.in ? EX_FAILED : r;
	}
	return in.records ? show(o, &in) : no_record(o, &in);
}

static const struct verb_option options[] = {
	{ .name = "format",
	  .value = "FORMAT",
	  .help = "JSON in the form neutral, libcper or redfish",
	  .text = &file.format,
	  .words = formats },
	{ .name = "format-in",
	  .value = "FORM",
	  .help = "the form of the file, if it is not found out rightly",
	  .text = &file.format_in,
	  .words = input_forms },
	{ .name = "section-type",
	  .value = "TYPE",
	  .help = "the file is one section of this type, or GUID",
	  .text = &file.section_type,
	  .from = VALUE_TYPE },
	{ .name = "explain",
	  .help = "what happened, what Linux does, what to do next",
	  .flag = &file.explain },
	{ 0 },
};

const struct verb verb_decode = {
	.name = "decode",
	.summary = "CPER records in any form, as text or JSON",
	.text = "Needs no daemon. - is standard input.",
	.group = GROUP_RECORDS,
	.operands = { { .name = "FILE", .from = VALUE_FILE } },
	.min_operands = 1,
	.options = options,
	.examples = { "dmesg | rasctl decode --explain -",
		      "rasctl decode -o json /sys/firmware/acpi/tables/data/BERT" },
	.run = run,
};
