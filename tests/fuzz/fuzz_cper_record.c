// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UEFI's record form. An accepted record decodes to JSON and encodes to the same bytes. Converted
 * to a block and back it keeps its sections. A block converts to a record too.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cper/record.h"
#include "cperjson/cperjson.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Record a has the same sections as record b. */
static void same_sections(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	struct cper_record_view va, vb;
	struct cper_entry ea, eb;

	if (cper_record_view_init(&va, a, a_len, NULL) < 0 ||
	    cper_record_view_init(&vb, b, b_len, NULL) < 0)
		abort();
	while (cper_record_view_next(&va, &ea, NULL) > 0)
		if (cper_record_view_next(&vb, &eb, NULL) != 1 ||
		    ea.section_len != eb.section_len ||
		    memcmp(ea.section, eb.section, ea.section_len) != 0 ||
		    ea.severity != eb.severity)
			abort();
	if (cper_record_view_next(&vb, &eb, NULL) != 0)
		abort();
}

static void record(const uint8_t *data, size_t size)
{
	static uint8_t back[65536], block[65536], again[65536];
	_json_ json_object *o = NULL;
	struct cper_record_view v;
	struct cper_err ce;
	struct ras_err err;
	size_t len = 0;

	if (cperjson_decode(data, size, &o, &ce) < 0)
		return;
	if (cper_record_view_init(&v, data, size, &ce) < 0)
		abort();
	if (cperjson_encode(o, back, sizeof(back), &len, &err) < 0 || len != v.total ||
	    memcmp(back, data, len) != 0)
		abort();
	if (cper_record_to_block(data, size, block, sizeof(block), &len, &ce) < 0)
		return; /* a severity over 3 */
	if (cper_validate(block, len, CPER_SPEC, &ce) < 0 ||
	    cper_record_from_block(block, len, NULL, again, sizeof(again), &len, &ce) < 0)
		abort();
	same_sections(data, size, again, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[65536];
	struct cper_err ce;
	size_t len;

	if (size > 16384)
		return 0;
	if (cper_is_record(data, size))
		record(data, size);
	else if (!cper_record_from_block(data, size, NULL, out, sizeof(out), &len, &ce))
		record(out, len);
	return 0;
}
