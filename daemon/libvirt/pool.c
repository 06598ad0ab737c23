// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * libvirt's calls block, some for ever, and the loop must not. So each call is made by a worker
 * thread (pool_worker.c) and has a deadline of ours.
 *
 * The loop owns the targets (one for each domain that waits for something) and their queues. A
 * target's next call is put on the ready list when the one before has returned, and a worker takes
 * it from there; the mailbox brings it back. The ready list, a call's stage and its abandoned flag
 * are under one mutex. Everything else belongs to one side.
 *
 *   QUEUED    in its target's queue
 *   READY     in the ready list
 *   TAKEN     by a worker, which connects and looks the domain up
 *   HANDED    to libvirt: from here on it may have been sent
 *   RETURNED  from libvirt
 *
 * At its deadline a call that is not HANDED is proved not sent, and marked abandoned so that no
 * worker sends it; one that is HANDED is answered "unknown" while its worker waits on. The call's
 * memory goes when both sides are finished with it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "libvirt/pool_private.h"

#define QUEUE_MAX 64
#define TARGETS_MAX 1024

void pool_free_call(struct libvirt_call *c)
{
	if (c->timer)
		event_free(c->timer);
	free(c->in);
	free(c->result.reply);
	free(c);
}

void pool_release(struct libvirt_pool *p)
{
	bool last;

	pthread_mutex_lock(&p->lock);
	last = --p->refs == 0;
	pthread_mutex_unlock(&p->lock);
	if (!last)
		return;
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static void start_next(struct libvirt_pool *p, struct target *t)
{
	struct libvirt_call *c = t->queue;

	if (!c || t->in_flight)
		return;
	t->queue = c->next;
	t->n_queue--;
	t->in_flight = c;
	c->next = NULL;
	c->result.no_job_boot_ns = t->no_job_boot_ns;
	pthread_mutex_lock(&p->lock);
	c->stage = READY;
	*p->ready_end = c;
	p->ready_end = &c->next;
	if (++p->n_ready > p->n_free)
		pool_start_worker(p);
	pthread_mutex_unlock(&p->lock);
	pthread_cond_signal(&p->more);
}

/* Take it out of its target's queue, where it is in it. */
static bool unqueue(struct libvirt_call *c)
{
	for (struct libvirt_call **at = &c->target->queue; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			c->target->n_queue--;
			return true;
		}
	return false;
}

bool libvirt_call_cancel(struct libvirt_call *c)
{
	bool handed;

	c->done = NULL;
	if (unqueue(c)) {
		pool_free_call(c);
		return false;
	}
	pthread_mutex_lock(&c->pool->lock);
	c->abandoned = true;
	handed = c->stage == HANDED || (c->stage == RETURNED && c->result.outcome != QMP_NOT_SENT);
	pthread_mutex_unlock(&c->pool->lock);
	if (c->timer)
		evtimer_del(c->timer);
	return handed;
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct libvirt_call *c = arg;
	struct target *t = c->target;
	libvirt_done_fn done = c->done;
	void *done_arg = c->arg;
	struct libvirt_result r = { .outcome = QMP_NOT_SENT };
	struct libvirt_pool *p = c->pool;
	const struct uuid uuid = c->uuid;
	bool newly = t->in_flight == c && !t->stuck_since_ns;
	int64_t now = clock_boot_ns();

	(void)fd;
	(void)what;
	if (t->stuck_since_ns)
		ras_fail(&r.err, RAS_E_TIMEOUT, "stuck: QEMU has not answered libvirt for %lld s",
			 (long long)((now - t->stuck_since_ns) / 1000000000) +
				 LIBVIRT_DEADLINE_MS / 1000);
	else
		ras_fail(&r.err, RAS_E_TIMEOUT,
			 "stuck: QEMU or libvirt has not answered within %d s",
			 LIBVIRT_DEADLINE_MS / 1000);
	if (newly)
		t->stuck_since_ns = now;
	if (libvirt_call_cancel(c))
		r.outcome = QMP_UNKNOWN;
	if (done)
		done(done_arg, &r);
	if (newly)
		p->tell(p->arg, &uuid, true);
}

static void drop_target(struct libvirt_pool *p, struct target *t)
{
	struct target **at = &p->targets;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	p->n_targets--;
	free(t);
}

static void finish(struct libvirt_pool *p, struct libvirt_call *c)
{
	struct target *t = c->target;
	const struct uuid uuid = t->uuid;
	bool recovered = t->stuck_since_ns != 0;

	t->stuck_since_ns = 0;
	t->no_job_boot_ns = c->result.no_job_boot_ns;
	if (c->done) {
		evtimer_del(c->timer);
		c->done(c->arg, &c->result);
	}
	t->in_flight = NULL; /* only now: calls made by done() wait for their turn */
	pool_free_call(c);
	start_next(p, t);
	if (!t->in_flight && !t->no_job_boot_ns)
		drop_target(p, t); /* thousands are described once, and walked over at each call */
	if (recovered)
		p->tell(p->arg, &uuid, false);
}

static void on_returned(void *arg, struct mail *m)
{
	struct libvirt_pool *p = arg;

	if (p->stopping)
		pool_free_call((struct libvirt_call *)m);
	else
		finish(p, (struct libvirt_call *)m);
}

/* Forget the domains that wait for nothing: transient ones come and go without end. */
static void purge(struct libvirt_pool *p)
{
	for (struct target *t = p->targets, *next; t; t = next) {
		next = t->next;
		if (!t->in_flight && !t->queue)
			drop_target(p, t);
	}
}

static struct target *target_for(struct libvirt_pool *p, const struct uuid *uuid)
{
	struct target *t;

	for (t = p->targets; t; t = t->next)
		if (uuid_equal(&t->uuid, uuid))
			return t;
	if (p->n_targets >= TARGETS_MAX)
		purge(p);
	t = calloc(1, sizeof(*t));
	if (t) {
		p->n_targets++;
		t->uuid = *uuid;
		t->next = p->targets;
		p->targets = t;
	}
	return t;
}

int libvirt_pool_call(struct libvirt_pool *p, const struct uuid *domain, libvirt_work_fn work,
		      const char *in, bool fresh, libvirt_done_fn done, void *arg,
		      struct libvirt_call **out, struct ras_err *err)
{
	const struct timeval deadline = { LIBVIRT_DEADLINE_MS / 1000,
					  LIBVIRT_DEADLINE_MS % 1000 * 1000 };
	struct target *t = target_for(p, domain);
	struct libvirt_call *c, **at;

	if (t && t->n_queue == QUEUE_MAX)
		return ras_fail(err, RAS_E_BUSY, "%d libvirt calls are waiting for this domain",
				QUEUE_MAX);
	c = t ? calloc(1, sizeof(*c)) : NULL;
	if (!c)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a libvirt call");
	*c = (struct libvirt_call){ .pool = p,
				    .target = t,
				    .uuid = *domain,
				    .work = work,
				    .done = done,
				    .arg = arg,
				    .fresh = fresh,
				    .in = in ? strdup(in) : NULL };
	c->timer = evtimer_new(p->base, on_deadline, c);
	if (!c->timer || (in && !c->in)) {
		pool_free_call(c);
		return ras_fail(err, RAS_E_NOMEM, "no memory for a libvirt call");
	}
	evtimer_add(c->timer, &deadline);
	for (at = &t->queue; *at; at = &(*at)->next)
		;
	*at = c;
	t->n_queue++;
	*out = c;
	start_next(p, t);
	return 0;
}

void libvirt_pool_renew(struct libvirt_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->epoch++;
	pthread_mutex_unlock(&p->lock);
}

void libvirt_pool_set_read_only(struct libvirt_pool *p, bool read_only)
{
	pthread_mutex_lock(&p->lock);
	if (p->read_only != read_only)
		p->epoch++;
	p->read_only = read_only;
	pthread_mutex_unlock(&p->lock);
}

int64_t libvirt_pool_stuck_ns(const struct libvirt_pool *p, const struct uuid *domain)
{
	for (const struct target *t = p->targets; t; t = t->next)
		if (uuid_equal(&t->uuid, domain) && t->stuck_since_ns)
			return clock_boot_ns() - t->stuck_since_ns +
			       LIBVIRT_DEADLINE_MS * INT64_C(1000000);
	return 0;
}

int libvirt_pool_new(struct libvirt_pool **out, struct event_base *base, const char *uri,
		     libvirt_stuck_fn fn, void *arg, struct ras_err *err)
{
	struct libvirt_pool *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return ras_fail(err, RAS_E_NOMEM, "no memory for libvirt's workers");
	p->refs = 1;
	p->base = base;
	p->tell = fn;
	p->arg = arg;
	p->ready_end = &p->ready;
	snprintf(p->uri, sizeof(p->uri), "%s", uri);
	r = mailbox_new(&p->returned, base, on_returned, p, err);
	if (r < 0) {
		free(p);
		return r;
	}
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	*out = p;
	return 0;
}

static void free_list(struct libvirt_call *c)
{
	while (c) {
		struct libvirt_call *next = c->next;

		pool_free_call(c);
		c = next;
	}
}

void libvirt_pool_free(struct libvirt_pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	for (struct target *t = p->targets, *next; t; t = next) {
		struct libvirt_call *c = t->in_flight;

		next = t->next;
		free_list(t->queue);
		/* What a worker has stays his, except for what belongs to the loop. */
		if (c && c->timer)
			event_free(TAKE(c->timer));
		if (c)
			c->abandoned = true;
		free(t);
	}
	free_list(p->ready);
	p->ready = NULL;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	mailbox_free(p->returned); /* frees what is in it: nobody puts more */
	pool_release(p);
}
