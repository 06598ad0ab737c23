// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Retention: old injections are deleted, so that the journal does not grow for ever.
 *
 * Problem: the journal is the proof and the audit trail, so what is deleted must be needed by
 * nobody, and the deletion must not hold up an intent.
 *
 * An injection is deleted, with its transitions, if it is older than journal-keep-days or beyond
 * the newest journal-keep-rows. It stays, whatever the limits are,
 *   - while it is undecided (intent, written), or unknown and no operator has resolved it
 *   - for RETAIN_FLOOR_NS after it was decided: a client that repeats its request with the same
 *     request_id within a day is answered from the journal. Later the request is a new one
 *   - while it is the newest record that reached its error source and that QEMU lives: after a
 *     crash its bytes in the status block prove that the next one was never written
 *     (journal_sent_before())
 *   - if it is the newest of all: its number must not be used again (schema.c)
 * Pages in the poison list stay: their table is another one.
 *
 * Ages come from the real-time clock, which may be years off until NTP has set it. So nothing is
 * deleted before that clock and the boot-time clock have advanced together for RETAIN_STEADY_NS.
 *
 * One step looks at LOOK_ROWS injections in order and deletes at most DELETE_ROWS of them. It is
 * synced: otherwise the sync of the next intent would have to write these pages as well. Steps
 * follow each other after GAP_NS while nothing else was stored for QUIET_NS; after a pass over all
 * old rows the next one begins PASS_NS later. Where rows come faster than they go (behind), steps
 * are larger and do not wait for quiet.
 */
#include "journal/retain.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "journal/private.h"

#define DAY_NS (24 * 3600 * 1000000000LL)
#define LOOK_ROWS 64		 /* 25 pages of 4 KiB, about 0.1 ms */
#define DELETE_ROWS 4		 /* each changes up to 6 pages: 0.5 ms and a sync */
#define DELETE_ROWS_BEHIND 16	 /* 13 million rows a day */
#define LATER_ROWS 256		 /* looked at for a newer record of the same error source */
#define GAP_NS 100000000LL	 /* so an intent meets a step in 1 to 3 of 100 cases */
#define QUIET_NS 100000000LL	 /* longer than the gap between two records of a queue */
#define PATIENCE_NS 2000000000LL /* without quiet: a step now and then all the same */
#define PASS_NS (600 * 1000000000LL)
#define JUMP_NS (60 * 1000000000LL) /* more than NTP slews between two passes */

enum verdict { KEEP, DELETE, END_OF_PASS };

/* What a step works with. */
struct slice {
	struct retain *rt;
	struct journal_db *d;
	int64_t now_real_ns;
	int64_t rows, newest_rowid; /* in the table */
	int64_t deleted_seq;
	int n_deleted, max_deleted;
};

void retain_init(struct retain *rt, const struct journal_keep *keep)
{
	*rt = (struct retain){ .next_mono_ns = INT64_MAX };
	if (!keep || (!keep->days && !keep->rows))
		return;
	rt->keep = *keep;
	rt->next_mono_ns = clock_mono_ns() + RETAIN_STEADY_NS;
	rt->steady_boot_ns = clock_boot_ns();
	rt->offset_ns = clock_real_ns() - rt->steady_boot_ns;
}

int64_t retain_due_ns(const struct retain *rt, int64_t worked_ns)
{
	int64_t quiet_ns = worked_ns + QUIET_NS;

	if (rt->behind || rt->next_mono_ns > quiet_ns)
		return rt->next_mono_ns;
	return quiet_ns < rt->next_mono_ns + PATIENCE_NS ? quiet_ns :
							   rt->next_mono_ns + PATIENCE_NS;
}

/* Whether the real-time clock can be believed. */
static bool clock_is_steady(struct retain *rt, int64_t now_real_ns)
{
	int64_t boot_ns = clock_boot_ns(), offset_ns = now_real_ns - boot_ns;
	int64_t jump_ns = offset_ns - rt->offset_ns;

	if (jump_ns > JUMP_NS || jump_ns < -JUMP_NS)
		rt->steady_boot_ns = boot_ns;
	rt->offset_ns = offset_ns;
	return boot_ns - rt->steady_boot_ns >= RETAIN_STEADY_NS;
}

/* Whether row is the newest that was sent to its error source, and that QEMU lives. */
static bool needed_as_before(struct slice *s, sqlite3_stmt *row, bool *needed)
{
	sqlite3_stmt *st = s->d->st[ST_LATER_SENT];
	int rc;

	*needed = false;
	if (sqlite3_column_int(row, 3) == 0 || /* refused, or of an earlier boot */
	    !process_alive((pid_t)sqlite3_column_int64(row, 5),
			   (uint64_t)sqlite3_column_int64(row, 6)))
		return true;
	sqlite3_bind_int64(st, 1, sqlite3_column_int64(row, 0));
	sqlite3_bind_value(st, 2, sqlite3_column_value(row, 4));
	for (int i = 3; i <= 6; i++)
		sqlite3_bind_value(st, i, sqlite3_column_value(row, i + 2));
	sqlite3_bind_int(st, 7, LATER_ROWS);
	rc = sqlite3_step(st);
	*needed = rc == SQLITE_DONE;
	sqlite3_reset(st);
	return rc == SQLITE_DONE || rc == SQLITE_ROW;
}

