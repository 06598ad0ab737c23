// SPDX-License-Identifier: LGPL-2.1-or-later
/* The limits of translation: bursts, scans that fail, cancelling, the kernel's own files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "xlate_env.h"

/* How many short pauses one search makes. */
static unsigned int short_pauses(void)
{
	unsigned int before = k.n_short;

	assert_int_equal(find(5 * bytes, NULL), 0);
	return k.n_short - before;
}

/* After a rest a search makes as many more short pauses as the burst allows, then long ones. */
static void test_burst(void **state)
{
	unsigned int always;

	(void)state;
	begin(4096, false);
	guest(0, 0, 64 * block, 0);
	k.flags[5] = KPF_MMAP;
	k.count[5] = 1;
	always = short_pauses(); /* those between two passes */
	h.burst = 3;
	assert_int_equal(short_pauses(), always + 3);
	assert_int_equal(short_pauses(), always);
	/* one comes back in each XLATE_REFILL_NS, at most all of them */
	k.now_ns += 2 * XLATE_REFILL_NS;
	assert_int_equal(short_pauses(), always + 2);
	k.now_ns += 1000 * (int64_t)XLATE_REFILL_NS;
	assert_int_equal(short_pauses(), always + 3);
	end();
}

static long scan_error;
static uint64_t scan_walked;

static long bad_scan(void *ctx, const struct xlate_scan *s, struct xlate_region *r, size_t n,
		     uint64_t *walked)
{
	(void)ctx, (void)s, (void)r, (void)n;
	*walked = scan_walked;
	return scan_error;
}

