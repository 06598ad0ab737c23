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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
