// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The virtual clock and loop: libevent's functions, lib/base/clock.c and lib/base/mailbox.c, as far
 * as the linked rooms use them.
 *
 * Events lie in one list by due time. Those of the same time run in an order that the seed draws,
 * as libevent promises none. A timer fires late by up to TIMER_LATE_NS. Code takes no virtual time.
 * Descriptors (inotify of the socket directories) are looked at before each step without waiting;
 * what is written to them is written by the world itself, so that is as deterministic as the rest.
 */
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mailbox.h"
#include "sim.h"

#define TIMER_LATE_NS (200 * SIM_US)
#define WALL_NS INT64_C(1796000000000000000)

struct event {
	struct event *next, **prev; /* in the list of due events; prev NULL: not in it */
	struct event *fd_next;
	int64_t due_ns;
	uint64_t order;
	struct event_base *base; /* NULL: the world's */
	int fd;
	short what, fired;
	event_callback_fn fn;
	void (*world_fn)(void *arg);
	void *arg;
	bool on_fd;
};

#define BOOTS 8

static struct {
	int64_t now_ns, wall_jump_ns;
	int64_t uptime_ns[BOOTS]; /* of each boot of the host: at virtual time 0 */
	unsigned int boot;
	struct event *due, *fds;
	size_t n_rasd_events;
} sim;

/* --- the loop --- */

void sim_begin_time(void)
{
	memset(&sim, 0, sizeof(sim));
	sim.uptime_ns[0] = SIM_UPTIME_NS;
}

int64_t sim_now(void)
{
	return sim.now_ns;
}

void sim_jump_wall_clock(int64_t ns)
{
	sim.wall_jump_ns += ns;
}

int64_t clock_boot_ns(void)
{
	return sim.uptime_ns[sim.boot] + sim.now_ns;
}

void clock_boot_id(char out[CLOCK_BOOT_ID_SIZE])
{
	snprintf(out, CLOCK_BOOT_ID_SIZE, "00000000-0000-4000-8000-%012u", sim.boot);
}

void sim_host_boots(void)
{
	if (sim.boot + 1 < BOOTS)
		sim.boot++;
	sim.uptime_ns[sim.boot] = SIM_S - sim.now_ns;
}

int64_t sim_time_of(const char *boot_id, int64_t boot_ns)
{
	unsigned long n = boot_id ? strtoul(boot_id + 24, NULL, 10) : 0;

	return boot_ns - sim.uptime_ns[n < BOOTS ? n : 0];
}

int64_t clock_mono_ns(void)
{
	return clock_boot_ns();
}

int64_t clock_real_ns(void)
{
	return WALL_NS + SIM_UPTIME_NS + sim.now_ns + sim.wall_jump_ns;
}

static void unlink_event(struct event *e)
{
	if (!e->prev)
		return;
	*e->prev = e->next;
	if (e->next)
		e->next->prev = e->prev;
	e->prev = NULL;
}

static void schedule(struct event *e, int64_t due_ns)
{
	struct event **at = &sim.due;

	unlink_event(e);
	e->due_ns = due_ns;
	e->order = sim_random();
	while (*at &&
	       ((*at)->due_ns < due_ns || ((*at)->due_ns == due_ns && (*at)->order < e->order)))
		at = &(*at)->next;
	e->next = *at;
	e->prev = at;
	if (e->next)
		e->next->prev = &e->next;
	*at = e;
}

void sim_after(int64_t delay_ns, void (*fn)(void *arg), void *arg)
{
	struct event *e = calloc(1, sizeof(*e));

	e->fd = -1;
	e->world_fn = fn;
	e->arg = arg;
	schedule(e, sim.now_ns + (delay_ns > 0 ? delay_ns : 0));
}

void sim_drop_events(void)
{
	for (struct event *e = sim.due, *next; e; e = next) {
		next = e->next;
		if (e->base)
			continue;
		unlink_event(e);
		free(e);
	}
}

size_t sim_rasd_events(void)
{
	return sim.n_rasd_events;
}

static void fire(struct event *e)
{
	event_callback_fn fn = e->fn;
	void (*world_fn)(void *arg) = e->world_fn;
	void *arg = e->arg;
	int fd = e->fd;
	short fired = e->fired;

	if (world_fn)
		free(e);
	if (world_fn)
		world_fn(arg);
	else if (sim_rasd_alive())
		fn(fd, fired, arg);
}

