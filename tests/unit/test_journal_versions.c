// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Journals of versions 1 to 11 (tests/data/journal-N.sql): what the newest version makes of
 * them, also when rasd is killed between any two statements of the migration, and what is said
 * where it cannot be done.
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cper/cper.h"
#include "journal/schema.h"
#include "journal_env.h"

#define NEWEST 12

static void exec_sql(struct env *e, const char *sql)
{
	const char *why = sql_refusal(e, sql);

	if (*why)
		fail_msg("%s", why);
}

/* What that rasd left in journal.lock: nothing is missing. */
static void put_mark(struct env *e)
{
	_fclose_ FILE *f = NULL;
	char path[192];

	snprintf(path, sizeof(path), "%s/journal.lock", e->sub);
	f = fopen(path, "we");
	assert_non_null(f);
	fprintf(f, "rasd-journal 1 boot %36s stored %20d synced %20d\n", "another", 1, 1);
}

/* Replace the journal by the one in tests/data; with its mark, which would miss the one before. */
static void load(struct env *e, int version)
{
	static const char *const names[] = { "journal.db", "journal.db-wal", "journal.db-shm",
					     "journal.lock" };
	static char sql[65536];
	_fclose_ FILE *f = NULL;
	char path[192];
	size_t n;

	journal_close(e->j);
	e->j = NULL;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", e->sub, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "tests/data/journal-%d.sql", version);
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(sql, 1, sizeof(sql) - 1, f);
	assert_true(n < sizeof(sql) - 1);
	sql[n] = '\0';
	exec_sql(e, sql);
	if (version >= JOURNAL_VERSION_MARKED)
		put_mark(e);
}

/* All tables, indices and triggers as text: the same however the newest version was reached. */
static void schema(struct env *e, char *out, size_t size)
{
	char path[192];
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;

	snprintf(path, sizeof(path), "%s/journal.db", e->sub);
	assert_int_equal(sqlite3_open(path, &db), 0);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT group_concat(x, char(10)) FROM (SELECT type || "
					    "' ' || name || ' ' || ifnull(sql, '') AS x "
					    "FROM sqlite_schema ORDER BY type, name)",
					    -1, &st, NULL),
			 0);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_true((size_t)snprintf(out, size, "%s", (const char *)sqlite3_column_text(st, 0)) <
		    size);
	sqlite3_finalize(st);
	sqlite3_close(db);
}

static int check_entry(void *arg, const struct journal_feed_entry *entry)
{
	static const struct {
		int injection, n;
		const char *state;
	} want[] = { { 1, 0, "intent" },  { 1, 1, "written" }, { 1, 2, "acknowledged" },
		     { 2, 0, "intent" },  { 2, 1, "written" }, { 2, 2, "consumed" },
		     { 3, 0, "intent" },  { 3, 1, "written" }, { 3, 2, "lost" },
		     { 4, 0, "intent" },  { 4, 1, "refused" }, { 5, 0, "intent" },
		     { 5, 1, "unknown" }, { 6, 0, "intent" },  { 6, 1, "written" },
		     { 7, 0, "intent" } };
	int *at = arg;
	char detail[32];

	assert_true(*at < (int)ARRAY_LEN(want));
	snprintf(detail, sizeof(detail), "%s it's", want[*at].state);
	assert_int_equal(entry->seq, *at + 1);
	assert_int_equal(entry->id.b[0], want[*at].injection);
	assert_string_equal(inj_state_name(entry->state), want[*at].state);
	assert_string_equal(entry->detail, detail);
	assert_int_equal(entry->read, READ_NOT_SAID);
	assert_int_equal(entry->real_ns,
			 1700000000000000000 + want[*at].injection * 1000 + want[*at].n);
	++*at;
	return 0;
}

