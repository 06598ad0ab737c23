// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasd-pagemap played by the test, on a socket of ours: in a directory and with a loop of its own
 * by played_open(), or where the test says by played_listen(). Include after cmocka.
 */
#pragma once

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/unit/helper_waits.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/open_fds.h"

static struct event_base *base; /* these two are the same as those of helper_env.h */
static struct helper_client *client;
static char played_dir[64], played_path[96];
static int played_listener = -1, peer = -1;

/* client connects to a helper at this path, on base; next is take_peer(). */
static inline void played_listen(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	assert_true(strlen(path) < sizeof(sa.sun_path));
	memcpy(sa.sun_path, path, strlen(path));
	played_listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(played_listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(played_listener, 8), 0);
	assert_int_equal(helper_client_connect(&client, base, sa.sun_path, &test_waits, NULL), 0);
}

/* The end of played_listen(), with the client; also where it was not called. */
static inline void played_hang_up(void)
{
	helper_client_free(TAKE(client));
	if (peer >= 0)
		close(TAKE_FD(peer));
	if (played_listener >= 0)
		close(TAKE_FD(played_listener));
}

static inline void played_open(void)
{
	snprintf(played_dir, sizeof(played_dir), "/tmp/test-played.XXXXXX");
	assert_non_null(mkdtemp(played_dir));
	snprintf(played_path, sizeof(played_path), "%s/s", played_dir);
	base = event_base_new();
	played_listen(played_path);
}

static inline void played_close(void)
{
	played_hang_up();
	event_base_free(TAKE(base));
	unlink(played_path);
	rmdir(played_dir);
}

/* One turn of the loop; it need not have anything to do. */
static inline void turn(void)
{
	loop_turn(base, EVLOOP_NONBLOCK);
	usleep(500);
}

static inline void take_peer(void)
{
	int64_t end_ns = patience_end_ns();

	while ((peer = accept4(played_listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0) {
		assert_true(clock_boot_ns() < end_ns);
		turn();
	}
}

/* The next request; the loop runs meanwhile. */
static inline struct helper_request next_request(void)
{
	int64_t end_ns = patience_end_ns();
	struct helper_request req;

	while (recv(peer, &req, sizeof(req), 0) <
	       (ssize_t)offsetof(struct helper_request, section)) {
		assert_true(clock_boot_ns() < end_ns);
		turn();
	}
	return req;
}

/* fd (-1: none) stays the caller's. */
static inline void reply(const struct helper_request *req, int code, const char *text, int fd)
{
	struct helper_reply rep = { .id = req->id, .status = code };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ctl = { { 0 } };
	struct iovec iov = { &rep, offsetof(struct helper_reply, block) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	snprintf(rep.text, sizeof(rep.text), "%s", text);
	if (fd >= 0) {
		struct cmsghdr *cm;

		msg.msg_control = ctl.buf;
		msg.msg_controllen = sizeof(ctl.buf);
		cm = CMSG_FIRSTHDR(&msg);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
	}
	assert_true(sendmsg(peer, &msg, 0) > 0);
}

/* A file that has this text. */
static inline int file_of(const char *text, size_t len)
{
	int fd = memfd_create("played", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}
