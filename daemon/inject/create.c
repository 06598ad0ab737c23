// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The entrance: from a request to an injection in its queue.
 *
 *   known request?  ->  guest  ->  record, policy  ->  error source ready  ->  intent, queue
 *
 * Everything that can be refused is refused before the intent is stored: until then nothing has
 * happened, and the client may correct its request and use the same request_id again. After it the
 * client hears of the injection's state only (step.c).
 */
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "inject/budget.h"
#include "inject/policy.h"
#include "inject/queue.h"
#include "inject/record.h"

struct creation {
	struct creation *next, **prev;
	struct injector *in; /* NULL: the injector is gone */
	struct inject_request rq;
	struct journal_row row;
	const struct backend *backend;
	char tag[64], request_id[64], domain[64], backend_name[16];
	uint8_t record[JOURNAL_MAX_RECORD];
	struct inject_host *host;  /* owned; NULL: not a host event */
	struct record_needs needs; /* of the record */
	inject_done_fn done;
	void *arg;
	bool waited; /* the loop has turned since the request_id was looked up */
};

static void creation_free(struct creation *c)
{
	if (c->prev) {
		*c->prev = c->next;
		if (c->next)
			c->next->prev = c->prev;
	}
	if (c->host)
		inject_hold_unref(c->host->hold);
	caller_unref(c->rq.peer.caller);
	free(c->host);
	free(c);
}

void creations_free(struct injector *in)
{
	struct ras_err err;

	ras_fail(&err, RAS_E_GONE, "rasd is stopping");
	while (in->creations) {
		struct creation *c = in->creations;

		answer_later(in, c->done, c->arg, NULL, &err);
		in->creations = c->next;
		c->prev = NULL;
		c->in = NULL; /* freed by the answer that it waits for */
	}
}

static void create_end(struct creation *c, const struct journal_row *row, const struct ras_err *err)
{
	answer_later(c->in, c->done, c->arg, row, err);
	creation_free(c);
}

/* --- the same request again --- */

static struct injection *find_request(const struct injector *in, const struct journal_row *r)
{
	for (struct queue *q = in->queues; q; q = q->next)
		for (struct injection *i = q->first; i; i = i->next)
			if (i->row.asked.uid == r->asked.uid && i->step != STEP_DONE &&
			    strcmp(i->row.asked.request_id, r->asked.request_id) == 0)
				return i;
	return NULL;
}

static void conflict(struct creation *c)
{
	struct ras_err err;

	ras_fail(&err, RAS_E_REQUEST_ID, "request_id \"%s\" was used with other parameters",
		 c->row.asked.request_id);
	ras_hint(&err, "use a new request_id for a new injection");
	ras_field(&err, "request_id");
	create_end(c, NULL, &err);
}

/* The stored row, or a conflict, is the answer. False: the request is new. */
static bool create_known(struct creation *c)
{
	const struct journal_row *r = &c->row;
	struct injection *i = find_request(c->in, r);
	struct journal_row old;
	struct ras_err err;

	if (i && strcmp(i->row.asked.params_digest, r->asked.params_digest) != 0) {
		conflict(c);
	} else if (i && (c->rq.wait || i->step < STEP_WATCH)) {
		answer_wait(i, c->rq.wait, c->rq.timeout_ms, c->done, c->arg);
		creation_free(c);
	} else if (i) {
		create_end(c, &i->row, NULL);
	} else if (journal_find_request(c->in->journal, r->asked.uid, r->asked.request_id, &old,
					&err) < 0) {
		if (err.code == RAS_E_NOT_FOUND)
			return false;
		create_end(c, NULL, &err);
	} else if (strcmp(old.asked.params_digest, r->asked.params_digest) != 0) {
		conflict(c);
	} else {
		create_end(c, &old, NULL);
	}
	return true;
}

/* --- into the queue --- */

static void on_intent(void *arg, const struct ras_err *err)
{
	step_intent(arg, err);
}

