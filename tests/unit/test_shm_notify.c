// SPDX-License-Identifier: LGPL-2.1-or-later
/* Backend shm-ghes: when an NMI follows a record, looks at the block, and a guest that goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/shm_env.h"

static void test_nmi(void **state)
{
	static const char *const not_up[] = {
		FIRMWARE, BUSY_KERNEL, IN_SMM, "CPL=3", "RIP= CPL=3 SMM=0 HLT=0\r\n", ""
	};
	uint8_t rec[64];

	(void)state;
	provision(GHES_NOTIFY_NMI);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	/* Its firmware is at work, or it boots: the record stays, without an NMI. */
	for (size_t i = 0; i < ARRAY_LEN(not_up); i++) {
		assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
		registers(not_up[i]);
		assert_int_equal(n_given, 0);
		guest_acks(1);
	}
	/* Its OS is up. */
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	registers(KERNEL);
	answer("inject-nmi", json_object_new_object());
	guest_acks(1);
	/* That is known in this generation. */
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	answer("inject-nmi", NULL);
	guest_acks(1);
	g->life.reset_count++;
	find(GHES_SOURCE_URGENT);
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	/* Read before QEMU has said so: an NMI now would find no record. */
	guest_acks(1);
	registers(USER);
	assert_int_equal(n_given, 0);
	/* The pointer is wrong by then. */
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	answer("inject-nmi", json_object_new_object());
	guest_acks(1);
	g->life.reset_count++;
	find(GHES_SOURCE_URGENT);
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	memory[0x41] ^= 1;
	registers(USER);
	assert_int_equal(n_given, 0);
	memory[0x41] ^= 1;
}

/*
 * That the OS was up says nothing once the guest may have been reset, or may be another snapshot:
 * the processor is looked at again. The answer to a look that began before says nothing either.
 */
static void test_up_no_more(void **state)
{
	uint64_t *const happens[] = { &g->life.reset_count, &g->life.n_links, &g->life.n_stops,
				      &g->life.n_resumes, &g->life.n_memories };
	uint8_t rec[64];

	(void)state;
	provision(GHES_NOTIFY_NMI);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	for (size_t i = 0; i < ARRAY_LEN(happens); i++) {
		assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
		registers(USER);
		answer("inject-nmi", json_object_new_object());
		guest_acks(1);
		++*happens[i];
		find(GHES_SOURCE_URGENT);
		assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
		assert_string_equal(given[0].line, "info registers");
		++*happens[i];
		registers(USER);
		assert_int_equal(n_given, 0);
		guest_acks(1);
		find(GHES_SOURCE_URGENT);
	}
}

/* Corrected errors never come by NMI. */
static void test_corrected_without_nmi(void **state)
{
	uint8_t rec[64];

	(void)state;
	provision(GHES_NOTIFY_NMI);
	find(GHES_SOURCE_CORRECTED);
	record_of(rec, sizeof(rec), 2, 3);
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	assert_int_equal(n_given, 0);
	assert_int_equal(status_of(0), 0x11);
}

static void test_looking(void **state)
{
	struct source_at at;
	uint8_t rec[64];

	(void)state;
	provision(GHES_NOTIFY_POLL);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	look(2000);
	assert_memory_equal(looked_block, rec, sizeof(rec));
	assert_false(looked.read_ack);
	assert_true(source_holds(source, rec, sizeof(rec)));
	guest_acks(1);
	look(PATIENCE_MS * 1000u); /* it ends as soon as that is seen */
	assert_true(looked.read_ack);
	assert_int_equal(le32(looked_block), 0);
	/* A record of an earlier life of this process lies in the same block. */
	at = here();
	g->life.reset_count++;
	assert_int_equal(source_readback(source, &at, 0, on_look, NULL, NULL), 0);
	until(&n_looked, 3);
	/* Another process's does not: its page is looked for. */
	at.gen.pid++;
	assert_int_equal(source_readback(source, &at, 0, on_look, NULL, NULL), -RAS_E_NOT_FOUND);
	assert_int_equal(page_request().verb, HELPER_SHM);
}

/* An NMI got lost (rasd was killed before it, or the guest was not up): another follows. */
static void test_notified_again(void **state)
{
	int64_t end_ns = patience_end_ns();
	uint8_t rec[64];

	(void)state;
	provision(GHES_NOTIFY_NMI);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	registers(FIRMWARE);
	look(0);
	assert_int_equal(n_given, 0); /* not at once */
	while (n_given == 0 && clock_boot_ns() < end_ns)
		look(10000);
	registers(USER);
	answer("inject-nmi", json_object_new_object());
	guest_acks(1);
	look(0);
	assert_int_equal(n_given, 0);
}

static int n_failed;

static void on_no_look(void *arg, const struct source_look *look, const struct ras_err *err)
{
	(void)arg;
	assert_null(look);
	assert_int_equal(err->code, RAS_E_GONE);
	n_failed++;
}

/* The guest goes while something is under way: each question gets one answer. */
static void test_the_guest_goes(void **state)
{
	struct helper_request req;
	struct source_at at;
	uint8_t rec[64];

	(void)state;
	provision(GHES_NOTIFY_NMI);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	at = here();
	source_prepare(bs, g, &backend_shm_ghes, GHES_SOURCE_CORRECTED, on_found, NULL);
	req = page_request();
	assert_int_equal(source_submit(source, rec, sizeof(rec), on_submit, NULL, NULL), 0);
	assert_int_equal(source_readback(source, &at, PATIENCE_MS * 1000u, on_no_look, NULL, NULL),
			 0);
	sources_free(g);
	assert_int_equal(n_submitted, 1);
	assert_int_equal(outcome, SUBMIT_NOT_SENT);
	assert_int_equal(n_failed, 1);
	assert_int_equal(n_found, 2);
	assert_int_equal(found_err.code, RAS_E_GONE);
	/* What comes late is nobody's. */
	reply(&req, 0, "", page);
	no_job();
	for (int i = 0; i < 20; i++)
		turn();
	assert_int_equal(n_submitted, 1);
	assert_int_equal(status_of(1), 0);
}

/* It goes right after the record was written: that was not "not sent". */
static void test_the_guest_goes_after_it(void **state)
{
	uint8_t rec[64];

	(void)state;
	provision(GHES_NOTIFY_POLL);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	assert_int_equal(source_submit(source, rec, sizeof(rec), on_submit, NULL, NULL), 0);
	no_job();
	assert_int_equal(status_of(1), 0x11);
	assert_int_equal(n_submitted, 0);
	sources_free(g);
	assert_int_equal(n_submitted, 1);
	assert_int_equal(outcome, SUBMIT_OK);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nmi),
		TEST(test_up_no_more),
		TEST(test_corrected_without_nmi),
		TEST(test_looking),
		TEST(test_notified_again),
		TEST(test_the_guest_goes),
		TEST(test_the_guest_goes_after_it),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
