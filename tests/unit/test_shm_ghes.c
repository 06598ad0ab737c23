// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Backend shm-ghes: who is served, how the page is found, and what is written in which order and
 * when not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>

#include "backend/shm.h"
#include "tests/unit/shm_env.h"

static void test_who_is_served(void **state)
{
	const struct backend *b = NULL;
	struct ras_err err;

	(void)state;
	assert_int_equal(backend_pick(g, "shm-ghes", &b, &err), -RAS_E_NOT_CAPABLE);
	assert_non_null(strstr(err.text, "not provisioned"));
	/* Until it is provisioned another backend takes its place, and none afterwards. */
	assert_int_equal(backend_pick(g, NULL, &b, &err), 0);
	assert_ptr_equal(b, &backend_hmp_mce);
	provision(GHES_NOTIFY_POLL);
	assert_int_equal(backend_pick(g, NULL, &b, &err), 0);
	assert_ptr_equal(b, &backend_shm_ghes);
	/* Whatever processor it has: the page is what counts. */
	strcpy(g->machine.arch, "riscv64");
	assert_int_equal(backend_pick(g, NULL, &b, &err), 0);
	/* Its QEMU has no such memory, or not of that size: it was not started again. */
	ram_of(BASE_GPA, GHES_PAGE_BYTES / 2);
	assert_int_equal(backend_pick(g, "shm-ghes", &b, &err), -RAS_E_NOT_CAPABLE);
	assert_non_null(strstr(err.hint, "start it again"));
	ram_of(BASE_GPA + GHES_PAGE_BYTES, GHES_PAGE_BYTES);
	assert_int_equal(backend_pick(g, "shm-ghes", &b, &err), -RAS_E_NOT_CAPABLE);
	/* Nobody has looked yet. */
	g->ram.known = false;
	assert_int_equal(backend_pick(g, NULL, &b, &err), 0);
	/* It goes before what any x86 guest can take. */
	strcpy(g->machine.arch, "x86_64");
	assert_int_equal(backend_pick(g, NULL, &b, &err), 0);
	assert_ptr_equal(b, &backend_shm_ghes);
	strcpy(g->machine.confidential, "sev-guest");
	assert_int_equal(backend_pick(g, "shm-ghes", &b, &err), -RAS_E_NOT_CAPABLE);
	assert_non_null(strstr(err.text, "confidential"));
}

static void test_which_source(void **state)
{
	static const uint32_t want[] = { GHES_SOURCE_URGENT, GHES_SOURCE_URGENT,
					 GHES_SOURCE_CORRECTED, GHES_SOURCE_CORRECTED,
					 GHES_SOURCE_URGENT };
	uint8_t rec[64];

	(void)state;
	for (uint32_t severity = 0; severity < ARRAY_LEN(want); severity++) {
		record_of(rec, sizeof(rec), severity, 1);
		assert_int_equal(backend_choose(&backend_shm_ghes, rec, sizeof(rec)),
				 want[severity]);
	}
	assert_int_equal(backend_choose(&backend_shm_ghes, rec, 19), GHES_SOURCE_URGENT);
	assert_int_equal(backend_choose(&backend_qemu_ghes, rec, sizeof(rec)), SOURCE_ANY);
	/* Each is an object of its own. */
	assert_ptr_not_equal(source_of(bs, g, &backend_shm_ghes, 0),
			     source_of(bs, g, &backend_shm_ghes, 1));
	assert_ptr_equal(source_known(g, &backend_shm_ghes, SOURCE_ANY),
			 source_known(g, &backend_shm_ghes, 0));
	assert_int_equal(source_known(g, &backend_shm_ghes, 1)->id, 1);
}

