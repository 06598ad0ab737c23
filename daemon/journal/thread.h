// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private to the journal: when the writer works, and where. thread.c runs it in a thread of its
 * own and is the only file of this room that knows threads. tests/sim links another file with
 * these functions, which runs the writer from the loop on a virtual clock: it needs nothing but
 * queue.h (struct work) and writer.h.
 */
#pragma once

#include "journal/queue.h"
#include "journal/writer.h"

struct journal_thread;

/* From the loop, in the order of completion: it was stored or has failed; the callee owns it. */
typedef void (*journal_finished_fn)(void *arg, struct item *it);

/*
 * Begin to serve: from here on w belongs to the thread, but for writer_stored(). RAS_E_NOMEM,
 * RAS_E_IO, RAS_E_INTERNAL.
 */
int journal_thread_start(struct journal_thread **out, struct event_base *base, struct writer *w,
			 journal_finished_fn fn, void *arg, struct ras_err *err);

/* From the loop: it (owned from here on) is to be stored in delay_ns at the latest. */
void journal_thread_put(struct journal_thread *t, struct item *it, int64_t delay_ns);

/* From the loop: whether it is to be woken for transitions, too. */
void journal_thread_wake(struct journal_thread *t, bool always);

/* From the loop: store all that is queued now. */
void journal_thread_hurry(struct journal_thread *t);

/* Store what is queued, hand every item to fn, end the thread (NULL allowed). w is the caller's. */
void journal_thread_stop(struct journal_thread *t);

/*
 * Call run(arg), and stop(arg) from another thread if that takes longer than budget_ns. Returns 1
 * if stop was called, 0 if not, -RAS_E_INTERNAL if nothing was run.
 */
int journal_run_within(int64_t budget_ns, void (*run)(void *arg), void (*stop)(void *arg),
		       void *arg);