/* The journal is open: everything of tests/data/journal-VERSION.sql is there. */
static void check_content(struct env *e, int version)
{
	static const char *const states[] = { "acknowledged", "consumed", "lost",  "refused",
					      "unknown",      "written",  "intent" };
	struct journal_row row, want;
	struct ras_err err;
	uint64_t n_pages;
	int n = 0;

	assert_int_equal(sql_int(e, "PRAGMA user_version"), NEWEST);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM injection"), ARRAY_LEN(states));
	assert_int_equal(sql_int(e, "SELECT count(*) FROM pragma_integrity_check"
				    " WHERE integrity_check = 'ok'"),
			 1);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	assert_int_equal(e->n_undecided, 2);
	assert_int_equal(sql_int(e, "SELECT sum(listed) FROM injection"), ARRAY_LEN(states) - 2);
	for (int i = 0; i < (int)ARRAY_LEN(states); i++) {
		want = make_row(i + 1);
		assert_int_equal(journal_get(e->j, &want.id, &row, &err), 0);
		assert_string_equal(inj_state_name(row.outcome.state), states[i]);
		assert_string_equal(row.asked.request_id, want.asked.request_id);
		assert_string_equal(row.target.monitor, version < 3 ? "" :
							i % 2	    ? "socket" :
								      "libvirt");
		assert_int_equal(row.asked.origin, ORIGIN_OPERATOR);
		assert_string_equal(row.asked.origin_ref, "");
		assert_int_equal(row.outcome.read, READ_NOT_SAID);
		assert_int_equal(row.outcome.ack_ns, i == 0 ? 412000 : 0);
		assert_int_equal(row.target.gpa.v, 0x41000000 + i * 0x1000000);
		assert_int_equal(row.record_len, i == 0 ? 324 : 172);
		assert_int_equal(row.record[0], i == 0 ? 0x21 : 0x11);
		assert_true(row.other_boot);
		assert_string_equal(row.guest.name, "");
		assert_false(row.guest.has_uuid);
		assert_int_equal(row.guest.uid, -1);
	}
	assert_int_equal(journal_feed(e->j, 0, 100, check_entry, &n, &err), 0);
	assert_int_equal(n, 16);
	assert_int_equal(journal_poison_count(e->j, "vm1", &n_pages, &err), 0);
	assert_int_equal(n_pages, 2);
	assert_int_equal(journal_poison_count(e->j, "vm9", &n_pages, &err), 0);
	assert_int_equal(n_pages, version >= 2);
	assert_int_equal(sql_int(e, "SELECT seen_real_ns FROM poison WHERE gpa = 0x42000000"),
			 1700000000000001002);
}

static void migrates(void **state)
{
	static char fresh[16384], got[16384];
	struct env *e = *state;
	struct journal_row row, back;
	struct ras_err err;

	schema(e, fresh, sizeof(fresh));
	for (int version = 1; version < NEWEST; version++) {
		load(e, version);
		open_journal(e);
		check_content(e, version);
		schema(e, got, sizeof(got));
		assert_string_equal(got, fresh);
		reopen(e);
		check_content(e, version);
		/* and it is a journal to go on with */
		row = make_row(20);
		row.asked.origin = ORIGIN_HOST_EVENT;
		row.guest = (struct journal_guest){ "other name", row.id, true, 64055 };
		assert_int_equal(add(e, &row), 0);
		change(e, &row.id, INJ_DELIVERED, "MEMORY_FAILURE", 0);
		assert_int_equal(flush(e), 0);
		assert_int_equal(journal_get(e->j, &row.id, &back, &err), 0);
		assert_int_equal(back.outcome.state, INJ_DELIVERED);
		assert_int_equal(back.asked.origin, ORIGIN_HOST_EVENT);
		assert_string_equal(back.guest.name, "other name");
		assert_true(back.guest.has_uuid);
		assert_true(uuid_equal(&back.guest.uuid, &row.id));
		assert_int_equal(back.guest.uid, 64055);
		assert_int_equal(sql_int(e, "SELECT max(seq) FROM transition"), 18);
		row = make_row(5);
		assert_int_equal(resolve(e, &row.id, INJ_LOST, "seen on the console", NULL), 0);
	}
	strcpy(row.target.monitor, "pigeon");
	strcpy(row.asked.request_id, "other");
	row.id.b[0] = 99;
	assert_int_equal(add(e, &row), RAS_E_JOURNAL);
}

/* Older versions did not know that a corrected record may take a page out of use. */
static void pages_of_corrected_records(void **state)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED, .flags = 0x08 };
	struct cper_memory m = { .validation_bits = CPER_MEM_VALID_PA,
				 .physical_address = 0x43210123 };
	struct env *e = *state;
	struct cper_builder b;
	uint8_t record[256];
	char sql[1024] = "UPDATE injection SET state = 'acknowledged', record = X'";
	size_t len;

	cper_build_begin(&b, record, sizeof(record));
	cper_put_memory(&b, &info, &m);
	assert_int_equal(cper_build_end(&b, &len, NULL), 0);
	for (size_t i = 0; i < len; i++)
		sprintf(sql + strlen(sql), "%02x", record[i]);
	strcat(sql, "' WHERE rowid = 3");
	for (int version = 1; version <= 3; version++) {
		load(e, version);
		exec_sql(e, sql);
		open_journal(e);
		assert_int_equal(sql_int(e, "SELECT count(*) FROM poison WHERE domain = 'vm1'"), 3);
		assert_int_equal(sql_int(e, "SELECT count(*) FROM poison WHERE gpa = 0x43210000"),
				 1);
	}
}

