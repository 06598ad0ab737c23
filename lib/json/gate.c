// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The gate: one pass over the text that accepts RFC 8259 and nothing else, before json-c sees it.
 * Keys are kept decoded in a bounded hash list for the duplicate check ("a" and "\u0061" are the
 * same key). json_cut() is the same pass that notes where the parts of the outermost value are.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "json/json.h"

/* Each key is compared with those before it: 1,024 take 0.3 ms. */
#define MAX_MEMBERS 1024u
#define DEPTH_CAP 128

struct key {
	uint64_t hash; /* of the decoded bytes */
	uint32_t len;  /* decoded */
};

struct gate {
	const char *p, *start, *end;
	int max_depth;
	struct key *keys; /* of the objects that are open, innermost last */
	size_t n_keys, cap_keys;
	const char *value_end;	 /* of the value read last, without the space behind it */
	struct json_part *parts; /* of the outermost value, for json_cut() */
	size_t n_parts, cap_parts;
	size_t n_values, part_values; /* of the whole text, and of the part that is being read */
	size_t max_values, max_part_values; /* 0: any number */
	struct ras_err *err;
};

static int fail(const struct gate *g, const char *what)
{
	return ras_fail(g->err, RAS_E_PARSE, "%s at byte %zu", what, (size_t)(g->p - g->start));
}

static void skip_space(struct gate *g)
{
	while (g->p < g->end && (*g->p == ' ' || *g->p == '\t' || *g->p == '\n' || *g->p == '\r'))
		g->p++;
}

static int hex4(const struct gate *g, uint32_t *out)
{
	uint32_t v = 0;

	if (g->end - g->p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = g->p[i];

		v <<= 4;
		if (c >= '0' && c <= '9')
			v |= (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v |= (uint32_t)((c | 32) - 'a' + 10);
		else
			return -1;
	}
	*out = v;
	return 0;
}

static void key_byte(struct key *k, uint8_t b)
{
	k->hash = (k->hash ^ b) * UINT64_C(1099511628211);
	k->len++;
}

static void key_rune(struct key *k, uint32_t r)
{
	if (r < 0x80) {
		key_byte(k, (uint8_t)r);
	} else if (r < 0x800) {
		key_byte(k, (uint8_t)(0xc0 | r >> 6));
		key_byte(k, (uint8_t)(0x80 | (r & 63)));
	} else if (r < 0x10000) {
		key_byte(k, (uint8_t)(0xe0 | r >> 12));
		key_byte(k, (uint8_t)(0x80 | (r >> 6 & 63)));
		key_byte(k, (uint8_t)(0x80 | (r & 63)));
	} else {
		key_byte(k, (uint8_t)(0xf0 | r >> 18));
		key_byte(k, (uint8_t)(0x80 | (r >> 12 & 63)));
		key_byte(k, (uint8_t)(0x80 | (r >> 6 & 63)));
		key_byte(k, (uint8_t)(0x80 | (r & 63)));
	}
}

static int unicode_escape(struct gate *g, struct key *k)
{
	uint32_t r, low;

	g->p++;
	if (hex4(g, &r) < 0)
		return fail(g, "bad \\u escape");
	if (r == 0)
		return fail(g, "NUL in a string");
	g->p += 4;
	if (r >= 0xdc00 && r < 0xe000)
		return fail(g, "unpaired surrogate");
	if (r >= 0xd800 && r < 0xdc00) {
		if (g->end - g->p < 6 || g->p[0] != '\\' || g->p[1] != 'u')
			return fail(g, "unpaired surrogate");
		g->p += 2;
		if (hex4(g, &low) < 0 || low < 0xdc00 || low >= 0xe000)
			return fail(g, "unpaired surrogate");
		g->p += 4;
		r = 0x10000 + ((r - 0xd800) << 10) + (low - 0xdc00);
	}
	key_rune(k, r);
	return 0;
}

static int escape(struct gate *g, struct key *k)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;

	g->p++;
	if (g->p >= g->end)
		return fail(g, "unterminated string");
	if (*g->p == 'u')
		return unicode_escape(g, k);
	at = *g->p ? strchr(from, *g->p) : NULL;
	if (!at)
		return fail(g, "bad escape");
	key_byte(k, (uint8_t)to[at - from]);
	g->p++;
	return 0;
}

static int utf8(struct gate *g, struct key *k)
{
	size_t n = utf8_char(g->p, (size_t)(g->end - g->p), NULL);

	if (!n)
		return fail(g, "bad UTF-8");
	for (size_t i = 0; i < n; i++)
		key_byte(k, (uint8_t)g->p[i]);
	g->p += n;
	return 0;
}

