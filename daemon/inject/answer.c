// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Answers to clients leave on the next turn of the loop.
 *
 * The problem: a client's answer may make the server take that client's next request, which comes
 * back into this room. If answers were given while an injection is decided, the state machine would
 * be entered again in the middle of a step. The rule: whoever decides only puts the answer, with a
 * copy of the row as it was then, into a list; an event of the loop gives them out.
 */
#include <stdlib.h>

#include "base/failpoint.h"
#include "base/log.h"
#include "inject/queue.h"

struct answer {
	struct answer *next;
	inject_done_fn done;
	void *arg;
	struct journal_row *row; /* NULL: none */
	bool failed;
	struct ras_err err; /* failed */
};

void answer_later(struct injector *in, inject_done_fn done, void *arg,
		  const struct journal_row *row, const struct ras_err *err)
{
	struct answer *a = calloc(1, sizeof(*a));
	struct ras_err no_memory;

	if (a && row) {
		a->row = malloc(sizeof(*row));
		if (a->row)
			*a->row = *row;
	}
	if (!a || (row && !a->row)) {
		/* The client must hear something, and there is nowhere to keep it. */
		free(a);
		ras_fail(&no_memory, RAS_E_NOMEM,
			 "out of memory: what became of it is in the list");
		done(arg, NULL, &no_memory);
		return;
	}
	a->done = done;
	a->arg = arg;
	a->failed = err;
	if (err)
		a->err = *err;
	*in->answers_tail = a;
	in->answers_tail = &a->next;
	event_active(in->answer_ev, EV_TIMEOUT, 0);
}

void answers_flush(struct injector *in)
{
	struct answer *a = in->answers;

	/* What is put in meanwhile is for the next turn. */
	in->answers = NULL;
	in->answers_tail = &in->answers;
	while (a) {
		struct answer *next = a->next;

		FAILPOINT(reply_before);
		a->done(a->arg, a->row, a->failed ? &a->err : NULL);
		FAILPOINT(reply_after);
		free(a->row);
		free(a);
		a = next;
	}
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	answers_flush(arg);
}

int answers_init(struct injector *in, struct ras_err *err)
{
	in->answers_tail = &in->answers;
	in->answer_ev = event_new(in->base, -1, 0, on_turn, in);
	return in->answer_ev ? 0 : ras_fail(err, RAS_E_NOMEM, "out of memory");
}

static void waiter_end(struct waiter *w, const struct ras_err *err)
{
	struct injection *i = w->inj;

	for (struct waiter **at = &i->waiters; *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			break;
		}
	answer_later(i->in, w->done, w->arg, &i->row, err);
	if (w->timer)
		event_free(w->timer);
	free(w);
}

static void on_wait_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	waiter_end(arg, NULL);
}

void answer_wait(struct injection *i, bool until_final, int64_t timeout_ms, inject_done_fn done,
		 void *arg)
{
	struct timeval tv = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	struct waiter *w = calloc(1, sizeof(*w));

	if (w)
		w->timer = evtimer_new(i->in->base, on_wait_over, w);
	if (!w || !w->timer) {
		free(w);
		answer_later(i->in, done, arg, &i->row, NULL);
		return;
	}
	w->inj = i;
	w->until_final = until_final;
	w->done = done;
	w->arg = arg;
	evtimer_add(w->timer, &tv);
	w->next = i->waiters;
	i->waiters = w;
}

void answer_waiters(struct injection *i, bool all, const struct ras_err *err)
{
	for (struct waiter *w = i->waiters, *next; w; w = next) {
		next = w->next;
		if (all || !w->until_final)
			waiter_end(w, err);
	}
}
