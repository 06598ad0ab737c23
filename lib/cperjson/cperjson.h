// SPDX-License-Identifier: LGPL-2.1-or-later
/* Records to and from json-c values and text. cperjson/writer.h describes the neutral form. */
#pragma once

#include <json-c/json.h>
#include <stdio.h>

#include "base/err.h"
#include "cper/cper.h"
#include "cperjson/writer.h"

/*
 * As cperjson_write() with words, but as json-c values. The caller owns *out. Returns 0, or -1 with
 * *cerr. Bytes after the block are dropped.
 */
int cperjson_decode(const void *buf, size_t len, json_object **out, struct cper_err *cerr);

/*
 * Encode decode's output (which gives the same bytes) or JSON written by hand into buf[cap]. Also
 * the exports below, and JSON of libcper itself: what it has no member for is 0.
 *
 * In JSON written by hand a field that is present sets its validation bit, unless validation_bits
 * is given. Lengths, counts and status may be missing; they are checked if given. RAS_E_PARAMS with
 * .field = the member's path.
 */
int cperjson_encode(json_object *in, void *buf, size_t cap, size_t *len, struct ras_err *err);

/*
 * Exports, owned by the caller; 0, or -1 with *cerr. A block is converted to a UEFI record first.
 *
 *   libcper  {"header","sectionDescriptors","sections"} with the names of OpenBMC's libcper;
 *            libcper.c lists the differences
 *   redfish  a LogEntry with the record in base64
 */
int cperjson_libcper(const void *buf, size_t len, json_object **out, struct cper_err *cerr);
int cperjson_redfish(const void *buf, size_t len, json_object **out, struct cper_err *cerr);

/* {"error":{"code","offset","entry","message"}}, or NULL if there is no memory. */
json_object *cperjson_error(const struct cper_err *e);

/* Write buf[len] to out as text for people, valid fields only. 0, or -1 with *cerr. */
int cper_text(const void *buf, size_t len, FILE *out, struct cper_err *cerr);

/*
 * As cper_text(), of a block or record that is cut or corrupt: the headers and entries that are
 * whole. A section of a known type that is corrupt is shown as bytes. -1, and nothing is written,
 * if not even the first header is whole.
 */
int cper_text_whole(const void *buf, size_t len, FILE *out);

/* One section without a record around it. */
int cper_text_section(const struct cper_guid *type, const void *section, uint32_t len, FILE *out,
		      struct cper_err *cerr);

/* The section as {"entries":[{"kind","header":{"section_type"},"section"}]}; the caller owns it. */
int cperjson_decode_section(const struct cper_guid *type, const void *section, uint32_t len,
			    json_object **out, struct cper_err *cerr);

/* cperjson_decode() with CPERJSON_WHOLE. */
int cperjson_decode_whole(const void *buf, size_t len, json_object **out, struct cper_err *cerr);
