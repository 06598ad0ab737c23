// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Retention of host events: by the same limits as injections. They hang on nothing: an injection
 * keeps its own proof, and the counters of a guest stay.
 */
#include "journal/retain.h"

#include "journal/private.h"

#define DAY_NS (24 * 3600 * 1000000000LL)

static bool run(sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return rc == SQLITE_DONE;
}

/* The newest number among the oldest rows that are to go; 0: none is. */
static bool find_old(struct journal_db *d, const struct journal_keep *keep, int64_t now_real_ns,
		     int64_t *seq)
{
	sqlite3_stmt *st = d->st[ST_HOST_OLD];
	int rc;

	sqlite3_bind_int64(st, 1, keep->days ? now_real_ns - keep->days * DAY_NS : 0);
	sqlite3_bind_int64(st, 2, keep->rows ? keep->rows : INT64_MAX);
	sqlite3_bind_int64(st, 3, now_real_ns - RETAIN_FLOOR_NS);
	rc = sqlite3_step(st);
	*seq = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return rc == SQLITE_ROW;
}

bool retain_host_events(struct journal_db *d, const struct journal_keep *keep, int64_t now_real_ns,
			bool *more)
{
	int64_t seq;

	if (!find_old(d, keep, now_real_ns, &seq))
		return false;
	*more = seq != 0;
	if (!seq)
		return true;
	/* A reader of the feed that has not seen these has missed something from now on. */
	sqlite3_bind_int64(d->st[ST_HOST_DELETED], 1, seq);
	sqlite3_bind_int64(d->st[ST_HOST_DELETE], 1, seq);
	return run(d->st[ST_HOST_DELETED]) && run(d->st[ST_HOST_DELETE]);
}
