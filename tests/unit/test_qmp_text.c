// SPDX-License-Identifier: LGPL-2.1-or-later
/* Monitor text of real QEMUs (tests/data/qmp), and text that no QEMU writes. */
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

#define DATA "tests/data/qmp/"

static char *load(const char *name)
{
	char path[256];
	char *text = calloc(1, 128 << 10);

	snprintf(path, sizeof(path), DATA "%s", name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (128 << 10) - 1, f) > 0);
	fclose(f);
	return text;
}

/* The text between the line "## title" and the next "## ". */
static char *section(const char *file, const char *title)
{
	char head[128];

	snprintf(head, sizeof(head), "\n## %s\n", title);
	const char *p = strstr(file, head);
	assert_non_null(p);
	p += strlen(head);
	const char *end = strstr(p, "\n## ");
	return strndup(p, end ? (size_t)(end - p) : strlen(p));
}

static void memdevs_of(const char *file, struct qmp_memdevs *m)
{
	const char *p = strstr(file, "\n## query-memdev {");
	json_object *o = NULL, *ret = NULL;
	struct ras_err err;

	assert_non_null(p);
	p = strchr(p, '{');
	const char *end = strchr(p, '\n');
	assert_int_equal(json_parse(p, (size_t)(end - p), &o, &err), 0);
	assert_int_equal(json_get_arr(o, "return", &ret, &err), 0);
	assert_int_equal(qmp_parse_memdevs(ret, m, &err), 0);
	json_object_put(o);
}

/* Compare each recorded gpa2hva with the layout. Returns the number of probes. */
static int check_probes(const char *file, const struct qmp_ram_section *s, size_t n,
			const struct qmp_memdevs *m)
{
	int probes = 0;

	for (const char *p = file; (p = strstr(p, "\n## HMP gpa2hva 0x")); p++) {
		uint64_t gpa = strtoull(p + strlen("\n## HMP gpa2hva "), NULL, 16), hva = 0;
		const char *text = strchr(p + 1, '\n') + 1;
		size_t len = (size_t)(strchr(text, '\n') - text);
		char block[QMP_BLOCK_NAME_SIZE] = "";
		struct ras_err err;
		int rc = qmp_gpa2hva_parse(text, len, gpa, &hva, block, &err);
		const struct qmp_ram_section *at = qmp_section_at(s, n, gpa);
		bool ram = false;

		for (size_t i = 0; i < m->n && rc == 0; i++)
			ram |= !strcmp(m->id[i], block);
		assert_true(rc == 0 || rc == -RAS_E_NOT_RAM);
		assert_int_equal(ram, at != NULL);
		if (at) {
			assert_string_equal(at->block, block);
			if (at->has_hva)
				assert_int_equal(at->hva + (gpa - at->gpa), hva);
		}
		probes++;
	}
	return probes;
}

static const struct {
	const char *file;
	size_t n;
	bool has_hva;
} recorded_layouts_cases[] = {
	{ "q35-6g-7.2.txt", 3, false },		{ "q35-6g-10.0.txt", 3, true },
	{ "q35-6g-11.1.txt", 3, true },		{ "q35-hot-7.2.txt", 7, false },
	{ "q35-hot-10.0.txt", 7, true },	{ "q35-hot-11.1.txt", 7, true },
	{ "virt-hot-7.2.txt", 2, false },	{ "virt-hot-11.1.txt", 2, true },
	{ "virt-unplugged-11.1.txt", 1, true },
};

