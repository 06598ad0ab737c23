// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * When injections enter the indexes of the lists.
 *
 * Problem: a list may be filtered by six columns, and each column has an index (page.c). If a row
 * entered all of them when it is stored, the commit of its intent would change 13 pages instead of
 * 6, and a client waits for that commit.
 * Rule: an injection is stored with listed = 0, and the indexes hold only rows with listed = 1.
 * Decided rows become listed later, while nobody waits and many in one transaction, so that they
 * share the pages of the indexes. A reader of lists reads what is not listed beside the indexes
 * (page.c). Undecided rows are never listed, which a trigger ensures: so the start of rasd finds
 * them among the few that are not listed.
 * If work never pauses, rows are listed all the same from BEHIND_ROWS on: each list passes over
 * those that are not listed.
 */
#include "journal/listed.h"

#include "base/clock.h"
#include "base/log.h"
#include "journal/private.h"

#define LIST_ROWS 64	      /* about 30 pages of 4 KiB, 1 ms */
#define BEHIND_ROWS 1024      /* 2 to 3 us each for a list that passes over them */
#define QUIET_NS 100000000LL  /* longer than the gap between two records of a queue */
#define LATER_NS 1000000000LL /* after a failure */

int64_t lister_due_ns(const struct lister *l, const struct journal_db *d, int64_t worked_ns)
{
	int64_t quiet_ns = worked_ns + QUIET_NS;

	if (!d->counts.unlisted)
		return INT64_MAX;
	return lister_is_behind(d) || quiet_ns < l->next_mono_ns ? l->next_mono_ns : quiet_ns;
}

bool lister_is_behind(const struct journal_db *d)
{
	return d->counts.unlisted >= BEHIND_ROWS;
}

void lister_later(struct lister *l)
{
	l->next_mono_ns = clock_mono_ns() + LATER_NS;
}

void lister_step(struct lister *l, struct journal_db *d)
{
	sqlite3_stmt *st = d->st[ST_LIST];
	struct ras_err err;
	int n, ret;

	ret = journal_db_begin(d, &err);
	if (ret == 0) {
		sqlite3_bind_int(st, 1, LIST_ROWS);
		if (sqlite3_step(st) != SQLITE_DONE)
			ret = ras_fail(&err, RAS_E_JOURNAL, "journal: %s", sqlite3_errmsg(d->db));
		sqlite3_reset(st);
		n = sqlite3_changes(d->db);
		/* Fewer than asked for are all that there are. */
		d->in_transaction.unlisted =
			n < LIST_ROWS || n > d->counts.unlisted ? 0 : d->counts.unlisted - n;
		if (ret)
			journal_db_rollback(d);
		else
			ret = journal_db_commit(d, &err);
	}
	if (ret) {
		log_limited(LOG_WARNING, "list", "%s; lists of injections take longer", err.text);
		lister_later(l);
	}
}
