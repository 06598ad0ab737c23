// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A guest's monitor connection: which monitor, when, and what follows from its loss.
 *
 * The monitor is chosen at each connect: QEMU's own socket where there is one, else libvirt. A
 * socket that nobody serves does not keep a domain from being reached through libvirt. But the QEMU
 * that was once reached by its socket is reached by it as long as it lives.
 *
 * The exception is the fence. After a lost reply only an answer on a new connection of the same
 * monitor proves that what was sent before is done; another monitor's answer proves nothing about
 * the first one's queue. So whoever needs a fence says by which monitor (guest_connect_by()), and
 * when nothing is undecided any more gives it back (guest_connect_as_preferred()).
 *
 * A lost connection is tried again with back-off. It begins again only after a connection that
 * lasted: a QEMU may answer the first questions and break a budget then, for ever. Everything
 * known of a guest is forgotten with its connection, as the next one may lead to another process
 * (life.c).
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "guests/guest.h"
#include "guests/manager.h"

#define GREETING_MS 3000
#define SOON_US 1000
#define LASTED_NS (10 * INT64_C(1000000000)) /* the longest delay of the back-off */
/* A socket that is made, bound, given its mode and its group is four changes. */
#define HURRY_NS INT64_C(1000000000)
#define HURRY_BURST 8

/* Forget all that belongs to one process of the guest. */
static void forget(struct guest *g)
{
	guest_layout_forget(g);
	guest_life_forget(g);
	guest_machine_forget(g);
}

static void schedule_retry(struct guest *g)
{
	int64_t us;
	struct timeval tv;

	if (!guest_has_socket(g) && !guest_has_several_sockets(g) && guest_is_managed(g) &&
	    manager_can_open(g, NULL) < 0) {
		g->link.due = false; /* nothing to connect to: nobody may wait for it */
		return;
	}
	us = g->link.due ? SOON_US : backoff_next_us(&g->link.backoff);
	tv = (struct timeval){ us / 1000000, us % 1000000 };
	evtimer_add(g->link.retry, &tv);
}

bool guest_is_other(const struct guest *g, struct ras_err *err)
{
	bool other = g->link.state != LINK_UP && g->link.down.code == RAS_E_OTHER_GUEST;

	if (other && err)
		*err = g->link.down;
	return other;
}

void guest_connect_soon(struct guest *g)
{
	const struct timeval soon = { 0, SOON_US }, later = { HURRY_NS / 1000000000, 0 };
	bool now = limit_take(&g->link.hurries, clock_boot_ns(), HURRY_NS, HURRY_BURST);

	if (now)
		backoff_reset(&g->link.backoff);
	if (guest_is_other(g, NULL))
		ras_fail(&g->link.down, RAS_E_GONE, "not connected yet");
	if (g->link.state == LINK_DOWN || g->link.socket != SOCKET_OTHER)
		guest_socket_review(g);
	if (g->link.state != LINK_DOWN) {
		/* The end of the old connection may be noticed after the change that caused it. */
		g->link.due |= now;
	} else if (now || !event_pending(g->link.retry, EV_TIMEOUT, NULL)) {
		evtimer_add(g->link.retry, now ? &soon : &later);
		g->link.due = true;
	}
}

bool guest_is_connecting(const struct guest *g)
{
	if (manager_stuck_ns(g))
		return false;
	/* Its socket is another's; whether it is a domain of libvirt is not known yet. */
	if (g->link.socket == SOCKET_OTHER && !guest_is_managed(g) && guests_discovering(g->gs))
		return true;
	/* It is only asked whether it is still another one. */
	if (guest_is_other(g, NULL))
		return false;
	return g->link.state == LINK_DOWN ? g->link.due : g->link.state != LINK_UP;
}

/* The QEMU that this guest had, which still runs, was reached by the socket. */
static bool is_bound_to_socket(const struct guest *g)
{
	return g->link.socket_of > 0 && g->link.socket_of == g->life.before.pid &&
	       process_alive(g->life.before.pid, g->life.before.start_time);
}

/* What the end of a connection, or of an attempt, says of the socket. */
static void judge_socket(struct guest *g, bool was_up, const struct ras_err *err)
{
	if (!guest_has_socket(g) || err->code == RAS_E_OTHER_GUEST)
		return;
	if (guest_by_socket(g) && !was_up && err->code == RAS_E_GONE)
		g->link.socket = SOCKET_REFUSED;
	else if (guest_by_socket(g) && !was_up && g->link.want != MONITOR_SOCKET)
		g->link.socket = SOCKET_UNSERVED;
	else if (g->link.socket == SOCKET_REFUSED)
		g->link.socket = SOCKET_UNSERVED;
}

