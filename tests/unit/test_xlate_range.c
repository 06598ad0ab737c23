// SPDX-License-Identifier: LGPL-2.1-or-later
/* How much of a range of host addresses each guest has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xlate_env.h"

static struct xlate_share share[3];
static enum xlate_range_how how;

static int range(uint64_t from_pfn, uint64_t to_pfn, const struct xlate_index *x)
{
	return xlate_range(&h, space, n_spaces(), x, (struct hpa){ from_pfn * bytes },
			   (struct hpa){ to_pfn * bytes }, share, &how, &err);
}

static void has(int i, uint64_t live, uint64_t poisoned)
{
	assert_int_equal(share[i].state, XLATE_SHARE_READ);
	assert_int_equal(share[i].live_bytes, live * bytes);
	assert_int_equal(share[i].poisoned_bytes, poisoned * bytes);
	assert_int_equal(share[i].probable_bytes, 0);
}

/* Two guests: small pages, a huge page over the end of the range, and a hole. */
static void two_guests(void)
{
	guest(0, 2 * block, 4 * block, 0);
	guest(1, 8 * block, 4 * block, GIB);
	for (size_t i = 0; i < 100; i++)
		fake_map(&mm[0], 2 * block + i, 1000 + i, KPF_ANON);
	for (size_t i = 0; i < 50; i++)
		fake_map(&mm[1], 8 * block + 3 + i, 1100 + i, KPF_ANON);
	fake_map_block(&mm[1], 9 * block, 40 * block, block, KPF_ANON | KPF_THP);
}

static void reads_the_guests(bool has_scan)
{
	begin(4096, has_scan);
	two_guests();
	assert_int_equal(range(1010, 1120, NULL), 0);
	assert_int_equal(how, XLATE_RANGE_BY_SPACES);
	has(0, 90, 0);
	has(1, 20, 0);
	assert_int_equal(share[0].n_runs, 1);
	assert_int_equal(share[0].run[0].gpa, 10 * bytes);
	assert_int_equal(share[0].run[0].len_bytes, 90 * bytes);
	assert_int_equal(share[1].run[0].gpa, GIB + 3 * bytes);
	/* The borders are inside a huge page. */
	assert_int_equal(range(40 * block + 7, 41 * block, NULL), 0);
	has(0, 0, 0);
	has(1, block - 7, 0);
	assert_int_equal(share[1].run[0].gpa, GIB + (block + 7) * bytes);
	assert_int_equal(range(39 * block, 40 * block + 1, NULL), 0);
	has(1, 1, 0);
	/* All of it, and nothing of it. */
	assert_int_equal(range(0, FAKE_PFNS, NULL), 0);
	has(0, 100, 0);
	has(1, 50 + block, 0);
	assert_int_equal(range(41 * block, 45 * block, NULL), 0);
	has(0, 0, 0);
	has(1, 0, 0);
	end();
}

static void test_by_spaces(void **state)
{
	(void)state;
	reads_the_guests(true);
	reads_the_guests(false);
}

/* Of huge pages outside the range only the ends are read. */
static void test_sparse(void **state)
{
	unsigned int n;

	(void)state;
	begin(4096, true);
	guest(0, 2 * block, 64 * block, 0);
	for (size_t i = 0; i < 64; i++)
		fake_map_block(&mm[0], (2 + i) * block, (100 + i) * block, block,
			       KPF_ANON | KPF_THP);
	k.most_since_pause = 0;
	k.n_pagemap = 0;
	assert_int_equal(range(50 * block, 99 * block, NULL), 0);
	has(0, 0, 0);
	n = k.n_pagemap;
	assert_in_range(n, 64, 2 * 64);
	assert_in_range(k.n_pauses, 64 * 128 / h.slice_pages, 1000);
	assert_int_equal(range(50 * block, 110 * block, NULL), 0);
	has(0, 10 * block, 0);
	end();
}

/* Hugetlb pages smaller than a block: its ends do not belong together. */
static void test_small_hugetlb(void **state)
{
	(void)state;
	begin(4096, true);
	guest(0, 2 * block, 4 * block, 0);
	for (size_t i = 0; i < block; i += 16)
		fake_map_block(&mm[0], 2 * block + i, 10000 + i * 8, 16, KPF_HUGE);
	assert_int_equal(range(10000 + 16 * 8, 10000 + 32 * 8, NULL), 0);
	has(0, 16, 0);
	end();
}

