// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The source "trigger".
 *
 * Whoever can send to this socket can report an error of any page, and rasd may then tell a guest
 * that its memory is bad. So only root may: the socket's mode is 0600, and the kernel says of each
 * datagram who has sent it. Another's is counted and thrown away. A datagram is at most
 * TRIGGER_PACKET_MAX bytes, and a turn of the loop takes at most BATCH.
 */
#include "sources/trigger/trigger.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/passed.h"
#include "sources/mce.h"
#include "sources/trigger/parse.h"
#include "sources/trigger/wire.h"

#define BATCH 32

struct trigger {
	struct event_sink sink;
	struct event *ev;
	int fd; /* borrowed */
	struct uuid boot_id;
	uint64_t vendor;
	struct source_status status;
};

/* Who has sent it: the kernel's word, -1 without one. */
static int64_t sender(struct msghdr *msg)
{
	struct ucred cred;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS ||
		    c->cmsg_len != CMSG_LEN(sizeof(cred)))
			continue;
		memcpy(&cred, CMSG_DATA(c), sizeof(cred));
		return cred.uid;
	}
	return -1;
}

static void report(struct trigger *t, const char *packet, size_t len)
{
	struct ras_event e;

	if (!trigger_parse(packet, len, t->vendor, &e)) {
		t->status.malformed++;
		return;
	}
	e.when.boot_id = t->boot_id; /* it was sent just now */
	if (!e.when.real_ns)
		e.when.real_ns = clock_real_ns();
	t->status.events++;
	t->status.last_real_ns = e.when.real_ns;
	t->sink.event(t->sink.arg, &e);
}

/* Take one datagram; false: there is none. */
static bool take(struct trigger *t)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	char packet[TRIGGER_PACKET_MAX + 1];
	struct iovec iov = { packet, sizeof(packet) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	ssize_t n = recvmsg(t->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EINTR;
	if (sender(&msg) != 0) {
		if (!t->status.malformed)
			log_warn("a report of a host error that root has not sent is ignored");
		t->status.malformed++;
	} else if (n > 0 && (size_t)n <= TRIGGER_PACKET_MAX && !(msg.msg_flags & MSG_TRUNC)) {
		report(t, packet, (size_t)n);
	} else {
		t->status.malformed++;
	}
	return true;
}

static void on_packet(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	for (unsigned int i = 0; i < BATCH && take(arg); i++)
		;
}

static void close_source(void *self)
{
	struct trigger *t = self;

	if (!t)
		return;
	if (t->ev)
		event_free(t->ev);
	free(t);
}

static int open_source(void **self, const struct source_setup *setup, struct ras_err *err)
{
	struct trigger *t = calloc(1, sizeof(*t));
	const int on = 1;

	if (!t)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*self = t;
	t->sink = setup->sink;
	t->fd = passed_fd(PASSED_TRIGGER);
	t->vendor = mce_host_vendor();
	t->boot_id = uuid_of_boot();
	if (t->fd < 0 || setsockopt(t->fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0) {
		t->status.state = SOURCE_ABSENT;
		snprintf(t->status.why, sizeof(t->status.why),
			 "systemd has passed no socket for it");
		snprintf(t->status.mend, sizeof(t->status.mend),
			 "systemctl enable --now rasd-trigger.socket && systemctl restart rasd");
		return 0;
	}
	t->ev = event_new(setup->base, t->fd, EV_READ | EV_PERSIST, on_packet, t);
	if (!t->ev) {
		free(t);
		*self = NULL;
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	event_add(t->ev, NULL);
	t->status.state = SOURCE_LIVE;
	return 0;
}

static void status(const void *self, struct source_status *out)
{
	*out = ((const struct trigger *)self)->status;
}

const struct event_source trigger_event_source = { .name = "trigger",
						   .rank = SOURCE_SECONDARY,
						   .open = open_source,
						   .close = close_source,
						   .status = status };
