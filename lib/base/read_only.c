// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/read_only.h"

#include <stdio.h>
#include <string.h>

bool read_only_path(const char *control, char *out, size_t size)
{
	static const char end[] = ".sock";
	size_t len = strlen(control);
	bool has_end = len > sizeof(end) - 1 && strcmp(control + len - (sizeof(end) - 1), end) == 0;
	int n = snprintf(out, size, "%.*s-ro%s", (int)(has_end ? len - (sizeof(end) - 1) : len),
			 control, has_end ? end : "");

	return n > 0 && (size_t)n < size;
}
