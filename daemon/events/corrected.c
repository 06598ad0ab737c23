// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Corrected errors: from the table (fold.h) into the journal, and to the guest where that is
 * wanted.
 *
 * The problem: a storm brings a hundred thousand errors a second, each translation takes the time
 * of a thread that an uncorrected error may need, and each row of the journal takes the disk's.
 * The rule: what is counted in memory waits in the table. A few pages at a time are translated,
 * with little patience; a page gets a row at most every ROW_EVERY_NS, and all together
 * ROWS_A_SECOND. A row says how many errors it stands for, so the sum is exact however long the
 * storm is.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "events/room.h"

#define TICK_MS 50
#define IN_FLIGHT 2u
#define TRANSLATE_MS 100 /* longer ones are the searches that an uncorrected error waits for */
#define ROW_EVERY_NS INT64_C(10000000000)
#define ROWS_A_SECOND 16u
#define ROWS_BURST 64u
#define SUMMARY_NS INT64_C(10000000000)
#define LOOK_PAGES 32u /* that are looked at in one turn of the loop */
#define FAILURES_MAX 6u
/* Of an earlier life; the other half of the table is for what comes. */
#define REMEMBERED_PAGES (FOLD_PAGES / 2)

struct corrected {
	struct events *ev;
	struct event *tick;
	bool ticking;
	unsigned int in_flight;
	struct tokens tokens;
	int64_t summary_ns;
	struct asking *askings;
	/* How far each source is read; stored once all that is before it is in the journal. */
	struct journal_cursor cursor[JOURNAL_MAX_CURSORS];
	size_t n_cursors;
	int64_t cursors_ns; /* since when they wait */
};

/* A page whose owner is asked for. */
struct asking {
	struct asking *next, **prev;
	struct corrected *k; /* NULL: the room is gone */
	struct fold_page *page;
	struct ras_event event;
	struct host_event host;
	struct hit hit;
	uint64_t n;
	bool threshold, sure; /* sure: the page was this guest's when the errors were */
};

#define CURSORS_MAX_NS INT64_C(10000000000)

static void tick_soon(struct corrected *k)
{
	struct timeval tv = { 0, TICK_MS * 1000 };

	if (k->ticking || k->ev->stopping)
		return;
	k->ticking = true;
	evtimer_add(k->tick, &tv);
}

/* --- cursors --- */

static void note_cursor(struct corrected *k, const struct ras_event *e)
{
	struct journal_cursors moved;
	struct journal_cursor c;
	size_t i = 0;

	events_cursor(e, &c, &moved);
	if (!moved.n)
		return;
	while (i < k->n_cursors && strcmp(k->cursor[i].source, c.source) != 0)
		i++;
	if (i == JOURNAL_MAX_CURSORS)
		return;
	if (!k->n_cursors)
		k->cursors_ns = clock_boot_ns();
	k->cursor[i] = c;
	k->n_cursors += i == k->n_cursors;
}

/* All that was counted is in the journal; or it takes so long that it may as well be lost. */
static void put_cursors(struct corrected *k)
{
	struct ras_err err;

	if (!k->n_cursors || (!(fold_idle(k->ev->fold) && !k->askings) &&
			      clock_boot_ns() - k->cursors_ns < CURSORS_MAX_NS))
		return;
	for (size_t i = 0; i < k->n_cursors; i++)
		if (journal_cursor_put(k->ev->p.journal, &k->cursor[i], &err) < 0)
			log_warn("host event: %s", err.text);
	k->n_cursors = 0;
}

/* --- a page --- */

static void asking_unlink(struct asking *a)
{
	*a->prev = a->next;
	if (a->next)
		a->next->prev = a->prev;
}

static void page_done(struct asking *a)
{
	struct corrected *k = a->k;

	if (k) {
		asking_unlink(a);
		a->page->busy = false;
		fold_again(k->ev->fold, a->page);
		/* Behind its row at once: what is read again after a restart is counted twice. */
		put_cursors(k);
		tick_soon(k);
	}
	free(a);
}

static void store(struct asking *a, enum host_decision d, const char *reason)
{
	bool of_guest = d == HOST_COUNTED || d == HOST_NOT_GRANTED || d == HOST_STORM ||
			d == HOST_FORWARDED || d == HOST_FAILED;

	if (of_guest && a->sure) {
		memcpy(a->host.verdict.domain, a->hit.domain, sizeof(a->host.verdict.domain));
		a->host.verdict.has_gpa = true;
		a->host.verdict.gpa = a->hit.gpa;
		a->host.verdict.corrected = a->n;
	}
	events_store(a->k->ev, &a->host, NULL, d, reason);
}

static void on_told(void *arg, const struct forward_result *r)
{
	struct asking *a = arg;

	if (a->k && !r->stored)
		store(a, r->err.code == RAS_E_NOT_GRANTED ? HOST_NOT_GRANTED : HOST_COUNTED,
		      r->err.text);
	page_done(a);
}

