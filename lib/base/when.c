// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/when.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define S INT64_C(1000000000)
#define DAY (24 * 3600 * S)
#define SPAN_MAX (100 * 366 * DAY) /* fits 64 bits with any time of today */

static const struct {
	const char *word;
	int64_t ns;
} units[] = {
	{ "us", 1000 },
	{ "usec", 1000 },
	{ "ms", 1000000 },
	{ "msec", 1000000 },
	{ "s", S },
	{ "sec", S },
	{ "second", S },
	{ "seconds", S },
	{ "m", 60 * S },
	{ "min", 60 * S },
	{ "minute", 60 * S },
	{ "minutes", 60 * S },
	{ "h", 3600 * S },
	{ "hr", 3600 * S },
	{ "hour", 3600 * S },
	{ "hours", 3600 * S },
	{ "d", DAY },
	{ "day", DAY },
	{ "days", DAY },
	{ "w", 7 * DAY },
	{ "week", 7 * DAY },
	{ "weeks", 7 * DAY },
	{ "month", 30 * DAY + DAY * 7 / 16 },
	{ "months", 30 * DAY + DAY * 7 / 16 },
	{ "y", 365 * DAY + DAY / 4 },
	{ "year", 365 * DAY + DAY / 4 },
	{ "years", 365 * DAY + DAY / 4 },
};

static int64_t unit_ns(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].word) == len && strncmp(units[i].word, word, len) == 0)
			return units[i].ns;
	return 0;
}

static const char *skip_blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

/* "1h 30min"; *end: behind it. False: it is no span, or too long. */
static bool read_span(const char *s, const char **end, int64_t *out)
{
	int64_t sum = 0;
	int n = 0;

	for (s = skip_blanks(s); isdigit((unsigned char)*s); s = skip_blanks(s), n++) {
		int64_t unit, number = 0;
		size_t len = 0;

		for (; isdigit((unsigned char)*s); s++) {
			number = number * 10 + (*s - '0');
			if (number > SPAN_MAX / 1000)
				return false;
		}
		s = skip_blanks(s);
		while (isalpha((unsigned char)s[len]))
			len++;
		unit = unit_ns(s, len);
		if (!unit || number > SPAN_MAX / unit || sum > SPAN_MAX - number * unit)
			return false;
		sum += number * unit;
		s += len;
	}
	*end = s;
	*out = sum;
	return n > 0;
}

static bool relative(const char *s, int64_t now_ns, int64_t *out)
{
	const char *end;
	int64_t span;
	char sign = *s;

	if (!read_span(s + (sign == '-' || sign == '+'), &end, &span))
		return false;
	if ((sign == '-' || sign == '+') && *end)
		return false;
	if (sign != '-' && sign != '+' && strcmp(end, "ago") != 0)
		return false;
	*out = sign == '+' ? now_ns + span : now_ns - span;
	return true;
}

static bool make(struct tm *tm, int64_t *out)
{
	const struct tm was = *tm;
	time_t t;

	tm->tm_isdst = -1;
	t = mktime(tm);
	/* mktime() makes 1 March of 30 February. */
	if (t == (time_t)-1 || tm->tm_mday != was.tm_mday || tm->tm_mon != was.tm_mon)
		return false;
	*out = (int64_t)t * S;
	return true;
}

/* Only digits and what stands between them: sscanf() would take blanks and signs as well. */
static bool is_shaped(const char *s, const char *shape)
{
	for (; *s && *shape; s++, shape++)
		if (*shape == '9' ? !isdigit((unsigned char)*s) : *s != *shape)
			return false;
	return !*s && !*shape;
}

static bool absolute(const char *s, const struct tm *today, int64_t *out)
{
	struct tm tm = *today;
	int v[6] = { 0 };

	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	if (is_shaped(s, "99:99:99") || is_shaped(s, "99:99")) {
		sscanf(s, "%2d:%2d:%2d", &v[0], &v[1], &v[2]);
		tm.tm_hour = v[0], tm.tm_min = v[1], tm.tm_sec = v[2];
	} else if (is_shaped(s, "9999-99-99") || is_shaped(s, "9999-99-99 99:99") ||
		   is_shaped(s, "9999-99-99 99:99:99")) {
		sscanf(s, "%4d-%2d-%2d %2d:%2d:%2d", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]);
		tm.tm_year = v[0] - 1900, tm.tm_mon = v[1] - 1, tm.tm_mday = v[2];
		tm.tm_hour = v[3], tm.tm_min = v[4], tm.tm_sec = v[5];
		if (v[0] < 1970 || v[0] > 2200)
			return false;
	} else {
		return false;
	}
	return tm.tm_hour < 24 && tm.tm_min < 60 && tm.tm_sec < 61 && make(&tm, out);
}

/* Midnight, so many days from today. */
static bool midnight(const struct tm *today, int days, int64_t *out)
{
	struct tm tm = *today;

	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday += days;
	tm.tm_isdst = -1;
	*out = (int64_t)mktime(&tm) * S;
	return true;
}

static bool parse(const char *s, int64_t now_ns, int64_t *out)
{
	time_t now = (time_t)(now_ns / S);
	struct tm today;
	char *end;

	if (!localtime_r(&now, &today))
		return false;
	if (strcmp(s, "now") == 0) {
		*out = now_ns;
		return true;
	}
	if (strcmp(s, "today") == 0)
		return midnight(&today, 0, out);
	if (strcmp(s, "yesterday") == 0)
		return midnight(&today, -1, out);
	if (strcmp(s, "tomorrow") == 0)
		return midnight(&today, 1, out);
	if (*s == '@' && isdigit((unsigned char)s[1]) && strlen(s) < 12) {
		*out = strtoll(s + 1, &end, 10) * S;
		return !*end;
	}
	return absolute(s, &today, out) || relative(s, now_ns, out);
}

int when_parse(const char *text, int64_t now_ns, int64_t *out_ns, struct ras_err *err)
{
	int64_t ns;

	if (parse(text, now_ns, &ns) && ns >= 0) {
		*out_ns = ns;
		return 0;
	}
	ras_fail(err, RAS_E_PARAMS, "\"%.40s\" is no time", text);
	return ras_hint(err, "\"2026-11-30 12:00\", 12:00, yesterday, \"10 min ago\", -1h, "
			     "@1764000000");
}
