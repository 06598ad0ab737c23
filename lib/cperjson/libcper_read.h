// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading values of libcper's JSON. Private to libcper_read.c and libcper_values.c. */
#pragma once

#include "cperjson/libcper.h"
#include "cperjson/read.h"

/* The member, or NULL. */
json_object *libcper_get(json_object *o, const char *key);

/* Is the member there, and true? */
bool libcper_true(json_object *o, const char *key);

/* The bits of those members that are true; names ends with NULL. */
uint64_t libcper_flags(json_object *v, const char *const *names);

/* A number, {"value":N}, a boolean or "0x..." text. 0; or RAS_E_PARAMS at member key. */
int libcper_number(struct jin *o, const char *key, json_object *v, uint64_t *n);

/* Base64 text, or an object with it in "data". At most cap bytes. */
int libcper_bytes(struct jin *o, const char *key, json_object *v, uint8_t *p, size_t cap,
		  size_t *len);

/*
 * A structure by its map, with its validation bits. What others depend on (a type, a GUID) comes
 * before them in every table.
 */
int libcper_structure(struct jin *o, const struct libcper_map *m, const struct cper_table *t,
		      json_object *in, uint8_t *wire);
