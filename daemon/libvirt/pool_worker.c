// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The pool's workers: threads that make the calls, each on a connection of its own with a cache of
 * domains.
 *
 * Connections are not shared. In the client library of Debian 12 (9.0) a call that waits for ever
 * keeps the other calls of its connection from being sent: one hung QEMU would stop all others.
 * Workers are started on demand, up to WORKERS; libvirtd itself has 20 by default for all its
 * clients. With all of ours hung, further calls are answered as not sent, which is true.
 */
#include <stdlib.h>

#include "libvirt/pool_private.h"

#define WORKERS 12
#define CACHE_MAX 256
#define STACK_BYTES ((size_t)256 << 10)

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
 * The domain on this worker's connection. A connection that is dead or of an earlier epoch is
 * replaced first.
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
			pool_free_call(c);
			break;
		}
		c->stage = RETURNED;
		p->n_free++;
		/* Under the lock: once stopping is set the mailbox is no more. */
		mailbox_put(p->returned, &c->mail);
	}
	pthread_mutex_unlock(&p->lock);
	drop_connection(w);
	json_thread_end();
	free(w);
	pool_release(p);
	return NULL;
}

void pool_start_worker(struct libvirt_pool *p)
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
