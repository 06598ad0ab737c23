// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sending: one record at a time to an error source, in the order of places (share.c). The backend
 * overwrites the block, and with it the only proof of the record before; so the next record is sent
 * only when that one is decided.
 *
 * An acknowledgement need not be in the journal by then. If rasd dies, its next life finds the next
 * record in the block and knows that the one before was acknowledged (settle.c). That needs bytes
 * like no other record's: before a record without an id of its own everything must be stored
 * (step.c). Any outcome other than an acknowledgement must be stored first.
 *
 * "Does not acknowledge" means proved not written, so trying again is safe. A lost reply is never
 * tried again: it is settled.
 */
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "inject/budget.h"
#include "inject/policy.h"
#include "inject/queue.h"

static struct outcome refused(const char *why)
{
	struct outcome o = { .what = OUT_STATE, .state = INJ_REFUSED };

	snprintf(o.text, sizeof(o.text), "not sent: %.140s", why);
	return o;
}

static bool in_time(const struct injection *i, int64_t delay_us)
{
	return clock_boot_ns() + delay_us * 1000 <= i->send.deadline_boot_ns;
}

/* How long to wait before the next try, if there is one. */
static int64_t retry_us(struct injection *i, enum submit_outcome so)
{
	if (so != SUBMIT_BUSY)
		return MONITOR_RETRY_US;
	i->delay_us = i->delay_us ? i->delay_us * 2 : pace_first_retry_us(i->queue);
	if (i->delay_us > BUSY_RETRY_MAX_US)
		i->delay_us = BUSY_RETRY_MAX_US;
	return i->delay_us;
}

/* The guest is at work on i: what has to be asked before the next is sent is asked meanwhile. */
static void foretell_next(struct injection *i)
{
	struct error_source *s = i->next ? queue_source(i->queue) : NULL;

	if (s)
		source_foretell(s, NO_JOB_QUEUE_NS);
}

static const char *const written[] = {
	[PROOF_READ_ACK] = "the record is in the block, the guest has not acknowledged yet",
	[PROOF_EVENT] = "QEMU took the record and has not said yet that it raised it",
	[PROOF_REGISTERS] = "QEMU set the error, the guest's driver has not cleared it yet",
};

static struct outcome after_submit(struct injection *i, enum submit_outcome so,
				   const struct ras_err *err)
{
	struct outcome o = { 0 };
	int64_t delay_us = so == SUBMIT_OK ? 0 : retry_us(i, so);

	/* If there is no time for another try, the outcome has the reason of this one. */
	switch (verdict_submit(so, in_time(i, delay_us))) {
	case SUBMITTED:
		o.what = OUT_STATE;
		o.state = INJ_WRITTEN;
		snprintf(o.text, sizeof(o.text), "%s", written[i->queue->backend->traits.proof]);
		foretell_next(i);
		break;
	case SUBMIT_RETRY:
		o.what = OUT_RETRY;
		o.delay_us = delay_us;
		break;
	case SUBMIT_NEVER:
		o = refused("the guest does not acknowledge the record before");
		if (so != SUBMIT_BUSY || i->queue->backend->traits.proof != PROOF_READ_ACK)
			snprintf(o.text, sizeof(o.text), "not written: %.140s", err->text);
		break;
	case SUBMIT_SETTLE:
		o.what = OUT_LOST_REPLY;
		snprintf(o.text, sizeof(o.text), "%.159s", err->text);
		break;
	}
	return o;
}

/* The answer may come when the injector is gone: it knows the queue, which waits for it. */
static void on_submit(void *arg, enum submit_outcome so, const struct ras_err *err)
{
	struct queue *q = arg;
	struct injection *i;
	struct outcome o;

	FAILPOINT(submit_answered);
	if (!queue_unhold(q))
		return;
	i = q->first;
	if (so == SUBMIT_OK || so == SUBMIT_BUSY)
		pace_alive(i->queue);
	o = after_submit(i, so, err);
	i->in->outcome_fn(i, &o);
}

/*
 * The monitor is away, the guest is not (libvirtd restarts): what is queued waits for its return,
 * within its deadline. GUEST_UP comes back here.
 */
static bool must_wait(const struct injection *i, const struct guest *g, struct outcome *o)
{
	int64_t left_us = (i->send.deadline_boot_ns - clock_boot_ns()) / 1000;

	if (guest_is_up(g) || guest_is_other(g, NULL) || left_us <= 0 || !inj_process_alive(i))
		return false;
	*o = (struct outcome){ .what = OUT_AGAIN, .delay_us = left_us };
	return true;
}

