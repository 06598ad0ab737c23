// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The state machine: the only file that changes an injection's step or state.
 *
 * For each queue the first injection is worked on until it is decided, then the next. The parts
 * (send, look, settle) are asked for a struct outcome, at once or later by on_outcome(), and this
 * file does what it says: store the state, arm the timer, ask the next part. They never call back
 * into it, so no part is ever entered twice at a time.
 *
 * Order of what follows a decision: the journal first, then the guest's next record, then whoever
 * waits for an answer (answer.c).
 */
#include <string.h>

#include "audit/audit.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "inject/budget.h"
#include "inject/policy.h"
#include "inject/queue.h"

/* Store what is known of i. True if that is final: then i is gone (or waits for its last look). */
static bool decide(struct injection *i, enum inj_state state, enum record_read read,
		   const char *text)
{
	struct queue *q = i->queue;
	char id[UUID_TEXT_SIZE];
	uint64_t change;

	uuid_format(&i->row.id, id);
	i->row.outcome.state = state;
	i->row.outcome.read = read;
	i->row.outcome.decided_real_ns = clock_real_ns();
	snprintf(i->row.outcome.detail, sizeof(i->row.outcome.detail), "%s", text);
	if (inj_state_final(state) && !audit_is_live())
		log_limited(LOG_INFO, i->row.target.domain, "injection %s into %s: %s: %s", id,
			    i->row.target.domain, inj_state_name(state), text);
	else
		log_debug("injection %s into %s: %s: %s", id, i->row.target.domain,
			  inj_state_name(state), text);
	FAILPOINT(state_decided);
	change = journal_transition(i->in->journal, &i->row.id,
				    &(struct journal_change){ .state = state,
							      .read = read,
							      .ack_ns = i->row.outcome.ack_ns,
							      .detail = i->row.outcome.detail });
	FAILPOINT(state_queued);
	q->stored.last = change;
	if (state != INJ_ACKNOWLEDGED && state != INJ_WRITTEN)
		q->stored.required = change;
	answer_waiters(i, inj_state_final(state), NULL);
	if (!inj_state_final(state))
		return false;
	/* A look that comes back must find somebody. */
	i->step = STEP_DONE;
	if (i->watch.look == LOOK_IDLE)
		inj_free(i);
	else
		event_del(i->timer);
	return true;
}

static void say(struct injection *i, enum inj_state state, enum verdict_text text)
{
	char words[160];

	verdict_say(text, END_NONE, READ_NOT_SAID, "", words);
	decide(i, state, READ_NOT_SAID, words);
}

/* --- settling --- */

static void settle_again(struct injection *i, const char *why)
{
	/* The row says why; the journal need not know. */
	snprintf(i->row.outcome.detail, sizeof(i->row.outcome.detail), "%s", why);
	i->delay_us = i->delay_us ? i->delay_us * 2 : SETTLE_RETRY_MIN_US;
	if (i->delay_us > SETTLE_RETRY_MAX_US)
		i->delay_us = SETTLE_RETRY_MAX_US;
	inj_timer(i, i->delay_us);
}

static bool apply(struct injection *i, const struct outcome *o);

/* The block holds x's record: what is before it was acknowledged, what is behind it not sent. */
static bool settled_at(struct queue *q, const struct settlement *s)
{
	struct injection *x = s->at, *next;
	struct outcome o;

	for (struct injection *i = x->next; i; i = next) {
		next = i->next;
		if (i->step == STEP_SETTLE)
			say(i, s->behind, s->behind_text);
	}
	while (q->first != x)
		say(q->first, INJ_ACKNOWLEDGED, TEXT_LATER_ONE);
	if (s->state != INJ_WRITTEN)
		return decide(x, s->state, READ_NOT_SAID, s->text);
	if (x->row.outcome.state == INJ_INTENT)
		decide(x, INJ_WRITTEN, READ_NOT_SAID, s->text);
	x->step = STEP_WATCH;
	o = look_begin(x);
	return apply(x, &o);
}

/* True if the queue can go on. */
static bool apply_settlement(struct queue *q, const struct settlement *s)
{
	struct injection *i = q->first;

	switch (s->what) {
	case SETTLED_PENDING:
		return false;
	case SETTLED_LATER:
		settle_again(i, s->text);
		return false;
	case SETTLED_FIRST:
		return decide(i, s->state, READ_NOT_SAID, s->text);
	case SETTLED_INTENTS:
		while (q->first && q->first->step == STEP_SETTLE &&
		       q->first->row.outcome.state == INJ_INTENT)
			decide(q->first, s->state, READ_NOT_SAID, s->text);
		return true;
	case SETTLED_AT:
		return settled_at(q, s);
	}
	return false;
}

