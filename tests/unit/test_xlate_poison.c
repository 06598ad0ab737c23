// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pages that the kernel has poisoned or moved away, on a simulated kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "tests/unit/fake_kernel.h"
#include "xlate/private.h"

#define BYTES 4096u
#define BLOCK 512u

static struct fake_kernel k;
static struct xlate_host h;
static struct fake_mm mm[2];
static struct xlate_space *space[2];
static struct xlate_answer ans;
static struct ras_err err;

/* Two guests of four blocks each; the first has its RAM at block 2, the second at block 100. */
static int begin(void **state)
{
	(void)state;
	memset(&k, 0, sizeof(k));
	k.page_bytes = BYTES;
	k.has_scan = true;
	fake_host(&k, &h);
	for (unsigned int i = 0; i < 2; i++) {
		struct xlate_section s = { 0, 4 * BLOCK * BYTES, (i ? 100 : 2) * BLOCK * BYTES };

		fake_mm_init(&mm[i], &k, s.hva / BYTES, 4 * BLOCK);
		assert_int_equal(xlate_space_new(&fake_ops, &mm[i], 1 + i, BYTES, &s, 1, &space[i],
						 &err),
				 0);
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		xlate_space_unref(space[i]);
		fake_mm_fini(&mm[i]);
	}
	xlate_host_fini(&h);
	return 0;
}

static struct xlate_index *build(const struct xlate_index *old)
{
	struct xlate_index *x = NULL;

	assert_int_equal(xlate_index_new(&h, space, 2, NULL, old, &x, &err), 0);
	return x;
}

static void find(uint64_t pfn, const struct xlate_index *x)
{
	assert_int_equal(xlate_find(&h, space, 2, x, (struct hpa){ pfn * BYTES + 8 }, &ans, &err),
			 0);
}

static void expect(enum xlate_state state, size_t n, uint64_t id, uint64_t page,
		   enum xlate_found how)
{
	assert_string_equal(xlate_state_name(ans.state), xlate_state_name(state));
	assert_string_equal(xlate_found_name(ans.found), xlate_found_name(how));
	assert_int_equal(ans.n_owners, n);
	if (n > 0) {
		assert_int_equal(ans.owner[0].id, id);
		assert_int_equal(ans.owner[0].gpa.v, page * BYTES + 8);
		assert_int_equal(ans.owner[0].state, state);
	}
}

/* Whatever number the kernel's configuration gives to the type. */
static void test_small(void **state)
{
	(void)state;
	for (unsigned int type = 20; type < 32; type++) {
		fake_map(&mm[1], 100 * BLOCK + 7, 5000 + type, KPF_ANON);
		fake_poison(&mm[1], 100 * BLOCK + 7, 5000 + type, type);
		for (int scan = 0; scan < 2; scan++) {
			k.has_scan = scan;
			find(5000 + type, NULL);
			expect(XLATE_POISONED, 1, 2, 7, XLATE_BY_SWAP_ENTRY);
		}
	}
}

static void test_thp_is_split(void **state)
{
	struct xlate_index *x;

	(void)state;
	fake_map_block(&mm[0], 3 * BLOCK, 40 * BLOCK, BLOCK, KPF_ANON | KPF_THP);
	x = build(NULL);
	memset(mm[0].huge, 0, 4 * BLOCK * sizeof(bool));
	fake_poison(&mm[0], 3 * BLOCK + 9, 40 * BLOCK + 9, 27);
	find(40 * BLOCK + 9, x);
	expect(XLATE_POISONED, 1, 1, BLOCK + 9, XLATE_BY_SWAP_ENTRY);
	find(40 * BLOCK + 8, x); /* its neighbour is in use, and the index still knows it */
	expect(XLATE_LIVE, 1, 1, BLOCK + 8, XLATE_BY_INDEX);
	xlate_index_unref(x);
}

