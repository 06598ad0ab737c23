// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl encode: JSON of fields as bytes, offline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cli/cmdline/verb.h"
#include "cli/record/input.h"
#include "cli/show/out.h"
#include "cperjson/cperjson.h"
#include "json/json.h"

#define MAX_RECORD ((size_t)16 << 20)

static const char *format;

/* Convert a block to a record or a record to a block, if --format asks for it. */
static int reform(uint8_t *record, size_t *len, struct ras_err *err)
{
	_free_ uint8_t *other = NULL;
	struct cper_err ce;
	int r;

	if (!format || cper_is_record(record, *len) == !strcmp(format, "record"))
		return 0;
	other = malloc(MAX_RECORD);
	if (!other)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	r = !strcmp(format, "record") ?
		    cper_record_from_block(record, *len, NULL, other, MAX_RECORD, len, &ce) :
		    cper_record_to_block(record, *len, other, MAX_RECORD, len, &ce);
	if (r < 0)
		return ras_fail(err, RAS_E_RECORD, "cannot be written as a %s: %s at byte %u: %s",
				format, cper_code_name(ce.code), ce.offset, ce.what);
	memcpy(record, other, *len);
	return 0;
}

/* The bytes of one JSON record, or of each in "records", one after the other. */
static int encode_all(json_object *in, uint8_t *record, size_t *len, struct ras_err *err)
{
	json_object *list = member_of(in, "records", json_type_array);
	size_t n = list ? json_object_array_length(list) : 1, one;
	int r;

	*len = 0;
	for (size_t i = 0; i < n; i++, *len += one) {
		r = cperjson_encode(list ? json_object_array_get_idx(list, i) : in, record + *len,
				    MAX_RECORD - *len, &one, err);
		if (r == 0)
			r = reform(record + *len, &one, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static void print_hex(const uint8_t *record, size_t len)
{
	_free_ char *hex = malloc(2 * len + 1);
	_json_ json_object *out = json_object_new_object();

	if (!hex)
		return;
	hex_encode(record, len, hex);
	json_object_object_add(out, "length", json_object_new_uint64(len));
	json_object_object_add(out, "record_hex", json_object_new_string(hex));
	out_json(out);
}

static const char *const formats[] = { "block", "record", NULL };

static int run(const struct options *o)
{
	_free_ uint8_t *text = NULL, *record = malloc(MAX_RECORD);
	_json_ json_object *in = NULL;
	struct ras_err err;
	size_t len = 0, out_len = 0;

	if (input_format(format, formats, &err))
		return out_error(o, &err);
	if (!record) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		return out_error(o, &err);
	}
	if (input_slurp(o->operand, &text, &len, &err) ||
	    json_parse_limits((const char *)text, len, JSON_MAX_DEPTH, INPUT_MAX, 0, &in, &err) ||
	    encode_all(in, record, &out_len, &err)) {
		int rc = out_error(o, &err);

		/* a bad value in the file is not a wrong command line */
		return rc == EX_USAGE_ERROR ? EX_FAILED : rc;
	}
	if (!o->json && isatty(STDOUT_FILENO)) {
		ras_fail(&err, RAS_E_PARAMS,
			 "a record is binary and standard output is a terminal");
		ras_hint(&err, "redirect it to a file, or use -o json for hex digits");
		return out_error(o, &err);
	}
	if (o->json) {
		print_hex(record, out_len);
	} else if (fwrite(record, 1, out_len, stdout) != out_len) {
		ras_fail(&err, RAS_E_IO, "cannot write: %m");
		return out_error(o, &err);
	}
	return EX_DONE;
}

static const struct verb_option options[] = {
	{ .name = "format",
	  .value = "block|record",
	  .help = "a status block or a UEFI record (as the JSON is)",
	  .text = &format,
	  .words = formats },
	{ 0 },
};

const struct verb verb_encode = {
	.name = "encode",
	.summary = "JSON as a CPER block or record",
	.text = "Needs no daemon. - is standard input.",
	.group = GROUP_RECORDS,
	.operands = { { .name = "FILE", .from = VALUE_FILE } },
	.min_operands = 1,
	.options = options,
	.examples = { "rasctl encode record.json >record.gesb",
		      "rasctl decode -o json a.gesb | rasctl encode --format record - >a.cper" },
	.run = run,
};