static void test_finding(void **state)
{
	struct helper_request req;

	(void)state;
	provision(GHES_NOTIFY_POLL);
	req = find(GHES_SOURCE_URGENT);
	assert_int_equal(found_err.code, 0);
	assert_int_equal(req.source_id, HELPER_SHM_OPEN);
	assert_int_equal(req.pid, 4711);
	assert_int_equal(req.n_sections, 1);
	assert_int_equal(req.section[0].hva, HVA);
	assert_memory_equal(req.uuid, ident.b, 16);
	assert_true(source_ready(source));
	assert_int_equal(source->place.block_gpa, BASE_GPA + 0x2000);
	assert_int_equal(source->place.read_ack_gpa, BASE_GPA + 0x48);
	/* It counts for this life only. */
	g->life.reset_count++;
	assert_false(source_found(source));
	/* The helper does not find the file in QEMU. */
	source_prepare(bs, g, &backend_shm_ghes, GHES_SOURCE_URGENT, on_found, NULL);
	req = page_request();
	reply(&req, RAS_E_NOT_FOUND, "not mapped", -1);
	until(&n_found, 2);
	assert_int_equal(found_err.code, RAS_E_NOT_CAPABLE);
	assert_false(source_found(source));
	/* Another error, and an answer without a descriptor. */
	for (int i = 0; i < 2; i++) {
		source_prepare(bs, g, &backend_shm_ghes, GHES_SOURCE_URGENT, on_found, NULL);
		req = page_request();
		reply(&req, i ? 0 : RAS_E_BUSY, "busy", -1);
		until(&n_found, 3 + i);
		assert_int_equal(found_err.code, i ? RAS_E_HELPER : RAS_E_BUSY);
		assert_non_null(strstr(found_err.text, "cannot be opened"));
	}
	/* A reset during the question: it is asked again, and the first answer is not used. */
	source_prepare(bs, g, &backend_shm_ghes, GHES_SOURCE_URGENT, on_found, NULL);
	req = page_request();
	g->life.reset_count++;
	reply(&req, 0, "", page);
	req = page_request();
	assert_int_equal(n_found, 4);
	reply(&req, 0, "", page);
	until(&n_found, 5);
	assert_true(source_ready(source));
}

/* Only what a guest's kernel does not use as RAM may be the page. */
static void test_kind_of_device(void **state)
{
	static const struct {
		const char *kind, *member;
		uint64_t gpa;
		const char *why; /* NULL: it is taken */
	} t[] = { { "dimm", "addr", BASE_GPA, "(pc-dimm)" },
		  { "virtio-mem", "memaddr", BASE_GPA, "(virtio-mem)" },
		  { "nvdimm", "addr", BASE_GPA + 4096, "does not have the page" },
		  { "sgx-epc", "memaddr", 0, "does not have the page" },
		  { "virtio-pmem", "memaddr", BASE_GPA, NULL } };
	static const char *const odd[] = { "{}", "[1]", "[{\"type\":1,\"data\":{}}]",
					   "[{\"type\":\"dimm\"}]" };
	struct helper_request req;

	(void)state;
	provision(GHES_NOTIFY_POLL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		source_prepare(bs, g, &backend_shm_ghes, GHES_SOURCE_URGENT, on_found, NULL);
		device_is(t[i].kind, t[i].member, t[i].gpa);
		if (!t[i].why) {
			req = next_request();
			reply(&req, 0, "", page);
		}
		until(&n_found, (int)i + 1);
		assert_int_equal(found_err.code, t[i].why ? RAS_E_NOT_CAPABLE : 0);
		if (t[i].why)
			assert_non_null(strstr(found_err.text, t[i].why));
	}
	/* A reset before QEMU's answer, then answers that say nothing. */
	g->life.reset_count++;
	source_prepare(bs, g, &backend_shm_ghes, GHES_SOURCE_URGENT, on_found, NULL);
	g->life.reset_count++;
	device_is("dimm", "addr", BASE_GPA);
	answer("query-memory-devices", NULL);
	until(&n_found, (int)ARRAY_LEN(t) + 1);
	assert_int_equal(found_err.code, RAS_E_MONITOR);
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		source_prepare(bs, g, &backend_shm_ghes, GHES_SOURCE_URGENT, on_found, NULL);
		devices_are(odd[i]);
		until(&n_found, (int)(ARRAY_LEN(t) + 2 + i));
		assert_int_equal(found_err.code, i ? RAS_E_MONITOR : RAS_E_NOT_CAPABLE);
	}
}

static void test_never_settles(void **state)
{
	struct helper_request req;

	(void)state;
	provision(GHES_NOTIFY_POLL);
	source_prepare(bs, g, &backend_shm_ghes, GHES_SOURCE_URGENT, on_found, NULL);
	for (int i = 0; i < 9; i++) {
		req = page_request();
		g->life.reset_count++;
		reply(&req, 0, "", page);
	}
	until(&n_found, 1);
	assert_int_equal(found_err.code, RAS_E_NOT_READY);
}

