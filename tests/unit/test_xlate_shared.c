// SPDX-License-Identifier: LGPL-2.1-or-later
/* Translation where several processes, none, or QEMU itself have the page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xlate_env.h"

static bool yes(void *ctx)
{
	(void)ctx;
	return true;
}

static void test_shared(void **state)
{
	struct xlate_index *x;

	(void)state;
	begin(4096, true);
	guest(0, 2 * block, 4 * block, 0);
	guest(1, 8 * block, 4 * block, GIB);
	/* KSM: three guest pages of two guests, and one page of a process that is no guest. */
	fake_map(&mm[0], 2 * block + 3, 77, KPF_ANON | KPF_KSM);
	fake_map(&mm[0], 2 * block + 600, 77, KPF_ANON | KPF_KSM);
	fake_map(&mm[1], 8 * block + 5, 77, KPF_ANON | KPF_KSM);
	assert_int_equal(find(77 * bytes, NULL), 0);
	assert_int_equal(ans.n_owners, 3);
	assert_int_equal(ans.owner[0].gpa.v, 3 * bytes);
	assert_int_equal(ans.owner[1].gpa.v, 600 * bytes);
	assert_int_equal(ans.owner[2].id, 101);
	assert_int_equal(ans.backing, XLATE_BACKING_KSM);
	assert_false(ans.other_mappings);
	/* The flag alone is no proof: that page has one owner, and KSM does not run. */
	fake_map(&mm[0], 2 * block + 9, 79, KPF_ANON | KPF_KSM);
	assert_int_equal(find(79 * bytes, NULL), 0);
	assert_int_equal(ans.backing, XLATE_BACKING_ANON);
	h.ksm_runs = yes;
	assert_int_equal(find(79 * bytes, NULL), 0);
	assert_int_equal(ans.backing, XLATE_BACKING_KSM);
	h.ksm_runs = NULL;
	k.count[77]++;
	assert_int_equal(find(77 * bytes, NULL), 0);
	assert_int_equal(ans.n_owners, 3);
	assert_true(ans.other_mappings);
	assert_int_equal(ans.n_mappings, 4);
	/* A huge page of shared memory: the index is believed only if it knows all mappings. */
	fake_map_block(&mm[0], 4 * block, 40 * block, block, KPF_HUGE);
	x = build(NULL);
	assert_true(xlate_find_indexed(&h, x, (struct hpa){ 40 * block * bytes }, &ans));
	fake_map_block(&mm[1], 9 * block, 40 * block, block, KPF_HUGE);
	assert_false(xlate_find_indexed(&h, x, (struct hpa){ 40 * block * bytes }, &ans));
	assert_int_equal(find((40 * block + 2) * bytes, x), 0);
	assert_int_equal(ans.n_owners, 2);
	assert_int_equal(ans.owner[1].gpa.v, GIB + (block + 2) * bytes);
	xlate_index_unref(x);
	/* More owners than the answer holds. */
	for (size_t i = 0; i < 100; i++)
		fake_map(&mm[1], 10 * block + i, 78, KPF_ANON | KPF_KSM);
	assert_int_equal(find(78 * bytes, NULL), 0);
	assert_int_equal(ans.n_owners, XLATE_MAX_OWNERS);
	assert_true(ans.more_owners);
	end();
}

