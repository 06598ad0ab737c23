// SPDX-License-Identifier: LGPL-2.1-or-later
/* Backend shm-ghes: no NMI for a guest that boots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "backend/shm.h"
#include "tests/unit/shm_env.h"

/* The guest is looked at until n commands were given; what it does is this. */
static void again(const char *cpu, int n)
{
	int64_t end_ns = patience_end_ns();

	while (n--) {
		registers(cpu);
		assert_int_equal(n_given, 0);
		while (n_given == 0 && clock_boot_ns() < end_ns)
			look(10000);
	}
}

/* Another generation, which boots, has a record. */
static struct shm_notice *reset(void)
{
	uint8_t rec[64];

	record_of(rec, sizeof(rec), 0, 3);
	g->life.reset_count++;
	g->life.reset_ns = clock_boot_ns();
	find(GHES_SOURCE_URGENT);
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	return &source->shm->notice;
}

static void gets_an_nmi(const char *cpu)
{
	registers(cpu);
	answer("inject-nmi", json_object_new_object());
	guest_acks(1);
}

/*
 * A kernel that boots finds the record itself. One that is halted at every look, or was seen long
 * ago, is not one that boots.
 */
static void test_booting_kernel(void **state)
{
	struct shm_notice *n;

	(void)state;
	provision(GHES_NOTIFY_NMI);
	n = reset();
	again(KERNEL, 3);
	assert_int_equal(n->n_halted, 3);
	again(BUSY_KERNEL, 1);
	assert_int_equal(n->n_halted, 0);
	again(FIRMWARE, 1);
	n->n_halted = 10;
	again(KERNEL, 1);
	gets_an_nmi(KERNEL);

	n = reset();
	n->n_halted = 11; /* another generation begins anew */
	again(KERNEL, 1);
	n->kernel_boot_ns -= INT64_C(59000000000);
	again(BUSY_KERNEL, 1);
	n->kernel_boot_ns -= INT64_C(1000000000);
	gets_an_nmi(BUSY_KERNEL);

	reset();
	gets_an_nmi(USER);

	/* It was reset long ago. */
	reset();
	g->life.reset_ns -= INT64_C(300000000000);
	again(BUSY_KERNEL, 1);
	gets_an_nmi(KERNEL);
}

/* A kernel that is halted is looked at again, also if nobody looks at the block meanwhile. */
static void test_looks_by_itself(void **state)
{
	int64_t end_ns = patience_end_ns();
	struct shm_notice *n;

	(void)state;
	provision(GHES_NOTIFY_NMI);
	n = reset();
	again(KERNEL, 1);
	assert_int_equal(n->n_halted, 1);
	registers(KERNEL);
	while (n->n_halted < 2 && clock_boot_ns() < end_ns)
		loop_turn(base, EVLOOP_ONCE);
	assert_int_equal(n->n_halted, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_booting_kernel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_looks_by_itself, setup, teardown),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
