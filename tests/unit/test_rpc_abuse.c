// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Clients that ask too much of the control socket: many clients, fast ones, slow ones, ones that do
 * not read, and requests that never end.
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "tests/unit/loop_turn.h"
#include "rpc_env.h"
#include "tests/unit/patience.h"

#define N_PINGS 30000
#define PING_BYTES 64 /* of a request and at most of its answer */

/* A client with N_PINGS numbered requests ready; answers must come in order. */
struct pinger {
	int fd;
	size_t sent_bytes;
	int n_answers;
	char in[4096];
	size_t in_len;
};

static char pings[N_PINGS][PING_BYTES];

static void make_pings(void)
{
	for (int i = 0; i < N_PINGS; i++) {
		memset(pings[i], ' ', PING_BYTES);
		pings[i][snprintf(pings[i], PING_BYTES,
				  "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"t.change\"}", i)] =
			' ';
		pings[i][PING_BYTES - 1] = '\n';
	}
}

/* Write as much of the next max bytes as the socket takes. Returns how much. */
static size_t push(struct pinger *p, size_t max)
{
	size_t left = sizeof(pings) - p->sent_bytes;
	ssize_t n = write(p->fd, &pings[0][0] + p->sent_bytes, max < left ? max : left);

	if (n > 0)
		p->sent_bytes += (size_t)n;
	return n > 0 ? (size_t)n : 0;
}

/* Read at most max bytes and check the order. Returns how much there was. */
static size_t pull(struct pinger *p, size_t max)
{
	size_t room = sizeof(p->in) - 1 - p->in_len;
	ssize_t n = read(p->fd, p->in + p->in_len, max < room ? max : room);
	char *nl, want[64];

	if (n <= 0)
		return 0;
	p->in_len += (size_t)n;
	p->in[p->in_len] = '\0';
	while ((nl = strchr(p->in, '\n'))) {
		snprintf(want, sizeof(want),
			 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":", p->n_answers++);
		assert_memory_equal(p->in, want, strlen(want));
		p->in_len -= (size_t)(nl + 1 - p->in);
		memmove(p->in, nl + 1, p->in_len + 1);
	}
	return (size_t)n;
}

