// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * THE PATH, entrance and state machine.
 *
 *   create -> policy, guest ready, record valid -> intent durable -> send (send.c) -> watch (watch.c)
 *
 * Everything that can be refused is refused before the intent. After it, each change of state goes
 * through inj_decide(): journal first in line, then whoever waits. An injection that is decided
 * leaves memory; the journal answers for it from then on.
 */
#include "inject/inject.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "inject/queue.h"
#include "inject/record.h"

void inj_timer(struct injection *i, int64_t us)
{
	struct timeval tv = { us / 1000000, us % 1000000 };

	evtimer_add(i->timer, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct injection *i = arg;

	(void)fd;
	(void)what;
	if (i->step == STEP_WATCH)
		watch_tick(i);
	else if (i->step == STEP_SETTLE)
		settle_tick(i);
	else
		send_tick(i);
}

static void waiter_answer(struct waiter *w, const struct ras_err *err)
{
	struct injection *i = w->inj;

	for (struct waiter **at = &i->waiters; *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			break;
		}
	FAILPOINT(reply_before);
	w->done(w->arg, &i->row, err);
	FAILPOINT(reply_after);
	if (w->timer)
		event_free(w->timer);
	free(w);
}

static void on_wait_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	waiter_answer(arg, NULL);
}

static void add_waiter(struct injection *i, const struct inject_request *rq, inject_done_fn done,
		       void *arg)
{
	struct timeval tv = { rq->timeout_ms / 1000, rq->timeout_ms % 1000 * 1000 };
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w) {
		done(arg, &i->row, NULL);
		return;
	}
	w->inj = i;
	w->until_final = rq->wait;
	w->done = done;
	w->arg = arg;
	w->timer = evtimer_new(i->in->base, on_wait_over, w);
	evtimer_add(w->timer, &tv);
	w->next = i->waiters;
	i->waiters = w;
}

void inj_acknowledged(struct injection *i)
{
	struct lane *l = i->lane;

	if (!i->settled) {
		i->row.ack_ns = clock_boot_ns() - i->sent_boot_ns;
		l->typical_ack_ns = l->typical_ack_ns ?
					    (7 * l->typical_ack_ns + i->row.ack_ns) / 8 :
					    i->row.ack_ns;
	}
	lane_note_ack(l, i);
	inj_decide(i, INJ_ACKNOWLEDGED, "the guest cleared our record and set read-ack");
}

/*
 * Out of its lane, which goes on: the guest first, then who waits for the answer; then out of
 * memory.
 */
void inj_forget(struct injection *i, const struct ras_err *err)
{
	struct lane *l = i->lane;

	i->step = STEP_DONE;
	for (struct injection **at = &l->first; *at; at = &(*at)->next)
		if (*at == i) {
			*at = i->next;
			l->n--;
			break;
		}
	lane_run(l);
	while (i->waiters)
		waiter_answer(i->waiters, err);
	event_free(i->timer);
	free(i);
	if (!l->first && l->detour)
		settle_end(l);
}

void inj_decide(struct injection *i, enum inj_state state, const char *detail)
{
	char id[UUID_TEXT_SIZE];
	struct waiter *w, *next;
	uint64_t change;

	uuid_format(&i->row.id, id);
	i->row.state = state;
	i->row.decided_real_ns = clock_real_ns();
	snprintf(i->row.detail, sizeof(i->row.detail), "%s", detail);
	if (inj_state_final(state))
		log_info("injection %s into %s: %s: %s", id, i->row.domain, inj_state_name(state),
			 detail);
	else
		log_debug("injection %s into %s: %s: %s", id, i->row.domain, inj_state_name(state),
			  detail);
	FAILPOINT(state_decided);
	change = journal_transition(i->in->journal, &i->row.id,
				    &(struct journal_change){ .state = state,
							      .ack_ns = i->row.ack_ns,
							      .detail = detail });
	FAILPOINT(state_queued);
	i->lane->last_change = change;
	if (state != INJ_ACKNOWLEDGED && state != INJ_WRITTEN)
		i->lane->required = change;
	if (inj_state_final(state)) {
		/* A late read-back must find nobody: let it come back first. */
		if (i->reading) {
			i->step = STEP_DONE;
			return;
		}
		inj_forget(i, NULL);
		return;
	}
	for (w = i->waiters; w; w = next) {
		next = w->next;
		if (!w->until_final)
			waiter_answer(w, NULL);
	}
}

