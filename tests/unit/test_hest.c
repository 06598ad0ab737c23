// SPDX-License-Identifier: LGPL-2.1-or-later
/* The search for the HEST: a good one, planted ones, edges. */
#include "hest_env.h"

static void test_good(void **s)
{
	struct hest_found f;

	(void)s;
	table(0x5f84); /* 4-aligned, crosses a page */
	assert_int_equal(find(&f), 0);
	assert_int_equal(f.hest_gpa, GPA + 0x5f84);
	assert_int_equal(f.n_sources, 1);
	assert_int_equal(f.source[0].source_id, 1);
	assert_int_equal(f.source[0].notify_type, 7);
	assert_int_equal(f.source[0].status_pointer_gpa, GPA + 8);
	assert_int_equal(f.source[0].block_gpa, GPA + 0x400);
	assert_int_equal(f.source[0].read_ack_gpa, GPA + 0x18);
	assert_int_equal(f.source[0].block_len_bytes, 0x400);
	assert_int_equal(f.pages_read, 16);
	assert_int_equal(f.n_ignored, 0);
}

static void bad(void (*spoil)(uint8_t *t), bool resum)
{
	struct hest_found f;

	reset(NULL);
	table(0x8000);
	spoil(ram + 0x8000);
	if (resum)
		hest_sum(ram + 0x8000, HEST_LEN);
	assert_int_equal(find(&f), -RAS_E_NOT_READY);
	assert_int_equal(f.n_ignored, 1);
	table(0x2000); /* the true table is still found */
	assert_int_equal(find(&f), 0);
	assert_int_equal(f.hest_gpa, GPA + 0x2000);
	assert_int_equal(f.n_ignored, 1);
}

static void s_sum(uint8_t *t)
{
	t[9]++;
}

static void s_short(uint8_t *t)
{
	t[4] = 39;
}

static void s_long(uint8_t *t)
{
	t[6] = 2;
}

static void s_lie(uint8_t *t)
{
	t[4]++;
}

static void s_rev(uint8_t *t)
{
	t[8] = 9;
}

static void s_zero(uint8_t *t)
{
	t[36] = 0;
}

static void s_type(uint8_t *t)
{
	t[40] = 77;
}

static void s_io(uint8_t *t)
{
	t[60] = 1;
}

static void s_width(uint8_t *t)
{
	t[61] = 32;
}

static void s_pointer(uint8_t *t)
{
	t[67] = 0x09;
} /* a device's address */
static void s_ack(uint8_t *t)
{
	t[111] = 0x09;
}

static void s_block(uint8_t *t)
{
	t[100] = 19;
	t[101] = 0;
}

static void s_cut(uint8_t *t)
{
	t[4] = 131;
} /* the source does not fit */
static void s_null(uint8_t *t)
{
	memset(t + 64, 0, 8);
}

static void test_planted(void **s)
{
	(void)s;
	bad(s_sum, false);
	bad(s_short, true);
	bad(s_long, true);
	bad(s_lie, false);
	bad(s_rev, true);
	bad(s_zero, true);
	bad(s_type, true);
	bad(s_io, true);
	bad(s_width, true);
	bad(s_pointer, true);
	bad(s_ack, true);
	bad(s_block, true);
	bad(s_cut, false);
	bad(s_null, true);
}

static void test_edges(void **s)
{
	struct hest_found f;

	(void)s;
	table(SIZE - HEST_LEN); /* ends with the section */
	assert_int_equal(find(&f), 0);
	reset(NULL);
	memcpy(ram + SIZE - 4, "HEST", 4);
	assert_int_equal(find(&f), -RAS_E_NOT_READY);
	assert_int_equal(f.n_ignored, 1);
	reset(NULL);
	table(0x2000);
	put64(8, 0); /* firmware has not run */
	assert_int_equal(find(&f), -RAS_E_NOT_READY);
	put64(8, GPA + SIZE - 0x3f8); /* the status block leaves RAM by 8 bytes */
	assert_int_equal(find(&f), -RAS_E_NOT_READY);
	put64(8, GPA + SIZE - 0x400);
	assert_int_equal(find(&f), 0);
	absent = 1 << 2;
	assert_int_equal(find(&f), -RAS_E_NOT_READY);
	assert_int_equal(f.pages_read, 15);
	absent = 0;
	tick = 600000000;
	assert_int_equal(find(&f), -RAS_E_TIMEOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, reset),
		cmocka_unit_test_setup(test_planted, reset),
		cmocka_unit_test_setup(test_edges, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
