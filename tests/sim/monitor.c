// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stands in for lib/qmp/qmp.c: the client that rasd sees, and the wire to QEMU with its faults.
 *
 * Both directions keep their order. QEMU serves one client at a time and works off its commands one
 * by one; while it hangs nothing moves. What a client has sent and left behind is executed or
 * dropped before QEMU greets the next client, as the seed says: that is what a fence relies on.
 * Connections belong to the world and live until the run ends, so a late message finds nobody.
 */
#include "monitor.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "oracle.h"
#include "qmp/job.h"
#include "qmp/qmp.h"

#define QUEUE_MAX 64

struct sim_wire_faults sim_wire;

/* rasd's end */
struct command {
	struct command *next;
	uint64_t id;
	bool sent;
	qmp_reply_fn fn;
	void *arg;
};

struct qmp {
	struct monitor mon; /* first: the two are one object */
	struct monitor_callbacks cb;
	void *arg;
	struct sim_conn *conn;
	bool ready, dead, closed;
	int depth;
	size_t n_pending;
	struct command *pending, **last;
	struct qmp_job job;
	pid_t pid;
};

/* QEMU's end */
struct request {
	struct request *next;
	uint64_t id;
	char name[QMP_COMMAND_MAX + 1];
	json_object *args;
};

struct message {
	struct message *next;
	enum { MSG_GREETING, MSG_REPLY, MSG_EVENT, MSG_END } kind;
	uint64_t id;
	char name[40], error[160];
	json_object *body;
};

struct sim_conn {
	struct sim_conn *next, *all_next;
	struct sim_guest *guest;
	struct qmp *client; /* NULL: rasd has closed it */
	bool greeted, over;
	uint64_t next_id;
	struct request *in, **in_last;
	struct message *out, **out_last;
	int64_t in_ns, out_ns; /* the last arrival: later ones come after it */
};

static struct sim_conn *all_conns;

static void pump_soon(struct sim_guest *g);
static void deliver(void *arg);

static int64_t latency(void)
{
	return sim_between_log(5 * SIM_US, sim_wire.latency_max_ns);
}

/* --- the client --- */

static void release(struct qmp *q)
{
	if (--q->depth == 0 && q->closed)
		free(q);
}

static void answer(struct qmp *q, struct command *c, enum qmp_outcome o, json_object *ret,
		   const struct ras_err *err)
{
	struct command **at = &q->pending;
	qmp_reply_fn fn = c->fn;
	void *arg = c->arg;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	if (q->last == &c->next)
		q->last = at;
	q->n_pending--;
	free(c);
	if (fn)
		fn(arg, o, ret, err);
}

static void answer_all(struct qmp *q, const struct ras_err *why)
{
	while (q->pending)
		answer(q, q->pending, q->pending->sent ? QMP_UNKNOWN : QMP_NOT_SENT, NULL, why);
}

static void die(struct qmp *q, const struct ras_err *why)
{
	struct ras_err err = *why;

	if (q->dead)
		return;
	q->depth++;
	q->dead = true;
	if (q->conn) {
		q->conn->client = NULL;
		pump_soon(q->conn->guest);
	}
	answer_all(q, &err);
	if (!q->closed && q->cb.closed)
		q->cb.closed(q->arg, &err);
	release(q);
}

void qmp_lost(struct qmp *q, const struct ras_err *why)
{
	die(q, why);
}

void qmp_close(struct qmp *q)
{
	struct ras_err why;

	if (!q || q->closed)
		return;
	q->depth++;
	q->closed = q->dead = true;
	if (q->conn) {
		q->conn->client = NULL;
		pump_soon(q->conn->guest);
	}
	ras_fail(&why, RAS_E_GONE, "the connection to the monitor was closed");
	answer_all(q, &why);
	release(q);
}

struct patience {
	struct sim_conn *conn;
	uint64_t id; /* 0: the greeting */
};

static void out_of_patience(void *arg)
{
	struct patience *p = arg;
	struct qmp *q = p->conn->client;
	struct ras_err err;
	uint64_t id = p->id;

	sim_release(p);
	if (!q || !sim_rasd_alive() || q->dead)
		return;
	q->depth++;
	if (id == 0 && !q->ready) {
		ras_fail(&err, RAS_E_TIMEOUT, "no greeting from the monitor in time");
		die(q, &err);
	}
	for (struct command *c = id ? q->pending : NULL; c; c = c->next)
		if (c->id == id) {
			sim_trace("%s: rasd gives up on command %llu", q->conn->guest->name,
				  (unsigned long long)id);
			ras_fail(&err, RAS_E_TIMEOUT, "no reply from QEMU in time");
			answer(q, c, QMP_UNKNOWN, NULL, &err);
			break;
		}
	release(q);
}

