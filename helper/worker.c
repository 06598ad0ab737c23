// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * The main thread owns the table of guests, keyed by (pid, start time). Each has a detached thread
 * and a bounded queue; a guest that hangs (userfaultfd, frozen memory) blocks its own thread only.
 * While one of its jobs is over the deadline that its caller has, new ones are answered "busy" at
 * once. A guest leaves the table when its place is needed and its worker is idle: least recently
 * used first. The thread then frees it. Qualification is done by the worker, once, and kept as long
 * as the pidfd is alive. Replies are single packets, thus atomic; a peer that does not read loses
 * them.
 */
#include "helper/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "helper/hest.h"
#include "helper/memory.h"
#include "helper/qualify.h"
#include "helper/rmap.h"

#define MAX_GUESTS \
	256 /* that run: one that leaves the table loses its HEST, and rasd has it searched again */
#define QUEUE_LEN 16
#define STACK_BYTES (256u << 10)
#define DEADLINE_NS INT64_C(100000000) /* the caller's, see guests/helper_client.h */
#define DEADLINE_HEST_NS INT64_C(2500000000)
#define LOOK_EVERY_NS 50000 /* of one that waits; of all together, however many they are */

struct job {
	struct conn *conn;
	struct helper_request req;
};

struct guest {
	const struct conf *conf;
	pid_t pid;
	uint64_t start_time;
	uint64_t last_used; /* main thread only */

	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct job queue[QUEUE_LEN]; /* under lock */
	size_t head, n_queued;
	bool busy, stop;
	int64_t overdue_ns; /* under lock, while busy: when the caller has given up */

	/* The worker's own. */
	int pidfd, procfd; /* -1 until qualified */
	struct guest_memory mem;
	struct hest_found found;
	struct ram_section section[HELPER_MAX_SECTIONS];
	size_t n_sections;
};

static struct guest *guests[MAX_GUESTS];
static uint64_t use_counter;
static atomic_int n_waiting;

static void forget(struct guest *g)
{
	memory_close(&g->mem);
	if (g->pidfd >= 0)
		close(g->pidfd);
	if (g->procfd >= 0)
		close(g->procfd);
	g->pidfd = g->procfd = -1;
	g->found.n_sources = 0;
	g->n_sections = 0;
}

static int ensure_qualified(struct guest *g, struct ras_err *err)
{
	int r;

	if (g->pidfd >= 0 && pidfd_alive(g->pidfd))
		return 0;
	forget(g);
	r = qualify(g->conf, g->pid, g->start_time, &g->pidfd, &g->procfd, err);
	if (r == 0)
		r = memory_open(&g->mem, g->procfd, err);
	if (r < 0)
		forget(g);
	return r;
}

static int do_hest(struct guest *g, const struct helper_request *req, struct helper_reply *rep,
		   struct ras_err *err)
{
	struct hest_io io = memory_io(&g->mem);
	struct hest_found found;
	int r = ram_check(req->section, req->n_sections, err);

	g->found.n_sources = 0; /* what was known is void from now on */
	if (r == 0)
		r = memory_check_maps(g->procfd, req->section, req->n_sections, err);
	if (r < 0)
		return r;
	r = hest_search(&io, req->section, req->n_sections, &found, err);
	rep->n_ignored = found.n_ignored;
	rep->n_rivals = found.n_rivals;
	rep->pages_read = found.pages_read;
	if (r < 0)
		return r;
	memcpy(g->section, req->section, req->n_sections * sizeof(g->section[0]));
	g->n_sections = req->n_sections;
	g->found = found;
	rep->n_sources = found.n_sources;
	rep->hest_gpa = found.hest_gpa;
	memcpy(rep->source, found.source, sizeof(rep->source));
	return 0;
}

static int do_slot(struct guest *g, uint32_t source_id, struct helper_reply *rep,
		   struct ras_err *err)
{
	struct hest_io io = memory_io(&g->mem);
	const struct hest_source *src = NULL;
	uint64_t pointer, ack;