static void on_intent(void *arg, const struct ras_err *err)
{
	struct injection *i = arg;

	if (err) {
		/* Not durable: nothing was sent and nothing is promised. */
		i->row.state = INJ_REFUSED;
		inj_forget(i, err);
		return;
	}
	FAILPOINT(intent_durable);
	i->step = STEP_QUEUED;
	if (i->lane->first != i) {
		int64_t left = (i->deadline_boot_ns - clock_boot_ns()) / 1000;

		inj_timer(i, left > 0 ? left : 1);
	}
	lane_run(i->lane);
}

static struct lane *lane_for(struct injector *in, const char *domain)
{
	struct lane *l;

	for (l = in->lanes; l; l = l->next)
		if (strcmp(l->domain, domain) == 0)
			return l;
	l = calloc(1, sizeof(*l));
	if (l) {
		snprintf(l->domain, sizeof(l->domain), "%s", domain);
		l->in = in;
		l->next = in->lanes;
		in->lanes = l;
	}
	return l;
}

/* Who may be hit how hard: deny by default. */
static int check_grant(const struct guest *g, const struct journal_row *row, enum conf_severity sev,
		       bool confirmed, struct ras_err *err)
{
	const struct conf_grant gr = guest_grant(g);

	if (gr.target_max_severity < sev) {
		ras_fail(err, RAS_E_NOT_GRANTED,
			 "%s does not allow %s injections (its limit is %s)", row->domain,
			 row->severity, conf_severity_name(gr.target_max_severity));
		return ras_hint(
			err,
			"its owner allows it: rasctl allow %s --target-max-severity %s (libvirt), or in "
			"rasd.conf: [domain %s] target-max-severity = %s",
			row->domain, row->severity, row->domain, row->severity);
	}
	if (sev == CONF_SEV_FATAL && !confirmed) {
		ras_fail(err, RAS_E_NEED_CONFIRM, "a fatal record ends the guest's kernel");
		return ras_hint(err, "say so: rasctl inject --yes, or \"confirm\":true");
	}
	return 0;
}

struct creation {
	struct injector *in;
	struct inject_request rq;
	struct journal_row row;
	char tag[64], request_id[64];
	uint8_t record[JOURNAL_MAX_RECORD];
	inject_done_fn done;
	void *arg;
	bool waited; /* the loop has turned since the id was looked up */
};

static void create_end(struct creation *c, const struct journal_row *row, const struct ras_err *err)
{
	c->done(c->arg, row, err);
	free(c);
}

/* The same request again: the stored row, or a conflict. */
static bool create_known(struct creation *c)
{
	const struct journal_row *r = &c->row;
	struct journal_row old;
	struct ras_err err;

	for (struct lane *l = c->in->lanes; l; l = l->next)
		for (struct injection *i = l->first; i; i = i->next)
			if (i->row.peer_uid == r->peer_uid && i->step != STEP_DONE &&
			    strcmp(i->row.request_id, r->request_id) == 0) {
				if (strcmp(i->row.params_digest, r->params_digest) != 0)
					goto conflict;
				if (c->rq.wait || i->step < STEP_WATCH)
					add_waiter(i, &c->rq, c->done, c->arg);
				else
					c->done(c->arg, &i->row, NULL);
				free(c);
				return true;
			}
	if (journal_find_request(c->in->journal, r->peer_uid, r->request_id, &old, &err) < 0) {
		if (err.code == RAS_E_NOT_FOUND)
			return false;
		create_end(c, NULL, &err);
		return true;
	}
	if (strcmp(old.params_digest, r->params_digest) != 0)
		goto conflict;
	create_end(c, &old, NULL);
	return true;
conflict:
	ras_fail(&err, RAS_E_REQUEST_ID, "request_id \"%s\" was used with other parameters",
		 r->request_id);
	ras_hint(&err, "use a new request_id for a new injection");
	ras_field(&err, "request_id");
	create_end(c, NULL, &err);
	return true;
}

struct injection *inj_new(struct injector *in, const struct journal_row *row)
{
	struct lane *l = lane_for(in, row->domain);
	struct injection *i = l ? calloc(1, sizeof(*i)) : NULL, **at;

	if (!i)
		return NULL;
	i->in = in;
	i->lane = l;
	i->row = *row;
	i->backend = backend_named(row->backend);
	i->own_id = record_has_own_id(row);
	i->timer = evtimer_new(in->base, on_timer, i);
	for (at = &l->first; *at; at = &(*at)->next)
		;
	*at = i;
	l->n++;
	return i;
}

