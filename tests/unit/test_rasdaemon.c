// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The source "rasdaemon": a database that comes late, goes, is forbidden, damaged, half-written;
 * rows while it is open; what an operator is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "sources/rasdaemon/rasdaemon.h"
#include "tests/unit/event_sink.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/needs_root.h"
#include "tests/unit/patience.h"
#include "tests/unit/rasdaemon_env.h"

#define SCHEMA RASDAEMON_DATA "0.8.5.schema.sql"

static struct event_base *base;
static struct conf conf;
static void *self;

static struct source_status status(void)
{
	struct source_status s;

	rasdaemon_event_source.status(self, &s);
	return s;
}

static void open_at(const char *path, const char *position)
{
	struct source_setup setup = { .conf = &conf,
				      .position = position,
				      .sink = { .event = on_event, .changed = on_changed } };

	n_events = n_changes = 0;
	base = event_base_new();
	assert_non_null(base);
	setup.base = base;
	conf_defaults(&conf);
	snprintf(conf.sources.rasdaemon_database, sizeof(conf.sources.rasdaemon_database), "%s",
		 path);
	assert_int_equal(rasdaemon_event_source.open(&self, &setup, NULL), 0);
}

static void close_it(void)
{
	rasdaemon_event_source.close(self);
	self = NULL;
	event_base_free(base);
}

static void run_until(enum event_source_state state, const char *why, size_t events)
{
	int64_t end_ns = patience_end_ns();

	while (status().state != state || !strstr(status().why, why) || n_events < events) {
		if (clock_boot_ns() > end_ns)
			fail_msg("%s, not %s: \"%s\", %zu events",
				 event_source_state_name(status().state),
				 event_source_state_name(state), status().why, n_events);
		loop_turn(base, EVLOOP_ONCE);
	}
	assert_int_equal(n_events, events);
}

static void test_rows_come(void **state)
{
	(void)state;
	ras_make(SCHEMA);
	ras_insert("Corrected", 0x1000);
	open_at(ras_path, "");
	run_until(SOURCE_LIVE, "", 1);
	assert_true(last.when.catch_up);
	for (size_t i = 0; i < 5; i++) {
		ras_insert("Uncorrected", 0x2000 + (i << 12));
		run_until(SOURCE_LIVE, "", 2 + i);
		assert_false(last.when.catch_up);
		assert_int_equal(last.where.hpa.v, 0x2000 + (i << 12));
	}
	assert_int_equal(status().events, 6);
	assert_true(status().last_real_ns > 0);
	assert_string_equal(status().mend, "");
	close_it();

	/* The next life. */
	ras_insert("Corrected", 0x9000);
	open_at(ras_path, last.position);
	run_until(SOURCE_LIVE, "", 1);
	assert_int_equal(last.where.hpa.v, 0x9000);
	close_it();
	ras_unmake();
}

/* More than a slice and more than a pass. */
static void test_burst(void **state)
{
	(void)state;
	ras_make(SCHEMA);
	open_at(ras_path, "");
	run_until(SOURCE_LIVE, "", 0);
	ras_exec("BEGIN");
	for (unsigned int i = 0; i < 700; i++)
		ras_insert("Corrected", 0x1000);
	ras_exec("COMMIT");
	run_until(SOURCE_LIVE, "", 700);
	close_it();
	ras_unmake();
}

static void test_late(void **state)
{
	(void)state;
	ras_make_directory();
	open_at(ras_path, "");
	run_until(SOURCE_WAITING, "has not made it yet", 0);
	assert_non_null(strstr(status().mend, "rasdaemon"));
	ras_open_writer();
	fclose(fopen(ras_path, "ae"));
	run_until(SOURCE_WAITING, "no table yet", 0);
	ras_exec_file(SCHEMA);
	ras_insert("Corrected", 0x1000);
	run_until(SOURCE_LIVE, "", 1);
	/* Moved away, and made again. */
	ras_close_writer();
	unlink(ras_path);
	run_until(SOURCE_WAITING, "has not made it yet", 1);
	ras_open_writer();
	ras_exec_file(SCHEMA);
	ras_insert("Corrected", 0x2000);
	run_until(SOURCE_LIVE, "", 2);
	assert_int_equal(last.where.hpa.v, 0x2000);
	close_it();
	ras_unmake();
}

