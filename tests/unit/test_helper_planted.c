// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The real rasd-pagemap against guests that lie or are huge. The process that plays QEMU does here
 * what a guest's kernel could do to its own memory.
 */
#include "helper_hostile.h"

static uint8_t *sparse;
#define SPARSE_BYTES (UINT64_C(64) << 30)
#define SPARSE_TABLE ((UINT64_C(1) << 32) - GPA + 0x3000) /* the search comes here last */

/*
 * Search until n signatures were passed over. A page that the kernel is moving to another frame is
 * absent for that moment, so one search may miss some.
 */
static int hest_ignoring(uint32_t n)
{
	int r = -1;

	for (int i = 0; i < 100; i++) {
		r = hest(qemu, start_of(qemu), section(), 1);
		if (got.n_ignored >= n)
			break;
	}
	return r;
}

static void touch_planted(void)
{
	for (uint64_t at = PLANT_AT; at < PLANT_AT + PLANT_BYTES; at += 0x1000)
		(void)*(volatile uint8_t *)(ram + at);
	(void)*(volatile uint8_t *)(ram + TRUE_AT);
}

/* Thousands of tables above the true one. All are skipped, counted and reported. */
static void test_planted(void **state)
{
	const uint32_t n = PLANT_BYTES / 256;
	uint8_t *top = ram + RAM_BYTES - 0x2000 - 64;

	(void)state;
	memset(top, 0, HEST_LEN);
	hest_make(ram + TRUE_AT, 1, GPA + 8, GPA + 0x18, BLOCK);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *t = ram + PLANT_AT + i * 256;

		hest_make(t, 1, GPA + 8, GPA + 0x18, BLOCK);
		switch (i % 6) {
		case 0:
			t[9]++; /* sum */
			break;
		case 1:
			t[6] = 2; /* too long */
			break;
		case 2:
			t[40] = 9; /* no GHESv2 */
			hest_sum(t, HEST_LEN);
			break;
		case 3:
			hest_make(t, 1, 0x9000000, GPA + 0x18, BLOCK); /* a device */
			break;
		case 4:
			hest_make(t, 1, GPA + 8, GPA + RAM_BYTES - 4, BLOCK); /* leaves RAM */
			break;
		case 5:
			hest_make(t, 1, GPA + 8, GPA + 0x18, 19); /* no room for a block's head */
			break;
		}
	}
	qemu = start_qemu_also("x.qmp", UID, touch_planted);
	start_helper();
	if (hest_ignoring(n) < 0)
		fail_msg("hest: %s", got_err.text);
	assert_int_equal(got.hest_gpa, GPA + TRUE_AT);
	assert_int_equal(got.n_sources, 1);
	assert_int_equal(got.n_ignored, n);
	assert_int_equal(got.n_rivals, 0);

	/* Without a true table the count is reported too. */
	memset(ram + TRUE_AT, 0, 4);
	assert_int_equal(hest_ignoring(n), -RAS_E_NOT_READY);
	assert_int_equal(got.n_ignored, n);
	assert_non_null(strstr(got_err.text, "4096 ignored"));
	memcpy(ram + TRUE_AT, "HEST", 4);
}

/* Of two perfect tables the same one is used every time, and the other one is reported. */
static void test_rival(void **state)
{
	(void)state;
	memset(ram + PLANT_AT + PLANT_BYTES - 0x1000, 0, 0x1000);
	hest_make(ram + PLANT_AT + PLANT_BYTES - 0x1000, 1, GPA + 8, GPA + 0x20, BLOCK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
		assert_int_equal(got.hest_gpa, GPA + PLANT_AT + PLANT_BYTES - 0x1000);
		assert_int_equal(got.n_rivals, 1);
		assert_int_equal(got.source[0].read_ack_gpa, GPA + 0x20);
	}
	memset(ram + PLANT_AT + PLANT_BYTES - 0x1000, 0, HEST_LEN);
	assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
	assert_int_equal(got.hest_gpa, GPA + TRUE_AT);
}

