// SPDX-License-Identifier: LGPL-2.1-or-later
/* Values from a text that has passed the gate, by json-c. */
#include "json/json.h"

/*
 * A tokener for texts of the usual size is kept: making one costs more than such a text. One that
 * has seen a large text is not, because it keeps a buffer of that size.
 */
#define KEPT_TOKENER_BYTES 8192u
static _Thread_local json_tokener *kept_tokener;

static json_tokener *tokener(bool keep, int max_depth)
{
	json_tokener *t = keep ? kept_tokener : NULL;

	if (t)
		return t;
	/* json-c counts the values inside the innermost container as a level too. */
	t = json_tokener_new_ex(max_depth + 2);
	if (t)
		json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	if (keep)
		kept_tokener = t;
	return t;
}

void json_thread_end(void)
{
	if (kept_tokener)
		json_tokener_free(kept_tokener);
	kept_tokener = NULL;
}

/* json-c's own reading of a text that has passed the gate. */
static int make_values(const char *text, size_t len, int max_depth, json_object **out,
		       struct ras_err *err)
{
	bool keep = len <= KEPT_TOKENER_BYTES && max_depth == JSON_MAX_DEPTH;
	struct json_tokener *t = tokener(keep, max_depth);
	json_object *o;
	int r = 0;

	if (!t)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	o = json_tokener_parse_ex(t, text, (int)len);
	/* A top-level number ends at the next byte. */
	if (json_tokener_get_error(t) == json_tokener_continue)
		o = json_tokener_parse_ex(t, "\n", 1);
	if (json_tokener_get_error(t) != json_tokener_success)
		r = ras_fail(err, RAS_E_PARSE, "not JSON: %s",
			     json_tokener_error_desc(json_tokener_get_error(t)));
	else
		*out = o;
	if (keep)
		json_tokener_reset(t);
	else
		json_tokener_free(t);
	return r;
}

int json_parse_limits(const char *text, size_t len, int max_depth, size_t max_bytes,
		      size_t max_values, json_object **out, struct ras_err *err)
{
	int r = json_gate_limits(text, len, max_depth, max_bytes, max_values, err);

	return r < 0 ? r : make_values(text, len, max_depth, out, err);
}

int json_parse_values(const char *text, size_t len, size_t max_values, json_object **out,
		      struct ras_err *err)
{
	return json_parse_limits(text, len, JSON_MAX_DEPTH, JSON_MAX_BYTES, max_values, out, err);
}

int json_parse_part(const char *text, size_t len, json_object **out, struct ras_err *err)
{
	return make_values(text, len, JSON_MAX_DEPTH, out, err);
}

int json_parse(const char *text, size_t len, json_object **out, struct ras_err *err)
{
	return json_parse_limits(text, len, JSON_MAX_DEPTH, JSON_MAX_BYTES, 0, out, err);
}
