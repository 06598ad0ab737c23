// SPDX-License-Identifier: LGPL-2.1-or-later
#include "backend/source.h"

#include <stdlib.h>
#include <string.h>

#include "backend/private.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "guests/guest.h"

bool generation_equal(const struct generation *a, const struct generation *b)
{
	return a->pid == b->pid && a->start_time == b->start_time &&
	       a->reset_count == b->reset_count;
}

struct generation generation_of(const struct guest *g)
{
	return (struct generation){ .pid = g->life.pid,
				    .start_time = g->life.start_time,
				    .reset_count = g->life.reset_count };
}

struct source_stamp source_stamp_now(const struct error_source *s)
{
	const struct guest *g = s->guest;

	return (struct source_stamp){ .gen = generation_of(g),
				      .n_resumes = g->life.n_resumes,
				      .n_stops = g->life.n_stops,
				      .n_memories = g->life.n_memories,
				      .n_links = g->life.n_links,
				      .n_helpers = s->backends->n_helpers };
}

static bool stamp_equal(const struct source_stamp *a, const struct source_stamp *b)
{
	return generation_equal(&a->gen, &b->gen) && a->n_resumes == b->n_resumes &&
	       a->n_stops == b->n_stops && a->n_memories == b->n_memories &&
	       a->n_links == b->n_links && a->n_helpers == b->n_helpers;
}

bool source_stamp_current(const struct error_source *s, const struct source_stamp *stamp)
{
	struct source_stamp now = source_stamp_now(s);

	return stamp_equal(&now, stamp);
}

bool source_unbroken(const struct error_source *s, const struct source_stamp *since)
{
	struct source_stamp then = *since;

	then.n_helpers = s->backends->n_helpers; /* only rasd-pagemap is another */
	return source_stamp_current(s, &then);
}

bool source_found(const struct error_source *s)
{
	return s->state == SOURCE_FOUND && guest_is_up(s->guest) &&
	       source_stamp_current(s, &s->stamp);
}

/* A backend with one source has whatever id the search has found. */
static bool is_source(const struct error_source *s, const struct backend *b, uint32_t id)
{
	return s->backend == b && (!b->choose || s->id == (id == SOURCE_ANY ? 0 : id));
}

struct error_source *source_known(const struct guest *g, const struct backend *b, uint32_t id)
{
	struct error_source *s = g->sources;

	while (s && !is_source(s, b, id))
		s = s->next;
	return s;
}

struct error_source *source_of(struct backends *bs, struct guest *g, const struct backend *b,
			       uint32_t id)
{
	struct error_source *s = source_known(g, b, id);

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->backends = bs;
	s->guest = g;
	s->backend = b;
	s->id = b->choose && id != SOURCE_ANY ? id : 0;
	s->missing.gen.pid = -1;
	s->next = g->sources;
	g->sources = s;
	return s;
}

void source_unseen(struct error_source *s)
{
	s->last.len_bytes = 0;
}

void source_seen(struct error_source *s, const uint8_t *block, size_t len)
{
	if (!source_found(s))
		return;
	if (len > s->last.room_bytes) {
		uint8_t *room = realloc(s->last.bytes, len);

		if (!room) {
			source_unseen(s);
			return;
		}
		s->last.bytes = room;
		s->last.room_bytes = len;
	}
	s->last.len_bytes = len;
	s->last.stamp = s->stamp;
	memcpy(s->last.bytes, block, len);
}

bool source_holds(const struct error_source *s, const uint8_t *rec, size_t len)
{
	return len > 4 && s->last.len_bytes >= len &&
	       memcmp(s->last.bytes + 4, rec + 4, len - 4) == 0;
}

bool source_may_hold(const struct error_source *s, const uint8_t *rec, size_t len)
{
	return !s->last.len_bytes || source_holds(s, rec, len);
}

bool source_may_be_exchanged(const struct error_source *s)
{
	return s->guest->life.n_stops != s->stops_at_send;
}

void source_note_why(struct error_source *s, const struct ras_err *err)
{
	struct source_why *w = &s->why;

	w->code = (enum ras_code)err->code;
	w->stamp = source_stamp_now(s);
	w->boot_ns = clock_boot_ns();
	snprintf(w->text, sizeof(w->text), "%.*s", (int)sizeof(w->text) - 1, err->text);
	snprintf(w->hint, sizeof(w->hint), "%.*s", (int)sizeof(w->hint) - 1, err->hint);
}

void source_finish(struct error_source *s, const struct ras_err *err)
{
	struct source_waiter *w = TAKE(s->waiters);
	struct guest *g = s->guest;
	struct ras_err better;

	/* That it does not run says more than that its firmware is not up. */
	if ((!err || err->code == RAS_E_NOT_READY) && w &&
	    backend_capable(s->backend, g, &better) < 0)
		err = &better;
	if (s->state == SOURCE_SEARCHING)
		s->state = SOURCE_UNKNOWN;
	/* A callback may free the guest, and s with it. */
	while (w) {
		struct source_waiter *next = w->next;

		w->fn(w->arg, g, s, err);
		free(w);
		w = next;
	}
}

void sources_free(struct guest *g)
{
	struct ras_err err;

	ras_fail(&err, RAS_E_GONE, "%s is gone", g->name);
	while (g->sources) {
		struct error_source *s = g->sources;

		hest_drop(s);
		hest_forget_looks(s);
		shm_forget(s);
		road_forget(s);
		source_forget_asked(s);
		source_finish(s, &err);
		g->sources = s->next;
		free(s->last.bytes);
		free(s);
	}
}