static void test_by_pages(void **state)
{
	struct xlate_index *x;
	unsigned int n;

	(void)state;
	begin(4096, true);
	two_guests();
	k.rmap = malloc(sizeof(uint64_t) * FAKE_PFNS);
	assert_non_null(k.rmap);
	for (size_t i = 0; i < FAKE_PFNS; i++)
		k.rmap[i] = UINT64_MAX;
	for (size_t i = 0; i < 100; i++)
		k.rmap[1000 + i] = (2 * block + i) << 1 | XLATE_RMAP_ANON;
	for (size_t i = 0; i < 50; i++)
		k.rmap[1100 + i] = (8 * block + 3 + i) << 1 | XLATE_RMAP_ANON;
	x = build(NULL);
	assert_int_equal(range(1095, 1105, x), 0);
	assert_int_equal(how, XLATE_RANGE_BY_PAGES);
	has(0, 5, 0);
	has(1, 5, 0);
	/* Learned by now: a few reads a page, and the guests are not gone through. */
	k.n_pagemap = k.n_scan = 0;
	assert_int_equal(range(1095, 1105, x), 0);
	assert_in_range(k.n_pagemap, 10, 60);
	assert_int_equal(k.n_scan, 0);
	assert_int_equal(range(40 * block + 3, 40 * block + 13, x), 0);
	assert_int_equal(how, XLATE_RANGE_BY_PAGES);
	has(1, 10, 0);
	assert_int_equal(share[1].run[0].gpa, GIB + (block + 3) * bytes);
	/* Page cache and free memory of the host are decided by their flags alone. */
	n = k.n_scan;
	k.flags[2000] = 0;
	k.flags[2001] = KPF_BUDDY;
	assert_int_equal(range(2000, 2002, x), 0);
	has(0, 0, 0);
	assert_int_equal(k.n_scan, n);
	/* A page that another process maps: the guests are read for it, and it is nobody's. */
	k.flags[1105] = KPF_MMAP | KPF_ANON;
	k.rmap[1105] = UINT64_C(0x7ffff000) << 1 | XLATE_RMAP_ANON;
	mm[1].entry[3 + 5] = 0;
	assert_int_equal(range(1095, 1106, x), 0);
	assert_true(k.n_scan > n);
	has(0, 5, 0);
	has(1, 5, 0);
	xlate_index_unref(x);
	free(k.rmap);
	end();
}

/* Without index and note every page of the range is left to one reading of the guests. */
static void test_marks(void **state)
{
	(void)state;
	begin(4096, true);
	two_guests();
	assert_int_equal(range(1095, 1105, NULL), 0);
	assert_int_equal(how, XLATE_RANGE_BY_PAGES);
	has(0, 5, 0);
	has(1, 5, 0);
	end();
}

static void test_poisoned(void **state)
{
	struct xlate_index *x;

	(void)state;
	begin(4096, true);
	two_guests();
	fake_map_block(&mm[0], 4 * block, 60 * block, block, KPF_HUGE);
	x = build(NULL);
	fake_poison(&mm[0], 2 * block + 5, 1005, 27);
	for (size_t i = 0; i < block; i++)
		fake_poison(&mm[0], 4 * block + i, 60 * block + i, 0);
	assert_int_equal(range(1000, 1200, x), 0);
	has(0, 99, 1);
	assert_int_equal(range(60 * block, 61 * block, x), 0);
	has(0, 0, block);
	/* What it costs depends on the index, not on the range. */
	k.n_kpage = 0;
	assert_int_equal(range(60 * block, XLATE_RANGE_MAX_PAGES, x), 0);
	has(0, 0, block);
	assert_in_range(k.n_kpage, 1, 100);
	assert_int_equal(range(60 * block + 9, 60 * block + 10, x), 0);
	has(0, 0, 1);
	assert_int_equal(share[0].run[0].gpa, (2 * block + 9) * bytes);
	/* With swap an entry may be of a page that was swapped out to a slot of that number. */
	k.swap_pages = 5000;
	assert_int_equal(range(1000, 1200, NULL), 0);
	assert_int_equal(share[0].poisoned_bytes, 0);
	assert_int_equal(share[0].probable_bytes, bytes);
	/* Swapped out to that slot, and the page of that number is not poisoned. */
	k.flags[1005] &= ~KPF_HWPOISON;
	assert_int_equal(range(1000, 1200, NULL), 0);
	assert_int_equal(share[0].probable_bytes, 0);
	xlate_index_unref(x);
	end();
}

