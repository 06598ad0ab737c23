// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stands in for daemon/pagemap/client.c and rasd-pagemap behind it.
 *
 * A call takes its time both ways. As the real one, the helper knows the HEST only of guests whose
 * HEST it was asked for in its life; it reads the block first and read-ack after it; a slot call
 * with a wait is answered at the acknowledgement, at its end, or when another call for that guest
 * comes. A search of the HEST takes a while and sees the memory of any moment in it.
 */
#include "helper.h"

#include <stdlib.h>
#include <string.h>

#include "pagemap/client.h"

#define CALL_TIMEOUT_NS (100 * SIM_MS)
#define HEST_TIMEOUT_NS (2500 * SIM_MS)
#define SEARCH_MAX_NS (50 * SIM_MS)

struct sim_helper_faults sim_helper;

struct helper_client {
	struct notify links;
	struct call *calls;
};

struct call {
	struct call *next;	      /* of the client, the newest first */
	struct helper_client *client; /* NULL: answered, or forgotten */
	helper_reply_fn fn;
	void *arg;
	enum helper_verb verb;
	pid_t pid;
	uint64_t start_time;
	uint32_t source_id;
	int64_t until_ns; /* the end of its wait */
	uint64_t helper;  /* the life of the helper that was asked */
	bool waiting, done, read_block;
	enum ras_code code;
	struct helper_reply rep;
};

static struct helper_client *the_client;
static bool down, closing;
static uint64_t life = 1;
static uint64_t known[SIM_GUESTS]; /* start time of the process whose HEST it has found */

static int64_t latency(void)
{
	return sim_between_log(5 * SIM_US, sim_helper.latency_max_ns);
}

static void unlink_call(struct call *c)
{
	for (struct call **at = &c->client->calls; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			break;
		}
	c->client = NULL;
}

static void finish(struct call *c, const struct helper_reply *rep, const struct ras_err *err)
{
	unlink_call(c);
	if (c->fn)
		c->fn(c->arg, rep, -1, err);
}

static void answered(void *arg)
{
	struct call *c = arg;
	struct ras_err err;

	if (!c->client || !sim_rasd_alive() || c->helper != life)
		return;
	if (c->code == RAS_OK) {
		finish(c, &c->rep, NULL);
		return;
	}
	ras_fail(&err, c->code, "simulated helper: %s", ras_err_reason(c->code));
	finish(c, &c->rep, &err);
}

static void answer(struct call *c, enum ras_code code)
{
	if (c->done)
		return;
	c->done = true;
	c->waiting = false;
	c->code = code;
	sim_after(latency(), answered, c);
}

/* --- the helper's work --- */

static struct sim_source *source_of(struct sim_guest *g, uint32_t id)
{
	for (unsigned int i = 0; i < g->n_sources; i++)
		if (g->mem.has_hest && g->mem.source[i].id == id)
			return &g->mem.source[i];
	return NULL;
}

static void read_ack(void *arg)
{
	struct call *c = arg;
	struct sim_guest *g = sim_guest_of(c->pid, c->start_time);
	struct sim_source *s = g ? source_of(g, c->source_id) : NULL;
	uint32_t status;

	if (c->done)
		return;
	if (!g || !s) {
		answer(c, g ? RAS_E_NOT_READY : RAS_E_GONE);
		return;
	}
	c->rep.read_ack = s->read_ack;
	if (sim_percent(sim_helper.lie)) {
		memset(c->rep.block, 0, sizeof(status));
		c->rep.read_ack = 1;
	}
	memcpy(&status, c->rep.block, sizeof(status));
	c->read_block = false;
	c->waiting = (status || !(s->read_ack & 1)) && sim_now() < c->until_ns;
	if (!c->waiting)
		answer(c, RAS_OK);
}

static void read_slot(struct call *c)
{
	struct sim_guest *g = sim_guest_of(c->pid, c->start_time);
	struct sim_source *s;

	if (c->done || c->read_block)
		return;
	if (!g) {
		answer(c, RAS_E_GONE);
		return;
	}
	if (sim_percent(sim_helper.forgets))
		known[g->index] = 0;
	if (known[g->index] != g->proc.start_time) {
		answer(c, RAS_E_NOT_FOUND);
		return;
	}
	s = source_of(g, c->source_id);
	if (!s) {
		answer(c, RAS_E_NOT_READY);
		return;
	}
	memcpy(c->rep.block, s->block, sizeof(s->block));
	c->rep.block_len_bytes = sizeof(s->block);
	c->rep.status_pointer = s->block_gpa;
	c->read_block = true;
	/* Between the two reads the guest goes on. */
	if (sim_percent(70))
		read_ack(c);
	else
		sim_after(sim_between_log(1000, 20 * SIM_US), read_ack, c);
}

