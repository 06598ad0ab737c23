// SPDX-License-Identifier: LGPL-2.1-or-later
/* The journal's files are removed, moved, cut or replaced while it is open. */
#include "tests/unit/journal_files_env.h"

static void log_removed(void **state)
{
	struct env *e = *state;
	struct ras_err err;
	struct journal_stat s;

	add_rows(e, 1, 21);
	assert_int_equal(unlink(at(e, "journal.db-wal")), 0);
	assert_non_null(strstr(refusal(e, 21), "journal.db-wal was removed"));
	refusal(e, 22);
	assert_int_equal(count_log("journal.db-wal was removed"), 1);
	journal_stat(e->j, &s);
	assert_non_null(s.damage);
	/* only a new life has a log again */
	assert_int_equal(n_fatal, 1);
	assert_non_null(strstr(fatal.text, "journal.db-wal"));
	/* killed now, it has lost nothing */
	assert_int_equal(sql_int(e, "SELECT count(*) FROM injection"), 20);
	journal_close(e->j);
	assert_int_equal(try_open(e, false, &err), 0);
	for (int i = 1; i < 21; i++)
		assert_true(has(e, i));
	assert_false(has(e, 21));
	assert_string_equal(refusal(e, 21), "");
}

static void log_removed_then_closed(void **state)
{
	struct env *e = *state;
	struct ras_err err;

	add_rows(e, 1, 21);
	assert_int_equal(unlink(at(e, "journal.db-wal")), 0);
	journal_close(e->j);
	assert_int_equal(try_open(e, false, &err), 0);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM injection"), 20);
}

static void log_cut(void **state)
{
	struct env *e = *state;
	struct ras_err err;

	add_rows(e, 1, 21);
	assert_int_equal(truncate(at(e, "journal.db-wal"), 0), 0);
	assert_non_null(strstr(refusal(e, 21), "journal.db-wal was cut"));
	assert_int_equal(n_fatal, 1);
	assert_int_equal(count_log("was cut short"), 1);
	journal_close(e->j);
	e->j = NULL;
	assert_int_equal(try_open(e, false, &err), -RAS_E_JOURNAL);
	assert_non_null(strstr(err.text, "newest 20 of 20"));
	assert_non_null(strstr(err.hint, "--new-journal"));
	/* as often as it is tried */
	assert_int_equal(try_open(e, false, &err), -RAS_E_JOURNAL);
	assert_int_equal(try_open(e, true, &err), 0);
	assert_string_equal(refusal(e, 30), "");
	journal_close(e->j);
	/* once is enough */
	assert_int_equal(try_open(e, false, &err), 0);
	assert_true(has(e, 30));
}

/* Nobody gets as far as a commit where the look-up before it fails. */
static void log_cut_and_read(void **state)
{
	struct env *e = *state;
	int64_t deadline = patience_end_ns();

	add_rows(e, 1, 21);
	assert_int_equal(truncate(at(e, "journal.db-wal"), 0), 0);
	assert_false(has(e, 20));
	while (!n_fatal && clock_boot_ns() < deadline) {
		loop_turn(e->base, EVLOOP_NONBLOCK);
		usleep(200);
	}
	assert_int_equal(n_fatal, 1);
	assert_int_equal(count_log("was cut short"), 1);
}

