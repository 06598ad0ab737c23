// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/uuid.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/num.h"

int uuid_generate(struct uuid *out, struct ras_err *err)
{
	struct uuid u;

	if (getrandom(u.b, sizeof(u.b), 0) != (ssize_t)sizeof(u.b))
		return ras_fail(err, RAS_E_IO, "getrandom: %s", strerror(errno));
	u.b[6] = (uint8_t)((u.b[6] & 0x0f) | 0x40);
	u.b[8] = (uint8_t)((u.b[8] & 0x3f) | 0x80);
	*out = u;
	return 0;
}

void uuid_format(const struct uuid *u, char out[UUID_TEXT_SIZE])
{
	static const uint8_t group[] = { 4, 2, 2, 2, 6 };
	size_t pos = 0, at = 0;

	for (size_t g = 0; g < sizeof(group); g++) {
		hex_encode(u->b + at, group[g], out + pos);
		pos += 2u * group[g];
		at += group[g];
		out[pos++] = '-';
	}
	out[UUID_TEXT_SIZE - 1] = '\0';
}

int uuid_parse(const char *s, struct uuid *out, struct ras_err *err)
{
	char hex[33];
	size_t n = 0, len;

	if (strlen(s) != UUID_TEXT_SIZE - 1)
		return ras_fail(err, RAS_E_PARAMS, "\"%.40s\" is not a UUID", s);
	for (size_t i = 0; i < UUID_TEXT_SIZE - 1; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s[i] != '-')
				return ras_fail(err, RAS_E_PARAMS, "\"%.40s\" is not a UUID", s);
			continue;
		}
		hex[n++] = s[i];
	}
	if (hex_decode(hex, sizeof(hex) - 1, out->b, sizeof(out->b), &len, NULL) < 0)
		return ras_fail(err, RAS_E_PARAMS, "\"%.40s\" is not a UUID", s);
	return 0;
}

struct uuid uuid_of_boot(void)
{
	char text[CLOCK_BOOT_ID_SIZE];
	struct uuid u = { { 0 } };

	clock_boot_id(text);
	uuid_parse(text, &u, NULL);
	return u;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool uuid_is_nil(const struct uuid *u)
{
	static const struct uuid nil;

	return uuid_equal(u, &nil);
}
