// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/show/out.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json/json.h"

/* rasd itself is gone, not a guest that it reports on. */
static bool no_daemon(const struct ras_err *err)
{
	return err->code == RAS_E_GONE && !strcmp(err->field, "socket");
}

int exit_code_of(const struct ras_err *err)
{
	switch (err->code) {
	case RAS_OK:
		return EX_DONE;
	case RAS_E_PARAMS:
	case RAS_E_NOT_RAM:
	case RAS_E_REQUEST_ID: /* parameters, too, though only rasd can tell */
		return EX_USAGE_ERROR;
	case RAS_E_PERMISSION:
		return EX_NO_DAEMON;
	case RAS_E_GONE:
		return no_daemon(err) ? EX_NO_DAEMON : EX_FAILED;
	case RAS_E_NO_DOMAIN:
	case RAS_E_NOT_FOUND:
		return EX_NOT_FOUND;
	case RAS_E_NOT_GRANTED:
	case RAS_E_NEED_CONFIRM:
	case RAS_E_SAFETY:
	case RAS_E_RATE:
		return EX_REFUSED;
	case RAS_E_NOT_ACKNOWLEDGED:
		return EX_NOT_ACKED;
	case RAS_E_TIMEOUT:
		return EX_TIMED_OUT;
	default:
		return EX_FAILED;
	}
}

json_object *error_json(const struct ras_err *err)
{
	json_object *e = json_object_new_object();

	json_object_object_add(e, "reason",
			       json_object_new_string(no_daemon(err) ? "no-daemon" :
								       ras_err_reason(err->code)));
	json_object_object_add(e, "message", json_object_new_string(err->text));
	if (err->hint[0])
		json_object_object_add(e, "hint", json_object_new_string(err->hint));
	if (err->field[0])
		json_object_object_add(e, "field", json_object_new_string(err->field));
	if (err->code == RAS_E_RATE)
		json_object_object_add(e, "retry_after_ms",
				       json_object_new_int64(err->retry_after_ms));
	return e;
}

int out_error(const struct options *o, const struct ras_err *err)
{
	if (o->json) {
		json_object *wrap = json_object_new_object();

		json_object_object_add(wrap, "error", error_json(err));
		out_json(wrap);
		json_object_put(wrap);
	}
	fflush(stdout);
	fputs("error: ", stderr);
	/* A text such as '"x" is not a number' does not say of what. */
	if (err->code == RAS_E_PARAMS && err->field[0] && !strstr(err->text, err->field)) {
		out_str(stderr, err->field);
		fputs(": ", stderr);
	}
	out_str(stderr, err->text);
	if (err->hint[0]) {
		fputs(". hint: ", stderr);
		out_str(stderr, err->hint);
	}
	fputc('\n', stderr);
	return exit_code_of(err);
}

int64_t member_number(json_object *o, const char *key)
{
	json_object *v = NULL;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_int))
		return 0;
	return json_object_get_int64(v);
}

bool member_true(json_object *o, const char *key)
{
	json_object *v = NULL;

	return o && json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

json_object *member_of(json_object *o, const char *key, enum json_type type)
{
	json_object *v = NULL;

	return o && json_object_object_get_ex(o, key, &v) && json_object_is_type(v, type) ? v :
											    NULL;
}

const char *member_str(json_object *o, const char *key, const char *dflt)
{
	json_object *v = NULL;

	if (!o || !json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_string))
		return dflt;
	return json_object_get_string(v);
}

const char *item_str(json_object *array, size_t i)
{
	json_object *v = json_object_array_get_idx(array, i);

	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "?";
}

const char *local_time(int64_t ns, char *out, size_t size, const char *none)
{
	time_t t = (time_t)(ns / 1000000000LL);
	struct tm tm;

	if (ns <= 0 || !localtime_r(&t, &tm) || !strftime(out, size, "%F %T", &tm))
		snprintf(out, size, "%s", none);
	return out;
}

const char *detail_text(json_object *row, char *out, size_t size)
{
	const char *detail = member_str(row, "detail", ""), *read = member_str(row, "read", "");

	if (!*read)
		return detail;
	snprintf(out, size, "%s (read: %s)", detail, read);
	return out;
}

void out_effects(json_object *row)
{
	json_object *list = NULL;
	size_t n;

	if (!json_object_object_get_ex(row, "effects", &list) ||
	    !json_object_is_type(list, json_type_array))
		return; /* a rasd that does not know them */
	n = json_object_array_length(list);
	if (!n)
		puts("  Linux only logs it");
	for (size_t i = 0; i < n; i++) {
		fputs("  ", stdout);
		out_str(stdout, member_str(json_object_array_get_idx(list, i), "text", "?"));
		putchar('\n');
	}
}
