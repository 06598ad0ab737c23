// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A guest's monitor connection, by whichever transport, and what becomes of a guest.
 *
 * The way is chosen at each connect: QEMU's own socket where there is one, else libvirt. A guest
 * whose monitor closes is retried with back-off while there is a way. Everything known of a guest
 * dies with its connection, as the next one may be another process; if it turns out to be the same,
 * RESETs may have been missed: the status block tells (backend/hest.c).
 *
 * A socket that nobody serves does not keep a domain from being reached through libvirt. But once a
 * socket was used with a QEMU it stays the way to that QEMU. The fence behind a lost reply is worth
 * nothing on another monitor, so who needs one says by which (guest_connect_by()); that way is kept
 * until it is lost, or until that one needs it no more and says so (guest_connect_as_preferred()).
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/process.h"
#include "guests/guest.h"
#include "libvirt/monitor.h"

#define GREETING_MS 3000
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 10000

/*
 * Forget all that belongs to one process of the guest, but for what tells whether the next is the
 * same.
 */
static void forget(struct guest *g)
{
	guest_layout_drop(g);
	if (g->life.pid > 0 && g->life.start_time) /* probed: what is known of it is whole */
		g->life.before = (struct guest_process){ .pid = g->life.pid,
							 .start_time = g->life.start_time,
							 .reset_count = g->life.reset_count };
	g->life.pid = -1;
	g->life.start_time = 0;
	g->life.reset_count = 0;
	g->machine.arch[0] = g->machine.type[0] = g->machine.confidential[0] = '\0';
	g->machine.version = 0;
	g->machine.has_inject = g->machine.unstable_rejected = false;
	g->machine.ras = -1;
	g->ram.known = false;
	free(TAKE(g->ram.section));
	g->ram.n = 0;
	g->ask.outstanding = 0;
}

static void schedule_retry(struct guest *g)
{
	struct timeval tv = { g->link.backoff_ms / 1000, g->link.backoff_ms % 1000 * 1000 };

	if (!g->link.socket_present && g->dom.managed && libvirt_way(g, NULL) < 0)
		return;
	evtimer_add(g->link.retry, &tv);
	g->link.backoff_ms =
		g->link.backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : g->link.backoff_ms * 2;
}

void guest_connect_soon(struct guest *g)
{
	const struct timeval soon = { 0, 1000 };

	g->link.backoff_ms = BACKOFF_MIN_MS;
	g->link.socket_unserved = false;
	if (g->link.state == LINK_DOWN) {
		evtimer_add(g->link.retry, &soon);
		g->link.due = true;
	}
}

bool guest_is_connecting(const struct guest *g)
{
	if (libvirt_stuck_ns(g))
		return false;
	return g->link.state == LINK_DOWN ? g->link.due : g->link.state != LINK_UP;
}

void guest_link_down(struct guest *g, const struct ras_err *err)
{
	bool was_up = g->link.state == LINK_UP || g->link.state == LINK_PROBING;
	bool bound = g->link.socket_of > 0 && g->link.socket_of == g->life.before.pid &&
		     process_alive(g->life.before.pid, g->life.before.start_time);
	struct monitor *m = TAKE(g->link.mon);

	g->link.socket_refused = g->link.by_socket && !was_up && err->code == RAS_E_GONE;
	if (g->link.by_socket && !was_up && !bound &&
	    (g->link.want != WAY_SOCKET || g->link.socket_refused))
		g->link.socket_unserved = true;
	g->link.state = LINK_DOWN;
	g->link.due = false;
	g->link.down = *err;
	if (m)
		m->ops->close(m);
	if (was_up) {
		log_info("guest %s: monitor lost: %s", g->name, err->text);
		guests_tell(g, GUEST_GONE);
	}
	forget(g);
	guest_know_fail(g, err);
	guests_seek_again(g->gs);
	schedule_retry(g);
}

static void on_closed(void *arg, const struct ras_err *err)
{
	guest_link_down(arg, err);
}

static void on_ready(void *arg)
{
	struct guest *g = arg;

	g->link.state = LINK_PROBING;
	g->life.n_resumes++; /* unseen since the last connection */
	g->life.n_links++;
	if (!g->link.mon->ops->peer(g->link.mon, &g->life.pid, &g->life.uid))
		g->life.pid = -1; /* the probe asks */
	guest_probe(g);
}

/*
 * The same process as before the connection was lost: keep its count of RESETs, and look for one
 * that was missed.
 */
static void resume_process(struct guest *g)
{
	if (g->life.before.pid != g->life.pid || g->life.before.start_time != g->life.start_time) {
		g->life.gone_ns = 0;
		g->dom.ended = g->dom.moved = false;
		return;
	}
	g->life.reset_count = g->life.before.reset_count;
}

