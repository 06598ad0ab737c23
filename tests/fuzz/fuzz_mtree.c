// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Monitor text. The input up to the first NUL is the memory tree, the rest is the RAM block table.
 * What the parsers accept must be as their headers promise.
 */
#include <stdlib.h>
#include <string.h>

#include "qmp/flat_view.h"
#include "qmp/layout.h"
#include "qmp/mtree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What flat_view.c leaves of the tree says what the whole says, in whatever pieces it comes. */
static void check_cut(const char *text, size_t len, size_t piece)
{
	struct qmp_flat_line whole[QMP_FLAT_LINES_MAX], left[QMP_FLAT_LINES_MAX];
	struct flat_view *v = flat_view_new();
	size_t n_whole = 0, n_left = 0, cut_len;
	struct ras_err err;
	const char *cut;

	for (size_t at = 0; at < len; at += piece)
		if (!flat_view_feed(v, text + at, len - at < piece ? len - at : piece))
			abort();
	cut = flat_view_end(v, &cut_len);
	if (qmp_mtree_parse(text, len, whole, &n_whole, &err) !=
	    qmp_mtree_parse(cut, cut_len, left, &n_left, &err))
		abort();
	if (n_whole != n_left)
		abort();
	for (size_t i = 0; i < n_left; i++)
		if (whole[i].gpa != left[i].gpa || whole[i].len_bytes != left[i].len_bytes ||
		    whole[i].offset != left[i].offset || whole[i].name_len != left[i].name_len ||
		    memcmp(whole[i].name, left[i].name, left[i].name_len) != 0)
			abort();
	flat_view_free(v);
}

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

	/* A line over 512 bytes is kept cut: of such a name only the whole is accepted. */
	for (size_t i = 0, line = 0; i <= tree; i++) {
		line = i < tree && text[i] != '\n' ? line + 1 : 0;
		if (line > 512)
			break;
		if (i == tree) {
			check_cut(text, tree, tree + 1);
			check_cut(text, tree, 1 + tree % 7);
		}
	}
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
