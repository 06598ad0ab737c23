// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Problem: /proc/net/unix prints the names of sockets as they are. A name with a line break in it
 * makes a line of its own, so any local user can write "lines" about sockets of other processes.
 * And the file lists the sockets of everybody, so a reader with a limit can be blinded by a user
 * who makes many.
 *
 * Rule: ask the kernel about one socket, by its inode number. The answer has lengths instead of
 * separators, and is about this socket only.
 *
 * The kernel answers during the send, so no receive waits.
 */
#include "helper/sockdiag.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define SEQ 1u

struct question {
	struct nlmsghdr head;
	struct unix_diag_req req;
};

int sockdiag_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

/* One attribute. False where its length is wrong or it was there before (seen has a bit each). */
static bool take_attribute(uint16_t type, const uint8_t *data, size_t len, uint32_t *seen,
			   struct unix_socket *out)
{
	struct unix_diag_vfs vfs;
	uint32_t uid;

	if (type != UNIX_DIAG_NAME && type != UNIX_DIAG_VFS && type != UNIX_DIAG_UID)
		return true;
	if (*seen & UINT32_C(1) << type)
		return false;
	*seen |= UINT32_C(1) << type;
	switch (type) {
	case UNIX_DIAG_NAME:
		if (len > sizeof(out->name))
			return false;
		memcpy(out->name, data, len);
		out->name_len = len;
		return true;
	case UNIX_DIAG_VFS:
		if (len != sizeof(vfs))
			return false;
		memcpy(&vfs, data, sizeof(vfs));
		out->has_file = true;
		out->file_ino = vfs.udiag_vfs_ino;
		out->file_dev = vfs.udiag_vfs_dev;
		return true;
	default:
		if (len != sizeof(uid))
			return false;
		memcpy(&uid, data, sizeof(uid));
		out->has_uid = true;
		out->uid = uid;
		return true;
	}
}

static bool take_attributes(const uint8_t *at, size_t left, struct unix_socket *out)
{
	uint32_t seen = 0;

	while (left > 0) {
		struct nlattr a;
		size_t whole;

		if (left < sizeof(a))
			return false;
		memcpy(&a, at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > left ||
		    !take_attribute(a.nla_type, at + sizeof(a), a.nla_len - sizeof(a), &seen, out))
			return false;
		whole = (a.nla_len + 3u) & ~3u;
		if (whole > left)
			whole = left;
		at += whole;
		left -= whole;
	}
	return true;
}

bool sockdiag_parse(const uint8_t *answer, size_t len, uint32_t seq, uint32_t ino,
		    struct unix_socket *out)
{
	const size_t fixed = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct unix_diag_msg));
	struct unix_socket s = { 0 };
	struct unix_diag_msg msg;
	struct nlmsghdr head;

	if (len < fixed)
		return false;
	memcpy(&head, answer, sizeof(head));
	memcpy(&msg, answer + NLMSG_HDRLEN, sizeof(msg));
	if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY || head.nlmsg_seq != seq ||
	    head.nlmsg_len < fixed || head.nlmsg_len > len || msg.udiag_family != AF_UNIX ||
	    msg.udiag_ino != ino || !take_attributes(answer + fixed, head.nlmsg_len - fixed, &s))
		return false;
	s.type = msg.udiag_type;
	s.state = msg.udiag_state;
	*out = s;
	return true;
}

bool sockdiag_ask(int fd, uint32_t ino, struct unix_socket *out)
{
	const struct question q = {
		.head = { .nlmsg_len = sizeof(q),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST,
			  .nlmsg_seq = SEQ },
		.req = { .sdiag_family = AF_UNIX,
			 .udiag_ino = ino,
			 .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_UID,
			 .udiag_cookie = { UINT32_MAX, UINT32_MAX } } /* any */
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK }, from = { 0 };
	socklen_t from_len = sizeof(from);
	uint8_t answer[SOCKDIAG_ANSWER_MAX];
	ssize_t n;

	if (ino == 0 || sendto(fd, &q, sizeof(q), 0, (const struct sockaddr *)&kernel,
			       sizeof(kernel)) != (ssize_t)sizeof(q))
		return false;
	n = recvfrom(fd, answer, sizeof(answer), MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from,
		     &from_len);
	return n > 0 && (size_t)n <= sizeof(answer) && from_len == sizeof(from) &&
	       from.nl_pid == 0 && sockdiag_parse(answer, (size_t)n, SEQ, ino, out);
}

bool sockdiag_works(int fd)
{
	_close_ int own = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct unix_socket s;
	struct stat st;

	return own >= 0 && fstat(own, &st) == 0 && sockdiag_ask(fd, (uint32_t)st.st_ino, &s) &&
	       s.has_uid;
}
