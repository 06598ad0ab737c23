// SPDX-License-Identifier: LGPL-2.1-or-later
/* Records to and from json-c values and text: the neutral form is told in cperjson/writer.h. */
#pragma once

#include <json-c/json.h>
#include <stdio.h>

#include "base/err.h"
#include "cper/cper.h"
#include "cperjson/writer.h"

/*
 * cperjson_write() with words, as json-c values; *out is owned by the caller. 0,
 * or -1 with *cerr; bytes after the block are dropped.
 */
int cperjson_decode(const void *buf, size_t len, json_object **out, struct cper_err *cerr);

/*
 * Encode decode's output (to the same bytes) or hand-written JSON into
 * buf[cap]. There a field's presence sets its validation bit unless
 * validation_bits is given; lengths, counts and status may be missing, and
 * are checked where given. RAS_E_PARAMS with .field = the member's path.
 */
int cperjson_encode(json_object *in, void *buf, size_t cap, size_t *len, struct ras_err *err);

/*
 * Exports, owned by the caller; 0 or -1 with *cerr. A block is put into a UEFI
 * record first. libcper: {"header","sectionDescriptors","sections"} as OpenBMC's
 * libcper names them, see libcper.c for what differs. redfish: a LogEntry with
 * the record in base64.
 */
int cperjson_libcper(const void *buf, size_t len, json_object **out, struct cper_err *cerr);
int cperjson_redfish(const void *buf, size_t len, json_object **out, struct cper_err *cerr);

/* {"error":{"code","offset","entry","message"}}, or NULL without memory. */
json_object *cperjson_error(const struct cper_err *e);

/* Write buf[len] as text for people to out; valid fields only. 0, or -1 with *cerr. */
int cper_text(const void *buf, size_t len, FILE *out, struct cper_err *cerr);
