// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to pool.c (the loop's side) and pool_worker.c. */
#pragma once

#include <pthread.h>

#include "base/mailbox.h"
#include "libvirt/pool.h"

/* Of a call. */
enum stage { QUEUED, READY, TAKEN, HANDED, RETURNED };

struct libvirt_call {
	struct mail mail; /* first: from the worker back to the loop */
	struct libvirt_call *next;
	struct libvirt_pool *pool;
	struct target *target; /* the loop's */
	struct uuid uuid;
	libvirt_work_fn work;
	libvirt_done_fn done; /* NULL once answered or cancelled (loop) */
	void *arg;
	char *in;
	bool fresh;
	struct event *timer;
	enum stage stage;
	bool abandoned; /* no worker may hand it over any more */
	struct libvirt_result result;
};

struct target {
	struct target *next;
	struct uuid uuid;
	struct libvirt_call *queue, *in_flight;
	size_t n_queue;
	int64_t no_job_boot_ns; /* handed from each call to the next */
	int64_t stuck_since_ns; /* 0: not */
};

struct libvirt_pool {
	struct event_base *base;
	char uri[256];
	libvirt_stuck_fn tell;
	void *arg;
	struct target *targets;
	size_t n_targets;
	struct mailbox *returned; /* calls that the workers are done with */

	pthread_mutex_t lock;
	pthread_cond_t more;
	struct libvirt_call *ready, **ready_end;
	size_t n_free, n_ready, n_workers, refs; /* n_free: workers without a call */
	bool stopping, read_only;
	unsigned int epoch; /* connections of an earlier one are closed before use */
};

/* pool_worker.c: one more worker, where there is room; p->lock is held. */
void pool_start_worker(struct libvirt_pool *p);

/* pool.c: the memory of a call; its timer is the loop's. */
void pool_free_call(struct libvirt_call *c);
/* pool.c: one owner less. The pool outlives the loop's side as long as a worker is in libvirt. */
void pool_release(struct libvirt_pool *p);
