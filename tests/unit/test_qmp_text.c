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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_layouts),
		cmocka_unit_test(test_libvirt_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
