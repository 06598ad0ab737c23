// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Two kinds of dumps that dump.c does not see: lines of hex bytes without an offset, perhaps with
 * text beside them; and numbers that are not hex, as od and hexdump -b, -d and -o write them.
 *
 * Problem: decimal numbers, and a few bytes of hex, are in every log. Rule: the first lines must
 * begin as a record does when they are read in this way, else they are text.
 */
#include "cperform/dump_line.h"

#include "base/cleanup.h"
#include "cper/record.h"

#define MIN_ROW 8u /* bytes of hex that make a row; the last one may be shorter */
#define MAX_STAR (UINT64_C(1) << 20)

/* How numbers are written. */
static const struct number {
	unsigned int base, offset_base, bytes;
	size_t digits; /* of a number; 0: any */
} numbers[] = {
	{ 8, 8, 2, 6 },	  /* od, od -o */
	{ 8, 16, 2, 6 },  /* hexdump -o */
	{ 8, 8, 1, 3 },	  /* od -b */
	{ 8, 16, 1, 3 },  /* hexdump -b */
	{ 10, 8, 2, 0 },  /* od -d */
	{ 10, 16, 2, 5 }, /* hexdump -d */
	{ 10, 8, 1, 0 },  /* od -t u1 */
};

/* A number of t[len] up to a blank. Returns its digits, 0 if it is none. */
static size_t number_run(const char *t, size_t len, unsigned int base, uint64_t *value)
{
	size_t n = 0;

	*value = 0;
	for (; n < len && n < 16 && hex_digit(t[n]) >= 0 && hex_digit(t[n]) < (int)base; n++)
		*value = *value * base + (unsigned int)hex_digit(t[n]);
	return n < len && !is_blank(t[n]) ? 0 : n;
}

/* Bytes of a line of numbers, and its offset. False: this is no such line. */
static bool number_line(const char *t, size_t len, const struct number *as, uint64_t *offset,
			struct sink *s)
{
	uint64_t v;
	size_t i = 0, n;

	while (i < len && is_blank(t[i]))
		i++;
	n = number_run(t + i, len - i, as->offset_base, offset);
	if (n != 7 && n != 8)
		return false;
	for (i += n; i < len; i += n) {
		if (is_blank(t[i])) {
			n = 1;
			continue;
		}
		n = number_run(t + i, len - i, as->base, &v);
		if (!n || (as->digits ? n != as->digits : n > 1 && t[i] == '0') ||
		    v >> (8 * as->bytes))
			return false;
		for (unsigned int k = 0; k < as->bytes; k++)
			sink_byte(s, (uint8_t)(v >> (8 * k)));
	}
	return true;
}

/* Lines of numbers from pos on. Returns where they end. */
static size_t read_numbers(const struct cperform *f, size_t pos, const struct number *as,
			   struct sink *s)
{
	uint8_t line[2 * MAX_LINE];
	uint64_t offset, first = 0;
	size_t len, next, last = 0;
	bool star = false;
	const char *t;

	for (; pos < f->len; pos = next) {
		struct sink row = { line, sizeof(line), 0 };

		next = get_line(f, pos, &t, &len);
		if (last && len == 1 && t[0] == '*') {
			star = true;
			continue;
		}
		/* the bytes of the last line are kept for "*" */
		if (!number_line(t, len, as, &offset, &(struct sink){ NULL, 0, 0 }))
			break;
		first = s->len ? first : offset;
		for (uint64_t at = s->len;
		     star && last && at < offset - first && offset - first < MAX_STAR; at += last)
			for (size_t k = 0; k < last; k++)
				sink_byte(s, line[k]);
		star = false;
		if (offset - first != s->len)
			break;
		number_line(t, len, as, &offset, &row);
		if (row.len > sizeof(line))
			break;
		for (size_t k = 0; k < row.len; k++)
			sink_byte(s, line[k]);
		last = row.len ? row.len : last;
	}
	return pos;
}

/* A row of hex bytes at from or, if that is len, anywhere in the line. */
static bool hex_row(const char *t, size_t len, size_t *from, struct line *l)
{
	bool any = *from >= len;

	for (size_t i = any ? 0 : *from; i < len; i++) {
		if ((!i || is_blank(t[i - 1]) || t[i - 1] == '|') && hex_digit(t[i]) >= 0 &&
		    parse_groups(t + i, len - i, l) && l->width == 2 && l->n < MAX_LINE &&
		    (!any || l->n >= MIN_ROW)) {
			*from = i;
			return true;
		}
		if (!any)
			break;
	}
	return false;
}

/* Rows of hex bytes from pos on. Returns where they end. */
static size_t read_rows(const struct cperform *f, size_t pos, struct sink *s)
{
	size_t from = SIZE_MAX, len, next, width = 0;
	const char *t;

	for (; pos < f->len; pos = next) {
		struct line l = { 0 };

		next = get_line(f, pos, &t, &len);
		if (!hex_row(t, len, &from, &l) || (width && l.n > width))
			break;
		for (unsigned int k = 0; k < l.n; k++)
			sink_byte(s, l.bytes[k]);
		if (width && l.n < width)
			return next;
		width = l.n;
	}
	return pos;
}

/* The first lines from pos on begin as a record does, read as numbers or (NULL) as rows of hex. */
static bool begins_here(const struct cperform *f, size_t pos, const struct number *as)
{
	uint8_t first[CPER_BLOCK_SIZE];
	struct sink s = { first, sizeof(first), 0 };
	struct cperform look = *f;
	const char *t;
	size_t len;

	look.len = pos;
	for (int i = 0; i < 4 && look.len < f->len; i++)
		look.len = get_line(f, look.len, &t, &len);
	if (as)
		read_numbers(&look, pos, as, &s);
	else
		read_rows(&look, pos, &s);
	return s.len >= sizeof(first) && begins_as_record(first, sizeof(first));
}

bool rows_next(struct cperform *f, struct sink *s, size_t *at)
{
	const char *t;
	size_t len;

	while (f->pos < f->len) {
		*at = f->pos;
		if (begins_here(f, f->pos, NULL)) {
			f->pos = read_rows(f, f->pos, s);
			return true;
		}
		f->pos = get_line(f, f->pos, &t, &len);
	}
	return false;
}

bool numbers_next(struct cperform *f, struct sink *s, size_t *at)
{
	const char *t;
	size_t len;

	while (f->pos < f->len) {
		*at = f->pos;
		for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
			if (begins_here(f, f->pos, &numbers[i])) {
				f->pos = read_numbers(f, f->pos, &numbers[i], s);
				return true;
			}
		f->pos = get_line(f, f->pos, &t, &len);
	}
	return false;
}
