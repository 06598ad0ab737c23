// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * JSON text into the caller's buffer. Bytes that do not fit are counted but not written, so that
 * one pass tells the size needed. No allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct jout {
	char *buf;
	size_t cap, len; /* may exceed cap */
	bool first;	 /* the next member gets no comma before it */
};

/* memcpy() of a few bytes without a call. */
static inline void jout_copy(char *d, const char *s, size_t n)
{
	if (n > 32) {
		memcpy(d, s, n);
	} else if (n >= 8) {
		size_t i;

		for (i = 0; i + 8 <= n; i += 8)
			memcpy(d + i, s + i, 8);
		memcpy(d + n - 8, s + n - 8, 8);
	} else if (n >= 4) {
		memcpy(d, s, 4);
		memcpy(d + n - 4, s + n - 4, 4);
	} else {
		for (size_t i = 0; i < n; i++)
			d[i] = s[i];
	}
}

static inline void jout_raw(struct jout *o, const char *s, size_t n)
{
	if (o->len + n <= o->cap)
		jout_copy(o->buf + o->len, s, n);
	o->len += n;
}

#define JOUT_LIT(o, s) jout_raw((o), (s), sizeof(s) - 1)

static inline void jout_char(struct jout *o, char c)
{
	if (o->len < o->cap)
		o->buf[o->len] = c;
	o->len++;
}

static inline void jout_open(struct jout *o, char c)
{
	jout_char(o, c);
	o->first = true;
}

static inline void jout_close(struct jout *o, char c)
{
	jout_char(o, c);
	o->first = false;
}

/* The comma between two members or elements. */
static inline void jout_sep(struct jout *o)
{
	if (!o->first)
		jout_char(o, ',');
	o->first = false;
}

/* "key": of a member; key is a plain word of n bytes. */
static inline void jout_key_n(struct jout *o, const char *key, size_t n)
{
	size_t need = n + 3 + !o->first;

	if (o->len + need <= o->cap) {
		char *p = o->buf + o->len;

		if (!o->first)
			*p++ = ',';
		*p++ = '"';
		jout_copy(p, key, n);
		p[n] = '"';
		p[n + 1] = ':';
	}
	o->len += need;
	o->first = false;
}

static inline void jout_key(struct jout *o, const char *key)
{
	jout_key_n(o, key, strlen(key));
}

/* A decimal number. */
void jout_uint(struct jout *o, uint64_t v);

/* "0x%016x" with its quotes. */
void jout_hex64(struct jout *o, uint64_t v);

/* Bytes as quoted hex digits. */
void jout_hex(struct jout *o, const uint8_t *p, size_t n);

/* Quoted text, with escapes. A byte that is not printable ASCII becomes a question mark. */
void jout_text(struct jout *o, const uint8_t *p, size_t n);

/* The same for a text of lines: ends of lines and tabs stay what they are. */
void jout_lines(struct jout *o, const uint8_t *p, size_t n);

/* A quoted GUID from 16 bytes in wire order. */
void jout_guid(struct jout *o, const uint8_t *p);

/* Member key with a number, or with a word that needs no escapes. */
void jout_num(struct jout *o, const char *key, uint64_t v);
void jout_str(struct jout *o, const char *key, const char *s);
