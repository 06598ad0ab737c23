// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The look at the journal before it is written to, within a budget of time.
 *
 * sqlite 3.40 asks no progress handler while it walks the pages of a tree, and from a cold disk
 * that takes seconds. It does see sqlite3_interrupt(), which takes a second thread: it sleeps until
 * the check is over or its time is up.
 */
#include <string.h>

#include "journal/private.h"
#include "journal/thread.h"

struct check {
	sqlite3 *db;
	sqlite3_stmt *st;
	int rc;
};

static void run(void *arg)
{
	struct check *c = arg;

	c->rc = sqlite3_step(c->st);
}

static void interrupt(void *arg)
{
	const struct check *c = arg;

	sqlite3_interrupt(c->db);
}

/*
 * sqlite3_step(), or SQLITE_INTERRUPT when the budget was used up: then a row says nothing,
 * because pages that were not reached count as lost. Damage ends the check at once, so it is not
 * hidden by that.
 */
static int step_within(sqlite3 *db, sqlite3_stmt *st, int64_t budget_ns)
{
	struct check c = { .db = db, .st = st };
	int stopped = journal_run_within(budget_ns, run, interrupt, &c);

	if (stopped < 0)
		return SQLITE_NOMEM;
	return stopped ? SQLITE_INTERRUPT : c.rc;
}

int journal_check(sqlite3 *db, int64_t budget_ns, bool *whole, struct ras_err *err)
{
	sqlite3_stmt *st = NULL;
	const char *word;
	int rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &st, NULL), ret = 0;

	if (rc == SQLITE_OK)
		rc = step_within(db, st, budget_ns);
	word = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;
	if (rc == SQLITE_ROW ? !word || strcmp(word, "ok") != 0 :
			       (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB) {
		ras_fail(err, RAS_E_JOURNAL, "journal: damaged: %.150s",
			 word ? word : sqlite3_errmsg(db));
		ret = ras_hint(err, "move journal.db* away and start rasd --new-journal; keep "
				    "the files, the sqlite3 tool can read them");
	} else if (rc != SQLITE_ROW && rc != SQLITE_INTERRUPT) {
		ret = ras_fail(err, RAS_E_JOURNAL, "journal: cannot check: %s", sqlite3_errmsg(db));
	} else {
		*whole = rc == SQLITE_ROW;
	}
	sqlite3_finalize(st);
	return ret;
}
