// SPDX-License-Identifier: LGPL-2.1-or-later
/* The journal in a real file: every column, order, duplicates, restart, append-only, bad files. */
#include <sys/stat.h>

#include "journal_env.h"

static void names(void **state)
{
	(void)state;
	assert_string_equal(inj_state_name(INJ_INTENT), "intent");
	assert_string_equal(inj_state_name(INJ_WRITTEN), "written");
	assert_string_equal(inj_state_name(INJ_CONSUMED), "consumed");
	assert_string_equal(inj_state_name(INJ_ACKNOWLEDGED), "acknowledged");
	assert_string_equal(inj_state_name(INJ_DELIVERED), "delivered");
	assert_string_equal(inj_state_name(INJ_REFUSED), "refused");
	assert_string_equal(inj_state_name(INJ_LOST), "lost");
	assert_string_equal(inj_state_name(INJ_UNKNOWN), "unknown");
	assert_string_equal(inj_state_name(INJ__MAX), "unknown");
	for (int s = 0; s < INJ__MAX; s++)
		assert_int_equal(inj_state_final((enum inj_state)s),
				 s != INJ_INTENT && s != INJ_WRITTEN);
	for (int s = 0; s < INJ__MAX; s++)
		assert_int_equal(inj_state_parse(inj_state_name((enum inj_state)s)), s);
	assert_int_equal(inj_state_parse("Intent"), INJ__MAX);
	assert_int_equal(inj_state_parse(NULL), INJ__MAX);
	for (int r = 0; r < READ__MAX; r++)
		assert_int_equal(record_read_parse(record_read_name((enum record_read)r)), r);
	assert_int_equal(record_read_parse("yes"), READ__MAX);
	assert_string_equal(record_read_name(READ__MAX), "");
	for (int o = 0; o < ORIGIN__MAX; o++)
		assert_int_equal(origin_parse(origin_name((enum origin)o)), o);
	assert_string_equal(origin_name(ORIGIN_HOST_EVENT), "host-event");
	assert_int_equal(origin_parse(""), ORIGIN__MAX);
}

/* The table of state.h, once more by hand. */
static void legal(void **state)
{
	static const char *const table[INJ__MAX][2] = {
		/* from: by rasd, by an operator; to: i w c a d r l u */
		[INJ_INTENT] = { " xxxxxxx", "        " },
		[INJ_WRITTEN] = { "  xxxxxx", "        " },
		[INJ_CONSUMED] = { "        ", "        " },
		[INJ_ACKNOWLEDGED] = { "        ", "        " },
		[INJ_DELIVERED] = { "        ", "        " },
		[INJ_REFUSED] = { "        ", "        " },
		[INJ_LOST] = { "        ", "        " },
		[INJ_UNKNOWN] = { "        ", "  xxxxx " },
	};

	(void)state;
	for (int from = 0; from < INJ__MAX; from++)
		for (int to = 0; to < INJ__MAX; to++)
			for (int by = 0; by < 2; by++)
				assert_int_equal(inj_transition_legal((enum inj_state)from,
								      (enum inj_state)to, by),
						 table[from][by][to] == 'x');
	assert_false(inj_transition_legal(INJ_INTENT, INJ__MAX, false));
}

