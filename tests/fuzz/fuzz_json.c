// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the gate accepts json-c must accept too. Nothing may crash. */
#include <stdlib.h>

#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_object *o = NULL;
	struct ras_err err;

	if (json_gate((const char *)data, size, JSON_MAX_DEPTH, JSON_MAX_BYTES, &err) < 0)
		return 0;
	if (json_parse((const char *)data, size, &o, &err) < 0)
		abort();
	json_object_put(o);
	return 0;
}
