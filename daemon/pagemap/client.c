// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Calls live in a fixed table; nothing is allocated for one. The id of a request is (serial << 9 |
 * place in the table), so a reply finds its call without a search. A reply that comes after its
 * deadline has an id that no call has: it is dropped, and so are the descriptors that came with it.
 * Only the replies that promise a descriptor hand one on; every other descriptor is closed here,
 * because nobody else would.
 *
 * A callback may make calls or free the client. Freeing waits until our own functions on the stack
 * have returned.
 *
 * A client made from a path connects again by itself. The back-off begins again only when a helper
 * has answered: one that accepts and closes at once would otherwise be asked without a pause.
 */
#include "pagemap/client.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/systemd.h"

#define CALL_BITS 9
#define MAX_CALLS (1u << CALL_BITS)
#define BATCH 16  /* packets taken per wake-up */
#define FDS_MAX 4 /* received with one packet; the kernel closes what does not fit */

const struct helper_waits helper_waits = { .block_ms = 100, .file_ms = 1000, .search_ms = 2500 };

struct call {
	struct helper_client *client;
	uint64_t id; /* 0: free */
	uint16_t next_free;
	bool passes_fd; /* its reply may bring a descriptor */
	helper_reply_fn fn;
	void *arg;
	struct event timer;
};

struct helper_client {
	struct event_base *base;
	struct event *readable; /* NULL while there is no helper */
	struct event *again;	/* NULL: made from a socket, which cannot be had again */
	struct sockaddr_un address;
	struct backoff backoff;
	const struct helper_waits *waits;
	struct notify links; /* struct helper_link */
	char why[256];
	int fd;
	bool alive, freed;
	unsigned int depth; /* our frames on the stack that run callbacks */
	uint64_t serial;
	uint16_t free_head; /* MAX_CALLS: none */
	struct helper_reply rep;
	struct call call[MAX_CALLS];
};

static void leave(struct helper_client *c)
{
	if (--c->depth == 0 && c->freed)
		free(c);
}

static void finish(struct helper_client *c, struct call *call, const struct helper_reply *rep,
		   int fd, const struct ras_err *err)
{
	evtimer_del(&call->timer);
	call->id = 0;
	call->next_free = c->free_head;
	c->free_head = (uint16_t)(call - c->call);
	call->fn(call->arg, rep, fd, err);
}

/*
 * Answer everything pending, calls made by the answers' callbacks excepted: those are refused. The
 * caller holds c.
 */
static void fail_all(struct helper_client *c)
{
	struct ras_err err;

	c->alive = false;
	if (c->readable)
		event_free(TAKE(c->readable));
	if (c->fd >= 0)
		close(TAKE_FD(c->fd));
	ras_fail(&err, RAS_E_HELPER, "rasd-pagemap has gone");
	snprintf(c->why, sizeof(c->why), "%s", err.text);
	for (size_t i = 0; i < MAX_CALLS; i++)
		if (c->call[i].id)
			finish(c, &c->call[i], NULL, -1, &err);
}

static void schedule_again(struct helper_client *c)
{
	int64_t us = backoff_next_us(&c->backoff);
	struct timeval tv = { us / 1000000, us % 1000000 };

	evtimer_add(c->again, &tv);
}

/* The helper closed the socket. The caller holds c. */
static void on_gone(struct helper_client *c)
{
	fail_all(c);
	if (c->freed)
		return;
	log_limited(LOG_WARNING, "helper", "rasd-pagemap has gone%s",
		    c->again ? "; connecting again" : "");
	if (c->again)
		schedule_again(c);
	systemd_status_changed();
	notify_tell(&c->links, &(struct helper_link){ .up = false });
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct call *call = arg;
	struct helper_client *c = call->client;
	struct ras_err err;

	(void)fd;
	(void)what;
	ras_fail(&err, RAS_E_TIMEOUT, "rasd-pagemap has not answered in time");
	c->depth++;
	finish(c, call, NULL, -1, &err);
	leave(c);
}