static void test_writing(void **state)
{
	uint8_t rec[300], next[64];
	const uint8_t *block = memory + GHES_PAGE_BLOCK(1);

	(void)state;
	provision(GHES_NOTIFY_POLL);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	assert_memory_equal(block, rec, sizeof(rec));
	assert_int_equal(le64(memory + GHES_PAGE_READ_ACK(1)), 0);
	assert_int_equal(n_given, 0); /* it is polled */
	/* The other source is as it was. */
	assert_int_equal(le64(memory + GHES_PAGE_READ_ACK(0)), 1);
	assert_int_equal(status_of(0), 0);
	/* Not acknowledged: nothing is written over it. */
	record_of(next, sizeof(next), 0, 9);
	assert_int_equal(give(next, sizeof(next)), SUBMIT_BUSY);
	assert_memory_equal(block, rec, sizeof(rec));
	/* Cleared and not acknowledged: not yet either. */
	le_store(memory + GHES_PAGE_BLOCK(1), 4, 0);
	assert_int_equal(give(next, sizeof(next)), SUBMIT_BUSY);
	assert_memory_equal(block + 4, rec + 4, sizeof(rec) - 4);
	guest_acks(1);
	assert_int_equal(give(next, sizeof(next)), SUBMIT_OK);
	assert_memory_equal(block, next, sizeof(next));
}

static void test_no_record(void **state)
{
	static uint8_t rec[GHES_PAGE_BLOCK_BYTES + 1];

	(void)state;
	provision(GHES_NOTIFY_POLL);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	assert_int_equal(source_submit(source, rec, sizeof(rec), on_submit, NULL, NULL),
			 -RAS_E_RECORD);
	assert_int_equal(give(rec, 19), SUBMIT_REFUSED);
	le_store(rec, 4, 0);
	assert_int_equal(give(rec, 64), SUBMIT_REFUSED);
	assert_int_equal(status_of(1), 0);
	le_store(rec, 4, 1);
	assert_int_equal(give(rec, GHES_PAGE_BLOCK_BYTES), SUBMIT_OK);
	/* The last byte of it is the last that was written. */
	assert_int_equal(memory[GHES_PAGE_BLOCK(1) + GHES_PAGE_BLOCK_BYTES - 1],
			 rec[GHES_PAGE_BLOCK_BYTES - 1]);
	assert_int_equal(memory[GHES_PAGE_BLOCK(1) + GHES_PAGE_BLOCK_BYTES], 0);
}

/*
 * A guest that cleared a record and does not acknowledge it gets the next one after it has run for
 * long. Until then, or if it stood still in between, it may be about to copy the record.
 */
static void test_cleared_for_ever(void **state)
{
	struct shm_unacked *u;
	uint8_t rec[64];

	(void)state;
	provision(GHES_NOTIFY_POLL);
	find(GHES_SOURCE_URGENT);
	u = &source->shm->unacked;
	record_of(rec, sizeof(rec), 0, 3);
	le_store(memory + GHES_PAGE_READ_ACK(1), 8, 0);
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_BUSY);
	assert_true(u->since_boot_ns > 0);
	u->since_boot_ns -= SOURCE_ACK_LONG_NS / 2;
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_BUSY);
	u->since_boot_ns -= SOURCE_ACK_LONG_NS;
	g->life.n_stops++;
	g->life.n_resumes++;
	find(GHES_SOURCE_URGENT);
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_BUSY);
	assert_memory_not_equal(memory + GHES_PAGE_BLOCK(1) + 8, rec + 8, sizeof(rec) - 8);
	u->since_boot_ns -= SOURCE_ACK_LONG_NS;
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	assert_int_equal(u->since_boot_ns, 0);
	/* What is not cleared is never free. */
	u->since_boot_ns = 1;
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_BUSY);
	assert_int_equal(u->since_boot_ns, 0);
}

