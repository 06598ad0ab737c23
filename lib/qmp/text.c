// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qmp/text.h"

#include <string.h>

#include "base/hex.h"

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void advance(struct span *s, size_t n)
{
	s->p += n;
	s->len -= n;
}

bool text_line(struct span *rest, struct span *line)
{
	if (!rest->len)
		return false;

	const char *nl = memchr(rest->p, '\n', rest->len);
	size_t n = nl ? (size_t)(nl - rest->p) : rest->len;

	*line = (struct span){ rest->p, n };
	advance(rest, nl ? n + 1 : n);
	while (line->len && blank(line->p[line->len - 1]))
		line->len--;
	return true;
}

bool text_word(struct span *rest, struct span *word)
{
	size_t n = 0;

	while (rest->len && blank(*rest->p))
		advance(rest, 1);
	while (n < rest->len && !blank(rest->p[n]))
		n++;
	if (!n)
		return false;
	*word = (struct span){ rest->p, n };
	advance(rest, n);
	return true;
}

bool text_skip(struct span *rest, const char *literal)
{
	size_t n = strlen(literal);

	if (rest->len < n || memcmp(rest->p, literal, n) != 0)
		return false;
	advance(rest, n);
	return true;
}

static bool number(struct span *rest, unsigned int radix, size_t max_digits, uint64_t *out)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; n < rest->len; n++) {
		int d = hex_digit(rest->p[n]);

		if (d < 0 || (unsigned int)d >= radix)
			break;
		if (n == max_digits)
			return false;
		v = v * radix + (unsigned int)d;
	}
	if (!n)
		return false;
	advance(rest, n);
	*out = v;
	return true;
}

bool text_hex(struct span *rest, uint64_t *out)
{
	return number(rest, 16, 16, out);
}

bool text_dec(struct span *rest, uint64_t *out)
{
	return number(rest, 10, 19, out);
}

bool text_equal(struct span s, const char *literal)
{
	return s.len == strlen(literal) && (!s.len || !memcmp(s.p, literal, s.len));
}

bool text_ends_with(struct span s, const char *literal)
{
	size_t n = strlen(literal);

	return s.len >= n && !memcmp(s.p + s.len - n, literal, n);
}

bool text_path_tail(struct span s, struct span name)
{
	if (!name.len || s.len < name.len || memcmp(s.p + s.len - name.len, name.p, name.len) != 0)
		return false;
	return s.len == name.len || s.p[s.len - name.len - 1] == '/';
}
