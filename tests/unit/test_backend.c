// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which backend serves which guest: by what QEMU says and what the HEST offers, never by the
 * architecture. And error sources: one per backend of a guest, void when anything happened.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/private.h"
#include "base/cleanup.h"
#include "guests/guest.h"

static struct event_base *base;
static struct conf conf;
static struct guests *gs;
static struct backends *bs;
static struct guest *g;

static int setup(void **state)
{
	(void)state;
	base = event_base_new();
	conf_defaults(&conf);
	conf.libvirt_uri[0] = '\0';
	assert_int_equal(guests_new(&gs, base, &conf, NULL), 0);
	assert_int_equal(backends_new(&bs, base, gs, NULL, NULL), 0);
	g = guests_add(gs, "vm", true);
	assert_non_null(g);
	g->link.state = LINK_UP;
	g->life.state = RUN_STATE_RUNNING;
	g->life.pid = 4711;
	g->machine.version = 120000;
	guest_learn(g, "qemu-ghes.command", FACT_ON);
	guest_learn(g, "qemu-ghes.ras", FACT_ON);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	backends_override(NULL, 0);
	g->link.state = LINK_DOWN;
	backends_free(bs);
	guests_free(gs);
	event_base_free(base);
	return 0;
}

static void test_by_evidence(void **state)
{
	static const struct {
		const char *arch, *type;
		bool command, rejected;
		enum guest_fact ras;
		const char *backend; /* NULL: none */
		const char *says;    /* why it is not qemu-ghes, or the one that could be */
	} t[] = {
		{ "aarch64", "virt-11.1", true, false, FACT_ON, "qemu-ghes", NULL },
		/* the day QEMU has it */
		{ "x86_64", "pc-q35-12.0", true, false, FACT_ON, "qemu-ghes", NULL },
		{ "x86_64", "pc-q35-11.1", true, false, FACT_NONE, "hmp-mce", "no option ras" },
		{ "x86_64", "pc-q35-12.0", true, false, FACT_OFF, "hmp-mce", "without ras=on" },
		{ "x86_64", "pc-q35-12.0", true, true, FACT_ON, "hmp-mce", "rejects unstable" },
		{ "riscv64", "virt-11.1", true, false, FACT_NONE, NULL,
		  "virt-11.1 (riscv64) has no option" },
		{ "aarch64", "virt-11.1", true, false, FACT_OFF, NULL, "without ras=on" },
		{ "aarch64", "virt-10.0", false, false, FACT_ON, NULL,
		  "has no inject-ghes-v2-error" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		const struct backend *b = NULL;
		struct ras_err err = RAS_ERR_NULL;
		char why[160];
		int r;

		strcpy(g->machine.arch, t[i].arch);
		strcpy(g->machine.type, t[i].type);
		guest_learn(g, "qemu-ghes.command", t[i].command ? FACT_ON : FACT_NONE);
		g->machine.unstable_rejected = t[i].rejected;
		guest_learn(g, "qemu-ghes.ras", t[i].ras);
		r = backend_pick(g, NULL, &b, &err);
		if (t[i].backend) {
			assert_int_equal(r, 0);
			assert_string_equal(b->name, t[i].backend);
			backend_why(g, b, false, why, sizeof(why));
			assert_int_equal(why[0] != 0, t[i].says != NULL);
			if (!t[i].says)
				continue;
			r = backend_pick(g, "qemu-ghes", &b, &err);
		}
		assert_int_equal(r, -RAS_E_NOT_CAPABLE);
		assert_non_null(strstr(err.text, t[i].says));
		assert_true(err.hint[0]);
	}
}

static void test_the_commands_source(void **state)
{
	static const struct {
		uint8_t notify[4];
		size_t n;
		int chosen;
	} t[] = {
		{ { 8, 7 }, 2, 1 },    /* aarch64 virt: SEA is QEMU's own, GED is the command's */
		{ { 7, 8 }, 2, 0 },    /* the order does not matter */
		{ { 3 }, 1, 0 },       /* SCI */
		{ { 6, 3, 4 }, 3, 1 }, /* MCE and NMI are not the command's */
		{ { 10 }, 1, 0 },      /* GSIV */
		{ { 3, 7 }, 2, 1 },    { { 8, 4, 9, 6 }, 4, -1 }, { { 0 }, 0, -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct hest_source list[4] = { 0 };

		for (size_t k = 0; k < t[i].n; k++)
			list[k].notify_type = t[i].notify[k];
		assert_ptr_equal(qemu_ghes_choose(list, t[i].n),
				 t[i].chosen < 0 ? NULL : &list[t[i].chosen]);
	}
}

/* --- a second backend --- */

static int takes_all(const struct guest *guest, struct ras_err *err)
{
	(void)guest, (void)err;
	return 0;
}

static void found_at_once(struct error_source *s)
{
	s->state = SOURCE_FOUND;
	s->stamp = source_stamp_now(s);
	source_finish(s, NULL);
}

static int n_sent;

static int sends(struct error_source *s, const uint8_t *rec, size_t len, backend_submit_fn fn,
		 void *arg, struct ras_err *err)
{
	(void)s, (void)rec, (void)len, (void)err;
	n_sent++;
	fn(arg, SUBMIT_OK, NULL);
	return 0;
}

static const struct backend second = { .name = "second",
				       .traits = { .proof = PROOF_EVENT },
				       .probe = takes_all,
				       .prepare = found_at_once,
				       .submit = sends };

static int n_told;
static struct error_source *told;

static void on_source(void *arg, struct guest *guest, struct error_source *s,
		      const struct ras_err *err)
{
	(void)arg;
	assert_ptr_equal(guest, g);
	n_told++;
	told = err ? NULL : s;
}

static void on_sent(void *arg, enum submit_outcome o, const struct ras_err *err)
{
	(void)err;
	*(enum submit_outcome *)arg = o;
}

static void test_two_backends(void **state)
{
	static const struct backend *const both[] = { &backend_qemu_ghes, &second };
	const struct backend *b = NULL;
	struct ras_err err;

	(void)state;
	assert_null(backend_named("second"));
	backends_override(both, 2);
	assert_int_equal(backend_pick(g, NULL, &b, &err), 0);
	assert_ptr_equal(b, &backend_qemu_ghes);
	guest_learn(g, "qemu-ghes.ras", FACT_OFF);
	assert_int_equal(backend_pick(g, NULL, &b, &err), 0);
	assert_ptr_equal(b, &second);
	assert_int_equal(backend_pick(g, "qemu-ghes", &b, &err), -RAS_E_NOT_CAPABLE);
	assert_int_equal(backend_pick(g, "nobody", &b, &err), -RAS_E_NOT_CAPABLE);
	assert_ptr_not_equal(source_of(bs, g, &second, 0), source_of(bs, g, &backend_qemu_ghes, 0));
	assert_ptr_equal(source_of(bs, g, &second, 0), source_known(g, &second, 0));
}

static bool set_up;

static int cannot(const struct guest *guest, struct ras_err *err)
{
	return ras_fail(err, RAS_E_NOT_CAPABLE, "%s must be restarted", guest->name);
}

static enum backend_meant somebody_set_it_up(const struct guest *guest)
{
	(void)guest;
	return set_up ? MEANT_SET_UP : MEANT_POSSIBLE;
}

/* No later one takes the place of one that was set up, unless it is asked for. */
static void test_set_up(void **state)
{
	static const struct backend wanted = { .name = "wanted",
					       .probe = cannot,
					       .meant = somebody_set_it_up };
	static const struct backend *const both[] = { &wanted, &second };
	const struct backend *b = NULL;
	char why[160];
	struct ras_err err;

	(void)state;
	backends_override(both, 2);
	set_up = true;
	assert_int_equal(backend_pick(g, NULL, &b, &err), -RAS_E_NOT_CAPABLE);
	assert_string_equal(err.text, "vm must be restarted");
	assert_int_equal(backend_pick(g, "second", &b, &err), 0);
	backend_why(g, b, true, why, sizeof(why));
	assert_string_equal(why, "by second, which was asked for");
	set_up = false;
	assert_int_equal(backend_pick(g, NULL, &b, &err), 0);
	assert_ptr_equal(b, &second);
	backend_why(g, b, false, why, sizeof(why));
	assert_string_equal(why, "not by wanted: vm must be restarted");
}

/* What was found is void as soon as anything happens to the guest; a void source takes nothing. */
static void test_void(void **state)
{
	static const struct backend *const one[] = { &second };
	enum submit_outcome o = SUBMIT_UNKNOWN;
	uint64_t *const counters[] = { &g->life.reset_count, &g->life.n_resumes, &g->life.n_stops,
				       &g->life.n_memories,  &g->life.n_links,	 &bs->n_helpers,
				       &g->life.start_time };
	struct ras_err err;

	(void)state;
	backends_override(one, 1);
	g->ram.known = true;
	source_prepare(bs, g, NULL, SOURCE_ANY, on_source, NULL);
	assert_int_equal(n_told, 1);
	assert_non_null(told);
	for (size_t i = 0; i < ARRAY_LEN(counters); i++) {
		struct error_source *s = told;

		assert_true(source_found(s) && source_ready(s));
		++*counters[i];
		assert_false(source_found(s));
		assert_int_equal(source_submit(s, (const uint8_t *)"record", 6, on_sent, &o, &err),
				 -RAS_E_NOT_READY);
		source_prepare(bs, g, NULL, SOURCE_ANY, on_source, NULL);
		assert_ptr_equal(told, s);
	}
	assert_int_equal(n_sent, 0);
	assert_int_equal(source_submit(told, (const uint8_t *)"record", 6, on_sent, &o, &err), 0);
	assert_int_equal(n_sent, 1);
	assert_int_equal(o, SUBMIT_OK);
	g->life.state = RUN_STATE_PAUSED;
	assert_int_equal(source_submit(told, (const uint8_t *)"record", 6, on_sent, &o, &err),
			 -RAS_E_NOT_READY);
	g->ram.known = false;
}

/* --- a backend that breaks its word --- */

static enum submit_outcome lie;
static bool keep_it;
static backend_submit_fn kept_submit;
static backend_look_fn kept_look;
static void *kept_arg;
static int n_acked;

static int lies(struct error_source *s, const uint8_t *rec, size_t len, backend_submit_fn fn,
		void *arg, struct ras_err *err)
{
	(void)s, (void)rec, (void)len;
	if (keep_it) {
		kept_submit = fn;
		kept_arg = arg;
		return 0;
	}
	if (lie == SUBMIT_UNKNOWN)
		return ras_fail(err, RAS_E_MONITOR, "not sent");
	fn(arg, lie, NULL);
	return 0;
}

static int shows_nothing(struct error_source *s, const struct source_at *at, uint32_t wait_us,
			 backend_look_fn fn, void *arg, struct ras_err *err)
{
	(void)s, (void)at, (void)wait_us, (void)err;
	if (keep_it) {
		kept_look = fn;
		kept_arg = arg;
	} else {
		fn(arg, NULL, NULL);
	}
	return 0;
}

static void acks(struct error_source *s)
{
	(void)s;
	n_acked++;
}

static const struct backend liar = { .name = "liar",
				     .traits = { .proof = PROOF_EVENT },
				     .probe = takes_all,
				     .prepare = found_at_once,
				     .submit = lies,
				     .readback = shows_nothing,
				     .ack = acks };

static struct ras_err sent_err, look_err;
static int n_answers;

static void on_lie(void *arg, enum submit_outcome o, const struct ras_err *err)
{
	*(enum submit_outcome *)arg = o;
	sent_err = err ? *err : RAS_ERR_NULL;
	n_answers++;
}

static void on_no_look(void *arg, const struct source_look *look, const struct ras_err *err)
{
	(void)arg;
	assert_null(look);
	look_err = err ? *err : RAS_ERR_NULL;
	n_answers++;
}

static struct error_source *liar_source(void)
{
	static const struct backend *const one[] = { &liar };

	backends_override(one, 1);
	g->ram.known = true;
	told = NULL;
	n_answers = 0;
	source_prepare(bs, g, NULL, SOURCE_ANY, on_source, NULL);
	assert_non_null(told);
	return told;
}

/* Whatever a backend does, the outcome has a reason and comes once. */
static void test_a_backend_that_lies(void **state)
{
	struct error_source *s = liar_source();
	const struct source_at at = { 0 };
	enum submit_outcome o = SUBMIT_OK;
	struct ras_err err;

	(void)state;
	lie = SUBMIT_REFUSED;
	assert_int_equal(source_submit(s, (const uint8_t *)"record", 6, on_lie, &o, &err), 0);
	assert_int_equal(o, SUBMIT_UNKNOWN);
	assert_int_equal(sent_err.code, RAS_E_INTERNAL);
	lie = SUBMIT_UNKNOWN;
	assert_int_equal(source_submit(s, (const uint8_t *)"record", 6, on_lie, &o, &err),
			 -RAS_E_MONITOR);
	assert_int_equal(source_readback(s, &at, 0, on_no_look, NULL, &err), 0);
	assert_int_equal(look_err.code, RAS_E_INTERNAL);
	assert_int_equal(n_answers, 2);
	n_acked = 0;
	source_ack(s);
	assert_int_equal(n_acked, 1);
	g->ram.known = false;
}

/* One question of each kind at a time. */
static void test_one_question_at_a_time(void **state)
{
	struct error_source *s = liar_source();
	const struct source_at at = { 0 };
	enum submit_outcome o = SUBMIT_OK;
	const struct ras_err why = { .code = RAS_E_MONITOR };
	struct ras_err err;

	(void)state;
	keep_it = true;
	assert_int_equal(source_submit(s, (const uint8_t *)"record", 6, on_lie, &o, &err), 0);
	assert_int_equal(source_submit(s, (const uint8_t *)"record", 6, on_lie, &o, &err),
			 -RAS_E_BUSY);
	kept_submit(kept_arg, SUBMIT_REFUSED, &why);
	assert_int_equal(n_answers, 1);
	assert_int_equal(source_readback(s, &at, 0, on_no_look, NULL, &err), 0);
	assert_int_equal(source_readback(s, &at, 0, on_no_look, NULL, &err), -RAS_E_BUSY);
	kept_look(kept_arg, NULL, &why);
	assert_int_equal(n_answers, 2);
	keep_it = false;
	g->ram.known = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_by_evidence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_commands_source, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_backends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_set_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_void, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_backend_that_lies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_question_at_a_time, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
