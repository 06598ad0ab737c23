// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The translator's life, and when the index of huge pages is built: not before somebody translates
 * or wants it kept, because an idle rasd asks nobody anything; then soon after the set of guests
 * has changed, and every INDEX_INTERVAL_S, because pages move and because the index is the only
 * memory of a page that is poisoned or moved away.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "translate/private.h"

#define INDEX_INTERVAL_S 300
#define INDEX_FIRST_S 5
#define INDEX_SOON_MS 50
#define PREPARE_MS 3000
#define ASKING_MS 200 /* the helper gives its descriptors within 1 s, or not */

struct index_job {
	struct translator *t;
	struct xlate_job job;
	struct xlate_space **space;
	bool *rescan;
	size_t n;
	struct xlate_index *old, *made;
	struct ras_err err;
	int rc;
};

#define INDEX_OF(j) ((struct index_job *)(void *)((char *)(j)-offsetof(struct index_job, job)))

static void timer_in(struct translator *t, int64_t ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	evtimer_add(t->keeper.timer, &tv);
}

static void index_job_free(struct index_job *x)
{
	for (size_t i = 0; i < x->n; i++)
		xlate_space_unref(x->space[i]);
	xlate_index_unref(x->old);
	xlate_index_unref(x->made);
	free(x->space);
	free(x->rescan);
	free(x);
}

static void run_index(struct xlate_job *j, struct xlate_host *h)
{
	struct index_job *x = INDEX_OF(j);

	x->rc = xlate_index_new(h, x->space, x->n, x->rescan, x->old, &x->made, &x->err);
}

static void on_index(struct xlate_job *j)
{
	struct index_job *x = INDEX_OF(j);
	struct translator *t = x->t;

	t->keeper.state = INDEX_IDLE;
	if (x->rc == 0) {
		xlate_index_unref(t->keeper.index);
		t->keeper.index = TAKE(x->made);
		log_debug("page index: %zu huge pages, %zu of history, %zu bytes",
			  xlate_index_blocks(t->keeper.index), xlate_index_history(t->keeper.index),
			  xlate_index_bytes(t->keeper.index));
	} else if (!t->stopping) {
		log_limited(LOG_WARNING, "index", "page index: %s", x->err.text);
	}
	index_job_free(x);
	if (!t->stopping)
		timer_in(t, INDEX_INTERVAL_S * 1000);
}

/* Every place that is known; those that changed alone when `changed`, else all again. */
static void build(struct translator *t)
{
	struct index_job *x = calloc(1, sizeof(*x));
	const struct place *p;
	size_t n = 0;

	LIST_FOREACH (p, &t->places.all, all) {
		n += p->space != NULL;
	}
	if (n == 0 || !x || !(x->space = calloc(n, sizeof(struct xlate_space *)))) {
		free(x);
		timer_in(t, INDEX_INTERVAL_S * 1000);
		return;
	}
	x->t = t;
	LIST_FOREACH (p, &t->places.all, all) {
		if (p->space)
			x->space[x->n++] = xlate_space_ref(p->space);
	}
	/* A guest that came is added to the index; without such news all is read again. */
	if (t->places.spaces_changed && t->keeper.index)
		x->rescan = calloc(n, sizeof(bool));
	x->old = t->keeper.index ? xlate_index_ref(t->keeper.index) : NULL;
	x->job = (struct xlate_job){ .run = run_index, .done = on_index };
	if (xlate_worker_submit(t->workers.index, &x->job, 1, &x->err) < 0) {
		index_job_free(x);
		timer_in(t, INDEX_INTERVAL_S * 1000);
		return;
	}
	t->keeper.state = INDEX_BUILDING;
	t->places.spaces_changed = false;
}

/* The guests are as ready as they get. */
static void go(struct translator *t)
{
	t->keeper.state = INDEX_IDLE;
	evtimer_del(t->keeper.timer);
	build(t);
}

void index_look(struct translator *t)
{
	if (t->keeper.state == INDEX_PREPARING && places_ready(t, t->keeper.round))
		go(t);
}

/* It is time for a new index; or the guests had their time to get ready for it. */
static void on_index_timer(evutil_socket_t fd, short what, void *arg)
{
	struct translator *t = arg;
	struct ras_err err;

	(void)fd;
	(void)what;
	if (t->keeper.state == INDEX_PREPARING) {
		go(t);
		return;
	}
	if (t->keeper.state == INDEX_BUILDING || !t->helper)
		return;
	if (kpage_ready(t, &err) < 0) {
		timer_in(t, kpage_asking(t) ? ASKING_MS : INDEX_INTERVAL_S * 1000);
		return;
	}
	t->keeper.state = INDEX_PREPARING;
	timer_in(t, PREPARE_MS);
	t->keeper.round = places_begin(t);
	index_look(t);
}

void index_schedule(struct translator *t)
{
	if (t->places.spaces_changed && t->keeper.state == INDEX_IDLE)
		timer_in(t, INDEX_SOON_MS);
}

void translator_keep_index(struct translator *t)
{
	if (t->helper && !t->keeper.index && t->keeper.state == INDEX_IDLE)
		timer_in(t, INDEX_FIRST_S * 1000);
}

int translator_new(struct translator **out, struct event_base *base, struct guests *guests,
		   struct helper_client *helper, struct ras_err *err)
{
	struct translator *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*t = (struct translator){ .base = base, .guests = guests, .helper = helper };
	for (size_t i = 0; i < XLATE_N_KPAGE; i++)
		t->kpage[i].fd = -1;
	t->keeper.timer = evtimer_new(base, on_index_timer, t);
	r = t->keeper.timer ? places_init(t, err) : ras_fail(err, RAS_E_NOMEM, "out of memory");
	if (r == 0)
		r = kpage_init(t, err);
	if (r < 0) {
		translator_free(t);
		return r;
	}
	*out = t;
	return 0;
}

void translator_free(struct translator *t)
{
	struct ras_err err;

	if (!t)
		return;
	t->stopping = true;
	xlate_worker_free(t->workers.page);
	xlate_worker_free(t->workers.note);
	xlate_worker_free(t->workers.search);
	xlate_worker_free(t->workers.range);
	xlate_worker_free(t->workers.index);
	ras_fail(&err, RAS_E_GONE, "rasd is stopping");
	while (t->questions) {
		t->questions->err = err;
		question_fail(t->questions);
	}
	places_fini(t);
	xlate_index_unref(t->keeper.index);
	if (t->keeper.timer)
		event_free(t->keeper.timer);
	kpage_fini(t);
	free(t);
}
