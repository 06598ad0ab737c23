// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One client: lines in, lines out.
 *
 * A read goes into the server's scratch buffer and whole lines are handled there; only a half line
 * (or what may not be started yet) is copied to the connection. Answers made meanwhile are gathered
 * and sent by one send(); the write event exists only while the socket is full.
 *
 * Flow: nothing is read while 64 calls are under way or 256 KiB wait to be sent. A half line has 10
 * seconds from its first byte; without one there is no timer, so idle clients cost no wake-ups.
 *
 * Only the event callbacks free a connection; an answer from elsewhere at most asks for it by the
 * kick event. End of input: what was asked is answered first. After an error that ends the
 * connection the peer may still be writing: input is thrown away for a second so that it can read.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "control/server_private.h"

static bool may_start(const struct conn *c)
{
	return c->in_flight < SERVER_MAX_IN_FLIGHT && buf_len(&c->out) <= SERVER_OUT_HIGH;
}

static void set_timer(struct conn *c, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_add(&c->timer, &tv);
	c->timing = true;
}

static void stop_timer(struct conn *c)
{
	if (c->timing)
		event_del(&c->timer);
	c->timing = false;
}

static void set_reading(struct conn *c, bool on)
{
	if (on == c->reading)
		return;
	if (on)
		event_add(&c->rd, NULL);
	else
		event_del(&c->rd);
	c->reading = on;
}

void conn_free(struct conn *c)
{
	/* The calls live on without us. */
	for (struct rpc_call *call = c->calls; call; call = call->next)
		call->conn = NULL;
	event_del(&c->rd);
	event_del(&c->wr);
	event_del(&c->timer);
	event_del(&c->kick);
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	c->srv->n_conns--;
	close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
}

static void flush(struct conn *c)
{
	while (!c->dead && buf_len(&c->out)) {
		ssize_t n = send(c->fd, buf_data(&c->out), buf_len(&c->out), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			buf_drop(&c->out, (size_t)n);
		} else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			event_add(&c->wr, NULL);
			return;
		} else if (n == 0 || errno != EINTR) {
			c->dead = true;
		}
	}
	if (c->out.size > SERVER_READ_BYTES && !buf_len(&c->out))
		buf_free(&c->out);
}

/* Tell it and take no more input. */
static void give_up(struct conn *c, const char *why)
{
	struct ras_err err;

	ras_fail(&err, RAS_E_REQUEST, "%s: closing the connection", why);
	ras_hint(&err, "one JSON message a line, at most 1 MiB, finished by a newline");
	c->closing = true;
	buf_free(&c->in);
	c->scanned = 0;
	dispatch_error(c, &err);
}

static void one_line(struct conn *c, const char *text, size_t len)
{
	if (len > SERVER_MAX_LINE) {
		give_up(c, "line too long");
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] == ' ' || text[i] == '\t' || text[i] == '\r')
			continue;
		dispatch_line(c, text, len);
		return;
	}
}

/* Handle whole lines of data[len] as far as allowed; returns how much was taken. skip: no newline there. */
static size_t handle_lines(struct conn *c, const char *data, size_t len, size_t skip)
{
	size_t pos = 0;

	while (!c->closing && !c->dead && may_start(c)) {
		const char *end = len > pos + skip ? memchr(data + pos + skip, '\n', len - pos - skip) : NULL;

		if (!end) {
			c->scanned = len - pos;
			if (c->scanned > SERVER_MAX_LINE + 1)
				give_up(c, "line too long");
			return c->closing ? len : pos;
		}
		stop_timer(c);
		one_line(c, data + pos, (size_t)(end - (data + pos)));
		pos = (size_t)(end - data) + 1;
		skip = 0;
	}
	/* Stopped by a limit: the rest has not been looked at. */
	c->scanned = 0;
	return c->closing ? len : pos;
}

static void handle_stored(struct conn *c)
{
	size_t n;

	if (c->closing || !buf_len(&c->in))
		return;
	n = handle_lines(c, buf_data(&c->in), buf_len(&c->in), c->scanned);
	if (c->closing) /* give_up() has freed it */
		return;
	buf_drop(&c->in, n);
	if (c->eof && may_start(c) && buf_len(&c->in)) {
		/* The last line may lack its newline. */
		one_line(c, buf_data(&c->in), buf_len(&c->in));
		buf_free(&c->in);
	}
	if (!buf_len(&c->in) && c->in.size > SERVER_READ_BYTES)
		buf_free(&c->in);
}

