// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cperjson/read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

#define MAX_HEX (1u << 20)

int jin_bad(struct jin *o, const char *key, const char *what)
{
	ras_fail(o->err, RAS_E_PARAMS, "%s%s: %s", o->path, key, what);
	return ras_field(o->err, "%s%s", o->path, key);
}

size_t jin_into(struct jin *o, const char *fmt, ...)
{
	size_t old = strlen(o->path);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(o->path + old, sizeof(o->path) - old, fmt, ap);
	va_end(ap);
	return old;
}

void jin_back(struct jin *o, size_t old)
{
	o->path[old] = '\0';
}

int jin_room(struct jin *o, size_t n, uint8_t **p)
{
	if (n > o->cap - o->pos)
		return ras_fail(o->err, RAS_E_RECORD, "the record does not fit in %zu bytes",
				o->cap);
	*p = o->buf + o->pos;
	memset(*p, 0, n);
	o->pos += n;
	return 0;
}

int jin_only(struct jin *o, json_object *in, const char *const *keys)
{
	size_t n = 0, i = 0;

	while (keys[n])
		n++;
	json_object_object_foreach(in, key, val)
	{
		size_t tried = 0;

		(void)val;
		/* Most often the members come in the order of keys, so start with the next one. */
		while (tried < n && strcmp(keys[i % n], key) != 0) {
			i++;
			tried++;
		}
		if (tried == n && strcmp(key, "words") != 0)
			return jin_bad(o, key, "no such member");
		i++;
	}
	return 0;
}

int jin_member(struct jin *o, json_object *in, const char *key, json_type type, bool need,
	       json_object **v)
{
	*v = NULL;
	if (!json_object_object_get_ex(in, key, v))
		return need ? jin_bad(o, key, "missing") : 0;
	if (json_object_get_type(*v) != type)
		return jin_bad(o, key,
			       type == json_type_array	? "must be an array" :
			       type == json_type_object ? "must be an object" :
							  "must be a string");
	return 0;
}

static bool is_word(json_object *v, const struct cper_word *words, uint64_t *n)
{
	for (; words && words->word; words++)
		if (!strcmp(words->word, json_object_get_string(v))) {
			*n = words->value;
			return true;
		}
	return false;
}

int jin_value(struct jin *o, const char *key, json_object *v, unsigned int width,
	      const struct cper_word *words, uint64_t *n)
{
	uint64_t max = width >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;

	if (json_object_is_type(v, json_type_string) && is_word(v, words, n))
		return 0;
	if (json_object_is_type(v, json_type_string) &&
	    !strncmp(json_object_get_string(v), "0x", 2)) {
		if (num_parse_u64(json_object_get_string(v), n, NULL) < 0)
			return jin_bad(o, key, "must be a number or \"0x...\" text");
	} else if (json_object_is_type(v, json_type_int)) {
		if (json_object_get_int64(v) < 0)
			return jin_bad(o, key, "must not be negative");
		*n = json_object_get_uint64(v);
	} else {
		return jin_bad(o, key,
			       words ? "must be a number, \"0x...\" text or one of its words" :
				       "must be a number or \"0x...\" text");
	}
	return *n > max ? jin_bad(o, key, "too large") : 0;
}

int jin_uint(struct jin *o, json_object *in, const char *key, unsigned int width, uint64_t *n,
	     bool *has)
{
	json_object *v;

	*has = json_object_object_get_ex(in, key, &v);
	return *has ? jin_value(o, key, v, width, NULL, n) : 0;
}

int jin_expect(struct jin *o, json_object *in, const char *key, uint64_t want)
{
	uint64_t n = want;
	bool has;
	int r = jin_uint(o, in, key, 4, &n, &has);

	if (r < 0)
		return r;
	return n == want ? 0 : jin_bad(o, key, "does not match the rest of the record");
}

int jin_bytes(struct jin *o, const char *key, json_object *v, uint8_t *p, size_t len)
{
	size_t got = 0;

	if (!json_object_is_type(v, json_type_string) ||
	    hex_decode(json_object_get_string(v), (size_t)json_object_get_string_len(v), p, len,
		       &got, NULL) < 0 ||
	    got != len)
		return jin_bad(o, key, "must be hex digits of the right length");
	return 0;
}

/* "YYYY-MM-DD hh:mm:ss", also with T, and with Z, +00:00 or "(precise)" behind it. */
static bool parse_date(const char *s, struct cper_time *out)
{
	unsigned int v[6];
	int used = 0;

	if (sscanf(s, "%4u-%2u-%2u%*1[ T]%2u:%2u:%2u%n", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
		   &used) != 6 ||
	    !used)
		return false;
	*out = (struct cper_time){ .year = (uint16_t)v[0],
				   .month = (uint8_t)v[1],
				   .day = (uint8_t)v[2],
				   .hour = (uint8_t)v[3],
				   .minute = (uint8_t)v[4],
				   .second = (uint8_t)v[5],
				   .precise = !strcmp(s + used, " (precise)") ||
					      !strcmp(s + used, " precise") };
	return !s[used] || out->precise || !strcmp(s + used, "Z") || !strcmp(s + used, "+00:00");
}

int jin_time(struct jin *o, const char *key, json_object *v, uint8_t *p)
{
	struct cper_time time;

	if (!json_object_is_type(v, json_type_string) || !strchr(json_object_get_string(v), '-'))
		return jin_bytes(o, key, v, p, 8);
	if (!parse_date(json_object_get_string(v), &time) || !cper_timestamp_write(&time, p))
		return jin_bad(o, key, "must be a date such as 2026-12-31 23:59:58");
	return 0;
}

int jin_guid(struct jin *o, const char *key, json_object *v, uint8_t *p)
{
	struct cper_guid g;

	if (!json_object_is_type(v, json_type_string) ||
	    json_object_get_string_len(v) != (int)CPER_GUID_TEXT_SIZE - 1 ||
	    cper_guid_parse(json_object_get_string(v), &g) < 0)
		return jin_bad(o, key, "must be a GUID");
	memcpy(p, g.b, sizeof(g.b));
	return 0;
}

int jin_padded(struct jin *o, const char *key, json_object *v, uint8_t *p, size_t len)
{
	size_t n;

	if (!json_object_is_type(v, json_type_string))
		return jin_bad(o, key, "must be a string");
	n = (size_t)json_object_get_string_len(v);
	if (n > len || strlen(json_object_get_string(v)) != n)
		return jin_bad(o, key, "too long, or with a NUL");
	memset(p, 0, len);
	memcpy(p, json_object_get_string(v), n);
	return 0;
}

int jin_append(struct jin *o, json_object *in, const char *key, size_t *len)
{
	json_object *v;
	uint8_t *p;
	int r = jin_member(o, in, key, json_type_string, false, &v);

	*len = 0;
	if (r < 0 || !v)
		return r;
	if (json_object_get_string_len(v) % 2 || json_object_get_string_len(v) > 2 * (int)MAX_HEX)
		return jin_bad(o, key, "must be hex digits");
	*len = (size_t)json_object_get_string_len(v) / 2;
	r = jin_room(o, *len, &p);
	return r < 0 || !*len ? r : jin_bytes(o, key, v, p, *len);
}