/* The intent, and with it what a host event has to be stored with. */
static int store_intent(struct creation *c, struct injection *i, struct ras_err *err)
{
	struct journal_with with = { .moved = { .n = 0 } };
	struct inject_host *h = c->host;

	if (!h)
		return journal_intent(c->in->journal, &i->row, NULL, pace_turn_ns(i), on_intent, i,
				      err);
	if (h->has_event) {
		h->event.verdict.has_injection = true;
		h->event.verdict.injection = i->row.id;
		h->event.verdict.decided_real_ns = clock_real_ns();
		with.host.event = &h->event;
	}
	if (h->has_forward) {
		h->forward.injection = i->row.id;
		h->forward.stored_boot_ns = clock_boot_ns();
		with.host.forward = &h->forward;
	}
	return journal_intent(c->in->journal, &i->row, &with, 0, on_intent, i, err);
}

/* A real error of the host has room of its own: no request of a client may keep it out. */
static int room_for_host(const struct queue *q, struct ras_err *err)
{
	size_t n = 0;

	for (const struct injection *i = q->first; i; i = i->next)
		n += i->row.asked.origin == ORIGIN_HOST_EVENT;
	if (n < QUEUE_HOST)
		return 0;
	return ras_fail(err, RAS_E_BUSY, "%zu errors of the host wait for %s already", n,
			q->domain);
}

static struct policy_question question(const struct creation *c)
{
	return (struct policy_question){ .domain = c->row.target.domain,
					 .needs = c->needs,
					 .origin = c->row.asked.origin,
					 .caller = c->rq.peer.caller,
					 .n_open = c->in->n_open,
					 .confirmed = c->rq.confirm_fatal };
}

/* Into the audit trail: what somebody wanted and may not. What is only tried out is no news. */
static void tell_refused(const struct creation *c, const struct ras_err *why)
{
	const struct journal_row *row = &c->row;

	if (!c->host && !c->rq.dry_run)
		audit_refused(&(struct audit_subject){ .domain = row->target.domain,
						       .severity = row->severity,
						       .origin = origin_name(row->asked.origin),
						       .via = row->target.backend,
						       .tag = row->asked.tag,
						       .gpa = &row->target.gpa,
						       .uid = row->asked.uid },
			      why);
}

static int ask_policy(const struct creation *c, const struct guest *g, struct ras_err *err)
{
	const struct policy_question q = question(c);
	int r = policy_check(c->in->policy, g, &q, err);

	if (r < 0)
		tell_refused(c, err);
	return r;
}

static void count_policy(const struct creation *c)
{
	const struct policy_question q = question(c);

	policy_take(c->in->policy, &q);
}

static int start_injection(struct creation *c, struct guest *g, struct error_source *s,
			   struct ras_err *err)
{
	struct queue *q = queue_of(c->in, c->row.target.domain, c->row.target.backend, s->id);
	struct injection *i;
	int r;

	if (!q)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	r = c->host ? room_for_host(q, err) : share_room(q, c->row.asked.uid, err);
	/* Others may have used the limit up, or the lever was engaged, since make_record(). */
	if (r == 0)
		r = ask_policy(c, g, err);
	if (r < 0)
		return r;
	c->row.gen.pid = g->life.pid;
	c->row.gen.start_time = g->life.start_time;
	c->row.gen.reset_count = g->life.reset_count;
	inj_note_guest(&c->row, g);
	c->row.target.source_id = s->id;
	snprintf(c->row.target.monitor, sizeof(c->row.target.monitor), "%s", guest_monitor_name(g));
	c->row.outcome.state = INJ_INTENT;
	backend_why(g, c->backend, c->rq.via.backend, c->row.outcome.detail,
		    sizeof(c->row.outcome.detail));
	c->row.place = share_place(q, c->row.asked.uid);
	i = inj_new(q, &c->row, step_timer);
	if (!i)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	i->step = STEP_COMMIT;
	i->send.hold = c->host ? inject_hold_ref(c->host->hold) : NULL;
	i->send.caller = caller_ref(c->rq.peer.caller);
	i->send.deadline_boot_ns = clock_boot_ns() + c->rq.timeout_ms * 1000000;
	r = store_intent(c, i, err);
	if (r < 0) {
		inj_free(i);
		return r;
	}
	count_policy(c);
	FAILPOINT(intent_queued);
	/* Where it is sent next, the disk and the monitor are asked at the same time. */
	if (q->first == i)
		source_foretell(s, NO_JOB_IDLE_NS);
	answer_wait(i, c->rq.wait, c->rq.timeout_ms, c->done, c->arg);
	return 0;
}

