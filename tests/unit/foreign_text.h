// SPDX-License-Identifier: LGPL-2.1-or-later
/* Text as others may choose it, by a fixed generator. */
#pragma once

#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

/* Characters of every kind, whole and cut, and any bytes. Returns how many bytes; no NUL behind. */
static inline size_t random_text(uint32_t *seed, char *out, size_t max)
{
	static const char *const parts[] = {
		"a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xe2\x80\xae", "\x1b", "\\"
	};
	size_t n = 0;

	*seed = *seed * 1103515245u + 12345;
	for (size_t left = *seed >> 16 & 31; left; left--) {
		const char *p;

		*seed = *seed * 1103515245u + 12345;
		p = parts[(*seed >> 16) % ARRAY_LEN(parts)];
		if (*seed >> 29 == 0) {
			out[n++] = (char)(*seed >> 16);
		} else {
			/* whole, or cut anywhere */
			size_t len = strlen(p),
			       cut = *seed >> 28 & 1 ? len : (*seed >> 8) % len + 1;

			memcpy(out + n, p, cut);
			n += cut;
		}
		if (n + 8 > max)
			break;
	}
	return n;
}