/* The descriptor that came; several are closed, as no reply has more than one. */
static int only_fd(const struct cmsghdr *cm)
{
	size_t n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int fd[FDS_MAX];

	if (n > FDS_MAX)
		n = FDS_MAX;
	memcpy(fd, CMSG_DATA(cm), n * sizeof(int));
	if (n == 1)
		return fd[0];
	for (size_t i = 0; i < n; i++)
		close(fd[i]);
	return -1;
}

/* Receive one packet into c->rep. Returns its length, 0 at the end, -1 when there is none now. */
static ssize_t receive(struct helper_client *c, int *fd)
{
	union {
		char buf[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} ctl;
	struct iovec iov = { .iov_base = &c->rep, .iov_len = sizeof(c->rep) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = ctl.buf,
			      .msg_controllen = sizeof(ctl.buf) };
	struct cmsghdr *cm;
	ssize_t n = recvmsg(c->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*fd = -1;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -1 : 0;
	cm = CMSG_FIRSTHDR(&msg);
	if (cm && cm->cmsg_level == SOL_SOCKET && cm->cmsg_type == SCM_RIGHTS)
		*fd = only_fd(cm);
	return n;
}

static void on_reply(struct helper_client *c, size_t len, int passed_fd)
{
	const size_t head = offsetof(struct helper_reply, block);
	struct helper_reply *rep = &c->rep;
	_close_ int fd = passed_fd;
	struct call *call;
	struct ras_err err;

	if (len < head || rep->block_len_bytes > HELPER_MAX_BLOCK ||
	    len < head + rep->block_len_bytes || rep->n_sources > HELPER_MAX_SOURCES)
		return;
	call = &c->call[rep->id & (MAX_CALLS - 1)];
	if (rep->id == 0 || call->id != rep->id)
		return; /* its deadline has passed */
	rep->text[sizeof(rep->text) - 1] = '\0';
	backoff_reset(&c->backoff);
	if (rep->status == 0) {
		finish(c, call, rep, call->passes_fd ? TAKE_FD(fd) : -1, NULL);
		return;
	}
	ras_fail(&err,
		 rep->status > 0 && rep->status < RAS_E__MAX ? (enum ras_code)rep->status :
							       RAS_E_HELPER,
		 "%s", rep->text);
	finish(c, call, rep, -1, &err);
}

static void on_readable(evutil_socket_t sock, short what, void *arg)
{
	struct helper_client *c = arg;

	(void)sock;
	(void)what;
	c->depth++;
	for (int i = 0; i < BATCH && c->alive; i++) {
		int fd;
		ssize_t n = receive(c, &fd);

		if (n == 0)
			on_gone(c);
		if (n <= 0)
			break;
		on_reply(c, (size_t)n, fd);
	}
	leave(c);
}

/* Take fd (also on failure) as the way to the helper. */
static int attach(struct helper_client *c, int fd, struct ras_err *err)
{
	_close_ int sock = fd;
	struct event *ev = event_new(c->base, sock, EV_READ | EV_PERSIST, on_readable, c);

	if (!ev || event_add(ev, NULL) < 0) {
		if (ev)
			event_free(ev);
		return ras_fail(err, RAS_E_NOMEM, "no memory for the helper client");
	}
	c->readable = ev;
	c->fd = TAKE_FD(sock);
	c->alive = true;
	return 0;
}

static int connect_now(struct helper_client *c, struct ras_err *err)
{
	const struct sockaddr *sa = (const struct sockaddr *)&c->address;
	/* Not blocking: a full backlog is no reason to stand still. */
	_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, sa, sizeof(c->address)) < 0)
		return ras_fail(err, RAS_E_HELPER, "%s: %s", c->address.sun_path, strerror(errno));
	return attach(c, TAKE_FD(fd), err);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct helper_client *c = arg;
	struct ras_err err;

	(void)fd, (void)what;
	systemd_status_changed();
	if (connect_now(c, &err) < 0) {
		snprintf(c->why, sizeof(c->why), "%s", err.text);
		schedule_again(c);
		return;
	}
	log_limited(LOG_INFO, "helper", "rasd-pagemap is there again");
	c->depth++;
	notify_tell(&c->links, &(struct helper_link){ .up = true });
	leave(c);
}

