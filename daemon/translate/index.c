// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The translator's life, and when the index of huge pages is built: not before somebody translates
 * or wants it kept, because an idle rasd asks nobody anything; then soon after the set of guests has
 * changed, and every INDEX_INTERVAL_S, because pages move and because the index is the only memory
 * of a page that is poisoned or moved away.
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
#define POLL_MS 10

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

	evtimer_add(t->index_timer, &tv);
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

	t->building = NULL;
	if (x->rc == 0) {
		xlate_index_unref(t->index);
		t->index = TAKE(x->made);
		log_debug("page index: %zu huge pages, %zu of history, %zu bytes",
			  xlate_index_blocks(t->index), xlate_index_history(t->index),
			  xlate_index_bytes(t->index));
	} else if (!t->stopping) {
		log_warn("page index: %s", x->err.text);
	}
	index_job_free(x);
	if (!t->stopping)
		timer_in(t, INDEX_INTERVAL_S * 1000);
}

/* Every place that is known; those that changed alone when `changed`, else all anew. */
static void build(struct translator *t)
{
	struct index_job *x = calloc(1, sizeof(*x));
	size_t n = 0;

	for (struct place *p = t->places; p; p = p->next)
		n += p->space != NULL;
	if (n == 0 || !x || !(x->space = calloc(n, sizeof(struct xlate_space *)))) {
		free(x);
		timer_in(t, INDEX_INTERVAL_S * 1000);
		return;
	}
	x->t = t;
	for (struct place *p = t->places; p; p = p->next)
		if (p->space)
			x->space[x->n++] = xlate_space_ref(p->space);
	/* A guest that came is added to what is known; in peace all is read anew. */
	if (t->spaces_changed && t->index)
		x->rescan = calloc(n, sizeof(bool));
	x->old = t->index ? xlate_index_ref(t->index) : NULL;
	x->job = (struct xlate_job){ .run = run_index, .done = on_index };
	if (xlate_lane_submit(t->builder, &x->job, 1, &x->err) < 0) {
		index_job_free(x);
		timer_in(t, INDEX_INTERVAL_S * 1000);
		return;
	}
	t->building = x;
	t->spaces_changed = false;
}

static void on_index_timer(evutil_socket_t fd, short what, void *arg)
{
	struct translator *t = arg;
	bool first = t->index_until_ns == 0;
	struct ras_err err;

	(void)fd;
	(void)what;
	if (t->building || !t->helper)
		return;
	if (first)
		t->index_until_ns = clock_boot_ns() + PREPARE_MS * 1000000LL;
	if (kpage_ready(t, &err) < 0) {
		t->index_until_ns = 0;
		timer_in(t, kpage_asking(t) ? POLL_MS : INDEX_INTERVAL_S * 1000);
		return;
	}
	if (places_update(t, NULL, first) > 0 && clock_boot_ns() < t->index_until_ns) {
		timer_in(t, POLL_MS);
		return;
	}
	t->index_until_ns = 0;
	build(t);
}

void index_schedule(struct translator *t)
{
	if (t->spaces_changed && !t->building)
		timer_in(t, INDEX_SOON_MS);
}

void translator_keep_index(struct translator *t)
{
	if (t->helper && !t->index && !t->building)
		timer_in(t, INDEX_FIRST_S * 1000);
}

int translator_new(struct translator **out, struct event_base *base, struct guests *guests,
		   struct helper_client *helper, struct ras_err *err)
{
	struct translator *t = calloc(1, sizeof(*t));

	if (!t)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*t = (struct translator){ .base = base, .guests = guests, .helper = helper };
	t->index_timer = evtimer_new(base, on_index_timer, t);
	if (!t->index_timer) {
		free(t);
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	if (kpage_init(t, err) < 0) {
		event_free(t->index_timer);
		free(t);
		return -err->code;
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
	xlate_lane_free(t->fast);
	xlate_lane_free(t->noted);
	xlate_lane_free(t->search);
	xlate_lane_free(t->builder);
	ras_fail(&err, RAS_E_GONE, "rasd is stopping");
	while (t->questions) {
		t->questions->err = err;
		question_fail(t->questions);
	}
	while (t->places) {
		struct place *p = t->places;

		t->places = p->next;
		xlate_space_unref(p->space);
		free(p);
	}
	xlate_index_unref(t->index);
	event_free(t->index_timer);
	kpage_fini(t);
	free(t);
}
