// SPDX-License-Identifier: LGPL-2.1-or-later
/* For texts of events: one ends within size and is printable ASCII, or the fuzz program aborts. */
#pragma once

#include <stdlib.h>
#include <string.h>

static inline void printable(const char *text, size_t size)
{
	if (!memchr(text, '\0', size))
		abort();
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			abort();
}
