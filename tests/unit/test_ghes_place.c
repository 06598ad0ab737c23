// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where the page of a provisioned guest is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "provision/base.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)
#define BAD RAS_E_LAYOUT

static void place(uint64_t ram, uint64_t max, uint32_t slots, struct ghes_place *out)
{
	const struct domain_memory m = { .total_bytes = ram, .max_bytes = max, .slots = slots };
	struct ras_err err;

	assert_int_equal(ghes_place_find("pc-q35-11.1", &m, out, &err), 0);
	assert_int_equal(out->base_gpa % GIB, 0);
	assert_int_equal(out->ram_bytes, ram);
	assert_int_equal(out->slots, slots + 1);
	assert_int_equal(out->slot, slots);
}

/*
 * Where memory devices begin by `info mtree` of QEMU 11.1.3 and 7.2.22, q35; without a maxMemory
 * the page is there.
 */
static void page_is_behind_ram(void **state)
{
	static const struct {
		uint64_t ram, begin;
	} seen[] = {
		{ 512 * MIB, 0x100000000 },  { 2815 * MIB, 0x100000000 },
		{ 2816 * MIB, 0x140000000 }, { 3 * GIB, 0x140000000 },
		{ 6 * GIB, 0x200000000 },    { 16 * GIB, 0x480000000 },
	};
	struct ghes_place p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
		place(seen[i].ram, 0, 0, &p);
		assert_int_equal(p.base_gpa, seen[i].begin);
		assert_int_equal(p.max_bytes, seen[i].ram + GIB);
	}
}

/* What could be plugged in before has its place still. */
static void page_is_behind_all_that_can_be_plugged_in(void **state)
{
	struct ghes_place p;

	(void)state;
	place(6 * GIB, 16 * GIB, 4, &p);
	assert_int_equal(p.max_bytes, 17 * GIB);
	assert_int_equal(p.base_gpa, 0x200000000 + 10 * GIB);
	place(512 * MIB, 3 * GIB, 1, &p); /* 2.5 GiB: the page fits before the new end */
	assert_int_equal(p.base_gpa, 0x100000000 + 3 * GIB);
	assert_true(p.base_gpa + 2 * MIB <= 0x100000000 + p.max_bytes - 512 * MIB);
	place(512 * MIB, 512 * MIB, 1, &p);
	assert_int_equal(p.base_gpa, 0x100000000);
	/* A maximum below the RAM is none. */
	place(6 * GIB, 4 * GIB, 1, &p);
	assert_int_equal(p.max_bytes, 7 * GIB);
}

static void dimms_are_no_ram(void **state)
{
	struct domain_memory m = {
		.total_bytes = 3 * GIB, .devices_bytes = GIB, .max_bytes = 8 * GIB, .slots = 4
	};
	struct ghes_place p;
	struct ras_err err;

	(void)state;
	assert_int_equal(ghes_place_find("q35", &m, &p, &err), 0);
	assert_int_equal(p.ram_bytes, 2 * GIB);
	assert_int_equal(p.base_gpa, 0x100000000 + 6 * GIB);
	/* One that stands where the page has to be. */
	m.devices_end = p.base_gpa;
	assert_int_equal(ghes_place_find("q35", &m, &p, &err), 0);
	m.devices_end = p.base_gpa + 1;
	assert_int_equal(ghes_place_find("q35", &m, &p, &err), -RAS_E_LAYOUT);
	assert_non_null(strstr(err.hint, "take the address from the device"));
}

static void there_may_be_no_place(void **state)
{
	static const struct {
		const char *machine;
		struct domain_memory m;
		int code;
	} bad[] = {
		{ "virt-11.1", { .total_bytes = GIB }, RAS_E_NOT_CAPABLE },
		{ "pc-i440fx-11.1", { .total_bytes = GIB }, RAS_E_NOT_CAPABLE },
		{ "pc-q35", { .total_bytes = GIB }, RAS_E_NOT_CAPABLE },
		{ "q35", { .total_bytes = 0 }, BAD },
		{ "q35", { .total_bytes = GIB, .devices_bytes = GIB }, BAD },
		{ "q35", { .total_bytes = GIB, .devices_bytes = 2 * GIB }, BAD },
		{ "q35", { .total_bytes = GIB + 4096 }, BAD },
		{ "q35", { .total_bytes = GIB, .slots = 256 }, BAD },
		{ "q35", { .total_bytes = GIB, .slots = UINT32_MAX }, BAD },
		{ "q35", { .total_bytes = 1000 * GIB }, BAD },
		{ "q35", { .total_bytes = GIB, .max_bytes = UINT64_MAX }, BAD },
		{ "q35", { .total_bytes = GIB, .max_bytes = 900 * GIB, .slots = 64 }, BAD },
	};
	struct ghes_place p = { .base_gpa = 7 };
	struct ras_err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(ghes_place_find(bad[i].machine, &bad[i].m, &p, &err),
				 -bad[i].code);
		assert_int_equal(p.base_gpa, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_is_behind_ram),
		cmocka_unit_test(page_is_behind_all_that_can_be_plugged_in),
		cmocka_unit_test(dimms_are_no_ram),
		cmocka_unit_test(there_may_be_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
