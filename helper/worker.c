// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Problem: a read of a guest's memory may take any time (userfaultfd, a frozen file system), and
 * must not hold up the other guests.
 *
 * Rule: each guest has a thread and a bounded queue. A read that hangs holds up its own guest only.
 * While it is later than its caller's deadline, new requests for that guest are answered "busy" at
 * once instead of waiting behind it. The main thread alone owns the table of guests, keyed by (pid,
 * start time). When the table is full, the guest that was used longest ago and whose thread is idle
 * gives up its place; its thread then frees it.
 *
 * A guest that lost its place has lost its HEST: the next read of its status block says "not
 * found", and rasd has the HEST searched again.
 */
#include "helper/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "helper/gate.h"
#include "helper/process.h"

#define MAX_GUESTS 256 /* that run on one host */
#define QUEUE_LEN 16
#define STACK_BYTES (256u << 10)
/* rasd waits 2.5 s for a search: after this wait a short one is still in time. */
#define GATE_WAIT_NS INT64_C(2000000000)
#define GATE_HELD_NS INT64_C(2500000000) /* a search ends after 2 s, or it hangs in a read */
/*
 * Between two reads of a status block that is waited for. A read costs 2 us; all that wait together
 * make one read in this time, however many they are.
 */
#define READ_EVERY_NS 50000

struct job {
	struct conn *conn;
	struct helper_request req;
};

/* Requests of one guest; under the guest's lock. */
struct queue {
	struct job job[QUEUE_LEN];
	size_t head, n;
};

enum worker_state {
	WORKER_IDLE,
	WORKER_BUSY,
	WORKER_STOPPED /* its place is given up: it ends when its queue is empty */
};

struct guest {
	uint64_t last_used; /* main thread only */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct queue queue; /* under lock, as the next two */
	enum worker_state state;
	int64_t overdue_ns;	/* while busy: when the caller has given up */
	struct process process; /* the worker's own, except for pid and start_time */
};

static struct guest *guests[MAX_GUESTS];
static uint64_t use_counter;
static atomic_int n_waiting;

/* --- the worker --- */

static bool others_wait(struct guest *g)
{
	bool others;

	pthread_mutex_lock(&g->lock);
	others = g->queue.n > 0;
	pthread_mutex_unlock(&g->lock);
	return others;
}

/*
 * Read the status block until the guest has acknowledged, the wait is over or another request is
 * there. rasd could read it again and again instead; then each read would cost a timer, two
 * processes and three threads. Here only the way back of the last one lies between the
 * acknowledgement and its proof.
 */
static int wait_for_ack(struct guest *g, const struct helper_request *req, struct helper_reply *rep,
			struct ras_err *err)
{
	const int64_t until_ns = clock_boot_ns() + req->wait_us * INT64_C(1000);
	bool others = false;
	int r;

	while ((r = process_block(&g->process, req->source_id, rep, err)) == 0) {
		int64_t left_ns = until_ns - clock_boot_ns(),
			every_ns = READ_EVERY_NS * ((int64_t)atomic_load(&n_waiting) + 1);
		struct timespec pause = { .tv_nsec = every_ns < left_ns ? every_ns : left_ns };

		if (block_acknowledged(rep) || others || left_ns <= 0 || !process_runs(&g->process))
			break;
		atomic_fetch_add(&n_waiting, 1);
		nanosleep(&pause, NULL);
		atomic_fetch_sub(&n_waiting, 1);
		others = others_wait(g);
	}
	return r;
}

/* A search waits until few others run. */
static int search(struct process *p, const struct helper_request *req, struct helper_reply *rep,
		  struct ras_err *err)
{
	struct gate_pass pass;
	int r = gate_enter(GATE_WAIT_NS, GATE_HELD_NS, &pass, err);

	if (r < 0)
		return r;
	r = process_hest(p, req, rep, err);
	gate_leave(&pass);
	return r;
}

/* Errors keep the counts of a search. */
static void make_error(struct helper_reply *rep, uint64_t id, const struct ras_err *err)
{
	uint32_t n_ignored = rep->n_ignored, pages_read = rep->pages_read;

	memset(rep, 0, offsetof(struct helper_reply, block));
	rep->id = id;
	rep->n_ignored = n_ignored;
	rep->pages_read = pages_read;
	reply_error(rep, err);
}

static void run_job(struct guest *g, const struct job *job)
{
	const struct helper_request *req = &job->req;
	struct process *p = &g->process;
	struct helper_reply rep;
	struct ras_err err = RAS_ERR_NULL;
	_close_ int fd = -1;
	int r;

	memset(&rep, 0, offsetof(struct helper_reply, block));
	rep.id = req->id;
	r = process_qualify(p, &err);
	if (r == 0 && req->verb == HELPER_HEST)
		r = search(p, req, &rep, &err);
	else if (r == 0 && req->verb == HELPER_SLOT && req->wait_us)
		r = wait_for_ack(g, req, &rep, &err);
	else if (r == 0 && req->verb == HELPER_SLOT)
		r = process_block(p, req->source_id, &rep, &err);
	else if (r == 0 && req->verb == HELPER_SHM)
		r = fd = process_shm(p, req, &err);
	else if (r == 0)
		r = fd = process_pagemap(p, &err);
	/* What was read of a process that exited meanwhile may be half of it. */
	if (!process_runs(p)) {
		process_forget(p);
		r = ras_fail(&err, RAS_E_GONE, "process %d is gone", (int)p->pid);
	}
	if (r < 0)
		make_error(&rep, req->id, &err);
	conn_reply(job->conn, &rep, r < 0 ? -1 : fd);
}

