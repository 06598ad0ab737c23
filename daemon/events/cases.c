// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Uncorrected errors. One case is one host page that was lost and one guest page of it.
 *
 * The problem: up to five reports of one error come within a second from the kernel, more from
 * rasdaemon half a minute later, some before rasd was killed and some after. The guest must get one
 * record, or none where QEMU reports the error to it.
 * The rule: the first report makes a case, and is stored as pending at once. Others of that page
 * are stored with a reference to it and add what they know. What is decided is stored with the
 * injection. After the case is gone the journal's key of the forward stands in for it.
 *
 *   translating -> (waiting) -> forwarding <-> later, held -> decided -> gone
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "events/case.h"

#define CASES_TAKEN (CASES_OPEN / 2) /* from an earlier life; the rest when these are done */
#define CASES_KEPT 1024u	     /* with those that are decided */
#define KEEP_MS 30000 /* rasdaemon's report of the same error comes within that time */
#define PENDING_WAIT_NS INT64_C(20000000) /* the decision shares the sync, where it comes soon */
#define LOOK_MS 250	    /* what an earlier life left is looked at so soon, and so often */
#define AGAIN_MIN_US 250000 /* what failed is tried again */
#define AGAIN_MAX_US 5000000

static void on_timer(evutil_socket_t fd, short what, void *arg);

void case_timer(struct ue_case *c, int64_t ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	evtimer_add(c->timer, &tv);
}

/* --- the life of a case --- */

static void case_free(struct ue_case *c)
{
	if (c->ev) {
		TAILQ_REMOVE(&c->ev->cases, c, all);
		c->ev->n_cases--;
	}
	if (c->timer)
		event_free(c->timer);
	free(c);
}

/* Somebody owes it an answer. */
static bool is_awaited(const struct ue_case *c)
{
	return c->state == CASE_TRANSLATING || c->state == CASE_FORWARDING;
}

void cases_free(struct events *ev)
{
	struct ue_case *c;

	while ((c = TAILQ_FIRST(&ev->cases))) {
		if (!is_awaited(c)) {
			case_free(c);
			continue;
		}
		/* Freed by the answer. */
		TAILQ_REMOVE(&ev->cases, c, all);
		event_free(TAKE(c->timer));
		c->ev = NULL;
	}
	ev->n_cases = 0;
}

static size_t n_open(const struct events *ev)
{
	const struct ue_case *c;
	size_t n = 0;

	TAILQ_FOREACH (c, &ev->cases, all)
		n += c->state != CASE_DECIDED;
	return n;
}

struct ue_case *case_new(struct events *ev, const struct ras_event *e)
{
	struct ue_case *c, *old;

	TAILQ_FOREACH (old, &ev->cases, all)
		if (old->state == CASE_DECIDED)
			break;
	if (ev->n_cases >= CASES_KEPT && old)
		case_free(old);
	if (n_open(ev) >= CASES_OPEN)
		return NULL;
	c = calloc(1, sizeof(*c));
	if (c)
		c->timer = evtimer_new(ev->p.base, on_timer, c);
	if (!c || !c->timer || uuid_generate(&c->host.id, NULL) < 0) {
		if (c && c->timer)
			event_free(c->timer);
		free(c);
		return NULL;
	}
	c->ev = ev;
	c->event = *e;
	event_to_host(e, &c->host.seen);
	c->event.source = c->host.seen.source;
	c->pfn = e->where.hpa.v / (uint64_t)ev->page_bytes;
	c->begun_ns = clock_boot_ns();
	c->again = (struct backoff){ .min_us = AGAIN_MIN_US, .max_us = AGAIN_MAX_US };
	TAILQ_INSERT_TAIL(&ev->cases, c, all);
	ev->n_cases++;
	return c;
}

/* What this decision means for other reports of the page: is the error dealt with? */
static bool is_settled(enum host_decision d)
{
	switch (d) {
	case HOST_FORWARDED:
	case HOST_NOT_GRANTED:
	case HOST_GUEST_TOLD:
	case HOST_CONSUMED:
	case HOST_SAME:
	case HOST_NO_GUEST:
	case HOST_OWN:
	case HOST_STORM:
		return true;
	default:
		return false; /* a better source may know more */
	}
}

bool case_settled(const struct ue_case *c)
{
	return is_settled(c->host.verdict.decision);
}

static struct ue_case *case_of(struct events *ev, uint64_t pfn)
{
	struct ue_case *c;

	TAILQ_FOREACH (c, &ev->cases, all)
		if (c->pfn == pfn &&
		    (c->state != CASE_DECIDED || is_settled(c->host.verdict.decision)))
			return c;
	return NULL;
}

bool case_orphaned(struct ue_case *c)
{
	if (c->ev)
		return false;
	case_free(c);
	return true;
}

void case_say(const struct ue_case *c, const char *reason)
{
	const struct host_verdict *v = &c->host.verdict;

	log_info("host page 0x%" PRIx64 " lost (%s): %s%s%s: %s",
		 c->pfn * (uint64_t)c->ev->page_bytes, c->host.seen.source,
		 host_decision_name(v->decision), v->domain[0] ? ", " : "", v->domain, reason);
}

