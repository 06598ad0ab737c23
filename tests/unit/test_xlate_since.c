// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * xlate_answer.since_ns: since when the index has had what it answers. An error of the host that
 * is younger hit that guest; so a time that is too early would send it to the wrong one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xlate_env.h"

#define S INT64_C(1000000000)

static struct xlate_index *x;

/* The index is made (again) at that second. */
static void rebuild_at(int64_t second)
{
	struct xlate_index *old = x;

	k.now_ns = second * S;
	x = build(old);
	xlate_index_unref(old);
}

static int64_t since(uint64_t pfn)
{
	assert_true(xlate_find_indexed(&h, x, (struct hpa){ pfn * bytes + 1 }, &ans));
	assert_int_equal(ans.found, XLATE_BY_INDEX);
	return ans.since_ns;
}

static void one_guest(void)
{
	x = NULL;
	begin(4096, true);
	guest(0, 0, 8 * block, 0);
	fake_map_block(&mm[0], block, 20 * block, block, KPF_ANON | KPF_THP);
}

static void finish(void)
{
	xlate_index_unref(x);
	end();
}

/* The time of reading, and never an earlier one: it is kept in seconds, rounded up. */
static void test_first(void **state)
{
	(void)state;
	one_guest();
	rebuild_at(10);
	assert_true(k.now_ns > 10 * S);
	assert_int_equal(since(20 * block + 3), 11 * S);
	finish();
}

static void test_without_index(void **state)
{
	(void)state;
	one_guest();
	fake_map(&mm[0], 5, 77, KPF_ANON);
	rebuild_at(10);
	assert_int_equal(find((20 * block + 3) * bytes, NULL), 0);
	assert_int_equal(ans.since_ns, 0);
	/* A small page: there is an index, but it is not what has answered. */
	assert_int_equal(since(20 * block), 11 * S);
	assert_int_equal(find(77 * bytes, x), 0);
	one_owner(XLATE_LIVE, 100, 5 * bytes);
	assert_int_equal(ans.since_ns, 0);
	finish();
}

/* What stays keeps its time; what is new has that of its own index. */
static void test_again(void **state)
{
	(void)state;
	one_guest();
	rebuild_at(10);
	fake_map_block(&mm[0], 3 * block, 30 * block, block, KPF_ANON | KPF_THP);
	rebuild_at(100);
	assert_int_equal(since(20 * block), 11 * S);
	assert_int_equal(since(30 * block), 101 * S);
	rebuild_at(200);
	assert_int_equal(since(20 * block), 11 * S);
	assert_int_equal(since(30 * block), 101 * S);
	finish();
}

/* A page that was elsewhere in between begins anew; so does one at another guest address. */
static void test_left_and_came_back(void **state)
{
	(void)state;
	one_guest();
	rebuild_at(10);
	fake_map_block(&mm[0], block, 40 * block, block, KPF_ANON | KPF_THP);
	rebuild_at(100);
	fake_map_block(&mm[0], block, 20 * block, block, KPF_ANON | KPF_THP);
	rebuild_at(200);
	assert_int_equal(since(20 * block), 201 * S);
	fake_map_block(&mm[0], block, 40 * block, block, KPF_ANON | KPF_THP);
	fake_map_block(&mm[0], 6 * block, 20 * block, block, KPF_ANON | KPF_THP);
	rebuild_at(300);
	assert_int_equal(since(20 * block), 301 * S);
	one_owner(XLATE_LIVE, 100, 6 * block * bytes + 1);
	finish();
}

/* The page goes from one guest to another. */
static void test_other_guest(void **state)
{
	(void)state;
	one_guest();
	guest(1, 100 * block, 2 * block, GIB);
	rebuild_at(10);
	fake_map_block(&mm[0], block, 40 * block, block, KPF_ANON | KPF_THP);
	fake_map_block(&mm[1], 100 * block, 20 * block, block, KPF_ANON | KPF_THP);
	rebuild_at(100);
	assert_int_equal(since(20 * block), 101 * S);
	one_owner(XLATE_LIVE, 101, GIB + 1);
	finish();
}

/* Of two owners the later one counts: an error between the two hit only the first. */
static void test_two_owners(void **state)
{
	(void)state;
	x = NULL;
	begin(4096, true);
	guest(0, 0, 8 * block, 0);
	guest(1, 100 * block, 2 * block, GIB);
	fake_map_block(&mm[0], 4 * block, 40 * block, block, KPF_HUGE);
	rebuild_at(10);
	fake_map_block(&mm[1], 100 * block, 40 * block, block, KPF_HUGE);
	rebuild_at(100);
	assert_int_equal(since(40 * block), 101 * S);
	assert_int_equal(ans.n_owners, 2);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first),	    cmocka_unit_test(test_without_index),
		cmocka_unit_test(test_again),	    cmocka_unit_test(test_left_and_came_back),
		cmocka_unit_test(test_other_guest), cmocka_unit_test(test_two_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
