// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal's writing connection: schema, migrations, statements.
 *
 * injection holds what was asked and, cached, the current state; transition holds every state
 * ever and is append-only (triggers refuse UPDATE and DELETE). Both change in one transaction, so
 * they never disagree. WAL with synchronous=FULL: a commit is one sequential write and one
 * fdatasync, and it survives a power cut.
 *
 * The log is checkpointed by us when nobody waits rather than by sqlite within a commit, and early:
 * a log that starts over writes into blocks it owns, which makes the next syncs cheaper than
 * growing a file.
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

#define APPLICATION_ID 0x52415344 /* "RASD" */
#define BUSY_TIMEOUT_MS 2000
#define CHECK_BUDGET_NS 400000000LL
#define CHECKPOINT_PAGES 256	    /* 1 MiB of log: checkpoint when idle */
#define CHECKPOINT_FORCE_PAGES 4096 /* 16 MiB: even under load */

/* migrations[n] leads from user_version n to n + 1. Never change one that was released. */
static const char *const migrations[] = {
	"CREATE TABLE injection("
	" rowid INTEGER PRIMARY KEY,"
	" id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
	" request_id TEXT NOT NULL,"
	" params_digest TEXT NOT NULL,"
	" peer_uid INTEGER NOT NULL,"
	" peer_pid INTEGER NOT NULL,"
	" domain TEXT NOT NULL,"
	" tag TEXT NOT NULL,"
	" qemu_pid INTEGER NOT NULL,"
	" qemu_start_time INTEGER NOT NULL,"
	" reset_count INTEGER NOT NULL,"
	" gpa INTEGER NOT NULL,"
	" severity TEXT NOT NULL,"
	" backend TEXT NOT NULL,"
	" source_id INTEGER NOT NULL,"
	" state TEXT NOT NULL CHECK(state IN ('intent','written','consumed','acknowledged',"
	"  'refused','lost','unknown')),"
	" detail TEXT NOT NULL,"
	" created_real_ns INTEGER NOT NULL,"
	" decided_real_ns INTEGER NOT NULL,"
	" ack_ns INTEGER NOT NULL,"
	" record BLOB NOT NULL,"
	" UNIQUE(peer_uid, request_id)) STRICT;"
	"CREATE INDEX injection_domain ON injection(domain);"
	"CREATE INDEX injection_undecided ON injection(state) WHERE state IN ('intent','written');"
	"CREATE TABLE transition("
	" injection INTEGER NOT NULL REFERENCES injection(rowid),"
	" seq INTEGER NOT NULL,"
	" state TEXT NOT NULL,"
	" t_real_ns INTEGER NOT NULL,"
	" t_boot_ns INTEGER NOT NULL,"
	" boot_id TEXT NOT NULL,"
	" detail TEXT NOT NULL,"
	" PRIMARY KEY(injection, seq)) STRICT, WITHOUT ROWID;"
	"CREATE TRIGGER transition_no_update BEFORE UPDATE ON transition"
	" BEGIN SELECT RAISE(ABORT, 'transitions are append-only'); END;"
	"CREATE TRIGGER transition_no_delete BEFORE DELETE ON transition"
	" BEGIN SELECT RAISE(ABORT, 'transitions are append-only'); END;",

	/* journal_poison_fill() completes it */
	"CREATE TABLE poison("
	" domain TEXT NOT NULL,"
	" gpa INTEGER NOT NULL CHECK(gpa >= 0 AND gpa % 4096 = 0),"
	" seen_real_ns INTEGER NOT NULL,"
	" origin TEXT NOT NULL,"
	" PRIMARY KEY(domain, gpa)) STRICT, WITHOUT ROWID;",

	"ALTER TABLE injection ADD COLUMN monitor TEXT NOT NULL DEFAULT ''"
	" CHECK(monitor IN ('','socket','libvirt'));",
};

enum stmt {
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_INTENT,
	ST_FIND,
	ST_TRANSITION,
	ST_UPDATE,
	ST_RECORD,
	ST_POISON,
	ST__MAX
};

