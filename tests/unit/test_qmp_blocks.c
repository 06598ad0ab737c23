// SPDX-License-Identifier: LGPL-2.1-or-later
/* RAM blocks and gpa2hva answers that no QEMU writes, and layouts that do not join. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "qmp/cmds.h"
#include "qmp/layout.h"
#include "qmp/mtree.h"
#include "qmp/ramblock.h"

#define HEAD "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"

#define COLS " Block Name PSize Offset Used Total HVA RO\n"

static const char *const bad_blocks[] = {
	"",
	"unknown command\n",
	" Block Name PSize\n",
	COLS "m0 4 KiB 0x0 0x1000 0x1000\n",
	COLS "m0 4 KiB 0x0 0x1000 0x1000 0x7f0000000000 rw more\n",
	COLS "m0 4 XiB 0x0 0x1000 0x1000 0x7f0000000000 rw\n",
	COLS "m0 4 KiB 0x0 0x1000 1000 0x7f0000000000 rw\n",
	COLS "m0 4 KiB 0x0 0x2000 0x1000 0x7f0000000000 rw\n",
	COLS "m0 4 KiB 0x0 0x2000 0x2000 0xfffffffffffff000 rw\n",
	COLS "m0 4 KiB 0x0 0x1000 0x1000 0x7f0000000000 rw\n"
	     "m0 4 KiB 0x0 0x1000 0x1000 0x7f0000100000 rw\n",
};

static void test_ramblock(void **state)
{
	struct qmp_ramblock b[QMP_RAMBLOCKS_MAX];
	struct ras_err err;
	size_t n = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_blocks); i++) {
		assert_int_equal(qmp_ramblock_parse(bad_blocks[i], strlen(bad_blocks[i]), b, &n,
						    &err),
				 -RAS_E_LAYOUT);
		assert_int_equal(n, 77);
	}
	const char *ok = COLS "m0 2 MiB 0x0 0x1000 0x2000 0x7f0000000000 rw\r\n";
	assert_int_equal(qmp_ramblock_parse(ok, strlen(ok), b, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(b[0].page_bytes, 2 << 20);
	assert_int_equal(b[0].used_bytes, 0x1000);
	assert_int_equal(b[0].total_bytes, 0x2000);
	assert_int_equal(b[0].hva, 0x7f0000000000);

	/* Blocks whose dimm is not plugged in have no name; a broken line is not one of them. */
	const char *unplugged = COLS "  4 KiB 0x9 0x1000 0x1000 0x7f0000009000 rw\n"
				     "m0 4 KiB 0x0 0x1000 0x2000 0x7f0000000000 rw\n"
				     "  4 KiB 0x9 0x1000 0x1000 0x7f0000009000 rw\n";
	assert_int_equal(qmp_ramblock_parse(unplugged, strlen(unplugged), b, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(b[0].name_len, 2);
	assert_int_equal(b[0].hva, 0x7f0000000000);
	static const char *const broken[] = {
		COLS "4 KiB 0x9 0x1000 0x1000 0x7f0000009000 rw\n", /* at the margin */
		COLS "  4 KiB 0x9 0x1000 0x1000 0x7f0000009000\n",
		COLS "  4 KiB 0x9 0x3000 0x1000 0x7f0000009000 rw\n",
		COLS "  KiB 0x9 0x1000 0x1000 0x7f0000009000 rw\n",
		COLS "  0x9 0x1000 0x1000 0x7f0000009000 rw\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(broken); i++)
		assert_int_equal(qmp_ramblock_parse(broken[i], strlen(broken[i]), b, &n, &err),
				 -RAS_E_LAYOUT);

	/* A column that is moved or new changes nothing. */
	const char *moved = " Block Name HVA PSize New Total\n m0 0x7f0000000000 4 KiB x 0x2000\n";
	assert_int_equal(qmp_ramblock_parse(moved, strlen(moved), b, &n, &err), 0);
	assert_int_equal(b[0].hva, 0x7f0000000000);
	assert_int_equal(b[0].total_bytes, 0x2000);
}

static void test_join_refuses(void **state)
{
	static const struct {
		const char *line, *rows;
	} t[] = {
		/* no block; two suffixes fit; beyond the block; offset beyond the block */
		{ "0000000000000000-0000000000000fff (prio 0, ram): m0",
		  "m1 4 KiB 0x0 0x1000 0x1000 0x7f0000000000 rw\n" },
		{ "0000000000000000-0000000000000fff (prio 0, ram): m0",
		  "a/m0 4 KiB 0x0 0x1000 0x1000 0x7f0000000000 rw\n"
		  "b/m0 4 KiB 0x0 0x1000 0x1000 0x7f0000001000 rw\n" },
		{ "0000000000000000-0000000000001fff (prio 0, ram): m0",
		  "m0 4 KiB 0x0 0x1000 0x1000 0x7f0000000000 rw\n" },
		{ "0000000000000000-0000000000000fff (prio 0, ram): m0 @ffffffffffffffff",
		  "m0 4 KiB 0x0 0x1000 0x1000 0x7f0000000000 rw\n" },
		/* no RAM */
		{ "0000000000000000-0000000000000fff (prio 0, rom): pc.bios",
		  "pc.bios 4 KiB 0x0 0x1000 0x1000 0x7f0000000000 rw\n" },
	};
	struct qmp_memdevs m = { .n = 1, .id = { "m0" } };
	struct qmp_ram_section s[QMP_SECTIONS_MAX];
	struct ras_err err;
	char tree[512], table[512];
	size_t n = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		snprintf(tree, sizeof(tree), HEAD "  %s\n", t[i].line);
		snprintf(table, sizeof(table), COLS "%s", t[i].rows);
		assert_int_equal(qmp_layout_join(tree, strlen(tree), table, strlen(table), &m, s,
						 &n, &err),
				 -RAS_E_LAYOUT);
		assert_int_equal(n, 77);
	}
	/* An exact match goes before a suffix. A canonical path is the backend too. */
	snprintf(tree, sizeof(tree), HEAD "  %s\n",
		 "0000000000000000-0000000000000fff (prio 0, ram): /objects/m0");
	snprintf(table, sizeof(table), COLS "%s",
		 "x//objects/m0 4 KiB 0x0 0x1000 0x1000 0x7f0000009000 rw\n"
		 "/objects/m0 4 KiB 0x0 0x1000 0x1000 0x7f0000000000 rw\n");
	assert_int_equal(qmp_layout_join(tree, strlen(tree), table, strlen(table), &m, s, &n, &err),
			 0);
	assert_int_equal(s[0].hva, 0x7f0000000000);
}

static void test_gpa2hva(void **state)
{
	static const char *const bad[] = {
		"",
		"unknown command: 'gpa2hva'\r\n",
		"Host virtual address for 0x2000 (m0) is 0x7f0000000000\r\n",
		"Host virtual address for 0x1000 (m0) is 0x7f0000000000 x\r\n",
		"Host virtual address for 0x1000 (m0 is 0x7f0000000000\r\n",
		"Host virtual address for 0x1000 (m0) is (nil)\r\n",
	};
	char block[QMP_BLOCK_NAME_SIZE];
	uint64_t hva = 1;
	struct ras_err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(qmp_gpa2hva_parse(bad[i], strlen(bad[i]), 0x1000, &hva, block,
						   &err),
				 -RAS_E_LAYOUT);
	const char *none = "No memory is mapped at address 0x1000\r\n";
	assert_int_equal(qmp_gpa2hva_parse(none, strlen(none), 0x1000, &hva, block, &err),
			 -RAS_E_NOT_RAM);
	assert_int_equal(hva, 1);
	const char *ok = "Host virtual address for 0x1000 (m0) is 0x7f0000000000\r\n";
	assert_int_equal(qmp_gpa2hva_parse(ok, strlen(ok), 0x1000, &hva, NULL, &err), 0);
	assert_int_equal(hva, 0x7f0000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ramblock),
		cmocka_unit_test(test_join_refuses),
		cmocka_unit_test(test_gpa2hva),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