static struct helper_client *client_new(struct event_base *base, const struct helper_waits *waits)
{
	struct helper_client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->base = base;
	c->fd = -1;
	c->waits = waits;
	c->backoff = (struct backoff){ .min_us = 100000, .max_us = 10000000 };
	for (uint16_t i = 0; i < MAX_CALLS; i++) {
		c->call[i].client = c;
		c->call[i].next_free = (uint16_t)(i + 1);
		evtimer_assign(&c->call[i].timer, base, on_timeout, &c->call[i]);
	}
	return c;
}

int helper_client_new(struct helper_client **out, struct event_base *base, int fd,
		      const struct helper_waits *waits, struct ras_err *err)
{
	_close_ int sock = fd;
	_free_ struct helper_client *c = client_new(base, waits);
	int r;

	if (!c)
		return ras_fail(err, RAS_E_NOMEM, "no memory for the helper client");
	r = attach(c, TAKE_FD(sock), err);
	if (r == 0)
		*out = TAKE(c);
	return r;
}

int helper_client_connect(struct helper_client **out, struct event_base *base, const char *path,
			  const struct helper_waits *waits, struct ras_err *err)
{
	_free_ struct helper_client *c = client_new(base, waits);
	struct ras_err why;

	if (!c || !(c->again = evtimer_new(base, on_again, c)))
		return ras_fail(err, RAS_E_NOMEM, "no memory for the helper client");
	c->address.sun_family = AF_UNIX;
	/* conf.h holds paths to what fits here; a longer one would only fail to connect. */
	snprintf(c->address.sun_path, sizeof(c->address.sun_path), "%s", path);
	if (connect_now(c, &why) < 0) {
		snprintf(c->why, sizeof(c->why), "%s", why.text);
		schedule_again(c);
	}
	*out = TAKE(c);
	return 0;
}

void helper_client_subscribe(struct helper_client *c, struct notify_sub *sub, notify_fn fn,
			     void *arg)
{
	notify_add(&c->links, sub, fn, arg);
}

void helper_client_unsubscribe(struct helper_client *c, struct notify_sub *sub)
{
	notify_remove(&c->links, sub);
}

void helper_client_free(struct helper_client *c)
{
	if (!c || c->freed)
		return;
	c->depth++;
	c->freed = true;
	if (c->again)
		event_free(TAKE(c->again));
	fail_all(c);
	leave(c);
}

static void nobody(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	(void)arg, (void)rep, (void)err;
	if (fd >= 0)
		close(fd);
}

void helper_client_forget(struct helper_client *c, const void *arg)
{
	for (size_t i = 0; c && i < MAX_CALLS; i++)
		if (c->call[i].id && c->call[i].arg == arg)
			c->call[i].fn = nobody;
}

const char *helper_client_why(const struct helper_client *c)
{
	return c->why;
}

bool helper_client_alive(const struct helper_client *c)
{
	return c->alive;
}

