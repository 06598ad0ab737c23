// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/counts.h"

#include "journal/loop.h"
#include "journal/reader.h"

int journal_reader_counts(struct journal_reader *r, enum journal_counted what,
			  void (*fn)(void *arg, const struct journal_count *c), void *arg,
			  struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_COUNT_INJECTIONS + (int)what];
	struct journal_count c;
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		journal_column(st, 0, c.origin, sizeof(c.origin));
		journal_column(st, 1, c.severity, sizeof(c.severity));
		journal_column(st, 2, c.outcome, sizeof(c.outcome));
		c.n = (uint64_t)sqlite3_column_int64(st, 3);
		c.le_ns = sqlite3_column_int64(st, 4);
		c.sum_ns = sqlite3_column_int64(st, 5);
		fn(arg, &c);
	}
	rc = rc == SQLITE_DONE ? 0 : journal_read_fail(r, err);
	sqlite3_reset(st);
	return rc;
}

int journal_counts(struct journal *j, enum journal_counted what,
		   void (*fn)(void *arg, const struct journal_count *c), void *arg,
		   struct ras_err *err)
{
	return journal_after_read(j,
				  journal_reader_counts(journal_reader_of(j), what, fn, arg, err));
}
