// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the gate accepts must decode, re-encode to the same bytes, and stay accepted with an FRU Id. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cperjson/cperjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cper_guid id = { { 1 } };
	json_object *o = NULL;
	struct cper_err ce;
	struct ras_err err;
	struct cper_view v;
	size_t len = 0;
	_free_ uint8_t *back = malloc(size + 1);

	if (cper_validate(data, size, CPER_SPEC, &ce) < 0) {
		if (!cperjson_decode(data, size, &o, &ce))
			abort();
		return 0;
	}
	if (cper_view_init(&v, data, size, &ce) < 0 || cperjson_decode(data, size, &o, &ce) < 0)
		abort();
	if (cperjson_encode(o, back, size, &len, &err) < 0 || len != v.total)
		abort();
	if (memcmp(back, data, len) != 0)
		abort();
	json_object_put(o);
	if (cper_set_fru(back, len, &id, "fuzz", &ce) < 0 ||
	    cper_validate(back, len, CPER_SPEC, &ce) < 0)
		abort();
	return 0;
}
