// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Tables. On a terminal a table fits: columns that only -o wide has are left out, the last column
 * goes on below itself, and where even that is too wide the widest other columns are cut. In a pipe
 * a row is one line and nothing is cut, so that programs read the same whatever the terminal was.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/show/out.h"

#define MAX_COLUMNS 16
#define GAP 2		 /* blanks between columns */
#define LAST_AT_LEAST 24 /* columns of the terminal for the last one */
#define CUT_AT_LEAST 6	 /* what is left of a column that is cut */

void table_init(struct table *t, size_t cols)
{
	*t = (struct table){ .cols = cols };
}

void table_add(struct table *t, const char *cell)
{
	if (t->rows == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		char **cells = reallocarray(t->cells, cap, sizeof(*cells));

		if (!cells)
			abort();
		t->cells = cells;
		t->cap = cap;
	}
	t->cells[t->rows++] = clean_copy(cell && *cell ? cell : "-");
}

void table_only_wide(struct table *t, const char *head)
{
	for (size_t col = 0; col < t->cols && col < t->rows; col++)
		if (strcmp(t->cells[col], head) == 0)
			t->wide_only |= 1u << col;
}

/* A cell that is that word; it may be padded. */
static bool is_word(const char *cell, const char *word)
{
	size_t n = strlen(word);

	return strncmp(cell, word, n) == 0 && !cell[n + strspn(cell + n, " ")];
}

const char *state_color(const char *word)
{
	static const struct {
		const char *word, *color;
	} colors[] = {
		{ "yes", COLOR_GOOD },
		{ "acknowledged", COLOR_GOOD },
		{ "consumed", COLOR_GOOD },
		{ "delivered", COLOR_GOOD },
		{ "forwarded", COLOR_GOOD },
		{ "ok", COLOR_GOOD },
		{ "no", COLOR_BAD },
		{ "refused", COLOR_BAD },
		{ "lost", COLOR_BAD },
		{ "failed", COLOR_BAD },
		{ "fail", COLOR_BAD },
		{ "other-guest", COLOR_BAD },
		{ "stuck", COLOR_BAD },
		{ "permission", COLOR_BAD },
		{ "no-monitor", COLOR_BAD },
		{ "unknown", COLOR_DOUBT },
		{ "written", COLOR_DOUBT },
		{ "intent", COLOR_DOUBT },
		{ "not-granted", COLOR_DOUBT },
		{ "unproved", COLOR_DOUBT },
		{ "warn", COLOR_DOUBT },
	};

	for (size_t i = 0; i < ARRAY_LEN(colors); i++)
		if (is_word(word, colors[i].word))
			return colors[i].color;
	return NULL;
}

/* How the table is laid out: the columns that are shown, from left to right. */
struct layout {
	size_t col[MAX_COLUMNS], width[MAX_COLUMNS], n;
	size_t last_at; /* where the last column begins */
	size_t fold;	/* the terminal's width, if the last column is folded; 0: not */
};

static size_t widest(const struct table *t, size_t col)
{
	size_t width = 0;

	for (size_t k = col; k < t->rows; k += t->cols)
		width = columns(t->cells[k]) > width ? columns(t->cells[k]) : width;
	return width;
}

/* Make the widest column but the last one smaller by one. False: none can be. */
static bool cut_one(struct layout *l)
{
	size_t most = 0;

	for (size_t i = 0; i + 1 < l->n; i++)
		if (l->width[i] > l->width[most])
			most = i;
	if (l->n < 2 || l->width[most] <= CUT_AT_LEAST)
		return false;
	l->width[most]--;
	l->last_at--;
	return true;
}

static void lay_out(const struct table *t, struct layout *l)
{
	size_t screen = cmdline.wide ? 0 : terminal_width();

	for (size_t col = 0; col < t->cols && l->n < MAX_COLUMNS; col++) {
		if (!cmdline.wide && (t->wide_only & 1u << col))
			continue;
		l->col[l->n] = col;
		l->width[l->n++] = widest(t, col);
	}
	for (size_t i = 0; i + 1 < l->n; i++)
		l->last_at += l->width[i] + GAP;
	if (!screen || !l->n || l->last_at + l->width[l->n - 1] <= screen)
		return;
	l->fold = screen;
	while (l->last_at + LAST_AT_LEAST > screen && cut_one(l))
		;
}

/* Bytes of the first n characters. */
static size_t bytes_of(const char *s, size_t n)
{
	size_t i = 0;

	for (; s[i]; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	return i;
}

static void print_cut(const char *cell, size_t width)
{
	if (columns(cell) <= width)
		printf("%s%*s", cell, (int)(width - columns(cell)), "");
	else
		printf("%.*s~", (int)bytes_of(cell, width - 1), cell);
}

static bool is_state(const struct table *t, size_t col)
{
	static const char *const heads[] = { "STATE", "READY", "DECISION" };

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		if (is_word(t->cells[col], heads[i]))
			return true;
	return false;
}

static void print_row(const struct table *t, const struct layout *l, size_t row, bool colors)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *cell = t->cells[row * t->cols + l->col[i]];
		const char *color = NULL;

		if (colors)
			color = !row		       ? COLOR_HEAD :
				is_state(t, l->col[i]) ? state_color(cell) :
							 NULL;
		if (color)
			fputs(color, stdout);
		if (i + 1 < l->n)
			print_cut(cell, l->width[i]);
		else if (l->fold)
			out_fold_at(cell, l->last_at, l->fold);
		else
			fputs(cell, stdout);
		if (color)
			fputs(COLOR_END, stdout);
		if (i + 1 < l->n)
			printf("%*s", GAP, "");
	}
	putchar('\n');
}

void table_print(struct table *t, bool colors)
{
	struct layout l = { 0 };

	lay_out(t, &l);
	for (size_t row = 0; row * t->cols < t->rows; row++)
		print_row(t, &l, row, colors);
	for (size_t i = 0; i < t->rows; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct table){ 0 };
}