#define JOB_KNOWN_NS 5000000 /* beside a commit it costs next to nothing to ask anew */
#define SHARE_SYNC_MAX_NS 40000000

/*
 * When the last of the lane will have its turn, at the earliest, if this guest is as fast as ever;
 * half of that, for safety.
 */
static int64_t turn_in_ns(const struct lane *l)
{
	int64_t ns = l->n > 2 ? (int64_t)(l->n - 2) * l->typical_ack_ns / 2 : 0;

	return ns < SHARE_SYNC_MAX_NS ? ns : SHARE_SYNC_MAX_NS;
}

static int start_injection(struct creation *c, struct guest *g, struct error_source *s,
			   struct ras_err *err)
{
	struct lane *l = lane_for(c->in, c->row.domain);
	struct injection *i;
	int r;

	if (!l)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	if (l->n >= LANE_MAX) {
		ras_fail(err, RAS_E_BUSY, "%d injections into %s are waiting already", LANE_MAX,
			 c->row.domain);
		return ras_hint(err, "wait until the guest has acknowledged some");
	}
	c->row.qemu_pid = g->life.pid;
	c->row.qemu_start_time = g->life.start_time;
	c->row.reset_count = g->life.reset_count;
	c->row.source_id = s->id;
	snprintf(c->row.monitor, sizeof(c->row.monitor), "%s", guest_monitor_name(g));
	c->row.state = INJ_INTENT;
	i = inj_new(c->in, &c->row);
	if (!i)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	i->step = STEP_COMMIT;
	i->deadline_boot_ns = clock_boot_ns() + c->rq.timeout_ms * 1000000;
	r = journal_intent(c->in->journal, &i->row, NULL, turn_in_ns(l), on_intent, i, err);
	if (r < 0) {
		inj_forget(i, err);
		return r;
	}
	FAILPOINT(intent_queued);
	/* Where its turn follows at once, the disk and the monitor are asked at the same time. */
	if (l->first == i)
		source_foretell(s, JOB_KNOWN_NS);
	add_waiter(i, &c->rq, c->done, c->arg);
	return 0;
}

static void on_prepared(void *arg, struct guest *g, struct error_source *s,
			const struct ras_err *perr)
{
	struct creation *c = arg;
	struct ras_err err;

	if (perr) {
		create_end(c, NULL, perr);
		return;
	}
	if (record_fits_guest(&c->rq, g, &c->row, &err) < 0) {
		create_end(c, NULL, &err);
		return;
	}
	if (c->rq.dry_run) {
		snprintf(
			c->row.detail, sizeof(c->row.detail),
			"dry run: all checks passed, nothing was journalled or sent%s",
			source_holds(s, c->row.record, c->row.record_len) ?
				"; the slot holds the same bytes: after a lost reply the outcome would be unknown" :
				"");
		create_end(c, &c->row, NULL);
		return;
	}
	/* The same id may have come in while the guest was prepared. */
	if (c->waited && create_known(c))
		return;
	if (start_injection(c, g, s, &err) < 0) {
		create_end(c, NULL, &err);
		return;
	}
	free(c);
}

static int create_row(struct creation *c, const struct guest *g, struct ras_err *err)
{
	const struct inject_request *rq = &c->rq;
	struct journal_row *row = &c->row;
	enum conf_severity sev;
	int r;

	snprintf(row->request_id, sizeof(row->request_id), "%s", rq->request_id);
	snprintf(row->params_digest, sizeof(row->params_digest), "%s", rq->params_digest);
	snprintf(row->domain, sizeof(row->domain), "%s", rq->domain);
	snprintf(row->tag, sizeof(row->tag), "%s", rq->tag ? rq->tag : "");
	snprintf(row->backend, sizeof(row->backend), "%s", backend_at(0)->name);
	row->peer_uid = rq->peer_uid;
	row->peer_pid = rq->peer_pid;
	row->created_real_ns = row->decided_real_ns = clock_real_ns();
	r = uuid_generate(&row->id, err);
	if (r < 0)
		return r;
	r = record_build(rq, &row->id, backend_at(0)->cper_profile, row, err);
	if (r < 0)
		return r;
	r = conf_severity_parse(row->severity, &sev, err);
	if (r < 0)
		return r;
	return check_grant(g, row, sev, rq->confirm_fatal, err);
}

