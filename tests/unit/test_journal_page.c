// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lists in pages: every filter against a plain search of the same rows, cursors over new rows,
 * deleted rows and restarts.
 */
#include "journal_env.h"

#define N_ROWS 300

static const char *const severities[] = { "corrected", "recoverable", "fatal" };
static const enum inj_state states[] = { INJ_INTENT, INJ_WRITTEN, INJ_ACKNOWLEDGED, INJ_LOST };
static uint32_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* What the test knows of a row; its number is in row.id. */
struct known {
	uint32_t domain, severity, state, tag, origin;
	int64_t time_ns;
};

static struct known known[N_ROWS];

static struct journal_row row_of(int n)
{
	const struct known *k = &known[n];
	struct journal_row row = make_row(n);

	snprintf(row.target.domain, sizeof(row.target.domain), "vm%u", k->domain);
	snprintf(row.asked.tag, sizeof(row.asked.tag), k->tag ? "tag%u" : "", k->tag);
	snprintf(row.severity, sizeof(row.severity), "%s", severities[k->severity]);
	row.asked.origin = (enum origin)k->origin;
	row.created_real_ns = k->time_ns;
	row.record_len = 100;
	return row;
}

/* Rows whose times go on, stand still and jump back, as a clock that is set does. */
static void fill_part(struct env *e, int begin, int end)
{
	static struct result r[N_ROWS];
	static int64_t now;

	now = begin ? now : 1000;
	for (int n = begin; n < end; n++) {
		struct journal_row row;
		struct ras_err err;

		now += n % 50 == 49 ? -20 : (int)rnd(3);
		known[n] = (struct known){ rnd(4), rnd(3),	     rnd(ARRAY_LEN(states)),
					   rnd(4), rnd(ORIGIN__MAX), now };
		row = row_of(n);
		r[n] = (struct result){ 0 };
		assert_int_equal(journal_intent(e->j, &row, NULL, 0, on_done, &r[n], &err), 0);
	}
	assert_int_equal(flush(e), 0);
	for (int n = begin; n < end; n++) {
		const struct journal_row row = row_of(n);

		if (states[known[n].state] != INJ_INTENT)
			change(e, &row.id, states[known[n].state], "", 0);
	}
	assert_int_equal(flush(e), 0);
}

/* The first are in the indexes of the lists before the others come. */
static void fill(struct env *e)
{
	fill_part(e, 0, N_ROWS * 2 / 3);
	wait_listed(e);
	fill_part(e, N_ROWS * 2 / 3, N_ROWS);
}

static bool in(const struct journal_words *w, const char *word)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->v[i], word) == 0)
			return true;
	return !w->n;
}

static bool matches(const struct journal_filter *f, int n)
{
	const struct journal_row row = row_of(n);

	return in(&f->domain, row.target.domain) && in(&f->tag, row.asked.tag) &&
	       in(&f->severity, row.severity) && in(&f->origin, origin_name(row.asked.origin)) &&
	       in(&f->state, inj_state_name(states[known[n].state])) &&
	       row.created_real_ns >= f->since_ns &&
	       (!f->until_ns || row.created_real_ns < f->until_ns);
}

/* What a reader got so far. */
struct got {
	int n, left, number[N_ROWS];
};

static int take(void *arg, const struct journal_row *row)
{
	struct got *g = arg;
	int n;

	if (!g->left)
		return 1;
	assert_true(g->n < N_ROWS);
	memcpy(&n, row->id.b, sizeof(n));
	g->number[g->n++] = n;
	g->left--;
	return 0;
}

/* One page, in as many slices as it takes. */
static enum page_end page(struct env *e, struct journal_page *p, struct got *g, int limit)
{
	struct ras_err err;
	int r;

	g->left = limit;
	p->looks = JOURNAL_PAGE_LOOKS;
	while ((r = journal_page(e->j, p, take, g, &err)) == PAGE_SLICE)
		;
	assert_true(r >= 0);
	return (enum page_end)r;
}

/* The whole list in pages; restarts: rasd is restarted between them. */
static void list_all(struct env *e, const struct journal_filter *f, struct got *g, bool restarts)
{
	struct journal_page p = { .filter = *f };

	*g = (struct got){ 0 };
	journal_page_begin(&p);
	while (page(e, &p, g, 1 + (int)rnd(40)) != PAGE_END)
		if (restarts)
			reopen(e);
}

static void compare(const struct journal_filter *f, const struct got *g)
{
	int want = 0;

	for (int n = 0; n < N_ROWS; n++)
		want += matches(f, n);
	assert_int_equal(g->n, want);
	for (int i = 0; i < g->n; i++) {
		const struct known *a = &known[g->number[i]], *b;

		assert_true(matches(f, g->number[i]));
		if (i == 0)
			continue;
		b = &known[g->number[i - 1]];
		assert_true(a->time_ns < b->time_ns ||
			    (a->time_ns == b->time_ns && g->number[i] < g->number[i - 1]));
	}
}

static void maybe(struct journal_words *w, const char *word)
{
	if (rnd(2))
		w->v[w->n++] = word;
}

static void every_filter(void **state)
{
	static const char *const domains[] = { "vm0", "vm1", "vm2", "no such" }, *const tags[] = {
		"tag1", "tag2", "", "' OR 1 --"
	};
	struct env *e = *state;
	struct got g;

	fill(e);
	for (int i = 0; i < 400; i++) {
		struct journal_filter f = { 0 };

		for (size_t k = 0; rnd(2) && k < ARRAY_LEN(domains); k++)
			maybe(&f.domain, domains[k]);
		for (size_t k = 0; rnd(3) == 0 && k < 2; k++)
			maybe(&f.tag, tags[k]);
		for (size_t k = 0; rnd(2) && k < ARRAY_LEN(severities); k++)
			maybe(&f.severity, severities[k]);
		for (size_t k = 0; rnd(2) && k < ARRAY_LEN(states); k++)
			maybe(&f.state, inj_state_name(states[k]));
		if (rnd(3) == 0)
			maybe(&f.origin, origin_name((enum origin)rnd(ORIGIN__MAX)));
		if (rnd(3) == 0)
			f.since_ns = 1000 + rnd(300);
		if (rnd(3) == 0)
			f.until_ns = 1000 + rnd(300);
		list_all(e, &f, &g, i % 100 == 0);
		compare(&f, &g);
	}
}

/* A row that comes, one that goes: the rest of the list is the same. */
static void rows_come_and_go(void **state)
{
	struct env *e = *state;
	struct journal_page p = { .filter.since_ns = 0 };
	struct journal_row row;
	struct got g = { 0 };
	char sql[192];

	fill(e);
	journal_page_begin(&p);
	assert_int_equal(page(e, &p, &g, 10), PAGE_STOPPED);
	row = make_row(5000);
	row.created_real_ns = INT64_MAX - 1;
	row.record_len = 100;
	assert_int_equal(add(e, &row), 0);
	/* The row that the place is behind of. */
	snprintf(sql, sizeof(sql),
		 "PRAGMA foreign_keys = OFF; DROP TRIGGER injection_no_delete;"
		 "DELETE FROM injection WHERE rowid = %d",
		 g.number[9] + 1);
	assert_string_equal(sql_refusal(e, sql), "");
	while (page(e, &p, &g, 50) != PAGE_END)
		;
	assert_int_equal(g.n, N_ROWS);
	for (int i = 0; i < g.n; i++)
		for (int k = 0; k < i; k++)
			assert_int_not_equal(g.number[i], g.number[k]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_filter, setup, teardown),
		cmocka_unit_test_setup_teardown(rows_come_and_go, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
