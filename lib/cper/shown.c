// SPDX-License-Identifier: LGPL-2.1-or-later
/* Values as people read them, where the number or the hex digits alone are not that. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "cper/section.h"

size_t cper_text_len(const uint8_t *p, size_t n)
{
	size_t used = strnlen((const char *)p, n);

	for (size_t i = 0; i < n; i++)
		if (i < used ? p[i] < 0x20 || p[i] > 0x7e : p[i])
			return 0;
	return used >= 3 ? used : 0;
}

static size_t dwords(const uint8_t *p, uint32_t n, char *out)
{
	size_t len = 0;

	for (uint32_t at = 0; at + 4 <= n && len + 10 < CPER_SHOWN_SIZE; at += 4)
		len += (size_t)snprintf(out + len, CPER_SHOWN_SIZE - len, "%s%08x", at ? " " : "",
					le32(p + at));
	return len;
}

size_t cper_time_text(const uint8_t t[8], char out[CPER_SHOWN_SIZE])
{
	struct cper_time time;

	out[0] = '\0';
	if (!cper_timestamp_read(t, &time))
		return 0;
	return (size_t)snprintf(out, CPER_SHOWN_SIZE, "%04u-%02u-%02u %02u:%02u:%02u%s%s",
				time.year, time.month, time.day, time.hour, time.minute,
				time.second, time.precise ? " (precise)" : "",
				time.binary ? " (in binary, not in BCD)" : "");
}

uint16_t cper_inside_width(const struct cper_field *f, uint32_t len)
{
	if ((uint32_t)f->offset + f->width <= len)
		return f->width;
	return f->type == CPER_FIELD_TEXT && f->offset < len ? (uint16_t)(len - f->offset) : 0;
}

size_t cper_shown(const struct cper_field *f, const uint8_t *structure, char out[CPER_SHOWN_SIZE])
{
	const uint8_t *p = structure + f->offset;
	size_t n = 0;

	switch (f->show) {
	case CPER_SHOW_HEX:
	case CPER_SHOW_DIGITS:
		n = (size_t)snprintf(out, CPER_SHOWN_SIZE, "%s%0*" PRIx64,
				     f->show == CPER_SHOW_HEX ? "0x" : "", 2 * f->width,
				     le_load(p, f->width));
		break;
	case CPER_SHOW_DWORDS:
		n = dwords(p, f->width, out);
		break;
	case CPER_SHOW_TIME:
		n = cper_time_text(p, out);
		break;
	case CPER_SHOW_TEXT:
		n = cper_text_len(p, f->width);
		n = n < CPER_SHOWN_SIZE ? n : CPER_SHOWN_SIZE - 1;
		memcpy(out, p, n);
		break;
	default:
		break;
	}
	out[n] = '\0';
	return n;
}

bool cper_date(char out[CPER_VALUE_SIZE], uint64_t seconds)
{
	const uint64_t year_10000 = 253402300800;
	time_t t = (time_t)seconds;
	struct tm tm;

	if (seconds >= year_10000 || !gmtime_r(&t, &tm))
		return false;
	return strftime(out, CPER_VALUE_SIZE, "%Y-%m-%d %H:%M:%S", &tm) > 0;
}
