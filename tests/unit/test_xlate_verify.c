// SPDX-License-Identifier: LGPL-2.1-or-later
/* Translation: the other way, checking an answer again, and a kernel that hides its numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/xlate_env.h"

static void test_hidden_numbers(void **state)
{
	(void)state;
	for (int scan = 0; scan < 2; scan++) {
		begin(4096, scan);
		guest(0, 1000, 600, 0);
		for (size_t i = 0; i < 600; i++)
			mm[0].entry[i] = PM_PRESENT;
		k.flags[5] = KPF_MMAP | KPF_ANON;
		assert_int_equal(find(5 * bytes, NULL), -RAS_E_HELPER);
		assert_int_equal(find(0x123, NULL), 0); /* page 0 is not theirs either */
		assert_int_equal(ans.state, XLATE_HOST);
		k.flags[0] = KPF_MMAP | KPF_ANON;
		assert_int_equal(find(0x123, NULL), -RAS_E_HELPER);
		assert_int_equal(xlate_gpa(&h, space[0], (struct gpa){ 0 }, &ans, &err),
				 -RAS_E_HELPER);
		assert_int_equal(xlate_verify(&h, space[0], (struct gpa){ 0 }, (struct hpa){ 0 },
					      NULL, &err),
				 -RAS_E_HELPER);
		end();
	}
}

static void test_gpa(void **state)
{
	(void)state;
	begin(4096, true);
	guest(0, 1000, 1024, 0x40000000);
	fake_map(&mm[0], 1001, 50, KPF_ANON);
	fake_map(&mm[0], 1002, 99, KPF_ZERO_PAGE);
	mm[0].entry[3] = PM_SWAP | 1234 << 5 | 0;
	fake_map(&mm[0], 1004, 60, KPF_ANON);
	fake_poison(&mm[0], 1004, 60, 27);
	for (size_t i = 0; i < 5; i++) {
		static const enum xlate_state want[] = { XLATE_UNBACKED, XLATE_LIVE, XLATE_UNBACKED,
							 XLATE_SWAPPED, XLATE_POISONED };

		assert_int_equal(xlate_gpa(&h, space[0], (struct gpa){ 0x40000010 + i * bytes },
					   &ans, &err),
				 0);
		assert_int_equal(ans.state, want[i]);
		assert_int_equal(ans.has_hpa, i == 1 || i == 4);
		assert_int_equal(ans.hpa.v, i == 1 ? 50 * bytes + 16 :
					    i == 4 ? 60 * bytes + 16 :
						     0);
	}
	k.swap_pages = 61;
	assert_int_equal(xlate_gpa(&h, space[0], (struct gpa){ 0x40004000 }, &ans, &err), 0);
	assert_int_equal(ans.state, XLATE_PROBABLE);
	assert_int_equal(xlate_gpa(&h, space[0], (struct gpa){ 0x3fffffff }, &ans, &err),
			 -RAS_E_NOT_RAM);
	assert_int_equal(xlate_gpa(&h, space[0], (struct gpa){ 0x40400000 }, &ans, &err),
			 -RAS_E_NOT_RAM);
	end();
}

static int verify(uint64_t gpa, uint64_t hpa)
{
	return xlate_verify(&h, space[0], (struct gpa){ gpa }, (struct hpa){ hpa }, NULL, &err);
}

static void test_verify(void **state)
{
	uint64_t hva = 0;

	(void)state;
	begin(4096, true);
	guest(0, 1000, 16, 0);
	fake_map(&mm[0], 1001, 50, KPF_ANON);
	assert_int_equal(xlate_verify(&h, space[0], (struct gpa){ bytes + 8 },
				      (struct hpa){ 50 * bytes + 8 }, &hva, &err),
			 0);
	assert_int_equal(hva, 1001 * bytes + 8);
	assert_int_equal(verify(bytes, 50 * bytes + 8), -RAS_E_BUSY); /* another byte */
	assert_int_equal(verify(bytes, 51 * bytes), -RAS_E_BUSY);
	assert_int_equal(verify(2 * bytes, 50 * bytes), -RAS_E_BUSY);
	assert_int_equal(verify(17 * bytes, 50 * bytes), -RAS_E_NOT_RAM);
	fake_poison(&mm[0], 1001, 50, 27);
	assert_int_equal(verify(bytes, 50 * bytes), 0);
	k.flags[50] &= ~KPF_HWPOISON;
	assert_int_equal(verify(bytes, 50 * bytes), -RAS_E_BUSY);
	fake_map(&mm[0], 1003, 99, KPF_ZERO_PAGE);
	assert_int_equal(verify(3 * bytes, 99 * bytes), -RAS_E_BUSY);
	mm[0].gone = true;
	assert_int_equal(verify(bytes, 50 * bytes), -RAS_E_GONE);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hidden_numbers),
		cmocka_unit_test(test_gpa),
		cmocka_unit_test(test_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
