// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is kept of each guest for translation.
 *
 * The problem: a place is right for one generation of a guest only, its making takes several
 * questions (RAM layout, pagemap descriptor), and there may be thousands of guests.
 * The rules:
 *  - A place is compared with what is known of its guest each time it is used. Nothing has to tell
 *    it of a change, so none is missed. A space that does not fit any more is marked as retired,
 *    which ends the work that the threads do with it.
 *  - place_begin() starts what is to be done, and each answer starts the next question. Who waits
 *    is told by translator_look() when a place gets idle. Nobody polls.
 *  - The place hangs off struct guest and goes with it (GUEST_FREED). The helper's late answer is
 *    forgotten then.
 *  - All guests are gone through WALK_GUESTS on a turn of the loop. A question that comes during a
 *    walk waits for the next one, because guests that the walk has passed may have changed.
 *
 * A process that exits, or execs, shows by reads of 0 bytes (the descriptor belongs to the address
 * space); its place is made again if the guest is still there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "translate/private.h"

#define MAX_OVERCOMMIT 8u /* RAM of one guest, with what can be plugged in, to RAM of the host */
#define WALK_GUESTS 256	  /* 0.2 ms where none of them is in the cache */

static void place_drop(struct place *p)
{
	if (!p->space)
		return;
	xlate_space_retire(p->space);
	xlate_space_unref(TAKE(p->space));
	p->t->places.spaces_changed = true;
}

static void place_set(struct place *p, enum place_state state)
{
	struct places *ps = &p->t->places;

	ps->n_busy += (state != PLACE_IDLE);
	ps->n_busy -= (p->state != PLACE_IDLE);
	p->state = state;
	if (state == PLACE_IDLE)
		translator_look(p->t);
}

static void place_free(struct place *p)
{
	if (p->state == PLACE_ASKING)
		helper_client_forget(p->t->helper, p);
	place_set(p, PLACE_IDLE);
	place_drop(p);
	LIST_REMOVE(p, all);
	LIST_REMOVE(p, same_hash);
	free(p);
}

/* The guest is gone, or does not run: it has no memory. */
static void place_forget(struct place *p)
{
	p->g->place = NULL;
	p->g = NULL;
	if (p->state == PLACE_KNOWING)
		place_drop(p); /* on_known() frees it */
	else
		place_free(p);
}

struct place *place_of(struct translator *t, struct guest *g)
{
	struct places *ps = &t->places;
	struct place *p = g->place;

	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->t = t;
	p->g = g;
	p->id = ++ps->last_id;
	LIST_INSERT_HEAD(&ps->all, p, all);
	LIST_INSERT_HEAD(&ps->by_id[p->id % PLACE_HASH], p, same_hash);
	g->place = p;
	return p;
}

struct place *place_by_id(const struct translator *t, uint64_t id)
{
	struct place *p;

	LIST_FOREACH (p, &t->places.by_id[id % PLACE_HASH], same_hash) {
		if (p->id == id && p->g)
			return p;
	}
	return NULL;
}

const char *translate_domain(const struct translator *t, const struct xlate_owner *owner)
{
	const struct place *p = place_by_id(t, owner->id);

	return p ? p->g->name : NULL;
}

bool place_current(const struct place *p)
{
	const struct guest *g = p->g;

	return p->space && g && guest_is_up(g) && g->ram.known && p->pid == g->life.pid &&
	       p->start_time == g->life.start_time && p->n_ram == g->ram.n &&
	       memcmp(p->ram, g->ram.section, g->ram.n * sizeof(g->ram.section[0])) == 0 &&
	       !xlate_space_gone(p->space);
}

/* --- the making of a place --- */

static int make_space(struct place *p, int fd, struct ras_err *err)
{
	const uint64_t host = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	struct xlate_section s[XLATE_MAX_SECTIONS];
	uint64_t left = host < UINT64_MAX / MAX_OVERCOMMIT ? host * MAX_OVERCOMMIT : UINT64_MAX;

	_Static_assert(XLATE_MAX_SECTIONS == HELPER_MAX_SECTIONS, "a layout fits a space");
	for (size_t i = 0; i < p->n_ram; i++) {
		s[i] = (struct xlate_section){ p->ram[i].gpa, p->ram[i].len_bytes, p->ram[i].hva };
		/* A QEMU that lies about its size must not keep the searches busy for ever. */
		if (s[i].len_bytes > left)
			return ras_fail(err, RAS_E_LAYOUT,
					"it claims more memory than this host can have");
		left -= s[i].len_bytes;
	}
	return xlate_space_new(&xlate_linux_mm, (void *)(intptr_t)fd, p->id,
			       (size_t)sysconf(_SC_PAGESIZE), s, p->n_ram, &p->space, err);
}