void case_keep(struct ue_case *c)
{
	c->state = CASE_DECIDED;
	case_timer(c, KEEP_MS);
}

/* --- reports --- */

void case_store_pending(struct ue_case *c, const struct ras_event *e)
{
	struct journal_cursors moved = { .n = 0 };
	struct journal_cursor cursor;
	struct ras_err err;

	if (e)
		events_cursor(e, &cursor, &moved);
	if (journal_host_event(c->ev->p.journal, &c->host, &moved, PENDING_WAIT_NS, NULL, NULL,
			       &err) < 0)
		log_warn("host event: %s", err.text);
}

static void page_is_lost(struct ue_case *c, const struct ras_event *e)
{
	if (e->kind != EVENT_PAGE_LOST)
		return;
	c->page_lost = true;
	if (!c->lost_ns)
		c->lost_ns = e->when.boot_ns;
}

/*
 * The case's row is of a source that is not believed while the kernel is: the kernel's report gets
 * a pending row in its place. Otherwise the next life would find only the other source's word for
 * it, and the kernel would not say it again.
 */
static void adopt(struct ue_case *c, const struct ras_event *e)
{
	struct host_event old = c->host;
	char id[UUID_TEXT_SIZE], reason[100];

	if (uuid_generate(&c->host.id, NULL) < 0)
		return;
	event_to_host(e, &c->host.seen);
	if (!c->host.seen.label[0])
		memcpy(c->host.seen.label, old.seen.label, sizeof(old.seen.label));
	c->event.source = c->host.seen.source;
	case_store_pending(c, e);
	uuid_format(&c->host.id, id);
	snprintf(reason, sizeof(reason), "reported by %.16s, too: event %s", e->source, id);
	events_store(c->ev, &old, NULL, HOST_SAME, reason);
}

/*
 * The kernel says what another source has said before: its word counts, with its clock. True: and
 * the report is the case's own from now on.
 */
static bool believe(struct ue_case *c, const struct ras_event *e)
{
	bool used = c->event.action_required;

	if (events_may_originate(c->ev, c->event.source) || !events_may_originate(c->ev, e->source))
		return false;
	c->event = *e;
	c->event.action_required |= used;
	if (c->stored || c->state == CASE_FORWARDING || c->state == CASE_DECIDED)
		return false;
	adopt(c, e);
	return true;
}

/* A row of its own, which refers to the case's. */
static void store_report(const struct ue_case *c, const struct ras_event *e)
{
	struct host_event h = { .seq = 0 };
	char id[UUID_TEXT_SIZE], reason[100];

	if (!storm_row(c->ev, ROW_NOTED, e) || uuid_generate(&h.id, NULL) < 0) {
		events_skip(c->ev, e);
		return;
	}
	event_to_host(e, &h.seen);
	uuid_format(&c->host.id, id);
	snprintf(reason, sizeof(reason), "reported before by %.16s: event %s", c->host.seen.source,
		 id);
	events_store(c->ev, &h, e, HOST_SAME, reason);
}

/* Another report of the same error. */
static void absorb(struct ue_case *c, const struct ras_event *e)
{
	struct host_forward_key key;

	if (!believe(c, e))
		store_report(c, e);
	page_is_lost(c, e);
	c->event.action_required |= e->action_required;
	if (!c->host.seen.label[0])
		snprintf(c->host.seen.label, sizeof(c->host.seen.label), "%s", e->label);
	if (c->stored && e->kind == EVENT_PAGE_LOST) {
		case_key(c, &key);
		journal_forward_seen(c->ev->p.journal, &key, false, NULL);
	}
	if (c->state == CASE_WAITING)
		case_look(c);
}

/* A kernel source may originate what a secondary one was not believed. */
static void begin(struct ue_case *c)
{
	struct decide_evidence e = { .owner = OWNER_ONE };

	events_evidence(c->ev, &c->event, NULL, c->begun_ns, &e);
	/* Of another boot: nothing that is found now says anything about the page then. */
	if (e.age == STALE_OTHER_BOOT && !uuid_is_nil(&c->event.when.boot_id))
		case_conclude(c, HOST_STALE, stale_text(e.age));
	else if (e.own)
		case_conclude(c, HOST_OWN, "rasd caused it");
	else
		case_translate(c);
}

static void too_many(struct events *ev, const struct ras_event *e)
{
	struct host_event h = { .seq = 0 };

	if (!storm_row(ev, ROW_LOST, e) || uuid_generate(&h.id, NULL) < 0) {
		events_skip(ev, e);
		return;
	}
	event_to_host(e, &h.seen);
	events_store(ev, &h, e, HOST_STORM, "too many pages are lost at a time");
	log_error("host page 0x%" PRIx64 " lost: too many at a time", e->where.hpa.v);
}

