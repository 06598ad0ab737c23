// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Calls live in a fixed table; a request's id is (serial << 9 | place), so a reply finds its call
 * without a search, and one that comes after its deadline fits nothing and is dropped. Nothing is
 * allocated per call. A callback may make calls or free the client: freeing waits for the loop's
 * own frames to end.
 */
#include "guests/helper_client.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CALL_BITS 9
#define MAX_CALLS (1u << CALL_BITS)
#define BATCH 16		/* packets taken per wake-up */

struct call {
	struct helper_client *client;
	uint64_t id;		/* 0: free */
	uint16_t next_free;
	helper_reply_fn fn;
	void *arg;
	struct event timer;
};

struct helper_client {
	struct event_base *base;
	struct event *readable;
	int fd;
	bool alive, freed;
	unsigned int depth;	/* our frames on the stack that run callbacks */
	uint64_t serial;
	uint16_t free_head;	/* MAX_CALLS: none */
	struct helper_reply rep;
	struct call call[MAX_CALLS];
};

static void leave(struct helper_client *c)
{
	if (--c->depth == 0 && c->freed)
		free(c);
}

static void finish(struct helper_client *c, struct call *call, const struct helper_reply *rep, int fd,
		   const struct ras_err *err)
{
	evtimer_del(&call->timer);
	call->id = 0;
	call->next_free = c->free_head;
	c->free_head = (uint16_t)(call - c->call);
	call->fn(call->arg, rep, fd, err);
}

/* Answer everything pending, calls made by the answers' callbacks excepted: those are refused. */
static void fail_all(struct helper_client *c)
{
	struct ras_err err;

	c->alive = false;
	if (c->readable)
		event_del(c->readable);
	ras_fail(&err, RAS_E_HELPER, "rasd-pagemap has gone");
	c->depth++;
	for (size_t i = 0; i < MAX_CALLS; i++)
		if (c->call[i].id)
			finish(c, &c->call[i], NULL, -1, &err);
	leave(c);
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

/* Receive one packet into c->rep. Returns its length, 0 at the end, -1 when there is none now. */
static ssize_t receive(struct helper_client *c, int *fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ctl;
	struct iovec iov = { .iov_base = &c->rep, .iov_len = sizeof(c->rep) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = ctl.buf, .msg_controllen = sizeof(ctl.buf) };
	struct cmsghdr *cm;
	ssize_t n = recvmsg(c->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*fd = -1;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -1 : 0;
	cm = CMSG_FIRSTHDR(&msg);
	if (cm && cm->cmsg_level == SOL_SOCKET && cm->cmsg_type == SCM_RIGHTS &&
	    cm->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(cm), sizeof(*fd));
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
		return;		/* its deadline has passed */
	rep->text[sizeof(rep->text) - 1] = '\0';
	if (rep->status == 0) {
		finish(c, call, rep, TAKE_FD(fd), NULL);
		return;
	}
	ras_fail(&err, rep->status > 0 && rep->status < RAS_E__MAX ? (enum ras_code)rep->status :
		 RAS_E_HELPER, "%s", rep->text);
	finish(c, call, NULL, -1, &err);
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
			fail_all(c);
		if (n <= 0)
			break;
		on_reply(c, (size_t)n, fd);
	}
	leave(c);
}

int helper_client_new(struct helper_client **out, struct event_base *base, int fd,
		      struct ras_err *err)
{
	_close_ int sock = fd;
	_free_ struct helper_client *c = calloc(1, sizeof(*c));

	if (!c)
		return ras_fail(err, RAS_E_NOMEM, "no memory for the helper client");
	c->base = base;
	c->readable = event_new(base, sock, EV_READ | EV_PERSIST, on_readable, c);
	if (!c->readable || event_add(c->readable, NULL) < 0) {
		if (c->readable)
			event_free(c->readable);
		return ras_fail(err, RAS_E_NOMEM, "no memory for the helper client");
	}
	for (uint16_t i = 0; i < MAX_CALLS; i++) {
		c->call[i].client = c;
		c->call[i].next_free = (uint16_t)(i + 1);
		evtimer_assign(&c->call[i].timer, base, on_timeout, &c->call[i]);
	}
	c->fd = TAKE_FD(sock);
	c->alive = true;
	*out = TAKE(c);
	return 0;
}

void helper_client_free(struct helper_client *c)
{
	if (!c || c->freed)
		return;
	c->depth++;
	fail_all(c);
	event_free(c->readable);
	c->readable = NULL;
	close(c->fd);
	c->freed = true;
	leave(c);
}

bool helper_client_alive(const struct helper_client *c)
{
	return c->alive;
}

/* Fill the common fields and send; registers the call. */
static int call_helper(struct helper_client *c, struct helper_request *req,
		       const struct timeval *timeout, helper_reply_fn fn, void *arg,
		       struct ras_err *err)
{
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
	if (send(c->fd, req, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return errno == EAGAIN ? ras_fail(err, RAS_E_BUSY, "rasd-pagemap's socket is full") :
					 ras_fail(err, RAS_E_HELPER, "rasd-pagemap has gone: %s",
						  strerror(errno));
	if (evtimer_add(&call->timer, timeout) < 0)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a timer");
	c->free_head = call->next_free;
	call->id = req->id;
	call->fn = fn;
	call->arg = arg;
	return 0;
}

static const struct timeval short_timeout = { .tv_usec = 100000 };
static const struct timeval hest_timeout = { .tv_sec = 2, .tv_usec = 500000 };

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
	return call_helper(c, &req, &hest_timeout, fn, arg, err);
}

int helper_slot(struct helper_client *c, pid_t pid, uint64_t start_time, uint32_t source_id,
		helper_reply_fn fn, void *arg, struct ras_err *err)
{
	struct helper_request req;

	request_head(&req, HELPER_SLOT, pid, start_time);
	req.source_id = source_id;
	return call_helper(c, &req, &short_timeout, fn, arg, err);
}

int helper_pagemap(struct helper_client *c, pid_t pid, uint64_t start_time, helper_reply_fn fn,
		   void *arg, struct ras_err *err)
{
	struct helper_request req;

	request_head(&req, HELPER_PAGEMAP, pid, start_time);
	return call_helper(c, &req, &short_timeout, fn, arg, err);
}

int helper_kpage(struct helper_client *c, enum helper_kpage which, helper_reply_fn fn, void *arg,
		 struct ras_err *err)
{
	struct helper_request req;

	request_head(&req, HELPER_KPAGE, 0, 0);
	req.source_id = which;
	return call_helper(c, &req, &short_timeout, fn, arg, err);
}
