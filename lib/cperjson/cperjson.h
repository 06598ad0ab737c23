// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The neutral JSON form of a status block, both ways, and text for people.
 * Integers up to 32 bits are numbers, 64-bit ones "0x%016x", GUIDs lower case,
 * bytes hex. Sections without a field table are {"length","data"}, kind
 * "unknown". Where the bytes say more than the named members, more members
 * keep them: header.fru_text_raw, section.trailing, block.raw_gap.
 */
#pragma once

#include <json-c/json.h>
#include <stdio.h>

#include "base/err.h"
#include "cper/cper.h"

/* Decode buf[len]; *out is owned by the caller. 0, or -1 with *cerr; bytes after the block are dropped. */
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
