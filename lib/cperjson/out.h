// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * JSON text into the caller's buffer. What does not fit is counted, not
 * written, so that one pass tells the size needed. No allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct jout {
	char *buf;
	size_t cap, len;	/* len may exceed cap */
	bool first;		/* no comma before the next member */
};

static inline void jout_raw(struct jout *o, const char *s, size_t n)
{
	if (o->len + n <= o->cap)
		memcpy(o->buf + o->len, s, n);
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

/* The comma between members or elements. */
static inline void jout_sep(struct jout *o)
{
	if (!o->first)
		jout_char(o, ',');
	o->first = false;
}

/* Member "key": (a plain word). */
static inline void jout_key(struct jout *o, const char *key)
{
	size_t n = strlen(key), need = n + 3 + !o->first;

	if (o->len + need <= o->cap) {
		char *p = o->buf + o->len;

		if (!o->first)
			*p++ = ',';
		*p++ = '"';
		memcpy(p, key, n);
		p[n] = '"';
		p[n + 1] = ':';
	}
	o->len += need;
	o->first = false;
}

/* A decimal number. */
void jout_uint(struct jout *o, uint64_t v);

/* "0x%016x" with its quotes. */
void jout_hex64(struct jout *o, uint64_t v);

/* Bytes as quoted hex digits. */
void jout_hex(struct jout *o, const uint8_t *p, size_t n);

/* Quoted text of n printable ASCII bytes; quotes and backslashes are escaped. */
void jout_text(struct jout *o, const char *s, size_t n);

/* A quoted GUID from 16 bytes in wire order. */
void jout_guid(struct jout *o, const uint8_t *p);

/* Member key with a number, or with a quoted word. */
void jout_num(struct jout *o, const char *key, uint64_t v);
void jout_str(struct jout *o, const char *key, const char *s);
