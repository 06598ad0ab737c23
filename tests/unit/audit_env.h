// SPDX-License-Identifier: LGPL-2.1-or-later
/* A played journald: the audit trail sends to a socket in a directory of the test's own. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "audit/kinds.h"
#include "audit/trail.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/patience.h"

static char journald_path[128];
static int journald = -1;

static inline void play_journald(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	unlink(journald_path);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.107s", journald_path);
	journald = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(journald, (const struct sockaddr *)&sa, sizeof(sa)), 0);
}

static inline void end_journald(void)
{
	if (journald >= 0)
		close(journald);
	journald = -1;
	unlink(journald_path);
}

/* The next message that journald got, "" where there is none. */
static inline const char *heard(void)
{
	static char text[JOURNALD_MESSAGE_BYTES + 1];
	ssize_t n = recv(journald, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* Whether text has exactly that line. */
static inline bool has(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			return true;
	return false;
}

static inline void assert_has(const char *text, const char *line)
{
	if (!has(text, line))
		fail_msg("no line \"%s\" in:\n%s", line, text);
}
