// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Records in source text: lists of numbers, and string literals with escapes.
 *
 * Problem: a program has many lists and strings. Rule: a list is read if it is long enough for a
 * block; a string is read only if its bytes begin as a record does, since any text has strings.
 */
#include "cperform/private.h"

#include "cper/record.h"

#define LITERAL_LOOK 128u /* characters that hold the first bytes of a record */

static bool word_starts(char c)
{
	return c == '_' || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* Letters and digits of a word, such as the suffix of "0x43u8". */
static size_t word_run(const char *t, size_t len)
{
	size_t n = 0;

	while (n < len && (word_starts(t[n]) || (t[n] >= '0' && t[n] <= '9')))
		n++;
	return n;
}

size_t array_start(const char *t, size_t len, size_t pos)
{
	size_t k;

	for (size_t i = pos; i < len; i++) {
		if (t[i] == '{') {
			for (k = i + 1; k < len && is_space(t[k]); k++)
				;
			/* an object, a member with its name, or a list of lists */
			if (k < len && !strchr("\".{", t[k]) && !word_starts(t[k]))
				return i + 1;
			continue;
		}
		if (t[i] != '[')
			continue;
		for (k = i + 1; k < len && t[k] != ',' && t[k] != ']'; k++)
			;
		if (k < len && t[k] == ',')
			return i + 1;
		i = k;
	}
	return pos ? len : 0;
}

/* The digits of hex in "43h", as assemblers write it; 0 if it is none. */
static size_t asm_hex(const char *t, size_t len)
{
	size_t n = hex_run(t, len);

	return n && n <= 3 && n < len && (t[n] | 32) == 'h' ? n : 0;
}

/* A hexadecimal number as bytes: of its digits' width, little endian. */
static void add_hex(const char *t, size_t n, struct sink *s)
{
	size_t width = n <= 2 ? 1 : n <= 4 ? 2 : n <= 8 ? 4 : 8;
	uint64_t v = 0;

	for (size_t k = 0; k < n && k < 16; k++)
		v = v << 4 | (unsigned int)hex_digit(t[k]);
	for (size_t k = 0; k < width; k++)
		sink_byte(s, (uint8_t)(v >> (8 * k)));
}

/* A number of a list: hex, or a decimal below 256, or -128 and more as Java has it. */
static size_t array_number(const char *t, size_t len, struct sink *s)
{
	unsigned int v = 0;
	size_t n = 0, sign = t[0] == '-';

	if (t[0] == '0' && len > 2 && (t[1] | 32) == 'x') {
		n = hex_run(t + 2, len - 2);
		add_hex(t + 2, n, s);
		return 2 + n + word_run(t + 2 + n, len - 2 - n);
	}
	if (t[0] >= '0' && t[0] <= '9' && (n = asm_hex(t, len)) != 0) {
		add_hex(t + n - (n > 2 ? 2 : n), n > 2 ? 2 : n, s);
		return n + 1;
	}
	for (n = sign; n < len && n < 10 && t[n] >= '0' && t[n] <= '9'; n++)
		v = v * 10 + (unsigned int)(t[n] - '0');
	if (n > sign && v < (sign ? 129u : 256u))
		sink_byte(s, (uint8_t)(sign ? 256 - v : v));
	n += word_run(t + n, len - n);
	return n ? n : 1;
}

/* Bytes of a comment at t, with its offset or text; 0 if there is none. */
static size_t array_comment(const char *t, size_t len)
{
	bool block = len > 1 && t[0] == '/' && t[1] == '*';
	size_t n = 2;

	if (!block && t[0] != '#' && !(len > 1 && t[0] == '/' && t[1] == '/'))
		return 0;
	while (n < len && !(block ? t[n - 1] == '*' && t[n] == '/' && n > 2 : t[n] == '\n'))
		n++;
	return n < len ? n + 1 : len;
}

static int array_next(struct cperform *f, struct sink *s, struct cperform_piece *p)
{
	const char *t = f->in;
	size_t i;

	while (s->len < CPER_BLOCK_SIZE && f->pos < f->len) {
		s->len = 0;
		p->at = i = array_start(t, f->len, f->pos);
		while (i < f->len && t[i] != '}' && t[i] != ']')
			i += array_comment(t + i, f->len - i) ? array_comment(t + i, f->len - i) :
								array_number(t + i, f->len - i, s);
		f->pos = i < f->len ? i + 1 : i;
	}
	return s->len ? 1 : 0;
}

/* One character or escape of a literal at t[0] that ends with quote. 0: the literal ends. */
static size_t literal_char(const char *t, size_t len, char quote, struct sink *s)
{
	static const char letters[] = "n\nt\tr\ra\ab\bf\fv\ve\x1b";
	const char *as;
	unsigned int v = 0;
	size_t n = 1;

	if (!len || t[0] == quote || t[0] == '\n')
		return 0;
	if (t[0] != '\\' || len < 2) {
		sink_byte(s, (uint8_t)t[0]);
		return 1;
	}
	if (t[1] == '\n')
		return 2;
	if ((t[1] == 'x' && len > 3 && hex_run(t + 2, 2) == 2) ||
	    (t[1] == 'u' && len > 5 && !strncmp(t + 2, "00", 2) && hex_run(t + 4, 2) == 2)) {
		n = t[1] == 'x' ? 2 : 4;
		sink_byte(s, (uint8_t)(hex_digit(t[n]) << 4 | hex_digit(t[n + 1])));
		return n + 2;
	}
	for (; n < len && n <= 3 && t[n] >= '0' && t[n] <= '7'; n++)
		v = v << 3 | (unsigned int)(t[n] - '0');
	if (n > 1) {
		sink_byte(s, (uint8_t)v);
		return n;
	}
	as = t[1] >= 'a' && t[1] <= 'v' ? strchr(letters, t[1]) : NULL;
	sink_byte(s, (uint8_t)(as ? as[1] : t[1]));
	return 2;
}

/*
 * A literal from behind its quote on, and those that follow with only blanks, line ends or the
 * signs of joined strings between them. Returns the bytes of text that were read.
 */
static size_t literal(const char *t, size_t len, char quote, struct sink *s)
{
	size_t i = 0, n, k;

	for (;;) {
		while ((n = literal_char(t + i, len - i, quote, s)) != 0)
			i += n;
		if (i == len || t[i] != quote)
			return i;
		for (k = i + 1; k < len && (is_space(t[k]) || t[k] == '+' || t[k] == '\\'); k++)
			;
		if (k < len && t[k] == 'b')
			k++;
		if (k >= len || t[k] != quote)
			return i + 1;
		i = k + 1;
	}
}

size_t string_start(const char *t, size_t len, size_t pos)
{
	uint8_t first[CPER_BLOCK_SIZE];

	for (size_t i = pos; i < len; i++) {
		struct sink s = { first, sizeof(first), 0 };
		size_t at = i, n, k;
		char quote = t[i];

		if (quote == '"' || quote == '\'') {
			at++;
		} else if (len - i > 5 && !strncmp(t + i, "CPER\\", 5) &&
			   !(i && (t[i - 1] == '"' || t[i - 1] == '\''))) {
			quote = '\n'; /* without quotes, as a log has it */
		} else {
			continue;
		}
		n = len - at < LITERAL_LOOK ? len - at : LITERAL_LOOK;
		k = literal(t + at, n, quote, &s);
		if (memchr(t + at, '\\', k) &&
		    begins_as_record(first, s.len < sizeof(first) ? s.len : sizeof(first)))
			return i;
	}
	return len;
}

static int string_next(struct cperform *f, struct sink *s, struct cperform_piece *p)
{
	const char *t = f->in;
	size_t at = string_start(t, f->len, f->pos);
	bool quoted = at < f->len && (t[at] == '"' || t[at] == '\'');

	f->pos = f->len;
	if (at == f->len)
		return 0;
	p->at = at;
	at += quoted;
	f->pos = at + literal(t + at, f->len - at, quoted ? t[at - 1] : '\n', s);
	return 1;
}

int source_next(struct cperform *f, struct sink *s, struct cperform_piece *p)
{
	return f->kind == CPERFORM_STRING ? string_next(f, s, p) : array_next(f, s, p);
}