static void test_two_owners(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		fake_map(&mm[i], mm[i].first + 5, 600, 0);
	for (int i = 0; i < 2; i++)
		fake_poison(&mm[i], mm[i].first + 5, 600, 27);
	find(600, NULL);
	expect(XLATE_POISONED, 2, 1, 5, XLATE_BY_SWAP_ENTRY);
	assert_int_equal(ans.owner[1].id, 2);
	for (size_t i = 10; i < 266; i++)
		mm[0].entry[i] = PM_SWAP | 700 << 5 | 27;
	k.flags[700] = KPF_HWPOISON;
	find(700, NULL);
	assert_int_equal(ans.n_owners, XLATE_MAX_OWNERS);
	assert_true(ans.more_owners);
}

/* A page in the swap slot that has the number of a poisoned page. */
static void test_real_swap(void **state)
{
	(void)state;
	k.flags[800] = KPF_HWPOISON;
	mm[0].entry[4] = PM_SWAP | 800 << 5 | 0;
	k.swap_pages = 10000;
	find(800, NULL);
	expect(XLATE_PROBABLE, 1, 1, 4, XLATE_BY_SWAP_ENTRY);
	assert_int_equal(xlate_verify(&h, space[0], ans.owner[0].gpa, ans.hpa, NULL, &err), 0);
	/* Another entry of that type does not name a poisoned page, so the type is a swap area. */
	mm[1].entry[9] = PM_SWAP | 801 << 5 | 0;
	find(800, NULL);
	expect(XLATE_HOST, 0, 0, 0, XLATE_BY_FULL_SCAN);
	/* The real one beside it. */
	fake_map(&mm[1], mm[1].first + 3, 800, KPF_ANON);
	fake_poison(&mm[1], mm[1].first + 3, 800, 27);
	find(800, NULL);
	expect(XLATE_PROBABLE, 1, 2, 3, XLATE_BY_SWAP_ENTRY);
	/* One more page of the poison's type: now rasd knows what the type is. */
	fake_map(&mm[1], mm[1].first + 2, 805, KPF_ANON);
	fake_poison(&mm[1], mm[1].first + 2, 805, 27);
	find(800, NULL);
	expect(XLATE_POISONED, 1, 2, 3, XLATE_BY_SWAP_ENTRY);
	/* A page beyond every swap area needs no more evidence. */
	k.swap_pages = 800;
	k.flags[801] = 0;
	find(800, NULL);
	expect(XLATE_POISONED, 1, 2, 3, XLATE_BY_SWAP_ENTRY);
}

static void poison_hugetlb(struct fake_mm *m, uint64_t page, uint64_t pfn)
{
	for (size_t i = 0; i < BLOCK; i++)
		fake_poison(m, page + i, pfn + i, 0);
}

static void test_hugetlb(void **state)
{
	struct xlate_index *x, *y;

	(void)state;
	fake_map_block(&mm[0], 3 * BLOCK, 40 * BLOCK, BLOCK, KPF_HUGE);
	fake_map_block(&mm[1], 101 * BLOCK, 50 * BLOCK, BLOCK, KPF_HUGE);
	x = build(NULL);
	poison_hugetlb(&mm[0], 3 * BLOCK, 40 * BLOCK);
	find(40 * BLOCK + 3, x);
	expect(XLATE_POISONED, 1, 1, BLOCK + 3, XLATE_BY_HISTORY);
	assert_int_equal(xlate_verify(&h, space[0], ans.owner[0].gpa, ans.hpa, NULL, &err), 0);
	/* The next index does not have it any more, but its history has it. */
	y = build(x);
	assert_int_equal(xlate_index_blocks(y), 1);
	assert_int_equal(xlate_index_history(y), 1);
	find(40 * BLOCK + 3, y);
	expect(XLATE_POISONED, 1, 1, BLOCK + 3, XLATE_BY_HISTORY);
	assert_true(ans.seen_ns > 0 && ans.seen_ns < ans.read_ns);
	/* Without any index a single candidate is probable; of two nobody can tell. */
	find(40 * BLOCK + 3, NULL);
	expect(XLATE_PROBABLE, 1, 1, BLOCK + 3, XLATE_BY_ELIMINATION);
	poison_hugetlb(&mm[1], 101 * BLOCK, 50 * BLOCK);
	find(40 * BLOCK + 3, NULL);
	expect(XLATE_PROBABLE, 2, 1, BLOCK + 3, XLATE_BY_ELIMINATION);
	find(40 * BLOCK + 3, y);
	expect(XLATE_POISONED, 1, 1, BLOCK + 3, XLATE_BY_HISTORY);
	/* An old kernel without PAGEMAP_SCAN: only the index and an empty entry. */
	k.has_scan = false;
	find(50 * BLOCK, y);
	expect(XLATE_PROBABLE, 1, 2, BLOCK, XLATE_BY_HISTORY);
	find(50 * BLOCK, NULL);
	expect(XLATE_HOST, 0, 0, 0, XLATE_BY_FULL_SCAN);
	/* It marks only the head. */
	for (size_t i = 1; i < BLOCK; i++)
		k.flags[50 * BLOCK + i] = KPF_HUGE;
	find(50 * BLOCK + 7, y);
	expect(XLATE_PROBABLE, 1, 2, BLOCK + 7, XLATE_BY_HISTORY);
	xlate_index_unref(x);
	xlate_index_unref(y);
}

