// SPDX-License-Identifier: LGPL-2.1-or-later
/* Translation on a simulated kernel: any page size, any moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xlate_env.h"

/* Pages in random order, on each page size, with and without PAGEMAP_SCAN. */
static void test_small_pages(void **state)
{
	static const size_t size[] = { 4096, 16384, 65536 };

	(void)state;
	for (size_t t = 0; t < 6; t++) {
		size_t n;

		begin(size[t / 2], t % 2);
		h.slice_pages = 256;
		n = 2 * block + 77;
		guest(0, 1000003, n, 0x40000000);
		guest(1, 5000, 64, 0x1000);
		for (size_t i = 0; i < n; i++)
			if (i % 5) /* every fifth is not touched */
				fake_map(&mm[0], 1000003 + i, 1 + (i * 7919) % 100003, KPF_ANON);
		for (size_t i = 1; i < n; i += 97) {
			uint64_t pfn = 1 + (i * 7919) % 100003;

			if (i % 5 == 0)
				continue;
			assert_int_equal(find(pfn * bytes + 0x123, NULL), 0);
			one_owner(XLATE_LIVE, 100, 0x40000000 + i * bytes + 0x123);
			assert_int_equal(ans.owner[0].hva, (1000003 + i) * bytes + 0x123);
			assert_int_equal(ans.page_bytes, bytes);
			assert_string_equal(xlate_backing_name(ans.backing), "anonymous");
			assert_false(ans.other_mappings);
		}
		assert_true(k.n_pauses > 0);
		assert_true(k.most_since_pause <= 3 * 256);
		end();
	}
}

static void test_huge_pages(void **state)
{
	static const size_t size[] = { 4096, 16384, 65536 };

	(void)state;
	for (size_t t = 0; t < 6; t++) {
		struct xlate_index *x;
		uint64_t first;

		begin(size[t / 2], t % 2);
		first = 3 * block - 1; /* RAM begins one page before a block */
		guest(0, first, 4 * block, 0);
		fake_map_block(&mm[0], 3 * block, 20 * block, block, KPF_ANON | KPF_THP);
		fake_map_block(&mm[0], 4 * block, 10 * block, block, KPF_ANON | KPF_THP);
		fake_map_block(&mm[0], 5 * block, 30 * block, block, KPF_HUGE);
		fake_map(&mm[0], first, 5, KPF_ANON);
		assert_int_equal(find((10 * block + 3) * bytes, NULL), 0);
		one_owner(XLATE_LIVE, 100, (block + 4) * bytes);
		assert_int_equal(ans.found, XLATE_BY_HUGE_SCAN);
		assert_int_equal(ans.page_bytes, block * bytes);
		x = build(NULL);
		assert_int_equal(xlate_index_blocks(x), 3);
		for (uint64_t i = 0; i < 3 * block; i += block / 4) {
			static const uint64_t at[] = { 20, 10, 30 };

			k.n_kpage = k.n_pagemap = k.n_scan = 0;
			assert_true(xlate_find_indexed(
				&h, x,
				(struct hpa){ (at[i / block] * block + i % block) * bytes + 7 },
				&ans));
			one_owner(XLATE_LIVE, 100, (i + 1) * bytes + 7);
			/* One read proves it. Only shared memory has its mappings counted. */
			assert_int_equal(k.n_pagemap, 1);
			assert_int_equal(k.n_scan, 0);
			assert_int_equal(k.n_kpage, i / block == 2);
			assert_int_equal(ans.backing, i / block == 2 ? XLATE_BACKING_HUGETLB :
								       XLATE_BACKING_THP);
		}
		/*
		 * The page has moved since: the index proposes it, the read refuses it, the search
		 * finds it.
		 */
		fake_map_block(&mm[0], 4 * block, 12 * block, block, KPF_ANON | KPF_THP);
		assert_false(xlate_find_indexed(&h, x, (struct hpa){ 10 * block * bytes }, &ans));
		assert_int_equal(find(12 * block * bytes, x), 0);
		one_owner(XLATE_LIVE, 100, (block + 1) * bytes);
		xlate_index_unref(x);
		end();
	}
}