void cases_report(struct events *ev, const struct ras_event *e)
{
	struct ue_case *c = case_of(ev, e->where.hpa.v / (uint64_t)ev->page_bytes);

	if (c) {
		absorb(c, e);
		return;
	}
	FAILPOINT(host_taken);
	c = case_new(ev, e);
	if (!c) {
		too_many(ev, e);
		return;
	}
	page_is_lost(c, e);
	case_store_pending(c, e);
	FAILPOINT(host_pending);
	begin(c);
}

void cases_signal(struct events *ev)
{
	struct ue_case *c, *next;

	for (c = TAILQ_FIRST(&ev->cases); c; c = next) {
		next = TAILQ_NEXT(c, all);
		if (c->state == CASE_WAITING)
			case_look(c);
	}
}

/* --- time, and what an earlier life left --- */

/* An injection of an earlier life: was it refused, or is it decided otherwise? */
static void look_at_sent(struct ue_case *c)
{
	_free_ struct journal_row *row = calloc(1, sizeof(*row));
	struct ras_err err;

	if (!row || injector_get(c->ev->p.injector, &c->host.verdict.injection, row, &err) < 0 ||
	    !inj_state_final(row->outcome.state)) {
		case_timer(c, LOOK_MS);
		return;
	}
	if (row->outcome.state == INJ_REFUSED)
		c->done = c->begun;
	if (c->done < c->pages)
		case_forward(c);
	else
		case_keep(c);
}

static int take_pending(void *arg, const struct host_event *h)
{
	struct events *ev = arg;
	struct ras_event e;
	struct ue_case *c;

	TAILQ_FOREACH (c, &ev->cases, all)
		if (uuid_equal(&c->host.id, &h->id))
			return 0;
	if (n_open(ev) >= CASES_TAKEN) {
		ev->more_pending = true;
		return 1;
	}
	if (!event_from_host(&h->seen, &e))
		return 0;
	e.when.catch_up = true;
	c = case_new(ev, &e);
	if (!c)
		return 1;
	c->host.id = h->id;
	page_is_lost(c, &e);
	c->state = CASE_LATER;
	case_timer(c, LOOK_MS);
	return 0;
}

/*
 * Pending events that an earlier life left, as many as leave places for new ones. Those that are
 * open are pending, too, and are passed over.
 */
static int take_up_pending(struct events *ev, struct ras_err *err)
{
	ev->more_pending = false;
	return journal_host_pending(ev->p.journal, 2 * CASES_OPEN, take_pending, ev, err);
}

static void take_more(struct events *ev)
{
	struct ras_err err;

	if (ev->more_pending && n_open(ev) < CASES_TAKEN / 2 && take_up_pending(ev, &err) < 0)
		log_warn("host event: %s", err.text);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct ue_case *c = arg;
	struct events *ev;

	(void)fd, (void)what;
	switch (c->state) {
	case CASE_WAITING:
		c->waited = true;
		case_look(c);
		break;
	case CASE_LATER:
		if (c->pages)
			case_forward(c);
		else
			case_translate(c);
		break;
	case CASE_SENT:
		look_at_sent(c);
		break;
	case CASE_DECIDED:
		ev = c->ev;
		case_free(c);
		take_more(ev);
		break;
	case CASE_TRANSLATING:
	case CASE_FORWARDING:
	case CASE_HELD:
		break;
	}
}

size_t events_held(const struct events *ev)
{
	const struct ue_case *c;
	size_t n = 0;

	TAILQ_FOREACH (c, &ev->cases, all)
		n += c->state == CASE_HELD;
	return n;
}

void events_released(struct events *ev)
{
	struct ue_case *c;

	TAILQ_FOREACH (c, &ev->cases, all) {
		if (c->state != CASE_HELD)
			continue;
		c->state = CASE_LATER;
		c->begun_ns = clock_boot_ns(); /* its patience begins now */
		case_timer(c, 0);
	}
}

static int take_forward(void *arg, const struct host_forward *fw, const struct host_event *h)
{
	struct events *ev = arg;
	struct ras_event e;
	struct ue_case *c;

	if (!event_from_host(&h->seen, &e) || !(c = case_new(ev, &e)))
		return 0;
	c->host = *h;
	c->event.source = c->host.seen.source;
	c->host.verdict.injection = fw->injection;
	memcpy(c->hit.domain, fw->domain, sizeof(c->hit.domain));
	c->hit.pid = fw->key.pid;
	c->hit.start_time = fw->key.start_time;
	c->hit.gpa = h->verdict.gpa;
	c->hit.state = fw->poisoned ? XLATE_POISONED : XLATE_LIVE;
	c->pages = fw->pages;
	c->lost_pfn = fw->key.pfn;
	c->begun = fw->begun;
	c->done = fw->done;
	c->stored = true;
	c->tries = (uint32_t)(clock_boot_ns() / 1000000000); /* a request_id that was never used */
	c->state = CASE_SENT;
	case_timer(c, LOOK_MS);
	return 0;
}

int cases_take_up(struct events *ev, struct ras_err *err)
{
	int r = take_up_pending(ev, err);

	return r < 0 ? r : journal_forwards_open(ev->p.journal, take_forward, ev, err);
}
