// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of corrected errors: folded right, exact in a storm, of fixed size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "events/fold.h"
#include "events/signals.h"

#define S INT64_C(1000000000)

static struct fold *f;

static int setup(void **state)
{
	(void)state;
	return fold_new(&f, NULL);
}

static int teardown(void **state)
{
	(void)state;
	fold_free(f);
	return 0;
}

static uint64_t add(uint64_t pfn, const char *report, int64_t at_ns, uint64_t n)
{
	struct fold_page *p;

	return fold_add(f, pfn, pfn << 12, fold_who("kernel", report), at_ns, n, &p);
}

/* One error, three reports: one. Two of the same reporter: two. */
static void reports_of_one_error(void **state)
{
	(void)state;
	assert_int_equal(add(7, "mce_record", 10 * S, 1), 1);
	assert_int_equal(add(7, "mc_event", 10 * S + 5, 1), 0);
	assert_int_equal(add(7, "extlog", 10 * S + 9, 1), 0);
	assert_int_equal(add(7, "mce_record", 10 * S + 20, 1), 1);
	assert_int_equal(add(7, "mc_event", 10 * S + 25, 3), 2);
	assert_int_equal(add(8, "mc_event", 10 * S + 25, 1), 1); /* another page */
	assert_int_equal(add(7, "extlog", 12 * S + 1, 1), 1);	 /* another window */
	assert_int_equal(fold_find(f, 7)->pending, 5);
	assert_int_equal(fold_find(f, 7)->day.n, 5);
	assert_null(fold_find(f, 9));
}

/* The day of a page goes on where an earlier life was, and ends when it would have. */
static void a_day_remembered(void **state)
{
	const struct fold_day day = { .begin_ns = 10 * S, .n = 4, .told = true };

	(void)state;
	fold_remember(f, 7, &day);
	assert_true(fold_idle(f));
	assert_null(fold_next(f));
	assert_int_equal(add(7, "mce_record", 100 * S, 1), 1);
	assert_int_equal(fold_find(f, 7)->day.n, 5);
	assert_true(fold_find(f, 7)->day.told);
	assert_int_equal(fold_find(f, 7)->pending, 1);
	assert_int_equal(add(7, "mce_record", 11 * S + FOLD_DAY_NS, 1), 1);
	assert_int_equal(fold_find(f, 7)->day.n, 1);
	assert_false(fold_find(f, 7)->day.told);
}

/* A million errors of more pages than there is room for: none is lost, none counted twice. */
static void storm_is_exact(void **state)
{
	const uint64_t n = 1000000;
	uint64_t sum = 0, seen = 0;
	struct fold_page *p;

	(void)state;
	for (uint64_t i = 0; i < n; i++) {
		sum += add(i % 10007, "mce_record", 10 * S + (int64_t)i * 10000, 1);
		add(i % 10007, "mc_event", 10 * S + (int64_t)i * 10000 + 1000, 1);
	}
	while ((p = fold_next(f)))
		seen += p->pending;
	seen += fold_take_overflow(f);
	assert_true(sum >= n);
	assert_int_equal(fold_pages(f), FOLD_PAGES);
	/* What has no page of its own cannot be folded: it is counted by every report. */
	assert_true(seen >= n && seen <= 2 * n);
}

static void pages_in_the_table_are_exact(void **state)
{
	const uint64_t n = 1000000;
	uint64_t seen = 0;
	struct fold_page *p;

	(void)state;
	for (uint64_t i = 0; i < n; i++) {
		add(i % 4001, "mce_record", 10 * S + (int64_t)i * 10000, 1);
		add(i % 4001, "mc_event", 10 * S + (int64_t)i * 10000 + 1000, 1);
	}
	while ((p = fold_next(f)))
		seen += p->pending;
	assert_int_equal(seen, n);
	assert_int_equal(fold_take_overflow(f), 0);
}

/* A page that has nothing more to say makes room; one that is worked with stays. */
static void room_is_made(void **state)
{
	struct fold_page *p, *busy = NULL;

	(void)state;
	for (uint64_t i = 0; i < FOLD_PAGES; i++)
		add(i, "mce_record", 10 * S, 1);
	add(FOLD_PAGES, "mce_record", 20 * S, 1);
	assert_int_equal(fold_take_overflow(f), 1);
	while ((p = fold_next(f))) {
		p->pending = 0;
		busy = p;
	}
	busy->busy = true;
	for (uint64_t i = 0; i < FOLD_PAGES - 1; i++)
		add(100000 + i, "mce_record", 20 * S, 1);
	assert_int_equal(fold_take_overflow(f), 0);
	assert_ptr_equal(fold_find(f, busy->pfn), busy);
	assert_int_equal(fold_pages(f), FOLD_PAGES);
}

/* One signal belongs to one page; the kernel signals before it reports the page. */
static void signals(void **state)
{
	struct signals s = { .next = 0 };

	(void)state;
	signals_note(&s, 42, 5, 10 * S);
	assert_int_equal(signals_match(&s, 43, 1, 10 * S + 1000, 0), 0); /* another process */
	assert_int_equal(signals_match(&s, 42, 1, 9 * S, 0), 0);	 /* it is later */
	assert_int_equal(signals_match(&s, 42, 1, 11 * S, 0), 0);	 /* long before */
	assert_int_equal(signals_match(&s, 42, 1, 10 * S + 1000, 0), 5);
	assert_int_equal(signals_match(&s, 42, 1, 10 * S + 9000, 0), 5); /* the same page */
	assert_int_equal(signals_match(&s, 42, 2, 10 * S + 1000, 0), 0); /* taken */
	signals_note(&s, 42, 4, 20 * S);
	assert_int_equal(signals_match(&s, 42, 2, 20 * S - 1000, SIGNAL_AFTER_NS), 4);
}

/* QEMU's own event counts for an error of the same moment, not for one of long before or after. */
static void what_qemu_says(void **state)
{
	int64_t said[] = { 0, 10 * S, 0, 50 * S };
	const int64_t before = SIGNAL_BEFORE_NS, after = QEMU_SAYS_AFTER_NS;

	(void)state;
	assert_true(signals_qemu_said(said, 4, 10 * S, 0));
	assert_true(signals_qemu_said(said, 4, 50 * S, 0));
	assert_true(signals_qemu_said(said, 4, 10 * S + before, 0));
	assert_false(signals_qemu_said(said, 4, 10 * S + before + 1, 0));
	assert_true(signals_qemu_said(said, 4, 10 * S - after, 0));
	assert_false(signals_qemu_said(said, 4, 10 * S - after - 1, 0)); /* of a later error */
	assert_true(signals_qemu_said(said, 4, 10 * S - after - 1, 1));
	assert_false(signals_qemu_said(said, 4, 30 * S, 3 * S));
	assert_false(signals_qemu_said(said, 1, 0, 0)); /* there was none */
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reports_of_one_error),	 T(a_day_remembered), T(storm_is_exact),
		T(pages_in_the_table_are_exact), T(room_is_made),     cmocka_unit_test(signals),
		cmocka_unit_test(what_qemu_says)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
