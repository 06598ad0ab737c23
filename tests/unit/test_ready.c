// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Can a guest take a record: yes, no and why, or not known yet and what it waits for. Each thing
 * that decides, one after the other; and that looking at many guests is done a few at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "backend/private.h"
#include "base/cleanup.h"
#include "guests/guest.h"
#include "tests/unit/helper_waits.h"
#include "tests/unit/loop_turn.h"

static struct event_base *base;
static struct conf conf;
static struct guests *gs;
static struct backends *bs;
static struct helper_client *helper;
static struct guest *g;
static int helper_fd = -1;

/* --- a backend whose search the test ends --- */

static struct error_source *searching[64];
static size_t n_searching, n_prepared;
static struct ras_err capable; /* why it cannot serve the guest; code 0: it can */

static int probe(const struct guest *guest, struct ras_err *err)
{
	(void)guest;
	return capable.code ? ras_fail(err, (enum ras_code)capable.code, "%s", capable.text) : 0;
}

static void prepare(struct error_source *s)
{
	n_prepared++;
	s->state = SOURCE_SEARCHING;
	searching[n_searching++] = s;
}

/* The oldest search ends; why NULL: it is found. */
static void end_search(const struct ras_err *why)
{
	struct error_source *s = searching[0];

	assert_true(n_searching > 0);
	memmove(searching, searching + 1, --n_searching * sizeof(*searching));
	s->stamp = source_stamp_now(s);
	s->state = why ? SOURCE_UNKNOWN : SOURCE_FOUND;
	s->why = (struct source_why){ 0 };
	if (why)
		source_note_why(s, why);
	source_finish(s, why);
}

static const struct backend acked = { .name = "acked",
				      .traits = { .proof = PROOF_READ_ACK },
				      .probe = probe,
				      .prepare = prepare },
			    delivered = { .name = "delivered",
					  .traits = { .proof = PROOF_EVENT },
					  .probe = probe,
					  .prepare = prepare };
static const struct backend *const usual[] = { &acked };

static struct guest *add_guest(const char *name)
{
	struct guest *made = guests_add(gs, name, true);

	assert_non_null(made);
	made->link.state = LINK_UP;
	made->life.state = RUN_STATE_RUNNING;
	made->life.pid = 4711;
	made->ram.known = true;
	return made;
}

static int setup(void **state)
{
	int sv[2];

	(void)state;
	base = event_base_new();
	conf_defaults(&conf);
	conf.libvirt_uri[0] = '\0';
	n_searching = n_prepared = 0;
	capable = RAS_ERR_NULL;
	backends_override(usual, 1);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	helper_fd = sv[1];
	assert_int_equal(helper_client_new(&helper, base, sv[0], &test_waits, NULL), 0);
	assert_int_equal(guests_new(&gs, base, &conf, NULL), 0);
	assert_int_equal(backends_new(&bs, base, gs, helper, NULL), 0);
	g = add_guest("vm");
	return 0;
}

static void go_down(void *arg, struct guest *guest)
{
	(void)arg;
	guest->link.state = LINK_DOWN;
}

static int teardown(void **state)
{
	(void)state;
	guests_each(gs, go_down, NULL);
	backends_free(bs);
	guests_free(gs);
	helper_client_free(helper);
	if (helper_fd >= 0)
		close(TAKE_FD(helper_fd));
	event_base_free(base);
	backends_override(NULL, 0);
	return 0;
}

static void check(enum readiness want, const char *says)
{
	const struct backend *b;
	struct ras_err err = RAS_ERR_NULL;
	enum readiness got = backends_readiness(bs, g, &b, &err);

	if (got != want || (says && !strstr(err.text, says)))
		fail_msg("%d, %s; wanted %d, %s", (int)got, err.text, (int)want, says);
	/* What is said of the backend that is chosen is the same. */
	if (b)
		assert_int_equal(backend_readiness(bs, b, g, &err), want);
}

static void nothing(void *arg, struct guest *guest, struct error_source *s,
		    const struct ras_err *err)
{
	(void)arg, (void)guest, (void)s, (void)err;
}

