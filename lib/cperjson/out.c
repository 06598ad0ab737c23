// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cperjson/out.h"

#include "cper/cper.h"

static const char digits[] = "0123456789abcdef";

void jout_uint(struct jout *o, uint64_t v)
{
	char t[20], *p = t + sizeof(t);

	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	jout_raw(o, p, (size_t)(t + sizeof(t) - p));
}

void jout_hex64(struct jout *o, uint64_t v)
{
	char t[20] = "\"0x0000000000000000\"";

	t[19] = '"';
	for (int i = 18; v; i--, v >>= 4)
		t[i] = digits[v & 15];
	jout_raw(o, t, sizeof(t));
}

void jout_hex(struct jout *o, const uint8_t *p, size_t n)
{
	size_t need = 2 * n + 2;

	if (o->len + need <= o->cap) {
		char *q = o->buf + o->len;

		*q++ = '"';
		for (size_t i = 0; i < n; i++) {
			*q++ = digits[p[i] >> 4];
			*q++ = digits[p[i] & 15];
		}
		*q = '"';
	}
	o->len += need;
}

void jout_text(struct jout *o, const char *s, size_t n)
{
	jout_char(o, '"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			jout_char(o, '\\');
		jout_char(o, s[i]);
	}
	jout_char(o, '"');
}

void jout_guid(struct jout *o, const uint8_t *p)
{
	char t[CPER_GUID_TEXT_SIZE + 2];
	struct cper_guid g;

	memcpy(g.b, p, sizeof(g.b));
	cper_guid_format(&g, t + 1);
	t[0] = '"';
	t[CPER_GUID_TEXT_SIZE] = '"';
	jout_raw(o, t, CPER_GUID_TEXT_SIZE + 1);
}

void jout_num(struct jout *o, const char *key, uint64_t v)
{
	jout_key(o, key);
	jout_uint(o, v);
}

void jout_str(struct jout *o, const char *key, const char *s)
{
	jout_key(o, key);
	jout_text(o, s, strlen(s));
}
