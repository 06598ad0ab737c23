// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A queue from any thread to the loop. A thread puts finished work into it; the loop takes each
 * piece out in the order in which it was put there.
 */
#pragma once

#include <event2/event.h>

#include "base/err.h"

struct mailbox;

/* Embedded in what is sent; its owner until mailbox_put() returns, the loop's from then on. */
struct mail {
	struct mail *next;
};

/* From the loop, once for each mail. It may put more, but must not free the mailbox. */
typedef void (*mailbox_fn)(void *arg, struct mail *m);

/* RAS_E_NOMEM, RAS_E_IO (no eventfd). base is borrowed. */
int mailbox_new(struct mailbox **out, struct event_base *base, mailbox_fn fn, void *arg,
		struct ras_err *err);

/* Any thread. The loop is woken at most once for all that it has not taken out yet. */
void mailbox_put(struct mailbox *b, struct mail *m);

/* As mailbox_put(), but the loop is not woken: it finds the mail with the next one that is put. */
void mailbox_put_quietly(struct mailbox *b, struct mail *m);

/* From the loop: deliver now what is in it. */
void mailbox_drain(struct mailbox *b);

/*
 * From the loop, when no thread puts anything any more: what is left is delivered first. NULL
 * allowed.
 */
void mailbox_free(struct mailbox *b);
