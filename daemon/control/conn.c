// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One connection: bytes into lines, answers into bytes, and what is waited for.
 *
 * One message a line. A client is not read while it has too many calls open, does not take its
 * answers, or its person has too much held (account.c). A half line must be completed in
 * HALF_LINE_SECONDS; answers must be taken at some time within UNREAD_SECONDS, so that what they
 * hold is freed. EOF from a client with open calls waits for their answers, unless it has closed
 * the other direction, too: what it has asked for is done then, and nobody hears of it. A
 * connection is freed in conn_settle() only, which runs at the end of its turn (turn.c), so no
 * function further up still uses it.
 *
 * A connection has buffers only while something is in them; the pair that was used last is kept, so
 * that hundreds of quiet connections cost no memory and busy ones share what is in the CPU's cache.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "control/server_private.h"

#define READ_BYTES 4096u
#define READ_MORE_BYTES 16384u /* when a line is longer than that */
#define SHORT_LINE_BYTES 512u  /* costs microseconds, unless its handler is slow */
#define SPARE_BYTES 65536u     /* a buffer that has grown larger is not kept */

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

void conn_kill(struct conn *c, const char *why)
{
	if (c->state == CONN_DEAD)
		return;
	if (why)
		log_limited_id(LOG_WARNING, c->uid, "client of uid %u %s: dropped",
			       (unsigned int)c->uid, why);
	c->state = CONN_DEAD;
	conn_wake(c);
}

void conn_flush(struct conn *c)
{
	static const struct timeval unread = { UNREAD_SECONDS, 0 };
	struct conn_io *io = &c->io;
	bool some = false;

	while (buf_len(&io->out) && c->state != CONN_DEAD) {
		ssize_t n = send(io->fd, buf_data(&io->out), buf_len(&io->out),
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			buf_drop(&io->out, (size_t)n);
			some = true;
		} else if (n < 0 && errno == EAGAIN) {
			break;
		} else if (n < 0 && errno != EINTR) {
			conn_kill(c, NULL);
		}
	}
	if (buf_len(&io->out) && c->state != CONN_DEAD) {
		event_add(io->wr, NULL);
		io->writes = true;
		if (some || !io->times_unread)
			evtimer_add(io->unread, &unread);
		io->times_unread = true;
	} else if (io->times_unread) {
		evtimer_del(io->unread);
		io->times_unread = false;
	}
	buf_take_back(&io->out, &c->server->spare_out);
}

/* The client may have more of its requests begun. */
static bool may_take(struct conn *c)
{
	return c->calls.n_open < MAX_CALLS_PER_CONN && buf_len(&c->io.out) < OUT_PAUSE_BYTES &&
	       STAILQ_EMPTY(&c->calls.answers) && account_allows_call(c) && account_allows(c);
}

static bool may_read(struct conn *c)
{
	return c->state == CONN_OPEN && may_take(c);
}

/* The first pending answer can be written or made now. */
static bool may_answer(struct conn *c)
{
	return buf_len(&c->io.out) < OUT_PAUSE_BYTES && answer_ready(c) && account_allows(c);
}

/* Bytes of the first line, with its newline; 0: there is no whole one. */
static size_t first_line(struct conn_io *io)
{
	const char *p = buf_data(&io->in), *nl;

	if (io->line || buf_len(&io->in) == io->scanned)
		return io->line;
	nl = memchr(p + io->scanned, '\n', buf_len(&io->in) - io->scanned);
	if (nl)
		io->line = (size_t)(nl - p) + 1;
	else
		io->scanned = buf_len(&io->in);
	return io->line;
}

static void drop_input(struct conn *c)
{
	c->io.scanned = c->io.line = 0;
	buf_drop(&c->io.in, buf_len(&c->io.in));
	c->state = c->state == CONN_DEAD ? CONN_DEAD : CONN_EOF;
}

static void check_length(struct conn *c)
{
	size_t most = c->role == RPC_NONE ? MAX_LINE_BYTES_NO_ROLE : MAX_LINE_BYTES;
	struct ras_err err;

	if (c->io.scanned <= most)
		return;
	ras_fail(&err, RAS_E_REQUEST, "a message has at most %zu bytes", most);
	dispatch_error(c, &err);
	drop_input(c);
}

