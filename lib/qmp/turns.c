// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: 64 QEMUs that send without end are 64 sockets that are always readable. If each is read
 * in each pass of the loop, however little, the pass takes 64 times that; if a pass ends early, the
 * same first ones are read each time.
 *
 * Rule: reading is cut into steps (receive.c). A monitor that has something to read waits in a
 * queue, and each has one step before any has its second. All steps of one pass together get
 * TURN_NS and TURN_STEPS. They run in the pass in which the sockets were found readable, behind
 * their events, so that a reply that comes alone waits for nothing.
 *
 * Otherwise the clients of rasd and the other guests would wait for as long as the hostile ones
 * send.
 */
#include "qmp/turns.h"

#include <stdlib.h>

#include "base/clock.h"

#define TURN_NS 500000 /* half of the 1 ms that anything may take; control/turn.c has the other */
#define TURN_STEPS 16

struct turns {
	struct turns *next;
	struct event_base *base; /* borrowed */
	struct event *ev;
	size_t n_users;
	bool scheduled;
	TAILQ_HEAD(, turn_user) waiting;
};

/* One for each loop with monitors; rasd has one loop. */
static struct turns *all;

static void free_if_empty(struct turns *t)
{
	struct turns **at = &all;

	if (t->n_users)
		return;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	event_free(t->ev);
	free(t);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval at_once = { 0, 0 };
	struct turns *t = arg;
	int64_t end_ns = clock_boot_ns() + TURN_NS;
	struct turn_user *u;

	(void)fd, (void)what;
	t->n_users++; /* a step may free the last one, and t with it */
	for (int n = 0; n < TURN_STEPS && (u = TAILQ_FIRST(&t->waiting)); n++) {
		turns_unwant(u);
		if (u->step(u->arg)) {
			u->queued = true;
			TAILQ_INSERT_TAIL(&t->waiting, u, waiting);
		}
		if (clock_boot_ns() > end_ns)
			break;
	}
	t->scheduled = !TAILQ_EMPTY(&t->waiting);
	/* A zero timer is due in the next pass: what is made active here would run in this one. */
	if (t->scheduled)
		event_add(t->ev, &at_once);
	t->n_users--;
	free_if_empty(t);
}

void turns_wanted(struct turn_user *u)
{
	struct turns *t = u->turns;

	if (u->queued)
		return;
	u->queued = true;
	TAILQ_INSERT_TAIL(&t->waiting, u, waiting);
	if (!t->scheduled)
		event_active(t->ev, EV_TIMEOUT, 0);
	t->scheduled = true;
}

void turns_unwant(struct turn_user *u)
{
	if (u->queued)
		TAILQ_REMOVE(&u->turns->waiting, u, waiting);
	u->queued = false;
}

bool turns_join(struct turn_user *u, struct event_base *base, bool (*step)(void *arg), void *arg)
{
	struct turns *t = all;

	while (t && t->base != base)
		t = t->next;
	if (!t) {
		t = calloc(1, sizeof(*t));
		if (!t)
			return false;
		t->base = base;
		TAILQ_INIT(&t->waiting);
		t->ev = evtimer_new(base, on_turn, t);
		if (!t->ev) {
			free(t);
			return false;
		}
		t->next = all;
		all = t;
	}
	t->n_users++;
	*u = (struct turn_user){ .turns = t, .step = step, .arg = arg };
	return true;
}

void turns_leave(struct turn_user *u)
{
	struct turns *t = u->turns;

	if (!t)
		return;
	turns_unwant(u);
	u->turns = NULL;
	t->n_users--;
	free_if_empty(t);
}