static void be_patient(struct sim_conn *c, uint64_t id, int timeout_ms)
{
	struct patience *p = sim_alloc(sizeof(*p));

	p->conn = c;
	p->id = id;
	sim_after(timeout_ms * SIM_MS, out_of_patience, p);
}

/* The bytes of all that waits leave rasd. */
static void leave(struct sim_conn *conn)
{
	struct qmp *q = conn->client;

	for (struct command *c = q ? q->pending : NULL; c; c = c->next)
		c->sent = true;
	pump_soon(conn->guest);
}

static void leave_late(void *arg)
{
	struct sim_conn *conn = arg;

	if (conn->client && !conn->client->dead && sim_rasd_alive())
		leave(conn);
}

/* Whether another command that injects waits for this QEMU, on any connection. */
static bool record_on_its_way(const struct sim_guest *g, const struct request *but)
{
	for (const struct sim_conn *c = g->conns; c; c = c->next)
		for (const struct request *r = c->in; r && !c->over; r = r->next)
			if (r != but && strcmp(r->name, "inject-ghes-v2-error") == 0)
				return true;
	return false;
}

static int enqueue(struct qmp *q, const char *command, json_object *args, int timeout_ms,
		   qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	bool inject = strcmp(command, "inject-ghes-v2-error") == 0, blocked = false;
	struct sim_conn *conn = q->conn;
	struct command *c;
	struct request *r;

	if (q->n_pending >= QUEUE_MAX)
		return ras_fail(err, RAS_E_BUSY, "%d monitor commands are outstanding", QUEUE_MAX);
	for (c = q->pending; c; c = c->next)
		blocked |= !c->sent;
	sim_border("monitor command");
	c = calloc(1, sizeof(*c));
	c->id = ++conn->next_id;
	c->fn = fn;
	c->arg = arg;
	*q->last = c;
	q->last = &c->next;
	q->n_pending++;
	if (timeout_ms > 0)
		be_patient(conn, c->id, timeout_ms);
	if (!sim_rasd_alive())
		return 0;
	if (conn->over) {
		c->sent = sim_percent(50);
		return 0;
	}
	r = sim_alloc(sizeof(*r));
	r->id = c->id;
	strncpy(r->name, command, sizeof(r->name) - 1);
	r->args = json_object_get(args);
	*conn->in_last = r;
	conn->in_last = &r->next;
	if (inject) {
		sim_trace("%s: rasd sends a record", conn->guest->name);
		oracle_send(conn->guest->name, record_on_its_way(conn->guest, r));
	}
	if (blocked || (inject && sim_percent(sim_wire.slow_send))) {
		if (!blocked)
			sim_after(sim_between_log(SIM_MS, 300 * SIM_MS), leave_late, conn);
	} else {
		leave(conn);
	}
	sim_border("monitor command sent");
	return 0;
}

int qmp_exec(struct qmp *q, const char *command, json_object *args, int timeout_ms, qmp_reply_fn fn,
	     void *arg, struct ras_err *err)
{
	_json_ json_object *owned = args;

	if (q->dead || !q->ready)
		return ras_fail(err, RAS_E_GONE, "the monitor is not connected");
	return enqueue(q, command, owned, timeout_ms, fn, arg, err);
}

int qmp_open(struct qmp **out, struct event_base *base, const char *path, int greeting_ms,
	     const struct monitor_callbacks *cb, void *arg, struct ras_err *err)
{
	struct sim_guest *g = NULL;
	struct sim_conn *c, **at;
	struct qmp *q;
	size_t n = 0;

	(void)base;
	for (unsigned int i = 0; i < sim_n_guests; i++)
		if (strcmp(sim_guest[i].path, path) == 0)
			g = &sim_guest[i];
	if (!g || !g->exists)
		return ras_fail(err, RAS_E_GONE, "%s: Connection refused", path);
	for (at = &g->conns; *at; at = &(*at)->next)
		n++;
	if (n > 2)
		return ras_fail(err, RAS_E_BUSY, "%s: other clients hold and wait for this monitor",
				path);
	c = sim_alloc(sizeof(*c));
	q = calloc(1, sizeof(*q));
	q->mon.ops = &qmp_monitor_ops;
	q->job.q = q;
	q->cb = *cb;
	q->arg = arg;
	q->last = &q->pending;
	q->conn = c;
	q->pid = g->pid;
	c->guest = g;
	c->client = q;
	c->in_last = &c->in;
	c->out_last = &c->out;
	*at = c;
	c->all_next = all_conns;
	all_conns = c;
	sim_trace("%s: rasd connects", g->name);
	be_patient(c, 0, greeting_ms);
	pump_soon(g);
	*out = q;
	return 0;
}