static int fits_backend(struct creation *c, const struct guest *g, const struct error_source *s,
			struct ras_err *err)
{
	return backend_fits(c->backend, g, s, c->row.record, c->row.record_len,
			    c->rq.via.allow_crash, err);
}

static void on_prepared(void *arg, struct guest *g, struct error_source *s,
			const struct ras_err *why)
{
	struct creation *c = arg;
	struct ras_err err;

	if (!c->in) {
		creation_free(c);
	} else if (why) {
		create_end(c, NULL, why);
	} else if (record_fits_guest(&c->rq, g, &c->row, &err) < 0 ||
		   fits_backend(c, g, s, &err) < 0) {
		create_end(c, NULL, &err);
	} else if (c->rq.dry_run) {
		c->row.target.source_id = s->id;
		snprintf(c->row.outcome.detail, sizeof(c->row.outcome.detail),
			 "dry run: all checks passed, nothing was stored or sent%s",
			 source_holds(s, c->row.record, c->row.record_len) ?
				 "; the block holds the same bytes: after a lost reply the "
				 "outcome would be unknown" :
				 "");
		create_end(c, &c->row, NULL);
	} else if (c->waited && create_known(c)) {
		return; /* the same id has come in meanwhile */
	} else if (start_injection(c, g, s, &err) < 0) {
		create_end(c, NULL, &err);
	} else {
		creation_free(c);
	}
}

/* --- record and policy --- */

/*
 * The backend that will carry the record. If the guest cannot take any record, that is the first
 * reason to refuse: a grant, or another record, would not help. (For a real error of the host the
 * grant is looked up first, because most guests have none.)
 */
static int choose_backend(struct creation *c, const struct guest *g, struct ras_err *err)
{
	const char *name = c->rq.via.backend;
	int r = 0;

	c->backend = name ? backend_named(name) : backend_at(0);
	if (!c->backend)
		return ras_fail(err, RAS_E_NOT_CAPABLE, "there is no backend \"%.15s\"", name);
	if (guest_is_up(g))
		r = backend_pick(g, name, &c->backend, err);
	return c->host ? 0 : r;
}

static int make_record(struct creation *c, const struct guest *g, struct ras_err *err)
{
	struct journal_row *row = &c->row;
	enum conf_severity worst;
	int r = choose_backend(c, g, err);

	if (r < 0)
		return r;
	snprintf(row->target.backend, sizeof(row->target.backend), "%s", c->backend->name);
	r = uuid_generate(&row->id, err);
	if (r == 0)
		r = record_build(&c->rq, &row->id, c->backend->cper_profile, row, err);
	if (r == 0)
		r = conf_severity_parse(row->severity, &worst, err);
	if (r == 0 && !c->host && guest_is_up(g))
		r = fits_backend(c, g, NULL, err);
	if (r < 0)
		return r;
	record_needs(row->record, row->record_len, worst, &c->needs);
	return ask_policy(c, g, err);
}

static void on_guest(void *arg, struct guest *g, const struct ras_err *why)
{
	struct creation *c = arg;
	const struct error_source *s;
	struct ras_err err;
	uint32_t id;

	if (!c->in) {
		creation_free(c);
		return;
	}
	if (!why && guest_is_other(g, &err))
		why = &err;
	if (why || make_record(c, g, &err) < 0) {
		create_end(c, NULL, why ? why : &err);
		return;
	}
	id = backend_choose(c->backend, c->row.record, c->row.record_len);
	s = source_known(g, c->backend, id);
	c->waited |= !s || !source_ready(s);
	source_prepare(c->in->backends, g, c->backend, id, on_prepared, c);
}

