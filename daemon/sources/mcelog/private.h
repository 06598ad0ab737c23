// SPDX-License-Identifier: LGPL-2.1-or-later
/* The two ways to mcelog: its client socket, or its log file. One source has one of them. */
#pragma once

#include "sources/mcelog/mcelog.h"

struct mcelog_poll;
struct mcelog_tail;

struct mcelog {
	struct event_base *base;
	struct event_sink sink;
	char user[32]; /* who is to be allowed to read */
	struct uuid boot_id;
	struct source_status status;
	struct mcelog_poll *poll; /* or NULL */
	struct mcelog_tail *tail; /* or NULL */
};

/* "WHAT: why". An operator is told if it is another state than before. */
void mcelog_state(struct mcelog *m, enum event_source_state state, const char *what,
		  const char *why, const char *mend);

/* Report e. Its position is set, or "". */
void mcelog_report(struct mcelog *m, struct ras_event *e);

/* How often the socket is asked, and how long an answer may take. Tests are faster. */
struct mcelog_pace {
	long poll_ms, absent_ms, refused_ms, reply_ms;
};
extern struct mcelog_pace mcelog_pace;

/* Ask the socket at path for its pages, slowly, as long as it is there. RAS_E_NOMEM. */
int mcelog_poll_new(struct mcelog_poll **out, struct mcelog *m, const char *path,
		    struct ras_err *err);
void mcelog_poll_free(struct mcelog_poll *p);

/* Read what is added to the log at path, from a position on. RAS_E_NOMEM. */
int mcelog_tail_new(struct mcelog_tail **out, struct mcelog *m, const char *path,
		    const char *position, struct ras_err *err);
void mcelog_tail_free(struct mcelog_tail *t);