/* The cgroup says where to look first. */
static void test_cgroup_hint(void **state)
{
	unsigned int with, without;

	(void)state;
	begin(4096, true);
	guest(0, 2 * block, 64 * block, 0);
	guest(1, 100 * block, block, 0);
	for (size_t i = 0; i < 64 * block; i++)
		fake_map(&mm[0], 2 * block + i, 100000 + i, KPF_ANON);
	for (size_t i = 0; i < block; i++)
		fake_map(&mm[1], 100 * block + i, 50000 + i, KPF_ANON);
	k.n_pagemap = 0;
	assert_int_equal(find(50005 * bytes, NULL), 0);
	one_owner(XLATE_LIVE, 101, 5 * bytes);
	without = k.n_pagemap;
	xlate_space_unref(space[0]);
	xlate_space_unref(space[1]);
	for (size_t i = 0; i < FAKE_PFNS; i++)
		k.cgroup[i] = i < 100000 ? 7 : 6;
	for (int i = 0; i < 2; i++) {
		struct xlate_section s = { 0, mm[i].n * bytes, mm[i].first * bytes };

		mm[i].closed = 0;
		assert_int_equal(xlate_space_new(&fake_ops, &mm[i], 100u + (unsigned int)i, bytes,
						 &s, 1, &space[i], &err),
				 0);
	}
	k.n_pagemap = 0;
	assert_int_equal(find(50005 * bytes, NULL), 0);
	one_owner(XLATE_LIVE, 101, 5 * bytes);
	with = k.n_pagemap;
	assert_true(with * 2 < without);
	/* A wrong hint costs only time. */
	k.cgroup[50006] = 6;
	assert_int_equal(find(50006 * bytes, NULL), 0);
	one_owner(XLATE_LIVE, 101, 6 * bytes);
	end();
}

static void test_nobody(void **state)
{
	static const struct {
		uint64_t flags;
		const char *word;
	} c[] = { { KPF_NOPAGE, "no memory" },
		  { KPF_BUDDY, "free" },
		  { KPF_SLAB, "kernel" },
		  { KPF_PGTABLE, "kernel" },
		  { KPF_OFFLINE, "kernel" },
		  { KPF_ZERO_PAGE | KPF_MMAP, "zero page" },
		  { 0, "nobody" },
		  { KPF_MMAP, "no guest" },
		  { KPF_HWPOISON, "poisoned" } };

	(void)state;
	begin(4096, true);
	guest(0, 1000, 100, 0);
	fake_map(&mm[0], 1000, 99, KPF_ZERO_PAGE);
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		k.flags[200] = c[i].flags;
		k.count[200] = 1;
		assert_int_equal(find(200 * bytes, NULL), 0);
		assert_int_equal(ans.state, XLATE_HOST);
		assert_int_equal(ans.n_owners, 0);
		assert_non_null(strstr(ans.detail, c[i].word));
	}
	assert_int_equal(find(99 * bytes, NULL), 0); /* mapped by the guest, but the zero page */
	assert_int_equal(ans.state, XLATE_HOST);
	assert_int_equal(find(FAKE_PFNS * bytes, NULL), 0);
	assert_int_equal(ans.state, XLATE_HOST);
	assert_int_equal(find(UINT64_MAX, NULL), 0);
	assert_int_equal(ans.state, XLATE_HOST);
	end();
}

static void test_qemus_own(void **state)
{
	struct xlate_section s = { 0, 16 * 4096, 1016 * 4096 };

	(void)state;
	begin(4096, true);
	fake_mm_init(&mm[0], &k, 1000, 64);
	assert_int_equal(xlate_space_new(&fake_ops, &mm[0], 5, bytes, &s, 1, &space[0], &err), 0);
	fake_map(&mm[0], 1015, 70, KPF_ANON); /* just below RAM */
	fake_map(&mm[0], 1016, 71, KPF_ANON);
	fake_map(&mm[0], 1032, 72, KPF_ANON); /* just above */
	for (uint64_t pfn = 70; pfn <= 72; pfn++) {
		assert_int_equal(find(pfn * bytes, NULL), 0);
		assert_int_equal(ans.state, pfn == 71 ? XLATE_LIVE : XLATE_QEMU_INTERNAL);
		assert_int_equal(ans.owner[0].id, 5);
	}
	/* Without PAGEMAP_SCAN its mappings are unknown, and rasd does not guess. */
	k.has_scan = false;
	assert_int_equal(find(70 * bytes, NULL), 0);
	assert_int_equal(ans.state, XLATE_HOST);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_cgroup_hint),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_qemus_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