static int statements_left;

static int on_statement(unsigned int what, void *arg, void *p, void *x)
{
	(void)what, (void)arg, (void)p, (void)x;
	if (statements_left-- == 0)
		raise(SIGKILL);
	return 0;
}

/* sqlite calls it for each connection that is opened. */
static int trace_connection(sqlite3 *db, char **msg, const struct sqlite3_api_routines *api)
{
	(void)msg, (void)api;
	return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, on_statement, NULL);
}

/* Open the journal in a process that is killed before its n-th statement; false = it had fewer. */
static bool open_and_die(struct env *e, int n)
{
	struct journal *j = NULL;
	struct ras_err err;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		statements_left = n;
		sqlite3_auto_extension((void (*)(void))trace_connection);
		_exit(journal_open(&j, e->base, e->sub, NULL, NULL, &err) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return !WIFEXITED(status);
}

static void killed_at_any_statement(void **state)
{
	struct env *e = *state;

	int64_t seen = 1, now;
	int n;

	load(e, 1);
	for (n = 0; open_and_die(e, n); n++) {
		now = sql_int(e, "PRAGMA user_version");
		assert_in_range(now, seen, NEWEST); /* what was done stays done */
		/* A table of a version is there if and only if it is that version. */
		assert_int_equal(sql_int(e, "SELECT count(*) FROM sqlite_schema"
					    " WHERE name = 'retention'"),
				 now >= 4);
		assert_int_equal(sql_int(e, "SELECT count(*) FROM sqlite_schema"
					    " WHERE name = 'lever'"),
				 now >= 10);
		assert_int_equal(sql_int(e, "SELECT count(*) FROM sqlite_schema"
					    " WHERE name = 'injection_unlisted_by_time'"),
				 now >= 12);
		assert_int_equal(sql_int(e, "SELECT count(*) FROM sqlite_schema"
					    " WHERE name = 'transition_3'"),
				 0);
		seen = now;
	}
	assert_true(n > 20);
	open_journal(e);
	check_content(e, 1);
	/* from the start each time, so that every statement of the last step is hit */
	for (n = 0;; n++) {
		load(e, 3);
		if (!open_and_die(e, n))
			break;
		open_journal(e);
		check_content(e, 3);
	}
}

/* journal_open() must fail with a text that has these words. */
static void expect(struct env *e, const char *words)
{
	struct journal *j = NULL;
	struct ras_err err = RAS_ERR_NULL;

	assert_int_equal(journal_open(&j, e->base, e->sub, NULL, NULL, &err), -RAS_E_JOURNAL);
	assert_null(j);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void cannot_be_written(void **state)
{
	struct env *e = *state;
	struct rlimit old, small;
	char path[192];
	pid_t pid;
	int status;

	load(e, 3);
	exec_sql(e, "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n LIMIT 2000)"
		    " INSERT INTO transition SELECT 1, i, 'written', 1, 1, 'b', 'd' FROM n");
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 65536; /* a disk that is full: no room for the log */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	expect(e, "cannot go from version 3 to 4");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(sql_int(e, "PRAGMA user_version"), 3);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM transition"), 2016);
	/* another user's file */
	load(e, 3);
	snprintf(path, sizeof(path), "%s/journal.db", e->sub);
	chmod(e->dir, 0755);
	chmod(e->sub, 0777);
	chmod(path, 0444);
	snprintf(path, sizeof(path), "%s/journal.lock", e->sub);
	chmod(path, 0666);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && setresuid(65534, 65534, 65534))
			_exit(2);
		expect(e, "journal.db: Permission denied");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	open_journal(e);
	check_content(e, 3);
}

static void cannot_be_read(void **state)
{
	struct env *e = *state;

	load(e, 2);
	exec_sql(e, "DROP TABLE transition");
	expect(e, "cannot go from version 3 to 4: no such table");
	assert_int_equal(sql_int(e, "PRAGMA user_version"), 3); /* that step was whole */
	exec_sql(e, "PRAGMA user_version = 99");
	expect(e, "newer");
	load(e, 1);
	exec_sql(e, "PRAGMA application_id = 5");
	expect(e, "not a rasd journal");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { T(migrates), T(pages_of_corrected_records),
					    T(killed_at_any_statement), T(cannot_be_written),
					    T(cannot_be_read) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
