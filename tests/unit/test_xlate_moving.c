// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pages that move, layouts that change, and guests that end during a search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xlate_env.h"

static unsigned int n_moves;

static void move_away(struct fake_mm *m, uint64_t page)
{
	(void)page;
	if (n_moves == 0 || (m->entry[3] & PM_PFN_MASK) != 50)
		return;
	/*
	 * When the search has found it, it moves to 60 and another page of the guest comes to 50.
	 */
	n_moves--;
	fake_map(m, m->first + 3, 60, KPF_ANON);
	fake_map(m, m->first + 9, 50, KPF_ANON);
	m->k->count[50] = 1;
}

static void swap_places(struct fake_mm *m, uint64_t page)
{
	uint64_t e = m->entry[3];

	(void)page;
	m->entry[3] = m->entry[9];
	m->entry[9] = e;
}

static void test_moving(void **state)
{
	(void)state;
	begin(4096, true);
	guest(0, 1000, 16, 0);
	fake_map(&mm[0], 1003, 50, KPF_ANON);
	n_moves = 0;
	assert_int_equal(find(50 * bytes, NULL), 0);
	one_owner(XLATE_LIVE, 100, 3 * bytes);
	assert_int_equal(ans.moved, 0);
	n_moves = 1;
	mm[0].after_read = move_away;
	assert_int_equal(find(50 * bytes, NULL), 0);
	one_owner(XLATE_LIVE, 100, 9 * bytes); /* what is true now */
	/* A page that never stops moving is not answered. */
	fake_map(&mm[0], 1003, 51, KPF_ANON);
	mm[0].after_read = swap_places;
	for (int i = 0; i < 8; i++) {
		int r = find(50 * bytes, NULL);

		if (r < 0)
			assert_int_equal(r, -RAS_E_BUSY);
		else if (ans.state == XLATE_LIVE)
			assert_int_equal(mm[0].entry[ans.owner[0].gpa.v / bytes] & PM_PFN_MASK, 51);
	}
	assert_int_equal(xlate_gpa(&h, space[0], (struct gpa){ 3 * bytes }, &ans, &err),
			 -RAS_E_BUSY);
	mm[0].after_read = NULL;
	/* A migration entry does not last. */
	mm[0].entry[3] = PM_SWAP | 80 << 5 | 26;
	mm[0].entry[9] = 0;
	k.flags[80] = KPF_MMAP | KPF_ANON;
	k.count[80] = 1;
	assert_int_equal(find(80 * bytes, NULL), 0);
	assert_int_equal(ans.state, XLATE_HOST);
	end();
}

static void retire(struct fake_mm *m, uint64_t page)
{
	(void)m;
	(void)page;
	xlate_space_retire(space[0]);
}

static void test_gone_and_retired(void **state)
{
	struct xlate_index *x;

	(void)state;
	begin(4096, true);
	guest(0, 2 * block, 2 * block, 0);
	guest(1, 8 * block, block, 0);
	fake_map(&mm[0], 2 * block + 3, 50, KPF_ANON);
	fake_map(&mm[1], 8 * block + 4, 51, KPF_ANON);
	fake_map_block(&mm[0], 3 * block, 10 * block, block, KPF_ANON | KPF_THP);
	x = build(NULL);
	/* The layout changes during the search. */
	mm[0].after_read = retire;
	assert_int_equal(find(50 * bytes, x), -RAS_E_LAYOUT);
	assert_false(xlate_find_indexed(&h, x, (struct hpa){ 10 * block * bytes }, &ans));
	assert_int_equal(xlate_gpa(&h, space[0], (struct gpa){ 3 * bytes }, &ans, &err),
			 -RAS_E_LAYOUT);
	assert_int_equal(xlate_verify(&h, space[0], (struct gpa){ 3 * bytes },
				      (struct hpa){ 50 * bytes }, NULL, &err),
			 -RAS_E_LAYOUT);
	mm[0].after_read = NULL;
	/* A guest that cannot be read is not reported as having nothing. */
	mm[0].error = EIO;
	assert_int_equal(find(51 * bytes, NULL), 0);
	one_owner(XLATE_LIVE, 101, 4 * bytes);
	assert_int_equal(find(50 * bytes, NULL), -RAS_E_IO);
	k.flags[52] = KPF_HWPOISON;
	k.has_scan = false;
	assert_int_equal(find(52 * bytes, NULL), -RAS_E_IO);
	k.has_scan = true;
	assert_false(xlate_space_gone(space[0]));
	mm[0].error = 0;
	/* QEMU ends: reads return 0 bytes. The other guest is still found. */
	mm[0].gone = true;
	assert_int_equal(find(51 * bytes, x), 0);
	one_owner(XLATE_LIVE, 101, 4 * bytes);
	assert_true(xlate_space_gone(space[0]));
	assert_false(xlate_space_gone(space[1]));
	assert_int_equal(find(50 * bytes, x), 0);
	assert_int_equal(ans.state, XLATE_HOST);
	assert_int_equal(xlate_gpa(&h, space[0], (struct gpa){ 0 }, &ans, &err), -RAS_E_GONE);
	xlate_index_unref(x);
	/* A long search can be cancelled. */
	k.cancel = true;
	h.slice_pages = 16;
	assert_int_equal(find(51 * bytes, NULL), -RAS_E_TIMEOUT);
	assert_int_equal(xlate_index_new(&h, space, 2, NULL, NULL, &x, &err), -RAS_E_TIMEOUT);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_moving),
					    cmocka_unit_test(test_gone_and_retired) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
