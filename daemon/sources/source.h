// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A source of host events: one file in this room, which exports one const struct event_source. It
 * only reads, parses and reports; it knows neither guests nor the journal.
 */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"
#include "sources/event.h"
#include "pagemap/client.h"

enum event_source_state {
	SOURCE_OFF,	   /* by configuration */
	SOURCE_ABSENT,	   /* this host has it not: no such tracepoint, file or socket */
	SOURCE_UNREADABLE, /* it is there and rasd may not read it: status.mend says the change */
	SOURCE_WAITING, /* it may come yet (a database that is made late, a helper that starts) */
	SOURCE_LIVE,
	SOURCE_STATE__MAX
};

/* "off", "absent", "unreadable", "waiting", "live". */
const char *event_source_state_name(enum event_source_state s);

/* What an operator is told of a source. */
struct source_status {
	enum event_source_state state;
	char why[160];	/* why it is not live; "" when it is */
	char mend[160]; /* the exact change that makes it live; "" = none is known */
	uint64_t events;
	uint64_t missed;      /* events that the source knows to have lost */
	uint64_t malformed;   /* reports that could not be parsed */
	int64_t last_real_ns; /* when it last reported, 0 = never */
};

/* Where a source reports to. Both run from the loop; e is borrowed for the call. */
struct event_sink {
	void (*event)(void *arg, const struct ras_event *e);
	void (*changed)(void *arg); /* its status is another */
	void *arg;
};

/*
 * Show another state, and tell sink. Nothing happens where state and why are the same as before:
 * the mend that was shown stays.
 */
void source_set_state(struct source_status *st, const struct event_sink *sink,
		      enum event_source_state state, const char *why, const char *mend);

/* What a source is given. All is borrowed and outlives it, except for position: copied. */
struct source_setup {
	struct event_base *base;
	const struct conf *conf;
	struct helper_client *helper; /* may be NULL */
	struct event_sink sink;
	const char *position; /* its cursor as stored, "" = it was never read */
};

/* Rank for who originates a forward: see events.h. */
enum source_rank {
	SOURCE_KERNEL,	 /* the kernel's own report: may always originate a forward */
	SOURCE_SECONDARY /* only adds to what the kernel says while a kernel source is live */
};

struct event_source {
	const char *name; /* as in rasd.conf, in cursors and on the surface */
	enum source_rank rank;
	/* while it is live it reports every SIGBUS for bad memory (EVENT_SIGBUS) */
	bool shows_signals;
	/*
	 * Start. A source that cannot be had now is no error: it reports by status and goes on
	 * trying by itself, with back-off. Fails only without memory.
	 */
	int (*open)(void **self, const struct source_setup *setup, struct ras_err *err);
	void (*close)(void *self); /* NULL allowed; no call into the sink after it */
	void (*status)(const void *self, struct source_status *out);
};

/* All of them, in order of preference; NULL ends it. sources.c. */
extern const struct event_source *const event_sources[];
