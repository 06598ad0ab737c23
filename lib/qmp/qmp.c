// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The asynchronous QMP client.
 *
 * States: GREETING -> CAPS -> READY -> DEAD. qmp_exec() writes the command itself if the socket
 * takes it, so the path to QEMU is one send(2). Only replies and failures go through the loop.
 * Replies are matched by an integer id (pending.h). Out-of-band execution is never enabled, and
 * nothing is ever sent again. A command is sent whole or the connection ends. So QEMU's parser
 * never waits inside one, and needs no 0xFF to resynchronize (QEMU 11.1 answers each 0xFF with an
 * error that has no id).
 *
 * One timer serves the greeting, the earliest deadline of the commands and that of a line which is
 * not whole. It is off when there is none of them, so that an idle client causes no wake-up.
 *
 * Lifetime: every entry from the loop holds the client (depth). qmp_close() inside a callback marks
 * it closed and answers the open commands; the last holder frees it. After each callback `closed`
 * and `state` are checked again, because the callback may have changed them.
 */
#include "qmp/qmp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "qmp/qmp_private.h"

void qmp_hold(struct qmp *q)
{
	q->depth++;
}

void qmp_drop(struct qmp *q)
{
	struct event **ev[] = { &q->ev_read, &q->ev_write, &q->ev_timer, &q->ev_dead };

	if (--q->depth > 0 || !q->closed)
		return;
	for (size_t i = 0; i < sizeof(ev) / sizeof(ev[0]); i++)
		if (*ev[i])
			event_free(*ev[i]);
	wire_close(&q->wire);
	reader_free(&q->input.reader);
	turns_leave(&q->input.turn);
	free(q);
}

/* Set or clear the timer. Calls libevent only if the time gets earlier, or if none is needed. */
void qmp_arm_timer(struct qmp *q)
{
	int64_t first = q->state == DEAD ? INT64_MAX : pending_deadline_ns(&q->pending);

	if ((q->state == GREETING || q->state == CAPS) && q->greeting_ns < first)
		first = q->greeting_ns;
	if (q->state != DEAD && q->input.line_ns < first)
		first = q->input.line_ns;
	if (q->state != DEAD && q->input.resume_ns < first)
		first = q->input.resume_ns;

	if (first == INT64_MAX) {
		if (q->timer_ns != INT64_MAX)
			event_del(q->ev_timer);
	} else if (first < q->timer_ns) {
		int64_t left_us = (first - clock_boot_ns()) / 1000 + 1;
		if (left_us < 0)
			left_us = 0;
		struct timeval tv = { .tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000 };
		event_add(q->ev_timer, &tv);
	} else {
		return; /* at worst it fires early and is set again */
	}
	q->timer_ns = first;
}

static void stop(struct qmp *q)
{
	struct event *ev[] = { q->ev_read, q->ev_write, q->ev_timer, q->ev_dead };

	q->state = DEAD;
	q->timer_ns = INT64_MAX;
	for (size_t i = 0; i < sizeof(ev) / sizeof(ev[0]); i++)
		if (ev[i])
			event_del(ev[i]);
	if (q->input.turn.turns)
		turns_unwant(&q->input.turn);
	wire_close(&q->wire);
}

/* The connection has ended: answer all commands, call closed(). Only from the loop. */
static void die(struct qmp *q, const struct ras_err *why)
{
	struct ras_err err = *why;

	if (q->state == DEAD)
		return;
	qmp_hold(q);
	stop(q);
	pending_answer_all(&q->pending, q->wire.sent, &err);
	if (!q->closed && q->cb.closed)
		q->cb.closed(q->arg, &err);
	qmp_drop(q);
}

void qmp_lost(struct qmp *q, const struct ras_err *why)
{
	die(q, why);
}

static void flush(struct qmp *q)
{
	int rc = wire_flush(&q->wire, &q->death);

	if (rc == 0)
		event_add(q->ev_write, NULL);
	else if (rc < 0)
		/* Callbacks run only from the loop, and replies that came before are read first. */
		event_active(q->ev_dead, EV_TIMEOUT, 1);
}

/* Give a command to the socket, or to the output buffer if the socket is full. */
static int enqueue(struct qmp *q, const char *command, json_object *args, int timeout_ms,
		   qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	struct command *c = pending_new(&q->pending);
	bool was_empty = q->wire.sent == q->wire.queued;
	size_t len;
	int r;

	if (!c)
		return ras_fail(err, RAS_E_BUSY, "%d monitor commands wait for their reply",
				PENDING_MAX);
	r = wire_command(&q->wire, command, args, q->pending.last_id + 1, &len, err);
	if (r < 0)
		return r;
	*c = (struct command){ .start = q->wire.queued,
			       .end = q->wire.queued + len,
			       .given_ns = clock_boot_ns(),
			       .deadline_ns = INT64_MAX,
			       .budget = reply_budget_of(command, args),
			       .fn = fn,
			       .arg = arg };
	if (timeout_ms > 0)
		c->deadline_ns = c->given_ns + (int64_t)timeout_ms * 1000000;
	pending_keep(&q->pending, c);
	wire_commit(&q->wire, len);
	if (was_empty)
		flush(q);
	qmp_arm_timer(q);
	return 0;
}

