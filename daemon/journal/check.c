// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The look at the journal before it is written to, within a budget of time.
 *
 * sqlite 3.40 asks no progress handler while it walks the pages of a tree, and from a cold disk
 * that takes seconds. It does see sqlite3_interrupt(), which takes a second thread: it sleeps until
 * the check is over or its time is up.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "journal/db.h"
#include "journal/private.h"

struct watchdog {
	sqlite3 *db;
	struct timespec until; /* CLOCK_MONOTONIC */
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool over, fired;
};

static void *watch(void *arg)
{
	struct watchdog *w = arg;
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	while (!w->over && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&w->cond, &w->lock, &w->until);
	if (!w->over) {
		w->fired = true;
		sqlite3_interrupt(w->db);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/*
 * sqlite3_step(), or SQLITE_INTERRUPT when the budget was used up: then a row tells nothing,
 * because pages that were not reached count as lost. Damage ends the check at once, so it is not
 * hidden by that.
 */
static int step_within(sqlite3 *db, sqlite3_stmt *st, int64_t budget_ns)
{
	struct watchdog w = { .db = db, .lock = PTHREAD_MUTEX_INITIALIZER };
	int64_t end_ns = journal_mono_ns() + budget_ns;
	pthread_condattr_t attr;
	pthread_t thread;
	int rc;

	w.until = (struct timespec){ end_ns / 1000000000, end_ns % 1000000000 };
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w.cond, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&thread, NULL, watch, &w)) {
		pthread_cond_destroy(&w.cond);
		return SQLITE_NOMEM;
	}
	rc = sqlite3_step(st);
	pthread_mutex_lock(&w.lock);
	w.over = true;
	pthread_cond_signal(&w.cond);
	pthread_mutex_unlock(&w.lock);
	pthread_join(thread, NULL);
	pthread_cond_destroy(&w.cond);
	return w.fired ? SQLITE_INTERRUPT : rc;
}

int journal_check(sqlite3 *db, int64_t budget_ns, bool *whole, struct ras_err *err)
{
	sqlite3_stmt *st = NULL;
	const char *word;
	int rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &st, NULL), ret = 0;

	if (rc == SQLITE_OK)
		rc = step_within(db, st, budget_ns);
	word = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;
	if (rc != SQLITE_ROW && rc != SQLITE_INTERRUPT) {
		ret = ras_fail(err, RAS_E_JOURNAL, "journal: cannot check: %s", sqlite3_errmsg(db));
	} else if (rc == SQLITE_ROW && (!word || strcmp(word, "ok"))) {
		ras_fail(err, RAS_E_JOURNAL, "journal: damaged: %.150s", word ? word : "?");
		ret = ras_hint(err, "move journal.db* away and start rasd again; keep the "
				    "files, the sqlite3 tool can read them");
	} else {
		*whole = rc == SQLITE_ROW;
	}
	sqlite3_finalize(st);
	return ret;
}
