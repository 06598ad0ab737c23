// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Any text in any form: what comes out lies in the buffer, the pieces are in order, and the blocks
 * and records found in them cover all of their bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "cper/scan.h"
#include "cperform/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_items(const struct cperform_piece *p)
{
	struct cper_record_view rv;
	struct cper_view v;
	struct cper_item item;
	struct cper_entry e;
	struct cper_scan s;
	size_t end = 0;

	cper_scan_begin(&s, p->bytes, p->len);
	while (cper_scan_next(&s, &item)) {
		if (item.offset != end || !item.len || item.bytes != p->bytes + end)
			abort();
		end += item.len;
		if (item.kind == CPER_ITEM_BLOCK && !item.err.code &&
		    cper_validate(item.bytes, item.len, CPER_SPEC, NULL) < 0)
			abort();
		if (item.kind == CPER_ITEM_BLOCK && !cper_view_whole(&v, item.bytes, item.len))
			while (cper_view_peek(&v, &e))
				if (e.section_offset + (size_t)e.section_len > item.len)
					abort();
		if (item.kind == CPER_ITEM_RECORD &&
		    !cper_record_view_whole(&rv, item.bytes, item.len))
			while (cper_record_view_peek(&rv, &e))
				if (e.section &&
				    e.section_offset + (size_t)e.section_len > item.len)
					abort();
	}
	if (end != p->len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[16384];
	struct cperform_piece p;
	struct cperform f;
	struct cper_err err;
	size_t at = 0, len;
	uint8_t *text;
	int kind, r = 0;

	if (!size)
		return 0;
	kind = data[0] < 0x20 ? data[0] % (CPERFORM_LIBCPER + 1) : CPERFORM_AUTO;
	len = data[0] < 0x20 ? size - 1 : size;
	text = malloc(len ? len : 1);
	memcpy(text, data + size - len, len);
	cperform_plain(text, &len);
	if (cperform_open(&f, text, len, kind, &err) < 0)
		goto out;
	while ((r = cperform_next(&f, out, sizeof(out), &p, &err)) > 0) {
		if (p.at < at || p.at > len || (f.kind != CPERFORM_RAW && p.len > sizeof(out)))
			abort();
		if (f.kind != CPERFORM_REDFISH && f.kind != CPERFORM_QMP)
			at = p.at;
		if (!p.is_section)
			check_items(&p);
	}
	if (r < 0 && !err.code)
		abort();
out:
	free(text);
	return 0;
}
