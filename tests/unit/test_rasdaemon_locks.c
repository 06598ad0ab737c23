// SPDX-License-Identifier: LGPL-2.1-or-later
/* A pass over rasdaemon's database takes no lock; files half-written; the write-ahead log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>

#include "tests/unit/patience.h"
#include "tests/unit/rasdaemon_pass.h"

/* A pass takes no lock, at no time: rasdaemon's could be had while sqlite steps. */
static void test_no_lock(void **state)
{
	(void)state;
	begin(SCHEMA);
	ras_insert("Corrected", 0x1000);
	/* An exclusive lock of another keeps no pass from reading. */
	ras_exec("BEGIN EXCLUSIVE");
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	ras_exec("COMMIT");
	finish();
}

/* The first half of a commit: the journal is written, the database is not. */
static void test_not_yet_written(void **state)
{
	const struct timespec then[2] = { { .tv_sec = 1700000000 }, { .tv_sec = 1700000000 } };
	char journal[128];
	struct stat st;

	(void)state;
	begin(SCHEMA);
	ras_insert("Corrected", 0x1000);
	assert_int_equal(utimensat(AT_FDCWD, ras_path, then, 0), 0);
	ras_exec("BEGIN");
	ras_insert("Corrected", 0x2000);
	snprintf(journal, sizeof(journal), "%s-journal", ras_path);
	assert_int_equal(stat(journal, &st), 0);
	assert_true(st.st_size > 0);
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	/* The second half: the database is as new as the journal. */
	assert_int_equal(utimensat(AT_FDCWD, journal, then, 0), 0);
	expect(PASS_AGAIN);
	ras_exec("COMMIT");
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	assert_int_equal(news.event[0].where.hpa.v, 0x2000);
	finish();
}

/* While a journal says that the database is half-written, nothing counts; it is left alone. */
static void test_half_written(void **state)
{
	char journal[128];
	struct stat st;

	(void)state;
	begin(SCHEMA);
	ras_insert("Corrected", 0x1000);
	ras_exec("PRAGMA cache_size=1");
	ras_exec("BEGIN");
	for (unsigned int i = 0; i < 200; i++)
		ras_insert("Corrected", 0x2000);
	snprintf(journal, sizeof(journal), "%s-journal", ras_path);
	assert_int_equal(stat(journal, &st), 0);
	expect(PASS_AGAIN);
	assert_int_equal(news.n, 0);
	assert_int_equal(stat(journal, &st), 0);
	ras_exec("ROLLBACK");
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	finish();
}

static void test_wal(void **state)
{
	(void)state;
	begin(SCHEMA);
	ras_exec("PRAGMA journal_mode=WAL");
	ras_insert("Corrected", 0x1000);
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	ras_insert("Corrected", 0x2000);
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	ras_exec("PRAGMA journal_mode=DELETE"); /* needs the file alone */
	ras_insert("Corrected", 0x3000);
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_lock),
		cmocka_unit_test(test_not_yet_written),
		cmocka_unit_test(test_half_written),
		cmocka_unit_test(test_wal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
