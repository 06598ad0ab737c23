// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A queue from any thread to the loop. A thread puts finished work in. The loop takes each piece
 * out, in the same order.
 */
#pragma once

#include <event2/event.h>

#include "base/err.h"

struct mailbox;

/*
 * Embedded in the object that is sent. The sender owns the object until mailbox_put() returns, the
 * loop owns it from then on.
 */
struct mail {
	struct mail *next;
};

/* The loop calls it once for each mail. It may put more mails. It must not free the mailbox. */
typedef void (*mailbox_fn)(void *arg, struct mail *m);

/* RAS_E_NOMEM, RAS_E_IO (no eventfd). base is borrowed. */
int mailbox_new(struct mailbox **out, struct event_base *base, mailbox_fn fn, void *arg,
		struct ras_err *err);

/* Any thread. Wakes the loop, at most once for all mails that it has not taken yet. */
void mailbox_put(struct mailbox *b, struct mail *m);

/*
 * As mailbox_put(), but without waking the loop: the mail is delivered with the next one that does.
 */
void mailbox_put_quietly(struct mailbox *b, struct mail *m);

/* Loop only: deliver now what is in it. */
void mailbox_drain(struct mailbox *b);

/* Loop only, after the last put: deliver what is left, then free. NULL is allowed. */
void mailbox_free(struct mailbox *b);