static void test_half_a_record(void **state)
{
	struct shm_page p = { .fd = page, .base_gpa = BASE_GPA, .domain = ident };
	uint8_t *block = memory + GHES_PAGE_BLOCK(1), rec[64];
	struct shm_block b;
	bool cleared;

	(void)state;
	record_of(rec, sizeof(rec), 0, 3);
	/* As a kill of rasd after its first or second write leaves it. */
	memcpy(block, rec, sizeof(rec));
	le_store(block, 4, 0);
	le_store(block + 4, 4, SHM_UNPUBLISHED);
	for (uint64_t ack = 0; ack <= 1; ack++) {
		le_store(memory + GHES_PAGE_READ_ACK(1), 8, ack);
		assert_int_equal(shm_page_read(&p, 1, &b, NULL), 0);
		assert_true(shm_block_unpublished(&b));
		assert_int_equal(shm_page_free(&p, 1, &cleared, NULL), 0);
	}
	assert_int_equal(shm_page_write(&p, 1, rec, sizeof(rec), NULL), 0);
	assert_int_equal(shm_page_read(&p, 1, &b, NULL), 0);
	assert_false(shm_block_unpublished(&b));
	assert_memory_equal(b.bytes, rec, sizeof(rec));
	/* A page that was cut is an error, not a signal. */
	assert_int_equal(ftruncate(page, 0x2800), 0);
	assert_int_equal(shm_page_read(&p, 1, &b, NULL), -RAS_E_IO);
	assert_int_equal(ftruncate(page, 0x40), 0);
	assert_int_equal(shm_page_check(&p, NULL), -RAS_E_IO);
	assert_int_equal(shm_page_write(&p, 1, rec, sizeof(rec), NULL), -RAS_E_IO);
	assert_int_equal(ftruncate(page, GHES_PAGE_BYTES), 0);
}

/* What lies unread when QEMU has ended is hidden from the next one; nothing else is touched. */
static void test_taken_back(void **state)
{
	const uint8_t *block = memory + GHES_PAGE_BLOCK(1);
	uint8_t rec[64], other[64];

	(void)state;
	provision(GHES_NOTIFY_POLL);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	record_of(other, sizeof(other), 0, 4);
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	assert_int_equal(source_take_back(source, other, sizeof(other), NULL), -RAS_E_NOT_FOUND);
	assert_int_equal(source_take_back(source, rec, 7, NULL), -RAS_E_NOT_FOUND);
	assert_memory_equal(block, rec, sizeof(rec));
	assert_int_equal(source_take_back(source, rec, sizeof(rec), NULL), 0);
	assert_int_equal(status_of(1), 0);
	look(0);
	assert_true(looked.unpublished);
	/* The source takes another. The guest has cleared that one: it was read. */
	assert_int_equal(give(other, sizeof(other)), SUBMIT_OK);
	le_store(memory + GHES_PAGE_BLOCK(1), 4, 0);
	assert_int_equal(source_take_back(source, other, sizeof(other), NULL), -RAS_E_NOT_FOUND);
	assert_memory_equal(block + 4, other + 4, sizeof(other) - 4);
	/* No other backend keeps one. */
	source->backend = &backend_qemu_ghes;
	assert_int_equal(source_take_back(source, rec, sizeof(rec), NULL), -RAS_E_NOT_CAPABLE);
	source->backend = &backend_shm_ghes;
}

/* A kill at each step of a write: what the guest sees, and what the next life makes of it. */
static void test_killed_while_writing(void **state)
{
	static const struct {
		const char *point;
		bool shown;
	} t[] = { { "shm_hidden", false }, { "shm_published", true } };
	const struct shm_page p = { .fd = page, .base_gpa = BASE_GPA, .domain = ident };
	uint8_t rec[64];

	(void)state;
	record_of(rec, sizeof(rec), 0, 3);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct shm_block b;
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			setenv("RASD_FAILPOINT", t[i].point, 1);
			shm_page_write(&p, 1, rec, sizeof(rec), NULL);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(shm_page_read(&p, 1, &b, NULL), 0);
		assert_int_equal(shm_block_unpublished(&b), !t[i].shown);
		assert_int_equal(status_of(1), t[i].shown ? 0x11 : 0);
		assert_memory_equal(b.bytes + 8, rec + 8, sizeof(rec) - 8);
	}
}

static void test_overwritten(void **state)
{
	static const uint64_t at[] = { 0, 0x40, 0x80, 0x88, 0x8c, 0x90, 0x98, 0xa7 };
	uint8_t rec[64];

	(void)state;
	provision(GHES_NOTIFY_NMI);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		memory[at[i]] ^= 1;
		assert_int_equal(give(rec, sizeof(rec)), SUBMIT_REFUSED);
		assert_non_null(strstr(submit_err.text, "overwritten"));
		assert_true(submit_err.hint[0]);
		assert_int_equal(status_of(1), 0);
		assert_int_equal(n_given, 0); /* no NMI, and nothing asked for one */
		memory[at[i]] ^= 1;
	}
	/* Told before anything is stored; the block can still be read. */
	memory[0] ^= 1;
	g->life.reset_count++;
	find(GHES_SOURCE_URGENT);
	assert_int_equal(found_err.code, RAS_E_NOT_CAPABLE);
	assert_true(source_found(source));
}

