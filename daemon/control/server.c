// SPDX-License-Identifier: LGPL-2.1-or-later
/* The control socket: who may connect. What becomes of a connection is in conn.c and turn.c. */
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
		log_debug("a refused client did not hear why");
	close(fd);
}

static void accept_one(struct server *s, int fd)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 || !conn_new(s, fd, &cred))
		refuse(fd);
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval pause = { ACCEPT_PAUSE_SECONDS, 0 };
	struct server *s = arg;

	(void)what;
	for (int i = 0; i < MAX_ACCEPTS; i++) {
		int conn = accept4((int)fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (conn >= 0) {
			accept_one(s, conn);
			continue;
		}
		if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
			return;
		/* Out of descriptors or memory: who waits would wake the loop without an end. */
		log_limited(LOG_WARNING, "accept", "accept: %s; no new clients for %d s",
			    strerror(errno), ACCEPT_PAUSE_SECONDS);
		event_del(s->accept_ev);
		evtimer_add(s->accept_again, &pause);
		return;
	}
}

static void on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	event_add(s->accept_ev, NULL);
}

int server_new(struct server **out, struct event_base *base, int listen_fd, const struct conf *conf,
	       void *user, struct ras_err *err)
{
	struct server *s = calloc(1, sizeof(*s));
	int r;

	if (!s) {
		close(listen_fd);
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	evutil_make_socket_nonblocking(listen_fd);
	*s = (struct server){ .base = base,
			      .fd = listen_fd,
			      .conf = conf,
			      .user = user,
			      .methods = rpc_methods,
			      .n_methods = rpc_n_methods,
			      .spare_in = BUF_INIT(SPARE_BYTES),
			      .spare_out = BUF_INIT(SPARE_BYTES) };
	role_init(s);
	r = persons_new(&s->persons, base, NULL, err);
	s->accept_ev = event_new(base, listen_fd, EV_READ | EV_PERSIST, on_accept, s);
	s->accept_again = evtimer_new(base, on_accept_again, s);
	if (turns_init(s) < 0 || r < 0 || !s->accept_ev || !s->accept_again ||
	    event_add(s->accept_ev, NULL) < 0) {
		server_free(s);
		return r < 0 ? r : ras_fail(err, RAS_E_NOMEM, "no event for the control socket");
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
	if (s->accept_ev)
		event_free(s->accept_ev);
	if (s->accept_again)
		event_free(s->accept_again);
	turns_fini(s);
	persons_free(s->persons);
	close(s->fd);
	buf_free(&s->spare_in);
	buf_free(&s->spare_out);
	free(s);
}