/* The next job, or false where the worker is to end. Called and returns with the lock held. */
static bool next_job(struct guest *g, struct job *job)
{
	struct queue *q = &g->queue;

	while (q->n == 0 && g->state != WORKER_STOPPED)
		pthread_cond_wait(&g->wake, &g->lock);
	if (q->n == 0)
		return false;
	*job = q->job[q->head];
	q->head = (q->head + 1) % QUEUE_LEN;
	q->n--;
	g->state = WORKER_BUSY;
	g->overdue_ns = clock_boot_ns() + job->req.deadline_ms * INT64_C(1000000);
	return true;
}

static void guest_free(struct guest *g)
{
	pthread_cond_destroy(&g->wake);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

static void *worker(void *arg)
{
	struct guest *g = arg;
	struct job job;

	/* With the default slack of 50 us each pause of wait_for_ack() would be twice as long. */
	prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0);
	pthread_mutex_lock(&g->lock);
	while (next_job(g, &job)) {
		pthread_mutex_unlock(&g->lock);
		run_job(g, &job);
		conn_unref(job.conn);
		pthread_mutex_lock(&g->lock);
		g->state = WORKER_IDLE;
	}
	pthread_mutex_unlock(&g->lock);
	process_forget(&g->process);
	guest_free(g);
	return NULL;
}

/* --- the table --- */

static struct guest *guest_new(const struct conf *conf, pid_t pid, uint64_t start_time)
{
	struct guest *g = calloc(1, sizeof(*g));
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	if (!g)
		return NULL;
	process_init(&g->process, conf, pid, start_time);
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->wake, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	r = pthread_create(&thread, &attr, worker, g);
	pthread_attr_destroy(&attr);
	if (r == 0)
		return g;
	guest_free(g);
	return NULL;
}

/* Stop an idle worker and give up its place. False where it is at work. */
static bool evict(size_t at)
{
	struct guest *g = guests[at];
	bool idle;

	pthread_mutex_lock(&g->lock);
	idle = g->state == WORKER_IDLE && g->queue.n == 0;
	if (idle) {
		g->state = WORKER_STOPPED;
		guests[at] = NULL;
		pthread_cond_signal(&g->wake);
	}
	pthread_mutex_unlock(&g->lock);
	return idle;
}

/* The place of the guest that was used longest ago, but after `after`; MAX_GUESTS: none. */
static size_t oldest_after(uint64_t after)
{
	size_t oldest = MAX_GUESTS;

	for (size_t i = 0; i < MAX_GUESTS; i++)
		if (guests[i] && guests[i]->last_used > after &&
		    (oldest == MAX_GUESTS || guests[i]->last_used < guests[oldest]->last_used))
			oldest = i;
	return oldest;
}

/* A free place, if need be that of another guest; MAX_GUESTS: all are at work. */
static size_t free_place(void)
{
	uint64_t tried_up_to = 0;
	size_t at;

	for (size_t i = 0; i < MAX_GUESTS; i++)
		if (!guests[i])
			return i;
	while ((at = oldest_after(tried_up_to)) < MAX_GUESTS) {
		tried_up_to = guests[at]->last_used;
		if (evict(at))
			break;
	}
	return at;
}

static struct guest *guest_for(const struct conf *conf, pid_t pid, uint64_t start_time)
{
	size_t at;

	for (size_t i = 0; i < MAX_GUESTS; i++)
		if (guests[i] && guests[i]->process.pid == pid &&
		    guests[i]->process.start_time == start_time)
			return guests[i];
	at = free_place();
	return at < MAX_GUESTS ? (guests[at] = guest_new(conf, pid, start_time)) : NULL;
}

enum submitted { QUEUED, NO_PLACE, QUEUE_FULL, HUNG };

static enum submitted submit(struct guest *g, struct conn *c, const struct helper_request *req)
{
	enum submitted result = QUEUE_FULL;
	struct queue *q = &g->queue;

	pthread_mutex_lock(&g->lock);
	if (g->state == WORKER_BUSY && clock_boot_ns() > g->overdue_ns) {
		result = HUNG;
	} else if (q->n < QUEUE_LEN) {
		struct job *job = &q->job[(q->head + q->n) % QUEUE_LEN];

		job->conn = conn_ref(c);
		memcpy(&job->req, req, sizeof(*req));
		q->n++;
		result = QUEUED;
	}
	pthread_mutex_unlock(&g->lock);
	if (result == QUEUED) /* after the unlock, because the worker takes the lock */
		pthread_cond_signal(&g->wake);
	return result;
}

void worker_submit(const struct conf *conf, struct conn *c, const struct helper_request *req)
{
	struct guest *g = guest_for(conf, req->pid, req->start_time);
	enum submitted result = NO_PLACE;
	struct ras_err err;

	if (g) {
		g->last_used = ++use_counter;
		result = submit(g, c, req);
	}
	if (result == QUEUED)
		return;
	ras_fail(&err, RAS_E_BUSY,
		 result == HUNG	      ? "a read of process %d's memory has not come back" :
		 result == QUEUE_FULL ? "too many requests for process %d" :
					"too many guests: no worker for process %d",
		 req->pid);
	conn_refuse(c, req->id, &err);
}