static void read_some(struct conn *c)
{
	struct conn_io *io = &c->io;
	size_t want = buf_len(&io->in) < READ_BYTES ? READ_BYTES : READ_MORE_BYTES;
	ssize_t n;
	char *p;

	io->readable = false;
	buf_lend(&io->in, &c->server->spare_in);
	p = buf_reserve(&io->in, want);
	n = p ? recv(io->fd, p, want, MSG_DONTWAIT) : -1;
	if (n > 0)
		buf_commit(&io->in, (size_t)n);
	else if (n == 0)
		c->state = CONN_EOF;
	else if (!p || (errno != EAGAIN && errno != EINTR))
		conn_kill(c, NULL);
}

static void drop_line(struct conn_io *io, size_t len)
{
	buf_drop(&io->in, len);
	io->scanned = io->line = 0;
	io->took = true;
}

static void take_line(struct conn *c, size_t line)
{
	struct conn_io *io = &c->io;
	const char *p = buf_data(&io->in);
	size_t len = line - 1;

	while (len && (p[len - 1] == ' ' || p[len - 1] == '\t' || p[len - 1] == '\r'))
		len--;
	c->used = true;
	buf_lend(&io->out, &c->server->spare_out);
	if (len)
		dispatch_line(c, p, len);
	if (c->calls.batch)
		c->calls.batch_line = line; /* stays until its last item is dispatched */
	else
		drop_line(io, line);
}

static void take_item(struct conn *c)
{
	buf_lend(&c->io.out, &c->server->spare_out);
	dispatch_item(c, buf_data(&c->io.in));
	if (!c->calls.batch)
		drop_line(&c->io, c->calls.batch_line);
}

enum step_cost conn_step(struct conn *c)
{
	size_t line;

	if (c->state == CONN_DEAD)
		return STEP_NONE;
	if (may_answer(c)) {
		buf_lend(&c->io.out, &c->server->spare_out);
		return answer_step(c);
	}
	if (!may_take(c))
		return STEP_NONE;
	if (c->calls.batch) {
		take_item(c);
		return STEP_LINE;
	}
	line = first_line(&c->io);
	if (!line && c->io.readable && may_read(c)) {
		read_some(c);
		line = first_line(&c->io);
		if (!line)
			check_length(c);
		if (line > SHORT_LINE_BYTES)
			return STEP_SHORT; /* work on it is a step of its own */
	}
	if (!line)
		return STEP_NONE;
	take_line(c, line);
	return line <= SHORT_LINE_BYTES ? STEP_SHORT : STEP_LINE;
}

bool conn_has_work(struct conn *c)
{
	if (c->state == CONN_DEAD)
		return false;
	return may_answer(c) || (may_take(c) && (c->calls.batch || first_line(&c->io)));
}

/* It has closed both directions, so nobody reads answers. */
static bool has_left(const struct conn *c)
{
	struct pollfd p = { .fd = c->io.fd };

	return poll(&p, 1, 0) == 1 && p.revents & POLLHUP;
}

static bool is_finished(struct conn *c)
{
	const struct conn_calls *k = &c->calls;

	if (c->state != CONN_EOF || k->batch || first_line(&c->io))
		return c->state == CONN_DEAD;
	return (!k->n_open && STAILQ_EMPTY(&k->answers) && !buf_len(&c->io.out)) || has_left(c);
}

/*
 * While rasd does not read from a client, no event says that the client has left: it is looked for.
 * What the client has sent is done first.
 */
static void look_for_leaving(struct conn *c)
{
	int unread = 0;

	if (c->io.reads || !has_left(c) || ioctl(c->io.fd, FIONREAD, &unread) < 0 || unread)
		return;
	if (c->state == CONN_OPEN)
		c->state = CONN_EOF;
	conn_wake(c);
}

void conn_look_idle(struct conn *c)
{
	const unsigned int seconds = c->role == RPC_NONE ? IDLE_SECONDS_NO_ROLE : IDLE_SECONDS;
	const struct conn_calls *k = &c->calls;

	if (c->used || c->queued || k->n_open || k->batch || !STAILQ_EMPTY(&k->answers) ||
	    buf_len(&c->io.in) || buf_len(&c->io.out))
		c->idle_looks = 0;
	else
		c->idle_looks++;
	c->used = false;
	look_for_leaving(c);
	/* The first look may come right after the last answer. */
	if (c->idle_looks > seconds / IDLE_LOOK_SECONDS)
		conn_kill(c, NULL);
}

