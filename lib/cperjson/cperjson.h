// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The neutral JSON form of a status block, both ways, and text for people.
 * Integers up to 32 bits are numbers, wider ones "0x%016x", GUIDs lower case,
 * bytes hex. A section of unknown type is {"length","data"}, kind "unknown".
 * Where the bytes say more than the neutral members, more members keep them:
 * NAME_raw beside a text, section.trailing, block.raw_gap, and section.data of
 * an Arm RAS node whose parts overlap or leave gaps. "words" beside header,
 * fields and block tell in English what the numbers say; they are not read back.
 */
#pragma once

#include <json-c/json.h>
#include <stdio.h>

#include "base/err.h"
#include "cper/cper.h"

#define CPERJSON_WORDS 0x1u

/*
 * Write buf[len] as compact JSON and a NUL to out[cap]; nothing is allocated.
 * *need is the size it takes. 0, or -1 with *cerr: CPER_NO_SPACE where cap is
 * below *need, or what is wrong with the block. Bytes after the block are
 * dropped (and warned of).
 */
int cperjson_write(const void *buf, size_t len, unsigned int flags, char *out, size_t cap,
		   size_t *need, struct cper_err *cerr);

/* cperjson_write() with words, as json-c values; *out is owned by the caller. 0, or -1 with *cerr; bytes after the block are dropped. */
int cperjson_decode(const void *buf, size_t len, json_object **out, struct cper_err *cerr);

/*
 * Encode decode's output (to the same bytes) or hand-written JSON into
 * buf[cap]. There a field's presence sets its validation bit unless
 * validation_bits is given; lengths, counts and status may be missing, and
 * are checked where given. RAS_E_PARAMS with .field = the member's path.
 */
int cperjson_encode(json_object *in, void *buf, size_t cap, size_t *len, struct ras_err *err);

/* {"error":{"code","offset","entry","message"}}, or NULL without memory. */
json_object *cperjson_error(const struct cper_err *e);

/* Write buf[len] as text for people to out; valid fields only. 0, or -1 with *cerr. */
int cper_text(const void *buf, size_t len, FILE *out, struct cper_err *cerr);
