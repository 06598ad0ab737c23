// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "json/json.h"

#define INT53_MAX (UINT64_C(1) << 53)

json_object *json_member(json_object *o, const char *key, bool *present)
{
	json_object *v = NULL;
	bool there =
		json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, key, &v);

	if (present)
		*present = there;
	return v;
}

static ssize_t cut_copy(const char *s, size_t len, char *buf, size_t size)
{
	size_t n = len < size ? len : size - 1;

	memcpy(buf, s, n);
	buf[n] = '\0';
	return (ssize_t)len;
}

/* Escapes are rare, so json-c resolves them. */
static ssize_t unescaped(const char *text, size_t len, char *buf, size_t size)
{
	_json_ json_object *o = NULL;

	if (json_parse(text, len, &o, NULL) < 0)
		return cut_copy("", 0, buf, size) - 1;
	return cut_copy(json_object_get_string(o), (size_t)json_object_get_string_len(o), buf,
			size);
}

ssize_t json_part_str(const char *text, size_t len, char *buf, size_t size)
{
	if (len < 2 || text[0] != '"')
		return cut_copy("", 0, buf, size) - 1;
	if (memchr(text, '\\', len))
		return unescaped(text, len, buf, size);
	return cut_copy(text + 1, len - 2, buf, size);
}

static int bad_type(const char *key, const char *want, struct ras_err *err)
{
	ras_fail(err, RAS_E_PARAMS, "\"%s\" must be %s", key, want);
	ras_field(err, "%s", key);
	return -RAS_E_PARAMS;
}

static int missing(const char *key, struct ras_err *err)
{
	ras_fail(err, RAS_E_PARAMS, "\"%s\" is missing", key);
	ras_field(err, "%s", key);
	return -RAS_E_PARAMS;
}

/* The member of the wanted type. 1: absent. 0: found. Negative: it has another type. */
static int get(json_object *o, const char *key, json_type type, const char *want, json_object **out,
	       struct ras_err *err)
{
	bool there;
	json_object *v = json_member(o, key, &there);

	if (!there)
		return 1;
	if (!v || !json_object_is_type(v, type))
		return bad_type(key, want, err);
	*out = v;
	return 0;
}

int json_opt_str(json_object *o, const char *key, const char **out, struct ras_err *err)
{
	json_object *v;
	int r = get(o, key, json_type_string, "a string", &v, err);

	if (r)
		return r > 0 ? 0 : r;
	*out = json_object_get_string(v);
	return 0;
}

int json_get_str(json_object *o, const char *key, const char **out, struct ras_err *err)
{
	if (!json_object_object_get_ex(o, key, NULL))
		return missing(key, err);
	return json_opt_str(o, key, out, err);
}

int json_opt_bool(json_object *o, const char *key, bool *out, struct ras_err *err)
{
	json_object *v;
	int r = get(o, key, json_type_boolean, "true or false", &v, err);

	if (r)
		return r > 0 ? 0 : r;
	*out = json_object_get_boolean(v);
	return 0;
}

int json_get_bool(json_object *o, const char *key, bool *out, struct ras_err *err)
{
	if (!json_object_object_get_ex(o, key, NULL))
		return missing(key, err);
	return json_opt_bool(o, key, out, err);
}

int json_get_obj(json_object *o, const char *key, json_object **out, struct ras_err *err)
{
	int r = get(o, key, json_type_object, "an object", out, err);

	return r > 0 ? missing(key, err) : r;
}

int json_get_arr(json_object *o, const char *key, json_object **out, struct ras_err *err)
{
	int r = get(o, key, json_type_array, "an array", out, err);

	return r > 0 ? missing(key, err) : r;
}

int json_opt_u64(json_object *o, const char *key, uint64_t min, uint64_t max, uint64_t *out,
		 struct ras_err *err)
{
	json_object *v;
	int64_t i;
	uint64_t u;
	int r = get(o, key, json_type_int, "an integer", &v, err);

	if (r)
		return r > 0 ? 0 : r;
	i = json_object_get_int64(v);
	u = json_object_get_uint64(v);
	/* json-c returns 0 for a negative number that is read as unsigned. */
	if (i < 0 || u < min || u > max) {
		ras_fail(err, RAS_E_PARAMS, "\"%s\" must be %" PRIu64 "..%" PRIu64, key, min, max);
		ras_field(err, "%s", key);
		return -RAS_E_PARAMS;
	}
	*out = u;
	return 0;
}

int json_get_u64(json_object *o, const char *key, uint64_t min, uint64_t max, uint64_t *out,
		 struct ras_err *err)
{
	if (!json_object_object_get_ex(o, key, NULL))
		return missing(key, err);
	return json_opt_u64(o, key, min, max, out, err);
}

static int as_hex64(json_object *v, const char *name, uint64_t *out, struct ras_err *err)
{
	if (json_object_is_type(v, json_type_string)) {
		const char *s = json_object_get_string(v);
		uint64_t u;

		if (s[0] != '0' || (s[1] != 'x' && s[1] != 'X') || num_parse_u64(s, &u, NULL) < 0)
			return bad_type(name, "a 64-bit number \"0x...\"", err);
		*out = u;
		return 0;
	}
	if (json_object_is_type(v, json_type_int)) {
		int64_t i = json_object_get_int64(v);

		if (i < 0 || (uint64_t)i > INT53_MAX)
			return bad_type(name, "\"0x...\" (as an integer at most 2^53)", err);
		*out = (uint64_t)i;
		return 0;
	}
	return bad_type(name, "a number \"0x...\"", err);
}

int json_opt_hex64(json_object *o, const char *key, uint64_t *out, struct ras_err *err)
{
	bool there;
	json_object *v = json_member(o, key, &there);

	return there ? as_hex64(v, key, out, err) : 0;
}

int json_get_hex64(json_object *o, const char *key, uint64_t *out, struct ras_err *err)
{
	bool there;
	json_object *v = json_member(o, key, &there);

	return there ? as_hex64(v, key, out, err) : missing(key, err);
}

json_object *json_new_hex64(uint64_t v, int width)
{
	char text[20];

	snprintf(text, sizeof(text), "0x%0*" PRIx64, width, v);
	return json_object_new_string(text);
}