static const char *const stmt_sql[ST__MAX] = {
	[ST_BEGIN] = "BEGIN IMMEDIATE",
	[ST_COMMIT] = "COMMIT",
	[ST_ROLLBACK] = "ROLLBACK",
	[ST_INTENT] =
		"INSERT INTO injection(id, request_id, params_digest, peer_uid, peer_pid, domain, tag,"
		" qemu_pid, qemu_start_time, reset_count, gpa, severity, backend, source_id, record,"
		" detail, created_real_ns, decided_real_ns, monitor, state, ack_ns) "
		"VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?17,?18,'intent',0)",
	[ST_FIND] = "SELECT i.rowid, i.state, i.decided_real_ns, "
		    "(SELECT max(seq) FROM transition t WHERE t.injection = i.rowid), i.severity "
		    "FROM injection i WHERE i.id = ?1",
	[ST_TRANSITION] =
		"INSERT INTO transition(injection, seq, state, t_real_ns, t_boot_ns, boot_id,"
		" detail) VALUES(?1,?2,?3,?4,?5,?6,?7)",
	[ST_UPDATE] =
		"UPDATE injection SET state = ?2, detail = ?3, ack_ns = ?4, decided_real_ns = ?5 "
		"WHERE rowid = ?1",
	[ST_RECORD] = "SELECT domain, record, id FROM injection WHERE rowid = ?1",
};

struct journal_db {
	sqlite3 *db;
	sqlite3_stmt *st[ST__MAX];
	char boot_id[UUID_TEXT_SIZE];
	int lock_fd;
	int wal_pages; /* in the log after the last commit */
	bool unsynced; /* the mode is NORMAL */
};

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

static int migrate(struct journal_db *d, struct ras_err *err)
{
	const int64_t newest = (int64_t)ARRAY_LEN(migrations);
	int64_t app = 0, version = 0, tables = 0;
	int ret;

	ret = query_int(d, "PRAGMA application_id", &app, err);
	if (ret == 0)
		ret = query_int(d, "PRAGMA user_version", &version, err);
	if (ret == 0)
		ret = query_int(d, "SELECT count(*) FROM sqlite_schema", &tables, err);
	if (ret)
		return ret;
	if (app != APPLICATION_ID && (app || version || tables))
		return ras_fail(err, RAS_E_JOURNAL, "journal: journal.db is not a rasd journal");
	if (version < 0 || version > newest) {
		ras_fail(err, RAS_E_JOURNAL, "journal: version %lld is newer than this rasd (%lld)",
			 (long long)version, (long long)newest);
		return ras_hint(err, "install the rasd that wrote it, or a later one");
	}
	for (; version < newest; version++) {
		char stamp[96];

		snprintf(stamp, sizeof(stamp),
			 "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID,
			 (int)version + 1);
		if (exec(d, "BEGIN IMMEDIATE", err) || exec(d, migrations[version], err) ||
		    (version == 1 && journal_poison_fill(d->db, err)) || exec(d, stamp, err) ||
		    exec(d, "COMMIT", err)) {
			sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
			return -RAS_E_JOURNAL;
		}
	}
	return 0;
}

void journal_boot_id(char out[UUID_TEXT_SIZE])
{
	_fclose_ FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || fscanf(f, "%36[0-9a-f-]", out) != 1)
		strcpy(out, "?");
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
	ret = exec(
		d,
		"PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		"PRAGMA foreign_keys = ON; PRAGMA cache_size = -1024; PRAGMA trusted_schema = OFF",
		err);
	if (ret == 0)
		ret = quick_check(d, err);
	if (ret == 0)
		ret = migrate(d, err);
	if (ret)
		return ret;
	journal_boot_id(d->boot_id);
	ret = count_undecided(d, n_undecided, err);
	if (ret)
		return ret;
	for (int i = 0; i < ST__MAX; i++)
		if (sqlite3_prepare_v3(d->db, i == ST_POISON ? journal_poison_insert : stmt_sql[i],
				       -1, SQLITE_PREPARE_PERSISTENT, &d->st[i], NULL) != SQLITE_OK)
			return db_fail(d, "cannot prepare", err);
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
	for (int i = 0; i < ST__MAX; i++)
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

static void bind_str(sqlite3_stmt *st, int at, const char *s, size_t size)
{
	sqlite3_bind_text(st, at, s, (int)strnlen(s, size), SQLITE_STATIC);
}

static int add_transition(struct journal_db *d, int64_t rowid, int64_t seq,
			  const struct journal_step *c, struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_TRANSITION];

	sqlite3_bind_int64(st, 1, rowid);
	sqlite3_bind_int64(st, 2, seq);
	sqlite3_bind_text(st, 3, inj_state_name(c->state), -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 4, c->real_ns);
	sqlite3_bind_int64(st, 5, c->boot_ns);
	sqlite3_bind_text(st, 6, d->boot_id, -1, SQLITE_STATIC);
	bind_str(st, 7, c->detail, sizeof(c->detail));
	if (run(st) != SQLITE_DONE)
		return db_fail(d, "cannot store a transition", err);
	return 0;
}