static void each_reason(void **state)
{
	struct ras_err err;

	(void)state;
	g->link.state = LINK_CONNECTING;
	check(READY_UNKNOWN, "its monitor is being connected");
	g->link.state = LINK_DOWN;
	ras_fail(&g->link.down, RAS_E_PERMISSION, "Permission denied");
	g->link.socket = SOCKET_THERE;
	check(READY_NO, "Permission denied");
	g->link.state = LINK_UP;
	ras_fail(&capable, RAS_E_NOT_CAPABLE, "started without ras=on");
	check(READY_NO, "ras=on");
	capable = RAS_ERR_NULL;
	g->life.state = RUN_STATE_PAUSED;
	check(READY_NO, "is in state paused");
	g->life.state = RUN_STATE_RUNNING;
	g->ram.known = false;
	check(READY_UNKNOWN, "RAM layout");
	strcpy(g->ram.why, "two blocks overlap");
	check(READY_NO, "two blocks overlap");
	g->ram.why[0] = '\0';
	g->ram.known = true;
	check(READY_UNKNOWN, "was not looked for yet");
	assert_int_equal(n_prepared, 0);
	source_prepare(bs, g, NULL, SOURCE_ANY, nothing, NULL);
	check(READY_UNKNOWN, "is being looked for");
	ras_fail(&err, RAS_E_NOT_READY, "no HEST in its memory");
	end_search(&err);
	check(READY_NO, "no HEST in its memory");
	source_prepare(bs, g, NULL, SOURCE_ANY, nothing, NULL);
	ras_fail(&err, RAS_E_HELPER, "uid 64055 is not a configured QEMU user");
	end_search(&err);
	check(READY_NO, "uid 64055");
	source_prepare(bs, g, NULL, SOURCE_ANY, nothing, NULL);
	end_search(NULL);
	check(READY_YES, NULL);
	/* Whatever happens to the guest makes it void. */
	g->life.n_stops++;
	check(READY_UNKNOWN, "was not looked for yet");
	source_prepare(bs, g, NULL, SOURCE_ANY, nothing, NULL);
	end_search(&err);
	g->life.reset_count++;
	check(READY_UNKNOWN, "was not looked for yet");
}

static void without_a_helper(void **state)
{
	static const struct backend *const other[] = { &delivered };

	(void)state;
	source_prepare(bs, g, NULL, SOURCE_ANY, nothing, NULL);
	end_search(NULL);
	check(READY_YES, NULL);
	close(TAKE_FD(helper_fd));
	while (helper_client_alive(helper))
		loop_turn(base, EVLOOP_ONCE);
	check(READY_NO, "rasd-pagemap is not running");
	/* One that proves nothing by the guest's memory does without. */
	backends_override(other, 1);
	source_prepare(bs, g, NULL, SOURCE_ANY, nothing, NULL);
	end_search(NULL);
	check(READY_YES, NULL);
}

static void turn_until_idle(void)
{
	for (int i = 0; i < 200; i++)
		loop_turn(base, EVLOOP_NONBLOCK);
}

/* Whoever lists guests has them looked at, and never many at once. */
static void a_look(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "vm%d", i);
		add_guest(name);
	}
	backends_look(bs);
	turn_until_idle();
	assert_int_equal(n_prepared, 4);
	backends_look(bs); /* the one that is under way is enough */
	turn_until_idle();
	assert_int_equal(n_prepared, 4);
	for (size_t ended = 1; ended <= 10; ended++) {
		end_search(NULL);
		turn_until_idle();
		assert_int_equal(n_prepared, ended + 4 < 10 ? ended + 4 : 10);
	}
	check(READY_YES, NULL);
	backends_look(bs);
	turn_until_idle();
	assert_int_equal(n_prepared, 10); /* all is known */
}

/* What was not found is looked for again, but not at each question. */
static void a_look_again(void **state)
{
	struct ras_err err;

	(void)state;
	backends_look(bs);
	turn_until_idle();
	ras_fail(&err, RAS_E_HELPER, "refused");
	end_search(&err);
	check(READY_NO, "refused");
	backends_look(bs);
	turn_until_idle();
	assert_int_equal(n_prepared, 1);
	g->sources->why.boot_ns -= INT64_C(3000000000);
	backends_look(bs);
	turn_until_idle();
	assert_int_equal(n_prepared, 2);
	/* rasd may end meanwhile: the search is answered then. */
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(each_reason),
		T(without_a_helper),
		T(a_look),
		T(a_look_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
