// SPDX-License-Identifier: LGPL-2.1-or-later
/* The injector as a whole: made from the journal's undecided rows, told of guests, and freed. */
#include "inject/inject.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "inject/budget.h"
#include "inject/policy.h"
#include "inject/queue.h"

struct preparation {
	guest_know_fn fn;
	void *arg;
};

static void on_prepared(void *arg, struct guest *g, struct error_source *s,
			const struct ras_err *err)
{
	struct preparation p = *(struct preparation *)arg;

	(void)s;
	free(arg);
	p.fn(p.arg, g, err);
}

void injector_prepare(struct injector *in, struct guest *g, guest_know_fn fn, void *arg)
{
	struct preparation *p = malloc(sizeof(*p));
	struct ras_err err;

	if (!p) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		fn(arg, g, &err);
		return;
	}
	*p = (struct preparation){ .fn = fn, .arg = arg };
	source_prepare(in->backends, g, NULL, SOURCE_ANY, on_prepared, p);
}

void injector_foretell(struct injector *in, struct guest *g)
{
	(void)in;
	for (struct error_source *s = g->sources; s; s = s->next)
		if (source_found(s))
			source_foretell(s, NO_JOB_IDLE_NS);
}

int injector_get(struct injector *in, const struct uuid *id, struct journal_row *out,
		 struct ras_err *err)
{
	for (struct queue *q = in->queues; q; q = q->next)
		for (struct injection *i = q->first; i; i = i->next)
			if (uuid_equal(&i->row.id, id) && i->step != STEP_COMMIT) {
				*out = i->row;
				return 0;
			}
	return journal_get(in->journal, id, out, err);
}

int injector_find_request(struct injector *in, uid_t uid, const char *request_id,
			  struct journal_row *out, struct ras_err *err)
{
	return journal_find_request(in->journal, uid, request_id, out, err);
}

static void on_guest(void *arg, const void *what)
{
	const struct guest_change *c = what;

	if (c->ev == GUEST_UP)
		bad_pages_guest_up(arg, c->g);
	step_guest(arg, c->g, c->ev);
}

struct undecided {
	struct injector *in;
	bool no_memory;
};

/* A row that an earlier life left undecided, oldest first: to its place in its queue. */
static int add_undecided(void *arg, const struct journal_row *row)
{
	struct undecided *u = arg;
	struct queue *q =
		queue_of(u->in, row->target.domain, row->target.backend, row->target.source_id);
	struct injection *i = q ? inj_new(q, row, step_timer) : NULL;

	if (!i) {
		u->no_memory = true;
		return -1;
	}
	i->step = STEP_SETTLE;
	i->send.sent_boot_ns = clock_boot_ns();
	return 0;
}

/* All of them or none: a row left out would lose its proof to the next record. */
static int take_undecided(struct injector *in, struct ras_err *err)
{
	struct undecided u = { .in = in };
	int r = journal_undecided(in->journal, add_undecided, &u, err);

	return u.no_memory ? ras_fail(err, RAS_E_NOMEM, "out of memory") : r;
}

int injector_new(struct injector **out, struct event_base *base, const struct conf *conf,
		 struct guests *guests, struct journal *journal, struct backends *backends,
		 struct ras_err *err)
{
	struct injector *in = calloc(1, sizeof(*in));
	int r;

	if (!in)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*in = (struct injector){ .base = base,
				 .conf = conf,
				 .guests = guests,
				 .journal = journal,
				 .backends = backends };
	step_init(in);
	r = policy_new(&in->policy, conf, journal, err);
	if (r == 0)
		r = answers_init(in, err);
	if (r == 0)
		r = take_undecided(in, err);
	if (r < 0) {
		injector_free(in);
		return r;
	}
	guests_subscribe(guests, &in->guest_sub, on_guest, in);
	*out = in;
	for (struct queue *q = in->queues, *next; q; q = next) {
		next = q->next;
		step_settle_first(q);
	}
	return 0;
}

/* What is undecided stays so in the journal: the next life settles it. */
static void queue_end(struct queue *q)
{
	while (q->first) {
		answer_waiters(q->first, true, NULL);
		inj_free(q->first);
	}
	q->in->queues = q->next;
	q->in = NULL;
	queue_free_events(q); /* an answer may keep the queue for longer than the loop lives */
	queue_release(q);
}

void injector_free(struct injector *in)
{
	if (!in)
		return;
	guests_unsubscribe(in->guests, &in->guest_sub);
	bad_pages_end(in);
	creations_free(in);
	while (in->queues)
		queue_end(in->queues);
	if (in->answer_ev) {
		answers_flush(in);
		event_free(in->answer_ev);
	}
	policy_free(in->policy);
	free(in);
}

struct policy *injector_policy(const struct injector *in)
{
	return in->policy;
}

size_t injector_recheck(struct injector *in)
{
	return step_recheck(in);
}

size_t injector_waiting(const struct injector *in, bool host_events_too)
{
	size_t n = 0;

	for (const struct queue *q = in->queues; q; q = q->next)
		for (const struct injection *i = q->first; i; i = i->next)
			n += step_waits(i) &&
			     (host_events_too || i->row.asked.origin != ORIGIN_HOST_EVENT);
	return n;
}

size_t injector_open(const struct injector *in)
{
	return in->n_open;
}
