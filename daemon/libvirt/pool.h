// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libvirt calls off the loop. libvirt has no time limit of its own and blocks while a QEMU hangs,
 * so each call runs on a worker thread with a connection of its own: one in flight for a domain,
 * one on a connection, and with a deadline of ours. A domain whose call is over its deadline is
 * stuck: it gets no further call until that one returns, and nobody else waits for it.
 */
#pragma once

#include <event2/event.h>

#include "base/uuid.h"
#include "libvirt/api.h"
#include "qmp/monitor.h"

#define LIBVIRT_DEADLINE_MS 5000

struct libvirt_pool;
struct libvirt_call;

/* A call's results; reply is malloc'ed and freed by the pool after done. */
struct libvirt_result {
	enum qmp_outcome outcome;
	struct ras_err err; /* where outcome is not QMP_OK */
	char *reply;
	bool broke; /* what QEMU answered is over its budget: err says what */
	int number[4];
	/* in, out: when libvirt last said that the domain has no job, 0 = not known */
	int64_t no_job_boot_ns;
};

/*
 * On a worker: make the call, fill *r (outcome last known good is the worker's to set). in is the
 * request's text.
 */
typedef void (*libvirt_work_fn)(virDomainPtr dom, const char *in, struct libvirt_result *r);

/*
 * On the loop, exactly once, unless the call was cancelled. r is borrowed, r->reply may be taken
 * (set to NULL).
 */
typedef void (*libvirt_done_fn)(void *arg, struct libvirt_result *r);

/*
 * Told on the loop: a domain has become stuck, after done of that call; or the call that had it
 * stuck has returned.
 */
typedef void (*libvirt_stuck_fn)(void *arg, const struct uuid *domain, bool stuck);

/* Connections are opened on demand to uri, by the workers. uri is copied. */
int libvirt_pool_new(struct libvirt_pool **out, struct event_base *base, const char *uri,
		     libvirt_stuck_fn fn, void *arg, struct ras_err *err);
/* What is pending is dropped unanswered; workers that are in a call end with it. */
void libvirt_pool_free(struct libvirt_pool *p);

/* Read-only connections from now on (the ones that are open are closed), or full ones. */
void libvirt_pool_set_read_only(struct libvirt_pool *p, bool read_only);

/* Close the idle connections: libvirtd has gone, or a fence wants them new. */
void libvirt_pool_renew(struct libvirt_pool *p);

/*
 * Queue a call for a domain. fresh: on a connection that is opened for it. After
 * LIBVIRT_DEADLINE_MS done runs with QMP_NOT_SENT, if libvirt was proved not to have been given it,
 * else QMP_UNKNOWN. RAS_E_BUSY: 64 calls are waiting for that domain. in is copied.
 */
int libvirt_pool_call(struct libvirt_pool *p, const struct uuid *domain, libvirt_work_fn work,
		      const char *in, bool fresh, libvirt_done_fn done, void *arg,
		      struct libvirt_call **out, struct ras_err *err);

/*
 * Forget a call that is not done: done does not run. Returns whether libvirt may have been given
 * it.
 */
bool libvirt_call_cancel(struct libvirt_call *c);

/* How long this domain has been stuck, 0: it is not. */
int64_t libvirt_pool_stuck_ns(const struct libvirt_pool *p, const struct uuid *domain);
