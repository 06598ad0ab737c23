// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading the neutral form. One state holds buffer, path and error. Helpers return 0 or a negative
 * RAS_E_*. An unknown member is an error, because a misspelt field would be missing in the record
 * and nobody would notice. The exception is "words", which is ignored.
 */
#pragma once

#include <json-c/json.h>

#include "base/err.h"
#include "cper/fields.h"

struct jin {
	uint8_t *buf;
	size_t cap, pos;
	char path[128]; /* prefix of the current member: "entries[0].header." */
	struct ras_err *err;
};

/* Fail at member key: "entries[0].header.flags: what". */
int jin_bad(struct jin *o, const char *key, const char *what);

/* Append to the path (printf). Pass *old to jin_back() to undo it. */
size_t jin_into(struct jin *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void jin_back(struct jin *o, size_t old);

/* Append n zero bytes. RAS_E_RECORD if they do not fit. */
int jin_room(struct jin *o, size_t n, uint8_t **p);

/* Refuse members other than "words" and those in keys (which ends with NULL). */
int jin_only(struct jin *o, json_object *in, const char *const *keys);

/* Member key of that type. NULL if it is absent and not required. */
int jin_member(struct jin *o, json_object *in, const char *key, json_type type, bool need,
	       json_object **v);

/* A number of width bytes, also as "0x..." text or as one of words (may be NULL). */
int jin_value(struct jin *o, const char *key, json_object *v, unsigned int width,
	      const struct cper_word *words, uint64_t *n);

/* An optional number. *has: it was given. */
int jin_uint(struct jin *o, json_object *in, const char *key, unsigned int width, uint64_t *n,
	     bool *has);

/* An optional number that must equal want if it is given. */
int jin_expect(struct jin *o, json_object *in, const char *key, uint64_t want);

/* Exactly len bytes of hex digits. Exactly one GUID. */
int jin_bytes(struct jin *o, const char *key, json_object *v, uint8_t *p, size_t len);
int jin_guid(struct jin *o, const char *key, json_object *v, uint8_t *p);

/* A timestamp of eight bytes: hex digits, or a date such as "2026-12-31 23:59:58", made BCD. */
int jin_time(struct jin *o, const char *key, json_object *v, uint8_t *p);

/* Text of at most len bytes without NUL, padded with NUL. */
int jin_padded(struct jin *o, const char *key, json_object *v, uint8_t *p, size_t len);

/*
 * A structure's fields and, unless validation_bits is given, its validation bits. extra (ends with
 * NULL; may be NULL) names members that are not fields. *given: indexes of the fields found.
 */
int jin_structure(struct jin *o, const struct cper_table *t, json_object *in, uint8_t *wire,
		  uint32_t len, const char *const *extra, uint64_t *given);

/*
 * Fields inside bytes, by name, from the object in: {"uncorrectable_status":{"bad_tlp":true}}.
 * Flags also as a number or an array of names. Bytes that no member names are left alone.
 */
int jin_inside(struct jin *o, const char *name, json_object *in, const struct cper_field *sub,
	       uint8_t *p);

/* Append the hex text of optional member key. *len: how many bytes that was. */
int jin_append(struct jin *o, json_object *in, const char *key, size_t *len);

/* Append a section of type s (NULL: unknown type) from its JSON. */
int jin_section(struct jin *o, const struct cper_section *s, json_object *sec);

/*
 * The section type of an entry: by its kind, or by section_type in its header, whose member is
 * called name ("header" or "descriptor"). *s is NULL for an unknown GUID. guid gets 16 bytes. An
 * unknown kind is refused unless there is a GUID.
 */
int jin_section_type(struct jin *o, json_object *entry, const char *name, json_object *header,
		     const struct cper_section **s, uint8_t *guid);

/* A UEFI record from the JSON of libcper. 0 or a negative RAS_E_*; the record is not checked. */
int jin_libcper(struct jin *o, json_object *in);

/*
 * A UEFI record from its JSON. 0; 1 with *ce if the result is not a valid record; or a negative
 * RAS_E_*.
 */
int jin_record(struct jin *o, json_object *in, struct cper_err *ce);
