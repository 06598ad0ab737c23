// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl decode and encode: CPER bytes (status block or UEFI record) <-> JSON, offline. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cper/record.h"
#include "cperjson/cperjson.h"
#include "json/json.h"
#include "out.h"
#include "rasctl.h"

#define MAX_RECORD ((size_t)1 << 20)
#define MAX_TEXT ((size_t)16 << 20) /* decode writes up to 14 bytes of JSON for each byte */

/* Read all of FILE or standard input ("-"), at most cap bytes. */
static int slurp(const char *path, void *data, size_t cap, size_t *len, struct ras_err *err)
{
	_fclose_ FILE *opened = NULL;
	FILE *f = stdin;
	size_t n;

	if (strcmp(path, "-")) {
		opened = f = fopen(path, "re");
		if (!f) {
			/* exit 4: there is no such file */
			return ras_fail(err, errno == ENOENT ? RAS_E_NOT_FOUND : RAS_E_IO,
					"cannot open %.120s: %m", path);
		}
	}
	n = fread(data, 1, cap, f);
	if (ferror(f))
		return ras_fail(err, RAS_E_IO, "cannot read %.120s: %m", path);
	if (n == cap && fgetc(f) != EOF)
		return ras_fail(err, RAS_E_RECORD, "%.120s is larger than %zu bytes", path, cap);
	*len = n;
	return 0;
}

static int decode_error(const struct options *o, const struct cper_err *cerr)
{
	_json_ json_object *wrap = cperjson_error(cerr);

	if (o->json || o->format)
		out_json(wrap);
	fflush(stdout);
	fprintf(stderr,
		"error: not a valid CPER record: %s at byte %u (entry %u): %s. hint: bytes count "
		"from "
		"its start\n",
		cper_code_name(cerr->code), cerr->offset, cerr->entry,
		cerr->what ? cerr->what : "");
	return EX_FAILED;
}

/* Write a valid record in the form that --format names. */
static int export(const struct options *o, const uint8_t *record, size_t len, json_object **out,
		  struct cper_err *cerr)
{
	if (!strcmp(o->format, "libcper"))
		return cperjson_libcper(record, len, out, cerr);
	if (!strcmp(o->format, "redfish"))
		return cperjson_redfish(record, len, out, cerr);
	return cperjson_decode(record, len, out, cerr);
}

static int one_of(const struct options *o, const char *const *formats)
{
	struct ras_err err;

	for (; o->format && *formats; formats++)
		if (!strcmp(o->format, *formats))
			return 0;
	if (!o->format)
		return 0;
	ras_fail(&err, RAS_E_PARAMS, "no such format: %.40s", o->format);
	ras_hint(&err, "decode: neutral, libcper, redfish; encode: block, record");
	return out_error(o, &err);
}

int cmd_decode(const struct options *o)
{
	static const char *const formats[] = { "neutral", "libcper", "redfish", NULL };
	static uint8_t record[MAX_RECORD];
	_json_ json_object *out = NULL;
	struct cper_err cerr = { 0 };
	struct ras_err err;
	size_t len = 0;
	int r = one_of(o, formats);

	if (r)
		return r;
	if (slurp(o->operand, record, sizeof(record), &len, &err))
		return out_error(o, &err);
	r = o->format ? export(o, record, len, &out, &cerr) :
	    o->json   ? cperjson_decode(record, len, &out, &cerr) :
			cper_text(record, len, stdout, &cerr);
	if (r)
		return decode_error(o, &cerr);
	if (out)
		out_json(out);
	return EX_DONE;
}

/* Convert a block to a record or a record to a block, if --format asks for it. */
static int reform(const struct options *o, uint8_t *record, size_t *len, struct ras_err *err)
{
	static uint8_t other[MAX_RECORD];
	struct cper_err ce;
	int r;

	if (!o->format || cper_is_record(record, *len) == !strcmp(o->format, "record"))
		return 0;
	r = !strcmp(o->format, "record") ?
		    cper_record_from_block(record, *len, NULL, other, MAX_RECORD, len, &ce) :
		    cper_record_to_block(record, *len, other, MAX_RECORD, len, &ce);
	if (r < 0)
		return ras_fail(err, RAS_E_RECORD, "cannot be written as a %s: %s at byte %u: %s",
				o->format, cper_code_name(ce.code), ce.offset, ce.what);
	memcpy(record, other, *len);
	return 0;
}

int cmd_encode(const struct options *o)
{
	static const char *const formats[] = { "block", "record", NULL };
	_free_ char *text = malloc(MAX_TEXT);
	static uint8_t record[MAX_RECORD];
	_json_ json_object *in = NULL;
	struct ras_err err;
	size_t len = 0, out_len = 0;
	int r = one_of(o, formats);

	if (r)
		return r;
	if (!text) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		return out_error(o, &err);
	}
	if (slurp(o->operand, text, MAX_TEXT, &len, &err) ||
	    json_parse_limits(text, len, JSON_MAX_DEPTH, MAX_TEXT, &in, &err) ||
	    cperjson_encode(in, record, sizeof(record), &out_len, &err) ||
	    reform(o, record, &out_len, &err)) {
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
		static char hex[2 * MAX_RECORD + 1];
		_json_ json_object *out = json_object_new_object();

		hex_encode(record, out_len, hex);
		json_object_object_add(out, "length", json_object_new_uint64(out_len));
		json_object_object_add(out, "record_hex", json_object_new_string(hex));
		out_json(out);
	} else if (fwrite(record, 1, out_len, stdout) != out_len) {
		ras_fail(&err, RAS_E_IO, "cannot write: %m");
		return out_error(o, &err);
	}
	return EX_DONE;
}