static void database_moved_and_put_back(void **state)
{
	struct env *e = *state;
	struct journal_row row = make_row(1), out;
	struct journal_stat s;
	struct ras_err err;

	add_rows(e, 1, 6);
	assert_int_equal(rename(at(e, "journal.db"), at(e, "moved")), 0);
	assert_non_null(strstr(refusal(e, 6), "journal.db was removed"));
	change(e, &row.id, INJ_WRITTEN, "later", 0);
	assert_int_equal(flush(e), RAS_E_JOURNAL);
	refusal(e, 7);
	assert_int_equal(count_log("journal.db was removed"), 1);
	/* it can be read, and somebody may put the file back */
	assert_int_equal(n_fatal, 0);
	assert_true(has(e, 5));
	journal_stat(e->j, &s);
	assert_non_null(s.damage);
	assert_int_equal(rename(at(e, "moved"), at(e, "journal.db")), 0);
	assert_string_equal(refusal(e, 8), "");
	assert_int_equal(flush(e), 0);
	journal_stat(e->j, &s);
	assert_null(s.damage);
	journal_close(e->j);
	assert_int_equal(try_open(e, false, &err), 0);
	assert_int_equal(journal_get(e->j, &row.id, &out, &err), 0);
	assert_int_equal(out.outcome.state, INJ_WRITTEN);
	assert_true(has(e, 8));
	assert_false(has(e, 6));
}

static void other_faults(void **state)
{
	struct env *e = *state;
	struct ras_err err;
	char other[96];
	int fd;

	add_rows(e, 1, 3);
	assert_int_equal(rename(at(e, "journal.lock"), at(e, "moved")), 0);
	assert_non_null(strstr(refusal(e, 3), "journal.lock was removed"));
	/* another file of that name is not it */
	fd = open(at(e, "journal.lock"), O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_non_null(strstr(refusal(e, 3), "journal.lock was removed"));
	assert_int_equal(rename(at(e, "moved"), at(e, "journal.lock")), 0);
	assert_string_equal(refusal(e, 3), "");

	snprintf(other, sizeof(other), "%s/other", e->dir);
	assert_int_equal(rename(e->sub, other), 0);
	assert_non_null(strstr(refusal(e, 4), "state directory was removed"));
	assert_int_equal(rename(other, e->sub), 0);
	assert_string_equal(refusal(e, 4), "");

	assert_int_equal(n_fatal, 0);
	assert_int_equal(unlink(at(e, "journal.db-shm")), 0);
	assert_non_null(strstr(refusal(e, 5), "journal.db-shm was removed"));
	assert_int_equal(n_fatal, 1);
	journal_close(e->j);
	assert_int_equal(try_open(e, false, &err), 0);
	assert_true(has(e, 4));

	journal_close(e->j); /* all of it goes into journal.db */
	assert_int_equal(try_open(e, false, &err), 0);
	assert_int_equal(truncate(at(e, "journal.db"), 4096), 0);
	assert_non_null(strstr(refusal(e, 9), "journal.db was cut"));
	assert_int_equal(n_fatal, 2);
}

static void counts(void **state)
{
	struct env *e = *state;
	struct journal_row row = make_row(1);
	struct journal_stat s, again;
	struct ras_err err;

	journal_stat(e->j, &s);
	assert_true(s.rows == 0 && s.undecided == 0 && s.oldest_real_ns == 0 && !s.damage);
	row.created_real_ns = 1000;
	assert_int_equal(add(e, &row), 0);
	add_rows(e, 2, 5);
	assert_int_equal(add(e, &row), RAS_E_REQUEST_ID); /* not stored, not counted */
	change(e, &row.id, INJ_WRITTEN, "", 0);
	assert_int_equal(flush(e), 0);
	journal_stat(e->j, &s);
	assert_true(s.rows == 4 && s.undecided == 4 && s.oldest_real_ns == 1000);
	change(e, &row.id, INJ_ACKNOWLEDGED, "", 5);
	assert_int_equal(flush(e), 0);
	journal_stat(e->j, &s);
	assert_true(s.rows == 4 && s.undecided == 3 && s.oldest_real_ns == 1000);
	journal_close(e->j);
	assert_int_equal(try_open(e, false, &err), 0);
	journal_stat(e->j, &again);
	assert_true(again.rows == 4 && again.undecided == 3 && again.oldest_real_ns == 1000);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup_files, teardown_files)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(log_removed),	     T(log_removed_then_closed),     T(log_cut),
		T(log_cut_and_read), T(database_moved_and_put_back), T(other_faults),
		T(counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
