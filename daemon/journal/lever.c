// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the gate (inject/policy.h) keeps over a restart: the safety lever, and what limits have
 * counted. The lever has a table. What was injected is in the journal anyway, so it is counted from
 * there: a rasd that is killed has no fuller buckets than before.
 *
 * Statements are prepared when they are used: a lever is moved by hand, the rest is read once.
 */
#include <stdlib.h>

#include "journal/loop.h"
#include "journal/private.h"
#include "journal/reader.h"

static int lever_fail(sqlite3 *db, struct ras_err *err)
{
	return ras_fail(err, RAS_E_JOURNAL, "journal: cannot store the safety lever: %s",
			sqlite3_errmsg(db));
}

int journal_db_lever(struct journal_db *d, const struct journal_lever *l, struct ras_err *err)
{
	static const char sql[] =
		"INSERT INTO lever(engaged, also_forwarding, reason, uid, as_uid, pid, real_ns)"
		" VALUES(?1,?2,?3,?4,?5,?6,?7)";
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(d->db, sql, -1, &st, NULL);

	if (rc != SQLITE_OK)
		return lever_fail(d->db, err);
	sqlite3_bind_int(st, 1, l->engaged);
	sqlite3_bind_int(st, 2, l->also_forwarding);
	sqlite3_bind_text(st, 3, l->reason, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 4, l->uid);
	sqlite3_bind_int64(st, 5, l->as_uid);
	sqlite3_bind_int64(st, 6, l->pid);
	sqlite3_bind_int64(st, 7, l->real_ns);
	rc = sqlite3_step(st);
	sqlite3_finalize(st);
	if (rc == SQLITE_DONE)
		rc = sqlite3_exec(
			d->db, "DELETE FROM lever WHERE seq <= (SELECT max(seq) FROM lever) - 1000",
			NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : lever_fail(d->db, err);
}

int journal_lever_put(struct journal *j, const struct journal_lever *l, journal_done_fn done,
		      void *arg, struct ras_err *err)
{
	struct item *it = journal_new_item(IT_LEVER, done, arg);

	if (it)
		it->lever = malloc(sizeof(*it->lever));
	if (!it || !it->lever) {
		item_free(it);
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	}
	*it->lever = *l;
	journal_put(j, it);
	return 0;
}

int journal_lever_get(struct journal *j, struct journal_lever *out, struct ras_err *err)
{
	struct journal_reader *r = journal_reader_of(j);
	struct journal_lever l = { .engaged = false };
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(r->db,
				    "SELECT engaged, also_forwarding, reason, uid, as_uid, pid,"
				    " real_ns FROM lever ORDER BY seq DESC LIMIT 1",
				    -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		l.engaged = sqlite3_column_int(st, 0);
		l.also_forwarding = sqlite3_column_int(st, 1);
		journal_column(st, 2, l.reason, sizeof(l.reason));
		l.uid = (uid_t)sqlite3_column_int64(st, 3);
		l.as_uid = (uid_t)sqlite3_column_int64(st, 4);
		l.pid = (pid_t)sqlite3_column_int64(st, 5);
		l.real_ns = sqlite3_column_int64(st, 6);
	}
	rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : journal_read_fail(r, err);
	sqlite3_finalize(st);
	if (rc == 0)
		*out = l;
	return rc;
}

#define PAST "SELECT domain, peer_uid, created_real_ns FROM injection"

/* The domains one by one, by the index, and the newest row of each; what is not listed besides. */
#define NAMES                                                                                     \
	"WITH RECURSIVE name(d) AS (SELECT min(domain) FROM injection WHERE listed = 1 UNION ALL" \
	" SELECT (SELECT min(domain) FROM injection WHERE listed = 1 AND domain > d) FROM name"   \
	" WHERE d NOTNULL)"

int journal_past_of_persons(struct journal *j, bool each_guest, size_t limit,
			    int (*fn)(void *arg, const struct journal_past *p), void *arg,
			    struct ras_err *err)
{
	static const char newest[] = PAST " WHERE origin <> 'host-event' ORDER BY rowid DESC "
					  "LIMIT ?1";
	static const char guests[] =
		NAMES "SELECT domain, peer_uid, max(created_real_ns) FROM injection WHERE rowid IN"
		      " (SELECT (SELECT rowid FROM injection WHERE listed = 1 AND domain = d"
		      " AND origin <> 'host-event' ORDER BY created_real_ns DESC LIMIT 1) FROM name"
		      " UNION ALL SELECT rowid FROM injection WHERE listed = 0"
		      " AND origin <> 'host-event') GROUP BY domain LIMIT ?1";
	struct journal_reader *r = journal_reader_of(j);
	sqlite3_stmt *st = NULL;
	struct journal_past p;
	int rc = sqlite3_prepare_v2(r->db, each_guest ? guests : newest, -1, &st, NULL);

	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(st, 1, (int64_t)limit);
		while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
			journal_column(st, 0, p.domain, sizeof(p.domain));
			p.uid = (uid_t)sqlite3_column_int64(st, 1);
			p.created_real_ns = sqlite3_column_int64(st, 2);
			if (fn(arg, &p)) {
				rc = SQLITE_DONE;
				break;
			}
		}
	}
	rc = rc == SQLITE_DONE ? 0 : journal_read_fail(r, err);
	sqlite3_finalize(st);
	return rc;
}
