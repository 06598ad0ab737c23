// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The header names the columns, and versions differ in them; a column of a name not known
 * here is one word. Names are right-aligned and may be wider than their column: words
 * count, not positions. PSize is two words ("4 KiB").
 */
#include "qmp/ramblock.h"

#include <string.h>

#include "qmp/text.h"

#define COLUMNS_MAX 16

enum column { COL_OTHER, COL_PSIZE, COL_USED, COL_TOTAL, COL_HVA };

static int bad(struct ras_err *err, const char *why)
{
	return ras_fail(err, RAS_E_LAYOUT, "RAM blocks: %s", why);
}

static enum column column_of(struct span word)
{
	if (text_equal(word, "PSize"))
		return COL_PSIZE;
	if (text_equal(word, "Used"))
		return COL_USED;
	if (text_equal(word, "Total"))
		return COL_TOTAL;
	if (text_equal(word, "HVA"))
		return COL_HVA;
	return COL_OTHER;
}

static bool hex_word(struct span *row, uint64_t *out)
{
	struct span w;

	return text_word(row, &w) && text_skip(&w, "0x") && text_hex(&w, out) && !w.len;
}

static bool size_words(struct span *row, uint64_t *out)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	struct span w, u;
	uint64_t v;

	if (!text_word(row, &w) || !text_dec(&w, &v) || w.len || v == 0 || v > 4096 ||
	    !text_word(row, &u))
		return false;
	for (unsigned int i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (!text_equal(u, unit[i]))
			continue;
		*out = v << (10 * i);
		return true;
	}
	return false;
}

static bool parse_row(struct span row, const enum column *col, size_t n_col,
		      struct qmp_ramblock *out)
{
	struct qmp_ramblock b = { .name = NULL };
	struct span w;

	if (!text_word(&row, &w))
		return false;
	b.name = w.p;
	b.name_len = w.len;
	for (size_t i = 0; i < n_col; i++) {
		bool ok;

		switch (col[i]) {
		case COL_PSIZE:
			ok = size_words(&row, &b.page_bytes);
			break;
		case COL_USED:
			ok = hex_word(&row, &b.used_bytes);
			break;
		case COL_TOTAL:
			ok = hex_word(&row, &b.total_bytes);
			break;
		case COL_HVA:
			ok = hex_word(&row, &b.hva);
			b.has_hva = true;
			break;
		default:
			ok = text_word(&row, &w);
		}
		if (!ok)
			return false;
	}
	/* Words left over: a name with a blank, or columns misunderstood. */
	if (text_word(&row, &w) || b.used_bytes > b.total_bytes)
		return false;
	if (b.has_hva && b.hva > UINT64_MAX - b.total_bytes)
		return false;
	*out = b;
	return true;
}

int qmp_ramblock_parse(const char *text, size_t len, struct qmp_ramblock *out, size_t *n,
		       struct ras_err *err)
{
	struct span rest = { text, len }, line, w;
	enum column col[COLUMNS_MAX];
	size_t n_col = 0, count = 0;
	bool total = false;

	if (len > QMP_TEXT_MAX)
		return bad(err, "text over 1 MiB");
	if (!text_line(&rest, &line) || !text_word(&line, &w) || !text_equal(w, "Block") ||
	    !text_word(&line, &w) || !text_equal(w, "Name"))
		return bad(err, "no header");
	while (text_word(&line, &w)) {
		if (n_col == COLUMNS_MAX)
			return bad(err, "too many columns");
		col[n_col] = column_of(w);
		total |= col[n_col++] == COL_TOTAL;
	}
	if (!total)
		return bad(err, "no column Total");

	while (text_line(&rest, &line)) {
		if (!line.len)
			continue;
		if (count == QMP_RAMBLOCKS_MAX)
			return bad(err, "more than 256 blocks");
		if (!parse_row(line, col, n_col, &out[count]))
			return bad(err, "a row that does not fit the header");
		for (size_t i = 0; i < count; i++)
			if (out[i].name_len == out[count].name_len &&
			    !memcmp(out[i].name, out[count].name, out[i].name_len))
				return bad(err, "two blocks of one name");
		count++;
	}
	*n = count;
	return 0;
}
