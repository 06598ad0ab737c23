// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * The loop owns the targets (one for each domain that was ever called) and their queues. A target's
 * next call is put on the ready list when the one before has returned; a worker takes it from
 * there. The ready list, the done list, a call's stage and its abandoned flag are under one mutex;
 * everything else belongs to one side.
 *
 *   QUEUED (target's queue, loop) -> READY -> TAKEN (worker: connection, lookup) -> HANDED (in libvirt) -> RETURNED
 *
 * At its deadline a call that is not HANDED is proved not sent, and marked abandoned so that no
 * worker sends it; one that is HANDED is answered "unknown" while its worker waits on. The call's
 * memory goes when both sides are finished with it.
 *
 * Each worker has a connection of its own. Shared ones do not do: in the client library of Debian
 * 12 (9.0) a call that waits for ever keeps the others of its connection from being sent (seen; it
 * looked like a lost wake-up between threads). Workers are started on demand, up to WORKERS;
 * libvirtd itself has 20 by default for all its clients. With all of ours hung, further calls are
 * answered as not sent, which is true.
 */
#include "libvirt/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#define WORKERS 12
#define QUEUE_MAX 64
#define CACHE_MAX 256
#define TARGETS_MAX 1024
#define STACK_BYTES ((size_t)256 << 10)

enum stage { QUEUED, READY, TAKEN, HANDED, RETURNED };

struct libvirt_call {
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
	int wake_fd;
	struct event *wake;

	pthread_mutex_t lock;
	pthread_cond_t more;
	struct libvirt_call *ready, **ready_end;
	struct libvirt_call *returned;
	size_t n_free, n_ready, n_workers, refs; /* n_free: workers without a call */
	bool stopping, read_only;
	unsigned int epoch; /* connections of an earlier one are closed before use */
};

/* A thread; all but pool is its own. */
struct worker {
	struct libvirt_pool *pool;
	virConnectPtr conn;
	unsigned int epoch; /* of the pool, when conn was opened */
	size_t n_cached;
	struct {
		struct uuid uuid;
		virDomainPtr dom;
	} cache[CACHE_MAX];
};

static void free_call(struct libvirt_call *c)
{
	if (c->timer)
		event_free(c->timer);
	free(c->in);
	free(c->result.reply);
	free(c);
}

/* The pool outlives its owner as long as a worker is inside libvirt. */
static void release(struct libvirt_pool *p)
{
	bool last;

	pthread_mutex_lock(&p->lock);
	last = --p->refs == 0;
	pthread_mutex_unlock(&p->lock);
	if (!last)
		return;
	close(p->wake_fd);
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* --- workers --- */

static virConnectPtr open_connection(struct libvirt_pool *p)
{
	bool ro;

	pthread_mutex_lock(&p->lock);
	ro = p->read_only;
	pthread_mutex_unlock(&p->lock);
	/* No keepalive here: it needs no help from us, the watcher's own connection has it. */
	return libvirt_connect(p->uri, ro);
}

static void drop_cache(struct worker *w)
{
	for (size_t i = 0; i < w->n_cached; i++)
		lv.virDomainFree(w->cache[i].dom);
	w->n_cached = 0;
}

static void drop_connection(struct worker *w)
{
	drop_cache(w);
	if (w->conn)
		lv.virConnectClose(w->conn);
	w->conn = NULL;
}

/*
 * The domain on this worker's connection, which is opened anew where it is dead or of an earlier
 * epoch.
 */
static virDomainPtr find_domain(struct worker *w, const struct uuid *uuid, unsigned int epoch,
				struct ras_err *err)
{
	virDomainPtr dom;

	if (w->conn && (w->epoch != epoch || lv.virConnectIsAlive(w->conn) != 1))
		drop_connection(w);
	if (!w->conn) {
		w->conn = open_connection(w->pool);
		w->epoch = epoch;
	}
	if (!w->conn) {
		libvirt_error(err, "cannot connect to libvirt");
		return NULL;
	}
	for (size_t i = 0; i < w->n_cached; i++)
		if (uuid_equal(&w->cache[i].uuid, uuid))
			return w->cache[i].dom;
	if (w->n_cached == CACHE_MAX)
		drop_cache(w);
	dom = lv.virDomainLookupByUUID(w->conn, uuid->b);
	if (!dom) {
		libvirt_error(err, "libvirt does not find the domain");
		return NULL;
	}
	w->cache[w->n_cached].uuid = *uuid;
	w->cache[w->n_cached++].dom = dom;
	return dom;
}

/* True where the call may go into libvirt now; from here on it counts as perhaps sent. */
static bool hand_over(struct libvirt_pool *p, struct libvirt_call *c)
{
	bool go;

	pthread_mutex_lock(&p->lock);
	go = !c->abandoned;
	if (go)
		c->stage = HANDED;
	pthread_mutex_unlock(&p->lock);
	return go;
}

static void perform(struct worker *w, struct libvirt_call *c, unsigned int epoch)
{
	virDomainPtr dom;

	c->result.outcome = QMP_NOT_SENT;
	lv.virResetLastError();
	if (c->fresh)
		drop_connection(w);
	dom = find_domain(w, &c->uuid, epoch, &c->result.err);
	if (!dom || !hand_over(w->pool, c))
		return;
	lv.virResetLastError();
	c->work(dom, c->in, &c->result);
}

static void wake_loop(struct libvirt_pool *p)
{
	const uint64_t one = 1;

	if (write(p->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_error("libvirt: eventfd: %s", strerror(errno));
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct libvirt_pool *p = w->pool;

	pthread_mutex_lock(&p->lock);
	while (!p->stopping) {
		struct libvirt_call *c = p->ready;
		unsigned int epoch = p->epoch;

		if (!c) {
			pthread_cond_wait(&p->more, &p->lock);
			continue;
		}
		p->ready = c->next;
		if (!p->ready)
			p->ready_end = &p->ready;
		p->n_ready--;
		p->n_free--;
		c->stage = TAKEN;
		if (!c->abandoned) {
			pthread_mutex_unlock(&p->lock);
			perform(w, c, epoch);
			pthread_mutex_lock(&p->lock);
		}
		if (p->stopping) {
			free_call(c);
			break;
		}
		c->stage = RETURNED;
		c->next = p->returned;
		p->returned = c;
		p->n_free++;
		/* Whom this wakes wants the lock. */
		pthread_mutex_unlock(&p->lock);
		wake_loop(p);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	drop_connection(w);
	free(w);
	release(p);
	return NULL;
}

/* One more worker, where there is room; the pool's lock is held. */
static void start_worker(struct libvirt_pool *p)
{
	struct worker *w = p->n_workers < WORKERS ? calloc(1, sizeof(*w)) : NULL;
	pthread_attr_t attr;
	pthread_t id;

	if (!w)
		return;
	w->pool = p;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	if (pthread_create(&id, &attr, worker_main, w) == 0) {
		p->n_workers++;
		p->n_free++;
		p->refs++;
	} else {
		free(w);
	}
	pthread_attr_destroy(&attr);
}

/* --- the loop's side --- */

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
		start_worker(p);
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
		free_call(c);
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
	free_call(c);
	start_next(p, t);
	if (!t->in_flight && !t->no_job_boot_ns)
		drop_target(p, t); /* thousands are described once, and walked over at each call */
	if (recovered)
		p->tell(p->arg, &uuid, false);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct libvirt_pool *p = arg;
	struct libvirt_call *c, *next, *in_order = NULL;
	uint64_t count;

	(void)what;
	if (read((int)fd, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&p->lock);
	c = TAKE(p->returned);
	pthread_mutex_unlock(&p->lock);
	for (; c; c = next) {
		next = c->next;
		c->next = in_order;
		in_order = c;
	}
	for (c = in_order; c; c = next) {
		next = c->next;
		finish(p, c);
	}
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
		free_call(c);
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

	if (!p)
		return ras_fail(err, RAS_E_NOMEM, "no memory for libvirt's workers");
	p->refs = 1;
	p->base = base;
	p->tell = fn;
	p->arg = arg;
	p->ready_end = &p->ready;
	snprintf(p->uri, sizeof(p->uri), "%s", uri);
	p->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	p->wake = p->wake_fd >= 0 ? event_new(base, p->wake_fd, EV_READ | EV_PERSIST, on_wake, p) :
				    NULL;
	if (!p->wake || event_add(p->wake, NULL) < 0) {
		if (p->wake_fd >= 0)
			close(p->wake_fd);
		free(p);
		return ras_fail(err, RAS_E_NOMEM, "no eventfd for libvirt's workers");
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

		free_call(c);
		c = next;
	}
}

void libvirt_pool_free(struct libvirt_pool *p)
{
	if (!p)
		return;
	event_free(p->wake);
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	for (struct target *t = p->targets, *next; t; t = next) {
		struct libvirt_call *c = t->in_flight;

		next = t->next;
		free_list(t->queue);
		/* What a worker has stays his, but for what belongs to the loop. */
		if (c && c->timer)
			event_free(TAKE(c->timer));
		if (c)
			c->abandoned = true;
		free(t);
	}
	free_list(p->ready);
	free_list(p->returned);
	p->ready = NULL;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	release(p);
}
