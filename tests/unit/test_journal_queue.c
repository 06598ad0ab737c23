// SPDX-License-Identifier: LGPL-2.1-or-later
/* The journal's queue: groups, barriers, bounds, a disk that is full for a while. */
#include <signal.h>
#include <sys/resource.h>

#include "journal_env.h"

static void thousand_rows(void **state)
{
	struct env *e = *state;
	static struct result r[1000];
	struct ras_err err;

	memset(r, 0, sizeof(r));
	for (int i = 0; i < 1000; i++) {
		struct journal_row row = make_row(i);

		assert_int_equal(journal_intent(e->j, &row, NULL, i % 2 * 10000000, on_done, &r[i],
						&err),
				 0);
	}
	assert_int_equal(flush(e), 0);
	for (int i = 0; i < 1000; i++) {
		struct journal_row row = make_row(i);

		change(e, &row.id, INJ_WRITTEN, "", 0);
	}
	assert_int_equal(flush(e), 0);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(r[i].calls, 1);
		assert_int_equal(r[i].code, 0);
		assert_int_equal(r[i].order, i);
	}
	assert_int_equal(sql_int(e, "SELECT count(*) FROM injection WHERE state = 'written'"),
			 1000);
}

/*
 * A barrier stores the transitions before it at once. An intent that was queued ahead is stored
 * later.
 */
static void barrier(void **state)
{
	struct env *e = *state;
	struct journal_row a, b = make_row(2), got;
	struct result intent = { 0 }, r = { 0 };
	struct ras_err err;
	int64_t start_ns;

	for (int i = 0; i < 100; i++) {
		a = make_row(10 + i);
		assert_int_equal(add(e, &a), 0);
		start_ns = clock_boot_ns();
		change(e, &a.id, INJ_ACKNOWLEDGED, "x", i);
		memset(&r, 0, sizeof(r));
		assert_int_equal(journal_barrier(e->j, on_done, &r, &err), 0);
		wait_for(e, &r);
		assert_int_equal(r.code, 0);
		assert_int_equal(journal_get(e->j, &a.id, &got, &err), 0);
		assert_int_equal(got.outcome.ack_ns, i);
		if (clock_boot_ns() - start_ns < 45000000)
			break; /* sooner than the transition alone would have been */
		assert_int_not_equal(i, 99);
	}
	assert_int_equal(journal_intent(e->j, &b, NULL, 10000000, on_done, &intent, &err), 0);
	wait_for(e, &intent);
	assert_int_equal(intent.code, 0);
	assert_int_equal(journal_get(e->j, &b.id, &got, &err), 0);
}

static void queue_is_bounded(void **state)
{
	struct env *e = *state;
	static struct result r;
	struct journal_row row = make_row(0);
	struct ras_err err;
	int n = 0, ret;

	/* the loop does not run, so no intent is answered */
	do {
		row.id.b[0] = (uint8_t)n;
		row.id.b[1] = (uint8_t)(n >> 8);
		snprintf(row.asked.request_id, sizeof(row.asked.request_id), "b-%d", n);
		ret = journal_intent(e->j, &row, NULL, 0, on_done, &r, &err);
		n += ret == 0;
	} while (ret == 0 && n < 10000);
	assert_int_equal(ret, -RAS_E_BUSY);
	assert_int_equal(n, 4096);
	assert_int_equal(flush(e), 0);
	assert_int_equal(r.calls, 4096);
	assert_int_equal(add(e, &row), 0);
}

static void limit_file_size(rlim_t bytes)
{
	struct rlimit rl;

	getrlimit(RLIMIT_FSIZE, &rl);
	rl.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &rl), 0);
}

static unsigned int n_complaints, n_works_again;

static void count_words(int level, const char *line)
{
	n_complaints += level <= LOG_ERR && strstr(line, "cannot commit");
	n_works_again += strstr(line, "can be written again") != NULL;
}

