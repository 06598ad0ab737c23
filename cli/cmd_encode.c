// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl encode: JSON of fields as bytes, offline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cperjson/cperjson.h"
#include "json/json.h"
#include "out.h"
#include "rasctl.h"
#include "record_input.h"

#define MAX_RECORD ((size_t)16 << 20)

/* Convert a block to a record or a record to a block, if --format asks for it. */
static int reform(const struct options *o, uint8_t *record, size_t *len, struct ras_err *err)
{
	_free_ uint8_t *other = NULL;
	struct cper_err ce;
	int r;

	if (!o->file.format || cper_is_record(record, *len) == !strcmp(o->file.format, "record"))
		return 0;
	other = malloc(MAX_RECORD);
	if (!other)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	r = !strcmp(o->file.format, "record") ?
		    cper_record_from_block(record, *len, NULL, other, MAX_RECORD, len, &ce) :
		    cper_record_to_block(record, *len, other, MAX_RECORD, len, &ce);
	if (r < 0)
		return ras_fail(err, RAS_E_RECORD, "cannot be written as a %s: %s at byte %u: %s",
				o->file.format, cper_code_name(ce.code), ce.offset, ce.what);
	memcpy(record, other, *len);
	return 0;
}

/* The bytes of one JSON record, or of each in "records", one after the other. */
static int encode_all(const struct options *o, json_object *in, uint8_t *record, size_t *len,
		      struct ras_err *err)
{
	json_object *list = member_of(in, "records", json_type_array);
	size_t n = list ? json_object_array_length(list) : 1, one;
	int r;

	*len = 0;
	for (size_t i = 0; i < n; i++, *len += one) {
		r = cperjson_encode(list ? json_object_array_get_idx(list, i) : in, record + *len,
				    MAX_RECORD - *len, &one, err);
		if (r == 0)
			r = reform(o, record + *len, &one, err);
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

int cmd_encode(const struct options *o)
{
	static const char *const formats[] = { "block", "record", NULL };
	_free_ uint8_t *text = NULL, *record = malloc(MAX_RECORD);
	_json_ json_object *in = NULL;
	struct ras_err err;
	size_t len = 0, out_len = 0;
	int r = input_format(o, formats);

	if (r)
		return r;
	if (!record) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		return out_error(o, &err);
	}
	if (input_slurp(o->operand, &text, &len, &err) ||
	    json_parse_limits((const char *)text, len, JSON_MAX_DEPTH, INPUT_MAX, &in, &err) ||
	    encode_all(o, in, record, &out_len, &err)) {
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