static bool step_fd(void)
{
	for (struct event *e = sim.fds; e; e = e->fd_next) {
		struct pollfd p = { .fd = e->fd, .events = POLLIN };

		if (poll(&p, 1, 0) > 0) {
			e->fired = EV_READ;
			fire(e);
			return true;
		}
	}
	return false;
}

bool sim_step(int64_t until_ns)
{
	struct event *e;

	if (sim_rasd_alive() && step_fd())
		return true;
	e = sim.due;
	if (!e || e->due_ns > until_ns) {
		if (sim.now_ns < until_ns)
			sim.now_ns = until_ns;
		return false;
	}
	if (sim.now_ns < e->due_ns)
		sim.now_ns = e->due_ns;
	unlink_event(e);
	fire(e);
	return true;
}

/* --- libevent --- */

struct event *event_new(struct event_base *base, evutil_socket_t fd, short what,
			event_callback_fn fn, void *arg)
{
	struct event *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->base = base;
	e->fd = fd;
	e->what = what;
	e->fn = fn;
	e->arg = arg;
	sim.n_rasd_events++;
	return e;
}

static int64_t late_ns(int64_t ns)
{
	return ns + (int64_t)sim_below((uint64_t)TIMER_LATE_NS);
}

int event_add(struct event *e, const struct timeval *tv)
{
	if (e->fd >= 0 && (e->what & EV_READ) && !e->on_fd) {
		struct event **at = &sim.fds;

		while (*at)
			at = &(*at)->fd_next;
		*at = e;
		e->fd_next = NULL;
		e->on_fd = true;
	}
	if (!tv)
		return 0;
	e->fired = EV_TIMEOUT;
	schedule(e, sim.now_ns + late_ns((int64_t)tv->tv_sec * SIM_S + tv->tv_usec * SIM_US));
	return 0;
}

int event_del(struct event *e)
{
	unlink_event(e);
	for (struct event **at = &sim.fds; e->on_fd && *at; at = &(*at)->fd_next)
		if (*at == e) {
			*at = e->fd_next;
			e->on_fd = false;
			break;
		}
	return 0;
}

void event_free(struct event *e)
{
	event_del(e);
	sim.n_rasd_events--;
	free(e);
}

void event_active(struct event *e, int res, short ncalls)
{
	(void)ncalls;
	e->fired = (short)res;
	schedule(e, sim.now_ns);
}

int event_pending(const struct event *e, short what, struct timeval *tv)
{
	(void)tv;
	return (e->prev ? what & EV_TIMEOUT : 0) | (e->on_fd ? what & EV_READ : 0);
}

int event_base_loopbreak(struct event_base *base)
{
	(void)base;
	sim_fail("a room ended the loop");
	return 0;
}

/* --- mailboxes: whoever puts something is this thread --- */

struct mailbox {
	struct event *ev;
	mailbox_fn fn;
	void *arg;
	struct mail *first, **last;
};

void mailbox_drain(struct mailbox *b)
{
	struct mail *m = b->first;

	b->first = NULL;
	b->last = &b->first;
	while (m) {
		struct mail *next = m->next;

		m->next = NULL;
		b->fn(b->arg, m);
		m = next;
	}
}

static void on_mail(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	mailbox_drain(arg);
}

int mailbox_new(struct mailbox **out, struct event_base *base, mailbox_fn fn, void *arg,
		struct ras_err *err)
{
	struct mailbox *b = calloc(1, sizeof(*b));

	(void)err;
	b->fn = fn;
	b->arg = arg;
	b->last = &b->first;
	b->ev = event_new(base, -1, 0, on_mail, b);
	*out = b;
	return 0;
}

void mailbox_put_quietly(struct mailbox *b, struct mail *m)
{
	m->next = NULL;
	*b->last = m;
	b->last = &m->next;
}

void mailbox_put(struct mailbox *b, struct mail *m)
{
	const struct timeval soon = { 0, 0 };

	mailbox_put_quietly(b, m);
	if (!b->ev || event_pending(b->ev, EV_TIMEOUT, NULL))
		return;
	event_add(b->ev, &soon);
}

void mailbox_free(struct mailbox *b)
{
	if (!b)
		return;
	mailbox_drain(b);
	event_free(b->ev);
	free(b);
}