static void tell(struct asking *a, const struct decide_verdict *v)
{
	struct forward_error e = { .pid = a->hit.pid,
				   .start_time = a->hit.start_time,
				   .hpa = a->event.where.hpa,
				   .gpa = a->hit.gpa,
				   .severity = CONF_SEV_CORRECTED,
				   .threshold = v->flag_threshold,
				   .real_ns = a->event.when.real_ns,
				   .host = { .event_id = a->host.id, .has_event = true } };

	memcpy(e.domain, a->hit.domain, sizeof(e.domain));
	memcpy(a->host.verdict.domain, a->hit.domain, sizeof(a->host.verdict.domain));
	a->host.verdict.decision = HOST_FORWARDED;
	a->host.verdict.has_gpa = true;
	a->host.verdict.gpa = a->hit.gpa;
	a->host.verdict.corrected = a->n;
	snprintf(a->host.verdict.reason, sizeof(a->host.verdict.reason), "%s", v->reason);
	e.host.event = a->host;
	if (a->threshold)
		a->page->day.told = true;
	forward_error(a->k->ev->p.forward, &e, on_told, a);
}

/*
 * The guest that had the page when it was last asked for and has it now, had it in between: that is
 * as good as an entry of the index.
 */
static void note_owner(struct asking *a, int64_t now_ns)
{
	struct fold_owner *o = &a->page->owner;

	o->failures = 0;
	if (o->pid == a->hit.pid && o->start_time == a->hit.start_time &&
	    strcmp(o->domain, a->hit.domain) == 0) {
		if (!a->hit.index_since_ns || o->since_ns < a->hit.index_since_ns)
			a->hit.index_since_ns = o->since_ns;
		return;
	}
	*o = (struct fold_owner){ .pid = a->hit.pid,
				  .start_time = a->hit.start_time,
				  .since_ns = now_ns };
	memcpy(o->domain, a->hit.domain, sizeof(o->domain));
}

/* It is asked again later, so that what was counted is not lost to its guest. */
static bool try_again(struct asking *a)
{
	if (a->page->owner.failures++ >= FAILURES_MAX)
		return false;
	a->page->pending += a->n;
	page_done(a);
	return true;
}

static void judge(struct asking *a, const struct xlate_answer *ans, const struct ras_err *err)
{
	struct corrected *k = a->k;
	struct decide_evidence e = { .owner = owner_of(k->ev, ans, err),
				     .threshold = a->threshold };
	int64_t now_ns = ans && ans->read_ns ? ans->read_ns : clock_boot_ns();
	struct decide_verdict v;
	size_t i = 0;

	if (e.owner == OWNER_FAILED && try_again(a))
		return;
	if (e.owner == OWNER_ONE && !owner_hit(k->ev, ans, &i, &a->hit))
		e.owner = OWNER_NONE;
	if (e.owner == OWNER_ONE)
		note_owner(a, now_ns);
	events_evidence(k->ev, &a->event, e.owner == OWNER_ONE ? &a->hit : NULL, now_ns, &e);
	a->sure = e.owner == OWNER_ONE && stale_may_act(e.age);
	v = decide(&e);
	if (v.decision == HOST_FORWARDED && !storm_may_tell(k->ev, TOLD_CORRECTED, a->hit.domain)) {
		store(a, HOST_STORM,
		      "the guest was told of enough corrected errors in this minute");
		page_done(a);
	} else if (v.decision == HOST_FORWARDED) {
		tell(a, &v);
	} else {
		store(a, v.decision, v.reason);
		page_done(a);
	}
}

static void on_owner(void *arg, const struct xlate_answer *ans, const struct ras_err *err)
{
	struct asking *a = arg;

	if (!a->k) {
		free(a);
		return;
	}
	a->k->in_flight--;
	judge(a, ans, err);
}

/* All that is pending of a page becomes one row. */
static bool take_page(struct corrected *k, struct fold_page *p)
{
	const struct conf_events *conf = &k->ev->p.conf->events;
	struct asking *a = calloc(1, sizeof(*a));
	char detail[64] = "";

	if (!a || uuid_generate(&a->host.id, NULL) < 0) {
		free(a);
		return false;
	}
	a->k = k;
	a->page = p;
	a->n = p->pending;
	a->threshold = conf->corrected == CONF_CORRECTED_THRESHOLD && !p->day.told &&
		       p->day.n >= (uint64_t)conf->threshold;
	if (a->n > 1)
		snprintf(detail, sizeof(detail), "%" PRIu64 " errors in %" PRId64 " ms", a->n,
			 (p->last_ns - p->first_ns) / 1000000);
	a->event = (struct ras_event){
		.source = p->from.source,
		.kind = EVENT_MEMORY,
		.severity = EVENT_CORRECTED,
		.when = { .boot_id = k->ev->boot,
			  .boot_ns = p->last_ns,
			  .real_ns = p->from.real_ns,
			  .catch_up = p->from.catch_up },
		.where = { .has_hpa = true, .hpa = { p->hpa }, .len_bytes = 1 },
		.count = a->n > UINT32_MAX ? UINT32_MAX : (uint32_t)a->n,
	};
	snprintf(a->event.label, sizeof(a->event.label), "%s", p->label);
	snprintf(a->event.detail, sizeof(a->event.detail), "%s", detail);
	event_to_host(&a->event, &a->host.seen);
	a->host.seen.count = a->n;
	p->pending = 0;
	p->row_ns = clock_boot_ns();
	p->busy = true;
	a->next = k->askings;
	a->prev = &k->askings;
	if (a->next)
		a->next->prev = &a->next;
	k->askings = a;
	k->in_flight++;
	translate_hpa(k->ev->p.translator, FOR_HOST_EVENT, a->event.where.hpa, TRANSLATE_MS,
		      on_owner, a);
	return true;
}