static void stores_every_column(void **state)
{
	struct env *e = *state;
	struct journal_row row = make_row(1), got, found;
	struct ras_err err;
	struct uuid other = { .b = { 9 } };

	row.asked.origin = ORIGIN_CAMPAIGN;
	strcpy(row.asked.origin_ref, "burn-in 12");
	assert_int_equal(add(e, &row), 0);
	assert_int_equal(journal_get(e->j, &row.id, &got, &err), 0);
	assert_int_equal(got.outcome.state, INJ_INTENT);
	assert_true(got.created_real_ns > 0);
	assert_int_equal(got.outcome.decided_real_ns, got.created_real_ns);
	row.created_real_ns = got.created_real_ns;
	row.outcome.decided_real_ns = got.outcome.decided_real_ns;
	assert_memory_equal(got.record, row.record, sizeof(row.record));
	assert_string_equal(got.asked.request_id, row.asked.request_id);
	assert_string_equal(got.asked.params_digest, row.asked.params_digest);
	assert_string_equal(got.target.domain, row.target.domain);
	assert_string_equal(got.asked.tag, row.asked.tag);
	assert_string_equal(got.severity, row.severity);
	assert_string_equal(got.target.backend, row.target.backend);
	assert_string_equal(got.target.monitor, row.target.monitor);
	assert_int_equal(got.asked.uid, row.asked.uid);
	assert_int_equal(got.asked.pid, row.asked.pid);
	assert_int_equal(got.gen.pid, row.gen.pid);
	assert_true(got.gen.start_time == row.gen.start_time);
	assert_int_equal(got.gen.reset_count, row.gen.reset_count);
	assert_true(got.target.gpa.v == row.target.gpa.v);
	assert_int_equal(got.target.source_id, row.target.source_id);
	assert_int_equal(got.asked.origin, ORIGIN_CAMPAIGN);
	assert_string_equal(got.asked.origin_ref, row.asked.origin_ref);
	assert_int_equal(got.outcome.read, READ_NOT_SAID);
	assert_int_equal(got.record_len, row.record_len);
	assert_int_equal(journal_find_request(e->j, 1000, "req-1", &found, &err), 0);
	assert_memory_equal(&found.id, &row.id, sizeof(row.id));
	assert_int_equal(journal_find_request(e->j, 1001, "req-1", &found, &err), -RAS_E_NOT_FOUND);
	assert_int_equal(journal_get(e->j, &other, &found, &err), -RAS_E_NOT_FOUND);
	row.record_len = JOURNAL_MAX_RECORD + 1;
	assert_int_equal(journal_intent(e->j, &row, NULL, 0, on_done, NULL, &err), -RAS_E_RECORD);
}

static void files_are_private(void **state)
{
	struct env *e = *state;
	struct stat st;
	char path[192];

	assert_int_equal(stat(e->sub, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	snprintf(path, sizeof(path), "%s/journal.db", e->sub);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(path, sizeof(path), "%s/journal.db-wal", e->sub);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(sql_int(e, "PRAGMA application_id"), 0x52415344);
	assert_int_equal(sql_int(e, "PRAGMA user_version"), 12);
}

static void second_rasd_is_refused(void **state)
{
	struct env *e = *state;
	struct journal *other = NULL;
	struct ras_err err;
	size_t n;

	assert_int_equal(journal_open(&other, e->base, e->sub, NULL, &n, &err), -RAS_E_JOURNAL);
	assert_non_null(strstr(err.text, "another rasd"));
	assert_non_null(strstr(err.hint, "state-directory"));
	assert_null(other);
}

static void duplicates(void **state)
{
	struct env *e = *state;
	struct journal_row a = make_row(1), b = make_row(2), c = make_row(3);
	struct result r[3] = { 0 };
	struct ras_err err;

	strcpy(b.asked.request_id, a.asked.request_id);
	/* all three in one group: the bad one does not make the others fail */
	assert_int_equal(journal_intent(e->j, &a, NULL, 0, on_done, &r[0], &err), 0);
	assert_int_equal(journal_intent(e->j, &b, NULL, 0, on_done, &r[1], &err), 0);
	assert_int_equal(journal_intent(e->j, &c, NULL, 0, on_done, &r[2], &err), 0);
	wait_for(e, &r[2]);
	assert_int_equal(r[0].code, 0);
	assert_int_equal(r[1].code, RAS_E_REQUEST_ID);
	assert_int_equal(r[2].code, 0);
	assert_true(r[0].order < r[1].order && r[1].order < r[2].order);
	/* another user may use the same word; an injection id may never be used twice */
	b.asked.uid = 1001;
	assert_int_equal(add(e, &b), 0);
	strcpy(b.asked.request_id, "fresh");
	assert_int_equal(add(e, &b), RAS_E_JOURNAL);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM injection"), 3);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM transition"), 3);
}

