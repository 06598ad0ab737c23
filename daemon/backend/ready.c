// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Can a guest take a record now?
 *
 * Problem: domain.list, domain.explain and status are asked at different moments, and most of what
 * decides costs a question to QEMU or to rasd-pagemap. A list that shows what the machine could do
 * says "ready" where the next injection is refused. Rule: backend_readiness() alone decides, from
 * what is known, and says "not known yet" where something was not asked. It asks nobody; so whoever
 * shows it calls backends_look(), which has the guests that were not looked at prepared as an
 * injection would, a few at a time. The next answer has what they found.
 *
 * What was found not to be there is looked for again after LOOK_AGAIN_NS: firmware comes up, a
 * configuration is mended, and nobody tells rasd.
 */
#include <stdlib.h>

#include "backend/later.h"
#include "backend/private.h"
#include "base/clock.h"
#include "guests/guest.h"

#define LOOK_AGAIN_NS INT64_C(2000000000)
#define LOOKS_AT_ONCE 4u  /* each may cost QEMU its memory tree, and rasd-pagemap a search */
#define WALK_AT_ONCE 256u /* guests of a turn of the loop */

int backend_capable(const struct backend *b, const struct guest *g, struct ras_err *err)
{
	int r = guest_why_down(g, err);

	if (r == 0)
		r = b->probe(g, err);
	if (r < 0 || g->life.state == RUN_STATE_RUNNING)
		return r;
	ras_fail(err, RAS_E_NOT_RUNNING, "%s is in state %s", g->name,
		 run_state_name(g->life.state));
	return ras_hint(err, "start or resume the guest first");
}

static bool needs_helper(const struct backend *b)
{
	return b->traits.proof == PROOF_READ_ACK;
}

static enum readiness unknown(const struct guest *g, const char *waits_for, struct ras_err *err)
{
	ras_fail(err, RAS_E_NOT_READY, "%s is not known yet: %s", g->name, waits_for);
	ras_hint(err, "ask again in a while");
	return READY_UNKNOWN;
}

/* What is known of its source. */
static enum readiness source_readiness(const struct backend *b, const struct guest *g,
				       struct ras_err *err)
{
	const struct error_source *s = source_known(g, b, SOURCE_ANY);

	if (s && source_found(s))
		return READY_YES;
	if (s && s->state == SOURCE_SEARCHING)
		return unknown(g, "its error source is being looked for", err);
	if (!s || !s->why.code || !source_stamp_current(s, &s->why.stamp))
		return unknown(g, "its error source was not looked for yet", err);
	source_not_ready(s, err);
	return READY_NO;
}

/* What must hold before any backend is asked. */
static enum readiness guest_readiness(const struct guest *g, struct ras_err *err)
{
	if (guest_is_up(g))
		return READY_YES;
	if (guest_is_connecting(g))
		return unknown(g, "its monitor is being connected", err);
	return guest_why_down(g, err) < 0 ? READY_NO : READY_YES;
}

enum readiness backend_readiness(const struct backends *bs, const struct backend *b,
				 const struct guest *g, struct ras_err *err)
{
	enum readiness r = guest_readiness(g, err);

	if (r != READY_YES)
		return r;
	if (backend_capable(b, g, err) < 0)
		return READY_NO;
	if (b->per_device)
		return READY_YES; /* its sources are looked for when a record names a device */
	if (guest_layout_failed(g, err) < 0 || (needs_helper(b) && backends_helper(bs, g, err) < 0))
		return READY_NO;
	if (!g->ram.known)
		return unknown(g, "its RAM layout was not asked for yet", err);
	return source_readiness(b, g, err);
}

enum readiness backends_readiness(const struct backends *bs, const struct guest *g,
				  const struct backend **b, struct ras_err *err)
{
	enum readiness r = guest_readiness(g, err);

	*b = NULL;
	if (r != READY_YES)
		return r;
	if (backend_pick(g, NULL, b, err) < 0)
		return READY_NO;
	return backend_readiness(bs, *b, g, err);
}

/* --- looking --- */

/* Kept until the last look has ended, though bs may be gone. */
struct looks {
	struct backends *bs; /* NULL: gone */
	struct event *turn;
	char after[64]; /* the last guest that was looked at */
	unsigned int n_under_way;
	bool walking;
};

static void free_if_unused(struct looks *l)
{
	if (!l->bs && !l->n_under_way)
		free(l);
}

static void on_looked(void *arg, struct guest *g, struct error_source *s, const struct ras_err *err)
{
	struct looks *l = arg;

	(void)g, (void)s, (void)err;
	l->n_under_way--;
	if (l->bs && l->walking)
		event_at_once(l->turn);
	free_if_unused(l);
}

static bool is_worth_a_look(const struct backends *bs, const struct guest *g)
{
	const struct backend *b;
	const struct error_source *s;
	struct ras_err err;

	if (!guest_is_up(g))
		return false;
	switch (backends_readiness(bs, g, &b, &err)) {
	case READY_YES:
		return false;
	case READY_UNKNOWN:
		return true;
	case READY_NO:
		break;
	}
	s = b ? source_known(g, b, SOURCE_ANY) : NULL;
	return s && s->why.code && clock_boot_ns() - s->why.boot_ns > LOOK_AGAIN_NS;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct looks *l = arg;
	struct guest *g = NULL;

	(void)fd, (void)what;
	for (unsigned int n = 0; n < WALK_AT_ONCE && l->n_under_way < LOOKS_AT_ONCE; n++) {
		g = guests_next(l->bs->guests, l->after);
		l->walking = g;
		if (!g)
			return;
		snprintf(l->after, sizeof(l->after), "%s", g->name);
		if (!is_worth_a_look(l->bs, g))
			continue;
		l->n_under_way++;
		source_prepare(l->bs, g, NULL, SOURCE_ANY, on_looked, l);
	}
	if (l->n_under_way < LOOKS_AT_ONCE)
		event_at_once(l->turn);
}

void backends_look(struct backends *bs)
{
	struct looks *l = bs->looks;

	if (!l) {
		l = calloc(1, sizeof(*l));
		if (!l || !(l->turn = evtimer_new(bs->base, on_turn, l))) {
			free(l);
			return; /* the next one tries again */
		}
		l->bs = bs;
		bs->looks = l;
	}
	if (l->walking)
		return;
	l->after[0] = '\0';
	l->walking = true;
	event_at_once(l->turn);
}

void looks_end(struct backends *bs)
{
	struct looks *l = bs->looks;

	if (!l)
		return;
	bs->looks = NULL;
	l->bs = NULL;
	l->walking = false;
	event_free(l->turn);
	free_if_unused(l);
}
