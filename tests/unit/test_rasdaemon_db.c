// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Passes over rasdaemon's database: no row is lost, neither rasdaemon's nor ours; cursors; files
 * that are replaced, pruned, half-written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>

#include "tests/unit/patience.h"
#include "tests/unit/rasdaemon_pass.h"

/* --- what is new --- */

static void test_only_what_is_new(void **state)
{
	char position[EVENT_POSITION_SIZE];

	(void)state;
	begin(SCHEMA);
	ras_insert("Corrected", 0x1000);
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	assert_true(news.event[0].when.catch_up);
	expect(PASS_DONE);
	assert_int_equal(news.n, 0);
	ras_insert("Corrected", 0x2000);
	ras_insert("Uncorrected", 0x3000);
	expect(PASS_DONE);
	assert_int_equal(news.n, 2);
	assert_int_equal(news.event[1].where.hpa.v, 0x3000);
	assert_false(news.event[1].when.catch_up);
	assert_true(uuid_equal(&news.event[1].when.boot_id, &db.boot_id));

	/* Another life of rasd goes on where the event that it has stored last was. */
	strcpy(position, news.event[0].position);
	rasdaemon_db_init(&db, ras_path, position);
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	assert_int_equal(news.event[0].where.hpa.v, 0x3000);
	assert_true(news.event[0].when.catch_up);
	finish();
}

/* What was there before rasd was ever started is old; but not what is of this boot. */
static void test_first_time(void **state)
{
	static const struct uuid nil;

	(void)state;
	begin(SCHEMA);
	ras_exec("INSERT INTO mc_event(timestamp,err_type,address,grain) "
		 "VALUES('2020-01-01 00:00:00 +0000','Uncorrected',4096,6)");
	ras_insert("Uncorrected", 0x2000);
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	assert_int_equal(news.event[0].where.hpa.v, 0x2000);

	/* Known once: an old row that is new here is reported, as of a boot that is not known. */
	rasdaemon_db_init(&db, ras_path, news.event[0].position);
	ras_exec("INSERT INTO mc_event(timestamp,err_type,address,grain) "
		 "VALUES('2020-01-01 00:00:00 +0000','Uncorrected',4096,6)");
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	assert_true(uuid_equal(&news.event[0].when.boot_id, &nil));
	finish();
}

/* A machine check that rasdaemon got from the firmware's store is of the boot that crashed. */
static void test_old_machine_check(void **state)
{
	static const struct uuid nil;

	(void)state;
	begin(SCHEMA);
	expect(PASS_DONE);
	ras_exec("INSERT INTO mce_record(timestamp,status,addr,misc,bank,cpuvendor) "
		 "VALUES('2020-01-01 00:00:00 +0000',-1,4096,140,1,0)");
	ras_insert("Corrected", 0x1000);
	expect(PASS_DONE);
	assert_int_equal(news.n, 2);
	assert_string_equal(news.event[0].report, "mce_record");
	assert_true(uuid_equal(&news.event[0].when.boot_id, &nil));
	assert_true(uuid_equal(&news.event[1].when.boot_id, &db.boot_id));
	finish();
}

static void insert_many(unsigned int n)
{
	ras_exec("BEGIN");
	for (unsigned int i = 0; i < n; i++)
		ras_insert("Corrected", 0x1000);
	ras_exec("COMMIT");
}

static void test_many(void **state)
{
	size_t n = 0, passes = 0;

	(void)state;
	begin(SCHEMA);
	expect(PASS_DONE);
	insert_many(1000);
	ras_exec("INSERT INTO memory_failure_event(timestamp,pfn) "
		 "VALUES('2026-11-23 01:26:05 +0000','0x10')");
	do {
		pass();
		/* The page that is lost does not wait for the corrected errors before it. */
		if (!passes++)
			assert_string_equal(news.event[0].report, "memory_failure_event");
		assert_in_range(news.n, 0, RASDAEMON_PASS_ROWS + 2);
		n += news.n;
	} while (news.result == PASS_MORE && passes < 10);
	assert_int_equal(news.result, PASS_DONE);
	assert_int_equal(n, 1001);
	finish();
}

/* --- ids that begin again --- */

static void test_pruned(void **state)
{
	(void)state;
	begin(SCHEMA);
	for (uint64_t i = 1; i <= 5; i++)
		ras_insert("Corrected", i << 12);
	expect(PASS_DONE);
	assert_int_equal(news.n, 5);
	/* Old rows, that of the cursor among them; newer ones stay. */
	ras_insert("Corrected", 6 << 12);
	ras_exec("DELETE FROM mc_event WHERE id<=5");
	expect(PASS_DONE);
	assert_int_equal(news.n, 1);
	assert_int_equal(news.event[0].where.hpa.v, 6 << 12);
	finish();
}

static void test_emptied(void **state)
{
	(void)state;
	begin(SCHEMA);
	for (uint64_t i = 1; i <= 5; i++)
		ras_insert("Corrected", i << 12);
	read_rest();
	ras_exec("DELETE FROM mc_event");
	assert_int_equal(read_rest(), 0);
	ras_insert("Corrected", 0x9000); /* id 1 again */
	assert_int_equal(read_rest(), 1);
	assert_int_equal(db.cursor.place[3].id, 1);

	/* Emptied, and as many rows again before rasd looks. */
	ras_exec("DELETE FROM mc_event");
	ras_exec("INSERT INTO mc_event(timestamp,err_type,address,grain) "
		 "VALUES('2100-01-01 00:00:00 +0000','Uncorrected',40960,6)");
	assert_int_equal(read_rest(), 1);
	finish();
}

