// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stands in for lib/qmp/qmp.c: the client that rasd sees. lib/qmp/job.c above it is the real one.
 * As in the real one a command that is outstanding when the connection ends is QMP_UNKNOWN if its
 * bytes have left, else QMP_NOT_SENT; each is answered once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "qmp/holder.h"
#include "qmp/job.h"
#include "wire.h"

#define QUEUE_MAX 64

struct command {
	struct command *next;
	uint64_t id;
	bool sent; /* its bytes have left, or may have */
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
	uint64_t last_id;
	size_t n_pending;
	struct command *pending, **last;
	struct qmp_job job;
	pid_t pid;
};

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

void sim_qmp_die(struct qmp *q, const struct ras_err *why)
{
	struct ras_err err = *why;

	if (q->dead)
		return;
	q->depth++;
	q->dead = true;
	sim_conn_close(q->conn);
	answer_all(q, &err);
	if (!q->closed && q->cb.closed)
		q->cb.closed(q->arg, &err);
	release(q);
}

void qmp_lost(struct qmp *q, const struct ras_err *why)
{
	sim_qmp_die(q, why);
}

void qmp_close(struct qmp *q)
{
	struct ras_err why;

	if (!q || q->closed)
		return;
	q->depth++;
	q->closed = q->dead = true;
	sim_conn_close(q->conn);
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
		sim_qmp_die(q, &err);
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
static void leave(void *arg)
{
	struct sim_conn *conn = arg;
	struct qmp *q = conn->client;

	if (!q || q->dead || !sim_rasd_alive())
		return;
	for (struct command *c = q->pending; c; c = c->next)
		c->sent = true;
	sim_conn_leave(conn);
}

static int enqueue(struct qmp *q, const char *command, json_object *args, int timeout_ms,
		   qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	bool inject = strcmp(command, "inject-ghes-v2-error") == 0, blocked = false, slow;
	struct command *c;

	if (q->n_pending >= QUEUE_MAX)
		return ras_fail(err, RAS_E_BUSY, "%d monitor commands are outstanding", QUEUE_MAX);
	for (c = q->pending; c; c = c->next)
		blocked |= !c->sent;
	sim_border("monitor command");
	c = calloc(1, sizeof(*c));
	c->id = ++q->last_id;
	c->fn = fn;
	c->arg = arg;
	*q->last = c;
	q->last = &c->next;
	q->n_pending++;
	if (timeout_ms > 0)
		be_patient(q->conn, c->id, timeout_ms);
	if (!sim_rasd_alive())
		return 0;
	if (q->conn->over) {
		c->sent = sim_percent(50);
		return 0;
	}
	slow = inject && sim_percent(sim_wire.slow_send);
	c->sent = !blocked && !slow;
	sim_conn_request(q->conn, c->id, command, args, c->sent);
	if (slow && !blocked)
		sim_after(sim_between_log(SIM_MS, 300 * SIM_MS), leave, q->conn);
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

enum qmp_holder qmp_holder(const char *path)
{
	for (unsigned int i = 0; i < sim_n_guests; i++)
		if (strcmp(sim_guest[i].path, path) == 0)
			return sim_guest[i].proc.exists ? HOLDER_THERE : HOLDER_NONE;
	return HOLDER_NONE;
}

int qmp_open(struct qmp **out, struct event_base *base, const char *path, int greeting_ms,
	     const struct monitor_callbacks *cb, void *arg, struct ras_err *err)
{
	struct qmp *q = calloc(1, sizeof(*q));

	(void)base;
	q->mon.ops = &qmp_monitor_ops;
	q->job.q = q;
	q->cb = *cb;
	q->arg = arg;
	q->last = &q->pending;
	q->conn = sim_conn_open(path, q, err);
	if (!q->conn) {
		free(q);
		return -err->code;
	}
	q->pid = q->conn->guest->proc.pid;
	be_patient(q->conn, 0, greeting_ms);
	*out = q;
	return 0;
}

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

static void receive_reply(struct qmp *q, const struct message *m)
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

void sim_qmp_receive(struct qmp *q, const struct message *m)
{
	struct ras_err err;

	if (q->dead)
		return;
	q->depth++;
	switch (m->kind) {
	case MSG_GREETING:
		enqueue(q, "qmp_capabilities", NULL, 0, caps_done, q, &err);
		break;
	case MSG_REPLY:
		receive_reply(q, m);
		break;
	case MSG_EVENT:
		sim_trace("%s: event %s", q->conn->guest->name, m->name);
		if (q->ready)
			qmp_job_event(&q->job, m->name);
		if (q->ready && q->cb.event)
			q->cb.event(q->arg, m->name, m->body);
		break;
	case MSG_END:
		ras_fail(&err, RAS_E_GONE, "QEMU closed the monitor");
		sim_qmp_die(q, &err);
		break;
	}
	release(q);
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