/* --- QEMU's end --- */

static void say(struct sim_conn *c, struct message *m)
{
	int64_t at_ns = sim_now() + latency();

	if (at_ns < c->out_ns)
		at_ns = c->out_ns;
	c->out_ns = at_ns;
	*c->out_last = m;
	c->out_last = &m->next;
	sim_after(at_ns - sim_now(), deliver, c);
}

static struct message *message(int kind)
{
	struct message *m = sim_alloc(sizeof(*m));

	m->kind = kind;
	return m;
}

/* QEMU or somebody between ends this connection. What was said before still arrives. */
static void hang_up(struct sim_conn *c)
{
	if (c->over)
		return;
	c->over = true;
	say(c, message(MSG_END));
}

void sim_monitor_event(struct sim_guest *g, const char *name, const char *data_json)
{
	struct sim_conn *c = g->conns;
	struct message *m;

	if (!c || !c->greeted || c->over || !c->client)
		return;
	m = message(MSG_EVENT);
	strncpy(m->name, name, sizeof(m->name) - 1);
	m->body = data_json ? json_tokener_parse(data_json) : NULL;
	say(c, m);
}

void sim_monitor_end(struct sim_guest *g)
{
	for (struct sim_conn *c = g->conns, *next; c; c = next) {
		next = c->next;
		while (c->in) {
			json_object_put(c->in->args);
			c->in = c->in->next;
		}
		hang_up(c);
	}
	g->conns = NULL;
}

void sim_monitor_cut(struct sim_guest *g)
{
	for (struct sim_conn *c = g->conns; c; c = c->next)
		hang_up(c);
	pump_soon(g);
}

void sim_monitor_wake(struct sim_guest *g)
{
	pump_soon(g);
}

static void execute(struct sim_conn *c, struct request *r)
{
	bool inject = strcmp(r->name, "inject-ghes-v2-error") == 0;
	bool faulty = inject || sim_wire.any_command;
	struct message *m = message(MSG_REPLY);
	const char *error = NULL;

	if (sim_wire.cut_at && --sim_wire.cut_at == 0) {
		bool done = sim_percent(50);

		sim_trace("%s: the connection ends at %s, which is %sdone", c->guest->name, r->name,
			  done ? "" : "not ");
		if (done)
			sim_qemu_exec(c->guest, r->name, r->args, &m->body, &error);
		json_object_put(m->body);
		m->body = NULL;
		hang_up(c);
		return;
	}
	if (faulty && sim_percent(sim_wire.lose_command)) {
		sim_trace("%s: the connection ends, %s is lost", c->guest->name, r->name);
		hang_up(c);
		return;
	}
	m->id = r->id;
	if (faulty && sim_percent(sim_wire.error)) {
		error = "something went wrong in QEMU";
	} else {
		sim_qemu_exec(c->guest, r->name, r->args, &m->body, &error);
		if (inject && !error && sim_percent(sim_wire.twice)) {
			struct sim_source *s = &c->guest->mem.source[0];

			s->read_ack = 1;
			json_object_put(m->body);
			sim_qemu_exec(c->guest, r->name, r->args, &m->body, &error);
		}
	}
	if (error)
		strncpy(m->error, error, sizeof(m->error) - 1);
	if (faulty && sim_percent(sim_wire.lose_reply)) {
		sim_trace("%s: the connection ends, the reply to %s is lost", c->guest->name,
			  r->name);
		hang_up(c);
	} else if (faulty && sim_percent(sim_wire.mute)) {
		sim_trace("%s: there will be no reply to %s", c->guest->name, r->name);
	} else {
		if (faulty && sim_percent(sim_wire.late))
			c->out_ns = sim_now() + sim_between(5 * SIM_S, 7 * SIM_S);
		say(c, m);
		return;
	}
	json_object_put(m->body);
}

/* The first request whose bytes have left rasd; NULL. */
static bool arrived(const struct sim_conn *c)
{
	if (!c->in)
		return false;
	for (const struct command *p = c->client ? c->client->pending : NULL; p; p = p->next)
		if (p->id == c->in->id)
			return p->sent;
	return true;
}

static void pump(void *arg)
{
	struct sim_guest *g = arg;
	struct sim_conn *c = g->conns;
	struct request *r;

	g->pumping = false;
	if (!c || !g->exists || g->hung)
		return;
	if (!c->greeted && c->client && !c->over) {
		c->greeted = true;
		say(c, message(MSG_GREETING));
	} else if (!c->over && arrived(c)) {
		r = c->in;
		c->in = r->next;
		if (!c->in)
			c->in_last = &c->in;
		if (!c->client && sim_percent(50)) { /* left behind: dropped, with all after it */
			sim_trace("%s: qemu drops what its client left behind", g->name);
			c->over = true;
		} else {
			execute(c, r);
		}
		json_object_put(r->args);
	} else if (c->over || !c->client) {
		while (c->in) {
			json_object_put(c->in->args);
			c->in = c->in->next;
		}
		g->conns = c->next;
		if (!c->over)
			c->over = true;
	} else {
		return;
	}
	pump_soon(g);
}

