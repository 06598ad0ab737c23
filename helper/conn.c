// SPDX-License-Identifier: LGPL-2.1-or-later
#include "helper/conn.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

struct conn {
	int fd;
	atomic_int refs;
};

struct conn *conn_new(int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->fd = fd;
	atomic_init(&c->refs, 1);
	return c;
}

int conn_fd(const struct conn *c)
{
	return c->fd;
}

struct conn *conn_ref(struct conn *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void conn_unref(struct conn *c)
{
	if (atomic_fetch_sub(&c->refs, 1) == 1) {
		close(c->fd);
		free(c);
	}
}

void conn_reply(struct conn *c, struct helper_reply *rep, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ctl;
	struct iovec iov = { .iov_base = rep,
			     .iov_len =
				     offsetof(struct helper_reply, block) + rep->block_len_bytes };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *cm;

		memset(&ctl, 0, sizeof(ctl));
		msg.msg_control = ctl.buf;
		msg.msg_controllen = sizeof(ctl.buf);
		cm = CMSG_FIRSTHDR(&msg);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
	}
	if (sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("reply lost: %s", strerror(errno));
}

void reply_error(struct helper_reply *rep, const struct ras_err *err)
{
	rep->status = err->code;
	rep->block_len_bytes = 0;
	snprintf(rep->text, sizeof(rep->text), "%.*s", (int)sizeof(rep->text) - 1, err->text);
}

void conn_refuse(struct conn *c, uint64_t id, const struct ras_err *err)
{
	struct helper_reply rep;

	memset(&rep, 0, sizeof(rep));
	rep.id = id;
	reply_error(&rep, err);
	conn_reply(c, &rep, -1);
}
