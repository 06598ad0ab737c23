// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An injector with one guest, "pc", of a q35 machine whose QEMU is played: for backends that work
 * by its monitor. Include after cmocka.
 */
#pragma once

#include "backend/backend.h"
#include "base/cleanup.h"
#include "inject/inject.h"
#include "journal/journal.h"
#include "tests/unit/guest_env.h"
#include "tests/unit/outcome.h"
#include "tests/unit/patience.h"

static struct {
	char dir[32];
	struct event_base *base;
	struct conf conf;
	struct guests *gs;
	struct backends *bs;
	struct journal *journal;
	struct injector *in;
	struct fake_qemu qemu;
} road;

/* more: the answers that are this backend's own. */
static inline void road_start(json_object *(*more)(struct fake_qemu *q, const char *command,
						   json_object *args))
{
	struct ras_err err;
	size_t n_undecided;

	snprintf(road.dir, sizeof(road.dir), "/tmp/rasd-road-XXXXXX");
	road.base = event_base_new();
	env_directory(&road.conf, road.dir);
	road.conf.n_grants = 1;
	snprintf(road.conf.grant[0].domain, sizeof(road.conf.grant[0].domain), "pc");
	road.conf.grant[0].target_max_severity = CONF_SEV_FATAL;
	assert_int_equal(journal_open(&road.journal, road.base, road.dir, NULL, &n_undecided, &err),
			 0);
	assert_int_equal(guests_new(&road.gs, road.base, &road.conf, &err), 0);
	assert_int_equal(backends_new(&road.bs, road.base, road.gs, NULL, &err), 0);
	assert_int_equal(injector_new(&road.in, road.base, &road.conf, road.gs, road.journal,
				      road.bs, &err),
			 0);
	fake_qemu_start(&road.qemu, road.base, road.dir, "pc");
	road.qemu.arch = "x86_64";
	road.qemu.type = "pc-q35-11.1-machine";
	road.qemu.ras = -1;
	road.qemu.more = more;
	loop_turn(road.base, EVLOOP_NONBLOCK); /* inotify shows the socket */
}

static inline int road_stop(void **state)
{
	struct guest *g;
	char command[64];

	(void)state;
	fake_qemu_stop(&road.qemu);
	/* What is still asked of it is answered when the connection is closed. */
	while (guests_find(road.gs, "pc", &g, NULL) == 0 && guest_is_up(g))
		loop_turn(road.base, EVLOOP_ONCE);
	injector_free(road.in);
	backends_free(road.bs);
	guests_free(road.gs);
	journal_close(road.journal);
	event_base_free(road.base);
	snprintf(command, sizeof(command), "rm -r %s", road.dir);
	return system(command);
}

/* rq gets domain and request id, and is waited for. */
static inline struct outcome road_inject(struct inject_request rq)
{
	static struct outcome o;
	static int n;
	char id[16];

	snprintf(id, sizeof(id), "r%d", n++);
	rq.domain = "pc";
	rq.request_id = id;
	rq.tag = "";
	rq.params_digest = "d";
	rq.wait = true;
	memset(&o, 0, sizeof(o));
	injector_create(road.in, &rq, on_done, &o);
	for (int64_t end = patience_end_ns(); !o.n && clock_boot_ns() < end;)
		loop_turn(road.base, EVLOOP_ONCE);
	assert_int_equal(o.n, 1);
	return o;
}

/* The answer came at its time limit: what the row says when it has another state. */
static inline void road_leaves(struct outcome *o, enum inj_state state)
{
	struct ras_err err;

	for (int64_t end = patience_end_ns();
	     !o->err.code && o->row.outcome.state == state && clock_boot_ns() < end;) {
		loop_turn(road.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		assert_int_equal(journal_get(road.journal, &o->row.id, &o->row, &err), 0);
	}
}

/*
 * One that is not sent, or not final, within its time limit. On a slow machine that may be over
 * before the guest is known, or before the first try: then it gets more.
 */
static inline struct outcome road_briefly(struct inject_request rq)
{
	struct outcome o;

	do {
		o = road_inject(rq);
		road_leaves(&o, INJ_INTENT);
		rq.timeout_ms *= 2;
	} while (rq.timeout_ms < 2 * PATIENCE_MS &&
		 (o.err.code == RAS_E_NOT_READY ||
		  (o.row.outcome.state == INJ_REFUSED &&
		   strstr(o.row.outcome.detail, "its time was over"))));
	return o;
}

static inline struct guest *road_guest(void)
{
	struct guest *g;

	assert_int_equal(guests_find(road.gs, "pc", &g, NULL), 0);
	return g;
}

static inline void is_state(const struct outcome *o, enum inj_state state)
{
	if (o->err.code)
		fail_msg("%s", o->err.text);
	if (o->row.outcome.state != state)
		fail_msg("%s: %s", inj_state_name(o->row.outcome.state), o->row.outcome.detail);
}