/* Soft offline: the contents move, the old page is poisoned and has no owner. */
static void test_soft_offline(void **state)
{
	struct xlate_index *x, *y;

	(void)state;
	fake_map_block(&mm[0], 3 * BLOCK, 40 * BLOCK, BLOCK, KPF_HUGE);
	fake_map(&mm[1], mm[1].first, 900, KPF_ANON);
	x = build(NULL);
	for (size_t i = 0; i < BLOCK; i++) {
		k.flags[40 * BLOCK + i] = i == 3 ? KPF_HWPOISON : KPF_BUDDY;
		k.count[40 * BLOCK + i] = 0;
	}
	fake_map_block(&mm[0], 3 * BLOCK, 60 * BLOCK, BLOCK, KPF_HUGE);
	for (int i = 0; i < 2; i++) {
		find(40 * BLOCK + 3, x);
		expect(XLATE_HISTORIC, 1, 1, BLOCK + 3, XLATE_BY_HISTORY);
		assert_int_equal(ans.hpa_now, (60 * BLOCK + 3) * BYTES + 8);
		assert_int_equal(xlate_verify(&h, space[0], ans.owner[0].gpa, ans.hpa, NULL, &err),
				 -RAS_E_BUSY);
		y = build(x);
		xlate_index_unref(x);
		x = y;
	}
	/* The new page is poisoned later: the old page's owner is still only historic. */
	poison_hugetlb(&mm[0], 3 * BLOCK, 60 * BLOCK);
	find(40 * BLOCK + 3, x);
	expect(XLATE_HISTORIC, 1, 1, BLOCK + 3, XLATE_BY_HISTORY);
	assert_int_equal(ans.hpa_now, 0);
	find(60 * BLOCK + 3, x);
	expect(XLATE_POISONED, 1, 1, BLOCK + 3, XLATE_BY_HISTORY);
	/* Pages of 4K leave no trace. */
	k.flags[900] = KPF_HWPOISON;
	k.count[900] = 0;
	fake_map(&mm[1], mm[1].first, 901, KPF_ANON);
	find(900, x);
	expect(XLATE_HOST, 0, 0, 0, XLATE_BY_FULL_SCAN);
	xlate_index_unref(x);
}

/* The mark is set before the page is unmapped, and unmapping may fail. */
static void test_marked_but_mapped(void **state)
{
	(void)state;
	fake_map(&mm[0], mm[0].first, 949, KPF_ANON);
	fake_map(&mm[0], mm[0].first + 2, 950, KPF_ANON);
	k.flags[950] |= KPF_HWPOISON;
	find(950, NULL);
	expect(XLATE_POISONED, 1, 1, 2, XLATE_BY_NEAR_SCAN);
	assert_non_null(strstr(ans.detail, "still mapped"));
	/* Mapped, but by a process that is no guest. */
	k.flags[951] = KPF_HWPOISON | KPF_MMAP;
	k.count[951] = 1;
	find(951, NULL);
	expect(XLATE_HOST, 0, 0, 0, XLATE_BY_FULL_SCAN);
}

