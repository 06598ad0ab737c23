// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Settling: injections whose outcome nobody saw, because rasd died or the monitor's reply was lost.
 * Nothing is ever sent again by itself.
 *
 * What an earlier life left for one error source is in the order of sending, which is that of the
 * places in its rows (share.c). A record was sent when the one before
 * was acknowledged, which need not have reached the journal, or had another outcome, which had
 * (send.c). So the block decides all of them: those before the record in it were acknowledged,
 * those behind it were never sent. A record without an id of its own was sent only when all before
 * it was stored, so behind an undecided one it was not. That holds for the death of rasd; after the
 * death of the host the guest is gone, too.
 *
 * The fence comes first: QEMU serves one monitor client, so its answers on a new connection
 * (greeting, query-status: GUEST_UP) mean that everything sent on the old one was done. But a guest
 * may have two monitors, and they know nothing of each other: the fence of an injection is that of
 * the monitor it was sent through, and of both where that is not known. Until it holds, nothing is
 * decided and nothing else is sent to that source. Where that monitor is gone for good, what the
 * block holds still counts, but not what it does not hold.
 *
 * Then the block is read, and verdict_settle() says what follows. What cannot be read yet (no
 * fence, no helper, firmware at work) is tried again for as long as that QEMU lives.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "inject/budget.h"
#include "inject/queue.h"

static const char *const monitors[] = { "socket", "libvirt" };

static struct settlement later(const char *why)
{
	struct settlement s = { .what = SETTLED_LATER };

	snprintf(s.text, sizeof(s.text), "not decided yet: %.130s", why);
	return s;
}

static struct settlement first_is(enum inj_state state, const char *why)
{
	struct settlement s = { .what = SETTLED_FIRST, .state = state };

	snprintf(s.text, sizeof(s.text), "%.159s", why);
	return s;
}

static const struct settlement pending = { .what = SETTLED_PENDING };

/* --- the block --- */

/* The injection whose record the block holds; NULL where it is none of the queue. */
static struct injection *in_block(struct queue *q, const struct source_look *look)
{
	enum block_now now = block_of(look, q->first->row.record, q->first->row.record_len);
	struct injection *i;

	if (now == BLOCK_PENDING || now == BLOCK_CLEARED || now == BLOCK_ACKED ||
	    now == BLOCK_RAISED || now == BLOCK_UNPUBLISHED)
		return q->first;
	for (i = q->first->next; i; i = i->next) {
		if (i->step != STEP_SETTLE || !i->send.own_id)
			continue;
		now = block_of(look, i->row.record, i->row.record_len);
		if (now == BLOCK_PENDING || now == BLOCK_CLEARED || now == BLOCK_ACKED ||
		    now == BLOCK_UNPUBLISHED)
			return i;
	}
	return NULL;
}

/* Whether the block holds the intact bytes of the record that was sent before i. */
static enum before before_in_block(const struct injection *i, const struct source_look *look)
{
	_free_ struct journal_row *before = malloc(sizeof(*before));
	enum block_now now;
	struct ras_err err;

	if (!before || journal_sent_before(i->in->journal, &i->row, before, &err) < 0)
		return BEFORE_NOT_THERE;
	now = block_of(look, before->record, before->record_len);
	return now == BLOCK_PENDING || now == BLOCK_CLEARED || now == BLOCK_ACKED ?
		       BEFORE_INTACT :
		       BEFORE_NOT_THERE;
}

