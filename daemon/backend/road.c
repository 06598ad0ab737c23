// SPDX-License-Identifier: LGPL-2.1-or-later
#include "backend/road.h"

#include <stdlib.h>

#include "backend/private.h"
#include "base/cleanup.h"
#include "guests/guest.h"

static struct road *road_new(struct error_source *s, size_t size, event_callback_fn on_timer)
{
	struct event_base *base = s->backends->base;
	struct road *r = calloc(1, size);

	if (!r)
		return NULL;
	r->looking.timer = evtimer_new(base, on_timer, r);
	if (!r->looking.timer || later_init(&r->answer, base) < 0) {
		if (r->looking.timer)
			event_free(r->looking.timer);
		free(r);
		return NULL;
	}
	r->s = s;
	return r;
}

int road_open(struct error_source *s, size_t size, event_callback_fn on_timer,
	      void (*drop)(struct road *r))
{
	struct ras_err err;

	if (s->road)
		return 0;
	s->road = road_new(s, size, on_timer);
	if (s->road) {
		s->road->drop = drop;
		return 0;
	}
	ras_fail(&err, RAS_E_NOMEM, "out of memory");
	source_finish(s, &err);
	return -RAS_E_NOMEM;
}

void road_drop(struct error_source *s)
{
	if (s->road)
		s->road->drop(s->road);
}

static void free_if_unused(struct road *r)
{
	if (!r->s && !r->n_asked)
		free(r);
}

bool road_unhold(struct road *r)
{
	bool alive = r->s;

	r->n_asked--;
	free_if_unused(r);
	return alive;
}

int road_submitted(struct road *r, int asked, backend_submit_fn fn, void *arg)
{
	if (asked == 0) {
		r->answer.fn = fn;
		r->answer.arg = arg;
	}
	return asked;
}

void road_looks(struct road *r, const struct source_at *at, backend_look_fn fn, void *arg)
{
	r->looking.fn = fn;
	r->looking.arg = arg;
	r->looking.gen = at->gen;
}

int road_look_now(struct error_source *s, const struct source_at *at, backend_look_fn fn, void *arg,
		  struct ras_err *err)
{
	if (!s->road)
		return ras_fail(err, RAS_E_NOT_FOUND, "nothing was sent to it");
	road_looks(s->road, at, fn, arg);
	event_at_once(s->road->looking.timer);
	return 0;
}

void road_told(struct road *r, enum source_told told, const struct ras_err *err)
{
	struct source_look look = { .told = told };
	backend_look_fn fn = TAKE(r->looking.fn);

	fn(r->looking.arg, err ? NULL : &look, err);
}

void road_forget(struct error_source *s)
{
	struct road *r;
	struct ras_err err;

	road_drop(s);
	r = TAKE(s->road);
	if (!r)
		return;
	ras_fail(&err, RAS_E_GONE, "%s is gone", s->guest->name);
	event_free(r->looking.timer);
	later_end(&r->answer, SUBMIT_UNKNOWN, &err);
	if (r->looking.fn)
		road_told(r, TOLD_NOTHING, &err);
	r->s = NULL;
	free_if_unused(r);
}