static void summarize(struct corrected *k)
{
	int64_t now_ns = clock_boot_ns();
	struct host_event h = { .seq = 0 };
	struct ras_event e = {
		.source = "kernel",
		.kind = EVENT_MEMORY,
		.severity = EVENT_CORRECTED,
		.when = { .boot_id = k->ev->boot, .boot_ns = now_ns, .real_ns = clock_real_ns() }
	};
	uint64_t n;

	if (k->summary_ns && now_ns - k->summary_ns < SUMMARY_NS)
		return;
	n = fold_take_overflow(k->ev->fold);
	if (!n || uuid_generate(&h.id, NULL) < 0)
		return;
	k->summary_ns = now_ns;
	event_to_host(&e, &h.seen);
	h.seen.count = n;
	events_store(k->ev, &h, NULL, HOST_STORM,
		     "errors of more pages than can be counted one by one");
	log_warn("%" PRIu64 " corrected errors of more pages than can be counted one by one", n);
}

static void run(struct corrected *k)
{
	struct fold *f = k->ev->fold;
	struct fold_page *p;
	int64_t now_ns = clock_boot_ns();

	for (unsigned int i = 0; i < LOOK_PAGES && k->in_flight < IN_FLIGHT; i++) {
		p = fold_next(f);
		if (!p)
			break;
		if ((p->row_ns && now_ns - p->row_ns < ROW_EVERY_NS) ||
		    !tokens_take(&k->tokens, ROWS_A_SECOND, ROWS_BURST) || !take_page(k, p)) {
			fold_again(f, p);
			if (!k->tokens.n)
				break;
		}
	}
	summarize(k);
	put_cursors(k);
	if (!fold_idle(f) || k->n_cursors)
		tick_soon(k);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct corrected *k = arg;

	(void)fd, (void)what;
	k->ticking = false;
	run(k);
}

void corrected_report(struct events *ev, const struct ras_event *e)
{
	struct corrected *k = ev->corrected;
	uint64_t pfn = e->where.hpa.v / (uint64_t)ev->page_bytes;
	int64_t now_ns = clock_boot_ns(), at_ns = e->when.boot_ns;
	struct fold_page *p;
	uint64_t n;

	note_cursor(k, e);
	if (!events_may_originate(ev, e->source)) {
		/* The kernel has counted it, or will; what this source adds is the name. */
		p = fold_find(ev->fold, pfn);
		if (p && !p->label[0])
			snprintf(p->label, sizeof(p->label), "%s", e->label);
		tick_soon(k);
		return;
	}
	if (!uuid_equal(&e->when.boot_id, &ev->boot) && !uuid_is_nil(&e->when.boot_id)) {
		tick_soon(k);
		return; /* of an earlier boot: whose page it was then nobody knows */
	}
	/* A window that begins in the future would not end, and keep its place in the table. */
	if (at_ns <= 0 || at_ns > now_ns)
		at_ns = now_ns;
	n = fold_add(ev->fold, pfn, e->where.hpa.v, fold_who(e->source, e->report), at_ns,
		     e->count ? e->count : 1, &p);
	if (p && n)
		p->from = (struct fold_from){ e->source, e->when.real_ns, e->when.catch_up };
	if (p && !p->label[0])
		snprintf(p->label, sizeof(p->label), "%s", e->label);
	tick_soon(k);
}

static void remember(void *arg, const struct host_day *d)
{
	struct events *ev = arg;
	struct fold_day day = { .begin_ns = d->first_boot_ns,
				.n = d->corrected,
				.told = d->forwarded };

	fold_remember(ev->fold, d->pfn, &day);
}

int corrected_new(struct events *ev, struct ras_err *err)
{
	struct corrected *k = calloc(1, sizeof(*k));

	if (!k || !(k->tick = evtimer_new(ev->p.base, on_tick, k))) {
		free(k);
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	k->ev = ev;
	k->tokens = (struct tokens){ ROWS_BURST, clock_boot_ns() };
	ev->corrected = k;
	/* The threshold counts a day, whoever restarts rasd meanwhile. */
	return journal_host_day(ev->p.journal, ev->page_bytes, clock_boot_ns() - FOLD_DAY_NS,
				REMEMBERED_PAGES, remember, ev, err);
}

void corrected_free(struct events *ev)
{
	if (!ev->corrected)
		return;
	for (struct asking *a = ev->corrected->askings; a; a = a->next)
		a->k = NULL; /* freed by the answer that it waits for */
	event_free(ev->corrected->tick);
	free(ev->corrected);
}
