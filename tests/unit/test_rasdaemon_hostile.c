// SPDX-License-Identifier: LGPL-2.1-or-later
/* Databases of rasdaemon that are late, no database, damaged, hostile, or not for this user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/wait.h>

#include "tests/unit/rasdaemon_pass.h"

static void test_not_yet(void **state)
{
	(void)state;
	ras_make_directory();
	rasdaemon_db_init(&db, ras_path, "");
	expect(PASS_ABSENT);
	ras_open_writer();
	expect(PASS_EMPTY);
	ras_exec("CREATE TABLE disk_errors (id INTEGER PRIMARY KEY, timestamp TEXT)");
	expect(PASS_DONE); /* tables come one after the other */
	ras_exec_file(SCHEMA);
	ras_insert("Corrected", 0x1000);
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	finish();
}

static void test_no_file(void **state)
{
	char other[128];

	(void)state;
	ras_make(SCHEMA);
	ras_close_writer();
	rasdaemon_db_init(&db, ras_path, "");
	snprintf(other, sizeof(other), "%s-wal", ras_path);
	rename(ras_path, other);
	assert_int_equal(symlink(other, ras_path), 0);
	expect(PASS_DAMAGED);
	assert_string_equal(news.why, "it is a symbolic link");
	unlink(ras_path);
	assert_int_equal(mkfifo(ras_path, 0600), 0);
	expect(PASS_DAMAGED);
	unlink(ras_path);
	assert_int_equal(mkdir(ras_path, 0700), 0);
	expect(PASS_DAMAGED);
	rmdir(ras_path);
	finish();
}

/* A text that no name and no label needs. Rows behind it are read. */
static void test_huge_values(void **state)
{
	(void)state;
	begin(SCHEMA);
	expect(PASS_DONE);
	ras_insert("Corrected", 0x1000);
	ras_exec("INSERT INTO mc_event(timestamp,err_type,address,grain,label) VALUES("
		 "'2026-11-23 01:26:05 +0000','Corrected',8192,6,printf('%.*c',10000000,'x'))");
	ras_insert("Corrected", 0x3000);
	assert_int_equal(read_rest(), 2);
	assert_int_equal(db.cursor.place[3].id, 3);
	finish();
}

static void test_huge_ids(void **state)
{
	(void)state;
	begin(SCHEMA);
	expect(PASS_DONE);
	ras_insert("Corrected", 0x1000);
	ras_exec("INSERT INTO mc_event(id,timestamp,err_type,address,grain) VALUES("
		 "9223372036854775807,'2026-11-23 01:26:05 +0000','Corrected',8192,6)");
	ras_exec("INSERT INTO mc_event(id,timestamp,err_type,address,grain) VALUES("
		 "-5,'2026-11-23 01:26:05 +0000','Corrected',8192,6)");
	assert_int_equal(read_rest(), 1);
	assert_int_equal(read_rest(), 0);
	finish();
}

/* Tables that are none of rasdaemon's, and would run something, or for ever. */
static void test_hostile_schema(void **state)
{
	(void)state;
	begin(NULL);
	ras_exec("CREATE VIEW mc_event AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 "
		 "FROM n) SELECT i AS id, '2026-11-23 01:26:05 +0000' AS timestamp FROM n");
	ras_exec("CREATE TABLE mce_record (id TEXT, timestamp TEXT, status INTEGER)");
	ras_exec("INSERT INTO mce_record VALUES('1','2026-11-23 01:26:05 +0000',-1)");
	ras_exec("CREATE TABLE arm_event (id INTEGER PRIMARY KEY, timestamp TEXT, mpidr INTEGER AS "
		 "(length(hex(zeroblob(100000000)))))");
	ras_exec("INSERT INTO arm_event(timestamp) VALUES('2026-11-23 01:26:05 +0000')");
	ras_exec("CREATE TABLE memory_failure_event (id INTEGER PRIMARY KEY, timestamp TEXT, "
		 "pfn TEXT, "
		 "page_type TEXT, action_result TEXT)");
	ras_exec("INSERT INTO memory_failure_event(timestamp,pfn) "
		 "VALUES('2026-11-23 01:26:05 +0000','0x10')");
	db.boot_real_ns = 1;
	assert_int_equal(read_rest(), 1);
	finish();
}

/* Every byte of the first page, and of the pages of a table, is changed: nothing breaks. */
static void test_damaged(void **state)
{
	unsigned int damaged = 0;
	struct stat st;
	FILE *f;

	(void)state;
	begin(SCHEMA);
	for (unsigned int i = 0; i < 50; i++)
		ras_insert("Corrected", 0x1000);
	ras_close_writer();
	assert_int_equal(stat(ras_path, &st), 0);
	f = fopen(ras_path, "r+e");
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	for (long at = 0; at < st.st_size; at += at < 200 ? 1 : 61) {
		int was;

		fseek(f, at, SEEK_SET);
		was = fgetc(f);
		fseek(f, at, SEEK_SET);
		fputc(was ^ 0xff, f);
		rasdaemon_db_init(&db, ras_path, "");
		pass();
		damaged += news.result == PASS_DAMAGED;
		fseek(f, at, SEEK_SET);
		fputc(was, f);
	}
	fclose(f);
	assert_in_range(damaged, 16, 1000); /* the magic bytes at least */
	rasdaemon_db_init(&db, ras_path, "");
	expect(PASS_DONE);
	assert_int_equal(news.n, 50);
	/* Cut in the middle. */
	assert_int_equal(truncate(ras_path, 5000), 0);
	rasdaemon_db_init(&db, ras_path, "");
	expect(PASS_DAMAGED);
	assert_int_equal(truncate(ras_path, 50), 0);
	expect(PASS_DAMAGED);
	finish();
}

/* A file of 10 GB, nearly all of it a hole: the pages of the tables are read, not the file. */
static void test_large(void **state)
{
	(void)state;
	begin(SCHEMA);
	ras_insert("Corrected", 0x1000);
	if (truncate(ras_path, INT64_C(10) << 30) < 0)
		fail_msg("no sparse files in /tmp: %s", strerror(errno));
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	finish();
}

static void test_unreadable(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
	begin(SCHEMA);
	assert_int_equal(chmod(ras_path, 0600), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(3);
		_exit(pass() == PASS_UNREADABLE && errno == EACCES ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (geteuid() == 0)
		assert_int_equal(status, 0);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_yet),	       cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_huge_values),    cmocka_unit_test(test_huge_ids),
		cmocka_unit_test(test_hostile_schema), cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_large),	       cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