/* Fill the common fields and send; registers the call. */
static int call_helper(struct helper_client *c, struct helper_request *req, uint32_t wait_ms,
		       helper_reply_fn fn, void *arg, struct ras_err *err)
{
	const struct timeval timeout = { wait_ms / 1000, wait_ms % 1000 * 1000 };
	size_t len = offsetof(struct helper_request, section) +
		     req->n_sections * sizeof(req->section[0]);
	uint16_t at = c->free_head;
	struct call *call;

	if (!c->alive)
		return ras_fail(err, RAS_E_HELPER, "rasd-pagemap has gone");
	if (at >= MAX_CALLS)
		return ras_fail(err, RAS_E_BUSY, "too many helper calls at once");
	call = &c->call[at];
	req->version = HELPER_PROTO_VERSION;
	req->id = ++c->serial << CALL_BITS | at;
	req->deadline_ms = wait_ms;
	if (send(c->fd, req, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return errno == EAGAIN ?
			       ras_fail(err, RAS_E_BUSY, "rasd-pagemap's socket is full") :
			       ras_fail(err, RAS_E_HELPER, "rasd-pagemap has gone: %s",
					strerror(errno));
	if (evtimer_add(&call->timer, &timeout) < 0)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a timer");
	c->free_head = call->next_free;
	call->id = req->id;
	call->passes_fd = req->verb == HELPER_PAGEMAP || req->verb == HELPER_KPAGE ||
			  req->verb == HELPER_TRACE ||
			  (req->verb == HELPER_SHM && req->source_id != HELPER_SHM_REMOVE);
	call->fn = fn;
	call->arg = arg;
	return 0;
}

static void request_head(struct helper_request *req, uint32_t verb, pid_t pid, uint64_t start_time)
{
	memset(req, 0, offsetof(struct helper_request, section));
	req->verb = verb;
	req->pid = pid;
	req->start_time = start_time;
}

int helper_hest(struct helper_client *c, pid_t pid, uint64_t start_time,
		const struct ram_section *sections, size_t n, helper_reply_fn fn, void *arg,
		struct ras_err *err)
{
	struct helper_request req;

	if (n == 0 || n > HELPER_MAX_SECTIONS)
		return ras_fail(err, RAS_E_LAYOUT, "%zu RAM sections, not 1..%u", n,
				HELPER_MAX_SECTIONS);
	request_head(&req, HELPER_HEST, pid, start_time);
	req.n_sections = (uint32_t)n;
	memcpy(req.section, sections, n * sizeof(*sections));
	return call_helper(c, &req, c->waits->search_ms, fn, arg, err);
}

int helper_slot(struct helper_client *c, pid_t pid, uint64_t start_time, uint32_t source_id,
		uint32_t wait_us, helper_reply_fn fn, void *arg, struct ras_err *err)
{
	struct helper_request req;

	request_head(&req, HELPER_SLOT, pid, start_time);
	req.source_id = source_id;
	req.wait_us = wait_us;
	return call_helper(c, &req, c->waits->block_ms, fn, arg, err);
}

int helper_pagemap(struct helper_client *c, pid_t pid, uint64_t start_time, helper_reply_fn fn,
		   void *arg, struct ras_err *err)
{
	struct helper_request req;

	request_head(&req, HELPER_PAGEMAP, pid, start_time);
	return call_helper(c, &req, c->waits->file_ms, fn, arg, err);
}

int helper_kpage(struct helper_client *c, enum helper_kpage which, helper_reply_fn fn, void *arg,
		 struct ras_err *err)
{
	struct helper_request req;

	request_head(&req, HELPER_KPAGE, 0, 0);
	req.source_id = which;
	return call_helper(c, &req, c->waits->file_ms, fn, arg, err);
}

int helper_trace(struct helper_client *c, enum helper_trace which, uint32_t index,
		 helper_reply_fn fn, void *arg, struct ras_err *err)
{
	struct helper_request req;

	request_head(&req, HELPER_TRACE, 0, 0);
	req.source_id = which;
	req.index = index;
	return call_helper(c, &req, c->waits->file_ms, fn, arg, err);
}

int helper_shm(struct helper_client *c, enum helper_shm_op op, enum helper_shm_file file,
	       const struct uuid *uuid, helper_reply_fn fn, void *arg, struct ras_err *err)
{
	struct helper_request req;

	request_head(&req, HELPER_SHM, 0, 0);
	req.source_id = op;
	req.index = file;
	memcpy(req.uuid, uuid->b, sizeof(req.uuid));
	return call_helper(c, &req, c->waits->file_ms, fn, arg, err);
}

int helper_shm_mapped(struct helper_client *c, const struct uuid *uuid, pid_t pid,
		      uint64_t start_time, const struct ram_section *at, helper_reply_fn fn,
		      void *arg, struct ras_err *err)
{
	struct helper_request req;

	request_head(&req, HELPER_SHM, pid, start_time);
	req.source_id = HELPER_SHM_OPEN;
	req.index = HELPER_SHM_PAGE;
	memcpy(req.uuid, uuid->b, sizeof(req.uuid));
	req.n_sections = 1;
	req.section[0] = *at;
	return call_helper(c, &req, c->waits->file_ms, fn, arg, err);
}
