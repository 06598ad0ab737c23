// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What journal version 4 promises to readers and against bugs: the feed and its numbers, cursors
 * that are stored with the intent or not at all, one resolve of several, illegal transitions that
 * are dropped, and a history that no statement can change.
 */
#include <signal.h>
#include <sys/wait.h>

#include "journal_env.h"
#include "tests/unit/loop_turn.h"

static char last_error[256];

static void keep_errors(int level, const char *line)
{
	if (level == LOG_ERR)
		snprintf(last_error, sizeof(last_error), "%s", line);
}

static enum inj_state state_of(struct env *e, const struct journal_row *row)
{
	struct journal_row got;
	struct ras_err err;

	assert_int_equal(journal_get(e->j, &row->id, &got, &err), 0);
	return got.outcome.state;
}

static void illegal_transitions(void **state)
{
	static const struct {
		enum inj_state from, to;
	} wrong[] = {
		{ INJ_ACKNOWLEDGED, INJ_LOST },	   { INJ_ACKNOWLEDGED, INJ_WRITTEN },
		{ INJ_REFUSED, INJ_WRITTEN },	   { INJ_CONSUMED, INJ_ACKNOWLEDGED },
		{ INJ_LOST, INJ_ACKNOWLEDGED },	   { INJ_DELIVERED, INJ_ACKNOWLEDGED },
		{ INJ_UNKNOWN, INJ_ACKNOWLEDGED }, { INJ_UNKNOWN, INJ_WRITTEN },
		{ INJ_WRITTEN, INJ_WRITTEN },
	};
	struct env *e = *state;
	struct journal_row next = make_row(999);
	struct ras_err err;
	uint64_t number;

	log_set_sink(keep_errors);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct journal_row row = make_row((int)i);

		last_error[0] = '\0';
		assert_int_equal(add(e, &row), 0);
		change(e, &row.id, wrong[i].from, "right", 0);
		number = journal_transition(e->j, &row.id,
					    &(struct journal_change){ .state = wrong[i].to,
								      .detail = "wrong" });
		assert_int_equal(state_of(e, &row), wrong[i].from); /* not even before the commit */
		assert_int_equal(flush(e), 0);
		assert_int_equal(state_of(e, &row), wrong[i].from);
		assert_int_equal(journal_illegal(e->j), i + 1);
		assert_true(journal_stored(e->j, number)); /* it holds up nothing behind it */
		assert_non_null(strstr(last_error, inj_state_name(wrong[i].from)));
		assert_non_null(strstr(last_error, inj_state_name(wrong[i].to)));
	}
	assert_int_equal(sql_int(e, "SELECT count(*) FROM transition WHERE detail = 'wrong'"), 0);
	assert_int_equal(add(e, &next), 0);
	/* nobody's injection: logged, no bug of the table */
	change(e, &(struct uuid){ .b = { 7, 7 } }, INJ_WRITTEN, "", 0);
	assert_int_equal(flush(e), 0);
	assert_int_equal(journal_illegal(e->j), ARRAY_LEN(wrong));
	assert_int_equal(journal_get(e->j, &next.id, &next, &err), 0);
}

static void read_is_stored(void **state)
{
	static const enum record_read reads[] = { READ_NOT_SAID, READ_NO, READ_POSSIBLY };
	struct env *e = *state;
	struct journal_row row, got;
	struct ras_err err;

	for (int i = 0; i < 6; i++) {
		struct journal_change c = { .state = i < 3 ? INJ_LOST : INJ_UNKNOWN,
					    .read = reads[i % 3] };

		row = make_row(i);
		assert_int_equal(add(e, &row), 0);
		journal_transition(e->j, &row.id, &c);
		for (int stored = 0; stored < 2; stored++) {
			assert_int_equal(journal_get(e->j, &row.id, &got, &err), 0);
			assert_int_equal(got.outcome.state, c.state);
			assert_int_equal(got.outcome.read, i < 3 ? reads[i] : READ_NOT_SAID);
			assert_int_equal(flush(e), 0);
		}
	}
}

/* Two requests for one row in one group: the first decides. */
static void one_resolve(void **state)
{
	struct env *e = *state;
	struct journal_row row = make_row(1), other = make_row(2);
	struct resolved r[2] = { 0 };
	struct ras_err err;

	assert_int_equal(add(e, &row), 0);
	assert_int_equal(resolve(e, &row.id, INJ_LOST, "too early", &err), RAS_E_PARAMS);
	assert_non_null(strstr(err.text, "is intent"));
	change(e, &row.id, INJ_UNKNOWN, "", 0);
	assert_int_equal(resolve(e, &row.id, INJ_WRITTEN, "no end", &err), RAS_E_PARAMS);
	/* the transition to unknown may be queued still */
	assert_int_equal(journal_resolve(e->j, &row.id, INJ_ACKNOWLEDGED, "uid 1: saw it",
					 on_resolved, &r[0], &err),
			 0);
	assert_int_equal(journal_resolve(e->j, &row.id, INJ_LOST, "uid 2: did not", on_resolved,
					 &r[1], &err),
			 0);
	wait_for(e, &r[1].result);
	assert_int_equal(r[0].result.code, 0);
	assert_int_equal(r[1].result.code, RAS_E_PARAMS);
	assert_non_null(strstr(r[1].why.text, "acknowledged"));
	assert_string_equal(r[1].why.field, "id");
	assert_int_equal(state_of(e, &row), INJ_ACKNOWLEDGED);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM transition"), 3);
	assert_int_equal(journal_illegal(e->j), 0); /* an operator's mistake is no bug */
	assert_int_equal(resolve(e, &row.id, INJ_ACKNOWLEDGED, "uid 1: saw it", NULL),
			 RAS_E_PARAMS);
	assert_int_equal(resolve(e, &other.id, INJ_LOST, "", NULL), RAS_E_NOT_FOUND);
}

