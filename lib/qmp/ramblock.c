// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The header names the columns, which differ between versions of QEMU. An unknown column is one
 * word. Names are right-aligned and may be wider than their column, so words are counted and
 * positions ignored. PSize is two words ("4 KiB").
 *
 * A block without a name belongs to a memory backend that is not plugged in. QEMU names a block
 * when its dimm is plugged in, and removes the name when the dimm is unplugged. No guest address
 * leads to such a block, and there may be several. So their lines are checked and left out.
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

static bool hex_word(struct span *line, uint64_t *out)
{
	struct span w;

	return text_word(line, &w) && text_skip(&w, "0x") && text_hex(&w, out) && !w.len;
}

static bool size_words(struct span *line, uint64_t *out)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	struct span w, u;
	uint64_t v;

	if (!text_word(line, &w) || !text_dec(&w, &v) || w.len || v == 0 || v > 4096 ||
	    !text_word(line, &u))
		return false;
	for (unsigned int i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (!text_equal(u, unit[i]))
			continue;
		*out = v << (10 * i);
		return true;
	}
	return false;
}

/* What follows the name; fills all of *b but its name. */
static bool parse_columns(struct span line, const enum column *col, size_t n_col,
			  struct qmp_ramblock *b)
{
	struct span w;

	for (size_t i = 0; i < n_col; i++) {
		bool ok;

		switch (col[i]) {
		case COL_PSIZE:
			ok = size_words(&line, &b->page_bytes);
			break;
		case COL_USED:
			ok = hex_word(&line, &b->used_bytes);
			break;
		case COL_TOTAL:
			ok = hex_word(&line, &b->total_bytes);
			break;
		case COL_HVA:
			ok = hex_word(&line, &b->hva);
			b->has_hva = true;
			break;
		default:
			ok = text_word(&line, &w);
		}
		if (!ok)
			return false;
	}
	/* Words are left over: a name with a blank, or misread columns. */
	if (text_word(&line, &w) || b->used_bytes > b->total_bytes)
		return false;
	return !b->has_hva || b->hva <= UINT64_MAX - b->total_bytes;
}

/* Fills *out; name_len is 0 for a block without a name. */
static bool parse_line(struct span line, const enum column *col, size_t n_col,
		       struct qmp_ramblock *out)
{
	struct qmp_ramblock named = { .name = NULL }, unnamed = { .name = "" };
	struct span rest = line, name;

	if (!text_word(&rest, &name))
		return false;
	named.name = name.p;
	named.name_len = name.len;
	if (parse_columns(rest, col, n_col, &named))
		*out = named;
	else if (line.p[0] == ' ' && parse_columns(line, col, n_col, &unnamed))
		*out = unnamed;
	else
		return false;
	return true;
}

static bool is_duplicate(const struct qmp_ramblock *b, size_t n, const struct qmp_ramblock *of)
{
	for (size_t i = 0; i < n; i++)
		if (b[i].name_len == of->name_len && !memcmp(b[i].name, of->name, of->name_len))
			return true;
	return false;
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
		struct qmp_ramblock b;

		if (!line.len)
			continue;
		if (!parse_line(line, col, n_col, &b))
			return bad(err, "a line that does not fit the header");
		if (!b.name_len)
			continue;
		if (count == QMP_RAMBLOCKS_MAX)
			return bad(err, "more than 256 blocks");
		if (is_duplicate(out, count, &b))
			return bad(err, "two blocks of one name");
		out[count++] = b;
	}
	*n = count;
	return 0;
}
