// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The check of the journal at the start: of a whole file, interrupted at any moment, and of a
 * damaged file.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "journal/private.h"
#include "journal_env.h"

#define N_ROWS 300

static void fill(struct env *e)
{
	for (int n = 0; n < N_ROWS; n++) {
		struct journal_row row = make_row(n);
		struct ras_err err;

		assert_int_equal(journal_intent(e->j, &row, NULL, 10000000, NULL, NULL, &err), 0);
	}
	assert_int_equal(flush(e), 0);
	journal_close(e->j);
	e->j = NULL;
}

static int check(struct env *e, int64_t budget_ns, bool *whole, struct ras_err *err)
{
	char path[192];
	sqlite3 *db;
	int ret;

	snprintf(path, sizeof(path), "%s/journal.db", e->sub);
	assert_int_equal(sqlite3_open(path, &db), 0);
	ret = journal_check(db, budget_ns, whole, err);
	/* The connection can be used afterwards. */
	assert_int_equal(sqlite3_exec(db, "SELECT count(*) FROM injection", NULL, NULL, NULL),
			 ret ? SQLITE_CORRUPT : 0);
	sqlite3_close(db);
	return ret;
}

/* However far it got, an interrupted check never says "damaged". */
static void budgets(void **state)
{
	bool whole = false;
	struct ras_err err;

	fill(*state);
	assert_int_equal(check(*state, 60000000000, &whole, &err), 0);
	assert_true(whole);
	for (int64_t ns = 0; ns < 2000000; ns += 20000)
		assert_int_equal(check(*state, ns, &whole, &err), 0);
	assert_int_equal(check(*state, -1000000000, &whole, &err), 0);
}

static void interrupted_at_once(void **state)
{
	struct env *e = *state;
	bool whole = true;
	struct ras_err err;

	fill(e);
	/*
	 * Even without any time it may finish on a small file, so one of several tries must be
	 * interrupted.
	 */
	for (int i = 0; i < 1000 && whole; i++)
		assert_int_equal(check(e, 0, &whole, &err), 0);
	assert_false(whole);
}

static void damage(void **state)
{
	struct env *e = *state;
	_close_ int fd = -1;
	char path[192], junk[4096];
	bool whole;
	struct stat st;
	struct ras_err err;

	fill(e);
	snprintf(path, sizeof(path), "%s/journal.db", e->sub);
	fd = open(path, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	memset(junk, 0x5a, sizeof(junk));
	for (off_t at = 4096; at < st.st_size; at += 4096)
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	assert_int_equal(check(e, 60000000000, &whole, &err), -RAS_E_JOURNAL);
	assert_non_null(strstr(err.text, "damaged"));
	assert_int_equal(journal_open(&e->j, e->base, e->sub, NULL, NULL, &err), -RAS_E_JOURNAL);
	assert_null(e->j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(budgets, setup, teardown),
		cmocka_unit_test_setup_teardown(interrupted_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(damage, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
