// SPDX-License-Identifier: LGPL-2.1-or-later
/* info mtree -f that no QEMU writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "qmp/mtree.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mtree_forms),
		cmocka_unit_test(test_mtree_bad),
		cmocka_unit_test(test_mtree_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
