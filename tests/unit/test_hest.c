// SPDX-License-Identifier: LGPL-2.1-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helper/hest.h"
#include "tests/unit/hest_make.h"

#define SIZE 0x10000u
#define GPA UINT64_C(0x40000000)
#define HVA UINT64_C(0x7f0000000000)

static uint8_t ram[SIZE];
static uint64_t absent;	 /* bit n: page n is not present */
static uint64_t swapped; /* of those: swapped out */
static uint64_t broken;	 /* bit n: page n cannot be read */
static int64_t now, tick;
static unsigned int n_reads;
static const struct ram_section sec = { GPA, SIZE, HVA };

static bool rd(void *ctx, uint64_t hva, void *buf, size_t len)
{
	(void)ctx;
	if (hva < HVA || hva - HVA > SIZE || len > SIZE - (hva - HVA))
		return false;
	for (uint64_t at = hva - HVA; at < hva - HVA + len; at = (at | 4095) + 1)
		if (broken >> at / 4096 & 1)
			return false;
	memcpy(buf, ram + (hva - HVA), len);
	n_reads++;
	return true;
}

static bool pm(void *ctx, uint64_t first, size_t n, uint64_t *e)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		e[i] = swapped >> (first + i - HVA / 4096) & 1 ? UINT64_C(1) << 62 :
		       absent >> (first + i - HVA / 4096) & 1  ? 0 :
								 UINT64_C(1) << 63;
	return true;
}

static int64_t clk(void *ctx)
{
	(void)ctx;
	return now += tick;
}

static const struct hest_io io = { .read = rd,
				   .pagemap = pm,
				   .now_ns = clk,
				   .page_bytes = 4096,
				   .budget_ns = 1000000000 };

static void put64(uint32_t at, uint64_t v)
{
	memcpy(ram + at, &v, 8);
}

static int reset(void **s)
{
	(void)s;
	memset(ram, 0, SIZE);
	absent = swapped = broken = 0;
	now = tick = 0;
	put64(0x8, GPA + 0x400);
	return 0;
}

static void table(uint32_t at)
{
	hest_make(ram + at, 1, GPA + 8, GPA + 0x18, 0x400);
}

static int find(struct hest_found *f)
{
	return hest_search(&io, &sec, 1, f, NULL);
}

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

static void test_rivals(void **s)
{
	struct hest_found f;

	(void)s;
	table(0x2000);
	table(0x3000); /* a copy of the same table is no rival; the highest one is used */
	assert_int_equal(find(&f), 0);
	assert_int_equal(f.hest_gpa, GPA + 0x3000);
	assert_int_equal(f.n_ignored, 0);
	hest_make(ram + 0x2000, 1, GPA + 8, GPA + 0x28, 0x10000);
	assert_int_equal(find(&f), 0);
	assert_int_equal(f.hest_gpa, GPA + 0x3000);
	assert_int_equal(f.n_ignored, 1);
	assert_int_equal(f.n_rivals, 1);
	table(0x1000); /* below the rival: the one that was used is reported again */
	memcpy(ram + 0x4000, "HEST", 4);
	assert_int_equal(find(&f), 0);
	assert_int_equal(f.n_ignored, 2);
	assert_int_equal(f.n_rivals, 1);
	memset(ram + 0x4000, 0, 4);
	memset(ram + 0x3000, 0, 4);
	assert_int_equal(find(&f), 0);
	assert_int_equal(f.source[0].block_len_bytes, HELPER_MAX_BLOCK);
}

/*
 * The table's page is swapped out, beside one that cannot be read. It is found, after the present
 * pages.
 */
static void test_swapped(void **s)
{
	struct hest_found f;

	(void)s;
	table(0x5000);
	swapped = 1 << 5 | 1 << 6 | 1 << 7;
	broken = 1 << 6 | 1 << 10;
	assert_int_equal(find(&f), 0);
	assert_int_equal(f.hest_gpa, GPA + 0x5000);
	assert_int_equal(f.pages_read, 12 + 2);
	/* A table in a present page is found first. */
	hest_make(ram + 0x2000, 1, GPA + 8, GPA + 0x28, 0x400);
	assert_int_equal(find(&f), 0);
	assert_int_equal(f.hest_gpa, GPA + 0x2000);
	swapped = 0;
	absent = 1 << 5 | 1 << 2;
	assert_int_equal(find(&f), -RAS_E_NOT_READY);
	assert_int_equal(f.pages_read, 16 - 2 - 2);
}

