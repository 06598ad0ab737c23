// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The entrance of host events: sources are opened, and each report goes to the table of corrected
 * errors (corrected.c), to a case (cases.c), or into the journal as it is.
 */
#include "events/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "events/room.h"

#define ROW_DELAY_NS INT64_C(20000000) /* rows that nobody waits for share a sync */

bool events_is_own(const struct events *ev, uint64_t pfn)
{
	int64_t now_ns = clock_boot_ns();

	for (size_t i = 0; i < OWN_KEPT; i++)
		if (ev->own[i].until_ns > now_ns && ev->own[i].pfn == pfn)
			return true;
	return false;
}

void events_expect(struct events *ev, struct hpa hpa)
{
	ev->own[ev->next_own++ % OWN_KEPT] =
		(struct own){ .pfn = hpa.v / (uint64_t)ev->page_bytes,
			      .until_ns = clock_boot_ns() + EVENTS_OWN_NS };
}

static bool is_live(const struct opened *o)
{
	struct source_status s = { .state = SOURCE_OFF };

	if (o->self)
		o->src->status(o->self, &s);
	return s.state == SOURCE_LIVE;
}

bool events_may_originate(const struct events *ev, const char *source)
{
	bool kernel_live = false;

	for (size_t i = 0; i < ev->n_opened; i++) {
		const struct opened *o = &ev->opened[i];

		if (o->src->rank == SOURCE_KERNEL && strcmp(o->src->name, source) == 0)
			return true;
		kernel_live |= o->src->rank == SOURCE_KERNEL && is_live(o);
	}
	return !kernel_live;
}

bool events_sees_signals(const struct events *ev)
{
	for (size_t i = 0; i < ev->n_opened; i++)
		if (ev->opened[i].src->shows_signals && is_live(&ev->opened[i]))
			return true;
	return false;
}

void events_cursor(const struct ras_event *e, struct journal_cursor *out,
		   struct journal_cursors *moved)
{
	*moved = (struct journal_cursors){ .v = out };
	if (!e->position[0])
		return;
	snprintf(out->source, sizeof(out->source), "%s", e->source);
	snprintf(out->position, sizeof(out->position), "%s", e->position);
	moved->n = 1;
}

void events_store(struct events *ev, struct host_event *h, const struct ras_event *e,
		  enum host_decision d, const char *reason)
{
	struct journal_cursors moved = { .n = 0 };
	struct journal_cursor cursor;
	struct ras_err err;

	if (e)
		events_cursor(e, &cursor, &moved);
	h->verdict.decision = d;
	h->verdict.decided_real_ns = clock_real_ns();
	snprintf(h->verdict.reason, sizeof(h->verdict.reason), "%s", reason);
	if (journal_host_event(ev->p.journal, h, &moved, ROW_DELAY_NS, NULL, NULL, &err) < 0) {
		log_limited(LOG_WARNING, "host event", "host event: %s", err.text);
		storm_left_out(ev, h->verdict.uncorrected ? ROW_LOST : ROW_NOTED, h->seen.source,
			       h->seen.count);
	}
}

bool tokens_take(struct tokens *t, unsigned int a_second, unsigned int burst)
{
	int64_t now_ns = clock_boot_ns();
	int64_t more = t->ns ? (now_ns - t->ns) * a_second / 1000000000 : burst;

	if (more > 0) {
		t->n = more + t->n > burst ? burst : t->n + (unsigned int)more;
		t->ns = now_ns;
	}
	if (!t->n)
		return false;
	t->n--;
	return true;
}

void events_skip(struct events *ev, const struct ras_event *e)
{
	struct journal_cursors moved;
	struct journal_cursor cursor;
	struct ras_err err;

	events_cursor(e, &cursor, &moved);
	if (moved.n && journal_cursor_put(ev->p.journal, &cursor, &err) < 0)
		log_warn("host event: %s", err.text);
}

int64_t events_time(const struct ras_event *e, int64_t *margin_ns)
{
	*margin_ns = 0;
	if (e->when.boot_ns)
		return e->when.boot_ns;
	if (!e->when.real_ns)
		return 0;
	/*
	 * rasdaemon's clock: whole seconds, seen to be one off; the wall clock may have been set.
	 */
	*margin_ns = INT64_C(3000000000);
	return e->when.real_ns - (clock_real_ns() - clock_boot_ns());
}

void events_evidence(const struct events *ev, const struct ras_event *e, const struct hit *hit,
		     int64_t read_ns, struct decide_evidence *out)
{
	const struct conf_grant none = { .target_max_severity = CONF_SEV_NONE };
	struct conf_grant grant = none;
	struct stale_question q = { .boot_known = !uuid_is_nil(&e->when.boot_id),
				    .this_boot = uuid_equal(&e->when.boot_id, &ev->boot),
				    .read_ns = read_ns,
				    .catch_up = e->when.catch_up };
	struct guest *g;

	q.event_ns = events_time(e, &q.margin_ns);
	if (hit) {
		q.qemu_start_ns = (int64_t)hit->start_time * (1000000000 / ev->ticks);
		q.poisoned = hit->state == XLATE_POISONED;
		q.index_since_ns = hit->index_since_ns;
		if (guests_find(ev->p.guests, hit->domain, &g, NULL) == 0)
			grant = guest_grant(g);
		out->qemu = owner_qemu(ev, hit);
	}
	out->class = event_class(e);
	out->age = stale_judge(&q);
	out->own = e->where.has_hpa && events_is_own(ev, e->where.hpa.v / (uint64_t)ev->page_bytes);
	out->may_originate = events_may_originate(ev, e->source);
	out->corrected = ev->p.conf->events.corrected;
	out->granted = out->class == DECIDE_CORRECTED ? grant.forward_corrected :
							grant.forward_uncorrected;
}