static struct settlement judge(struct queue *q, const struct error_source *s,
			       const struct source_look *look)
{
	struct injection *x = in_block(q, look), *i = x ? x : q->first;
	struct settle_evidence e = { .state = i->row.outcome.state,
				     .now = block_of(look, i->row.record, i->row.record_len),
				     .fence = q->fence.fence,
				     .rivals = s->place.n_rivals,
				     .may_have = !i->send.own_id &&
						 (i->send.may_have || !i->send.time_known) };
	struct settlement out = { .state = INJ_UNKNOWN, .at = i };
	struct settle_verdict v = verdict_settle(&e);

	if (v.what == SETTLE_ASK_BEFORE) {
		e.before = before_in_block(i, look);
		v = verdict_settle(&e);
	}
	verdict_say(v.text, END_NONE, READ_NOT_SAID, "", out.text);
	out.state = v.state;
	if (v.what == SETTLE_LATER)
		return later("the block cannot be read");
	if (x) {
		out.what = SETTLED_AT;
		out.behind = q->fence.fence == FENCE_HOLDS && !e.rivals ? INJ_REFUSED : INJ_UNKNOWN;
		out.behind_text = e.rivals		       ? TEXT_RIVALS :
				  q->fence.fence == FENCE_NONE ? TEXT_NO_FENCE :
								 TEXT_BEHIND;
	} else {
		/* None of those that an earlier life left was sent, then. */
		out.what = v.state == INJ_REFUSED ? SETTLED_INTENTS : SETTLED_FIRST;
	}
	return out;
}

static void on_look(void *arg, const struct source_look *look, const struct ras_err *err)
{
	struct injection *i = arg;
	struct queue *q = i->queue;
	const struct error_source *s = queue_source(q);
	struct settlement out;

	i->watch.look = LOOK_IDLE;
	FAILPOINT(settle_read);
	if (i->step == STEP_DONE)
		out = pending;
	else if (err || !s)
		out = later(err ? err->text : "the guest is not known any more");
	else
		out = judge(q, s, look);
	q->in->settled_fn(q, &out);
}

static struct settlement read_block(struct queue *q, struct error_source *s)
{
	struct injection *i = q->first;
	struct source_at at = inj_at(i);
	struct ras_err err;

	/* What the journal says of the record before is asked as well. */
	if (!journal_stored(i->in->journal, q->stored.last))
		return later("its predecessor's outcome is not stored yet");
	FAILPOINT(settle_fenced);
	if (source_readback(s, &at, 0, on_look, i, &err) < 0)
		return later(err.text);
	i->watch.look = LOOK_READING;
	return pending;
}

static void on_ready(void *arg, struct guest *g, struct error_source *s, const struct ras_err *err)
{
	struct queue *q = arg;
	struct settlement out = pending;

	(void)g;
	if (!queue_unhold(q))
		return;
	if (!q->first || q->first->step != STEP_SETTLE || q->first->watch.look != LOOK_SEARCHING) {
		queue_release(q);
		return;
	}
	q->first->watch.look = LOOK_IDLE;
	/* A guest that may not take a record now may still have its block read. */
	if (s && source_found(s))
		out = read_block(q, s);
	else
		out = later(err ? err->text : "its error source is not found");
	q->in->settled_fn(q, &out);
}

/* --- the fence --- */

/* Whether i may still be on its way through that monitor of g. */
static bool may_be_in(const struct injection *i, const char *monitor, struct guest *g)
{
	struct ras_err err;
	int r;

	if (i->step != STEP_SETTLE || i->row.outcome.state != INJ_INTENT)
		return false;
	if (i->row.target.monitor[0])
		return strcmp(i->row.target.monitor, monitor) == 0;
	r = guest_has_monitor(g, monitor, &err);
	return r == 0 || r == -RAS_E_NOT_READY;
}

/*
 * True once each monitor by which something of the queue may be on its way has answered again, or
 * is gone. False: out says why not yet.
 */
static bool fenced(struct queue *q, struct guest *g, struct settlement *out)
{
	struct ras_err err;

	if (!q->backend->traits.fence)
		return true;
	for (unsigned int m = 0; m < ARRAY_LEN(monitors); m++) {
		bool needed = false;
		int r;

		if (guest_is_up(g) && strcmp(guest_monitor_name(g), monitors[m]) == 0)
			q->fence.answered |= 1u << m;
		for (const struct injection *i = q->first; i; i = i->next)
			needed |= may_be_in(i, monitors[m], g);
		if (!needed || (q->fence.answered & 1u << m))
			continue;
		r = guest_connect_by(g, monitors[m], &err);
		q->fence.away |= r == 0;
		if (r != -RAS_E_NOT_FOUND) {
			*out = later(r == 0 ? g->link.down.text : err.text);
			return false;
		}
		q->fence.fence = FENCE_NONE;
		q->fence.answered |= 1u << m;
	}
	return true;
}