static void test_absent(void **state)
{
	(void)state;
	open_at("/nonexistent/rasd/ras-mc_event.db", "");
	run_until(SOURCE_ABSENT, "/nonexistent/rasd: not there", 0);
	close_it();
	open_at("", "");
	assert_int_equal(status().state, SOURCE_OFF);
	close_it();
}

/* A journal that a crash has left: rasdaemon rolls it back when it stores the next row. */
static void test_left_half_written(void **state)
{
	const struct timespec then[2] = { { .tv_sec = 1700000000 }, { .tv_sec = 1700000000 } };
	char journal[128];
	int fd;

	(void)state;
	ras_make(SCHEMA);
	ras_insert("Corrected", 0x1000);
	snprintf(journal, sizeof(journal), "%s-journal", ras_path);
	fd = open(journal, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8), 8);
	assert_int_equal(futimens(fd, then), 0); /* the database was written after it */
	close(fd);
	open_at(ras_path, "");
	run_until(SOURCE_WAITING, "half-written", 0);
	unlink(journal);
	run_until(SOURCE_LIVE, "", 1);
	close_it();
	ras_unmake();
}

static void test_damaged(void **state)
{
	char mend[160];
	FILE *f;

	(void)state;
	ras_make_directory();
	f = fopen(ras_path, "we");
	for (unsigned int i = 0; i < 1000; i++)
		fputs("no database ", f);
	fclose(f);
	open_at(ras_path, "");
	run_until(SOURCE_UNREADABLE, "no sqlite database", 0);
	snprintf(mend, sizeof(mend), "move %s away, systemctl restart rasdaemon", ras_path);
	assert_string_equal(status().mend, mend);
	unlink(ras_path);
	run_until(SOURCE_WAITING, "has not made it yet", 0);
	close_it();
	ras_unmake();
}

/* What is told to a user that may not read is a command that mends it. */
static void as_nobody(void)
{
	char mend[160];
	struct stat st;

	assert_int_equal(setuid(65534), 0);
	open_at(ras_path, "");
	run_until(SOURCE_UNREADABLE, "Permission denied", 0);
	assert_int_equal(stat(ras_dir, &st), 0);
	if (st.st_mode & 0004)
		snprintf(mend, sizeof(mend), "setfacl -m u:rasd:r %s", ras_path);
	else
		snprintf(mend, sizeof(mend), "setfacl -m u:rasd:rx %s", ras_dir);
	assert_string_equal(status().mend, mend);
	close_it();
	_exit(0);
}

static void test_forbidden(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		int how = -1;
		pid_t pid;

		ras_make(SCHEMA);
		assert_int_equal(chmod(i ? ras_dir : ras_path, i ? 0711 : 0600), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			as_nobody();
		assert_int_equal(waitpid(pid, &how, 0), pid);
		assert_int_equal(how, 0);
		ras_unmake();
	}
}

/* It is closed at whatever moment. */
static void test_closed_at_once(void **state)
{
	(void)state;
	ras_make(SCHEMA);
	for (unsigned int i = 0; i < 300; i++)
		ras_insert("Corrected", 0x1000);
	for (unsigned int turns = 0; turns < 8; turns++) {
		open_at(ras_path, "");
		for (unsigned int i = 0; i < turns; i++)
			loop_turn(base, EVLOOP_ONCE);
		close_it();
	}
	ras_unmake();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_come),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_left_half_written),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test_setup(test_forbidden, needs_root),
		cmocka_unit_test(test_closed_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
