// SPDX-License-Identifier: LGPL-2.1-or-later
/* Rows enter the indexes of the lists after they were decided, so that an intent is a few pages. */
#include <limits.h>
#include <stdatomic.h>

#include "journal_env.h"

static void add_some(struct env *e, int begin, int end)
{
	for (int n = begin; n < end; n++) {
		struct journal_row row = make_row(n);

		row.record_len = 100;
		assert_int_equal(add(e, &row), 0);
	}
}

static void decide(struct env *e, int n)
{
	const struct journal_row row = make_row(n);

	change(e, &row.id, INJ_ACKNOWLEDGED, "", 1);
}

static void decided_rows_only(void **state)
{
	struct env *e = *state;

	add_some(e, 0, 200);
	for (int n = 0; n < 200; n++)
		if (n % 4)
			decide(e, n);
	assert_int_equal(flush(e), 0);
	wait_listed(e);
	assert_int_equal(sql_int(e, "SELECT sum(listed) FROM injection"), 150);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM injection INDEXED BY injection_by_state"
				    " WHERE listed = 1 AND state = 'acknowledged'"),
			 150);
	for (int n = 0; n < 200; n += 4)
		decide(e, n);
	assert_int_equal(flush(e), 0);
	wait_listed(e);
	assert_int_equal(sql_int(e, "SELECT sum(listed) FROM injection"), 200);
}

/* Those that the life before has left. */
static void after_a_restart(void **state)
{
	struct env *e = *state;

	add_some(e, 0, 100);
	for (int n = 0; n < 90; n++)
		decide(e, n);
	reopen(e);
	assert_int_equal(e->n_undecided, 10);
	wait_listed(e);
	assert_int_equal(sql_int(e, "SELECT sum(listed) FROM injection"), 90);
}

static atomic_int complaints;

static void count_complaints(int level, const char *line)
{
	(void)level;
	complaints += strstr(line, "lists of injections take longer") != NULL;
}

/* It hinders nothing else, and is tried again. */
static void a_step_that_fails(void **state)
{
	struct env *e = *state;
	int64_t deadline = patience_end_ns();

	complaints = 0;
	log_set_sink(count_complaints);
	assert_string_equal(sql_refusal(e, "CREATE TRIGGER no BEFORE UPDATE OF listed ON injection"
					   " BEGIN SELECT RAISE(ABORT, 'no'); END"),
			    "");
	add_some(e, 0, 1);
	decide(e, 0);
	assert_int_equal(flush(e), 0);
	while (!complaints && clock_boot_ns() < deadline)
		usleep(10000);
	assert_int_equal(complaints, 1);
	assert_int_equal(sql_int(e, UNLISTED), 1);
	add_some(e, 1, 2);
	assert_string_equal(sql_refusal(e, "DROP TRIGGER no"), "");
	wait_listed(e);
}

static void undecided_rows_never(void **state)
{
	static const char no[] = "an undecided injection is not listed";
	struct env *e = *state;

	add_some(e, 0, 2);
	decide(e, 0);
	assert_int_equal(flush(e), 0);
	wait_listed(e);
	assert_string_equal(sql_refusal(e, "UPDATE injection SET listed = 1 WHERE rowid = 2"), no);
	assert_string_equal(sql_refusal(e, "UPDATE injection SET listed = 0 WHERE rowid = 1"), no);
	assert_string_equal(sql_refusal(e,
					"DROP TRIGGER injection_decided;"
					"UPDATE injection SET state = 'written' WHERE rowid = 1"),
			    no);
	/* a whole row, as an old tool may store it: the default is that it is listed */
	assert_string_equal(
		sql_refusal(e, "INSERT INTO injection(id, request_id, params_digest, peer_uid,"
			       " peer_pid, domain, tag, qemu_pid, qemu_start_time, reset_count,"
			       " gpa, severity, backend, source_id, record, state, detail,"
			       " created_real_ns, decided_real_ns, ack_ns) VALUES(randomblob(16),"
			       " 'r', '', 1, 1, 'vm1', '', 1, 1, 1, 1, 'fatal', '', 1,"
			       " zeroblob(20), 'intent', '', 1, 1, 0)"),
		no);
}

static void of_a_domain(void **state)
{
	struct env *e = *state;
	struct ras_err err;
	bool has = true;

	assert_int_equal(journal_has_injection(e->j, "vm1", &has, &err), 0);
	assert_false(has);
	add_some(e, 0, 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(journal_has_injection(e->j, "vm1", &has, &err), 0);
		assert_true(has);
		assert_int_equal(journal_has_injection(e->j, "vm2", &has, &err), 0);
		assert_false(has);
		decide(e, 0);
		assert_int_equal(flush(e), 0);
		wait_listed(e);
	}
}

struct past {
	int n;
	int64_t newest_ns[3]; /* by the domain's number */
};

static int note_past(void *arg, const struct journal_past *p)
{
	struct past *seen = arg;

	seen->n++;
	assert_in_range(p->domain[2], '1', '2');
	seen->newest_ns[p->domain[2] - '0'] = p->created_real_ns;
	return 0;
}

/* The newest of each guest, be it listed or not. */
static void past_of_guests(void **state)
{
	struct env *e = *state;
	struct past seen = { 0 };
	struct journal_row row;
	struct ras_err err;

	for (int n = 0; n < 12; n++) {
		row = make_row(n);
		row.created_real_ns = 1000 + n;
		row.asked.origin = n == 10 ? ORIGIN_HOST_EVENT : ORIGIN_OPERATOR;
		assert_int_equal(add(e, &row), 0);
		if (n < 9)
			decide(e, n);
		if (n == 8) {
			assert_int_equal(flush(e), 0);
			wait_listed(e);
		}
	}
	assert_int_equal(journal_past_of_persons(e->j, true, 100, note_past, &seen, &err), 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.newest_ns[1], 1008);
	assert_int_equal(seen.newest_ns[2], 1011);
}

/* Each page is a frame of the log; those of the log before have another salt. */
static int log_pages(struct env *e)
{
	_fclose_ FILE *f = NULL;
	uint8_t log[32], frame[24];
	char path[192];
	int n = 0;

	snprintf(path, sizeof(path), "%s/journal.db-wal", e->sub);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fread(log, sizeof(log), 1, f), 1);
	while (fread(frame, sizeof(frame), 1, f) == 1 && memcmp(frame + 8, log + 16, 8) == 0) {
		assert_int_equal(fseek(f, 4096, SEEK_CUR), 0);
		n++;
	}
	return n;
}

/* Table, id, request id, time of what is not listed, transition and its injection. */
static void pages_of_an_intent(void **state)
{
	struct env *e = *state;
	int least = INT_MAX;

	for (int n = 0; n < 5; n++) {
		int before, pages;

		before = n ? log_pages(e) : 0; /* the first one begins the log anew */
		add_some(e, n, n + 1);
		pages = log_pages(e) - before;
		least = pages < least ? pages : least;
	}
	assert_int_equal(least, 6);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { T(decided_rows_only), T(after_a_restart),
					    T(a_step_that_fails), T(undecided_rows_never),
					    T(of_a_domain),	  T(past_of_guests),
					    T(pages_of_an_intent) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
