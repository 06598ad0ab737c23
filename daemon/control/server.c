// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The control socket: accept, framing, writing, limits.
 *
 * One message a line. A client is not read while it has too many calls open or does not take its
 * answers; a half line must be completed in ten seconds (no timer runs otherwise). EOF from a
 * client with open calls waits for their answers. A conn dies only in conn_reap(), when no function
 * further up still uses it.
 *
 * A turn is one read and the lines that it completes: who sends much at once has READ_BYTES of it
 * worked off, then all others who are ready have their turn. The answers of a turn leave in one
 * write. A connection has buffers only while something is in them; the pair that was used last is
 * kept, so that hundreds of quiet connections cost no memory and busy ones share what is in the
 * CPU's cache.
 */
#include "control/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "control/server_private.h"

#define READ_BYTES 4096u
#define READ_MORE_BYTES 16384u /* when a line is longer than that */
#define MAX_ACCEPTS 64	       /* a turn */
#define ACCEPT_PAUSE_SECONDS 1
#define SPARE_BYTES 65536u /* a buffer that has grown larger is not kept */

static void buf_lend(struct buf *b, struct buf *spare)
{
	if (!b->data && spare->data) {
		b->data = spare->data;
		b->size = spare->size;
		spare->data = NULL;
	}
}

static void buf_take_back(struct buf *b, struct buf *spare)
{
	if (!b->data || buf_len(b))
		return;
	if (!spare->data && b->size <= SPARE_BYTES) {
		spare->data = b->data;
		spare->size = b->size;
		b->data = NULL;
	}
	buf_free(b);
}

static void conn_free(struct conn *c)
{
	dispatch_orphan(c);
	*c->prev = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->server->n_conns--;
	event_free(c->rd);
	event_free(c->wr);
	event_free(c->half_line);
	close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
}

/* Free the conn if it is finished; true when it is gone. */
static bool conn_reap(struct conn *c)
{
	if (c->busy || !(c->dead || (c->eof && !c->n_calls && !buf_len(&c->out))))
		return false;
	conn_free(c);
	return true;
}

static bool may_read(const struct conn *c)
{
	return !c->eof && !c->dead && c->n_calls < MAX_CALLS_PER_CONN &&
	       buf_len(&c->out) < OUT_PAUSE_BYTES;
}

