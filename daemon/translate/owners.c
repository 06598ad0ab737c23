// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which guests have how much memory in a range of host addresses; the counting is lib/xlate's.
 *
 * A range may need minutes on a big host, and nobody may wait that long for one answer. So guests
 * are gone through in the order of their names. When the time is over the answer says what was
 * counted, and behind which guest to go on. A guest that is not known well enough to be looked at,
 * or that changed while it was read, is named with the reason.
 *
 * The work has a thread of its own: a search that a host error waits for must not stand behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/process.h"
#include "translate/private.h"

#define AT_ONCE 1024u /* guests in one answer: 400 KiB */
#define MAX_RANGES 4  /* that wait for the thread */

struct range_asked {
	struct hpa from, to;
	char after[64];
	owners_fn fn;
	void *arg;
	struct owners *o; /* NULL: not begun */
	/* Of those of o->v that can be looked at, in the same order. */
	struct xlate_space **space; /* borrowed from the question */
	struct owned **owned;
	struct xlate_share *share;
	size_t n;
};

static void range_free(struct range_asked *r)
{
	free(r->o);
	free(r->space);
	free(r->owned);
	free(r->share);
	free(r);
}

static void on_end(void *arg, const struct xlate_answer *ans, const struct ras_err *err)
{
	struct range_asked *r = arg;

	(void)ans;
	r->fn(r->arg, err ? NULL : TAKE(r->o), err);
	range_free(r);
}

/* Cut at the guest that the time was over for. The first one of an answer is never cut off. */
static void cut(struct owners *o)
{
	for (size_t i = 1; i < o->n && o->how == XLATE_RANGE_BY_SPACES; i++) {
		if (o->v[i].why[0] || o->v[i].share.state == XLATE_SHARE_READ ||
		    o->v[i].share.state == XLATE_SHARE_GONE)
			continue;
		o->n_left += o->n - i;
		o->n = i;
		o->more = true;
		snprintf(o->next, sizeof(o->next), "%s", o->v[i - 1].domain);
	}
}

/* Is what was read of it still what is known of the guest? */
static bool is_current(const struct question *q, const struct xlate_space *s)
{
	const struct place *p = place_by_id(q->t, xlate_space_id(s));

	return p && p->space == s && place_current(p);
}

static void on_range(struct xlate_job *j)
{
	struct question *q = QUESTION_OF(j);
	struct range_asked *r = q->what.range;
	struct owners *o = r->o;

	if (q->t->stopping)
		q->rc = ras_fail(&q->err, RAS_E_GONE, "rasd is stopping");
	for (size_t i = 0; i < r->n; i++) {
		r->owned[i]->share = r->share[i];
		if (!q->t->stopping && !is_current(q, r->space[i]))
			r->owned[i]->share.state = XLATE_SHARE_GONE;
	}
	cut(o);
	o->complete = true;
	for (size_t i = 0; i < o->n; i++) {
		struct owned *w = &o->v[i];

		if (w->share.state == XLATE_SHARE_READ)
			continue;
		o->complete = false;
		if (!w->why[0])
			snprintf(w->why, sizeof(w->why), "%s",
				 w->share.state == XLATE_SHARE_GONE ?
					 "it ended or changed while it was read" :
					 "the time was over before its memory was read");
	}
	o->read_ns = clock_boot_ns();
	question_end(q, q->rc < 0 ? &q->err : NULL);
}

static void run_range(struct xlate_job *j, struct xlate_host *h)
{
	struct question *q = QUESTION_OF(j);
	struct range_asked *r = q->what.range;

	q->rc = xlate_range(h, r->space, r->n, q->index, r->from, r->to, r->share, &r->o->how,
			    &q->err);
}

static int by_name(const void *a, const void *b)
{
	const struct place *const *x = a, *const *y = b;

	return strcmp((*x)->g->name, (*y)->g->name);
}

/* It may run, so it may have memory in the range. */
static bool counts(const struct place *p, const char *after)
{
	if (!p->g || strcmp(p->g->name, after) <= 0)
		return false;
	return p->space || p->pid <= 0 || process_alive(p->pid, p->start_time);
}

/* The places that are to be looked at, sorted; *n of them. NULL: no memory. */
static struct place **sorted(const struct translator *t, const char *after, size_t *n)
{
	struct place *p, **v;
	size_t room = 1;

	LIST_FOREACH (p, &t->places.all, all) {
		room++;
	}
	v = calloc(room, sizeof(struct place *));
	*n = 0;
	LIST_FOREACH (p, &t->places.all, all) {
		if (v && counts(p, after))
			v[(*n)++] = p;
	}
	if (v)
		qsort(v, *n, sizeof(struct place *), by_name);
	return v;
}

static uint64_t memory_of(const struct place *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n_ram; i++)
		sum += p->ram[i].len_bytes;
	return sum;
}

static void add(struct range_asked *r, struct place *p)
{
	struct owned *w = &r->o->v[r->o->n++];

	snprintf(w->domain, sizeof(w->domain), "%s", p->g->name);
	if (!p->space) {
		snprintf(w->why, sizeof(w->why), "%s",
			 p->why[0] ? p->why : "its memory is not known yet");
		return;
	}
	w->memory_bytes = memory_of(p);
	r->space[r->n] = p->space;
	r->owned[r->n++] = w;
}

/* What is to be looked at, from the places as they are now. RAS_E_NOMEM. */
static int range_collect(struct question *q, struct ras_err *err)
{
	struct range_asked *r = q->what.range;
	size_t n, take;
	_free_ struct place **v = sorted(q->t, r->after, &n);

	take = n < AT_ONCE ? n : AT_ONCE;
	r->o = calloc(1, sizeof(*r->o) + take * sizeof(r->o->v[0]));
	r->space = calloc(take + 1, sizeof(struct xlate_space *));
	r->owned = calloc(take + 1, sizeof(struct owned *));
	r->share = calloc(take + 1, sizeof(*r->share));
	if (!v || !r->o || !r->space || !r->owned || !r->share)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	r->o->from = r->from;
	r->o->to = r->to;
	for (size_t i = 0; i < take; i++)
		add(r, v[i]);
	r->o->n_left = n - take;
	r->o->more = n > take;
	if (r->o->more)
		snprintf(r->o->next, sizeof(r->o->next), "%s", v[take - 1]->g->name);
	return 0;
}

/* The question holds all spaces until it ends, also those that are not asked. */
void range_start(struct question *q)
{
	q->job = (struct xlate_job){ .run = run_range,
				     .done = on_range,
				     .deadline_ns = q->deadline_ns };
	if (range_collect(q, &q->err) < 0 ||
	    xlate_worker_submit(q->t->workers.range, &q->job, MAX_RANGES, &q->err) < 0)
		question_fail(q);
}

void translate_owners(struct translator *t, struct hpa from, struct hpa to, const char *after,
		      int64_t timeout_ms, owners_fn fn, void *arg)
{
	struct range_asked *r = calloc(1, sizeof(*r));
	struct asked what = { .kind = Q_RANGE, .range = r, .fn = on_end, .arg = r };
	struct ras_err err;

	if (!r) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		fn(arg, NULL, &err);
		return;
	}
	*r = (struct range_asked){ .from = from, .to = to, .fn = fn, .arg = arg };
	snprintf(r->after, sizeof(r->after), "%s", after);
	question_ask(t, &what, timeout_ms);
}