/* Its process runs, but what answers for the guest now is another one: who it says to be. */
static const char *another_qemu(const struct guest *g, char *out, size_t size)
{
	const char *name = g->id.said.name;

	snprintf(out, size, "the guest has another QEMU now: process %d%s%s", (int)g->life.pid,
		 name[0] ? ", which says that it is " : "", name);
	return out;
}

struct settlement settle_start(struct queue *q)
{
	struct injection *i = q->first;
	struct settlement out;
	struct ras_err err;
	struct guest *g;

	if (i->watch.look != LOOK_IDLE)
		return pending;
	if (!q->backend) {
		snprintf(err.text, sizeof(err.text),
			 "it was sent by backend %.15s, which this rasd does not have",
			 q->backend_name);
		return first_is(INJ_UNKNOWN, err.text);
	}
	if (i->row.other_boot)
		return first_is(INJ_UNKNOWN,
				"the host was restarted before the outcome could be read");
	if (!inj_process_alive(i))
		return first_is(INJ_UNKNOWN, "QEMU ended before the outcome could be read");
	if (guests_find(q->in->guests, q->domain, &g, &err) < 0)
		return later(err.text);
	if (guest_is_up(g) &&
	    (g->life.pid != i->row.gen.pid || g->life.start_time != i->row.gen.start_time))
		return first_is(INJ_UNKNOWN, another_qemu(g, err.text, sizeof(err.text)));
	if (guest_is_up(g) && inj_check_guest(i, g, &err) < 0)
		return first_is(INJ_UNKNOWN, err.text);
	/* It is asked again by itself; nobody else's monitor is this one's fence. */
	if (guest_is_other(g, &err))
		return later(err.text);
	if (!fenced(q, g, &out))
		return out;
	if (!guest_is_up(g))
		return later(g->link.down.text); /* GUEST_UP comes back here at once */
	i->watch.look = LOOK_SEARCHING;
	queue_hold(q);
	source_prepare(q->in->backends, g, q->backend, q->source_id, on_ready, q);
	return pending;
}

void settle_lost_reply(struct injection *i)
{
	struct queue *q = i->queue;
	struct guest *g = queue_guest(q);

	i->delay_us = 0;
	q->fence.answered = 0;
	q->fence.fence = FENCE_HOLDS;
	/* The connection first: on a new one QEMU's answers are the fence. */
	if (g && q->backend->traits.fence)
		guest_reconnect(g);
}

/* --- back to the preferred monitor --- */

static bool others_busy(const struct queue *q)
{
	for (const struct queue *o = q->in->queues; o; o = o->next)
		if (o->first && strcmp(o->domain, q->domain) == 0)
			return true;
	return false;
}

static void on_empty(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = { 0, SETTLE_BACK_RETRY_US };
	struct queue *q = arg;
	const struct error_source *s;
	struct guest *g;

	(void)fd, (void)what;
	/* Whatever came meanwhile is sent as the guest is reached now: after that, then. */
	if (q->first)
		return;
	g = queue_guest(q);
	s = queue_source(q);
	q->fence.away = g && (q->n_asked || others_busy(q) || (s && s->state == SOURCE_SEARCHING) ||
			      !guest_connect_as_preferred(g));
	if (q->fence.away)
		evtimer_add(q->fence.back_ev, &again);
	else
		queue_release(q);
}

void settle_end(struct queue *q)
{
	static const struct timeval at_once = { 0, 0 };

	if (!q->fence.away)
		return;
	/* The event is the queue's own, so it ends with the queue. */
	if (!q->fence.back_ev)
		q->fence.back_ev = evtimer_new(q->in->base, on_empty, q);
	/* Not from here: who called may be in the middle of the guest or its monitor. */
	if (q->fence.back_ev)
		evtimer_add(q->fence.back_ev, &at_once);
}
