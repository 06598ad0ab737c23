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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "journal/private.h"
#include "journal/rest.h"
#include "journal/schema.h"

#define BUSY_TIMEOUT_MS 2000
#define CHECK_BUDGET_NS 400000000LL
#define CHECKPOINT_PAGES 512	    /* 2 MiB of log, 40 injections: checkpoint when idle */
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

static int count(struct journal_db *d, struct ras_err *err)
{
	struct db_counts *c = &d->counts;
	int ret = query_int(d,
			    "SELECT counted + (SELECT ifnull(max(rowid), 0) FROM injection) -"
			    " counted_rowid FROM retention",
			    &c->rows, err);

	if (ret == 0)
		ret = query_int(d,
				"SELECT count(*) FROM injection WHERE listed = 0 AND state IN"
				" ('intent','written')",
				&c->undecided, err);
	if (ret == 0)
		ret = query_int(d,
				"SELECT count(*) FROM injection WHERE listed = 0 AND state NOT IN"
				" ('intent','written')",
				&c->unlisted, err);
	if (ret == 0)
		ret = query_int(d,
				"SELECT max(deleted_seq, (SELECT ifnull(max(seq), 0) FROM"
				" transition)) FROM retention",
				&c->newest_seq, err);
	return ret ? ret : journal_db_find_oldest(d, err);
}

int journal_db_find_oldest(struct journal_db *d, struct ras_err *err)
{
	return query_int(d,
			 "SELECT ifnull((SELECT created_real_ns FROM injection ORDER BY rowid"
			 " LIMIT 1), 0)",
			 &d->counts.oldest_real_ns, err);
}

void journal_db_counts(const struct journal_db *d, int64_t *rows, int64_t *undecided,
		       int64_t *oldest_real_ns)
{
	*rows = d->counts.rows;
	*undecided = d->counts.undecided;
	*oldest_real_ns = d->counts.oldest_real_ns;
}

static int db_setup(struct journal_db *d, const char *path, bool accept_loss, size_t *n_undecided,
		    struct ras_err *err)
{
	int64_t version = 0;
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
		ret = query_int(d, "PRAGMA user_version", &version, err);
	if (ret == 0)
		ret = files_check_mark(&d->files, version == 0, version >= JOURNAL_VERSION_MARKED,
				       accept_loss, err);
	if (ret == 0)
		ret = journal_schema_migrate(d->db, err);
	/* That there must be a mark has to be said even where both it and the log are gone. */
	if (ret == 0 && version < JOURNAL_VERSION_MARKED)
		ret = exec(d, "PRAGMA wal_checkpoint(FULL)", err);
	/* Only now: a migration copies what was checked when it was stored, and wants a cache. */
	if (ret == 0)
		ret = exec(d, "PRAGMA foreign_keys = ON; PRAGMA cache_size = -1024", err);
	if (ret)
		return ret;
	clock_boot_id(d->boot_id);
	ret = count(d, err);
	if (ret == 0)
		ret = files_check_end(&d->files, (uint64_t)d->counts.newest_seq, accept_loss, err);
	if (ret == 0)
		ret = journal_db_prepare(d, err);
	if (ret == 0)
		ret = files_hold_log(&d->files, err);
	if (ret == 0)
		journal_db_host_begin(d);
	if (ret)
		return ret;
	*n_undecided = (size_t)d->counts.undecided;
	sqlite3_wal_hook(d->db, on_wal, d); /* also ends sqlite's own checkpointing */
	return 0;
}

int journal_db_open(struct journal_db **out, const char *dir, bool accept_loss, size_t *n_undecided,
		    struct ras_err *err)
{
	_free_ char *path = NULL;
	struct journal_db *d = calloc(1, sizeof(*d));
	int ret;

	if (!d)
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	ret = files_open(&d->files, dir, accept_loss, err);
	if (ret == 0 && asprintf(&path, "%s/journal.db", dir) < 0) {
		path = NULL;
		ret = ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	}
	if (ret == 0)
		ret = db_setup(d, path, accept_loss, n_undecided, err);
	if (ret) {
		journal_db_close(d);
		return ret;
	}
	*out = d;
	return 0;
}

/* sqlite removes the log when it closes; it must not where that is not this database's. */
static void end_log(struct journal_db *d)
{
	if (!d->db || (d->files.holding && !journal_db_look(d)))
		return;
	sqlite3_db_config(d->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

void journal_db_close(struct journal_db *d)
{
	if (!d)
		return;
	end_log(d);
	for (int i = 0; i < DB_ST__MAX; i++)
		sqlite3_finalize(d->st[i]);
	sqlite3_close(d->db);
	files_close(&d->files);
	free(d);
}

/* All that is stored into journal.db, synced. */
static bool save_log(struct journal_db *d)
{
	int in_log = 0, copied = -1;

	return sqlite3_wal_checkpoint_v2(d->db, NULL, SQLITE_CHECKPOINT_FULL, &in_log, &copied) ==
		       SQLITE_OK &&
	       in_log == copied;
}

enum files_fault journal_db_look(struct journal_db *d)
{
	enum files_remedy before = files_fault_remedy(d->fault), now;
	enum files_fault fault;
	bool saved;

	if (before == REMEDY_STOP || before == REMEDY_SAVE)
		return d->fault;
	fault = files_look(&d->files);
	if (fault == d->fault)
		return fault;
	d->fault = fault;
	if (!fault) {
		log_info("journal: the files are back, it is used again");
		return fault;
	}
	now = files_fault_remedy(fault);
	saved = now != REMEDY_STOP && save_log(d);
	log_error("journal: %s%s%s. hint: %s", files_fault_text(fault),
		  saved ? "; what is stored was copied into journal.db" : "",
		  now == REMEDY_WAIT ? "; nothing is injected until it is back" : "; stopping",
		  files_fault_hint(fault));
	return fault;
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
	d->in_transaction = d->counts;
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
	d->counts = d->in_transaction;
	files_note_commit(&d->files, (uint64_t)d->counts.newest_seq, !d->unsynced);
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
	files_note_sizes(&d->files);
}

void journal_db_rest(struct journal_db *d)
{
	rest_now(d->db);
}
