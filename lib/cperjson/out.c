// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cperjson/out.h"

#define H(x)                                                                                  \
	x "0" x "1" x "2" x "3" x "4" x "5" x "6" x "7" x "8" x "9" x "a" x "b" x "c" x "d" x \
	  "e" x "f"
static const char pairs[] = H("0") H("1") H("2") H("3") H("4") H("5") H("6") H("7") H("8") H("9")
	H("a") H("b") H("c") H("d") H("e") H("f");

void jout_uint(struct jout *o, uint64_t v)
{
	char t[20], *p = t + sizeof(t);

	if (v < 10) {
		jout_char(o, (char)('0' + v));
		return;
	}
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	jout_raw(o, p, (size_t)(t + sizeof(t) - p));
}

void jout_hex64(struct jout *o, uint64_t v)
{
	if (o->len + 20 <= o->cap) {
		char *t = o->buf + o->len;

		memcpy(t, "\"0x", 3);
		for (int i = 0; i < 8; i++)
			memcpy(t + 3 + 2 * i, pairs + 2 * (v >> (56 - 8 * i) & 255), 2);
		t[19] = '"';
	}
	o->len += 20;
}

void jout_hex(struct jout *o, const uint8_t *p, size_t n)
{
	size_t need = 2 * n + 2;

	if (o->len + need <= o->cap) {
		char *q = o->buf + o->len;

		*q++ = '"';
		for (size_t i = 0; i < n; i++) {
			memcpy(q, pairs + 2 * p[i], 2);
			q += 2;
		}
		*q = '"';
	}
	o->len += need;
}

void jout_guid(struct jout *o, const uint8_t *p)
{
	static const uint8_t from[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const uint8_t to[] = { 1, 3, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27, 29, 31, 33, 35 };

	if (o->len + 38 <= o->cap) {
		char *t = o->buf + o->len;

		t[0] = t[37] = '"';
		t[9] = t[14] = t[19] = t[24] = '-';
		for (int i = 0; i < 16; i++)
			memcpy(t + to[i], pairs + 2 * p[from[i]], 2);
	}
	o->len += 38;
}

void jout_num(struct jout *o, const char *key, uint64_t v)
{
	jout_key(o, key);
	jout_uint(o, v);
}

void jout_str(struct jout *o, const char *key, const char *s)
{
	jout_key(o, key);
	jout_char(o, '"');
	jout_raw(o, s, strlen(s));
	jout_char(o, '"');
}

/* One byte of a text in quotes. */
static void escaped(struct jout *o, uint8_t c)
{
	if (c == '"' || c == '\\')
		jout_char(o, '\\');
	jout_char(o, c >= 0x20 && c <= 0x7e ? (char)c : '?');
}

void jout_text(struct jout *o, const uint8_t *p, size_t n)
{
	jout_char(o, '"');
	for (size_t i = 0; i < n; i++)
		escaped(o, p[i]);
	jout_char(o, '"');
}

void jout_lines(struct jout *o, const uint8_t *p, size_t n)
{
	jout_char(o, '"');
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n')
			JOUT_LIT(o, "\\n");
		else if (p[i] == '\t')
			JOUT_LIT(o, "\\t");
		else
			escaped(o, p[i]);
	}
	jout_char(o, '"');
}