static void test_recorded_layouts(void **state)
{
	int probes = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(recorded_layouts_cases); i++) {
		_free_ char *file = load(recorded_layouts_cases[i].file);
		_free_ char *mtree = section(file, "HMP info mtree -f");
		_free_ char *blocks = section(file, "HMP info ramblock");
		_free_ char *xblocks = section(file, "x-query-ramblock");
		struct qmp_ram_section s[QMP_SECTIONS_MAX], guess[QMP_SECTIONS_MAX];
		struct qmp_memdevs m;
		struct ras_err err;
		size_t n = 0, n_guess = 0;

		memdevs_of(file, &m);
		int rc = qmp_layout_join(mtree, strlen(mtree), blocks, strlen(blocks), &m, s, &n,
					 &err);
		if (rc)
			print_error("%s: %s\n", recorded_layouts_cases[i].file, err.text);
		assert_int_equal(rc, 0);
		if (n != recorded_layouts_cases[i].n)
			print_error("%s: %zu sections\n", recorded_layouts_cases[i].file, n);
		assert_int_equal(n, recorded_layouts_cases[i].n);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(s[k].has_hva, recorded_layouts_cases[i].has_hva);
		probes += check_probes(file, s, n, &m);

		/*
		 * The same table from the other command, and from names alone, without
		 * query-memdev.
		 */
		assert_int_equal(qmp_layout_join(mtree, strlen(mtree), xblocks, strlen(xblocks),
						 NULL, guess, &n_guess, &err),
				 0);
		assert_int_equal(n_guess, n);
		for (size_t k = 0; k < n; k++) {
			assert_int_equal(guess[k].gpa, s[k].gpa);
			assert_int_equal(guess[k].hva, s[k].hva);
			assert_string_equal(guess[k].block, s[k].block);
		}
	}
	print_message("%d probes\n", probes);
	assert_true(probes >= 55);
}

static void test_libvirt_guests(void **state)
{
	_free_ char *arm = load("fx-arm-mtree.txt"), *arm_b = load("fx-arm-ramblock.txt");
	_free_ char *q35 = load("fx-q35-mtree.txt"), *q35_b = load("fx-q35-ramblock.txt");
	_free_ char *dev = load("fx-q35-qmemdev.json");
	struct qmp_ram_section s[QMP_SECTIONS_MAX];
	struct qmp_memdevs m;
	json_object *o = NULL, *ret = NULL;
	struct ras_err err;
	size_t n = 0;

	(void)state;
	assert_int_equal(qmp_layout_join(arm, strlen(arm), arm_b, strlen(arm_b), NULL, s, &n, &err),
			 0);
	assert_int_equal(n, 1);
	assert_int_equal(s[0].gpa, 0x40000000);
	assert_int_equal(s[0].len_bytes, 0x20000000);
	assert_int_equal(s[0].hva, 0x7f0bb7e00000);
	assert_string_equal(s[0].block, "mach-virt.ram");

	assert_int_equal(json_parse(dev, strlen(dev), &o, &err), 0);
	assert_int_equal(json_get_arr(o, "return", &ret, &err), 0);
	assert_int_equal(qmp_parse_memdevs(ret, &m, &err), 0);
	assert_int_equal(m.n, 3);
	json_object_put(o);
	assert_int_equal(qmp_layout_join(q35, strlen(q35), q35_b, strlen(q35_b), &m, s, &n, &err),
			 0);
	assert_int_equal(n, 8);
	/* Shadow memory is of kind rom, and still RAM. */
	assert_int_equal(qmp_section_at(s, n, 0xc3000)->hva, 0x7efb1fe00000 + 0xc3000);
	assert_int_equal(qmp_section_at(s, n, 0x100000000)->block_offset, 0x80000000);
	assert_string_equal(qmp_section_at(s, n, 0x200000000)->block, "memdimm0");
	assert_null(qmp_section_at(s, n, 0x80000000));
	assert_null(qmp_section_at(s, n, 0xfffc0000));
	assert_null(qmp_section_at(s, n, UINT64_MAX));
}

#define HEAD "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"

static int mtree(const char *text, struct qmp_flat_line *l, size_t *n)
{
	struct ras_err err;

	return qmp_mtree_parse(text, strlen(text), l, n, &err);
}

