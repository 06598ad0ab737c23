// SPDX-License-Identifier: LGPL-2.1-or-later
#include "backend/later.h"

#include <stddef.h>

#include "base/cleanup.h"

void event_at_once(struct event *ev)
{
	static const struct timeval now = { 0, 0 };

	evtimer_add(ev, &now);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct later *l = arg;
	backend_submit_fn fn = TAKE(l->fn);
	struct ras_err err = l->err; /* fn may ask again */

	(void)fd, (void)what;
	l->answered = false;
	fn(l->arg, l->outcome, l->outcome == SUBMIT_OK ? NULL : &err);
}

int later_init(struct later *l, struct event_base *base)
{
	*l = (struct later){ .timer = evtimer_new(base, on_turn, l) };
	return l->timer ? 0 : -1;
}

void later_answer(struct later *l, enum submit_outcome o, const struct ras_err *err)
{
	l->answered = true;
	l->outcome = o;
	if (err)
		l->err = *err;
	event_at_once(l->timer);
}

bool later_waits(const struct later *l)
{
	return l->fn && !l->answered;
}

void later_end(struct later *l, enum submit_outcome o, const struct ras_err *err)
{
	backend_submit_fn fn = TAKE(l->fn);
	struct event *timer = TAKE(l->timer);

	if (timer)
		event_free(timer);
	/* What was done was done: a record that is in the block is not "not sent". */
	if (l->answered) {
		o = l->outcome;
		err = o == SUBMIT_OK ? NULL : &l->err;
	}
	if (fn)
		fn(l->arg, o, err);
}