static void on_pagemap(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct place *p = arg;
	struct ras_err e;

	(void)rep;
	if (err || p->t->stopping || make_space(p, fd, &e) < 0) {
		if (fd >= 0)
			close(fd);
		if (err || !p->t->stopping)
			snprintf(p->why, sizeof(p->why), "%.120s", err ? err->text : e.text);
	} else {
		p->t->places.spaces_changed = true;
	}
	place_set(p, PLACE_IDLE);
}

static void ask_pagemap(struct place *p)
{
	const struct guest *g = p->g;
	struct ras_err err;

	p->pid = g->life.pid;
	p->start_time = g->life.start_time;
	p->n_ram = g->ram.n;
	memcpy(p->ram, g->ram.section, g->ram.n * sizeof(g->ram.section[0]));
	if (helper_pagemap(p->t->helper, p->pid, p->start_time, on_pagemap, p, &err) < 0) {
		snprintf(p->why, sizeof(p->why), "%.120s", err.text);
		place_set(p, PLACE_IDLE);
		return;
	}
	place_set(p, PLACE_ASKING);
}

static void on_known(void *arg, struct guest *g, const struct ras_err *err)
{
	struct place *p = arg;

	if (!p->g) {
		place_free(p);
	} else if (err) {
		snprintf(p->why, sizeof(p->why), "%.120s",
			 err->code == RAS_E_LAYOUT && g->ram.why[0] ? g->ram.why : err->text);
		place_set(p, PLACE_IDLE);
	} else if (p->t->stopping) {
		place_set(p, PLACE_IDLE);
	} else {
		ask_pagemap(p);
	}
}

const char *place_why(const struct place *p)
{
	if (p->state != PLACE_IDLE)
		return "it is being asked for, try again";
	return p->why[0] ? p->why : "it was not asked for yet, try again";
}

void place_begin(struct place *p)
{
	if (p->state != PLACE_IDLE || place_current(p))
		return;
	place_drop(p);
	if (!guest_is_up(p->g)) {
		snprintf(p->why, sizeof(p->why), "it has no monitor");
		return;
	}
	place_set(p, PLACE_KNOWING);
	guest_know(p->g, on_known, p);
}

/* --- all guests --- */

static void walk_some(struct translator *t)
{
	struct places *ps = &t->places;
	struct guest *g = NULL;

	for (int i = 0; i < WALK_GUESTS; i++) {
		struct place *p;

		g = guests_next(t->guests, ps->walked_to);
		if (!g)
			break;
		snprintf(ps->walked_to, sizeof(ps->walked_to), "%s", g->name);
		if (!guest_may_run(g)) {
			if (g->place)
				place_forget(g->place);
			continue;
		}
		p = place_of(t, g);
		if (p)
			place_begin(p);
	}
	if (g)
		return;
	ps->walking = ps->again;
	ps->round += ps->again;
	ps->again = false;
	ps->walked_to[0] = '\0';
	translator_look(t);
}

static void on_walk(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval at_once = { 0, 0 };
	struct translator *t = arg;

	(void)fd;
	(void)what;
	walk_some(t);
	if (t->places.walking)
		evtimer_add(t->places.walk, &at_once);
}

uint64_t places_begin(struct translator *t)
{
	struct places *ps = &t->places;

	if (ps->walking) {
		ps->again = true;
		return ps->round + 1;
	}
	ps->round++;
	ps->walking = true;
	on_walk(-1, 0, t);
	return ps->round;
}

bool places_ready(const struct translator *t, uint64_t round)
{
	const struct places *ps = &t->places;

	return ps->n_busy == 0 && (ps->round > round || (ps->round == round && !ps->walking));
}

static void on_guest(void *arg, const void *what)
{
	const struct guest_change *c = what;

	(void)arg;
	if (c->ev == GUEST_FREED && c->g->place)
		place_forget(c->g->place);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct translator *t = arg;

	(void)fd;
	(void)what;
	questions_look(t);
	index_look(t);
}

void translator_look(struct translator *t)
{
	if (!t->stopping)
		event_active(t->places.look, EV_TIMEOUT, 0);
}

int places_init(struct translator *t, struct ras_err *err)
{
	struct places *ps = &t->places;

	ps->walk = evtimer_new(t->base, on_walk, t);
	ps->look = evtimer_new(t->base, on_look, t);
	if (!ps->walk || !ps->look)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	if (t->guests)
		guests_subscribe(t->guests, &ps->guests_sub, on_guest, t);
	return 0;
}

/* The guests are gone already, and with them their places, except for those that waited for one. */
void places_fini(struct translator *t)
{
	struct place *p;

	while ((p = LIST_FIRST(&t->places.all))) {
		LIST_REMOVE(p, all);
		xlate_space_unref(p->space);
		free(p);
	}
	if (t->places.walk)
		event_free(t->places.walk);
	if (t->places.look)
		event_free(t->places.look);
}
