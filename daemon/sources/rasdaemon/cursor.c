// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * 128 bytes of text must do for all tables, so the numbers are packed, little-endian, and written
 * as base64: version, file, newest time, then id and stamp of each table.
 */
#include "sources/rasdaemon/cursor.h"

#include <string.h>

#include "base/num.h"

#define VERSION 1
#define PACKED (1 + 4 + 4 + RASDAEMON_TABLES * 6)
#define TEXT ((PACKED + 2) / 3 * 4)

_Static_assert(TEXT < EVENT_POSITION_SIZE, "a cursor fits");

static void put(uint8_t **at, uint32_t v, int bytes)
{
	for (; bytes; bytes--, v >>= 8)
		*(*at)++ = (uint8_t)v;
}

static uint32_t get(const uint8_t **at, int bytes)
{
	uint32_t v = 0;

	for (int i = 0; i < bytes; i++)
		v |= (uint32_t) * (*at)++ << 8 * i;
	return v;
}

void rasdaemon_cursor_format(const struct rasdaemon_cursor *c, char out[EVENT_POSITION_SIZE])
{
	uint8_t packed[PACKED], *at = packed;

	put(&at, VERSION, 1);
	put(&at, c->file, 4);
	put(&at, c->newest_s, 4);
	for (int i = 0; i < RASDAEMON_TABLES; i++) {
		put(&at, c->place[i].id, 4);
		put(&at, c->place[i].stamp, 2);
	}
	b64_encode(packed, sizeof(packed), out);
}

static int digit(char c)
{
	static const char all[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(all, c) : NULL;

	return at ? (int)(at - all) : -1;
}

/* Exactly TEXT characters; '=' at the end stands for bytes that are not there. */
static bool decode(const char *text, uint8_t out[PACKED + 2])
{
	if (strlen(text) != TEXT)
		return false;
	for (size_t i = 0; i < TEXT; i += 4) {
		uint32_t v = 0;

		for (size_t k = i; k < i + 4; k++) {
			bool pad = text[k] == '=' && k >= TEXT - (TEXT / 4 * 3 - PACKED);

			if (!pad && digit(text[k]) < 0)
				return false;
			v = v << 6 | (pad ? 0 : (uint32_t)digit(text[k]));
		}
		for (size_t k = 0; k < 3; k++)
			out[i / 4 * 3 + k] = (uint8_t)(v >> (16 - 8 * k));
	}
	return true;
}

void rasdaemon_cursor_parse(const char *text, struct rasdaemon_cursor *out)
{
	uint8_t packed[PACKED + 2];
	const uint8_t *at = packed;

	memset(out, 0, sizeof(*out));
	if (!decode(text, packed) || get(&at, 1) != VERSION)
		return;
	out->known = true;
	out->file = get(&at, 4);
	out->newest_s = get(&at, 4);
	for (int i = 0; i < RASDAEMON_TABLES; i++) {
		out->place[i].id = get(&at, 4);
		out->place[i].stamp = (uint16_t)get(&at, 2);
	}
}
