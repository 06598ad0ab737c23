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

/*
 * A kernel that boots finds the record itself. One that is busy for ever, or halts for long, is not
 * one that boots.
 */
static void test_booting_kernel(void **state)
{
	static const struct {
		const char *cpu;
		int64_t long_ns;
	} row[] = { { BUSY_KERNEL, INT64_C(60000000000) }, { KERNEL, INT64_C(6000000000) } };
	struct shm_notice *n;
	uint8_t rec[64];

	(void)state;
	provision(GHES_NOTIFY_NMI);
	record_of(rec, sizeof(rec), 0, 3);
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		/* Another generation begins anew. */
		g->life.reset_count++;
		g->life.reset_ns = clock_boot_ns();
		find(GHES_SOURCE_URGENT);
		assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
		again(row[i].cpu, 2);
		n = &source->shm->notice;
		assert_true(n->kernel_boot_ns >= g->life.reset_ns);
		n->kernel_boot_ns -= row[i].long_ns / 2;
		again(row[i].cpu, 1);
		n->kernel_boot_ns -= row[i].long_ns;
		registers(row[i].cpu);
		answer("inject-nmi", json_object_new_object());
		guest_acks(1);
	}
	/* It was reset long ago. */
	g->life.reset_count++;
	g->life.reset_ns -= INT64_C(60000000000);
	find(GHES_SOURCE_URGENT);
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	again(BUSY_KERNEL, 1);
	registers(KERNEL);
	answer("inject-nmi", json_object_new_object());
	guest_acks(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_booting_kernel, setup, teardown),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
