// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The listening socket: accept, know the peer, keep to the limits. A peer that gets no connection
 * is told why in one line. The life of a connection is conn.c, that of a request dispatch.c.
 */
#include "control/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "control/server_private.h"

#define ACCEPTS_AT_ONCE 16
#define RETRY_MS 1000

static void refuse(int fd, struct ras_err *err)
{
	struct buf out = BUF_INIT(4096);

	dispatch_refusal(&out, err);
	if (buf_len(&out) && send(fd, buf_data(&out), buf_len(&out), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("refused client: %s", strerror(errno));
	buf_free(&out);
	close(fd);
}

static int check_limits(const struct server *s, uid_t uid, struct ras_err *err)
{
	size_t max = SERVER_MAX_CONNS - (uid ? SERVER_ROOT_RESERVE : 0), mine = 0;

	if (s->n_conns >= max) {
		ras_fail(err, RAS_E_BUSY, "rasd serves %zu connections, the most there may be", s->n_conns);
		return ras_hint(err, "close some, or try again later");
	}
	if (uid == 0)
		return 0;
	for (const struct conn *c = s->conns; c; c = c->next)
		mine += c->uid == uid;
	if (mine >= SERVER_MAX_CONNS_PER_UID) {
		ras_fail(err, RAS_E_BUSY, "uid %u has %zu connections, the most one user may have", uid, mine);
		return ras_hint(err, "close some; one connection can carry many requests");
	}
	return 0;
}

static void welcome(struct server *s, int fd)
{
	enum rpc_role role = RPC_NONE;
	uid_t uid = 0;
	pid_t pid = 0;
	struct ras_err err;

	if (role_of_peer(&s->groups, fd, &uid, &pid, &role, &err) < 0 || check_limits(s, uid, &err) < 0) {
		refuse(fd, &err);
		return;
	}
	if (conn_new(s, fd, uid, pid, role) < 0)
		log_warn("no memory for another connection");
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval retry = { .tv_usec = RETRY_MS % 1000 * 1000, .tv_sec = RETRY_MS / 1000 };
	struct server *s = arg;

	(void)what;
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (client >= 0) {
			welcome(s, client);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno == EAGAIN)
			return;
		/* No descriptors: the socket stays readable, so rest instead of spinning. */
		log_warn("accept: %s", strerror(errno));
		event_del(&s->listen_ev);
		event_add(&s->retry_ev, &retry);
		return;
	}
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	event_add(&s->listen_ev, NULL);
}

int server_new_table(struct server **out, struct event_base *base, int listen_fd, const struct conf *conf,
		     const struct rpc_table *table, void *user, struct ras_err *err)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s || evutil_make_socket_nonblocking(listen_fd) < 0 ||
	    evutil_make_socket_closeonexec(listen_fd) < 0) {
		free(s);
		close(listen_fd);
		return ras_fail(err, s ? RAS_E_IO : RAS_E_NOMEM, "cannot serve on the control socket");
	}
	s->base = base;
	s->conf = conf;
	s->user = user;
	s->table = *table;
	s->fd = listen_fd;
	s->half_line_ms = SERVER_HALF_LINE_MS;
	role_groups_load(conf, &s->groups);
	event_assign(&s->listen_ev, base, listen_fd, EV_READ | EV_PERSIST, on_accept, s);
	evtimer_assign(&s->retry_ev, base, on_retry, s);
	if (event_add(&s->listen_ev, NULL) < 0) {
		server_free(s);
		return ras_fail(err, RAS_E_IO, "cannot watch the control socket");
	}
	*out = s;
	return 0;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	while (s->conns)
		conn_free(s->conns);
	event_del(&s->listen_ev);
	event_del(&s->retry_ev);
	close(s->fd);
	free(s);
}