void guest_link_down(struct guest *g, const struct ras_err *err)
{
	bool was_up = g->link.state == LINK_UP ||
		      (g->link.state == LINK_PROBING && err->code != RAS_E_OTHER_GUEST);
	bool was_other = guest_is_other(g, NULL);
	struct monitor *m = TAKE(g->link.mon);

	if (g->link.state == LINK_UP && clock_boot_ns() - g->link.up_ns > LASTED_NS)
		backoff_reset(&g->link.backoff);
	judge_socket(g, was_up, err);
	guest_layout_forget(g); /* its replies are about to be answered as lost */
	g->link.state = LINK_DOWN;
	if (g->link.due && guest_has_socket(g))
		g->link.socket = SOCKET_THERE;
	/* Who was refused does not answer just now: that is no other reason. */
	if (err->code == RAS_E_OTHER_GUEST || !was_other ||
	    !process_alive(g->id.of.pid, g->id.of.start_time))
		g->link.down = *err;
	if (m)
		m->ops->close(m);
	if (was_up) {
		if (err->code != RAS_E_OTHER_GUEST)
			log_limited(g->link.manager_lost ? LOG_DEBUG : LOG_INFO, g->name,
				    "guest %s: monitor lost: %s", g->name, err->text);
		guests_tell(g, GUEST_GONE);
	}
	forget(g);
	guest_know_fail(g, err);
	guests_seek_again(g->gs);
	schedule_retry(g);
}

void guest_link_refuse(struct guest *g, const struct ras_err *err)
{
	const struct timeval soon = { 0, 1000 };
	bool again = g->link.down.code == err->code && strcmp(g->link.down.text, err->text) == 0;

	if (!again && g->link.socket != SOCKET_OTHER)
		log_warn("guest %s", err->text); /* which begins with its name */
	/* A process that was never this guest's is not remembered as its last one. */
	if (g->link.state != LINK_UP)
		g->life.pid = -1;
	guest_link_down(g, err);
	guests_tell(g, GUEST_OTHER);
	if (g->link.socket == SOCKET_OTHER && guest_is_managed(g)) {
		evtimer_add(g->link.retry, &soon); /* by libvirt */
		g->link.due = true;
	}
}

static void on_closed(void *arg, const struct ras_err *err)
{
	guest_link_down(arg, err);
}

static void on_ready(void *arg)
{
	struct guest *g = arg;
	struct ras_err err;

	g->link.state = LINK_PROBING;
	g->life.n_resumes++; /* unseen since the last connection */
	if (g->life.n_links++)
		monitor_count_again();
	if (!g->link.mon->ops->peer(g->link.mon, &g->life.pid, &g->life.uid))
		g->life.pid = -1; /* the probe asks */
	if (guest_by_socket(g) && identity_check_socket(g, &err) < 0) {
		guest_socket_is_other(g, err.text);
		guest_link_refuse(g, &err);
		return;
	}
	guest_probe(g);
}

#define FACTS_SIZE 80

/* For the log: ", NAME=on". */
static void add_fact(void *arg, const char *name, enum guest_fact fact)
{
	static const char *const word[] = {
		[FACT_NONE] = "none", [FACT_OFF] = "off", [FACT_ON] = "on"
	};
	char *text = arg;
	size_t len = strlen(text);

	snprintf(text + len, FACTS_SIZE - len, ", %s=%s", name, word[fact]);
}

void guest_probe_done(struct guest *g, const char *why)
{
	char facts[FACTS_SIZE] = "";
	struct ras_err err;
	bool same;

	if (g->link.state != LINK_PROBING)
		return; /* the monitor went meanwhile */
	if (!why && identity_take(g, &err) < 0) {
		if (err.code == RAS_E_OTHER_GUEST)
			guest_link_refuse(g, &err);
		else
			guest_link_down(g, &err);
		identity_changed(g);
		return;
	}
	if (why) {
		ras_fail(&err, RAS_E_MONITOR, "%s", why);
		guest_link_down(g, &err);
		return;
	}
	g->link.state = LINK_UP;
	g->link.up_ns = clock_boot_ns();
	g->link.want = MONITOR_PREFERRED;
	if (guest_by_socket(g)) {
		g->link.socket_of = g->life.pid;
		guest_socket_review(g);
	}
	guest_life_begins(g);
	guest_each_shown(g, add_fact, facts);
	same = g->link.manager_lost && !guest_by_socket(g) && g->life.pid == g->life.before.pid;
	g->link.manager_lost = false;
	log_limited(same ? LOG_DEBUG : LOG_INFO, g->name,
		    "guest %s: pid %d, %s, QEMU %d.%d%s, %s, by %s", g->name, (int)g->life.pid,
		    g->machine.arch, g->machine.version / 10000, g->machine.version / 100 % 100,
		    facts, run_state_name(g->life.state), g->link.mon->ops->name);
	guests_tell(g, GUEST_UP);
	guest_know_next(g);
	guests_seek_again(g->gs);
	identity_changed(g);
}

