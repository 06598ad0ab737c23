// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Monitor text. The input up to the first NUL is the memory tree, the rest is the RAM block table.
 * What the parsers accept must be as their headers promise.
 */
#include <stdlib.h>
#include <string.h>

#include "qmp/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct qmp_memdevs two = { .n = 2, .id = { "m0", "ram-node0" } };
	struct qmp_ram_section s[QMP_SECTIONS_MAX];
	struct ras_err err;
	char block[QMP_BLOCK_NAME_SIZE];
	const char *text = (const char *)data;
	size_t tree = strnlen(text, size), n = 0;
	const char *table = text + (tree < size ? tree + 1 : tree);
	size_t table_len = size - (size_t)(table - text);
	uint64_t hva;

	for (int named = 0; named < 2; named++) {
		n = 0;
		if (qmp_layout_join(text, tree, table, table_len, named ? &two : NULL, s, &n,
				    &err) < 0)
			continue;
		if (n == 0 || n > QMP_SECTIONS_MAX)
			abort();
		for (size_t i = 0; i < n; i++) {
			uint64_t end = s[i].gpa + s[i].len_bytes;

			if (!s[i].len_bytes || end < s[i].gpa)
				abort();
			if (i && s[i].gpa < s[i - 1].gpa + s[i - 1].len_bytes)
				abort();
			if (s[i].has_hva && s[i].hva + s[i].len_bytes < s[i].hva)
				abort();
			if (!memchr(s[i].block, 0, sizeof(s[i].block)))
				abort();
		}
	}
	qmp_gpa2hva_parse(text, size, 0x1000, &hva, block, &err);
	return 0;
}