static void transitions(void **state)
{
	struct env *e = *state;
	struct journal_row row = make_row(1), got;
	struct uuid nobody = { .b = { 1, 2, 3 } };
	struct ras_err err;

	assert_int_equal(add(e, &row), 0);
	change(e, &row.id, INJ_WRITTEN, "in the slot", 0);
	change(e, &nobody, INJ_WRITTEN, "not ours", 0);
	change(e, &row.id, INJ_ACKNOWLEDGED, "it's cleared", 412000);
	assert_int_equal(flush(e), 0);
	assert_int_equal(journal_get(e->j, &row.id, &got, &err), 0);
	assert_int_equal(got.outcome.state, INJ_ACKNOWLEDGED);
	assert_int_equal(got.outcome.ack_ns, 412000);
	assert_string_equal(got.outcome.detail, "it's cleared");
	assert_true(got.outcome.decided_real_ns >= got.created_real_ns);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM transition"), 3);
	assert_int_equal(sql_int(e, "SELECT seq FROM transition WHERE state = 'acknowledged'"), 3);
	assert_int_equal(sql_int(e, "SELECT count(DISTINCT boot_id) FROM transition"), 1);
	assert_string_equal(sql_refusal(e, "UPDATE transition SET state = 'lost'"),
			    "transitions are append-only");
	assert_string_equal(sql_refusal(e, "DELETE FROM transition"),
			    "transitions are append-only");
	assert_int_equal(sql_int(e, "SELECT count(*) FROM transition"), 3);
}

/* Without a flush or an intent they are committed too, after the group delay. */
static void transitions_alone(void **state)
{
	struct env *e = *state;
	struct journal_row row = make_row(1), got;
	int64_t start, n, end = patience_end_ns();
	struct ras_err err;

	assert_int_equal(add(e, &row), 0);
	start = clock_boot_ns();
	change(e, &row.id, INJ_WRITTEN, NULL, 0);
	assert_int_equal(journal_get(e->j, &row.id, &got, &err), 0);
	assert_int_equal(got.outcome.state, INJ_WRITTEN); /* a reader sees it at once */
	do {
		usleep(2000);
		n = sql_int(e, "SELECT count(*) FROM injection WHERE state = 'written'");
	} while (!n && clock_boot_ns() < end);
	assert_int_equal(n, 1);
	assert_true(clock_boot_ns() - start >= 40000000LL); /* it did wait for others */
}

static int count_left(void *arg, const struct journal_row *row)
{
	assert_false(inj_state_final(row->outcome.state));
	++*(int *)arg;
	return 0;
}

static void restart(void **state)
{
	struct env *e = *state;
	struct journal_row row[4], got;
	struct ras_err err;
	int left;

	assert_int_equal(e->n_undecided, 0);
	for (int i = 0; i < 4; i++) {
		row[i] = make_row(i);
		assert_int_equal(add(e, &row[i]), 0);
	}
	change(e, &row[1].id, INJ_WRITTEN, "", 0);
	change(e, &row[2].id, INJ_ACKNOWLEDGED, "", 5);
	change(e, &row[3].id, INJ_REFUSED, "no such page", 0);
	reopen(e); /* closing commits what is queued */
	assert_int_equal(e->n_undecided, 2);
	left = 0;
	assert_int_equal(journal_undecided(e->j, count_left, &left, &err), 0);
	assert_int_equal(left, 2);
	assert_int_equal(journal_get(e->j, &row[0].id, &got, &err), 0);
	assert_int_equal(got.outcome.state, INJ_INTENT);
	assert_int_equal(journal_get(e->j, &row[1].id, &got, &err), 0);
	assert_int_equal(got.outcome.state, INJ_WRITTEN);
	assert_int_equal(journal_get(e->j, &row[2].id, &got, &err), 0);
	assert_int_equal(got.outcome.state, INJ_ACKNOWLEDGED);
	assert_int_equal(journal_get(e->j, &row[3].id, &got, &err), 0);
	assert_int_equal(got.outcome.state, INJ_REFUSED);
	/* what the status block held before a row: the newest older record that was sent */
	assert_int_equal(journal_sent_before(e->j, &row[3], &got, &err), 0);
	assert_true(uuid_equal(&got.id, &row[1].id)); /* row 2 is of another domain */
	assert_int_equal(journal_sent_before(e->j, &row[2], &got, &err), -RAS_E_NOT_FOUND);
	/* an id of an earlier process stays used */
	row[0].id.b[14] = 1;
	assert_int_equal(add(e, &row[0]), RAS_E_REQUEST_ID);
}

