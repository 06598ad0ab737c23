// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the tables in a guest's memory say of it. On a played guest: see live_env.h. */
#include "live_env.h"

#define TABLE (RAM_BYTES - 0x2000 - 64)

static void there_is_none(void **state)
{
	(void)state;
	memset(ram + TABLE, 0, HEST_LEN);
	live_until("domain.explain", "{'domain':'vm1'}", "no usable HEST in guest RAM");
	live_until("injection.create", RECORD("a"), "'code':1005");
	/* The firmware has run: it is looked for again. */
	hest_make(ram + TABLE, 1, GPA + 8, GPA + LIVE_READ_ACK, BLOCK);
	live_until("injection.create", RECORD("a"), "'state':'acknowledged'");
}

/* One of them is a lie of the guest, or of a boot before. */
static void there_is_a_second_one(void **state)
{
	const uint64_t block = GPA + 0x5000, one = 1;

	(void)state;
	memcpy(ram + 0x4008, &block, 8);
	memcpy(ram + 0x4018, &one, 8);
	hest_make(ram + 0x3000, 1, GPA + 0x4008, GPA + 0x4018, BLOCK);
	live_until("domain.explain", "{'domain':'vm1'}", "'rival_tables':1");
}

static void it_is_broken(void **state)
{
	(void)state;
	ram[TABLE + 40]++; /* the checksum is wrong then */
	live_until("domain.explain", "{'domain':'vm1'}", "'ignored_tables':1");
	live_until("domain.explain", "{'domain':'vm1'}", "'found':false");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, live_setup, live_teardown)
	const struct CMUnitTest tests[] = {
		T(there_is_none),
		T(there_is_a_second_one),
		T(it_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
