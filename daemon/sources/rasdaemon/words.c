// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasdaemon's words: its database and the environment of its triggers have the same ones. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "sources/rasdaemon/row.h"

bool rasdaemon_page_type_is_right(const char *word)
{
	/* The kernel's MF_MSG_UNMAP_FAILED to MF_MSG_UNSPLIT_THP, 6 to 18 since Linux 6.1. */
	static const char *const right[] = { "unmapping failed page",
					     "dirty swapcache page",
					     "clean swapcache page",
					     "dirty mlocked LRU page",
					     "clean mlocked LRU page",
					     "dirty unevictable LRU page",
					     "clean unevictable LRU page",
					     "dirty LRU page",
					     "clean LRU page",
					     "already truncated LRU page",
					     "free buddy page",
					     "dax page",
					     "unsplit thp" };

	for (size_t i = 0; i < ARRAY_LEN(right); i++)
		if (strcmp(right[i], word) == 0)
			return true;
	return false;
}

enum event_severity rasdaemon_severity(const char *word)
{
	static const struct {
		const char *word;
		enum event_severity severity;
	} of[] = { { "Corrected", EVENT_CORRECTED },
		   { "Uncorrected", EVENT_UNCORRECTED },
		   { "Deferred", EVENT_DEFERRED },
		   { "Fatal", EVENT_FATAL },
		   { "Info", EVENT_INFO } };

	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if (strcmp(of[i].word, word) == 0)
			return of[i].severity;
	return EVENT_SEVERITY_UNKNOWN;
}

/* Exactly n digits. */
static bool digits(const char **at, int n, int *out)
{
	*out = 0;
	for (; n; n--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*out = *out * 10 + (**at - '0');
	}
	return true;
}

static bool skip(const char **at, char c)
{
	return *(*at)++ == c;
}

/* Days from 1970-01-01 of the Gregorian calendar. */
static int64_t days(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d -
	       719469;
}

int64_t rasdaemon_time(const char *text)
{
	int y, mon, d, h, min, s, oh, om, sign;
	const char *at = text;

	if (strnlen(text, 26) != 25)
		return -1;
	if (!digits(&at, 4, &y) || !skip(&at, '-') || !digits(&at, 2, &mon) || !skip(&at, '-') ||
	    !digits(&at, 2, &d) || !skip(&at, ' ') || !digits(&at, 2, &h) || !skip(&at, ':') ||
	    !digits(&at, 2, &min) || !skip(&at, ':') || !digits(&at, 2, &s) || !skip(&at, ' '))
		return -1;
	sign = *at == '-' ? -1 : *at == '+' ? 1 : 0;
	at++;
	if (!sign || !digits(&at, 2, &oh) || !digits(&at, 2, &om) || *at)
		return -1;
	/* A signed 64-bit number of nanoseconds ends in 2262. */
	if (y < 1970 || y > 2200 || mon < 1 || mon > 12 || d < 1 || d > 31 || h > 23 || min > 59 ||
	    s > 60 || oh > 15 || om > 59)
		return -1;
	return (days(y, mon, d) * 86400 + h * 3600 + min * 60 + s - sign * (oh * 3600 + om * 60)) *
	       1000000000;
}
