// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * JSON in: a strict RFC 8259 gate in front of json-c, and getters that check type and range.
 *
 * Problem: json-c 0.16 alone accepts duplicate keys, NaN, single quotes and raw control characters,
 * cuts keys at an embedded NUL and clamps integers. Rule: json-c never sees a byte that the gate
 * has not passed. Otherwise a wrong number would become an error at a wrong address.
 */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define JSON_MAX_DEPTH 16
#define JSON_MAX_BYTES ((size_t)1 << 20)
/*
 * Values in a request, and in a batch of them. The largest requests there are: an import of 1,024
 * bad pages has 4,100 values; a record of 4 KiB, the most that can be injected, has at most 2,500
 * (0.6 a byte, ARM error information). As json-c values 4,608 empty objects, the worst there is,
 * take 3.2 MB and 1 ms.
 */
#define JSON_MAX_VALUES 4608
#define JSON_MAX_ALL_VALUES 16384

static inline void json_cleanup_put(json_object **o)
{
	json_object_put(*o);
}
#define _json_ __attribute__((cleanup(json_cleanup_put)))

/*
 * Check that text[len] is exactly one JSON value, with or without white space around it.
 *
 * It must be RFC 8259 and UTF-8 without duplicate keys, NUL (raw or \u0000) and unpaired
 * surrogates. Numbers must fit int64, uint64 or a finite double. depth <= max_depth, len <=
 * max_bytes. Otherwise RAS_E_PARSE with the byte offset in the text. Keys are compared by 64-bit
 * hash and length.
 */
int json_gate(const char *text, size_t len, int max_depth, size_t max_bytes, struct ras_err *err);

/* The same, and RAS_E_PARAMS for more than max_values values; 0: any number. */
int json_gate_limits(const char *text, size_t len, int max_depth, size_t max_bytes,
		     size_t max_values, struct ras_err *err);

/* That with this project's limits. */
int json_gate_values(const char *text, size_t len, size_t max_values, struct ras_err *err);

/* A member of an object or an item of an array, as it is in the text (borrowed). */
struct json_part {
	const char *key; /* with its quotes; NULL for an item of an array */
	size_t key_len;
	const char *text; /* the value, without white space around it */
	size_t len;
};

/*
 * json_gate() with this project's limits, which also lists the parts of the outermost object or
 * array: the first cap of them in parts, in order. *n is how many there are; it may exceed cap, and
 * is 0 for a scalar. RAS_E_PARAMS: one part has more than JSON_MAX_VALUES values, or all of them
 * have more than JSON_MAX_ALL_VALUES; *n parts stand before that.
 */
int json_cut(const char *text, size_t len, struct json_part *parts, size_t cap, size_t *n,
	     struct ras_err *err);

/* The json-c values of a part that json_cut() has told: its text has passed the gate. */
int json_parse_part(const char *text, size_t len, json_object **out, struct ras_err *err);

/*
 * Decode the JSON string text (a part's key or value) into buf with a NUL, cut to size - 1 bytes.
 * Returns its whole length in bytes; or -1, with buf "", if text is not a string or there is no
 * memory.
 */
ssize_t json_part_str(const char *text, size_t len, char *buf, size_t size);

/* json_gate() with this project's limits, then json-c. *out is owned by the caller. */
int json_parse(const char *text, size_t len, json_object **out, struct ras_err *err);

/* A thread other than the main one ends: free what json_parse() keeps for it. */
void json_thread_end(void);

/*
 * As json_parse(), for text of which at most max_values values may be made; RAS_E_PARAMS: it has
 * more. They are counted before json-c makes the first.
 */
int json_parse_values(const char *text, size_t len, size_t max_values, json_object **out,
		      struct ras_err *err);

/* As json_parse(), with the limits of json_gate_limits(). */
int json_parse_limits(const char *text, size_t len, int max_depth, size_t max_bytes,
		      size_t max_values, json_object **out, struct ras_err *err);

/*
 * Typed getters of member key of object o. Strings are borrowed from o. If the member is absent,
 * the _get_ ones return RAS_E_PARAMS with .field = key, the _opt_ ones leave *out and return 0.
 */
int json_get_str(json_object *o, const char *key, const char **out, struct ras_err *err);
int json_opt_str(json_object *o, const char *key, const char **out, struct ras_err *err);
int json_get_bool(json_object *o, const char *key, bool *out, struct ras_err *err);
int json_opt_bool(json_object *o, const char *key, bool *out, struct ras_err *err);
int json_get_obj(json_object *o, const char *key, json_object **out, struct ras_err *err);
int json_get_arr(json_object *o, const char *key, json_object **out, struct ras_err *err);

/* An integer min..max; a JSON string, real or boolean is an error. */
int json_get_u64(json_object *o, const char *key, uint64_t min, uint64_t max, uint64_t *out,
		 struct ras_err *err);
int json_opt_u64(json_object *o, const char *key, uint64_t min, uint64_t max, uint64_t *out,
		 struct ras_err *err);

/* A 64-bit address or mask: "0x..." string, or integer 0..2^53. */
int json_get_hex64(json_object *o, const char *key, uint64_t *out, struct ras_err *err);
int json_opt_hex64(json_object *o, const char *key, uint64_t *out, struct ras_err *err);

/* A new json string "0x..." with width hex digits (16 for addresses in records, 0 = shortest). */
json_object *json_new_hex64(uint64_t v, int width);

/*
 * A new json string from text that may hold any bytes: those that are not UTF-8 become \xNN
 * (utf8_copy()). json-c itself writes whatever bytes it is given, so `make lint` wants it for
 * everything that is not a word of our own.
 */
json_object *json_new_text(const char *text);

/* Member key as any value. NULL if it is absent or null; *present tells the two apart. */
json_object *json_member(json_object *o, const char *key, bool *present);