static void handle_fresh(struct conn *c, const char *data, size_t len)
{
	size_t n = 0;

	if (buf_len(&c->in) == 0) {
		n = handle_lines(c, data, len, 0);
		if (c->closing)
			return;
		if (n < len && !buf_add(&c->in, data + n, len - n))
			give_up(c, "no memory for the line");
		return;
	}
	if (!buf_add(&c->in, data, len)) {
		give_up(c, "line too long");
		return;
	}
	handle_stored(c);
}

/* After anything happened: send, then decide what to wait for next, or close. May free c. */
static void settle(struct conn *c)
{
	bool half_line;

	flush(c);
	if (c->dead) {
		conn_free(c);
		return;
	}
	if ((c->closing || (c->eof && !buf_len(&c->in))) && !c->in_flight && !buf_len(&c->out)) {
		if (c->eof) {
			conn_free(c);
			return;
		}
		if (!c->lingering) {
			c->lingering = true;
			shutdown(c->fd, SHUT_WR);
			set_timer(c, SERVER_LINGER_MS);
		}
	}
	set_reading(c, !c->eof && (c->lingering || (!c->closing && may_start(c))));
	if (c->lingering)
		return;
	half_line = c->reading && buf_len(&c->in);
	if (half_line && !c->timing)
		set_timer(c, c->srv->half_line_ms);
	else if (!half_line)
		stop_timer(c);
	/* The limits may have fallen by what was just sent. */
	if (!c->closing && buf_len(&c->in) && !c->scanned && may_start(c))
		event_active(&c->kick, 0, 0);
}

static void run(struct conn *c)
{
	c->corked = true;
	handle_stored(c);
	c->corked = false;
	settle(c);
}

static bool peer_is_gone(const struct conn *c)
{
	struct pollfd p = { .fd = c->fd };

	/* Of a peer that only ended its output there is no hang-up. */
	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	ssize_t n = recv(fd, c->srv->scratch, sizeof(c->srv->scratch), MSG_DONTWAIT);

	(void)what;
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return;
		c->dead = true;
	}
	if (n == 0) {
		c->eof = true;
		c->dead = peer_is_gone(c) && !buf_len(&c->in);
	}
	c->corked = true;
	if (n > 0 && !c->closing)
		handle_fresh(c, c->srv->scratch, (size_t)n);
	else if (n == 0 && !c->dead)
		handle_stored(c);
	c->corked = false;
	settle(c);
}

static void on_write(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run(arg);
}

static void on_kick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run(arg);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	c->timing = false;
	if (c->lingering) {
		conn_free(c);
		return;
	}
	c->corked = true;
	give_up(c, "a line was not finished in time");
	c->corked = false;
	settle(c);
}

void conn_push(struct conn *c)
{
	if (c->corked)
		return;
	flush(c);
	if (c->dead || c->eof || c->closing || !c->reading)
		event_active(&c->kick, 0, 0);
}

int conn_new(struct server *s, int fd, uid_t uid, pid_t pid, enum rpc_role role)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return -RAS_E_NOMEM;
	}
	c->srv = s;
	c->fd = fd;
	c->uid = uid;
	c->pid = pid;
	c->role = role;
	c->in = BUF_INIT(SERVER_MAX_LINE + SERVER_READ_BYTES + 2);
	c->out = BUF_INIT(SERVER_MAX_OUT);
	event_assign(&c->rd, s->base, fd, EV_READ | EV_PERSIST, on_read, c);
	event_assign(&c->wr, s->base, fd, EV_WRITE, on_write, c);
	evtimer_assign(&c->timer, s->base, on_timer, c);
	event_assign(&c->kick, s->base, -1, 0, on_kick, c);
	c->next = s->conns;
	c->at = &s->conns;
	if (c->next)
		c->next->at = &c->next;
	s->conns = c;
	s->n_conns++;
	set_reading(c, true);
	return 0;
}