/* What could not be read is said. */
static void test_not_read(void **state)
{
	(void)state;
	begin(4096, true);
	two_guests();
	k.cancel = true;
	assert_int_equal(range(0, FAKE_PFNS, NULL), 0);
	assert_int_equal(share[0].state, XLATE_SHARE_UNREAD);
	assert_int_equal(share[1].state, XLATE_SHARE_UNREAD);
	assert_int_equal(range(1005, 1040, NULL), 0);
	assert_int_equal(how, XLATE_RANGE_BY_PAGES);
	assert_int_equal(share[0].state, XLATE_SHARE_PARTLY);
	k.cancel = false;
	mm[0].gone = true;
	mm[1].error = EIO;
	assert_int_equal(range(0, FAKE_PFNS, NULL), 0);
	assert_int_equal(share[0].state, XLATE_SHARE_GONE);
	assert_int_equal(share[1].state, XLATE_SHARE_PARTLY);
	mm[0].gone = false;
	mm[1].error = 0;
	xlate_space_retire(space[1]);
	assert_int_equal(range(0, FAKE_PFNS, NULL), 0);
	assert_int_equal(share[1].state, XLATE_SHARE_GONE);
	end();
}

static void test_bad(void **state)
{
	(void)state;
	begin(4096, true);
	two_guests();
	assert_int_equal(range(5, 5, NULL), -RAS_E_PARAMS);
	assert_int_equal(range(6, 5, NULL), -RAS_E_PARAMS);
	assert_int_equal(range(0, XLATE_RANGE_MAX_PAGES + 1, NULL), -RAS_E_PARAMS);
	/* Part of a page counts as the page. */
	assert_int_equal(xlate_range(&h, space, 2, NULL, (struct hpa){ 1000 * bytes + 5 },
				     (struct hpa){ 1001 * bytes + 1 }, share, &how, &err),
			 0);
	has(0, 2, 0);
	/* The kernel hides the numbers. */
	for (size_t i = 0; i < mm[0].n; i++)
		mm[0].entry[i] &= ~PM_PFN_MASK;
	assert_int_equal(range(0, FAKE_PFNS, NULL), -RAS_E_HELPER);
	end();
}

/* One host page of 64 KiB that is RAM only in part; memory that is at two guest addresses. */
static void test_parts(void **state)
{
	struct xlate_section s[] = { { 0, 3 * 4096, 0x200000000 + 4096 },
				     { GIB, 2 * 65536, 0x300000000 },
				     { 2 * GIB, 65536, 0x300000000 } };

	(void)state;
	begin(65536, true);
	fake_mm_init(&mm[0], &k, 0x200000000 / bytes, 0x20000);
	assert_int_equal(xlate_space_new(&fake_ops, &mm[0], 100, bytes, s, 3, &space[0], &err), 0);
	fake_map(&mm[0], 0x200000000 / bytes, 50, KPF_ANON);
	fake_map(&mm[0], 0x300000000 / bytes, 51, KPF_ANON);
	fake_map(&mm[0], 0x300000000 / bytes + 1, 52, KPF_ANON);
	assert_int_equal(range(50, 1000, NULL), 0);
	assert_int_equal(share[0].live_bytes, 3 * 4096 + 2 * 65536);
	assert_int_equal(share[0].n_runs, 2);
	assert_int_equal(share[0].run[1].gpa, GIB);
	end();
}

static void test_many_runs(void **state)
{
	(void)state;
	begin(4096, true);
	guest(0, 2 * block, 4 * block, 0);
	for (size_t i = 0; i < 40; i++)
		fake_map(&mm[0], 2 * block + i * 2, 1000 + i, KPF_ANON);
	assert_int_equal(range(1000, 1040, NULL), 0);
	has(0, 40, 0);
	assert_int_equal(share[0].n_runs, 40);
	assert_int_equal(share[0].run[7].gpa, 14 * bytes);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_spaces),     cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_small_hugetlb), cmocka_unit_test(test_by_pages),
		cmocka_unit_test(test_marks),	      cmocka_unit_test(test_poisoned),
		cmocka_unit_test(test_not_read),      cmocka_unit_test(test_bad),
		cmocka_unit_test(test_parts),	      cmocka_unit_test(test_many_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
