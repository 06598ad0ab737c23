// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int max_level = LOG_INFO;
static void (*out)(int level, const char *line);

void log_set_level(int level)
{
	max_level = level;
}

void log_set_sink(void (*sink)(int level, const char *line))
{
	out = sink;
}

void log_msg(int level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/*
	 * Guests and clients choose parts of the text. They must not forge lines or send escape
	 * codes.
	 */
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	if (out)
		out(level, line);
	else if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", level, line);
	else
		fprintf(stderr, "rasd: %s\n", line);
}
