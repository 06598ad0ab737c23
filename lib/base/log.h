// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One line a message on stderr. Under systemd (JOURNAL_STREAM is set) it starts with the "<N>" that
 * tells the journal its priority.
 */
#pragma once

#include <syslog.h>

/* Drop messages above this syslog level. LOG_INFO at the start. */
void log_set_level(int level);

/* Send messages to sink instead of stderr (tests, fuzzers). NULL: stderr again. */
void log_set_sink(void (*sink)(int level, const char *line));

/* Log one line at a syslog level. The text is made clean (base/utf8.h). */
void log_msg(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_msg(LOG_ERR, __VA_ARGS__)
#define log_warn(...) log_msg(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_msg(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_msg(LOG_DEBUG, __VA_ARGS__)
