// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Text for people is printable ASCII and newlines, whatever the record holds; or there is an error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cperjson/cperjson.h"

#include "cper_mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char buf[1 << 20];
	struct cper_err ce = { 0 };
	long n;
	FILE *f = fmemopen(buf, sizeof(buf), "w");

	if (!f)
		return 0;
	if (cper_text(data, size, f, &ce) < 0 && !ce.code)
		abort();
	n = ftell(f);
	fclose(f);
	for (long i = 0; i < n; i++)
		if (buf[i] != '\n' && (buf[i] < 0x20 || buf[i] > 0x7e))
			abort();
	return 0;
}