	for (uint32_t i = 0; i < g->found.n_sources && !src; i++)
		if (g->found.source[i].source_id == source_id)
			src = &g->found.source[i];
	if (!src)
		return ras_fail(err, RAS_E_NOT_FOUND,
				"source %u is not known: search the HEST first", source_id);
	if (!ram_read(&io, g->section, g->n_sections, src->status_pointer_gpa, &pointer, 8))
		return ras_fail(err, RAS_E_HELPER, "status pointer cannot be read");
	pointer = le64toh(pointer);
	if (pointer == 0 || !ram_contains(g->section, g->n_sections, pointer, src->block_len_bytes))
		return ras_fail(err, RAS_E_NOT_READY, "status pointer is outside guest RAM");
	/*
	 * Block before read-ack: QEMU clears the ack before it writes, so an ack read last is ours.
	 */
	if (!ram_read(&io, g->section, g->n_sections, pointer, rep->block, src->block_len_bytes) ||
	    !ram_read(&io, g->section, g->n_sections, src->read_ack_gpa, &ack, 8))
		return ras_fail(err, RAS_E_HELPER, "status block cannot be read");
	rep->read_ack = le64toh(ack);
	rep->status_pointer = pointer;
	rep->block_len_bytes = src->block_len_bytes;
	return 0;
}

/*
 * Read the slot until the guest has acknowledged, the wait is over or another job is there. Waiting
 * here spares rasd a round trip for each look, and the last one's way back is all that is between
 * the acknowledgement and its proof.
 */
static int wait_for_slot(struct guest *g, const struct helper_request *req,
			 struct helper_reply *rep, struct ras_err *err)
{
	const int64_t until_ns = clock_boot_ns() + req->wait_us * INT64_C(1000);
	uint32_t status;
	bool others = false;
	int r;

	if (!req->wait_us)
		return do_slot(g, req->source_id, rep, err);
	while ((r = do_slot(g, req->source_id, rep, err)) == 0) {
		int64_t left_ns = until_ns - clock_boot_ns(),
			every_ns = LOOK_EVERY_NS * ((int64_t)atomic_load(&n_waiting) + 1);
		struct timespec pause = { .tv_nsec = every_ns < left_ns ? every_ns : left_ns };

		memcpy(&status, rep->block, sizeof(status));
		if ((!status && rep->read_ack & 1) || others || left_ns <= 0 ||
		    !pidfd_alive(g->pidfd))
			break;
		atomic_fetch_add(&n_waiting, 1);
		nanosleep(&pause, NULL);
		atomic_fetch_sub(&n_waiting, 1);
		pthread_mutex_lock(&g->lock);
		others = g->n_queued > 0;
		pthread_mutex_unlock(&g->lock);
	}
	return r;
}

static void run_job(struct guest *g, const struct job *job)
{
	const struct helper_request *req = &job->req;
	struct helper_reply rep;
	struct ras_err err = RAS_ERR_NULL;
	_close_ int fd = -1;
	int r;

	memset(&rep, 0, offsetof(struct helper_reply, block));
	rep.id = req->id;
	r = ensure_qualified(g, &err);
	if (r == 0 && req->verb == HELPER_HEST) {
		r = do_hest(g, req, &rep, &err);
	} else if (r == 0 && req->verb == HELPER_SLOT) {
		r = wait_for_slot(g, req, &rep, &err);
	} else if (r == 0) {
		fd = openat(g->procfd, "pagemap", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			r = ras_fail(&err, RAS_E_HELPER, "cannot open pagemap: %s",
				     strerror(errno));
	}
	/* A process that exited meanwhile may have been read half-way. */
	if (g->pidfd >= 0 && !pidfd_alive(g->pidfd)) {
		forget(g);
		r = ras_fail(&err, RAS_E_GONE, "process %d is gone", (int)g->pid);
	}
	if (r < 0) {
		uint32_t n_ignored = rep.n_ignored, pages_read = rep.pages_read;

		memset(&rep, 0, offsetof(struct helper_reply, block));
		rep.id = req->id;
		rep.n_ignored = n_ignored;
		rep.pages_read = pages_read;
		reply_error(&rep, &err);
	}
	conn_reply(job->conn, &rep, r == 0 ? fd : -1);
}

static void *worker(void *arg)
{
	struct guest *g = arg;
	struct job job;

	prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0,
	      0); /* or each pause of wait_for_slot() is twice as long */
	pthread_mutex_lock(&g->lock);
	for (;;) {
		while (g->n_queued == 0 && !g->stop)
			pthread_cond_wait(&g->wake, &g->lock);
		if (g->n_queued == 0)
			break;
		job = g->queue[g->head];
		g->head = (g->head + 1) % QUEUE_LEN;
		g->n_queued--;
		g->busy = true;
		g->overdue_ns = clock_boot_ns() +
				(job.req.verb == HELPER_HEST ? DEADLINE_HEST_NS : DEADLINE_NS);
		pthread_mutex_unlock(&g->lock);
		run_job(g, &job);
		conn_unref(job.conn);
		pthread_mutex_lock(&g->lock);
		g->busy = false;
	}
	pthread_mutex_unlock(&g->lock);
	forget(g);
	pthread_cond_destroy(&g->wake);
	pthread_mutex_destroy(&g->lock);
	free(g);
	return NULL;
}