static void on_settled(struct queue *q, const struct settlement *s)
{
	if (q->first && q->first->step == STEP_DONE) {
		inj_free(q->first);
		step_run(q);
	} else if (apply_settlement(q, s)) {
		step_run(q);
	}
}

void step_settle_first(struct queue *q)
{
	struct injection *last = NULL, *next;
	bool behind = false;

	for (struct injection *i = q->first; i; i = i->next)
		if (i->row.outcome.state == INJ_WRITTEN && !i->row.other_boot)
			last = i;
	while (last && q->first != last && !q->first->row.other_boot)
		say(q->first, INJ_ACKNOWLEDGED, TEXT_LATER_WRITTEN);
	for (struct injection *i = q->first; i; i = next) {
		next = i->next;
		behind |= i != q->first && !i->send.own_id;
		if (behind && i->row.outcome.state == INJ_INTENT && !i->row.other_boot)
			say(i, INJ_REFUSED, TEXT_BEHIND_AT_START);
	}
	step_run(q);
}

/* --- sending and watching --- */

/* Do what the outcome says. True if i is decided, and the queue can go on. */
static bool apply(struct injection *i, const struct outcome *o)
{
	struct outcome next;

	switch (o->what) {
	case OUT_PENDING:
		return false;
	case OUT_AGAIN:
		if (i->step != STEP_WATCH)
			i->step = STEP_QUEUED; /* GUEST_UP goes on with it */
		inj_timer(i, o->delay_us);
		return false;
	case OUT_RETRY:
		i->step = STEP_BACKOFF;
		inj_timer(i, o->delay_us);
		return false;
	case OUT_LOST_REPLY:
		log_limited(LOG_WARNING, i->row.target.domain,
			    "injection into %s: no answer from the monitor: %s",
			    i->row.target.domain, o->text);
		i->step = STEP_SETTLE;
		settle_lost_reply(i);
		return true;
	case OUT_OPEN:
		i->step = STEP_QUEUED;
		return true;
	case OUT_SEND:
		next = send_start(i);
		return apply(i, &next);
	case OUT_STATE:
		if (decide(i, o->state, o->read, o->text))
			return true;
		i->step = STEP_WATCH;
		next = look_begin(i);
		return apply(i, &next);
	}
	return false;
}

static void on_outcome(struct injection *i, const struct outcome *o)
{
	struct queue *q = i->queue;

	if (i->step == STEP_DONE) {
		inj_free(i);
		step_run(q);
	} else if (apply(i, o)) {
		step_run(q);
	}
}

/*
 * What a part has returned just now. A question that it asked may have been answered at once: then
 * on_outcome() has been here already, i may be gone, and the part returns OUT_PENDING.
 */
static void take_outcome(struct injection *i, const struct outcome *o)
{
	if (o->what != OUT_PENDING)
		on_outcome(i, o);
}

static void on_barrier(void *arg, const struct ras_err *err)
{
	struct injection *i = arg;
	struct queue *q = i->queue;
	struct outcome o;
	char why[160];

	if (err) {
		snprintf(why, sizeof(why),
			 "not sent: the outcome of the record before cannot be stored: %.90s",
			 err->text);
		decide(i, INJ_REFUSED, READ_NOT_SAID, why);
		step_run(q);
		return;
	}
	i->step = STEP_QUEUED;
	o = send_start(i);
	take_outcome(i, &o);
}

static bool refuse(struct injection *i, const struct ras_err *err)
{
	char why[160];

	snprintf(why, sizeof(why), "not sent: %.140s", err->text);
	return decide(i, INJ_REFUSED, READ_NOT_SAID, why);
}

/*
 * The first of a queue is durable: send it, once what must be known and stored before is.
 */
static bool send_first(struct injection *i)
{
	const struct queue_stored *stored = &i->queue->stored;
	struct outcome o;
	struct ras_err err;

	event_del(i->timer);
	i->delay_us = 0;
	switch (hold_look(i->send.hold, i, &err)) {
	case HOLD_OPEN:
		break;
	case HOLD_WAITS:
		i->step = STEP_HELD;
		return false;
	case HOLD_FORBIDS:
		return refuse(i, &err);
	}
	if (journal_stored(i->in->journal, i->send.own_id ? stored->required : stored->last)) {
		o = send_start(i);
		return apply(i, &o);
	}
	i->step = STEP_BARRIER;
	return journal_barrier(i->in->journal, on_barrier, i, &err) < 0 && refuse(i, &err);
}

