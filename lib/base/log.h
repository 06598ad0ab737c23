// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One line per message on stderr, with the <N> priority prefix that systemd
 * reads where stderr is the journal, without it elsewhere.
 */
#pragma once

#include <syslog.h>

/* Messages above this syslog level are dropped; LOG_INFO at start. */
void log_set_level(int level);

/* Replace stderr by a sink (tests, fuzzers); NULL restores it. */
void log_set_sink(void (*sink)(int level, const char *line));

/* Log one line at a syslog level; control characters of the text become '?'. */
void log_msg(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_msg(LOG_ERR, __VA_ARGS__)
#define log_warn(...) log_msg(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_msg(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_msg(LOG_DEBUG, __VA_ARGS__)
