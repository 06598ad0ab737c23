// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One line a message on stderr. Under systemd (JOURNAL_STREAM is set) it starts with the "<N>" that
 * tells the journal its priority.
 *
 * log_error() and the like are for what rasd does itself, and for what only root or an
 * administrator can cause. All that a guest, a QEMU, a client or another user can cause goes
 * through log_limited().
 */
#pragma once

#include <stdint.h>
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

#define LOG_BURST 20		  /* lines at once: some reboots with their messages are usual */
#define LOG_EVERY_NS 5000000000LL /* then one: 2 MiB a day */
#define LOG_BUCKETS 256		  /* at most 102 lines a second in all; 64 KiB */

/*
 * As log_msg(), for what others can cause. Lines of one format about one who (a guest's name, a
 * uid) share LOG_BURST lines, and one each LOG_EVERY_NS after that. What is left out is counted.
 * The number is logged with the next such line, or by itself as soon as anything is logged
 * LOG_EVERY_NS later. Any thread.
 */
void log_limited(int level, const char *who, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* log_limited() for a who that is a number. */
void log_limited_id(int level, uint64_t who, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* At the end: log the numbers of what was left out. */
void log_limit_end(void);

/* Forget what was logged and left out, and find buckets without a secret (tests). */
void log_limit_reset(void);