struct seen {
	int n, stop_after;
	uint64_t seq[64];
	char text[64][40];
};

static int see(void *arg, const struct journal_feed_entry *entry)
{
	struct seen *s = arg;

	assert_true(s->n < (int)ARRAY_LEN(s->seq));
	s->seq[s->n] = entry->seq;
	snprintf(s->text[s->n], sizeof(s->text[0]), "%d %.8s %.15s", entry->id.b[0], entry->domain,
		 inj_state_name(entry->state));
	s->n++;
	return s->n == s->stop_after;
}

static struct seen feed(struct env *e, uint64_t after, size_t limit)
{
	struct seen s = { 0 };
	struct ras_err err;

	assert_int_equal(journal_feed(e->j, after, limit, see, &s, &err), 0);
	return s;
}

static void the_feed(void **state)
{
	struct env *e = *state;
	struct journal_row a = make_row(1), b = make_row(2);
	struct journal_feed_bounds bounds;
	struct ras_err err;
	struct seen s;

	assert_int_equal(feed(e, 0, 10).n, 0);
	assert_int_equal(journal_feed_bounds(e->j, &bounds, &err), 0);
	assert_int_equal(bounds.newest, 0);
	assert_int_equal(bounds.oldest, 1);
	assert_int_equal(add(e, &a), 0);
	assert_int_equal(add(e, &b), 0);
	change(e, &b.id, INJ_WRITTEN, "", 0);
	change(e, &a.id, INJ_REFUSED, "", 0);
	change(e, &b.id, INJ_ACKNOWLEDGED, "", 0);
	assert_int_equal(flush(e), 0);
	for (int life = 0; life < 2; life++) {
		s = feed(e, 0, 10);
		assert_int_equal(s.n, 5);
		for (int i = 0; i < 5; i++)
			assert_int_equal(s.seq[i], i + 1);
		assert_string_equal(s.text[0], "1 vm2 intent");
		assert_string_equal(s.text[2], "2 vm1 written");
		assert_string_equal(s.text[3], "1 vm2 refused");
		assert_string_equal(s.text[4], "2 vm1 acknowledged");
		s = feed(e, 3, 1);
		assert_int_equal(s.n, 1);
		assert_int_equal(s.seq[0], 4);
		assert_int_equal(feed(e, 5, 10).n, 0);
		assert_int_equal(feed(e, UINT64_MAX, 10).n, 0);
		s = (struct seen){ .stop_after = 2 };
		assert_int_equal(journal_feed(e->j, 0, SIZE_MAX, see, &s, &err), 0);
		assert_int_equal(s.n, 2);
		assert_int_equal(journal_feed_bounds(e->j, &bounds, &err), 0);
		assert_int_equal(bounds.newest, 5);
		reopen(e);
	}
}

static const char *position(struct env *e, const char *source)
{
	static struct journal_cursor c;
	struct ras_err err;
	int ret = journal_cursor_get(e->j, source, &c, &err);

	if (ret == -RAS_E_NOT_FOUND)
		return "none";
	assert_int_equal(ret, 0);
	assert_string_equal(c.source, source);
	return c.position;
}

static void put(struct env *e, const char *source, const char *at)
{
	struct journal_cursor c = { 0 };
	struct ras_err err;

	snprintf(c.source, sizeof(c.source), "%s", source);
	snprintf(c.position, sizeof(c.position), "%s", at);
	assert_int_equal(journal_cursor_put(e->j, &c, &err), 0);
}

static void cursors(void **state)
{
	static const struct journal_cursor two[] = { { "trace", "17" }, { "kmsg", "s=4;i=9" } };
	const struct journal_with moved = { .moved = { two, 2 } };
	struct env *e = *state;
	struct journal_row a = make_row(1), b = make_row(2);
	struct result r = { 0 };
	struct ras_err err;

	assert_string_equal(position(e, "trace"), "none");
	put(e, "trace", "16");
	assert_int_equal(journal_intent(e->j, &a, &moved, 0, on_done, &r, &err), 0);
	wait_for(e, &r);
	assert_int_equal(r.code, 0);
	assert_string_equal(position(e, "trace"), "17"); /* in the order in which it was queued */
	assert_string_equal(position(e, "kmsg"), "s=4;i=9");
	/* a request that exists: its events were dealt with, but nothing is stored for it */
	put(e, "trace", "18");
	assert_int_equal(flush(e), 0);
	strcpy(b.asked.request_id, a.asked.request_id);
	r = (struct result){ 0 };
	assert_int_equal(journal_intent(e->j, &b, &moved, 0, on_done, &r, &err), 0);
	wait_for(e, &r);
	assert_int_equal(r.code, RAS_E_REQUEST_ID);
	assert_string_equal(position(e, "trace"), "18");
	assert_int_equal(journal_intent(e->j, &b, &(struct journal_with){ .moved = { two, 9 } }, 0,
					on_done, &r, &err),
			 -RAS_E_PARAMS);
	put(e, "trace", "19");
	reopen(e); /* what is queued is stored at the end */
	assert_string_equal(position(e, "trace"), "19");
}

