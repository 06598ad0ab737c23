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
 * One timer serves the greeting and the earliest deadline of the commands. It is off when no
 * command is open, so that an idle client causes no wake-up.
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
#include "qmp/job.h"
#include "qmp/pending.h"
#include "qmp/wire.h"

#define BAD_LINES_MAX 3	   /* QEMU sends none; another program on the socket does */
#define REPLY_DEPTH 64	   /* bounds the recursion of the parser */
#define LINES_PER_WAKE 256 /* then other guests' events run: see drain_lines() */

enum state { GREETING, CAPS, READY, DEAD };

struct qmp {
	struct monitor mon;	 /* first: the two are one object */
	struct event_base *base; /* borrowed */
	struct event *ev_read, *ev_write, *ev_timer, *ev_dead, *ev_more;
	struct wire wire;
	struct monitor_callbacks cb;
	void *arg;
	enum state state;
	bool closed; /* by the owner */
	int depth;   /* how many callers still use this object */
	int bad_lines;
	int64_t greeting_ns; /* deadline */
	int64_t timer_ns;    /* what ev_timer is set to; INT64_MAX: off */
	struct pending pending;
	struct qmp_job job;
	struct ras_err death; /* why ev_dead was activated */
};

static void hold(struct qmp *q)
{
	q->depth++;
}

static void drop(struct qmp *q)
{
	struct event **ev[] = { &q->ev_read, &q->ev_write, &q->ev_timer, &q->ev_dead, &q->ev_more };

	if (--q->depth > 0 || !q->closed)
		return;
	for (size_t i = 0; i < sizeof(ev) / sizeof(ev[0]); i++)
		if (*ev[i])
			event_free(*ev[i]);
	wire_close(&q->wire);
	free(q);
}

/* Set or clear the timer. Calls libevent only if the time gets earlier, or if none is needed. */
static void arm_timer(struct qmp *q)
{
	int64_t first = q->state == DEAD ? INT64_MAX : pending_deadline_ns(&q->pending);

	if ((q->state == GREETING || q->state == CAPS) && q->greeting_ns < first)
		first = q->greeting_ns;

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
	struct event *ev[] = { q->ev_read, q->ev_write, q->ev_timer, q->ev_dead, q->ev_more };

	q->state = DEAD;
	q->timer_ns = INT64_MAX;
	for (size_t i = 0; i < sizeof(ev) / sizeof(ev[0]); i++)
		if (ev[i])
			event_del(ev[i]);
	wire_close(&q->wire);
}

/* The connection has ended: answer all commands, call closed(). Only from the loop. */
static void die(struct qmp *q, const struct ras_err *why)
{
	struct ras_err err = *why;

	if (q->state == DEAD)
		return;
	hold(q);
	stop(q);
	pending_answer_all(&q->pending, q->wire.sent, &err);
	if (!q->closed && q->cb.closed)
		q->cb.closed(q->arg, &err);
	drop(q);
}

void qmp_lost(struct qmp *q, const struct ras_err *why)
{
	die(q, why);
}

static bool bad_line(struct qmp *q, const char *why)
{
	struct ras_err err;

	q->bad_lines++;
	log_limited_id(LOG_WARNING, (uint64_t)q->wire.pid,
		       "qmp: pid %d: bad line %d of at most %d ignored: %s", (int)q->wire.pid,
		       q->bad_lines, BAD_LINES_MAX - 1, why);
	if (q->bad_lines < BAD_LINES_MAX)
		return true;
	ras_fail(&err, RAS_E_MONITOR, "%d bad lines from the monitor, the last: %.100s",
		 q->bad_lines, why);
	die(q, &err);
	return false;
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
			       .deadline_ns = INT64_MAX,
			       .fn = fn,
			       .arg = arg };
	if (timeout_ms > 0)
		c->deadline_ns = clock_boot_ns() + (int64_t)timeout_ms * 1000000;
	pending_keep(&q->pending, c);
	wire_commit(&q->wire, len);
	if (was_empty)
		flush(q);
	arm_timer(q);
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

static bool on_greeting(struct qmp *q, json_object *msg)
{
	struct ras_err err;
	json_object *hello;

	if (json_get_obj(msg, "QMP", &hello, &err) < 0)
		return bad_line(q, "not a QMP greeting");
	q->state = CAPS;
	if (enqueue(q, "qmp_capabilities", NULL, 0, caps_done, q, &err) < 0) {
		die(q, &err);
		return false;
	}
	return true;
}

static bool on_reply(struct qmp *q, json_object *msg)
{
	bool has_return, has_error, has_id;
	json_object *ret = json_member(msg, "return", &has_return);
	json_object *error = json_member(msg, "error", &has_error);
	json_object *id_obj = json_member(msg, "id", &has_id);
	struct ras_err err = RAS_ERR_NULL;

	if (has_return == has_error)
		return bad_line(q, "neither reply nor event");
	if (!has_id) {
		/* Without an id it answers no command, even if only one is open: do not guess. */
		qmp_reply_error(error, &err);
		log_limited_id(LOG_WARNING, (uint64_t)q->wire.pid,
			       "qmp: pid %d: reply without id ignored: %s", (int)q->wire.pid,
			       has_error ? err.text : "success");
		return true;
	}
	if (!json_object_is_type(id_obj, json_type_int))
		return bad_line(q, "reply with an id that is not ours");

	uint64_t id = json_object_get_uint64(id_obj);
	struct command *c = pending_find(&q->pending, id);
	if (!c) {
		if (id == 0 || id > q->pending.last_id)
			return bad_line(q, "reply to a command that was never sent");
		log_debug("qmp: pid %d: late reply dropped", (int)q->wire.pid);
		return true;
	}
	if (q->wire.sent < c->end)
		return bad_line(q, "reply to a command that is not sent yet");

	if (has_error) {
		qmp_reply_error(error, &err);
		pending_answer(&q->pending, c, QMP_ERROR, NULL, &err);
		return true;
	}
	/* "return": null is not QMP, but a success. Callers expect an object. */
	_json_ json_object *empty = ret ? NULL : json_object_new_object();
	pending_answer(&q->pending, c, QMP_OK, ret ? ret : empty, NULL);
	return true;
}