/* One pass of the loop: each connection that is ready now is served. */
static void loop_once(void)
{
	loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/*
 * False while the server has lines to go on with. How many of them it does in a pass depends on how
 * fast the machine is, so such a pass tells nothing.
 */
static bool server_rests(void)
{
	return TAILQ_EMPTY(&server->turns.waiting);
}

/* Until no more answers come. */
static void pull_all(struct pinger *p)
{
	int64_t end = patience_end_ns();

	for (int idle = 0; idle < 20 && clock_boot_ns() < end; idle += server_rests()) {
		loop_once();
		while (pull(p, sizeof(p->in)))
			idle = 0;
	}
}

/* Write and never read, until nothing moves any more. */
static void push_until_stuck(struct pinger *p)
{
	int64_t end = patience_end_ns();

	for (int idle = 0; idle < 20 && clock_boot_ns() < end; idle += server_rests()) {
		loop_once();
		if (push(p, 65536))
			idle = 0;
	}
}

static void partial_writes(void **state)
{
	struct pinger p = { .fd = dial(RPC_ADMIN) };
	int small = 1;

	(void)state;
	make_pings();
	assert_int_equal(
		setsockopt(server->conns->io.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	for (int idle = 0; idle < 100 && p.n_answers < N_PINGS; idle += server_rests()) {
		push(&p, 10007);
		loop_once();
		if (pull(&p, 701))
			idle = 0;
	}
	assert_int_equal(p.n_answers, N_PINGS);
	assert_int_equal(changes, N_PINGS);
	close(p.fd);
}

static void who_does_not_read_is_not_read(void **state)
{
	struct pinger p = { .fd = dial(RPC_ADMIN) };
	struct conn *deaf = server->conns;
	_close_ int other = -1;

	(void)state;
	make_pings();
	push_until_stuck(&p);
	assert_true(p.sent_bytes < sizeof(pings));
	assert_false(event_pending(deaf->io.rd, EV_READ, NULL));
	/* One pass more than the pause, which is one read. */
	assert_in_range(buf_len(&deaf->io.out), OUT_PAUSE_BYTES, OUT_PAUSE_BYTES + PING_BYTES);
	assert_true(deaf->io.in.size <= 65536 && deaf->io.out.size <= 2 * OUT_PAUSE_BYTES);
	other = dial(RPC_ADMIN);
	assert_non_null(strstr(ask(other, CALL("t.echo", "{\"s\":\"a\"}")), "\"result\""));
	/* Nothing is lost. */
	for (int idle = 0; idle < 20 && p.n_answers < N_PINGS; idle += server_rests()) {
		push(&p, 65536);
		loop_once();
		if (pull(&p, 4095))
			idle = 0;
	}
	assert_int_equal(p.n_answers, N_PINGS);
	/* Quiet connections have no buffers. */
	assert_null(deaf->io.in.data);
	assert_null(deaf->io.out.data);
	close(p.fd);
}

/*
 * Lines had to wait for room. Then the kernel takes everything at once, and the client sends no
 * more.
 */
static void lines_that_waited(void **state)
{
	struct pinger p = { .fd = dial(RPC_ADMIN) };
	struct conn *c = server->conns;
	int small = 8192, large = 4 << 20;
	socklen_t len = sizeof(large);

	(void)state;
	make_pings();
	/* A small buffer in the kernel, so that answers pile up. Then it gets large. */
	assert_int_equal(setsockopt(c->io.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	while (event_pending(c->io.rd, EV_READ, NULL) && p.sent_bytes < sizeof(pings)) {
		assert_int_equal(push(&p, 31 * PING_BYTES), 31 * PING_BYTES);
		loop_once();
	}
	assert_true(buf_len(&c->io.in) > PING_BYTES);
	if (setsockopt(c->io.fd, SOL_SOCKET, SO_SNDBUFFORCE, &large, sizeof(large)) < 0)
		setsockopt(c->io.fd, SOL_SOCKET, SO_SNDBUF, &large, sizeof(large));
	assert_int_equal(getsockopt(c->io.fd, SOL_SOCKET, SO_SNDBUF, &large, &len), 0);
	assert_true(large > 400000);
	pull_all(&p);
	assert_int_equal(p.n_answers, (int)(p.sent_bytes / PING_BYTES));
	close(p.fd);
}

static void who_sends_much_gets_turns(void **state)
{
	struct pinger p = { .fd = dial(RPC_ADMIN) };
	_close_ int other = dial(RPC_ADMIN);

	(void)state;
	make_pings();
	for (int round = 0; round < 60; round++) {
		static const char line[] = CALL("t.echo", "{\"s\":\"a\"}");
		int before = changes;
		char text[256];

		while (push(&p, 65536))
			;
		assert_int_equal(write(other, line, sizeof(line) - 1), (ssize_t)sizeof(line) - 1);
		/* One pass of the loop: both are ready, both are served. */
		loop_once();
		assert_true(read(other, text, sizeof(text)) > 0);
		assert_in_range(changes - before, 1, 128);
		while (pull(&p, sizeof(p.in)))
			;
	}
	close(p.fd);
}

static void calls_that_are_open(void **state)
{
	_close_ int fd = dial(RPC_ADMIN);
	char text[64];
	size_t n = MAX_CALLS_PER_CONN;

	(void)state;
	for (int i = 0; i < MAX_CALLS_PER_CONN + 6; i++) {
		int len = snprintf(text, sizeof(text),
				   "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"t.hold\"}\n", i);

		assert_int_equal(write(fd, text, (size_t)len), len);
	}
	turn();
	assert_int_equal(n_held, n);
	rpc_reply(held[5], json_object_new_int(0));
	assert_non_null(strstr(heard(fd), "\"id\":5,"));
	assert_int_equal(n_held, n + 1);
	n = n_held;
	for (size_t i = 0; i < n; i++)
		if (i != 5)
			rpc_reply(held[i], NULL);
	/* An answer begins no other request from inside: that is for the next turn. */
	assert_int_equal(n_held, n);
	turn();
	assert_int_equal(n_held, MAX_CALLS_PER_CONN + 6);
	for (size_t i = n; i < n_held; i++)
		rpc_reply(held[i], NULL);
	turn();
	assert_int_equal(server->conns->calls.n_open, 0);
}

static void raise_descriptors(void)
{
	struct rlimit rl;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &rl), 0);
	rl.rlim_cur = rl.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &rl), 0);
}

static void refused(int fd)
{
	char c;

	assert_non_null(strstr(
		heard(fd), "\"message\":\"too many connections\",\"data\":{\"reason\":\"busy\"}"));
	assert_int_equal(read(fd, &c, 1), 0);
	close(fd);
}

static void holds_512(void **state)
{
	int fd[MAX_CONNS];

	(void)state;
	raise_descriptors();
	for (int i = 0; i < MAX_CONNS; i++) {
		fd[i] = dial(RPC_ADMIN);
		assert_int_equal(server->n_conns, i + 1);
		server->conns->uid = 100000 + (uid_t)i;
	}
	refused(dial(RPC_ADMIN));
	for (int i = 0; i < MAX_CONNS; i++)
		assert_non_null(strstr(ask(fd[i], CALL("t.echo", "{\"s\":\"a\"}")), "\"result\""));
	for (const struct conn *c = server->conns; c; c = c->next)
		assert_true(!c->io.in.data && !c->io.out.data);
	close(fd[77]);
	turn();
	fd[77] = dial(RPC_ADMIN);
	assert_non_null(strstr(ask(fd[77], CALL("t.echo", "{\"s\":\"a\"}")), "\"result\""));
	for (int i = 0; i < MAX_CONNS; i++)
		close(fd[i]);
	turn();
	assert_int_equal(server->n_conns, 0);
}

static void at_most_64_of_a_uid(void **state)
{
	int fd[MAX_CONNS_PER_PERSON], last;

	(void)state;
	assert_int_equal(chmod(path, 0777), 0);
	for (int i = 0; i < MAX_CONNS_PER_PERSON; i++)
		fd[i] = dial_as_somebody();
	assert_int_equal(server->n_conns, MAX_CONNS_PER_PERSON);
	refused(dial_as_somebody());
	/* Others do not wait for that. */
	if (geteuid() != 0)
		for (struct conn *c = server->conns; c; c = c->next)
			c->uid++;
	last = dial(RPC_ADMIN);
	assert_non_null(strstr(ask(last, CALL("t.echo", "{\"s\":\"a\"}")), "\"result\""));
	close(last);
	for (int i = 0; i < MAX_CONNS_PER_PERSON; i++)
		close(fd[i]);
}

static void connecting_takes_turns_too(void **state)
{
	static const char line[] = CALL("t.echo", "{\"s\":\"a\"}");
	struct sockaddr_un sa = address(path);
	_close_ int old = dial(RPC_ADMIN);
	char text[256];
	int fd[150];

	(void)state;
	raise_descriptors();
	assert_int_equal(listen(server->control.fd, 200), 0);
	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		fd[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		assert_int_equal(connect(fd[i], (struct sockaddr *)&sa, sizeof(sa)), 0);
	}
	assert_int_equal(write(old, line, sizeof(line) - 1), (ssize_t)sizeof(line) - 1);
	loop_once();
	assert_in_range(server->n_conns, 2, 1 + 64);
	assert_true(read(old, text, sizeof(text)) > 0);
	for (size_t i = 0; i < ARRAY_LEN(fd); i++)
		close(fd[i]);
}

static void out_of_descriptors(void **state)
{
	struct sockaddr_un sa = address(path);
	_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct rlimit before, none;

	(void)state;
	log_set_sink(no_log);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	turn();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	/* The loop does not spin, and it does not stop listening for ever. */
	assert_int_equal(server->n_conns, 0);
	assert_false(event_pending(server->control.ev, EV_READ, NULL));
	assert_true(evtimer_pending(server->accept_again, NULL));
	event_active(server->accept_again, EV_TIMEOUT, 1);
	turn();
	assert_int_equal(server->n_conns, 1);
	assert_non_null(strstr(ask(fd, CALL("t.echo", "{\"s\":\"a\"}")), "\"id\":1,"));
}

static void half_lines(void **state)
{
	struct timeval first, second, third;
	_close_ int fd = dial(RPC_ADMIN);
	struct conn *c = server->conns;
	const char *got;
	char byte;

	(void)state;
	assert_false(evtimer_pending(c->io.half_line, NULL));
	assert_string_equal(ask(fd, "{\"jsonrpc\""), "");
	assert_true(evtimer_pending(c->io.half_line, &first));
	usleep(30000);
	/*
	 * A line was completed, so the next half line has its own time. More bytes of it do not
	 * extend it.
	 */
	assert_non_null(strstr(ask(fd, ":\"2.0\",\"id\":1,\"method\":\"t.change\"}\n{\"json"),
			       "\"result\":1"));
	assert_true(evtimer_pending(c->io.half_line, &second));
	assert_true(timercmp(&second, &first, >));
	usleep(30000);
	assert_string_equal(ask(fd, "rpc"), "");
	assert_true(evtimer_pending(c->io.half_line, &third));
	/* The same moment; libevent computes it from two clocks, which may differ by a little. */
	assert_in_range(15000 + (third.tv_sec - second.tv_sec) * 1000000 + third.tv_usec -
				second.tv_usec,
			0, 30000);
	event_active(c->io.half_line, EV_TIMEOUT, 1); /* ten seconds later */
	got = heard(fd);
	assert_non_null(strstr(got, "-32600"));
	assert_non_null(strstr(got, "not completed"));
	assert_int_equal(read(fd, &byte, 1), 0);
	assert_null(server->conns);
}

static void half_close(void **state)
{
	_close_ int fd = dial(RPC_ADMIN), other = dial(RPC_ADMIN);

	(void)state;
	/* Whole lines are answered, the half line is dropped. */
	assert_int_equal(write(fd, CALL("t.change", "{}") "{\"json",
			       sizeof(CALL("t.change", "{}")) + 5),
			 sizeof(CALL("t.change", "{}")) + 5);
	shutdown(fd, SHUT_WR);
	assert_non_null(strstr(heard(fd), "\"result\":1}\n"));
	assert_int_equal(server->n_conns, 1);
	shutdown(other, SHUT_WR);
	turn();
	assert_null(server->conns);
}

static void odd_lines(void **state)
{
	static const char text[] = " \t" CALL("t.change", "{}");
	_close_ int fd = dial(RPC_ADMIN);

	(void)state;
	assert_string_equal(ask(fd, "\n\n\r\n \t \n\n"), "");
	assert_false(evtimer_pending(server->conns->io.half_line, NULL));
	for (size_t i = 0; i < sizeof(text) - 2; i++) {
		assert_int_equal(write(fd, &text[i], 1), 1);
		assert_string_equal(heard(fd), "");
	}
	assert_non_null(strstr(ask(fd, "\n"), "\"result\":1"));
	assert_non_null(strstr(ask(fd, " ping\n"), "-32700"));
	assert_int_equal(write(fd, "{}\0\n", 4), 4);
	assert_non_null(strstr(heard(fd), "-32700"));
	assert_int_equal(write(fd, "\0\n", 2), 2);
	assert_non_null(strstr(heard(fd), "-32700"));
	assert_non_null(strstr(ask(fd, CALL("t.change", "{}")), "\"result\":2"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(partial_writes),	T(who_does_not_read_is_not_read),
		T(lines_that_waited),	T(who_sends_much_gets_turns),
		T(calls_that_are_open), T(holds_512),
		T(at_most_64_of_a_uid), T(connecting_takes_turns_too),
		T(out_of_descriptors),	T(half_lines),
		T(half_close),		T(odd_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