/* The newest rows are deleted: what is left was read. */
static void test_cut(void **state)
{
	(void)state;
	begin(SCHEMA);
	for (int i = 1; i <= 3; i++)
		ras_exec("INSERT INTO mc_event(timestamp,err_type,address,grain) "
			 "VALUES('2026-11-23 01:26:05 +0000','Corrected',4096,6)");
	db.boot_real_ns = 1;
	ras_insert("Corrected", 0x1000);
	assert_int_equal(read_rest(), 4);
	ras_exec("DELETE FROM mc_event WHERE id=4");
	assert_int_equal(read_rest(), 0);
	ras_insert("Corrected", 0x2000); /* id 4 again */
	assert_int_equal(read_rest(), 1);
	finish();
}

static void copy_file(const char *from, const char *to)
{
	char *buf = malloc(1 << 20);
	FILE *in = fopen(from, "re"), *out = fopen(to, "we");
	size_t n;

	assert_non_null(buf);
	assert_non_null(in);
	assert_non_null(out);
	n = fread(buf, 1, 1 << 20, in);
	assert_int_equal(fwrite(buf, 1, n, out), n);
	fclose(in);
	fclose(out);
	free(buf);
}

static void test_replaced(void **state)
{
	char copy[128];

	(void)state;
	begin(SCHEMA);
	for (uint64_t i = 1; i <= 3; i++)
		ras_insert("Corrected", i << 12);
	assert_int_equal(read_rest(), 3);
	/* A copy of the same file takes its place: nothing is new. */
	snprintf(copy, sizeof(copy), "%s.copy", ras_path);
	ras_close_writer();
	copy_file(ras_path, copy);
	assert_int_equal(rename(copy, ras_path), 0);
	assert_int_equal(read_rest(), 0);
	/* Another file: all of it is, whatever the clock says. */
	unlink(ras_path);
	ras_open_writer();
	ras_exec_file(SCHEMA);
	for (int i = 1; i <= 3; i++)
		ras_exec("INSERT INTO mc_event(timestamp,err_type,address,grain) "
			 "VALUES('2026-11-23 01:26:05 +0000','Corrected',4096,6)");
	assert_int_equal(read_rest(), 3);
	assert_true(news.n == 0 || news.event[0].when.catch_up);
	finish();
}

static void test_positions(void **state)
{
	struct rasdaemon_cursor c = { .known = true, .file = 0xdeadbeef, .newest_s = 1795397165 };
	struct rasdaemon_cursor back;
	char text[EVENT_POSITION_SIZE];

	(void)state;
	for (uint32_t i = 0; i < RASDAEMON_TABLES; i++)
		c.place[i] = (struct rasdaemon_place){ .id = UINT32_MAX - 1 - i,
						       .stamp = (uint16_t)(0xfff0 + i) };
	rasdaemon_cursor_format(&c, text);
	rasdaemon_cursor_parse(text, &back);
	assert_memory_equal(&c, &back, sizeof(c));
	for (size_t i = 0; text[i]; i++) {
		char was = text[i];

		text[i] = '!';
		rasdaemon_cursor_parse(text, &back);
		assert_false(back.known);
		text[i] = '\0';
		rasdaemon_cursor_parse(text, &back);
		assert_false(back.known);
		text[i] = was;
	}
	strcat(text, "A");
	rasdaemon_cursor_parse(text, &back);
	assert_false(back.known);
}

/* --- rasdaemon writes --- */

static void *write_rows(void *arg)
{
	unsigned int *lost = arg;

	for (unsigned int i = 0; i < 500; i++) {
		sqlite3_stmt *st;

		sqlite3_prepare_v2(ras_writer,
				   "INSERT INTO mc_event(timestamp,err_type,address,grain) "
				   "VALUES('2026-11-23 01:26:05 +0000','Corrected',4096,6)",
				   -1, &st, NULL);
		if (sqlite3_step(st) != SQLITE_DONE)
			(*lost)++;
		sqlite3_finalize(st);
	}
	return NULL;
}

/* Rows are written and read as fast as can be: both sides have all of them. */
static void test_nothing_is_lost(void **state)
{
	int64_t end_ns = patience_end_ns();
	unsigned int lost = 0;
	pthread_t thread;
	size_t n = 0;

	(void)state;
	begin(SCHEMA);
	expect(PASS_DONE);
	assert_int_equal(pthread_create(&thread, NULL, write_rows, &lost), 0);
	while (n < 500 && clock_boot_ns() < end_ns) {
		pass();
		assert_true(news.result == PASS_DONE || news.result == PASS_MORE ||
			    news.result == PASS_AGAIN);
		assert_int_equal(news.malformed, 0);
		n += news.n;
	}
	pthread_join(thread, NULL);
	assert_int_equal(lost, 0);
	assert_int_equal(n, 500);
	finish();
}

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
		cmocka_unit_test(test_only_what_is_new),
		cmocka_unit_test(test_first_time),
		cmocka_unit_test(test_old_machine_check),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_pruned),
		cmocka_unit_test(test_emptied),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_positions),
		cmocka_unit_test(test_nothing_is_lost),
		cmocka_unit_test(test_no_lock),
		cmocka_unit_test(test_not_yet_written),
		cmocka_unit_test(test_half_written),
		cmocka_unit_test(test_wal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
