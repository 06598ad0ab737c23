// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a page of a list costs: no statement passes over a table or sorts it; work is bounded. */
#include "journal/reader.h"
#include "journal_env.h"

static int count_row(void *arg, const struct journal_row *row)
{
	(void)row;
	++*(int *)arg;
	return 0;
}

/* Columns that exclude each other row by row: bounded work, an early end, nothing missed. */
static void hard_filter(void **state)
{
	struct env *e = *state;
	struct journal_page p = { .filter = { .domain = { 1, { "vm1" } },
					      .severity = { 1, { "fatal" } } } };
	int n = 0, pages = 0, r;
	struct ras_err err;
	const char *sql =
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 4000)"
		" INSERT INTO injection(id, request_id, params_digest, peer_uid, peer_pid, domain,"
		" tag, qemu_pid, qemu_start_time, reset_count, gpa, severity, backend, source_id,"
		" record, state, detail, created_real_ns, decided_real_ns, ack_ns)"
		" SELECT randomblob(16), i, '', 1, 1, CASE WHEN i % 2 THEN 'vm1' ELSE 'vm2' END,"
		" '', 1, 1, 1, 1, CASE WHEN i % 2 AND i > 1 THEN 'corrected' ELSE 'fatal' END, '',"
		" 1, zeroblob(20), 'lost', '', i, i, 0 FROM n";

	assert_string_equal(sql_refusal(e, sql), "");
	assert_string_equal(sql_refusal(e, "UPDATE retention SET counted = 4000,"
					   " counted_rowid = 4000"),
			    "");
	journal_page_begin(&p);
	while ((r = journal_page(e->j, &p, count_row, &n, &err)) != PAGE_END) {
		assert_true(r == PAGE_SLICE || r == PAGE_SPENT);
		if (r == PAGE_SLICE)
			continue;
		p.looks = JOURNAL_PAGE_LOOKS;
		pages++;
	}
	assert_int_equal(n, 1);
	assert_true(pages > 1);
}

/* The plan of each statement is one look-up in an index, up to the time: no scan, no sorting. */
static void plans(void **state)
{
	struct env *e = *state;
	char path[192], sql[512];
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;

	snprintf(path, sizeof(path), "%s/journal.db", e->sub);
	assert_int_equal(sqlite3_open(path, &db), 0);
	for (int i = 0; i < RD__MAX - RD_PAGE_TIME; i++) {
		int n = 0;

		snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", journal_page_sql[i]);
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), 0);
		for (; sqlite3_step(st) == SQLITE_ROW; n++) {
			const char *step = (const char *)sqlite3_column_text(st, 3);

			if (!strstr(step, "SEARCH") || !strstr(step, "<?)") ||
			    !strstr(step, "_by_") || strstr(step, "TEMP B-TREE"))
				fail_msg("%s: %s", journal_page_sql[i], step);
		}
		assert_int_equal(n, 1);
		sqlite3_finalize(st);
	}
	sqlite3_close(db);
}

/* A number of its own, the same over restarts. */
static void identity(void **state)
{
	struct env *e = *state;
	const struct uuid id = journal_identity(e->j);
	struct uuid again;

	assert_false(uuid_is_nil(&id));
	reopen(e);
	again = journal_identity(e->j);
	assert_true(uuid_equal(&id, &again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hard_filter, setup, teardown),
		cmocka_unit_test_setup_teardown(plans, setup, teardown),
		cmocka_unit_test_setup_teardown(identity, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
