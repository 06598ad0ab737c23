// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Threads that read pagemap for the loop: a read waits for the guest's mmap_lock and may take any
 * time. One worker is one thread and one queue. Single reads, look-ups by the kernel's note (some
 * reads, of several guests), searches and the building of the index have a worker each, so that
 * none waits behind a slower kind.
 */
#pragma once

#include <event2/event.h>

#include "base/mailbox.h"
#include "xlate/xlate.h"

struct xlate_worker;

/* One piece of work; embedded in the caller's structure. */
struct xlate_job {
	struct mail mail; /* the worker's */
	struct xlate_job *next;
	bool first;	     /* it goes before all that are not */
	int64_t deadline_ns; /* boot time; a search ends then with RAS_E_TIMEOUT; 0 = none */
	void (*run)(struct xlate_job *j, struct xlate_host *h); /* in the worker's thread */
	void (*done)(struct xlate_job *j);			/* in the loop, exactly once */
};

/*
 * Start a worker. lh is copied, its descriptors are borrowed. burst: as of struct xlate_host.
 * RAS_E_NOMEM, RAS_E_INTERNAL, RAS_E_IO.
 */
int xlate_worker_new(struct xlate_worker **out, struct event_base *base, const char *name,
		     const struct xlate_linux_host *lh, int64_t burst, struct ras_err *err);

/* Ends the thread; what is queued or running is cancelled and done() runs for it. NULL allowed. */
void xlate_worker_free(struct xlate_worker *w);

/* Queue; RAS_E_BUSY when the worker has max of them (done does not run then). */
int xlate_worker_submit(struct xlate_worker *w, struct xlate_job *j, size_t max,
			struct ras_err *err);
