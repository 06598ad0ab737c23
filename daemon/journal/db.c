// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal's writing connection: its files, and its transactions.
 *
 * WAL with synchronous=FULL: a commit is one sequential write and one fdatasync, and it survives a
 * power cut. The log is checkpointed by us when nobody waits rather than by sqlite within a commit,
 * and early: a log that starts over writes into blocks it owns, which makes the next syncs cheaper
 * than growing a file.
 */
#include "journal/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "journal/private.h"
#include "journal/schema.h"

#define BUSY_TIMEOUT_MS 2000
#define CHECK_BUDGET_NS 400000000LL
#define CHECKPOINT_PAGES 256	    /* 1 MiB of log: checkpoint when idle */
#define CHECKPOINT_FORCE_PAGES 4096 /* 16 MiB: even under load */

static int db_fail(struct journal_db *d, const char *what, struct ras_err *err)
{
	return ras_fail(err, RAS_E_JOURNAL, "journal: %s: %s", what, sqlite3_errmsg(d->db));
}

/* Run a statement that returns no rows (more) and make it ready for the next use. */
static int run(sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return rc == SQLITE_ROW ? SQLITE_DONE : rc;
}

static int exec(struct journal_db *d, const char *sql, struct ras_err *err)
{
	if (sqlite3_exec(d->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(d, "cannot set up", err);
	return 0;
}

static int query_int(struct journal_db *d, const char *sql, int64_t *out, struct ras_err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(d->db, sql, -1, &st, NULL);

	if (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
		*out = sqlite3_column_int64(st, 0);
		sqlite3_finalize(st);
		return 0;
	}
	rc = db_fail(d, "cannot read", err);
	sqlite3_finalize(st);
	return rc;
}

static int on_wal(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct journal_db *d = arg;

	(void)db;
	(void)name;
	d->wal_pages = pages;
	return SQLITE_OK;
}

/*
 * A damaged journal must not be written to; a huge one, or a slow disk, must not hold up the start.
 */
static int quick_check(struct journal_db *d, struct ras_err *err)
{
	bool whole = true;
	int ret = journal_check(d->db, CHECK_BUDGET_NS, &whole, err);

	if (!whole)
		log_info("journal: large, checked only in part");
	return ret;
}

/* How many intent and written rows an earlier life left. */
static int count_undecided(struct journal_db *d, size_t *n_undecided, struct ras_err *err)
{
	int64_t n = 0;
	int ret = query_int(d, "SELECT count(*) FROM injection WHERE state IN ('intent','written')",
			    &n, err);

	if (ret == 0)
		*n_undecided = (size_t)n;
	return ret;
}

/* The directory, the file and the lock, before sqlite sees them: modes and "one rasd" are ours. */
static int prepare_files(struct journal_db *d, const char *dir, const char *path,
			 struct ras_err *err)
{
	_free_ char *lock = NULL;
	_close_ int fd = -1;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return ras_fail(err, RAS_E_JOURNAL, "journal: cannot create %s: %m", dir);
	if (asprintf(&lock, "%s/journal.lock", dir) < 0) {
		lock = NULL;
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	}
	d->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (d->lock_fd < 0)
		return ras_fail(err, RAS_E_JOURNAL, "journal: cannot open %s: %m", lock);
	if (flock(d->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return ras_fail(err, RAS_E_JOURNAL, "journal: %s is used by another rasd", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ras_fail(err, RAS_E_JOURNAL, "journal: cannot open %s: %m", path);
	return 0;
}

static int db_setup(struct journal_db *d, const char *path, size_t *n_undecided,
		    struct ras_err *err)
{
	int ret;

	if (sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
		return db_fail(d, "cannot open", err);
	sqlite3_extended_result_codes(d->db, 1);
	sqlite3_busy_timeout(d->db, BUSY_TIMEOUT_MS);
	ret = exec(d,
		   "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		   "PRAGMA trusted_schema = OFF",
		   err);
	if (ret == 0)
		ret = quick_check(d, err);
	if (ret == 0)
		ret = journal_schema_migrate(d->db, err);
	/* Only now: a migration copies what was checked when it was stored, and wants a cache. */
	if (ret == 0)
		ret = exec(d, "PRAGMA foreign_keys = ON; PRAGMA cache_size = -1024", err);
	if (ret)
		return ret;
	clock_boot_id(d->boot_id);
	ret = count_undecided(d, n_undecided, err);
	if (ret == 0)
		ret = journal_db_prepare(d, err);
	if (ret)
		return ret;
	sqlite3_wal_hook(d->db, on_wal, d); /* also ends sqlite's own checkpointing */
	return 0;
}

int journal_db_open(struct journal_db **out, const char *dir, size_t *n_undecided,
		    struct ras_err *err)
{
	_free_ char *path = NULL;
	struct journal_db *d = calloc(1, sizeof(*d));
	int ret;

	if (!d)
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	d->lock_fd = -1;
	if (asprintf(&path, "%s/journal.db", dir) < 0) {
		path = NULL;
		ret = ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	} else {
		ret = prepare_files(d, dir, path, err);
	}
	if (ret == 0)
		ret = db_setup(d, path, n_undecided, err);
	if (ret) {
		journal_db_close(d);
		return ret;
	}
	*out = d;
	return 0;
}

void journal_db_close(struct journal_db *d)
{
	if (!d)
		return;
	for (int i = 0; i < DB_ST__MAX; i++)
		sqlite3_finalize(d->st[i]);
	sqlite3_close(d->db);
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	free(d);
}

void journal_db_sync(struct journal_db *d, bool sync)
{
	/* Where it fails the mode stays FULL, or the commit that follows fails as well. */
	if (sync != !d->unsynced &&
	    sqlite3_exec(d->db, sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
			 NULL, NULL, NULL) == SQLITE_OK)
		d->unsynced = !sync;
}

int journal_db_begin(struct journal_db *d, struct ras_err *err)
{
	if (run(d->st[ST_BEGIN]) != SQLITE_DONE)
		return db_fail(d, "cannot begin", err);
	return 0;
}

void journal_db_rollback(struct journal_db *d)
{
	/* sqlite has rolled back by itself after some errors. */
	if (!sqlite3_get_autocommit(d->db))
		run(d->st[ST_ROLLBACK]);
}

int journal_db_commit(struct journal_db *d, struct ras_err *err)
{
	if (run(d->st[ST_COMMIT]) != SQLITE_DONE) {
		int ret = db_fail(d, "cannot commit", err);

		journal_db_rollback(d);
		return ret;
	}
	return 0;
}

bool journal_db_wants_checkpoint(const struct journal_db *d, bool force)
{
	return d->wal_pages >= (force ? CHECKPOINT_FORCE_PAGES : CHECKPOINT_PAGES);
}

void journal_db_checkpoint(struct journal_db *d)
{
	/* Failure costs nothing but a longer log; the next commit asks again. */
	if (sqlite3_wal_checkpoint_v2(d->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
	    SQLITE_OK)
		d->wal_pages = 0;
}