void guest_reconnect(struct guest *g)
{
	struct ras_err err;

	ras_fail(&err, RAS_E_TIMEOUT, "the monitor did not answer in time");
	if (g->link.state != LINK_DOWN)
		guest_link_down(g, &err);
}

const char *guest_monitor_name(const struct guest *g)
{
	return g->link.mon ? g->link.mon->ops->name : "";
}

static enum monitor_choice choice_of(const char *monitor)
{
	return strcmp(monitor, qmp_monitor_ops.name) == 0 ? MONITOR_SOCKET : MONITOR_LIBVIRT;
}

int guest_has_monitor(const struct guest *g, const char *monitor, struct ras_err *err)
{
	if (choice_of(monitor) == MONITOR_LIBVIRT)
		return manager_has_monitor(g, err);
	if (!guest_has_socket(g) || g->link.socket == SOCKET_REFUSED)
		return ras_fail(err, RAS_E_NOT_FOUND, "it has no monitor socket any more");
	return 0;
}

int guest_connect_by(struct guest *g, const char *monitor, struct ras_err *err)
{
	enum monitor_choice choice = choice_of(monitor);
	bool newly = g->link.want != choice;
	struct ras_err why;
	int r = guest_has_monitor(g, monitor, err);

	if (r < 0) {
		g->link.want = MONITOR_PREFERRED;
		return r;
	}
	g->link.want = choice;
	if (g->link.state == LINK_DOWN && newly) {
		guest_connect_soon(g);
	} else if (g->link.state != LINK_DOWN && guest_by_socket(g) != (choice == MONITOR_SOCKET)) {
		ras_fail(&why, RAS_E_BUSY,
			 "it has to be reached by %s first: something was sent there", monitor);
		guest_link_down(g, &why);
	}
	return 0;
}

bool guest_connect_as_preferred(struct guest *g)
{
	struct ras_err why;

	if (g->link.by != MONITOR_FENCE || !guest_has_socket(g))
		return true;
	if (g->link.state == LINK_DOWN) {
		g->link.want = MONITOR_PREFERRED;
		return true;
	}
	if (g->link.state != LINK_UP || g->ask.waiters || g->ram.asking)
		return false;
	ras_fail(&why, RAS_E_BUSY,
		 "back to its own socket: nothing that was sent by libvirt is undecided");
	guest_link_down(g, &why);
	g->link.socket = SOCKET_THERE;
	guest_connect(g);
	return true;
}

bool guest_is_up(const struct guest *g)
{
	return g->link.state == LINK_UP;
}

bool guest_may_run(const struct guest *g)
{
	return g->link.state != LINK_DOWN || g->link.socket != SOCKET_NONE ||
	       !guest_is_managed(g) || g->dom.id >= 0;
}

static enum monitor_choice choose(const struct guest *g)
{
	if (g->link.want == MONITOR_SOCKET)
		return MONITOR_SOCKET;
	if (g->link.want == MONITOR_LIBVIRT)
		return guest_has_socket(g) ? MONITOR_FENCE : MONITOR_LIBVIRT;
	if (!guest_has_socket(g))
		return MONITOR_LIBVIRT;
	if (g->link.socket == SOCKET_THERE || is_bound_to_socket(g) ||
	    manager_can_open(g, NULL) < 0)
		return MONITOR_SOCKET;
	return MONITOR_LIBVIRT;
}

void guest_connect(struct guest *g)
{
	static const struct monitor_callbacks by_socket = { .event = guest_qmp_event,
							    .ready = on_ready,
							    .closed = on_closed };
	static const struct monitor_callbacks by_libvirt = { .ready = on_ready,
							     .closed = on_closed };
	struct ras_err err;
	struct qmp *q;
	int r;

	if (g->link.state != LINK_DOWN)
		return;
	event_del(g->link.retry);
	g->link.due = false;
	forget(g);
	if (!process_alive(g->life.before.pid, g->life.before.start_time))
		g->link.want = MONITOR_PREFERRED; /* another QEMU was sent nothing */
	if (guest_has_several_sockets(g))
		guest_socket_review(g);
	g->link.by = choose(g);
	if (g->link.socket == SOCKET_OTHER && !guest_is_managed(g)) {
		r = ras_fail(&err, RAS_E_OTHER_GUEST, "%s", g->link.socket_why);
	} else if (guest_by_socket(g)) {
		r = qmp_open(&q, guests_base(g->gs), g->link.path, GREETING_MS, &by_socket, g,
			     &err);
		if (r == 0)
			g->link.mon = qmp_monitor(q);
	} else {
		r = manager_open(g, &by_libvirt, &err);
	}
	if (r < 0) {
		guest_link_down(g, &err);
		return;
	}
	g->link.state = LINK_CONNECTING;
}
