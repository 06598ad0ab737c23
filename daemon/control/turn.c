// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whose turn it is.
 *
 * The problem: one client with long or many requests must not keep the loop from all others, nor
 * from the guests.
 * The rule: everything that is done for a client is cut into steps: one line, one item of a batch,
 * one slice of a long answer. Persons whose connections have something to do wait in a queue; each
 * has one step, of one connection, and goes to its end. So 64 connections of one person take no
 * more of the loop than one of another. A turn of the loop ends after TURN_NS or TURN_SLICES
 * slices, whatever is left then waits until all other events of the loop have been looked at.
 * A call that is answered from outside (a guest's acknowledgement, a commit) only puts its
 * connection into that queue. So the answer is written, and the client's next request begun, when
 * the state machine that has answered is out of the way.
 *
 * Work that comes while the loop handles events is done in the same round of events: that costs no
 * system call, and the answer is not later than if it had been written at once.
 */
#include "base/clock.h"
#include "control/server_private.h"

/* Nothing in the loop takes over 1 ms. A request takes 2 us, a full slice RPC_SLICE_NS. */
#define TURN_NS 700000
#define TURN_SLICES 2
#define CLOCK_EVERY 8 /* short lines: looking at the clock costs as much as a tenth of one */

static void schedule_now(struct turns *t)
{
	if (t->scheduled)
		return;
	t->scheduled = true;
	event_active(t->ev, EV_TIMEOUT, 0);
}

static void enqueue(struct turns *t, struct conn *c)
{
	struct account *a = c->account;

	if (TAILQ_EMPTY(&a->waiting))
		TAILQ_INSERT_TAIL(&t->waiting, a, turn);
	TAILQ_INSERT_TAIL(&a->waiting, c, waiting);
	c->queued = true;
}

void conn_wake(struct conn *c)
{
	struct turns *t = &c->server->turns;

	if (c->queued || t->current == c)
		return;
	enqueue(t, c);
	schedule_now(t);
}

void conn_forget_turn(struct conn *c)
{
	struct account *a = c->account;

	if (!c->queued)
		return;
	TAILQ_REMOVE(&a->waiting, c, waiting);
	if (TAILQ_EMPTY(&a->waiting))
		TAILQ_REMOVE(&c->server->turns.waiting, a, turn);
	c->queued = false;
}

/* One step; true if the connection has another. The connection may be gone if not. */
static bool one_step(struct turns *t, struct conn *c, enum step_cost *cost)
{
	bool more;

	t->current = c;
	*cost = conn_step(c);
	account_update(c);
	more = *cost != STEP_NONE && conn_has_work(c);
	/* What the kernel takes now makes room for lines that had to wait. */
	if (!more) {
		conn_flush(c);
		account_update(c);
		more = conn_has_work(c);
	}
	if (!more)
		conn_settle(c);
	t->current = NULL;
	return more;
}

void conn_run(struct conn *c)
{
	struct turns *t = &c->server->turns;
	enum step_cost cost;

	/* Whoever waits, waits longer than this one; and its answers may be long. */
	if (!TAILQ_EMPTY(&t->waiting) || !STAILQ_EMPTY(&c->calls.answers) || c->calls.batch)
		conn_wake(c);
	else if (one_step(t, c, &cost))
		conn_wake(c);
}

/* Answers leave at the end of the turn in which they were made. */
static void flush_waiting(struct turns *t)
{
	struct account *a;
	struct conn *c;

	TAILQ_FOREACH (a, &t->waiting, turn) {
		TAILQ_FOREACH (c, &a->waiting, waiting) {
			if (buf_len(&c->io.out) && !c->io.writes)
				conn_flush(c);
		}
	}
}

/* Whose turn it is. Its person goes to the end, unless it was the only one that waited. */
static struct conn *take_next(struct turns *t)
{
	struct account *a = TAILQ_FIRST(&t->waiting);
	struct conn *c = a ? TAILQ_FIRST(&a->waiting) : NULL;

	if (!c)
		return NULL;
	TAILQ_REMOVE(&t->waiting, a, turn);
	TAILQ_INSERT_TAIL(&t->waiting, a, turn);
	conn_forget_turn(c);
	return c;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval at_once = { 0, 0 };
	struct server *s = arg;
	struct turns *t = &s->turns;
	int64_t end_ns = clock_boot_ns() + TURN_NS;
	size_t n_slices = 0, n_short = 0;
	bool over = false;
	struct conn *c;

	(void)fd;
	(void)what;
	while (!over && (c = take_next(t))) {
		enum step_cost cost;
		bool more;

		do {
			more = one_step(t, c, &cost);
			n_slices += cost == STEP_SLICE;
			over = n_slices >= TURN_SLICES ||
			       ((cost != STEP_SHORT || ++n_short % CLOCK_EVERY == 0) &&
				clock_boot_ns() > end_ns);
		} while (more && !over && TAILQ_EMPTY(&t->waiting));
		if (more)
			enqueue(t, c);
	}
	t->scheduled = !TAILQ_EMPTY(&t->waiting);
	if (!t->scheduled)
		return;
	flush_waiting(t);
	evtimer_add(t->ev, &at_once);
}

int turns_init(struct server *s)
{
	TAILQ_INIT(&s->turns.waiting);
	s->turns.ev = evtimer_new(s->base, on_turn, s);
	return s->turns.ev ? 0 : -1;
}

void turns_fini(struct server *s)
{
	if (s->turns.ev)
		event_free(s->turns.ev);
}