/* Killed at any point of the commit: the injection and its cursor, or neither. */
static void cursor_and_intent(void **state)
{
	static const char *const points[] = { "journal_begun", "journal_stored",
					      "journal_committed" };
	static const struct journal_cursor one = { "trace", "17" };
	struct env *e = *state;
	struct journal_row row = make_row(1), got;
	struct ras_err err;

	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		struct result r = { 0 };
		int status, found;
		pid_t pid;

		journal_close(e->j);
		e->j = NULL;
		pid = fork();
		if (pid == 0) {
			setenv("RASD_FAILPOINT", points[i], 1);
			event_reinit(e->base);
			open_journal(e);
			journal_intent(e->j, &row, &(struct journal_with){ .moved = { &one, 1 } },
				       0, on_done, &r, &err);
			for (int n = 0; n < 5000 && !r.calls; n++) {
				loop_turn(e->base, EVLOOP_NONBLOCK);
				usleep(1000);
			}
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		open_journal(e);
		found = journal_get(e->j, &row.id, &got, &err) == 0;
		assert_int_equal(found, i == 2);
		assert_string_equal(position(e, "trace"), found ? "17" : "none");
	}
}

static void history_is_fenced(void **state)
{
	static const struct {
		const char *sql, *refusal;
	} tries[] = {
		{ "UPDATE transition SET detail = 'x'", "transitions are append-only" },
		{ "UPDATE transition SET seq = seq + 100", "transitions are append-only" },
		{ "DELETE FROM transition", "transitions are append-only" },
		{ "DELETE FROM injection", "injections are deleted by retention only" },
		{ "UPDATE injection SET state = 'lost' WHERE state = 'acknowledged'",
		  "a decided injection stays as it is" },
		{ "UPDATE injection SET record = x'00'", "what was asked stays as it is" },
		{ "UPDATE injection SET rowid = 77 WHERE rowid = 1",
		  "what was asked stays as it is" },
		{ "UPDATE injection SET read = 'no'", "a decided injection stays as it is" },
		/* a permit is for a decided injection, and not for the newest */
		{ "UPDATE retention SET permit = 2", "this injection is not to be deleted" },
		{ "UPDATE retention SET permit = 3", "this injection is not to be deleted" },
		{ "UPDATE retention SET permit = 4", "this injection is not to be deleted" },
		{ "UPDATE retention SET permit = 99", "this injection is not to be deleted" },
		{ "UPDATE retention SET deleted_seq = -1", "deleted_seq never goes back" },
		{ "DELETE FROM retention", "retention has one row" },
		/* it is for this injection, its transitions go first, and it is used up */
		{ "BEGIN; UPDATE retention SET permit = 1; DELETE FROM transition",
		  "transitions are append-only" },
		{ "BEGIN; UPDATE retention SET permit = 1; DELETE FROM injection WHERE rowid = 2",
		  "injections are deleted by retention only" },
		{ "PRAGMA foreign_keys = ON; BEGIN; UPDATE retention SET permit = 1;"
		  " DELETE FROM injection WHERE rowid = 1; COMMIT",
		  "FOREIGN KEY constraint failed" },
		{ "BEGIN; UPDATE retention SET permit = 1;"
		  " DELETE FROM transition WHERE injection = 1;"
		  " DELETE FROM injection WHERE rowid = 1;"
		  " INSERT INTO transition SELECT 100, 4, state, read, 1, 1, 'b', 'd'"
		  " FROM transition WHERE seq = 3; DELETE FROM transition WHERE seq = 100",
		  "transitions are append-only" },
	};
	static const enum inj_state states[] = { INJ_ACKNOWLEDGED, INJ_UNKNOWN, INJ_WRITTEN,
						 INJ_REFUSED };
	struct env *e = *state;

	for (int i = 0; i < 4; i++) {
		struct journal_row row = make_row(i);

		assert_int_equal(add(e, &row), 0);
		change(e, &row.id, states[i], "", 0);
	}
	assert_int_equal(flush(e), 0);
	for (size_t i = 0; i < ARRAY_LEN(tries); i++)
		assert_string_equal(sql_refusal(e, tries[i].sql), tries[i].refusal);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM transition"), 8);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM injection"), 4);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM retention WHERE permit IS NULL"), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { T(illegal_transitions),
					    T(read_is_stored),
					    T(one_resolve),
					    T(the_feed),
					    T(cursors),
					    T(cursor_and_intent),
					    T(history_is_fenced) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