/* What fails is tried again and again, but said once; when it fails anew it is said anew. */
static void full_disk_is_said_once(void **state)
{
	struct env *e = *state;
	struct rlimit old;

	getrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_IGN);
	n_complaints = n_works_again = 0;
	log_set_sink(count_words);
	for (unsigned int round = 1; round <= 2; round++) {
		struct journal_row a = make_row((int)round);

		assert_int_equal(add(e, &a), 0);
		limit_file_size(4096);
		change(e, &a.id, INJ_WRITTEN, "w", 0);
		for (int i = 0; i < 10; i++) {
			struct journal_row b = make_row((int)round * 100 + i);

			assert_int_equal(add(e, &b), RAS_E_JOURNAL);
		}
		assert_int_equal(n_complaints, round);
		assert_int_equal(n_works_again, round - 1);
		limit_file_size(old.rlim_cur);
		assert_int_equal(flush(e), 0);
		assert_int_equal(n_works_again, round);
	}
	log_set_sink(no_log);
}

/* Nobody waits for a change of state: the intents alone say it, and what is refused says why. */
static void full_disk_refuses_intents(void **state)
{
	struct env *e = *state;
	struct journal_stat s;
	struct rlimit old;

	getrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_IGN);
	n_complaints = n_works_again = 0;
	log_set_sink(count_words);
	limit_file_size(4096);
	for (int i = 0; i < 10; i++) {
		struct journal_row row = make_row(i);

		assert_int_equal(add(e, &row), RAS_E_JOURNAL);
	}
	journal_stat(e->j, &s);
	assert_non_null(s.damage);
	assert_int_equal(flush(e), 0); /* stores nothing, so it proves nothing */
	assert_int_equal(n_complaints, 1);
	assert_int_equal(n_works_again, 0);
	limit_file_size(old.rlim_cur);
	for (int i = 0; i < 2; i++) {
		struct journal_row row = make_row(i);

		assert_int_equal(add(e, &row), 0);
	}
	journal_stat(e->j, &s);
	assert_null(s.damage);
	assert_true(s.rows == 2);
	assert_int_equal(n_complaints, 1);
	assert_int_equal(n_works_again, 1);
	log_set_sink(no_log);
}

static void full_disk(void **state)
{
	struct env *e = *state;
	struct journal_row a = make_row(1), b = make_row(2), got;
	struct result r = { 0 };
	struct ras_err err;
	struct rlimit old;

	getrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(add(e, &a), 0);
	limit_file_size(4096);
	change(e, &a.id, INJ_WRITTEN, "w", 0);
	assert_int_equal(journal_barrier(e->j, on_done, &r, &err), 0);
	wait_for(e, &r);
	assert_int_equal(r.code, RAS_E_JOURNAL);
	change(e, &a.id, INJ_ACKNOWLEDGED, "a", 7);
	assert_int_equal(add(e, &b), RAS_E_JOURNAL);
	assert_int_equal(flush(e), RAS_E_JOURNAL);
	limit_file_size(old.rlim_cur);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM injection WHERE state = 'intent'"),
			 1); /* nothing false on disk */
	assert_int_equal(journal_get(e->j, &a.id, &got, &err), 0);
	assert_int_equal(got.outcome.state, INJ_ACKNOWLEDGED); /* and nothing false for a reader */
	assert_int_equal(got.outcome.ack_ns, 7);
	assert_int_equal(journal_get(e->j, &b.id, &got, &err), -RAS_E_NOT_FOUND);
	/*
	 * the same request may be tried again, and the kept transitions are stored with it, in
	 * order
	 */
	assert_int_equal(add(e, &b), 0);
	assert_int_equal(journal_get(e->j, &a.id, &got, &err), 0);
	assert_int_equal(got.outcome.state, INJ_ACKNOWLEDGED);
	assert_int_equal(got.outcome.ack_ns, 7);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM transition"), 4);
	assert_int_equal(flush(e), 0);
}

/* Without any call the retry timer alone stores what a full disk had kept back. */
static void full_disk_retries(void **state)
{
	struct env *e = *state;
	struct journal_row a = make_row(1);
	struct rlimit old;
	int64_t end, n;

	getrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(add(e, &a), 0);
	limit_file_size(4096);
	change(e, &a.id, INJ_LOST, "gone", 0);
	assert_int_equal(flush(e), RAS_E_JOURNAL);
	limit_file_size(old.rlim_cur);
	end = patience_end_ns();
	do {
		usleep(20000);
		n = sql_int(e, "SELECT count(*) FROM injection WHERE state = 'lost'");
	} while (!n && clock_boot_ns() < end);
	assert_int_equal(n, 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(thousand_rows),
		T(barrier),
		T(queue_is_bounded),
		T(full_disk),
		T(full_disk_retries),
		T(full_disk_is_said_once),
		T(full_disk_refuses_intents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
