// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading the neutral form. One state carries buffer, path and error; helpers
 * return 0 or a negative RAS_E_*. Unknown members are errors: a misspelt field
 * would silently not be in the record. "words" is the exception, it is ignored.
 */
#pragma once

#include <json-c/json.h>

#include "base/err.h"
#include "cper/fields.h"

struct jin {
	uint8_t *buf;
	size_t cap, pos;
	char path[128]; /* prefix of the member at hand: "entries[0].header." */
	struct ras_err *err;
};

/* Fail at member key: "entries[0].header.flags: what". */
int jin_bad(struct jin *o, const char *key, const char *what);

/* Lengthen the path (printf); *old is what jin_back() takes. */
size_t jin_into(struct jin *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void jin_back(struct jin *o, size_t old);

/* Append n zero bytes. RAS_E_RECORD where they do not fit. */
int jin_room(struct jin *o, size_t n, uint8_t **p);

/* Refuse members that are not in keys (ends with NULL) and not "words". */
int jin_only(struct jin *o, json_object *in, const char *const *keys);

/* Member key as that type: NULL where absent and not needed. */
int jin_member(struct jin *o, json_object *in, const char *key, json_type type, bool need,
	       json_object **v);

/* A number of width bytes; over 4 also "0x..." text, and any of words (may be NULL). */
int jin_value(struct jin *o, const char *key, json_object *v, unsigned int width,
	      const struct cper_word *words, uint64_t *n);

/* Optional number; *has tells. */
int jin_uint(struct jin *o, json_object *in, const char *key, unsigned int width, uint64_t *n,
	     bool *has);

/* Optional number that must be want where given. */
int jin_expect(struct jin *o, json_object *in, const char *key, uint64_t want);

/* Exactly len bytes of hex digits; a GUID. */
int jin_bytes(struct jin *o, const char *key, json_object *v, uint8_t *p, size_t len);
int jin_guid(struct jin *o, const char *key, json_object *v, uint8_t *p);

/* Text of at most len bytes without NUL, padded with NUL. */
int jin_padded(struct jin *o, const char *key, json_object *v, uint8_t *p, size_t len);

/*
 * A structure's fields and, unless given, its validation bits. Members in extra
 * (ends with NULL; may be NULL) are no fields. *given: indexes of the fields found.
 */
int jin_structure(struct jin *o, const struct cper_table *t, json_object *in, uint8_t *wire,
		  uint32_t len, const char *const *extra, uint64_t *given);

/* Append the hex text of optional member key; *len gets its bytes. */
int jin_append(struct jin *o, json_object *in, const char *key, size_t *len);

/* Append a section of type s (NULL: unknown) from its JSON. */
int jin_section(struct jin *o, const struct cper_section *s, json_object *sec);

/*
 * The section type that kind and header.section_type name: *s is NULL for an
 * unknown GUID. guid gets 16 bytes. An unknown kind is refused only without a GUID.
 */
int jin_section_type(struct jin *o, json_object *entry, json_object *header,
		     const struct cper_section **s, uint8_t *guid);

/* A UEFI record from its JSON. 0, 1 with *ce where it is no valid record, or a negative RAS_E_*. */
int jin_record(struct jin *o, json_object *in, struct cper_err *ce);