/* Behind the bytes from p on that stand for themselves: no quote, escape, control or UTF-8. */
static const char *plain_end(const char *p, const char *end)
{
	while (p < end && (uint8_t)*p >= 0x20 && (uint8_t)*p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* k is the string's hash, if it is a key; else it means nothing. */
static int string(struct gate *g, struct key *k, bool is_key)
{
	*k = (struct key){ .hash = UINT64_C(14695981039346656037) };
	g->p++;
	while (g->p < g->end) {
		const char *from = g->p;
		int r;

		g->p = plain_end(from, g->end);
		for (; is_key && from < g->p; from++)
			key_byte(k, (uint8_t)*from);
		if (g->p >= g->end)
			break;
		if (*g->p == '"') {
			g->p++;
			return 0;
		}
		if ((uint8_t)*g->p < 0x20)
			return fail(g, "control character in a string");
		r = *g->p == '\\' ? escape(g, k) : utf8(g, k);
		if (r < 0)
			return r;
	}
	return fail(g, "unterminated string");
}

static bool digits(struct gate *g)
{
	const char *s = g->p;

	while (g->p < g->end && *g->p >= '0' && *g->p <= '9')
		g->p++;
	return g->p > s;
}

/*
 * An integer must fit in int64 or uint64, a real in a finite double: json-c clamps both in silence.
 */
static int number(struct gate *g)
{
	const char *s = g->p;
	bool neg = *g->p == '-', real = false;
	char text[64];
	size_t len;

	if (neg)
		g->p++;
	if (g->p < g->end && *g->p == '0')
		g->p++;
	else if (!digits(g))
		return fail(g, "bad number");
	if (g->p < g->end && *g->p == '.') {
		real = true;
		g->p++;
		if (!digits(g))
			return fail(g, "bad number");
	}
	if (g->p < g->end && (*g->p == 'e' || *g->p == 'E')) {
		real = true;
		g->p++;
		if (g->p < g->end && (*g->p == '+' || *g->p == '-'))
			g->p++;
		if (!digits(g))
			return fail(g, "bad number");
	}
	len = (size_t)(g->p - s);
	if (len >= sizeof(text))
		return fail(g, "number too long");
	memcpy(text, s, len);
	text[len] = '\0';
	if (real)
		return isfinite(strtod(text, NULL)) ? 0 : fail(g, "number out of range");
	if (len - neg > 20 ||
	    (len - neg == 20 && (neg || strcmp(text, "18446744073709551615") > 0)) ||
	    (neg && len == 20 && strcmp(text + 1, "9223372036854775808") > 0))
		return fail(g, "integer out of range");
	return 0;
}

static int literal(struct gate *g, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(g->end - g->p) < n || memcmp(g->p, word, n) != 0)
		return fail(g, "unexpected character");
	g->p += n;
	return 0;
}

static int add_key(struct gate *g, size_t first, const struct key *k)
{
	for (size_t i = first; i < g->n_keys; i++)
		if (g->keys[i].hash == k->hash && g->keys[i].len == k->len)
			return fail(g, "duplicate key");
	if (g->n_keys == g->cap_keys) {
		size_t cap = g->cap_keys ? g->cap_keys * 2 : 32;
		struct key *p;

		if (cap > MAX_MEMBERS)
			return fail(g, "too many members");
		p = realloc(g->keys, cap * sizeof(*p));
		if (!p)
			return ras_fail(g->err, RAS_E_NOMEM, "out of memory");
		g->keys = p;
		g->cap_keys = cap;
	}
	g->keys[g->n_keys++] = *k;
	return 0;
}

static int too_many(const struct gate *g)
{
	ras_fail(g->err, RAS_E_PARAMS, "too many values at byte %zu", (size_t)(g->p - g->start));
	if (!g->max_part_values)
		return -RAS_E_PARAMS;
	return ras_hint(g->err, "a request has at most %d, and a batch %d", JSON_MAX_VALUES,
			JSON_MAX_ALL_VALUES);
}

static int value(struct gate *g, int depth);

/* A value inside an object (with its key) or an array. */
static int part(struct gate *g, int depth, const char *key, size_t key_len)
{
	const char *start;
	int r;

	skip_space(g);
	start = g->p;
	if (depth == 1)
		g->part_values = 0;
	r = value(g, depth);
	if (r == 0 && depth == 1) {
		if (g->n_parts < g->cap_parts)
			g->parts[g->n_parts] = (struct json_part){ key, key_len, start,
								   (size_t)(g->value_end - start) };
		g->n_parts++;
	}
	return r;
}

static int object(struct gate *g, int depth)
{
	size_t first = g->n_keys, key_len;
	const char *key;
	struct key k;
	int r;

	g->p++;
	skip_space(g);
	if (g->p < g->end && *g->p == '}') {
		g->p++;
		return 0;
	}
	for (;;) {
		skip_space(g);
		if (g->p >= g->end || *g->p != '"')
			return fail(g, "expected a key");
		key = g->p;
		if ((r = string(g, &k, true)) < 0 || (r = add_key(g, first, &k)) < 0)
			return r;
		key_len = (size_t)(g->p - key);
		skip_space(g);
		if (g->p >= g->end || *g->p != ':')
			return fail(g, "expected ':'");
		g->p++;
		if ((r = part(g, depth, key, key_len)) < 0)
			return r;
		if (g->p < g->end && *g->p == ',') {
			g->p++;
			continue;
		}
		if (g->p >= g->end || *g->p != '}')
			return fail(g, "expected ',' or '}'");
		g->p++;
		g->n_keys = first;
		return 0;
	}
}

static int array(struct gate *g, int depth)
{
	int r;

	g->p++;
	skip_space(g);
	if (g->p < g->end && *g->p == ']') {
		g->p++;
		return 0;
	}
	for (;;) {
		if ((r = part(g, depth, NULL, 0)) < 0)
			return r;
		if (g->p < g->end && *g->p == ',') {
			g->p++;
			continue;
		}
		if (g->p >= g->end || *g->p != ']')
			return fail(g, "expected ',' or ']'");
		g->p++;
		return 0;
	}
}

/* One value with the white space around it. */
static int value(struct gate *g, int depth)
{
	struct key k;
	int r;

	skip_space(g);
	if (g->p >= g->end)
		return fail(g, "text ends too early");
	if ((*g->p == '{' || *g->p == '[') && depth >= g->max_depth)
		return fail(g, "nested too deeply");
	g->part_values++;
	g->n_values++;
	if ((g->max_part_values && g->part_values > g->max_part_values) ||
	    (g->max_values && g->n_values > g->max_values))
		return too_many(g);
	switch (*g->p) {
	case '{':
		r = object(g, depth + 1);
		break;
	case '[':
		r = array(g, depth + 1);
		break;
	case '"':
		r = string(g, &k, false);
		break;
	case 't':
		r = literal(g, "true");
		break;
	case 'f':
		r = literal(g, "false");
		break;
	case 'n':
		r = literal(g, "null");
		break;
	default:
		if (*g->p != '-' && (*g->p < '0' || *g->p > '9'))
			return fail(g, "unexpected character");
		r = number(g);
	}
	if (r == 0) {
		g->value_end = g->p;
		skip_space(g);
	}
	return r;
}

static int gate(struct gate *g, size_t len, size_t max_bytes)
{
	int r;

	if (len > max_bytes)
		return ras_fail(g->err, RAS_E_PARSE, "%zu bytes of JSON, at most %zu", len,
				max_bytes);
	r = value(g, 0);
	if (r == 0 && g->p != g->end)
		r = fail(g, "text after the value");
	free(g->keys);
	return r;
}

int json_gate_limits(const char *text, size_t len, int max_depth, size_t max_bytes,
		     size_t max_values, struct ras_err *err)
{
	struct gate g = { .p = text,
			  .start = text,
			  .end = text + len,
			  .err = err,
			  .max_depth = max_depth > DEPTH_CAP ? DEPTH_CAP : max_depth,
			  .max_values = max_values };

	return gate(&g, len, max_bytes);
}

int json_gate(const char *text, size_t len, int max_depth, size_t max_bytes, struct ras_err *err)
{
	return json_gate_limits(text, len, max_depth, max_bytes, 0, err);
}

int json_gate_values(const char *text, size_t len, size_t max_values, struct ras_err *err)
{
	return json_gate_limits(text, len, JSON_MAX_DEPTH, JSON_MAX_BYTES, max_values, err);
}

int json_cut(const char *text, size_t len, struct json_part *parts, size_t cap, size_t *n,
	     struct ras_err *err)
{
	struct gate g = { .p = text,
			  .start = text,
			  .end = text + len,
			  .err = err,
			  .max_depth = JSON_MAX_DEPTH,
			  .parts = parts,
			  .cap_parts = cap,
			  .max_values = JSON_MAX_ALL_VALUES,
			  .max_part_values = JSON_MAX_VALUES };
	int r = gate(&g, len, JSON_MAX_BYTES);

	if (r == 0 || r == -RAS_E_PARAMS)
		*n = g.n_parts;
	return r;
}

json_object *json_new_text(const char *text)
{
	size_t len = strlen(text);
	_free_ char *copy = NULL;

	if (utf8_is_valid(text, len))
		return json_object_new_string_len(text, (int)len);
	copy = malloc(4 * len + 1);
	if (!copy)
		return NULL;
	utf8_copy(copy, 4 * len + 1, text, len);
	return json_object_new_string(copy);
}