static void wait_over(void *arg)
{
	struct call *c = arg;

	if (c->waiting)
		read_slot(c);
}

/* Calls that wait for this guest look again: it has acknowledged, or another call is here. */
static void look_again(pid_t pid, const struct call *but, bool end_wait)
{
	for (struct call *c = the_client ? the_client->calls : NULL; c; c = c->next)
		if (c != but && c->waiting && c->pid == pid) {
			if (end_wait)
				c->until_ns = 0;
			sim_after(sim_between_log(1000, 60 * SIM_US), wait_over, c);
		}
}

void sim_helper_acked(struct sim_guest *g)
{
	look_again(g->proc.pid, NULL, false);
}

static void see_tables(struct call *c)
{
	struct sim_guest *g = sim_guest_of(c->pid, c->start_time);

	c->rep.n_sources = 0;
	if (!g || !g->mem.has_hest)
		return;
	c->rep.hest_gpa = SIM_RAM_GPA + SIM_RAM_BYTES - 0x20000;
	for (unsigned int i = 0; i < g->n_sources; i++) {
		const struct sim_source *s = &g->mem.source[i];

		c->rep.source[c->rep.n_sources++] = (struct hest_source){
			.source_id = s->id,
			.notify_type = s->notify,
			.status_pointer_gpa = s->block_gpa - 0x800,
			.block_gpa = s->block_gpa,
			.read_ack_gpa = s->block_gpa - 0x400,
			.block_len_bytes = SIM_BLOCK,
		};
	}
}

static void search_over(void *arg)
{
	struct call *c = arg;
	struct sim_guest *g = sim_guest_of(c->pid, c->start_time);

	if (c->done)
		return;
	if (!g) {
		answer(c, RAS_E_GONE);
		return;
	}
	if (c->rep.n_sources == 0 || sim_percent(50))
		see_tables(c);
	if (c->rep.n_sources)
		known[g->index] = g->proc.start_time;
	answer(c, c->rep.n_sources ? RAS_OK : RAS_E_NOT_READY);
}

static void arrives(void *arg)
{
	struct call *c = arg;

	if (c->done || c->helper != life || !c->client)
		return;
	look_again(c->pid, c, true);
	if (sim_percent(sim_helper.busy)) {
		answer(c, RAS_E_BUSY);
		return;
	}
	if (c->verb == HELPER_HEST) {
		see_tables(c);
		sim_after(sim_between_log(300 * SIM_US, SEARCH_MAX_NS), search_over, c);
		return;
	}
	if (c->verb != HELPER_SLOT) {
		answer(c, RAS_E_HELPER);
		return;
	}
	if (c->until_ns)
		sim_after(c->until_ns - sim_now(), wait_over, c);
	read_slot(c);
}

/* --- the client --- */

static void too_late(void *arg)
{
	struct call *c = arg;
	struct ras_err err;

	if (!c->client || !sim_rasd_alive())
		return;
	c->done = true;
	ras_fail(&err, RAS_E_TIMEOUT, "rasd-pagemap has not answered in time");
	finish(c, NULL, &err);
}

static int call_helper(struct helper_client *h, enum helper_verb verb, pid_t pid,
		       uint64_t start_time, uint32_t source_id, uint32_t wait_us,
		       helper_reply_fn fn, void *arg, struct ras_err *err)
{
	struct call *c;

	if (down || closing)
		return ras_fail(err, RAS_E_HELPER, "rasd-pagemap has gone");
	sim_border("helper call");
	c = sim_alloc(sizeof(*c));
	*c = (struct call){ .next = h->calls,
			    .client = h,
			    .fn = fn,
			    .arg = arg,
			    .verb = verb,
			    .pid = pid,
			    .start_time = start_time,
			    .source_id = source_id,
			    .helper = life,
			    .until_ns = wait_us ? sim_now() + wait_us * SIM_US : 0 };
	h->calls = c;
	sim_after(verb == HELPER_HEST ? HEST_TIMEOUT_NS : CALL_TIMEOUT_NS, too_late, c);
	if (!sim_percent(sim_helper.mute))
		sim_after(latency(), arrives, c);
	return 0;
}

