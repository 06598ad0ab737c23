// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The control socket and the read-only socket: who may connect, and as what. On the read-only
 * socket every caller, root included, is at most a viewer. So a program that only watches needs no
 * more trust than that, whichever user it runs as. What becomes of a connection is in conn.c and
 * turn.c.
 */
#include "control/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "control/persons.h"
#include "control/server_private.h"

#define MAX_ACCEPTS 64 /* a turn of the loop */
#define ACCEPT_PAUSE_SECONDS 1
#define SPARE_BYTES 65536u

static void refuse(int fd)
{
	static const char busy[] =
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":1007,"
		"\"message\":\"too many connections\",\"data\":{\"reason\":\"busy\"}}}\n";

	if (send(fd, busy, sizeof(busy) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("the reason of a refusal could not be sent to its client");
	close(fd);
}

static void accept_one(const struct listener *l, int fd)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 || !conn_new(l, fd, &cred))
		refuse(fd);
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval pause = { ACCEPT_PAUSE_SECONDS, 0 };
	struct listener *l = arg;

	(void)what;
	for (int i = 0; i < MAX_ACCEPTS; i++) {
		int conn = accept4((int)fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (conn >= 0) {
			accept_one(l, conn);
			continue;
		}
		if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
			return;
		/* Out of descriptors or memory: who waits would wake the loop without an end. */
		log_limited(LOG_WARNING, "accept", "accept: %s; no new clients for %d s",
			    strerror(errno), ACCEPT_PAUSE_SECONDS);
		event_del(l->ev);
		evtimer_add(l->server->accept_again, &pause);
		return;
	}
}

static void on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	event_add(s->control.ev, NULL);
	if (s->read_only.ev)
		event_add(s->read_only.ev, NULL);
}

static void on_idle(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	for (struct conn *c = s->conns; c; c = c->next)
		conn_look_idle(c);
	if (s->conns)
		idle_start(s);
}

void idle_start(struct server *s)
{
	static const struct timeval next = { IDLE_LOOK_SECONDS, 0 };

	evtimer_add(s->idle_ev, &next);
}

static int listener_start(struct listener *l, struct ras_err *err)
{
	if (l->fd < 0)
		return 0;
	evutil_make_socket_nonblocking(l->fd);
	l->ev = event_new(l->server->base, l->fd, EV_READ | EV_PERSIST, on_accept, l);
	if (!l->ev || event_add(l->ev, NULL) < 0)
		return ras_fail(err, RAS_E_NOMEM, "no event for the control socket");
	return 0;
}

static void listener_end(struct listener *l)
{
	if (l->ev)
		event_free(l->ev);
	if (l->fd >= 0)
		close(l->fd);
}

int server_new(struct server **out, struct event_base *base, const struct listeners *fds,
	       const struct conf *conf, void *user, struct ras_err *err)
{
	struct server *s = calloc(1, sizeof(*s));
	int r;

	if (!s) {
		close(fds->control);
		if (fds->read_only >= 0)
			close(fds->read_only);
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	*s = (struct server){ .base = base,
			      .control = { s, fds->control, RPC_ADMIN, NULL },
			      .read_only = { s, fds->read_only, RPC_VIEW, NULL },
			      .conf = conf,
			      .user = user,
			      .methods = rpc_methods,
			      .n_methods = rpc_n_methods,
			      .spare_in = BUF_INIT(SPARE_BYTES),
			      .spare_out = BUF_INIT(SPARE_BYTES) };
	r = persons_new(&s->persons, base, NULL, err);
	s->accept_again = evtimer_new(base, on_accept_again, s);
	s->idle_ev = evtimer_new(base, on_idle, s);
	if (r == 0 && (turns_init(s) < 0 || !s->accept_again || !s->idle_ev))
		r = ras_fail(err, RAS_E_NOMEM, "no event for the control socket");
	if (r == 0)
		r = listener_start(&s->control, err);
	if (r == 0)
		r = listener_start(&s->read_only, err);
	if (r < 0) {
		server_free(s);
		return r;
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
	accounts_leave_server(s);
	if (s->accept_again)
		event_free(s->accept_again);
	if (s->idle_ev)
		event_free(s->idle_ev);
	turns_fini(s);
	persons_free(s->persons);
	listener_end(&s->control);
	listener_end(&s->read_only);
	buf_free(&s->spare_in);
	buf_free(&s->spare_out);
	free(s);
}

void server_roles(struct server *s)
{
	for (struct conn *c = s->conns; c; c = c->next) {
		enum rpc_role role = role_of(s, c->caller);

		c->cut = role > c->limit;
		c->role = c->cut ? c->limit : role;
	}
}
