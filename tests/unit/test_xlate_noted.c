// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pages found by what the kernel records of them (file and offset), on a simulated kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xlate_env.h"
#include "xlate/private.h"

/* The record alone, as it is asked before a search. */
static void record_alone(void)
{
	assert_true(xlate_find_noted(&h, space, 2, (struct hpa){ 1 * bytes + 5 }, &ans));
	one_owner(XLATE_LIVE, 100, GIB + 5);
	assert_string_equal(xlate_backing_name(ans.backing), "shared");
	assert_int_equal(ans.page_bytes, bytes);
	assert_true(xlate_find_noted(&h, space, 2, (struct hpa){ 399999 * bytes }, &ans) ==
		    false); /* in use by an unknown process */
	k.flags[399999] = KPF_BUDDY;
	assert_true(xlate_find_noted(&h, space, 2, (struct hpa){ 399999 * bytes }, &ans));
	assert_int_equal(ans.state, XLATE_HOST);
	assert_true(xlate_find_noted(&h, space, 2, (struct hpa){ (FAKE_PFNS + 1) * bytes }, &ans));
	assert_int_equal(ans.state, XLATE_HOST);
}

/* Wrong, missing and absurd records cost a search. The answer is still true. */
static void wrong_records(uint64_t *note)
{
	for (size_t i = 0; i < 6; i++) {
		static const uint64_t word[] = { 0,	     1,
						 3,	     UINT64_MAX - 1,
						 UINT64_MAX, UINT64_C(5) << 40 };
		uint64_t pfn = 1 + (77 * 7919) % 100003;

		note[pfn] = word[i];
		assert_false(xlate_find_noted(&h, space, 2, (struct hpa){ pfn * bytes }, &ans));
		assert_int_equal(find(pfn * bytes, NULL), 0);
		one_owner(XLATE_LIVE, 100, GIB + 77 * bytes);
		assert_int_not_equal(ans.found, XLATE_BY_RMAP);
	}
}

/* What a search found is learnt: after mremap() the neighbour of the page is found at once. */
static void learns(uint64_t *note)
{
	unsigned int reads;

	for (size_t i = 0; i < 2; i++)
		note[200000 + ((3000 + i) * 7919) % 100003] = (70000 + i) << 1 | XLATE_RMAP_ANON;
	assert_int_equal(find((200000 + (3000 * 7919) % 100003) * bytes, NULL), 0);
	one_owner(XLATE_LIVE, 101, 3000 * bytes);
	assert_int_not_equal(ans.found, XLATE_BY_RMAP);
	reads = k.n_scan;
	assert_int_equal(find((200000 + (3001 * 7919) % 100003) * bytes, NULL), 0);
	one_owner(XLATE_LIVE, 101, 3001 * bytes);
	assert_int_equal(ans.found, XLATE_BY_RMAP);
	assert_int_equal(k.n_scan, reads);
}

/* What the kernel records: a file from its page 1000 on, and memory at its own address. */
static void test_noted(void **state)
{
	uint64_t *note = malloc(FAKE_PFNS * sizeof(*note));

	(void)state;
	assert_non_null(note);
	begin(4096, true);
	memset(note, 0xff, FAKE_PFNS * sizeof(*note));
	k.rmap = note;
	guest(0, 2 * block + 3, 8 * block, GIB);
	guest(1, 100 * block, 8 * block, 0);
	for (size_t i = 0; i < 8 * block; i++) {
		uint64_t file = 1 + (i * 7919) % 100003, anon = 200000 + (i * 7919) % 100003;

		fake_map(&mm[0], 2 * block + 3 + i, file, 0);
		note[file] = (1000 + i) << 1;
		fake_map(&mm[1], 100 * block + i, anon, KPF_ANON);
		note[anon] = (100 * block + i) << 1 | XLATE_RMAP_ANON;
	}
	for (size_t i = 0; i < 8 * block; i += 61) {
		k.n_pagemap = 0;
		assert_int_equal(find((1 + (i * 7919) % 100003) * bytes + 5, NULL), 0);
		one_owner(XLATE_LIVE, 100, GIB + i * bytes + 5);
		assert_string_equal(xlate_found_name(ans.found), "rmap");
		assert_true(i == 0 || k.n_pagemap == 2); /* found, and read again */
		k.n_pagemap = 0;
		assert_int_equal(find((200000 + (i * 7919) % 100003) * bytes, NULL), 0);
		one_owner(XLATE_LIVE, 101, i * bytes);
		assert_int_equal(ans.found, XLATE_BY_RMAP);
		/* The other guest has nothing there, but is still asked. */
		assert_true(k.n_pagemap <= 3);
	}
	assert_int_equal(k.n_scan, 0);
	record_alone();
	wrong_records(note);
	learns(note);
	end();
	free(note);
}

/*
 * Shared by two guests and mapped by a process that is no guest: both are named, and that there is
 * one more.
 */
static void test_noted_shared(void **state)
{
	uint64_t *note = calloc(FAKE_PFNS, sizeof(*note));

	(void)state;
	assert_non_null(note);
	begin(4096, true);
	k.rmap = note;
	guest(0, 2 * block, block, 0);
	guest(1, 100 * block, block, GIB);
	for (size_t i = 0; i < block; i++) {
		fake_map(&mm[0], 2 * block + i, 700 + i, 0);
		fake_map(&mm[1], 100 * block + i, 700 + i, 0);
		note[700 + i] = i << 1;
	}
	assert_int_equal(find(709 * bytes, NULL), 0);
	assert_int_equal(ans.n_owners, 2);
	assert_int_equal(ans.owner[0].gpa.v, 9 * bytes);
	assert_int_equal(ans.owner[1].gpa.v, GIB + 9 * bytes);
	assert_int_equal(ans.found, XLATE_BY_RMAP);
	assert_int_equal(k.n_scan, 0);
	assert_true(xlate_find_noted(&h, space, 2, (struct hpa){ 709 * bytes }, &ans));
	assert_int_equal(ans.n_owners, 2);
	xlate_space_retire(space[1]);
	assert_false(xlate_find_noted(&h, space, 2, (struct hpa){ 709 * bytes }, &ans));
	space[1]->retired = false;
	k.count[709]++;
	assert_false(xlate_find_noted(&h, space, 2, (struct hpa){ 709 * bytes }, &ans));
	assert_int_equal(find(709 * bytes, NULL), 0);
	assert_int_equal(ans.n_owners, 2);
	assert_true(ans.other_mappings);
	end();
	free(note);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_noted),
					    cmocka_unit_test(test_noted_shared) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