static void set_half_line(struct conn *c)
{
	static const struct timeval half = { HALF_LINE_SECONDS, 0 };
	struct conn_io *io = &c->io;

	if (!buf_len(&io->in) || c->calls.batch || first_line(io)) {
		if (io->times_half_line)
			evtimer_del(io->half_line);
		io->times_half_line = false;
	} else if (io->took || !io->times_half_line) {
		/* Each line has its own time: bytes that do not complete one buy none. */
		evtimer_add(io->half_line, &half);
		io->times_half_line = true;
	}
	io->took = false;
}

static void set_reads(struct conn_io *io, bool reads)
{
	if (reads && !io->reads)
		event_add(io->rd, NULL);
	else if (!reads && io->reads)
		event_del(io->rd);
	io->reads = reads;
}

void conn_settle(struct conn *c)
{
	buf_take_back(&c->io.in, &c->server->spare_in);
	account_update(c);
	if (is_finished(c)) {
		conn_free(c);
		return;
	}
	set_reads(&c->io, may_read(c));
	set_half_line(c);
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	c->io.readable = true;
	conn_run(c);
}

static void on_write(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	c->io.writes = false;
	conn_wake(c);
}

static void on_half_line(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	struct ras_err err;

	(void)fd;
	(void)what;
	c->io.times_half_line = false;
	/* It was completed, but its turn has not come yet. */
	if (c->queued || c->calls.batch || first_line(&c->io))
		return;
	ras_fail(&err, RAS_E_REQUEST, "the message was not completed in %d s", HALF_LINE_SECONDS);
	dispatch_error(c, &err);
	drop_input(c);
	conn_wake(c);
}

static void on_unread(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	((struct conn *)arg)->io.times_unread = false;
	conn_kill(arg, "took none of its answers for too long");
}

/* How many connections there may be when one with this role comes. */
static size_t places(enum rpc_role role, uid_t uid)
{
	static const size_t most[] = { [RPC_NONE] = MAX_CONNS_NO_ROLE,
				       [RPC_VIEW] = MAX_CONNS_VIEW,
				       [RPC_INJECT] = MAX_CONNS_INJECT,
				       [RPC_ADMIN] = MAX_CONNS_ADMIN };

	return uid ? most[role] : MAX_CONNS;
}

struct conn *conn_new(const struct listener *l, int fd, const struct ucred *cred)
{
	struct server *s = l->server;
	struct caller *caller = role_caller(s, fd, cred);
	enum rpc_role role = caller ? role_of(s, caller) : RPC_NONE;
	struct conn *c = NULL;

	if (caller && s->n_conns < places(role, cred->uid))
		c = calloc(1, sizeof(*c));
	if (!c || !(c->account = account_join(s, cred->uid))) {
		caller_unref(caller);
		free(c);
		return NULL;
	}
	c->server = s;
	c->limit = l->limit;
	c->cut = role > l->limit;
	c->role = c->cut ? l->limit : role;
	c->caller = caller;
	c->uid = cred->uid;
	c->pid = cred->pid;
	c->io.fd = fd;
	c->io.in = BUF_INIT(MAX_LINE_BYTES + 2 * READ_MORE_BYTES);
	c->io.out = BUF_INIT(MAX_OUT_BYTES);
	c->io.rd = event_new(s->base, fd, EV_READ | EV_PERSIST, on_read, c);
	c->io.wr = event_new(s->base, fd, EV_WRITE, on_write, c);
	c->io.half_line = evtimer_new(s->base, on_half_line, c);
	c->io.unread = evtimer_new(s->base, on_unread, c);
	STAILQ_INIT(&c->calls.answers);
	c->next = s->conns;
	c->prev = &s->conns;
	if (s->conns)
		s->conns->prev = &c->next;
	s->conns = c;
	if (!s->n_conns++)
		idle_start(s);
	set_reads(&c->io, true);
	return c;
}

void conn_free(struct conn *c)
{
	answer_orphan(c);
	conn_forget_turn(c);
	*c->prev = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->server->n_conns--;
	account_leave(c);
	caller_unref(c->caller);
	event_free(c->io.rd);
	event_free(c->io.wr);
	event_free(c->io.half_line);
	event_free(c->io.unread);
	close(c->io.fd);
	buf_free(&c->io.in);
	buf_free(&c->io.out);
	free(c);
}
