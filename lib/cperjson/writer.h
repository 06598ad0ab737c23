// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The neutral JSON form of a status block ("block") or UEFI record ("record"), both ways, and text
 * for people. The bytes themselves show which of the two they are.
 *
 *   integers up to 32 bits   numbers
 *   wider integers           "0x%016x"
 *   GUIDs                    lower case
 *   bytes                    hex digits
 *   section of unknown type  {"length","data"}, kind "unknown"
 *
 * If the bytes hold more than the neutral members, further members keep it: NAME_raw beside a text,
 * section.trailing, block.raw_gap, and section.data of an Arm RAS node whose parts overlap or leave
 * gaps. "words" beside header, fields and block repeat in English what the numbers say; they are
 * not read back.
 */
#pragma once

#include <stddef.h>

#include "cper/cper.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CPERJSON_WORDS 0x1u
/* Write what is whole of a block or record that is cut or corrupt, and "error": what is wrong. */
#define CPERJSON_WHOLE 0x2u

/*
 * Write buf[len] as compact JSON and a NUL to out[cap]. Nothing is allocated. *need is the size it
 * takes. 0, or -1 with *cerr: CPER_NO_SPACE if cap is below *need, otherwise what is wrong with the
 * record. Bytes after the record are dropped, with a warning.
 *
 * CPERJSON_WHOLE: fails only if not even the first header is whole. A section that is not whole is
 * {"length","missing":true}, one that is corrupt {"length","data"}.
 */
int cperjson_write(const void *buf, size_t len, unsigned int flags, char *out, size_t cap,
		   size_t *need, struct cper_err *cerr);

/*
 * The same of one section without a record around it:
 * {"entries":[{"kind","header":{"section_type"},"section"}]}.
 */
int cperjson_write_one(const struct cper_guid *type, const void *section, uint32_t len,
		       unsigned int flags, char *out, size_t cap, size_t *need,
		       struct cper_err *cerr);

#ifdef __cplusplus
}
#endif
