// SPDX-License-Identifier: LGPL-2.1-or-later
/* Passes over rasdaemon's database: another file under its name; no row is lost meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>

#include "tests/unit/patience.h"
#include "tests/unit/rasdaemon_pass.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_positions),
		cmocka_unit_test(test_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