static struct guest *guest_new(const struct conf *conf, pid_t pid, uint64_t start_time)
{
	struct guest *g = calloc(1, sizeof(*g));
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	if (!g)
		return NULL;
	g->conf = conf;
	g->pid = pid;
	g->start_time = start_time;
	g->pidfd = g->procfd = g->mem.mem_fd = g->mem.pagemap_fd = -1;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->wake, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	r = pthread_create(&thread, &attr, worker, g);
	pthread_attr_destroy(&attr);
	if (r == 0)
		return g;
	pthread_cond_destroy(&g->wake);
	pthread_mutex_destroy(&g->lock);
	free(g);
	return NULL;
}

/* Stop an idle worker and give up its place; false where it is at work. */
static bool evict(size_t at)
{
	struct guest *g = guests[at];
	bool idle;

	pthread_mutex_lock(&g->lock);
	idle = !g->busy && g->n_queued == 0;
	if (idle) {
		g->stop = true;
		guests[at] = NULL;
		pthread_cond_signal(&g->wake);
	}
	pthread_mutex_unlock(&g->lock);
	return idle;
}

static struct guest *guest_for(const struct conf *conf, pid_t pid, uint64_t start_time)
{
	uint64_t tried_up_to = 0;

	for (size_t i = 0; i < MAX_GUESTS; i++)
		if (guests[i] && guests[i]->pid == pid && guests[i]->start_time == start_time)
			return guests[i];
	for (size_t round = 0; round <= MAX_GUESTS; round++) {
		size_t oldest = MAX_GUESTS;

		for (size_t i = 0; i < MAX_GUESTS; i++) {
			if (!guests[i])
				return guests[i] = guest_new(conf, pid, start_time);
			if (guests[i]->last_used > tried_up_to &&
			    (oldest == MAX_GUESTS ||
			     guests[i]->last_used < guests[oldest]->last_used))
				oldest = i;
		}
		if (oldest == MAX_GUESTS)
			return NULL;
		tried_up_to = guests[oldest]->last_used;
		if (evict(oldest))
			return guests[oldest] = guest_new(conf, pid, start_time);
	}
	return NULL;
}

void worker_submit(const struct conf *conf, struct conn *c, const struct helper_request *req)
{
	struct guest *g = guest_for(conf, req->pid, req->start_time);
	struct ras_err err;
	bool queued = false, hung = false;

	if (g) {
		g->last_used = ++use_counter;
		pthread_mutex_lock(&g->lock);
		hung = g->busy && clock_boot_ns() > g->overdue_ns;
		if (!hung && g->n_queued < QUEUE_LEN) {
			struct job *job = &g->queue[(g->head + g->n_queued) % QUEUE_LEN];

			job->conn = conn_ref(c);
			memcpy(&job->req, req, sizeof(*req));
			g->n_queued++;
			queued = true;
		}
		pthread_mutex_unlock(&g->lock);
	}
	if (queued) {
		pthread_cond_signal(&g->wake); /* the worker wants the lock */
		return;
	}
	ras_fail(&err, RAS_E_BUSY,
		 hung ? "a read of process %d's memory has not come back" :
		 g    ? "too many requests for process %d" :
			"too many guests: no worker for process %d",
		 req->pid);
	conn_refuse(c, req->id, &err);
}
