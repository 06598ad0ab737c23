// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The problem: a page must be verified before its record is sent, and QEMU's answer takes as long
 * as the disk takes for the intent. One after the other they double the time to the guest.
 * The rule: both are asked at the same time, and the record is sent when both have answered.
 * Without the hold a record could be sent that QEMU's answer would have forbidden.
 */
#include <stdlib.h>

#include "inject/queue.h"

struct inject_hold {
	unsigned int refs;
	unsigned int n_open; /* answers that are missing */
	struct ras_err err;  /* the first that was an error */
	bool failed;
	struct injection *waiting; /* step.c hears when it is open */
};

struct inject_hold *inject_hold_new(void)
{
	struct inject_hold *h = calloc(1, sizeof(*h));

	if (h)
		h->refs = 1;
	return h;
}

struct inject_hold *inject_hold_ref(struct inject_hold *h)
{
	if (h)
		h->refs++;
	return h;
}

void inject_hold_unref(struct inject_hold *h)
{
	if (h && --h->refs == 0)
		free(h);
}

void inject_hold_expect(struct inject_hold *h)
{
	h->n_open++;
	h->refs++;
}

void inject_hold_answer(struct inject_hold *h, const struct ras_err *err)
{
	const struct outcome open = { .what = OUT_OPEN };
	struct injection *i = h->waiting;

	if (err && !h->failed) {
		h->failed = true;
		h->err = *err;
	}
	if (--h->n_open == 0 && i) {
		h->waiting = NULL;
		i->in->outcome_fn(i, &open);
	}
	inject_hold_unref(h);
}

enum hold_state hold_look(struct inject_hold *h, struct injection *i, struct ras_err *err)
{
	if (!h)
		return HOLD_OPEN;
	if (h->n_open) {
		h->waiting = i;
		return HOLD_WAITS;
	}
	if (!h->failed)
		return HOLD_OPEN;
	*err = h->err;
	return HOLD_FORBIDS;
}

void hold_leave(struct inject_hold *h)
{
	if (h)
		h->waiting = NULL;
	inject_hold_unref(h);
}
