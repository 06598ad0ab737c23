// SPDX-License-Identifier: LGPL-2.1-or-later
/* Strict parsing of numbers and hex: the whole string or nothing; no sign, no blanks, no locale. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Parse "0x1f" (hex, either case) or "31" (decimal), at most UINT64_MAX. Anything else:
 * RAS_E_PARAMS.
 */
int num_parse_u64(const char *s, uint64_t *out, struct ras_err *err);

/* Parse as num_parse_u64() and require min <= value <= max. */
int num_parse_range(const char *s, uint64_t min, uint64_t max, uint64_t *out, struct ras_err *err);

/*
 * The number that text[len] begins with, in digits of that base (10, or 16 in either case), at most
 * max. Returns how many digits it has; 0 where there are none, or where it is greater.
 */
size_t num_leading(const char *text, size_t len, unsigned int base, uint64_t max, uint64_t *out);

/* Write 2*len lower-case hex digits and a NUL to out (at least 2*len+1 bytes). */
void hex_encode(const void *data, size_t len, char *out);

/*
 * Decode exactly hexlen digits (either case, even count) into out (cap bytes);
 * *len gets the byte count. RAS_E_PARAMS on a bad digit, odd count or overflow.
 */
int hex_decode(const char *hex, size_t hexlen, void *out, size_t cap, size_t *len,
	       struct ras_err *err);

/* Bytes needed by b64_encode() for len input bytes, NUL included. */
size_t b64_size(size_t len);

/* RFC 4648 base64, padded, of data[len] to out (b64_size(len) bytes). Never fails. */
void b64_encode(const void *data, size_t len, char *out);

/*
 * Decode exactly textlen characters of padded base64 into out (cap bytes); *len gets the byte
 * count. -1, and out is undefined, on anything else.
 */
int b64_decode(const char *text, size_t textlen, void *out, size_t cap, size_t *len);