static void caps_done(void *arg, enum qmp_outcome outcome, json_object *ret,
		      const struct ras_err *err)
{
	struct qmp *q = arg;

	(void)ret;
	if (q->state != CAPS)
		return; /* already dying, or closed */
	if (outcome != QMP_OK) {
		die(q, err);
		return;
	}
	q->state = READY;
	event_del(q->ev_timer);
	q->timer_ns = INT64_MAX;
	if (q->cb.ready)
		q->cb.ready(q->arg);
}

bool qmp_greeted(struct qmp *q)
{
	struct ras_err err;

	q->state = CAPS;
	if (enqueue(q, "qmp_capabilities", NULL, 0, caps_done, q, &err) < 0) {
		die(q, &err);
		return false;
	}
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	turns_wanted(&((struct qmp *)arg)->input.turn);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	flush(arg);
}

/* send(2) failed. Read the replies that came before, then end: fill(). */
static void on_dead(evutil_socket_t fd, short what, void *arg)
{
	struct qmp *q = arg;

	(void)fd, (void)what;
	q->input.last = true;
	turns_wanted(&q->input.turn);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct qmp *q = arg;
	struct ras_err err;
	int64_t now = clock_boot_ns();

	(void)fd, (void)what;
	qmp_hold(q);
	q->timer_ns = INT64_MAX;
	if (q->state != READY && now >= q->greeting_ns) {
		ras_fail(&err, RAS_E_TIMEOUT, "no %s from the monitor in time",
			 q->state == GREETING ? "greeting" : "answer to qmp_capabilities");
		ras_hint(&err, "QEMU serves one client per QMP socket: another may hold it");
		die(q, &err);
	}
	if (q->state != DEAD)
		qmp_receive_timer(q, now);
	/* A callback may change the table, so each step looks for the next id. */
	for (struct command *c = pending_after(&q->pending, 0); c;) {
		uint64_t id = c->id;

		if (c->deadline_ns <= now) {
			ras_fail(&err, RAS_E_TIMEOUT, "no reply from QEMU in time");
			pending_expire(&q->pending, c, &err);
		}
		c = pending_after(&q->pending, id);
	}
	if (!q->closed && q->state != DEAD)
		qmp_arm_timer(q);
	qmp_drop(q);
}

int qmp_open(struct qmp **out, struct event_base *base, const char *path, int greeting_ms,
	     const struct monitor_callbacks *cb, void *arg, struct ras_err *err)
{
	struct qmp *q = calloc(1, sizeof(*q));

	if (!q)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a monitor");
	q->mon.ops = &qmp_monitor_ops;
	q->job.q = q;
	q->base = base;
	q->cb = *cb;
	q->arg = arg;
	q->timer_ns = q->input.line_ns = q->input.resume_ns = INT64_MAX;
	q->greeting_ns = clock_boot_ns() + (int64_t)greeting_ms * 1000000;

	int rc = wire_open(&q->wire, path, err);
	if (rc < 0) {
		free(q);
		return rc;
	}
	q->ev_read = event_new(base, q->wire.fd, EV_READ | EV_PERSIST, on_readable, q);
	q->ev_write = event_new(base, q->wire.fd, EV_WRITE, on_writable, q);
	q->ev_timer = event_new(base, -1, 0, on_timer, q);
	q->ev_dead = event_new(base, -1, 0, on_dead, q);
	if (!q->ev_read || !q->ev_write || !q->ev_timer || !q->ev_dead ||
	    !turns_join(&q->input.turn, base, qmp_receive, q) || event_add(q->ev_read, NULL) < 0) {
		qmp_close(q);
		return ras_fail(err, RAS_E_NOMEM, "no memory for a monitor's events");
	}
	qmp_arm_timer(q);
	*out = q;
	return 0;
}

void qmp_close(struct qmp *q)
{
	struct ras_err why;

	if (!q || q->closed)
		return;
	qmp_hold(q);
	q->closed = true;
	stop(q);
	ras_fail(&why, RAS_E_GONE, "the connection to the monitor was closed");
	pending_answer_all(&q->pending, q->wire.sent, &why);
	qmp_drop(q);
}

int qmp_exec(struct qmp *q, const char *command, json_object *args, int timeout_ms, qmp_reply_fn fn,
	     void *arg, struct ras_err *err)
{
	_json_ json_object *owned = args;

	if (q->closed || q->state != READY)
		return ras_fail(err, RAS_E_GONE, "the monitor is not connected");
	return enqueue(q, command, owned, timeout_ms, fn, arg, err);
}

pid_t qmp_peer_pid(const struct qmp *q)
{
	return q->wire.pid;
}

uid_t qmp_peer_uid(const struct qmp *q)
{
	return q->wire.uid;
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
	const struct qmp *q = (const struct qmp *)m;

	*pid = q->wire.pid;
	*uid = q->wire.uid;
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