/* The guest rewrites what the search read. Each read of the status block checks it again. */
static void test_rewritten(void **state)
{
	static const uint64_t bad[] = {
		0,
		8,
		0x9000000,
		UINT64_MAX,
		UINT64_MAX - 7,
		UINT64_MAX - BLOCK + 1,
		GPA - 1,
		GPA - BLOCK,
		GPA + RAM_BYTES - BLOCK + 1,
		GPA + RAM_BYTES - 1,
		GPA + RAM_BYTES,
		GPA + (UINT64_C(1) << 63),
		/* in guest RAM, but no block that the search found */
		GPA + TRUE_AT,
		GPA + 0x1003,
		GPA + 0x1008,
	};
	const uint64_t good = GPA + 0x1000, ack = UINT64_MAX;
	uint8_t saved[HEST_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(ram + 8, &bad[i], 8);
		assert_int_equal(slot(qemu), -RAS_E_NOT_READY);
		assert_int_equal(got.block_len_bytes, 0);
	}
	memcpy(ram + 8, &good, 8);
	assert_int_equal(slot(qemu), 0);
	assert_memory_equal(got.block, ram + 0x1000, BLOCK);

	/*
	 * The table itself is read only once. A read-ack that it moves to a device later has no
	 * effect.
	 */
	memcpy(saved, ram + TRUE_AT, HEST_LEN);
	hest_make(ram + TRUE_AT, 1, 0x9000000, 0x9000000, 0xffffffff);
	memcpy(ram + 0x18, &ack, 8);
	assert_int_equal(slot(qemu), 0);
	assert_int_equal(got.read_ack, ack);
	assert_int_equal(got.block_len_bytes, BLOCK);
	memcpy(ram + TRUE_AT, saved, HEST_LEN);
}

/* A block that the guest has moved is read after the next search. */
static void test_moved(void **state)
{
	const uint64_t good = GPA + 0x1000, moved = GPA + 0x1800;

	(void)state;
	memcpy(ram + 8, &moved, 8);
	assert_int_equal(slot(qemu), -RAS_E_NOT_READY);
	assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
	assert_int_equal(slot(qemu), 0);
	assert_int_equal(got.status_pointer, moved);
	memcpy(ram + 8, &good, 8);
	assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
}

static void fill_sparse(void)
{
	fill(sparse, SPARSE_TABLE);
	/* One page in every 16 MiB: page tables all over. */
	for (uint64_t at = 0x800000; at < SPARSE_BYTES; at += UINT64_C(16) << 20)
		sparse[at] = 1;
}

/*
 * 64 GiB with the table at the far end is found within the budget. Otherwise the answer would be a
 * timeout.
 */
static void test_sparse(void **state)
{
	struct ram_section s = { GPA, SPARSE_BYTES, 0 };
	pid_t pid;
	int64_t t0;

	(void)state;
	sparse = qemu_ram(SPARSE_BYTES, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	assert_non_null(sparse);
	assert_int_equal(madvise(sparse, SPARSE_BYTES, MADV_NOHUGEPAGE), 0);
	s.hva = (uint64_t)(uintptr_t)sparse;
	pid = start_qemu_also("sparse.qmp", UID, fill_sparse);
	t0 = clock_boot_ns();
	if (hest(pid, start_of(pid), &s, 1) < 0)
		fail_msg("hest: %s", got_err.text);
	printf("64 GiB sparse: %" PRId64 " us, %u pages read\n", (clock_boot_ns() - t0) / 1000,
	       got.pages_read);
	assert_int_equal(got.hest_gpa, GPA + SPARSE_TABLE);
	/* A page that the kernel is moving counts as absent for that moment. */
	assert_in_range(got.pages_read, 4000, 4200);
	end(pid);
	qemu_ram_free(sparse, SPARSE_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planted),	  cmocka_unit_test(test_rival),
		cmocka_unit_test(test_rewritten), cmocka_unit_test(test_moved),
		cmocka_unit_test(test_sparse),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, setup, teardown);
}