static void fail_all(struct helper_client *h)
{
	struct ras_err err;

	ras_fail(&err, RAS_E_HELPER, "rasd-pagemap has gone");
	while (h->calls) {
		h->calls->done = true;
		finish(h->calls, NULL, &err);
	}
}

void sim_helper_up(bool up)
{
	const struct helper_link link = { .up = up };

	if (up == !down)
		return;
	sim_trace("helper %s", up ? "is there again" : "has gone");
	down = !up;
	life++;
	memset(known, 0, sizeof(known));
	if (!the_client || !sim_rasd_alive())
		return;
	fail_all(the_client);
	notify_tell(&the_client->links, &link);
}

void sim_helper_hang_up(void)
{
	closing = true;
	if (the_client)
		fail_all(the_client);
	closing = false;
}

void sim_helper_clear(void)
{
	down = false;
	life = 1;
	memset(known, 0, sizeof(known));
}

int helper_client_connect(struct helper_client **out, struct event_base *base, const char *path,
			  const struct helper_waits *waits, struct ras_err *err)
{
	(void)base, (void)path, (void)waits, (void)err;
	the_client = calloc(1, sizeof(*the_client));
	*out = the_client;
	return 0;
}

void helper_client_subscribe(struct helper_client *c, struct notify_sub *sub, notify_fn fn,
			     void *arg)
{
	notify_add(&c->links, sub, fn, arg);
}

void helper_client_unsubscribe(struct helper_client *c, struct notify_sub *sub)
{
	if (c)
		notify_remove(&c->links, sub);
}

void helper_client_free(struct helper_client *c)
{
	if (!c)
		return;
	fail_all(c);
	the_client = NULL;
	free(c);
}

void helper_client_forget(struct helper_client *c, const void *arg)
{
	for (struct call *k = c ? c->calls : NULL; k; k = k->next)
		if (k->arg == arg)
			k->fn = NULL;
}

bool helper_client_alive(const struct helper_client *c)
{
	(void)c;
	return !down;
}

const char *helper_client_why(const struct helper_client *c)
{
	(void)c;
	return "rasd-pagemap has gone";
}

int helper_hest(struct helper_client *c, pid_t pid, uint64_t start_time,
		const struct ram_section *sections, size_t n, helper_reply_fn fn, void *arg,
		struct ras_err *err)
{
	if (n != 1 || sections[0].gpa != SIM_RAM_GPA)
		sim_fail("rasd asks for a HEST in %zu sections from 0x%llx", n,
			 n ? (unsigned long long)sections[0].gpa : 0);
	return call_helper(c, HELPER_HEST, pid, start_time, 0, 0, fn, arg, err);
}

int helper_slot(struct helper_client *c, pid_t pid, uint64_t start_time, uint32_t source_id,
		uint32_t wait_us, helper_reply_fn fn, void *arg, struct ras_err *err)
{
	return call_helper(c, HELPER_SLOT, pid, start_time, source_id, wait_us, fn, arg, err);
}

int helper_pagemap(struct helper_client *c, pid_t pid, uint64_t start_time, helper_reply_fn fn,
		   void *arg, struct ras_err *err)
{
	return call_helper(c, HELPER_PAGEMAP, pid, start_time, 0, 0, fn, arg, err);
}

/* No simulated guest is provisioned: sim-page (backends.c) plays a page. */
int helper_shm_mapped(struct helper_client *c, const struct uuid *uuid, pid_t pid,
		      uint64_t start_time, const struct ram_section *at, helper_reply_fn fn,
		      void *arg, struct ras_err *err)
{
	(void)c, (void)uuid, (void)pid, (void)start_time, (void)at, (void)fn, (void)arg;
	return ras_fail(err, RAS_E_NOT_FOUND, "there is no page");
}

int helper_kpage(struct helper_client *c, enum helper_kpage which, helper_reply_fn fn, void *arg,
		 struct ras_err *err)
{
	return call_helper(c, HELPER_KPAGE, 0, 0, which, 0, fn, arg, err);
}
