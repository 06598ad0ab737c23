// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log_private.h"
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

bool log_wants(int level)
{
	return level <= max_level;
}

void log_write(int level, const char *text)
{
	char line[LOG_TEXT_SIZE + LOG_TEXT_SIZE / 2];

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

void log_msg(int level, const char *fmt, ...)
{
	char text[LOG_TEXT_SIZE];
	va_list ap;

	if (!log_wants(level))
		return;
	log_limit_tell();
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_write(level, text);
}
