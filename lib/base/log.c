// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

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
	char text[1024], line[1536];
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/*
	 * Guests and clients choose parts of the text. They must not forge lines or send escape
	 * codes.
	 */
	utf8_clean(line, sizeof(line), text, strlen(text));
	if (out)
		out(level, line);
	else if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", level, line);
	else
		fprintf(stderr, "rasd: %s\n", line);
}