/* A table above 4 GiB is reported beside one below, which is used. */
static void test_rival_above(void **s)
{
	const struct ram_section two[2] = { { GPA, 0x8000, HVA },
					    { UINT64_C(1) << 32, 0x8000, HVA + 0x8000 } };
	struct hest_found f;

	(void)s;
	table(0x2000);
	hest_make(ram + 0xa000, 1, GPA + 8, GPA + 0x28, 0x400);
	assert_int_equal(hest_search(&io, two, 2, &f, NULL), 0);
	assert_int_equal(f.hest_gpa, GPA + 0x2000);
	assert_int_equal(f.n_rivals, 1);
	memset(ram + 0x2000, 0, 4);
	assert_int_equal(hest_search(&io, two, 2, &f, NULL), 0);
	assert_int_equal(f.hest_gpa, (UINT64_C(1) << 32) + 0x2000);
	assert_int_equal(f.n_rivals, 0);
}

/* A table of n GHESv2 at at. The first n_bad have their read-ack in a device. */
static void big_table(uint32_t at, uint32_t n, uint32_t n_bad)
{
	uint8_t one[HEST_LEN];
	uint32_t len = 40 + n * 92;

	hest_make(one, 1, GPA + 8, GPA + 0x18, 0x400);
	memcpy(ram + at, one, 40);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *g = ram + at + 40 + i * 92;

		memcpy(g, one + 40, 92);
		g[2] = (uint8_t)i;
		if (i < n_bad)
			g[71] = 0x09;
	}
	memcpy(ram + at + 4, &len, 4);
	memcpy(ram + at + 36, &n, 4);
	hest_sum(ram + at, len);
}

static void test_many_sources(void **s)
{
	struct hest_found f;

	(void)s;
	big_table(0x3000, 16, 3);
	assert_int_equal(find(&f), 0);
	assert_int_equal(f.n_sources, 13);
	assert_int_equal(f.source[0].source_id, 3);
	big_table(0x3000, 40, 0);
	assert_int_equal(find(&f), 0);
	assert_int_equal(f.n_sources, HELPER_MAX_SOURCES);
	assert_int_equal(f.source[15].source_id, 15);
	/* Only some of the sources are checked. Otherwise one table could cost 700 reads. */
	big_table(0x3000, 40, 16);
	assert_int_equal(find(&f), -RAS_E_NOT_READY);
	assert_int_equal(f.n_ignored, 1);
}

/* Planted signatures cost little and hide nothing. */
static void test_flood(void **s)
{
	struct hest_found f;
	const uint32_t len = 0x3000, n = 100, word = 0x54534548;

	(void)s;
	table(0x1000);
	for (uint32_t at = 0x2000; at < SIZE; at += 4)
		memcpy(ram + at, &word, 4);
	assert_int_equal(find(&f), 0);
	assert_int_equal(f.hest_gpa, GPA + 0x1000);
	assert_int_equal(f.n_ignored, (SIZE - 0x2000) / 4);
	assert_int_equal(f.n_rivals, 0);

	/* With headers that look right: whole tables must be read and summed. */
	for (uint32_t at = 0x2000; at + 40 <= SIZE; at += 40) {
		memcpy(ram + at + 4, &len, 4);
		ram[at + 8] = 1;
		memcpy(ram + at + 36, &n, 4);
	}
	n_reads = 0;
	assert_int_equal(find(&f), 0);
	assert_int_equal(f.hest_gpa, GPA + 0x1000);
	assert_true(f.n_ignored > 1400 * 6);
	/* 4 a page, 2 reads each, and one run that holds all pages */
	assert_in_range(n_reads, 1, 2 * 4 * (SIZE / 4096) + 8);
}

static void test_sections(void **s)
{
	struct ram_section two[2] = { { GPA, 0x8000, HVA },
				      { GPA + 0x8000, 0x8000, HVA + 0x8000 } };
	struct ram_section wrap = { UINT64_MAX - 7, 16, HVA }, odd = { GPA + 1, 8, HVA };
	struct hest_found f;

	(void)s;
	assert_int_equal(ram_check(two, 2, NULL), 0);
	table(0x7fc0); /* across adjacent sections */
	assert_int_equal(hest_search(&io, two, 2, &f, NULL), 0);
	two[1].gpa -= 8;
	assert_int_equal(ram_check(two, 2, NULL), -RAS_E_HELPER);
	assert_int_equal(ram_check(two, 0, NULL), -RAS_E_HELPER);
	assert_int_equal(ram_check(two, 65, NULL), -RAS_E_HELPER);
	assert_int_equal(ram_check(&wrap, 1, NULL), -RAS_E_HELPER);
	assert_int_equal(ram_check(&odd, 1, NULL), -RAS_E_HELPER);
	assert_false(ram_contains(&sec, 1, UINT64_MAX - 3, 8));
	assert_false(ram_contains(&sec, 1, GPA + SIZE - 7, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, reset),
		cmocka_unit_test_setup(test_planted, reset),
		cmocka_unit_test_setup(test_edges, reset),
		cmocka_unit_test_setup(test_rivals, reset),
		cmocka_unit_test_setup(test_swapped, reset),
		cmocka_unit_test_setup(test_rival_above, reset),
		cmocka_unit_test_setup(test_many_sources, reset),
		cmocka_unit_test_setup(test_flood, reset),
		cmocka_unit_test_setup(test_sections, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
