// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The answer to a submit, given on the next turn of the loop. A backend that knows the outcome at
 * once must not answer at once: who asked is in the middle of asking, and would be entered again.
 */
#pragma once

#include "backend/backend.h"

struct later {
	backend_submit_fn fn; /* NULL: nothing was asked */
	void *arg;
	struct event *timer;
	bool answered; /* fn is called on the next turn */
	enum submit_outcome outcome;
	struct ras_err err; /* why, but for SUBMIT_OK */
};

/* 0, or -1 without memory. l does not move while it is in use. */
int later_init(struct later *l, struct event_base *base);

/* l->fn is called on the next turn, once. err is copied; NULL with SUBMIT_OK only. */
void later_answer(struct later *l, enum submit_outcome o, const struct ras_err *err);

/* True while fn waits for an answer that nobody has given yet. */
bool later_waits(const struct later *l);

/*
 * The backend's source is gone: who waits still is told now, with o where no answer was given yet.
 * NULL timer: nothing was made.
 */
void later_end(struct later *l, enum submit_outcome o, const struct ras_err *err);

/* The event's callback runs on the next turn of the loop. */
void event_at_once(struct event *ev);
