// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl decode and encode: CPER bytes <-> JSON, offline. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cper/cper.h"
#include "cperjson/cperjson.h"
#include "json/json.h"
#include "out.h"
#include "rasctl.h"

#define MAX_RECORD ((size_t)64 << 10)

/* All of FILE or standard input ("-"), at most cap bytes. */
static int slurp(const char *path, void *data, size_t cap, size_t *len, struct ras_err *err)
{
	_fclose_ FILE *opened = NULL;
	FILE *f = stdin;
	size_t n;

	if (strcmp(path, "-")) {
		opened = f = fopen(path, "re");
		if (!f) {
			/* exit 4: the file named does not exist */
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

/* cperjson_error() wraps the error as -o json shows it. */
static int decode_error(const struct options *o, const struct cper_err *cerr)
{
	_json_ json_object *wrap = cperjson_error(cerr);
	json_object *why = NULL, *at = NULL;

	if (wrap)
		json_object_object_get_ex(wrap, "error", &why);
	if (why)
		json_object_object_get_ex(why, "offset", &at);
	if (o->json && wrap)
		out_json(wrap);
	fflush(stdout);
	fprintf(stderr, "error: not a valid CPER status block: %s at byte %s. hint: bytes count from the "
			"start of the status block\n",
		member_str(why, "message", member_str(why, "code", "?")),
		at ? json_object_get_string(at) : "?");
	return EX_FAILED;
}

int cmd_decode(const struct options *o)
{
	static uint8_t record[MAX_RECORD];
	_json_ json_object *out = NULL;
	struct cper_err cerr = { 0 };
	struct ras_err err;
	size_t len = 0;

	if (slurp(o->operand, record, sizeof(record), &len, &err))
		return out_error(o, &err);
	if (o->json ? cperjson_decode(record, len, &out, &cerr) :
		      cper_text(record, len, stdout, &cerr))
		return decode_error(o, &cerr);
	if (o->json)
		out_json(out);
	return EX_DONE;
}

int cmd_encode(const struct options *o)
{
	static char text[JSON_MAX_BYTES];
	static uint8_t record[MAX_RECORD];
	_json_ json_object *in = NULL;
	struct ras_err err;
	size_t len = 0, out_len = 0;

	if (slurp(o->operand, text, sizeof(text), &len, &err) || json_parse(text, len, &in, &err) ||
	    cperjson_encode(in, record, sizeof(record), &out_len, &err)) {
		int rc = out_error(o, &err);

		/* a bad value in the file is no misuse of the command line */
		return rc == EX_USAGE_ERROR ? EX_FAILED : rc;
	}
	if (!o->json && isatty(STDOUT_FILENO)) {
		ras_fail(&err, RAS_E_PARAMS, "a record is binary and standard output is a terminal");
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
