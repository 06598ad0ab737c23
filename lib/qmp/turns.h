// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to lib/qmp: who may read next, of all monitors of one loop. See turns.c. */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <sys/queue.h>

struct turns;

/* One for each client, inside it. */
struct turn_user {
	struct turns *turns;
	/*
	 * A small piece of work. Returns whether there is more. False also where the user is
	 * gone: it is not touched again.
	 */
	bool (*step)(void *arg);
	void *arg;
	bool queued;
	TAILQ_ENTRY(turn_user) waiting;
};

/* Join the monitors of base. False: no memory. */
bool turns_join(struct turn_user *u, struct event_base *base, bool (*step)(void *arg), void *arg);

/* It has work, which is done when it is its turn; if nobody else has work, in this pass. */
void turns_wanted(struct turn_user *u);

/* No step until the next turns_wanted(). */
void turns_unwant(struct turn_user *u);

/* The user is freed; also one that did not join. */
void turns_leave(struct turn_user *u);