/* A report that leads to nothing: it is only remembered. */
static void note(struct events *ev, const struct ras_event *e)
{
	struct decide_evidence evidence = { .owner = OWNER_NOT_ASKED };
	struct decide_verdict v;
	struct host_event h = { .seq = 0 };

	if (!storm_row(ev, ROW_NOTED, e) || uuid_generate(&h.id, NULL) < 0) {
		events_skip(ev, e);
		return;
	}
	events_evidence(ev, e, NULL, clock_boot_ns(), &evidence);
	v = decide(&evidence);
	event_to_host(e, &h.seen);
	log_info("host event from %s: %s, %s: %s", e->source, h.seen.kind, h.seen.severity,
		 v.reason);
	events_store(ev, &h, e, v.decision, v.reason);
}

static void on_event(void *arg, const struct ras_event *e)
{
	struct opened *o = arg;
	struct events *ev = o->ev;

	if (e->kind == EVENT_SIGBUS) {
		pid_t pid = process_of_thread(e->signal.pid);

		signals_note(&ev->signals, pid > 0 ? pid : e->signal.pid, e->signal.code,
			     e->when.boot_ns ? e->when.boot_ns : clock_boot_ns());
		cases_signal(ev);
	} else if (event_class(e) == DECIDE_OTHER || !e->where.has_hpa) {
		note(ev, e);
	} else if (event_class(e) == DECIDE_CORRECTED) {
		corrected_report(ev, e);
	} else {
		cases_report(ev, e);
	}
}

static void on_changed(void *arg)
{
	const struct opened *o = arg;
	struct source_status s = { .state = SOURCE_OFF };

	if (!o->self)
		return; /* it is being opened */
	o->src->status(o->self, &s);
	log_info("host event source %s: %s%s%s%s%s", o->src->name, event_source_state_name(s.state),
		 s.why[0] ? ": " : "", s.why, s.mend[0] ? ". hint: " : "", s.mend);
}

static bool wanted(const struct conf_events *c, const char *name)
{
	for (size_t i = 0; i < c->n_sources; i++)
		if (strcmp(c->source[i], name) == 0)
			return true;
	return !c->none && c->n_sources == 0;
}

static int open_sources(struct events *ev, struct ras_err *err)
{
	for (size_t i = 0; event_sources[i]; i++) {
		struct opened *o = &ev->opened[ev->n_opened++];
		struct journal_cursor cursor = { .position = "" };
		struct source_setup setup = { .base = ev->p.base,
					      .conf = ev->p.conf,
					      .helper = ev->p.helper,
					      .sink = { on_event, on_changed, o },
					      .position = cursor.position };
		int r;

		*o = (struct opened){ .src = event_sources[i], .ev = ev };
		if (!wanted(&ev->p.conf->events, o->src->name))
			continue;
		r = journal_cursor_get(ev->p.journal, o->src->name, &cursor, err);
		if (r < 0 && r != -RAS_E_NOT_FOUND)
			return r;
		r = o->src->open(&o->self, &setup, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int events_new(struct events **out, const struct events_parts *parts, struct ras_err *err)
{
	struct events *ev = calloc(1, sizeof(*ev));
	size_t n = 0;
	int r;

	if (!ev)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	ev->p = *parts;
	ev->started_ns = clock_boot_ns();
	ev->page_bytes = sysconf(_SC_PAGESIZE);
	ev->ticks = sysconf(_SC_CLK_TCK);
	clock_boot_id(ev->boot_id);
	uuid_parse(ev->boot_id, &ev->boot, NULL);
	TAILQ_INIT(&ev->cases);
	while (event_sources[n])
		n++;
	ev->opened = calloc(n + 1, sizeof(*ev->opened));
	r = ev->opened ? fold_new(&ev->fold, err) : ras_fail(err, RAS_E_NOMEM, "out of memory");
	if (r == 0)
		r = storm_init(ev, err);
	if (r == 0)
		r = corrected_new(ev, err);
	if (r == 0)
		r = cases_take_up(ev, err);
	if (r == 0)
		r = open_sources(ev, err);
	if (r < 0) {
		events_free(ev);
		return r;
	}
	if (n && !ev->p.conf->events.none)
		translator_keep_index(ev->p.translator);
	*out = ev;
	return 0;
}

void events_free(struct events *ev)
{
	if (!ev)
		return;
	ev->stopping = true;
	for (size_t i = 0; i < ev->n_opened; i++)
		if (ev->opened[i].self)
			ev->opened[i].src->close(ev->opened[i].self);
	cases_free(ev);
	storm_fini(ev);
	corrected_free(ev);
	fold_free(ev->fold);
	free(ev->opened);
	free(ev);
}

void events_each_source(const struct events *ev,
			void (*fn)(void *arg, const struct event_source *src,
				   const struct source_status *status),
			void *arg)
{
	for (size_t i = 0; i < ev->n_opened; i++) {
		struct source_status s = { .state = SOURCE_OFF };

		if (ev->opened[i].self)
			ev->opened[i].src->status(ev->opened[i].self, &s);
		fn(arg, ev->opened[i].src, &s);
	}
}

const struct histogram *events_forward_times(const struct events *ev)
{
	return &ev->forward_times;
}
