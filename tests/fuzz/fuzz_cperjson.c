// SPDX-License-Identifier: LGPL-2.1-or-later
/* If JSON encodes, the bytes must decode, and that must encode to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "cperjson/cperjson.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t a[65536], b[65536];
	json_object *in = NULL, *out = NULL;
	struct ras_err err = RAS_ERR_NULL;
	struct cper_err ce;
	size_t na = 0, nb = 0;

	if (json_parse((const char *)data, size, &in, &err) < 0)
		return 0;
	if (!cperjson_encode(in, a, sizeof(a), &na, &err)) {
		if (cperjson_decode(a, na, &out, &ce) < 0 ||
		    cperjson_encode(out, b, sizeof(b), &nb, &err) < 0)
			abort();
		if (na != nb || memcmp(a, b, na) != 0)
			abort();
		json_object_put(out);
	}
	json_object_put(in);
	return 0;
}