/* Another source of the same guest has a block of its own, and so has another backend. */
static void sent_before_in_the_same_source(void **state)
{
	static const struct {
		const char *backend;
		uint32_t source_id;
		int before; /* -1: none */
	} sent[] = {
		{ "qemu-ghes", 1, -1 }, { "qemu-ghes", 2, -1 }, { "shm-ghes", 1, -1 },
		{ "qemu-ghes", 1, 0 },	{ "shm-ghes", 1, 2 },	{ "qemu-ghes", 2, 1 },
	};
	struct env *e = *state;
	struct journal_row row[ARRAY_LEN(sent)], got;
	struct ras_err err;

	for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
		row[i] = make_row(2 * (int)i); /* all of one domain */
		snprintf(row[i].target.backend, sizeof(row[i].target.backend), "%s",
			 sent[i].backend);
		row[i].target.source_id = sent[i].source_id;
		assert_int_equal(add(e, &row[i]), 0);
		change(e, &row[i].id, INJ_ACKNOWLEDGED, "", 5);
	}
	assert_int_equal(flush(e), 0);
	for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
		int ret = journal_sent_before(e->j, &row[i], &got, &err);

		assert_int_equal(ret, sent[i].before < 0 ? -RAS_E_NOT_FOUND : 0);
		if (ret == 0)
			assert_true(uuid_equal(&got.id, &row[sent[i].before].id));
	}
}

static void write_file(struct env *e, const char *text)
{
	_fclose_ FILE *f = NULL;
	char path[192];

	snprintf(path, sizeof(path), "%s/journal.db", e->sub);
	f = fopen(path, "r+");
	assert_non_null(f);
	fputs(text, f);
}

static void bad_files(void **state)
{
	struct env *e = *state;
	struct journal *bad = NULL;
	struct ras_err err;
	size_t n;

	journal_close(e->j);
	e->j = NULL;
	assert_string_equal(sql_refusal(e, "PRAGMA user_version = 99"), "");
	assert_int_equal(journal_open(&bad, e->base, e->sub, NULL, &n, &err), -RAS_E_JOURNAL);
	assert_non_null(strstr(err.text, "newer"));
	assert_string_equal(sql_refusal(e, "PRAGMA user_version=1; PRAGMA application_id=5"), "");
	assert_int_equal(journal_open(&bad, e->base, e->sub, NULL, &n, &err), -RAS_E_JOURNAL);
	assert_non_null(strstr(err.text, "not a rasd journal"));
	write_file(e, "this is not a data base at all, is it");
	assert_int_equal(journal_open(&bad, e->base, e->sub, NULL, &n, &err), -RAS_E_JOURNAL);
	assert_int_equal(journal_open(&bad, e->base, "/proc/nowhere/x", NULL, &n, &err),
			 -RAS_E_JOURNAL);
	assert_null(bad);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(legal),
		T(stores_every_column),
		T(files_are_private),
		T(second_rasd_is_refused),
		T(duplicates),
		T(transitions),
		T(transitions_alone),
		T(restart),
		T(sent_before_in_the_same_source),
		T(bad_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