int journal_db_intent(struct journal_db *d, const struct journal_row *row, int64_t boot_ns,
		      struct ras_err *err)
{
	struct journal_step first = { .id = row->id,
				      .state = INJ_INTENT,
				      .real_ns = row->created_real_ns,
				      .boot_ns = boot_ns };
	sqlite3_stmt *st = d->st[ST_INTENT];
	int rc;

	sqlite3_bind_blob(st, 1, row->id.b, sizeof(row->id.b), SQLITE_STATIC);
	bind_str(st, 2, row->request_id, sizeof(row->request_id));
	bind_str(st, 3, row->params_digest, sizeof(row->params_digest));
	sqlite3_bind_int64(st, 4, row->peer_uid);
	sqlite3_bind_int64(st, 5, row->peer_pid);
	bind_str(st, 6, row->domain, sizeof(row->domain));
	bind_str(st, 7, row->tag, sizeof(row->tag));
	sqlite3_bind_int64(st, 8, row->qemu_pid);
	sqlite3_bind_int64(st, 9, (int64_t)row->qemu_start_time);
	sqlite3_bind_int64(st, 10, (int64_t)row->reset_count);
	sqlite3_bind_int64(st, 11, (int64_t)row->gpa.v);
	bind_str(st, 12, row->severity, sizeof(row->severity));
	bind_str(st, 13, row->backend, sizeof(row->backend));
	sqlite3_bind_int64(st, 14, row->source_id);
	sqlite3_bind_blob(st, 15, row->record, (int)row->record_len, SQLITE_STATIC);
	bind_str(st, 16, row->detail, sizeof(row->detail));
	sqlite3_bind_int64(st, 17, row->created_real_ns);
	bind_str(st, 18, row->monitor, sizeof(row->monitor));
	rc = run(st);
	if (rc == SQLITE_CONSTRAINT_UNIQUE && strstr(sqlite3_errmsg(d->db), "request_id")) {
		ras_fail(err, RAS_E_REQUEST_ID, "request id '%.63s' was used before",
			 row->request_id);
		return ras_field(err, "request_id");
	}
	if (rc != SQLITE_DONE)
		return db_fail(d, "cannot store the intent", err);
	memcpy(first.detail, row->detail, sizeof(first.detail));
	return add_transition(d, sqlite3_last_insert_rowid(d->db), 0, &first, err);
}

/* The guest has heard of it: the pages of a recoverable record are bad to it from now on. */
static int told(struct journal_db *d, int64_t rowid, int64_t real_ns, struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_RECORD];
	int ret;

	sqlite3_bind_int64(st, 1, rowid);
	if (sqlite3_step(st) == SQLITE_ROW)
		ret = journal_poison_told(d->st[ST_POISON], st, real_ns, err);
	else
		ret = db_fail(d, "cannot find the record", err);
	sqlite3_reset(st);
	return ret;
}

int journal_db_import(struct journal_db *d, const struct poison_import *im, struct ras_err *err)
{
	return journal_poison_add(d->st[ST_POISON], im, err);
}

int journal_db_change(struct journal_db *d, const struct journal_step *c, struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_FIND];
	int64_t rowid = 0, seq = 0;
	bool have = false, tells = false;
	int rc, ret;

	sqlite3_bind_blob(st, 1, c->id.b, sizeof(c->id.b), SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		rowid = sqlite3_column_int64(st, 0);
		/* A commit that reported failure may have reached the disk all the same. */
		have = sqlite3_column_int64(st, 2) == c->real_ns &&
		       inj_state_parse((const char *)sqlite3_column_text(st, 1)) == c->state;
		seq = sqlite3_column_int64(st, 3) + 1;
		tells = (c->state == INJ_CONSUMED || c->state == INJ_ACKNOWLEDGED) &&
			strcmp((const char *)sqlite3_column_text(st, 4), "recoverable") == 0;
	}
	sqlite3_reset(st);
	if (rc == SQLITE_DONE)
		return ras_fail(err, RAS_E_NOT_FOUND,
				"journal: transition of an unknown injection");
	if (rc != SQLITE_ROW)
		return db_fail(d, "cannot find the injection", err);
	if (have)
		return 0;
	ret = add_transition(d, rowid, seq, c, err);
	if (ret)
		return ret;
	st = d->st[ST_UPDATE];
	sqlite3_bind_int64(st, 1, rowid);
	sqlite3_bind_text(st, 2, inj_state_name(c->state), -1, SQLITE_STATIC);
	bind_str(st, 3, c->detail, sizeof(c->detail));
	sqlite3_bind_int64(st, 4, c->ack_ns);
	sqlite3_bind_int64(st, 5, c->real_ns);
	if (run(st) != SQLITE_DONE)
		return db_fail(d, "cannot store a state", err);
	return tells ? told(d, rowid, c->real_ns, err) : 0;
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