static void test_mtree_forms(void **state)
{
	struct qmp_flat_line l[QMP_FLAT_LINES_MAX];
	size_t n = 0;

	(void)state;
	/* KVM's mark, nv- kinds, CR LF, negative priority, names with a slash. */
	assert_int_equal(
		mtree("FlatView #0\r\n AS \"memory\", root: system\r\n"
		      " Root memory region: system\r\n"
		      "  0000000000000000-0000000000000fff (prio 0, ram): m0 KVM\r\n"
		      "  0000000000001000-0000000000001fff (prio -1, nv-ram): /objects/m1"
		      " @0000000000003000 KVM KVM\r\n"
		      "  0000000000002000-0000000000002fff (prio 0, i/o): odd) name @x\r\n\r\n",
		      l, &n),
		0);
	assert_int_equal(n, 2);
	assert_int_equal(l[0].name_len, 2);
	assert_memory_equal(l[0].name, "m0", 2);
	assert_int_equal(l[1].gpa, 0x1000);
	assert_int_equal(l[1].len_bytes, 0x1000);
	assert_int_equal(l[1].offset, 0x3000);
	assert_int_equal(l[1].name_len, strlen("/objects/m1"));
}

static void test_mtree_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"unknown command: 'info mtree'\n",
		"FlatView #0\n AS \"device-memory\", root: device-memory\n Root memory region: d\n"
		"  0000000000000000-0000000000000fff (prio 0, ram): m0\n",
		HEAD "  0000000000000000-0000000000000fff (prio 0, ram): m0\n\n" HEAD,
		HEAD "  0000000000001000-0000000000000fff (prio 0, ram): m0\n",
		HEAD "  0000000000000000-ffffffffffffffff (prio 0, ram): m0\n",
		HEAD "  0000000000000001-ffffffffffffffff (prio 0, ram): m0\n",
		HEAD "  00000000000000000-0000000000000fff (prio 0, ram): m0\n",
		HEAD "  0000000000000000-0000000000000fff (prio 0, ram): \n",
		HEAD "  0000000000000000-0000000000000fff (prio 0, ram): m0 @\n",
		HEAD "  0000000000000000-0000000000000fff (prio 0, ram): m0 @12x\n",
		HEAD "  0000000000000000-0000000000000fff (prio 0, ram\n",
		HEAD "  0000000000000000-0000000000000fff (prio x, ram): m0\n",
		HEAD "  0000000000000000-0000000000001fff (prio 0, ram): m0\n"
		     "  0000000000001000-0000000000002fff (prio 0, ram): m1\n",
		HEAD "  garbage\n",
	};
	struct qmp_flat_line l[QMP_FLAT_LINES_MAX];
	size_t n = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		int rc = mtree(bad[i], l, &n);

		if (rc != -RAS_E_LAYOUT)
			print_error("text %zu was taken\n", i);
		assert_int_equal(rc, -RAS_E_LAYOUT);
		assert_int_equal(n, 77);
	}
}

static void test_mtree_limit(void **state)
{
	struct qmp_flat_line l[QMP_FLAT_LINES_MAX];
	_free_ char *text = calloc(1, 1 << 16);
	size_t n = 0;

	(void)state;
	for (unsigned int count = 128; count <= 129; count++) {
		char *p = text + sprintf(text, HEAD);

		for (unsigned int i = 0; i < count; i++)
			p += sprintf(p, "  %016x-%016x (prio 0, ram): m\n", i * 16, i * 16 + 15);
		assert_int_equal(mtree(text, l, &n), count == 128 ? 0 : -RAS_E_LAYOUT);
	}
	_free_ char *big = malloc((1 << 20) + 2);
	struct ras_err err;
	memset(big, '\n', (1 << 20) + 2);
	assert_int_equal(qmp_mtree_parse(big, (1 << 20) + 1, l, &n, &err), -RAS_E_LAYOUT);
}

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
		cmocka_unit_test(test_recorded_layouts), cmocka_unit_test(test_libvirt_guests),
		cmocka_unit_test(test_mtree_forms),	 cmocka_unit_test(test_mtree_bad),
		cmocka_unit_test(test_mtree_limit),	 cmocka_unit_test(test_ramblock),
		cmocka_unit_test(test_join_refuses),	 cmocka_unit_test(test_gpa2hva),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
