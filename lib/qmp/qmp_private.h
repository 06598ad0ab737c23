// SPDX-License-Identifier: LGPL-2.1-or-later
/* The QMP client's own: qmp.c sends and ends, receive.c reads. */
#pragma once

#include "qmp/job.h"
#include "qmp/pending.h"
#include "qmp/reader.h"
#include "qmp/turns.h"
#include "qmp/wire.h"

enum qmp_state { GREETING, CAPS, READY, DEAD };

/* receive.c: what is read, and how it offends. */
struct qmp_input {
	struct reader reader;
	struct turn_user turn;
	int64_t line_ns;   /* deadline of a line that is not whole; INT64_MAX: there is none */
	int64_t paid_ns;   /* until when its share of the time is used up */
	int64_t resume_ns; /* it is not read until then; INT64_MAX: it is read */
	int bad_lines, n_no_id;
	bool last;	   /* send(2) has failed: what was sent before is read, then it ends */
	size_t last_bytes; /* read since then */
};

struct qmp {
	struct monitor mon;	 /* first: the two are one object */
	struct event_base *base; /* borrowed */
	struct event *ev_read, *ev_write, *ev_timer, *ev_dead;
	struct wire wire;
	struct qmp_input input;
	struct monitor_callbacks cb;
	void *arg;
	enum qmp_state state;
	bool closed;	     /* by the owner */
	int depth;	     /* how many callers still use this object */
	int64_t greeting_ns; /* deadline */
	int64_t timer_ns;    /* what ev_timer is set to; INT64_MAX: off */
	struct pending pending;
	struct qmp_job job;
	struct ras_err death; /* why ev_dead was activated */
};

/* qmp.c: no memory is freed until the same number of qmp_drop(). */
void qmp_hold(struct qmp *q);
void qmp_drop(struct qmp *q);

/* qmp.c: the deadlines have changed. */
void qmp_arm_timer(struct qmp *q);

/* qmp.c: the greeting is here: answer it. False: the client is dead. */
bool qmp_greeted(struct qmp *q);

/* receive.c: a piece of work of this client, for turns.h; arg is the client. */
bool qmp_receive(void *arg);

/* receive.c: an unfinished line may be over its time, or a pause. */
void qmp_receive_timer(struct qmp *q, int64_t now_ns);