/* A PAGEMAP_SCAN that fails, or that claims what cannot be, is replaced by plain reads. */
static void test_bad_scan(void **state)
{
	static const struct {
		long result;
		uint64_t walked;
	} t[] = { { -EIO, 0 }, { 0, 0 }, { 0, UINT64_MAX }, { 1000000, 4096 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct xlate_mm_ops ops = fake_ops;
		struct xlate_section s;

		begin(4096, true);
		ops.scan = bad_scan;
		scan_error = t[i].result;
		scan_walked = t[i].walked;
		s = (struct xlate_section){ 0, 4 * block * bytes, 0 };
		fake_mm_init(&mm[0], &k, 0, 4 * block);
		assert_int_equal(xlate_space_new(&ops, &mm[0], 7, bytes, &s, 1, &space[0], &err),
				 0);
		assert_int_equal(xlate_space_id(space[0]), 7);
		fake_map(&mm[0], 3 * block + 1, 900, KPF_ANON);
		assert_int_equal(find(900 * bytes, NULL), 0);
		one_owner(XLATE_LIVE, 7, (3 * block + 1) * bytes);
		end();
	}
}

/* Cancelled in the middle of reads, of scans, and while the index is made. */
static void test_cancelled(void **state)
{
	(void)state;
	for (int scan = 0; scan < 2; scan++) {
		struct xlate_index *x = NULL;

		begin(4096, scan);
		guest(0, 0, 64 * block, 0);
		for (size_t i = 0; i < 60 * block; i += 2)
			fake_map(&mm[0], i, 1000 + i, KPF_ANON);
		k.flags[5] = KPF_MMAP;
		k.cancel = true;
		assert_int_equal(find(5 * bytes, NULL), -RAS_E_TIMEOUT);
		if (!scan) /* with PAGEMAP_SCAN the whole index is less than a slice */
			assert_int_equal(xlate_index_new(&h, space, 1, NULL, NULL, &x, &err),
					 -RAS_E_TIMEOUT);
		assert_null(x);
		end();
	}
}

static void test_index_is_shared(void **state)
{
	struct xlate_index *x, *same, *grown;

	(void)state;
	begin(4096, true);
	guest(0, 0, 8 * block, 0);
	fake_map_block(&mm[0], block, 512, block, KPF_THP | KPF_ANON);
	x = build(NULL);
	assert_int_equal(xlate_index_blocks(x), 1);
	assert_true(xlate_index_bytes(x) > 0);
	same = xlate_index_ref(x);
	assert_ptr_equal(same, x);
	xlate_index_unref(x);
	assert_true(xlate_find_indexed(&h, same, (struct hpa){ 513 * bytes }, &ans));
	fake_map_block(&mm[0], 3 * block, 1024, block, KPF_THP | KPF_ANON);
	grown = build(same);
	assert_int_equal(xlate_index_blocks(grown), 2);
	xlate_index_unref(same);
	xlate_index_unref(grown);
	end();
}

/* Memory that cannot be read is an error, and never "no page". */
static void test_unreadable(void **state)
{
	(void)state;
	begin(4096, true);
	guest(0, 0, 4 * block, 0);
	fake_map(&mm[0], 1, 900, KPF_ANON);
	mm[0].error = EIO;
	assert_true(xlate_gpa(&h, space[0], (struct gpa){ bytes }, &ans, &err) < 0);
	mm[0].error = 0;
	assert_int_equal(xlate_gpa(&h, space[0], (struct gpa){ bytes }, &ans, &err), 0);
	assert_true(ans.has_hpa);
	assert_int_equal(ans.hpa.v, 900 * bytes);
	end();
}

/* Against the running kernel: descriptors that cannot answer, and what /proc/swaps says. */
static void test_linux(void **state)
{
	struct xlate_linux_host lh = { .kpage_fd = { -1, -1, -1, -1 }, .pause_ns = 1 };
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC), pipe_fd[2];
	uint64_t word = 7;
	long n;

	(void)state;
	assert_int_equal(xlate_linux_host_init(&h, &lh, &err), 0);
	assert_int_equal(h.page_bytes, sysconf(_SC_PAGESIZE));
	for (int i = 0; i < XLATE_N_KPAGE; i++)
		assert_false(h.kpage(h.ctx, (enum xlate_kpage)i, 1, &word));
	lh.kpage_fd[XLATE_KPAGEFLAGS] = zero;
	assert_true(h.kpage(h.ctx, XLATE_KPAGEFLAGS, 1, &word));
	assert_int_equal(word, 0);
	assert_false(h.kpage(h.ctx, XLATE_KPAGEFLAGS, UINT64_MAX, &word));
	/* no BPF program */
	lh.kpage_fd[XLATE_KPAGERMAP] = zero;
	assert_false(h.kpage(h.ctx, XLATE_KPAGERMAP, 1, &word));
	assert_int_equal(xlate_rmap_check(zero, &err), -RAS_E_HELPER);
	assert_true(err.text[0]);
	assert_true(h.swap_pages(h.ctx) < UINT64_MAX / 4096);
	h.pause(h.ctx, true);
	h.pause(h.ctx, false);
	assert_true(h.now_ns(h.ctx) > 0);
	/* a page number beyond every file offset, a file that has none, no PAGEMAP_SCAN */
	assert_int_equal(pipe(pipe_fd), 0);
	assert_int_equal(xlate_linux_mm.pagemap((void *)(intptr_t)zero, UINT64_MAX, 1, &word),
			 -EINVAL);
	n = xlate_linux_mm.pagemap((void *)(intptr_t)pipe_fd[0], 0, 1, &word);
	assert_int_equal(n, -ESPIPE);
	assert_true(xlate_linux_mm.scan((void *)(intptr_t)zero, &(struct xlate_scan){ 0 }, NULL, 0,
					&word) < 0);
	xlate_linux_mm.close((void *)(intptr_t)pipe_fd[0]);
	close(pipe_fd[1]);
	close(zero);
	xlate_host_fini(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst),	   cmocka_unit_test(test_bad_scan),
		cmocka_unit_test(test_cancelled),  cmocka_unit_test(test_index_is_shared),
		cmocka_unit_test(test_unreadable), cmocka_unit_test(test_linux),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