static void test_size(void **state)
{
	struct xlate_index *x = NULL, *y;

	(void)state;
	for (int round = 0; round < 5; round++) {
		for (size_t b = 0; b < 4; b++)
			fake_map_block(&mm[0], (2 + b) * BLOCK,
				       (100 + 10 * (size_t)round + b) * BLOCK, BLOCK,
				       KPF_ANON | KPF_THP);
		y = build(x);
		xlate_index_unref(x);
		x = y;
		assert_int_equal(xlate_index_blocks(x), 4);
		assert_int_equal(xlate_index_history(x), 4 * round);
	}
	assert_int_equal(xlate_index_new(&h, space + 1, 1, NULL, x, &y, &err), 0);
	/* A guest that left takes its history with it. */
	assert_int_equal(xlate_index_blocks(y), 0);
	assert_int_equal(xlate_index_history(y), 0);
	xlate_index_unref(x);
	xlate_index_unref(y);
}

/*
 * What the kernel records outlives the poison. Memory: that one entry is read. hugetlb: no index is
 * needed.
 */
static void test_noted(void **state)
{
	uint64_t *note = calloc(FAKE_PFNS, sizeof(*note));

	(void)state;
	assert_non_null(note);
	k.rmap = note;
	k.swap_pages = 1000000; /* swap alone could explain the entry */
	fake_map(&mm[1], mm[1].first + 3, 800, KPF_ANON);
	note[800] = (mm[1].first + 3) << 1 | XLATE_RMAP_ANON;
	fake_poison(&mm[1], mm[1].first + 3, 800, 27);
	find(800, NULL);
	expect(XLATE_POISONED, 1, 2, 3, XLATE_BY_SWAP_ENTRY);
	assert_int_equal(k.n_scan, 0);
	assert_true(xlate_find_noted(&h, space, 2, (struct hpa){ 800 * BYTES + 8 }, &ans));
	expect(XLATE_POISONED, 1, 2, 3, XLATE_BY_SWAP_ENTRY);
	/* Recorded elsewhere, or at two places at once: searched, and not certain. */
	note[800] = (mm[1].first + 4) << 1 | XLATE_RMAP_ANON;
	assert_false(xlate_find_noted(&h, space, 2, (struct hpa){ 800 * BYTES + 8 }, &ans));
	find(800, NULL);
	expect(XLATE_PROBABLE, 1, 2, 3, XLATE_BY_SWAP_ENTRY);
	assert_true(k.n_scan > 0);
	/*
	 * A page of a file with two owners: both are named and certain, because both are where it
	 * is recorded.
	 */
	for (int i = 0; i < 2; i++) {
		fake_map(&mm[i], mm[i].first + 10, 900, 0);
		fake_map(&mm[i], mm[i].first, 901, 0);
		space[i]->learned.done = false;
	}
	note[901] = 40 << 1;
	note[900] = 50 << 1;
	for (int i = 0; i < 2; i++)
		fake_poison(&mm[i], mm[i].first + 10, 900, 27);
	find(900, NULL);
	expect(XLATE_POISONED, 2, 1, 10, XLATE_BY_SWAP_ENTRY);
	/* Two poisoned hugetlb pages without an index: the kernel's record tells which is which. */
	fake_map_block(&mm[0], 3 * BLOCK, 40 * BLOCK, BLOCK, KPF_HUGE);
	fake_map_block(&mm[0], 4 * BLOCK, 50 * BLOCK, BLOCK, KPF_HUGE);
	for (size_t i = 0; i < BLOCK; i++) {
		note[40 * BLOCK + i] = (40 + BLOCK + i) << 1;
		note[50 * BLOCK + i] = (40 + 2 * BLOCK + i) << 1;
	}
	for (size_t b = 0; b < 2; b++)
		for (size_t i = 0; i < BLOCK; i++)
			fake_poison(&mm[0], (3 + b) * BLOCK + i, (40 + 10 * b) * BLOCK + i, 0);
	find(40 * BLOCK + 9, NULL);
	expect(XLATE_POISONED, 1, 1, BLOCK + 9, XLATE_BY_RMAP);
	find(50 * BLOCK + 7, NULL);
	expect(XLATE_POISONED, 1, 1, 2 * BLOCK + 7, XLATE_BY_RMAP);
	free(note);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(test_small),	 T(test_thp_is_split), T(test_two_owners),	  T(test_real_swap),
		T(test_hugetlb), T(test_soft_offline), T(test_marked_but_mapped), T(test_size),
		T(test_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