static void pump_soon(struct sim_guest *g)
{
	if (g->pumping || !g->conns)
		return;
	g->pumping = true;
	sim_after(latency(), pump, g);
}

void sim_monitors_hang_up(void)
{
	struct ras_err why;

	ras_fail(&why, RAS_E_GONE, "rasd ends");
	for (struct sim_conn *c = all_conns; c; c = c->all_next)
		if (c->client)
			die(c->client, &why);
}

void sim_monitors_clear(void)
{
	for (struct sim_conn *c = all_conns; c; c = c->all_next) {
		for (struct request *r = c->in; r; r = r->next)
			json_object_put(r->args);
		for (struct message *m = c->out; m; m = m->next)
			json_object_put(m->body);
	}
	all_conns = NULL;
}

/* --- what rasd receives --- */

static void caps_done(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct qmp *q = arg;

	(void)ret, (void)err;
	if (o != QMP_OK || q->dead)
		return;
	q->ready = true;
	sim_trace("%s: monitor ready", q->conn->guest->name);
	if (q->cb.ready)
		q->cb.ready(q->arg);
}

static void receive_reply(struct qmp *q, struct message *m)
{
	struct ras_err err;

	for (struct command *c = q->pending; c; c = c->next) {
		if (c->id != m->id)
			continue;
		if (m->error[0]) {
			ras_fail(&err,
				 strstr(m->error, "has not been found") ? RAS_E_NOT_CAPABLE :
									  RAS_E_MONITOR,
				 "%s", m->error);
			answer(q, c, QMP_ERROR, NULL, &err);
		} else {
			answer(q, c, QMP_OK, m->body, NULL);
		}
		return;
	}
}

static void deliver(void *arg)
{
	struct sim_conn *conn = arg;
	struct message *m = conn->out;
	struct qmp *q = conn->client;
	struct ras_err err;

	conn->out = m->next;
	if (!conn->out)
		conn->out_last = &conn->out;
	if (q && !q->dead && sim_rasd_alive()) {
		q->depth++;
		switch (m->kind) {
		case MSG_GREETING:
			enqueue(q, "qmp_capabilities", NULL, 0, caps_done, q, &err);
			break;
		case MSG_REPLY:
			receive_reply(q, m);
			break;
		case MSG_EVENT:
			sim_trace("%s: event %s", conn->guest->name, m->name);
			if (q->ready)
				qmp_job_event(&q->job, m->name);
			if (q->ready && q->cb.event)
				q->cb.event(q->arg, m->name, m->body);
			break;
		case MSG_END:
			ras_fail(&err, RAS_E_GONE, "QEMU closed the monitor");
			die(q, &err);
			break;
		}
		release(q);
	}
	json_object_put(m->body);
	sim_release(m);
}

/* --- the rest of qmp.h --- */

pid_t qmp_peer_pid(const struct qmp *q)
{
	return q->pid;
}

uid_t qmp_peer_uid(const struct qmp *q)
{
	(void)q;
	return 64055;
}

struct monitor *qmp_monitor(struct qmp *q)
{
	return &q->mon;
}

static int mon_exec(struct monitor *m, const char *command, json_object *args,
		    enum monitor_kind kind, int timeout_ms, qmp_reply_fn fn, void *arg,
		    struct ras_err *err)
{
	struct qmp *q = (struct qmp *)m;

	if (kind == MONITOR_CHANGE)
		return qmp_job_exec(&q->job, command, args, timeout_ms, fn, arg, err);
	return qmp_exec(q, command, args, timeout_ms, fn, arg, err);
}

static void mon_ask_ahead(struct monitor *m, int64_t unless_younger_ns)
{
	qmp_job_ask_ahead(&((struct qmp *)m)->job, unless_younger_ns);
}

static bool mon_peer(const struct monitor *m, pid_t *pid, uid_t *uid)
{
	*pid = ((const struct qmp *)m)->pid;
	*uid = 64055;
	return true;
}

static void mon_close(struct monitor *m)
{
	qmp_close((struct qmp *)m);
}

const struct monitor_ops qmp_monitor_ops = {
	.name = "socket",
	.exec = mon_exec,
	.ask_ahead = mon_ask_ahead,
	.peer = mon_peer,
	.close = mon_close,
};
