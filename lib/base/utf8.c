// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FORMAT_MAX 2048 /* bytes of a printf text that are looked at */

enum keep { KEEP_VALID, KEEP_SHOWN, KEEP_NAME };

static size_t length_by_first(uint8_t c)
{
	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	return c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
}

size_t utf8_char(const char *text, size_t len, uint32_t *rune)
{
	static const uint32_t min[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t c = len ? (uint8_t)*text : 0xff;
	size_t n = length_by_first(c);
	uint32_t r = n > 1 ? c & (0xffu >> (n + 1)) : c;

	if (!n || len < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (((uint8_t)text[i] & 0xc0) != 0x80)
			return 0;
		r = r << 6 | ((uint8_t)text[i] & 63);
	}
	if (r < min[n] || r > 0x10ffff || (r >= 0xd800 && r < 0xe000))
		return 0;
	if (rune)
		*rune = r;
	return n;
}

bool utf8_is_shown(uint32_t rune)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0, 0x1f },	      /* C0 */
		{ 0x7f, 0x9f },	      /* DEL, C1 */
		{ 0xad, 0xad },	      /* soft hyphen */
		{ 0x61c, 0x61c },     /* Arabic letter mark */
		{ 0x180e, 0x180e },   /* Mongolian vowel separator */
		{ 0x200b, 0x200f },   /* zero width, left-to-right and right-to-left marks */
		{ 0x2028, 0x202e },   /* separators, embeddings and overrides */
		{ 0x2060, 0x206f },   /* invisible operators, isolates */
		{ 0xfdd0, 0xfdef },   /* noncharacters */
		{ 0xfeff, 0xfeff },   /* byte order mark */
		{ 0xfff0, 0xfffb },   /* interlinear annotations */
		{ 0xe0000, 0xe0fff }, /* tags, variation selectors */
	};

	if (rune >= 0x20 && rune < 0x7f)
		return true;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (rune >= hidden[i].first && rune <= hidden[i].last)
			return false;
	return (rune & 0xfffe) != 0xfffe;
}

/* Bytes of the character at text that may stay as it is; 0: its first byte may not. */
static size_t kept(const char *text, size_t len, enum keep keep)
{
	uint32_t rune;
	size_t n = utf8_char(text, len, &rune);

	if (n && (rune == 0 || (keep >= KEEP_SHOWN && !utf8_is_shown(rune)) ||
		  (keep == KEEP_NAME && rune == '\\')))
		return 0;
	return n;
}

/* Bytes of the character that is escaped as a whole: a hidden one, or one bad byte. */
static size_t escaped(const char *text, size_t len)
{
	size_t n = utf8_char(text, len, NULL);

	return n ? n : 1;
}

static bool all_kept(const char *text, size_t len, enum keep keep)
{
	for (size_t i = 0, n; i < len; i += n) {
		uint8_t c = (uint8_t)text[i];

		n = c >= 0x20 && c < 0x7f && c != '\\' ? 1 : kept(text + i, len - i, keep);
		if (!n)
			return false;
	}
	return true;
}

bool utf8_is_valid(const char *text, size_t len)
{
	return all_kept(text, len, KEEP_VALID);
}

bool utf8_is_clean(const char *text, size_t len)
{
	return all_kept(text, len, KEEP_SHOWN);
}

/* text[len] is the beginning of a character that was cut. */
static bool is_cut(const char *text, size_t len)
{
	if (len >= length_by_first((uint8_t)*text))
		return false;
	for (size_t i = 1; i < len; i++)
		if (((uint8_t)text[i] & 0xc0) != 0x80)
			return false;
	return true;
}

struct out {
	char *p;
	size_t size, len; /* len: of all, as if it fitted */
	bool full;	  /* something did not fit: nothing behind it is written */
};

static void put(struct out *o, const char *s, size_t n)
{
	if (!o->full && o->len + n < o->size)
		memcpy(o->p + o->len, s, n);
	else if (!o->full && o->size) {
		o->p[o->len] = '\0';
		o->full = true;
	}
	o->len += n;
}

static size_t convert(char *out, size_t size, const char *text, size_t len, enum keep keep)
{
	struct out o = { .p = out, .size = size };

	for (size_t i = 0, n; i < len; i += n) {
		char esc[4 * 4 + 1];

		n = kept(text + i, len - i, keep);
		if (n) {
			put(&o, text + i, n);
			continue;
		}
		if (keep != KEEP_NAME && is_cut(text + i, len - i))
			break;
		n = escaped(text + i, len - i);
		for (size_t k = 0; k < n; k++)
			snprintf(esc + 4 * k, 5, "\\x%02x", (unsigned int)(uint8_t)text[i + k]);
		put(&o, esc, 4 * n);
	}
	if (!o.full && size)
		out[o.len] = '\0';
	return o.len;
}

size_t utf8_copy(char *out, size_t size, const char *text, size_t len)
{
	return convert(out, size, text, len, KEEP_VALID);
}

size_t utf8_clean(char *out, size_t size, const char *text, size_t len)
{
	return convert(out, size, text, len, KEEP_SHOWN);
}

void utf8_format(char *out, size_t size, const char *fmt, ...)
{
	char text[FORMAT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	utf8_clean(out, size, text, strlen(text));
}

bool utf8_name(char *out, size_t size, const char *name, size_t len)
{
	size_t n = convert(out, size, name, len, KEEP_NAME);

	if (n && n < size)
		return true;
	if (size)
		out[0] = '\0';
	return false;
}