/* Columns of row: ST_OLD. False: the database failed. */
static bool judge(struct slice *s, sqlite3_stmt *row, enum verdict *out)
{
	int64_t rowid = sqlite3_column_int64(row, 0), created_ns = sqlite3_column_int64(row, 1),
		decided_ns = sqlite3_column_int64(row, 2);
	const struct journal_keep *keep = &s->rt->keep;
	int64_t oldest_ns = keep->days ? s->now_real_ns - keep->days * DAY_NS : INT64_MIN;
	int64_t floor_ns = s->now_real_ns - RETAIN_FLOOR_NS;
	bool too_many = keep->rows && s->rows - s->n_deleted > keep->rows;
	enum inj_state state = inj_state_parse((const char *)sqlite3_column_text(row, 9));
	bool needed;

	*out = KEEP;
	if (rowid >= s->newest_rowid || created_ns > floor_ns ||
	    (!too_many && created_ns >= oldest_ns)) {
		*out = END_OF_PASS; /* later rows are younger still */
		return true;
	}
	if (decided_ns > floor_ns || (!too_many && decided_ns >= oldest_ns) ||
	    state == INJ_UNKNOWN || !inj_state_final(state))
		return true;
	if (!needed_as_before(s, row, &needed))
		return false;
	*out = needed ? KEEP : DELETE;
	return true;
}

static bool run(sqlite3_stmt *st, int64_t value)
{
	int rc;

	sqlite3_bind_int64(st, 1, value);
	rc = sqlite3_step(st);
	sqlite3_reset(st);
	return rc == SQLITE_DONE;
}

static bool delete_one(struct slice *s, int64_t rowid)
{
	sqlite3_stmt *seq = s->d->st[ST_LAST_SEQ];
	bool ok;

	sqlite3_bind_int64(seq, 1, rowid);
	ok = sqlite3_step(seq) == SQLITE_ROW;
	if (ok && sqlite3_column_int64(seq, 0) > s->deleted_seq)
		s->deleted_seq = sqlite3_column_int64(seq, 0);
	sqlite3_reset(seq);
	s->n_deleted++;
	s->d->in_transaction.rows--;
	return ok && run(s->d->st[ST_PERMIT], rowid) &&
	       run(s->d->st[ST_DELETE_TRANSITIONS], rowid) &&
	       run(s->d->st[ST_DELETE_INJECTION], rowid);
}

static bool read_counts(struct slice *s)
{
	sqlite3_stmt *st = s->d->st[ST_COUNTS];
	bool ok = sqlite3_step(st) == SQLITE_ROW;

	if (ok) {
		s->newest_rowid = sqlite3_column_int64(st, 0);
		s->rows = sqlite3_column_int64(st, 1);
		s->deleted_seq = sqlite3_column_int64(st, 2);
	}
	sqlite3_reset(st);
	return ok;
}

static bool store_counts(struct slice *s)
{
	sqlite3_stmt *st = s->d->st[ST_COUNTED];

	sqlite3_bind_int64(st, 2, s->rows - s->n_deleted);
	sqlite3_bind_int64(st, 3, s->newest_rowid);
	return run(st, s->deleted_seq);
}

/* Within a transaction. *ended: no later row is to go. False: the database failed. */
static bool run_slice(struct slice *s, bool *ended)
{
	sqlite3_stmt *old = s->d->st[ST_OLD];
	enum verdict v = KEEP;
	int n = 0, rc = SQLITE_ROW;
	bool ok = read_counts(s);

	sqlite3_bind_int64(old, 1, s->rt->seen_rowid);
	sqlite3_bind_int(old, 2, LOOK_ROWS);
	sqlite3_bind_text(old, 3, s->d->boot_id, -1, SQLITE_STATIC);
	while (ok && s->n_deleted < s->max_deleted && (rc = sqlite3_step(old)) == SQLITE_ROW) {
		int64_t rowid = sqlite3_column_int64(old, 0);

		ok = judge(s, old, &v);
		if (!ok || v == END_OF_PASS)
			break;
		if (v == DELETE)
			ok = delete_one(s, rowid);
		s->rt->seen_rowid = rowid;
		n++;
	}
	ok = ok && (rc == SQLITE_ROW || rc == SQLITE_DONE);
	sqlite3_reset(old);
	*ended = v == END_OF_PASS || (rc == SQLITE_DONE && n < LOOK_ROWS);
	return ok && (s->n_deleted == 0 || store_counts(s));
}

void retain_later(struct retain *rt)
{
	rt->next_mono_ns = clock_mono_ns() + PASS_NS;
}

void retain_step(struct retain *rt, struct journal_db *d)
{
	struct slice s = { .rt = rt, .d = d, .now_real_ns = clock_real_ns() };
	int64_t seen_rowid = rt->seen_rowid;
	bool ended = true, more_events = false, ok;
	struct ras_err err;

	s.max_deleted = rt->behind ? DELETE_ROWS_BEHIND : DELETE_ROWS;
	rt->behind = false;
	rt->next_mono_ns = clock_mono_ns() + PASS_NS;
	if (!clock_is_steady(rt, s.now_real_ns))
		return;
	ok = journal_db_begin(d, &err) == 0;
	if (ok && (!run_slice(&s, &ended) ||
		   !retain_host_events(d, &rt->keep, s.now_real_ns, &more_events))) {
		ok = false;
		ras_fail(&err, RAS_E_JOURNAL, "journal: %s", sqlite3_errmsg(d->db));
		journal_db_rollback(d);
	} else if (ok) {
		ok = journal_db_commit(d, &err) == 0 &&
		     (s.n_deleted == 0 || journal_db_find_oldest(d, &err) == 0);
	}
	if (!ok) {
		rt->seen_rowid = seen_rowid;
		log_limited(LOG_WARNING, "retain", "%s; old injections are not deleted", err.text);
		return;
	}
	if (ended)
		rt->seen_rowid = 0;
	if (ended && !more_events)
		return;
	rt->behind = rt->keep.rows && s.rows > rt->keep.rows + rt->keep.rows / 8;
	rt->next_mono_ns = clock_mono_ns() + GAP_NS;
}