static void conn_flush(struct conn *c)
{
	while (buf_len(&c->out) && !c->dead) {
		ssize_t n = send(c->fd, buf_data(&c->out), buf_len(&c->out),
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			buf_drop(&c->out, (size_t)n);
		else if (n < 0 && errno == EAGAIN)
			break;
		else if (n < 0 && errno != EINTR)
			c->dead = true;
	}
	if (buf_len(&c->out) && !c->dead)
		event_add(c->wr, NULL);
	buf_take_back(&c->out, &c->server->spare_out);
}

void conn_send(struct conn *c, bool ok)
{
	if (!ok && !c->dead) {
		log_warn("client of uid %u does not take its answers: dropped",
			 (unsigned int)c->uid);
		c->dead = true;
	}
	if (!c->busy)
		conn_flush(c);
}

static void process(struct conn *c);

void conn_call_done(struct conn *c)
{
	if (c->busy)
		return;
	process(c);
}

/* The client may have more calls open, and there is something of it that was not looked at. */
static bool may_take(const struct conn *c)
{
	return !c->dead && c->n_calls < MAX_CALLS_PER_CONN && buf_len(&c->out) < OUT_PAUSE_BYTES &&
	       buf_len(&c->in) > c->scanned;
}

/* Work off the whole lines; true if there was one. */
static bool take_lines(struct conn *c)
{
	struct ras_err err;
	bool took = false;

	while (may_take(c)) {
		const char *p = buf_data(&c->in);
		const char *nl = memchr(p + c->scanned, '\n', buf_len(&c->in) - c->scanned);
		size_t len, line;

		if (!nl) {
			c->scanned = buf_len(&c->in);
			if (c->scanned > MAX_LINE_BYTES) {
				ras_fail(&err, RAS_E_REQUEST, "a message has at most %zu bytes",
					 MAX_LINE_BYTES);
				dispatch_error(c, &err);
				c->eof = true;
				buf_drop(&c->in, buf_len(&c->in));
				c->scanned = 0;
			}
			break;
		}
		line = (size_t)(nl - p);
		len = line;
		while (len && (p[len - 1] == ' ' || p[len - 1] == '\t' || p[len - 1] == '\r'))
			len--;
		if (len)
			dispatch_line(c, p, len);
		buf_drop(&c->in, line + 1);
		c->scanned = 0;
		took = true;
	}
	return took;
}

/* After any change: work off lines, write, and set what is waited for. May free the conn. */
static void process(struct conn *c)
{
	static const struct timeval half = { HALF_LINE_SECONDS, 0 };
	bool took = false;

	c->busy = true;
	/*
	 * Again where the kernel took so much that lines which had to wait need not: nothing else
	 * would wake them.
	 */
	do {
		buf_lend(&c->out, &c->server->spare_out);
		took |= take_lines(c);
		conn_flush(c);
	} while (may_take(c));
	buf_take_back(&c->in, &c->server->spare_in);
	c->busy = false;
	if (conn_reap(c))
		return;
	if (may_read(c))
		event_add(c->rd, NULL);
	else
		event_del(c->rd);
	if (buf_len(&c->in) && c->scanned == buf_len(&c->in)) {
		/* Each line has its own time: bytes that do not complete one buy none. */
		if (took || !evtimer_pending(c->half_line, NULL))
			evtimer_add(c->half_line, &half);
	} else {
		evtimer_del(c->half_line);
	}
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	size_t want = buf_len(&c->in) < READ_BYTES ? READ_BYTES : READ_MORE_BYTES;
	ssize_t n;
	char *p;

	(void)what;
	buf_lend(&c->in, &c->server->spare_in);
	p = buf_reserve(&c->in, want);
	n = p ? recv((int)fd, p, want, MSG_DONTWAIT) : -1;
	if (n > 0)
		buf_commit(&c->in, (size_t)n);
	else if (n == 0)
		c->eof = true;
	else if (!p || (errno != EAGAIN && errno != EINTR))
		c->dead = true;
	process(c);
}

static void on_write(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	process(arg);
}

static void on_half_line(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	struct ras_err err;

	(void)fd;
	(void)what;
	ras_fail(&err, RAS_E_REQUEST, "the message was not completed in %d s", HALF_LINE_SECONDS);
	dispatch_error(c, &err);
	c->eof = true;
	buf_drop(&c->in, buf_len(&c->in));
	c->scanned = 0;
	process(c);
}

static size_t conns_of(const struct server *s, uid_t uid)
{
	size_t n = 0;

	for (const struct conn *c = s->conns; c; c = c->next)
		n += c->uid == uid;
	return n;
}

static void accept_one(struct server *s, int fd)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	struct conn *c;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 || s->n_conns >= MAX_CONNS ||
	    (cred.uid != 0 && conns_of(s, cred.uid) >= MAX_CONNS_PER_UID) ||
	    !(c = calloc(1, sizeof(*c)))) {
		static const char busy[] =
			"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":1007,"
			"\"message\":\"too many connections\",\"data\":{\"reason\":\"busy\"}}}\n";

		if (send(fd, busy, sizeof(busy) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			log_debug("a refused client did not hear why");
		close(fd);
		return;
	}
	*c = (struct conn){ .server = s, .fd = fd, .uid = cred.uid, .pid = cred.pid };
	c->in = BUF_INIT(MAX_LINE_BYTES + 2 * READ_MORE_BYTES);
	c->out = BUF_INIT(MAX_OUT_BYTES);
	c->role = role_of(s, fd, cred.uid, cred.gid);
	c->rd = event_new(s->base, fd, EV_READ | EV_PERSIST, on_read, c);
	c->wr = event_new(s->base, fd, EV_WRITE, on_write, c);
	c->half_line = evtimer_new(s->base, on_half_line, c);
	c->next = s->conns;
	c->prev = &s->conns;
	if (s->conns)
		s->conns->prev = &c->next;
	s->conns = c;
	s->n_conns++;
	event_add(c->rd, NULL);
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
		log_warn("accept: %s; no new clients for %d s", strerror(errno),
			 ACCEPT_PAUSE_SECONDS);
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
	s->accept_ev = event_new(base, listen_fd, EV_READ | EV_PERSIST, on_accept, s);
	s->accept_again = evtimer_new(base, on_accept_again, s);
	event_add(s->accept_ev, NULL);
	*out = s;
	return 0;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	while (s->conns)
		conn_free(s->conns);
	event_free(s->accept_ev);
	event_free(s->accept_again);
	close(s->fd);
	buf_free(&s->spare_in);
	buf_free(&s->spare_out);
	free(s);
}