/* Copy what is the caller's. */
static int take_request(struct creation *c, const struct inject_request *rq,
			const struct inject_host *host, struct ras_err *err)
{
	struct journal_row *row = &c->row;

	c->rq = *rq;
	snprintf(c->request_id, sizeof(c->request_id), "%s", rq->request_id);
	snprintf(c->tag, sizeof(c->tag), "%s", rq->tag ? rq->tag : "");
	snprintf(c->domain, sizeof(c->domain), "%s", rq->domain);
	snprintf(c->backend_name, sizeof(c->backend_name), "%s",
		 rq->via.backend ? rq->via.backend : "");
	snprintf(row->asked.params_digest, sizeof(row->asked.params_digest), "%s",
		 rq->params_digest);
	c->rq.request_id = c->request_id;
	c->rq.tag = c->tag;
	c->rq.domain = c->domain;
	c->rq.via.backend = rq->via.backend ? c->backend_name : NULL;
	c->rq.params_digest = row->asked.params_digest;
	caller_ref(rq->peer.caller);
	if (host) {
		c->host = malloc(sizeof(*c->host));
		if (!c->host)
			return ras_fail(err, RAS_E_NOMEM, "out of memory");
		*c->host = *host;
		inject_hold_ref(host->hold);
		row->asked.origin = ORIGIN_HOST_EVENT;
		uuid_format(&host->event_id, row->asked.origin_ref);
	}
	snprintf(row->asked.request_id, sizeof(row->asked.request_id), "%s", c->request_id);
	snprintf(row->target.domain, sizeof(row->target.domain), "%s", c->domain);
	snprintf(row->asked.tag, sizeof(row->asked.tag), "%s", c->tag);
	row->target.hpa = rq->via.hpa;
	row->target.has_hpa = rq->via.has_hpa;
	row->asked.uid = rq->peer.uid;
	row->asked.as_uid = rq->peer.as_uid;
	row->asked.pid = rq->peer.pid;
	row->created_real_ns = row->outcome.decided_real_ns = clock_real_ns();
	if (!rq->record)
		return 0;
	if (rq->record_len > sizeof(c->record))
		return ras_fail(err, RAS_E_RECORD, "record of %zu bytes is too long",
				rq->record_len);
	memcpy(c->record, rq->record, rq->record_len);
	c->rq.record = c->record;
	return 0;
}

void injector_create(struct injector *in, const struct inject_request *rq, inject_done_fn done,
		     void *arg)
{
	injector_forward(in, rq, NULL, done, arg);
}

void injector_forward(struct injector *in, const struct inject_request *rq,
		      const struct inject_host *host, inject_done_fn done, void *arg)
{
	struct creation *c = calloc(1, sizeof(*c));
	struct guest *g;
	struct ras_err err;

	if (!c) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		answer_later(in, done, arg, NULL, &err);
		return;
	}
	c->in = in;
	c->done = done;
	c->arg = arg;
	c->next = in->creations;
	c->prev = &in->creations;
	if (c->next)
		c->next->prev = &c->next;
	in->creations = c;
	if (take_request(c, rq, host, &err) < 0) {
		create_end(c, NULL, &err);
	} else if (!rq->dry_run && create_known(c)) {
		return;
	} else if (policy_lever_check(in->policy, c->row.asked.origin, &err) < 0) {
		/* At once, and not when its guest has been found. */
		tell_refused(c, &err);
		create_end(c, NULL, &err);
	} else if (guests_find(in->guests, c->domain, &g, NULL) == 0 && guest_is_up(g)) {
		on_guest(c, g, NULL);
	} else {
		c->waited = true;
		guests_seek(in->guests, c->domain, (int)rq->timeout_ms, on_guest, c);
	}
}
