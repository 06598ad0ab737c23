// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The problem: a broken module may cost a hundred thousand pages. A guest that is sent a record for
 * each does nothing else, its pages keep the places that another guest's page needs, and the
 * journal is written full of rows that say the same.
 * The rule: a guest gets so many errors a minute and has so many of the places; reports that
 * lead to nothing have a row each while they are few. What is left out is counted, and a second
 * later a row says how many they were, so the counts of all rows are exact.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "events/case.h"

#define ROWS_A_SECOND 8
#define ROWS_BURST 64
#define SAY_MS 1000
#define MINUTE_NS INT64_C(60000000000)
/* Corrected errors that a guest gets in a minute; Linux prints every one of them. */
#define CORRECTED_A_MINUTE 10
/* Of the places for lost pages: the other half is for other guests. */
#define GUEST_OPEN (CASES_OPEN / 2)

static const struct {
	enum event_kind kind;
	enum event_severity severity;
	enum host_decision decision;
	const char *reason;
} summary[ROW_KINDS] = {
	[ROW_NOTED] = { EVENT_OTHER, EVENT_SEVERITY_UNKNOWN, HOST_NOTED,
			"reports that have no row of their own" },
	[ROW_LOST] = { EVENT_MEMORY, EVENT_UNCORRECTED, HOST_STORM,
		       "lost pages that have no row of their own: too many at a time" },
};

static void say_later(struct events *ev)
{
	struct timeval tv = { SAY_MS / 1000, SAY_MS % 1000 * 1000 };

	if (!ev->stopping && !evtimer_pending(ev->storm.timer, NULL))
		evtimer_add(ev->storm.timer, &tv);
}

void storm_left_out(struct events *ev, enum row_kind kind, const char *source, uint64_t n)
{
	struct row_limit *l = &ev->storm.row[kind];

	l->left_out += n;
	snprintf(l->source, sizeof(l->source), "%s", source);
	say_later(ev);
}

bool storm_row(struct events *ev, enum row_kind kind, const struct ras_event *e)
{
	if (tokens_take(&ev->storm.row[kind].tokens, ROWS_A_SECOND, ROWS_BURST))
		return true;
	storm_left_out(ev, kind, e->source, e->count);
	return false;
}

/* A row for all of a kind that were left out until now. */
static void say(struct events *ev, enum row_kind kind)
{
	struct row_limit *l = &ev->storm.row[kind];
	struct host_event h = { .seq = 0 };
	struct ras_event e;
	uint64_t n = l->left_out;

	if (!n || uuid_generate(&h.id, NULL) < 0)
		return;
	event_init(&e, l->source, "", summary[kind].kind);
	e.severity = summary[kind].severity;
	e.when.boot_id = ev->boot;
	event_to_host(&e, &h.seen);
	h.seen.count = n;
	l->left_out = 0; /* where the journal cannot take it, it counts as left out again */
	events_store(ev, &h, NULL, summary[kind].decision, summary[kind].reason);
	if (kind == ROW_LOST)
		log_error("%" PRIu64 " %s", n, summary[kind].reason);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct events *ev = arg;

	(void)fd, (void)what;
	for (unsigned int kind = 0; kind < ROW_KINDS; kind++)
		say(ev, kind);
}

/* --- guests --- */

/*
 * Its count of that kind. A guest without one takes the place whose minute began first.
 */
static struct told *told_of(struct storm *s, enum told_kind kind, const char *domain)
{
	struct told *old = &s->told[kind][0];

	for (size_t i = 0; i < STORM_GUESTS; i++) {
		struct told *t = &s->told[kind][i];

		if (strcmp(t->domain, domain) == 0)
			return t;
		if (t->begin_ns < old->begin_ns)
			old = t;
	}
	*old = (struct told){ .n = 0 };
	snprintf(old->domain, sizeof(old->domain), "%s", domain);
	return old;
}

bool storm_may_tell(struct events *ev, enum told_kind kind, const char *domain)
{
	int64_t limit = kind == TOLD_CORRECTED ? CORRECTED_A_MINUTE :
						 ev->p.conf->events.uncorrected_a_minute;
	struct told *t = told_of(&ev->storm, kind, domain);
	int64_t now_ns = clock_boot_ns();

	if (!t->begin_ns || now_ns - t->begin_ns > MINUTE_NS) {
		t->begin_ns = now_ns;
		t->n = 0;
	}
	if (t->n >= limit)
		return false;
	t->n++;
	return true;
}

bool storm_has_place(const struct ue_case *c)
{
	const struct ue_case *o;
	size_t n = 0;

	TAILQ_FOREACH (o, &c->ev->cases, all)
		n += o != c && strcmp(o->hit.domain, c->hit.domain) == 0 &&
		     (o->state == CASE_FORWARDING || o->state == CASE_LATER ||
		      o->state == CASE_HELD || o->state == CASE_SENT);
	return n < GUEST_OPEN;
}

int storm_init(struct events *ev, struct ras_err *err)
{
	ev->storm.timer = evtimer_new(ev->p.base, on_timer, ev);
	return ev->storm.timer ? 0 : ras_fail(err, RAS_E_NOMEM, "out of memory");
}

void storm_fini(struct events *ev)
{
	if (!ev->storm.timer)
		return;
	on_timer(-1, 0, ev);
	event_free(ev->storm.timer);
}