/* A guest that is ready calls back at once, and c is gone. */
static void prepare(struct creation *c, struct guest *g)
{
	const struct error_source *s = source_known(g, backend_at(0));

	c->waited = !s || !source_ready(s);
	source_prepare(c->in->backends, g, backend_at(0), on_prepared, c);
}

void injector_create(struct injector *in, const struct inject_request *rq, inject_done_fn done,
		     void *arg)
{
	struct creation *c = calloc(1, sizeof(*c));
	struct guest *g;
	struct ras_err err;

	if (!c) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		done(arg, NULL, &err);
		return;
	}
	c->in = in;
	c->rq = *rq;
	c->done = done;
	c->arg = arg;
	snprintf(c->request_id, sizeof(c->request_id), "%s", rq->request_id);
	snprintf(c->tag, sizeof(c->tag), "%s", rq->tag ? rq->tag : "");
	c->rq.request_id = c->request_id;
	c->rq.tag = c->tag;
	if (rq->record) {
		if (rq->record_len > sizeof(c->record)) {
			ras_fail(&err, RAS_E_RECORD, "record of %zu bytes is too long",
				 rq->record_len);
			create_end(c, NULL, &err);
			return;
		}
		memcpy(c->record, rq->record, rq->record_len);
		c->rq.record = c->record;
	}
	if (guests_find(in->guests, rq->domain, &g, &err) < 0 || create_row(c, g, &err) < 0) {
		create_end(c, NULL, &err);
		return;
	}
	c->rq.domain = c->row.domain;
	c->rq.params_digest = c->row.params_digest;
	if (!rq->dry_run && create_known(c))
		return;
	prepare(c, g);
}

struct preparation {
	guest_know_fn fn;
	void *arg;
};

static void on_prepared_only(void *arg, struct guest *g, struct error_source *s,
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
	source_prepare(in->backends, g, NULL, on_prepared_only, p);
}

static void on_guest(void *arg, const void *what)
{
	const struct guest_change *change = what;
	struct injector *in = arg;
	struct guest *g = change->g;
	enum guest_event ev = change->ev;

	if (ev == GUEST_FREED)
		return;
	for (struct lane *l = in->lanes; l; l = l->next) {
		if (strcmp(l->domain, g->name) != 0 || !l->first)
			continue;
		if (l->first->step == STEP_SETTLE)
			settle_run(l);
		else if (l->first->step == STEP_WATCH && ev != GUEST_UP)
			watch_end(l->first, ev);
		else if (l->first->step == STEP_QUEUED && ev == GUEST_UP)
			lane_run(l); /* it waited for the monitor */
	}
}

int injector_get(struct injector *in, const struct uuid *id, struct journal_row *out,
		 struct ras_err *err)
{
	for (struct lane *l = in->lanes; l; l = l->next)
		for (struct injection *i = l->first; i; i = i->next)
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

/* A row that an earlier life left undecided, oldest first: to its guest's lane. */
static int add_undecided(void *arg, const struct journal_row *row)
{
	struct injection *i = inj_new(arg, row);

	if (!i) {
		log_error("out of memory");
		exit(1); /* a row left out would lose its proof to the next record */
	}
	i->step = STEP_SETTLE;
	i->settled = true;
	i->sent_boot_ns = clock_boot_ns();
	return 0;
}

int injector_new(struct injector **out, struct event_base *base, const struct conf *conf,
		 struct guests *guests, struct journal *journal, struct backends *backends,
		 struct ras_err *err)
{
	struct injector *in = calloc(1, sizeof(*in));

	if (!in)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*in = (struct injector){ .base = base,
				 .conf = conf,
				 .guests = guests,
				 .journal = journal,
				 .backends = backends };
	if (journal_undecided(journal, add_undecided, in, err) < 0) {
		injector_free(in);
		return -err->code;
	}
	guests_subscribe(guests, &in->guest_sub, on_guest, in);
	*out = in;
	for (struct lane *l = in->lanes; l; l = l->next)
		settle_begin(l);
	return 0;
}

void injector_free(struct injector *in)
{
	if (!in)
		return;
	guests_unsubscribe(in->guests, &in->guest_sub);
	while (in->lanes) {
		struct lane *l = in->lanes;

		/*
		 * What is undecided stays so in the journal: the next life says unknown, or settles
		 * it.
		 */
		while (l->first) {
			struct injection *i = l->first;

			l->first = i->next;
			while (i->waiters)
				waiter_answer(i->waiters, NULL);
			event_free(i->timer);
			free(i);
		}
		in->lanes = l->next;
		free(l);
	}
	free(in);
}