static void test_migration(void **state)
{
	uint8_t rec[64];

	(void)state;
	provision(GHES_NOTIFY_POLL);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	assert_int_equal(source_submit(source, rec, sizeof(rec), on_submit, NULL, NULL), 0);
	answer("query-migrate", json_tokener_parse("{\"status\":\"active\"}"));
	until(&n_submitted, 1);
	assert_int_equal(outcome, SUBMIT_REFUSED);
	/* No answer: nothing is written either. */
	assert_int_equal(source_submit(source, rec, sizeof(rec), on_submit, NULL, NULL), 0);
	answer("query-migrate", NULL);
	until(&n_submitted, 2);
	assert_int_equal(outcome, SUBMIT_NOT_SENT);
	/* The guest was stopped meanwhile. */
	assert_int_equal(source_submit(source, rec, sizeof(rec), on_submit, NULL, NULL), 0);
	g->life.n_stops++;
	no_job();
	until(&n_submitted, 3);
	assert_int_equal(outcome, SUBMIT_NOT_SENT);
	assert_int_equal(status_of(1), 0);
	/* Foretold: the answer is here when it is needed. */
	find(GHES_SOURCE_URGENT);
	source_foretell(source, 0);
	no_job();
	assert_int_equal(source_submit(source, rec, sizeof(rec), on_submit, NULL, NULL), 0);
	assert_int_equal(n_given, 0);
	assert_int_equal(status_of(1), 0x11);
	until(&n_submitted, 4);
	assert_int_equal(outcome, SUBMIT_OK);
}

/* Another QEMU with this UUID has the same page, so nobody could tell who read a record. */
static void test_same_uuid(void **state)
{
	struct guest *h = guests_add(gs, "twin", true);
	uint8_t rec[64];

	(void)state;
	assert_non_null(h);
	provision(GHES_NOTIFY_POLL);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	h->id.said = g->id.said;
	h->life.pid = 4712;
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK); /* it does not run */
	guest_acks(1);
	h->link.state = LINK_UP;
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_REFUSED);
	assert_non_null(strstr(submit_err.text, "vm and twin run with the same UUID"));
	assert_int_equal(status_of(1), 0);
	/* The same QEMU under two names, and another UUID. */
	h->life.pid = g->life.pid;
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	guest_acks(1);
	h->life.pid++;
	h->id.said.uuid.b[0]++;
	assert_int_equal(give(rec, sizeof(rec)), SUBMIT_OK);
	/* Said before anything is stored. */
	h->id.said = g->id.said;
	source_prepare(bs, g, &backend_shm_ghes, GHES_SOURCE_CORRECTED, on_found, NULL);
	until(&n_found, 2);
	assert_int_equal(found_err.code, RAS_E_NOT_CAPABLE);
	h->link.state = LINK_DOWN;
}

/* The same question, asked for the record after it, is answered first: it is written once. */
static void test_asked_for_the_next(void **state)
{
	uint8_t rec[64];

	(void)state;
	provision(GHES_NOTIFY_POLL);
	find(GHES_SOURCE_URGENT);
	record_of(rec, sizeof(rec), 0, 3);
	assert_int_equal(source_submit(source, rec, sizeof(rec), on_submit, NULL, NULL), 0);
	no_job();
	assert_int_equal(status_of(1), 0x11);
	source_foretell(source, -1);
	no_job();
	until(&n_submitted, 1);
	assert_int_equal(outcome, SUBMIT_OK);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_is_served),
		TEST(test_which_source),
		TEST(test_finding),
		TEST(test_kind_of_device),
		TEST(test_never_settles),
		TEST(test_writing),
		TEST(test_no_record),
		TEST(test_cleared_for_ever),
		TEST(test_half_a_record),
		TEST(test_killed_while_writing),
		TEST(test_overwritten),
		TEST(test_migration),
		TEST(test_asked_for_the_next),
		TEST(test_taken_back),
		TEST(test_same_uuid),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
