// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: sqlite keeps the pages that it has read, up to cache_size, until its connection is
 * closed. After a busy hour an idle rasd would keep 1.5 MiB of them for days.
 * Rule: a connection that was not used for REST_AFTER_NS gives them back. The writer sees that by
 * itself (writer.c). The loop's connection has a timer, which is armed by its use only: so an idle
 * rasd has none. The next use reads its pages again, from the kernel's cache: 2 us each.
 */
#include "journal/rest.h"

#include <malloc.h>
#include <stdlib.h>

struct rest {
	sqlite3 *db;
	struct event *timer;
	enum { RESTS, WAITS, IN_USE } state; /* WAITS: not used since the timer was armed */
};

void rest_now(sqlite3 *db)
{
	sqlite3_db_release_memory(db);
	malloc_trim(0);
}

static void arm(struct rest *r)
{
	const struct timeval tv = { .tv_sec = REST_AFTER_NS / 1000000000 };

	evtimer_add(r->timer, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct rest *r = arg;

	(void)fd, (void)what;
	if (r->state == IN_USE) {
		r->state = WAITS;
		arm(r);
		return;
	}
	r->state = RESTS;
	rest_now(r->db);
}

void rest_used(struct rest *r)
{
	if (r->state == RESTS)
		arm(r);
	r->state = IN_USE;
}

int rest_new(struct rest **out, struct event_base *base, sqlite3 *db, struct ras_err *err)
{
	struct rest *r = calloc(1, sizeof(*r));

	if (!r || !(r->timer = evtimer_new(base, on_timer, r))) {
		free(r);
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	}
	r->db = db;
	*out = r;
	return 0;
}

void rest_free(struct rest *r)
{
	if (r)
		event_free(r->timer);
	free(r);
}