static void on_known_again(void *arg, struct guest *g, struct error_source *s,
			   const struct ras_err *err)
{
	struct queue *q = arg;
	struct injection *i;
	struct outcome o = { .what = OUT_SEND };

	(void)s;
	if (!queue_unhold(q))
		return;
	i = q->first;
	if (!i || i->step != STEP_PREPARE) {
		queue_release(q);
		return;
	}
	if (err && !must_wait(i, g, &o))
		o = refused(err->text);
	i->in->outcome_fn(i, &o);
}

/* What can be wrong with the guest by now; 0 if nothing is. */
static int check(const struct injection *i, struct guest **out_g, struct error_source **out_s,
		 struct ras_err *err)
{
	struct error_source *s;
	struct generation now, want = inj_at(i).gen;
	struct guest *g;
	int r = guests_find(i->in->guests, i->row.target.domain, &g, err);

	if (r == 0)
		r = backend_capable(i->queue->backend, g, err);
	if (r < 0)
		return r;
	if (!inj_seems_alive(i))
		return ras_fail(err, RAS_E_GONE, "QEMU has ended");
	now = generation_of(g);
	s = queue_source(i->queue);
	if (!generation_equal(&now, &want) || !s || !source_found(s) ||
	    s->id != i->row.target.source_id)
		return ras_fail(err, RAS_E_GONE, "the guest was reset or replaced meanwhile");
	r = inj_check_guest(i, g, err);
	if (r < 0)
		return r;
	/* The row says by what it is sent: the next life needs the fence of that monitor. */
	if (strcmp(i->row.target.monitor, guest_monitor_name(g)) != 0)
		return ras_fail(err, RAS_E_GONE, "the guest is reached by %s now, no longer by %s",
				guest_monitor_name(g), i->row.target.monitor);
	*out_g = g;
	*out_s = s;
	return 0;
}

/*
 * The rules as they are now: the lever may have been engaged or the grant taken back since the
 * request was accepted, and what waits in the queue must stop then. A fatal record was
 * confirmed when it was accepted.
 */
int send_allowed(const struct injection *i, const struct guest *g, struct ras_err *err)
{
	struct policy_question q = { .domain = i->row.target.domain,
				     .origin = i->row.asked.origin,
				     .caller = i->send.caller,
				     .confirmed = true,
				     .again = true };
	enum conf_severity worst;
	int r = conf_severity_parse(i->row.severity, &worst, err);

	if (r < 0)
		return r;
	record_needs(i->row.record, i->row.record_len, worst, &q.needs);
	return policy_check(i->in->policy, g, &q, err);
}

static struct outcome send_now(struct injection *i)
{
	struct error_source *s;
	struct guest *g;
	struct ras_err err;
	int64_t hold_ns;

	FAILPOINT(turn_taken);
	if (!in_time(i, 0))
		return refused("its time was over before it was the first in the queue");
	if (check(i, &g, &s, &err) < 0 || send_allowed(i, g, &err) < 0)
		return refused(err.text);
	hold_ns = pace_hold_ns(i);
	if (hold_ns > i->send.deadline_boot_ns - clock_boot_ns())
		return refused("the guest has only just started");
	if (hold_ns)
		return (struct outcome){ .what = OUT_RETRY, .delay_us = hold_ns / 1000 + 1 };
	i->send.may_have = !i->send.own_id && source_may_hold(s, i->row.record, i->row.record_len);
	i->send.sent_boot_ns = clock_boot_ns();
	i->send.time_known = true;
	i->send.n_links = g->life.n_links;
	look_note_send(i);
	i->step = STEP_SENDING;
	FAILPOINT(submit_before);
	queue_hold(i->queue);
	if (source_submit(s, i->row.record, i->row.record_len, on_submit, i->queue, &err) < 0) {
		queue_unhold(i->queue);
		return refused(err.text);
	}
	return (struct outcome){ .what = OUT_PENDING };
}

struct outcome send_start(struct injection *i)
{
	struct queue *q = i->queue;
	struct guest *g = queue_guest(q);
	const struct error_source *s = queue_source(q);
	struct outcome o;

	if (i->step == STEP_PREPARE || !g)
		return send_now(i);
	if (must_wait(i, g, &o))
		return o;
	if (guest_is_up(g) && s && !source_found(s) && g->life.pid == i->row.gen.pid &&
	    g->life.reset_count == i->row.gen.reset_count) {
		i->step = STEP_PREPARE;
		queue_hold(q);
		source_prepare(i->in->backends, g, q->backend, q->source_id, on_known_again, q);
		return (struct outcome){ .what = OUT_PENDING };
	}
	return send_now(i);
}

struct outcome send_tick(struct injection *i)
{
	if (i->step == STEP_BACKOFF)
		return send_start(i);
	if (i->step != STEP_QUEUED)
		return (struct outcome){ .what = OUT_PENDING };
	return refused(i->queue->first == i ? "the guest's monitor did not come back in time" :
					      "the guest does not acknowledge the record before");
}