/* One line. False: the client is dead or closed now. */
static bool on_line(struct qmp *q, const char *line, size_t len)
{
	_json_ json_object *msg = NULL;
	struct ras_err err;
	const char *name;
	bool has_event;

	if (json_parse_limits(line, len, REPLY_DEPTH, WIRE_IN_MAX, &msg, &err) < 0)
		bad_line(q, err.text);
	else if (!json_object_is_type(msg, json_type_object))
		bad_line(q, "not an object");
	else if (q->state == GREETING)
		on_greeting(q, msg);
	else if (json_member(msg, "event", &has_event), !has_event)
		on_reply(q, msg);
	else if (json_get_str(msg, "event", &name, &err) < 0)
		bad_line(q, err.text);
	else if (q->state == READY) {
		qmp_job_event(&q->job, name);
		if (q->cb.event)
			q->cb.event(q->arg, name, json_member(msg, "data", &has_event));
	}
	return !q->closed && q->state != DEAD;
}

/* False: the client is dead or closed, or there may be more lines for the loop's next pass. */
static bool drain_lines(struct qmp *q)
{
	static const struct timeval at_once = { 0, 0 };
	const char *line;
	size_t len;

	for (int n = 0; n < LINES_PER_WAKE; n++) {
		if (!wire_next_line(&q->wire, &line, &len))
			return true;
		if (!on_line(q, line, len))
			return false;
	}
	/*
	 * A flood of lines must not stop the other guests, so the rest waits for a zero timer.
	 * event_active() would not help: libevent runs what a callback activates in the same pass.
	 */
	event_add(q->ev_more, &at_once);
	return false;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct qmp *q = arg;
	struct ras_err err;

	(void)fd, (void)what;
	hold(q);
	if (drain_lines(q)) {
		int rc = wire_fill(&q->wire, &err);

		if (rc < 0)
			die(q, &err);
		else if (rc > 0)
			drain_lines(q);
	}
	if (!q->closed && q->state != DEAD)
		arm_timer(q);
	drop(q);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	flush(arg);
}

/* send(2) failed. Read the replies that came before, then end. */
static void on_dead(evutil_socket_t fd, short what, void *arg)
{
	struct qmp *q = arg;
	struct ras_err ignored;

	(void)fd, (void)what;
	hold(q);
	while (!q->closed && q->state != DEAD) {
		const char *line;
		size_t len;

		if (wire_next_line(&q->wire, &line, &len))
			on_line(q, line, len);
		else if (wire_fill(&q->wire, &ignored) <= 0)
			die(q, &q->death);
	}
	drop(q);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct qmp *q = arg;
	struct ras_err err;
	int64_t now = clock_boot_ns();

	(void)fd, (void)what;
	hold(q);
	q->timer_ns = INT64_MAX;
	if (q->state != READY && now >= q->greeting_ns) {
		ras_fail(&err, RAS_E_TIMEOUT, "no %s from the monitor in time",
			 q->state == GREETING ? "greeting" : "answer to qmp_capabilities");
		ras_hint(&err, "QEMU serves one client per QMP socket: another may hold it");
		die(q, &err);
	}
	/* A callback may change the table, so each step looks for the next id. */
	for (struct command *c = pending_after(&q->pending, 0); c;) {
		uint64_t id = c->id;

		if (c->deadline_ns <= now) {
			ras_fail(&err, RAS_E_TIMEOUT, "no reply from QEMU in time");
			pending_answer(&q->pending, c, QMP_UNKNOWN, NULL, &err);
		}
		c = pending_after(&q->pending, id);
	}
	if (!q->closed && q->state != DEAD)
		arm_timer(q);
	drop(q);
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
	q->timer_ns = INT64_MAX;
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
	q->ev_more = event_new(base, -1, 0, on_readable, q);
	if (!q->ev_read || !q->ev_write || !q->ev_timer || !q->ev_dead || !q->ev_more ||
	    event_add(q->ev_read, NULL) < 0) {
		qmp_close(q);
		return ras_fail(err, RAS_E_NOMEM, "no memory for a monitor's events");
	}
	arm_timer(q);
	*out = q;
	return 0;
}

void qmp_close(struct qmp *q)
{
	struct ras_err why;

	if (!q || q->closed)
		return;
	hold(q);
	q->closed = true;
	stop(q);
	ras_fail(&why, RAS_E_GONE, "the connection to the monitor was closed");
	pending_answer_all(&q->pending, q->wire.sent, &why);
	drop(q);
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