/* True if the first of the queue is decided. */
static bool step_once(struct queue *q)
{
	struct injection *i = q->first;
	struct settlement s;

	switch (i->step) {
	case STEP_SETTLE:
		s = settle_start(q);
		return apply_settlement(q, &s);
	case STEP_COMMIT:
		journal_hurry(i->in->journal);
		return false;
	case STEP_QUEUED:
		return send_first(i);
	case STEP_HELD:
	case STEP_BARRIER:
	case STEP_PREPARE:
	case STEP_SENDING:
	case STEP_BACKOFF:
	case STEP_WATCH:
	case STEP_DONE:
		break;
	}
	return false;
}

void step_run(struct queue *q)
{
	if (q->stepping != STEPPING_NOT) {
		q->stepping = STEPPING_AGAIN;
		return;
	}
	do {
		q->stepping = STEPPING;
		while (q->first && step_once(q))
			;
	} while (q->stepping == STEPPING_AGAIN);
	q->stepping = STEPPING_NOT;
	if (q->first)
		return;
	settle_end(q);
	queue_release(q);
}

void step_intent(struct injection *i, const struct ras_err *err)
{
	struct queue *q = i->queue;
	struct ras_err stopped;

	if (err) {
		/* Not durable: nothing was sent and nothing is promised. */
		i->row.outcome.state = INJ_REFUSED;
		answer_waiters(i, true, err);
		inj_free(i);
		step_run(q);
		return;
	}
	FAILPOINT(intent_durable);
	i->step = STEP_QUEUED;
	/* step_recheck() left it out meanwhile. The first one is asked about when it is sent. */
	if (policy_lever_check(i->in->policy, i->row.asked.origin, &stopped) < 0 ||
	    (q->first != i && send_allowed(i, queue_guest(q), &stopped) < 0)) {
		refuse(i, &stopped);
		step_run(q);
		return;
	}
	if (q->first != i) {
		int64_t left_us = (i->send.deadline_boot_ns - clock_boot_ns()) / 1000;

		inj_timer(i, left_us > 0 ? left_us : 1);
	}
	step_run(q);
}

void step_timer(evutil_socket_t fd, short what, void *arg)
{
	struct injection *i = arg;
	struct outcome o;

	(void)fd, (void)what;
	if (i->step == STEP_SETTLE) {
		step_run(i->queue);
		return;
	}
	o = i->step == STEP_WATCH ? look_tick(i) : send_tick(i);
	take_outcome(i, &o);
}

static void guest_changed(struct queue *q, enum guest_event ev)
{
	struct injection *i = q->first;
	struct outcome o;

	if (!i) {
		queue_release(q);
		return;
	}
	if (i->step == STEP_WATCH) {
		o = look_event(i, ev);
		take_outcome(i, &o);
	} else if (i->step == STEP_SETTLE ||
		   (i->step == STEP_QUEUED && (ev == GUEST_UP || ev == GUEST_OTHER))) {
		step_run(q); /* it waits for the monitor */
	}
}

void step_guest(struct injector *in, struct guest *g, enum guest_event ev)
{
	for (struct queue *q = in->queues, *next; q; q = next) {
		next = q->next;
		if (strcmp(q->domain, g->name) == 0)
			guest_changed(q, ev);
	}
}

/* The others have an answer to come, and are asked about again then. */
bool step_waits(const struct injection *i)
{
	return i->step == STEP_QUEUED || i->step == STEP_BACKOFF;
}

size_t step_recheck(struct injector *in)
{
	struct injection *next_i;
	struct ras_err err;
	size_t n = 0;

	for (struct queue *q = in->queues, *next; q; q = next) {
		const struct guest *g = queue_guest(q);
		const struct injection *first = q->first;

		next = q->next;
		for (struct injection *i = q->first; i; i = next_i) {
			next_i = i->next;
			if (!step_waits(i) || send_allowed(i, g, &err) == 0)
				continue;
			n++;
			refuse(i, &err);
		}
		if (q->first != first)
			step_run(q);
	}
	return n;
}

void step_init(struct injector *in)
{
	in->outcome_fn = on_outcome;
	in->settled_fn = on_settled;
}
