// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Translation on the running kernel. A stand-in for a guest, whose pages say where they are, is asked
 * about at random while the kernel moves its pages. Needs root. XLATE_PAGES: questions a backing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "tests/standin.h"

#define MIB (UINT64_C(1) << 20)

static struct xlate_linux_host lh;
static struct xlate_host h;
static uint64_t seed = 88172645463325252u;

static int setup(void **state)
{
	(void)state;
	if (!standin_host(&h, &lh)) {
		fprintf(stderr, "test_xlate_real: must run as root: it reads /proc/kpageflags\n");
		return -1;
	}
	printf("seed %" PRIu64 "\n", seed);
	return 0;
}

static uint64_t questions(void)
{
	const char *text = getenv("XLATE_PAGES");

	return text ? strtoull(text, NULL, 10) : 2000;
}

/* Reserve 2 MiB pages for as long as the test runs. */
static long reserve_hugetlb(long want)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "r+e");
	long had = 0;

	if (!f || fscanf(f, "%ld", &had) != 1)
		fail_msg("no 2 MiB pages on this kernel");
	rewind(f);
	fprintf(f, "%ld\n", had + want);
	fclose(f);
	return had;
}

static void gate(enum standin_backing b, uint64_t len, enum xlate_backing expect)
{
	struct gate_result r = { 0 };
	struct xlate_index *x = NULL;
	struct xlate_space *sp;
	struct standin s;
	uint64_t n = questions();
	struct ras_err err;
	uint64_t *before;

	if (!standin_start(&s, b, len))
		fail_msg("%s: no stand-in: %s", standin_name[b], strerror(errno));
	sp = standin_space(&s, 1);
	assert_int_equal(xlate_index_new(&h, &sp, 1, NULL, NULL, &x, &err), 0);
	before = standin_snapshot(&s);
	for (int i = 0; i < 10; i++) {
		standin_compact();
		standin_gate(&s, &h, sp, x, before, n / 10, &seed, &r);
	}
	free(before);
	printf("%s: %" PRIu64 " asked, %" PRIu64 " right (%" PRIu64 " by index, %" PRIu64
	       " moved since it was built), %" PRIu64 " wrong, %" PRIu64 " missed, %" PRIu64
	       " moved meanwhile\n", standin_name[b], r.asked, r.right, r.by_index, r.moved_since, r.wrong,
	       r.missed, r.moved_meanwhile);
	assert_int_equal(r.wrong, 0);
	assert_int_equal(r.missed, 0);
	assert_true(r.right > r.asked * 9 / 10);
	if (expect == XLATE_BACKING_THP || expect == XLATE_BACKING_HUGETLB)
		assert_true(r.by_index > r.right / 2);
	xlate_index_unref(x);
	xlate_space_unref(sp);
	standin_stop(&s);
}

static void test_4k(void **state)
{
	(void)state;
	gate(STANDIN_4K, 96 * MIB, XLATE_BACKING_ANON);
}

static void test_4k_random(void **state)
{
	(void)state;
	gate(STANDIN_4K_RANDOM, 96 * MIB, XLATE_BACKING_ANON);
}

static void test_thp(void **state)
{
	(void)state;
	gate(STANDIN_THP, 96 * MIB, XLATE_BACKING_THP);
}

static void test_memfd(void **state)
{
	(void)state;
	gate(STANDIN_MEMFD, 96 * MIB, XLATE_BACKING_SHARED);
}

static void test_hugetlb(void **state)
{
	long had = reserve_hugetlb(48);

	(void)state;
	gate(STANDIN_HUGETLB, 96 * MIB, XLATE_BACKING_HUGETLB);
	reserve_hugetlb(had - reserve_hugetlb(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_4k), cmocka_unit_test(test_4k_random), cmocka_unit_test(test_thp),
		cmocka_unit_test(test_memfd), cmocka_unit_test(test_hugetlb),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