void guest_probe_done(struct guest *g, const char *why)
{
	if (g->link.state != LINK_PROBING)
		return; /* the monitor went meanwhile */
	if (why) {
		struct ras_err err;

		ras_fail(&err, RAS_E_MONITOR, "%s", why);
		guest_link_down(g, &err);
		return;
	}
	g->link.state = LINK_UP;
	g->link.backoff_ms = BACKOFF_MIN_MS;
	g->link.want = WAY_ANY;
	if (g->link.by_socket)
		g->link.socket_of = g->life.pid;
	resume_process(g);
	log_info("guest %s: pid %d, %s, QEMU %d.%d, ras=%s, %s, by %s", g->name, (int)g->life.pid,
		 g->machine.arch, g->machine.version / 10000, g->machine.version / 100 % 100,
		 g->machine.ras > 0  ? "on" :
		 g->machine.ras == 0 ? "off" :
				       "none",
		 run_state_name(g->life.state), g->link.mon->ops->name);
	guests_tell(g, GUEST_UP);
	guest_know_next(g);
	guests_seek_again(g->gs);
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

static enum guest_way way_of(const char *monitor)
{
	return strcmp(monitor, monitor_libvirt_ops.name) == 0 ? WAY_LIBVIRT : WAY_SOCKET;
}

int guest_has_monitor(const struct guest *g, const char *monitor, struct ras_err *err)
{
	if (way_of(monitor) == WAY_LIBVIRT)
		return libvirt_way_back(g, err);
	if (!g->link.socket_present || g->link.socket_refused)
		return ras_fail(err, RAS_E_NOT_FOUND, "it has no monitor socket any more");
	return 0;
}

int guest_connect_by(struct guest *g, const char *monitor, struct ras_err *err)
{
	enum guest_way way = way_of(monitor);
	bool anew = g->link.want != way;
	struct ras_err why;
	int r = guest_has_monitor(g, monitor, err);

	if (r < 0) {
		g->link.want = WAY_ANY;
		return r;
	}
	g->link.want = way;
	if (g->link.state == LINK_DOWN && anew) {
		guest_connect_soon(g);
	} else if (g->link.state != LINK_DOWN && g->link.by_socket != (way == WAY_SOCKET)) {
		ras_fail(&why, RAS_E_BUSY,
			 "it has to be reached by %s first: something was sent that way", monitor);
		guest_link_down(g, &why);
	}
	return 0;
}

bool guest_connect_as_preferred(struct guest *g)
{
	struct ras_err why;

	if (!g->link.detour || !g->link.socket_present)
		return true;
	if (g->link.state == LINK_DOWN) {
		g->link.want = WAY_ANY;
		return true;
	}
	if (g->link.state != LINK_UP || g->ask.waiters || guest_layout_busy(g))
		return false;
	ras_fail(&why, RAS_E_BUSY,
		 "back to its own socket: nothing that was sent by libvirt is undecided");
	guest_link_down(g, &why);
	g->link.socket_unserved = false;
	guest_connect(g);
	return true;
}

bool guest_is_up(const struct guest *g)
{
	return g->link.state == LINK_UP;
}

bool guest_may_run(const struct guest *g)
{
	return g->link.state != LINK_DOWN || g->link.socket_present || !g->dom.managed ||
	       g->dom.id >= 0;
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
		g->link.want = WAY_ANY; /* another QEMU was sent nothing */
	g->link.by_socket = g->link.want == WAY_SOCKET ||
			    (g->link.want != WAY_LIBVIRT && g->link.socket_present &&
			     (!g->link.socket_unserved || libvirt_way(g, NULL) < 0));
	g->link.detour = g->link.want == WAY_LIBVIRT && g->link.socket_present;
	if (g->link.by_socket) {
		r = qmp_open(&q, guests_base(g->gs), g->link.path, GREETING_MS, &by_socket, g,
			     &err);
		if (r == 0)
			g->link.mon = qmp_monitor(q);
	} else {
		r = libvirt_open(g, &by_libvirt, &err);
	}
	if (r < 0) {
		guest_link_down(g, &err);
		return;
	}
	g->link.state = LINK_CONNECTING;
}

/* --- what happened to it --- */

void guest_was_reset(struct guest *g)
{
	guests_tell(g, GUEST_RESET);
	g->life.reset_count++;
	guest_layout_void(g);
}

void guest_missed_reset(struct guest *g)
{
	log_info("guest %s: it was reset while there was no monitor", g->name);
	g->life.reset_count++;
}

void guest_was_stopped(struct guest *g, enum run_state state, enum guest_event ev)
{
	g->life.state = state;
	guests_tell(g, ev);
}

void guest_was_moved(struct guest *g, const char *how)
{
	if (g->dom.moved)
		return;
	g->dom.moved = true;
	snprintf(g->dom.moved_how, sizeof(g->dom.moved_how), "%s", how);
	log_info("guest %s: %s", g->name, how);
	guests_tell(g, GUEST_MOVED);
}

void guest_resumed(struct guest *g, bool new_memory)
{
	g->life.n_resumes++;
	g->life.state = RUN_STATE_RUNNING;
	g->dom.moved = g->dom.ended = false;
	if (!new_memory)
		return;
	/* What runs now came with its memory from elsewhere: nothing found before counts. */
	g->life.reset_count++;
	g->life.n_memories++;
	guest_layout_void(g);
}

void guest_layout_void(struct guest *g)
{
	g->ram.known = false;
	g->ram.generation++;
}

void guest_memory_failed(struct guest *g, const char *recipient, const char *action,
			 bool action_required, bool recursive)
{
	g->life.n_memory_failures++;
	snprintf(g->life.memory_failure, sizeof(g->life.memory_failure),
		 "recipient %s, action %s%s%s", recipient, action,
		 action_required ? ", action required" : "", recursive ? ", recursive" : "");
	log_warn("guest %s: MEMORY_FAILURE: %s", g->name, g->life.memory_failure);
}
