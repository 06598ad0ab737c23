// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Threads that read pagemap for the loop: a read waits for the guest's mmap_lock and may take any
 * time. One lane is one thread and one queue; questions of one read each, look-ups by the kernel's
 * note (some reads, of several guests), searches and index building have a lane each, so that none
 * waits behind a slower kind.
 */
#pragma once

#include <event2/event.h>

#include "xlate/xlate.h"

struct xlate_lane;

/* One piece of work; embedded in the caller's structure. */
struct xlate_job {
	struct xlate_job *next;
	int64_t deadline_ns; /* boot time; a search ends then with RAS_E_TIMEOUT; 0 = none */
	void (*run)(struct xlate_job *j, struct xlate_host *h); /* in the lane's thread */
	void (*done)(struct xlate_job *j);			/* in the loop, exactly once */
};

/*
 * Start a lane. lh is copied, its descriptors are borrowed. burst: as of struct xlate_host.
 * RAS_E_NOMEM, RAS_E_INTERNAL.
 */
int xlate_lane_new(struct xlate_lane **out, struct event_base *base, const char *name,
		   const struct xlate_linux_host *lh, int64_t burst, struct ras_err *err);

/* Ends the thread; what is queued or running is cancelled and done() runs for it. NULL allowed. */
void xlate_lane_free(struct xlate_lane *l);

/* Queue; RAS_E_BUSY when the lane has max of them (done does not run then). */
int xlate_lane_submit(struct xlate_lane *l, struct xlate_job *j, size_t max, struct ras_err *err);
