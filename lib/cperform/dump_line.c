// SPDX-License-Identifier: LGPL-2.1-or-later
/* One line of a dump: its offset, its groups of digits and the text beside them. */
#include "cperform/dump_line.h"

size_t get_line(const struct cperform *f, size_t pos, const char **text, size_t *len)
{
	const char *t = f->in + pos, *nl = memchr(t, '\n', f->len - pos);
	size_t n = nl ? (size_t)(nl - t) : f->len - pos;

	*text = t;
	*len = n && t[n - 1] == '\r' ? n - 1 : n;
	return pos + n + (nl ? 1 : 0);
}

size_t parse_offset(const char *t, size_t len, struct line *l)
{
	size_t i = len > 2 && t[0] == '0' && (t[1] | 32) == 'x' ? 2 : 0, digits = 0;
	bool octal = true;

	l->offset = l->octal = 0;
	for (; i < len && (hex_digit(t[i]) >= 0 || t[i] == '`'); i++) {
		if (t[i] == '`')
			continue;
		l->offset = l->offset << 4 | (unsigned int)hex_digit(t[i]);
		l->octal = l->octal << 3 | (unsigned int)hex_digit(t[i]);
		octal = octal && hex_digit(t[i]) < 8;
		digits++;
	}
	if (digits < 4 || digits > 16)
		return 0;
	if (!octal)
		l->octal = UINT64_MAX;
	l->digits = digits;
	l->colon = i < len && t[i] == ':';
	return i + l->colon;
}

/* Blanks between two groups; WinDbg has a minus after eight bytes. */
static size_t group_gap(const char *t, size_t len)
{
	size_t n = 0;

	if (len && t[0] == '-')
		return 1;
	while (n < len && is_blank(t[n]))
		n++;
	return n;
}

bool parse_groups(const char *t, size_t len, struct line *l)
{
	size_t i = 0, n, gap, prefix;

	l->n = l->width = 0;
	l->column = NULL;
	while (i < len && l->n < MAX_LINE) {
		gap = group_gap(t + i, len - i);
		/* a wide gap ends the bytes, but hexdump -C has one in the middle */
		if (l->n && gap > 1 && t[i] != '\t' && !(gap == 2 && l->n == 8 && l->width == 2))
			break;
		prefix = len - i > gap + 2 && t[i + gap] == '0' && (t[i + gap + 1] | 32) == 'x' ?
				 2 :
				 0;
		n = hex_run(t + i + gap + prefix, len - i - gap - prefix);
		if ((n != 2 && n != 4 && n != 8 && n != 16) || (l->width && n != l->width) ||
		    (!gap && l->n))
			break;
		if (i + gap + prefix + n < len && !is_blank(t[i + gap + prefix + n]) &&
		    t[i + gap + prefix + n] != '-')
			break;
		l->width = (unsigned int)n;
		l->prefixed = prefix;
		for (size_t k = 0; k < n && l->n < MAX_LINE; k += 2)
			l->bytes[l->n++] = (uint8_t)(hex_digit(t[i + gap + prefix + k]) << 4 |
						     hex_digit(t[i + gap + prefix + k + 1]));
		i += gap + prefix + n;
	}
	while (i < len && is_blank(t[i]))
		i++;
	if (i < len && (t[i] == '|' || t[i] == '>'))
		i++;
	l->column = i < len ? t + i : NULL;
	l->column_len = len - i;
	return l->n > 0;
}

/* " <record+16>:" behind an address of gdb; 0: there is none. */
static size_t symbol_len(const char *t, size_t len)
{
	size_t n = 2;

	if (len < 4 || t[0] != ' ' || t[1] != '<')
		return 0;
	while (n < len && t[n] != '>' && t[n] != ' ')
		n++;
	return n + 1 < len && t[n] == '>' && t[n + 1] == ':' ? n + 2 : 0;
}

bool parse_line(const char *t, size_t len, struct line *l)
{
	for (size_t i = 0; i < len; i++) {
		size_t n;

		if (i && !is_blank(t[i - 1]) && t[i - 1] != ':')
			continue;
		if (hex_digit(t[i]) < 0)
			continue;
		n = parse_offset(t + i, len - i, l);
		n += n ? symbol_len(t + i + n, len - i - n) : 0;
		if (!n || i + n >= len || !is_blank(t[i + n]))
			continue;
		while (i + n < len && (is_blank(t[i + n]) || t[i + n] == '|'))
			n++;
		l->text = t;
		l->len = len;
		if (parse_groups(t + i + n, len - i - n, l))
			return true;
	}
	return false;
}