/* A split huge page, and a hugetlb size smaller than a block. */
static void test_odd_huge(void **state)
{
	(void)state;
	begin(4096, true);
	guest(0, 4 * block, 2 * block, 0);
	fake_map_block(&mm[0], 4 * block, 8 * block, block, KPF_ANON | KPF_THP);
	for (size_t i = 0; i < block; i++)
		mm[0].huge[i] = false;
	assert_int_equal(find((8 * block + 9) * bytes, NULL), 0);
	one_owner(XLATE_LIVE, 100, 9 * bytes);
	for (size_t i = 0; i < block; i += 16)
		fake_map_block(&mm[0], 5 * block + i, 20 * block + (block - 16 - i), 16, KPF_HUGE);
	assert_int_equal(find((20 * block + 3) * bytes, NULL), 0);
	one_owner(XLATE_LIVE, 100, (2 * block - 16 + 3) * bytes);
	end();
}

/* The PC's hole, a block at two guest addresses, a page that is only partly RAM. */
static void test_layouts(void **state)
{
	struct xlate_section s[] = {
		{ 4 * GIB, 0x8000, 0x7f0000018000 }, /* above the hole: second half of the block */
		{ 0, 0x8000, 0x7f0000010000 },
		{ 0xe0000000, 0x2000, 0x7f0000011000 }, /* again, elsewhere */
	};
	struct xlate_section bad[] = { { 0, 0x2000, 0x1000 }, { 0x1000, 0x1000, 0x9000 } };
	struct xlate_space *sp;

	(void)state;
	begin(4096, true);
	fake_mm_init(&mm[0], &k, 0x7f0000010, 16);
	assert_int_equal(xlate_space_new(&fake_ops, &mm[0], 1, bytes, s, 3, &space[0], &err), 0);
	for (uint64_t i = 0; i < 16; i++)
		fake_map(&mm[0], 0x7f0000010 + i, 50 + i, KPF_ANON);
	assert_int_equal(find(57 * bytes, NULL), 0);
	one_owner(XLATE_LIVE, 1, 0x7000);
	assert_int_equal(find(58 * bytes, NULL), 0);
	one_owner(XLATE_LIVE, 1, 4 * GIB);
	assert_int_equal(find(52 * bytes + 5, NULL), 0);
	assert_int_equal(ans.n_owners, 2);
	assert_int_equal(ans.owner[0].gpa.v, 0x2005);
	assert_false(ans.owner[0].alias);
	assert_int_equal(ans.owner[1].gpa.v, 0xe0001005);
	assert_true(ans.owner[1].alias);
	/* There is nothing in the hole. */
	assert_int_equal(xlate_gpa(&h, space[0], (struct gpa){ 0x8000 }, &ans, &err),
			 -RAS_E_NOT_RAM);
	assert_int_equal(xlate_gpa(&h, space[0], (struct gpa){ 0xe0001008 }, &ans, &err), 0);
	assert_int_equal(ans.hpa.v, 52 * bytes + 8);

	assert_int_equal(xlate_space_new(&fake_ops, NULL, 1, bytes, bad, 2, &sp, &err),
			 -RAS_E_LAYOUT);
	bad[1] = (struct xlate_section){ UINT64_MAX - 5, 0x1000, 0x9000 };
	assert_int_equal(xlate_space_new(&fake_ops, NULL, 1, bytes, bad, 2, &sp, &err),
			 -RAS_E_LAYOUT);
	bad[1] = (struct xlate_section){ 0x10000, 0, 0x9000 };
	assert_int_equal(xlate_space_new(&fake_ops, NULL, 1, bytes, bad, 2, &sp, &err),
			 -RAS_E_LAYOUT);
	assert_int_equal(xlate_space_new(&fake_ops, NULL, 1, bytes, bad, 0, &sp, &err),
			 -RAS_E_LAYOUT);
	assert_int_equal(xlate_space_new(&fake_ops, NULL, 1, bytes, bad, 65, &sp, &err),
			 -RAS_E_LAYOUT);
	end();
}

/* Host pages of 64K under RAM that is laid out in 4K. */
static void test_part_of_page(void **state)
{
	struct xlate_section s[] = { { 0, 0x3000, 0x100000 }, { 0x10000, 0x4000, 0x104000 } };

	(void)state;
	begin(65536, true);
	fake_mm_init(&mm[0], &k, 0x10, 1);
	assert_int_equal(xlate_space_new(&fake_ops, &mm[0], 1, bytes, s, 2, &space[0], &err), 0);
	fake_map(&mm[0], 0x10, 9, KPF_ANON);
	assert_int_equal(find(9 * bytes + 0x5004, NULL), 0);
	one_owner(XLATE_LIVE, 1, 0x11004);
	assert_int_equal(find(9 * bytes + 0x3004, NULL), 0);
	assert_int_equal(ans.state, XLATE_QEMU_INTERNAL);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_pages),  cmocka_unit_test(test_huge_pages),
		cmocka_unit_test(test_odd_huge),     cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_part_of_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
