// SPDX-License-Identifier: LGPL-2.1-or-later
/* The JSON-RPC server with methods of the test's own, client and server in one loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "control/server_private.h"

static struct event_base *base;
static struct server *server;
static struct conf conf;
static char path[64];
static int changes;
static struct rpc_call *held[4];
static size_t n_held;

static void do_echo(struct rpc_call *c, json_object *params)
{
	rpc_reply(c, json_object_get(params));
}

static void do_hold(struct rpc_call *c, json_object *params)
{
	(void)params;
	held[n_held++] = c;
}

static void do_change(struct rpc_call *c, json_object *params)
{
	(void)params;
	changes++;
	rpc_reply(c, json_object_new_int(changes));
}

static const char *const words[] = { "one", "two", NULL };
static const struct rpc_param echo_params[] = {
	{ "s", RPC_STR, true, 1, 4, NULL },	  { "w", RPC_STR, false, 1, 9, words },
	{ "n", RPC_U64, false, 1, 9, NULL },	  { "b", RPC_BOOL, false, 0, 0, NULL },
	{ "h", RPC_HEX64, false, 0, UINT64_MAX, NULL },
};
static const struct rpc_method methods[] = {
	{ "t.echo", do_echo, RPC_VIEW, false, echo_params, 5 },
	{ "t.hold", do_hold, RPC_VIEW, false, NULL, 0 },
	{ "t.change", do_change, RPC_INJECT, true, NULL, 0 },
};

static int setup(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	base = event_base_new();
	conf_defaults(&conf);
	snprintf(path, sizeof(path), "/tmp/test-rpc.%d", (int)getpid());
	unlink(path);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 8) < 0)
		return -1;
	changes = 0;
	n_held = 0;
	if (server_new(&server, base, fd, &conf, NULL, NULL) < 0)
		return -1;
	server->methods = methods;
	server->n_methods = 3;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	server_free(server);
	event_base_free(base);
	unlink(path);
	return 0;
}

static void turn(void)
{
	for (int i = 0; i < 6; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static int dial(enum rpc_role role)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	memcpy(sa.sun_path, path, strlen(path) + 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	turn();
	assert_non_null(server->conns);
	server->conns->role = role;
	return fd;
}

/* What the server has said so far; borrowed. */
static const char *heard(int fd)
{
	static char text[65536];
	size_t n = 0;
	ssize_t r;

	turn();
	while ((r = read(fd, text + n, sizeof(text) - 1 - n)) > 0) {
		n += (size_t)r;
		turn();
	}
	text[n] = '\0';
	return text;
}

static const char *ask(int fd, const char *line)
{
	assert_int_equal(write(fd, line, strlen(line)), (ssize_t)strlen(line));
	return heard(fd);
}

static void expect(const char *line, int code, const char *field)
{
	_close_ int fd = dial(RPC_ADMIN);
	char want[64];
	const char *got = ask(fd, line);

	snprintf(want, sizeof(want), "\"code\":%d,", code);
	if (!strstr(got, want))
		fail_msg("%s-> %s, wanted %s", line, got, want);
	snprintf(want, sizeof(want), "\"field\":\"%s\"", field ? field : "");
	if (field && !strstr(got, want))
		fail_msg("%s-> %s, wanted %s", line, got, want);
}

#define CALL(m, p) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" m "\",\"params\":" p "}\n"

static void codes(void **state)
{
	(void)state;
	expect("{nonsense}\n", -32700, NULL);
	expect("5\n", -32600, NULL);
	expect("[]\n", -32600, NULL);
	expect("{\"id\":1,\"method\":\"t.echo\"}\n", -32600, NULL);
	expect("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"t.echo\"}\n", -32600, NULL);
	expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"t.echo\",\"more\":1}\n", -32600, NULL);
	expect(CALL("t.none", "{}"), -32601, NULL);
	expect(CALL("t.echo", "[1]"), -32602, NULL);
	expect(CALL("t.echo", "{}"), -32602, "s");
	expect(CALL("t.echo", "{\"s\":5}"), -32602, "s");
	expect(CALL("t.echo", "{\"s\":\"toolong\"}"), -32602, "s");
	expect(CALL("t.echo", "{\"s\":\"a\",\"w\":\"three\"}"), -32602, "w");
	expect(CALL("t.echo", "{\"s\":\"a\",\"n\":10}"), -32602, "n");
	expect(CALL("t.echo", "{\"s\":\"a\",\"b\":1}"), -32602, "b");
	expect(CALL("t.echo", "{\"s\":\"a\",\"h\":\"12\"}"), -32602, "h");
	expect(CALL("t.echo", "{\"s\":\"a\",\"x\":1}"), -32602, "x");
}

static void roles_and_notifications(void **state)
{
	_close_ int fd = dial(RPC_VIEW);

	(void)state;
	assert_non_null(strstr(ask(fd, CALL("t.change", "{}")), "\"code\":1014"));
	assert_int_equal(changes, 0);
	server->conns->role = RPC_INJECT;
	assert_non_null(strstr(ask(fd, CALL("t.change", "{}")), "\"result\":1"));
	assert_string_equal(ask(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"t.change\"}\n"), "");
	assert_int_equal(changes, 1);
	assert_string_equal(ask(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"t.echo\",\"params\":{\"s\":\"a\"}}\n"), "");
}

static void any_split(void **state)
{
	static const char text[] = CALL("t.echo", "{\"s\":\"a\"}");
	_close_ int fd = dial(RPC_ADMIN);

	(void)state;
	for (size_t n = 1; n < sizeof(text) - 1; n++) {
		assert_int_equal(write(fd, text, n), (ssize_t)n);
		assert_string_equal(heard(fd), "");
		assert_non_null(strstr(ask(fd, text + n), "\"result\":{\"s\":\"a\"}"));
	}
	assert_string_equal(ask(fd, "\r\n\n  \n"), "");
}

static void batch_keeps_order(void **state)
{
	_close_ int fd = dial(RPC_ADMIN);
	char big[8192] = "[";
	const char *got;

	(void)state;
	assert_string_equal(ask(fd, "[{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"t.hold\"},"
				    "{\"jsonrpc\":\"2.0\",\"method\":\"t.echo\",\"params\":{\"s\":\"a\"}},"
				    "{\"jsonrpc\":\"2.0\",\"id\":\"y\",\"method\":\"t.echo\",\"params\":{\"s\":\"b\"}}]\n"), "");
	rpc_reply(held[0], json_object_new_int(1));
	got = heard(fd);
	assert_int_equal(got[0], '[');
	assert_true(strstr(got, "\"x\"") < strstr(got, "\"y\""));
	assert_int_equal(strchr(got, '\n')[1], 0);
	for (int i = 0; i < 101; i++)
		strcat(big, i ? ",1" : "1");
	strcat(big, "]\n");
	assert_non_null(strstr(ask(fd, big), "-32600"));
}

static void client_leaves_and_half_close(void **state)
{
	int fd = dial(RPC_ADMIN);

	(void)state;
	ask(fd, CALL("t.hold", "{}"));
	close(fd);
	turn();
	rpc_reply(held[0], NULL); /* into nothing */
	turn();
	assert_null(server->conns);
	fd = dial(RPC_ADMIN);
	ask(fd, CALL("t.hold", "{}"));
	shutdown(fd, SHUT_WR);
	turn();
	rpc_reply(held[1], json_object_new_int(7));
	assert_non_null(strstr(heard(fd), "\"result\":7"));
	close(fd);
	assert_null(server->conns);
}

static void a_line_too_long(void **state)
{
	_close_ int fd = dial(RPC_ADMIN);
	char block[65536];

	(void)state;
	memset(block, 'a', sizeof(block));
	for (int i = 0; i < 17; i++) {
		size_t at = 0;

		for (int tries = 0; at < sizeof(block) && tries < 64; tries++) {
			ssize_t n = write(fd, block + at, sizeof(block) - at);

			if (n > 0)
				at += (size_t)n;
			turn();
		}
	}
	assert_non_null(strstr(heard(fd), "-32600"));
	assert_null(server->conns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(codes, setup, teardown),
		cmocka_unit_test_setup_teardown(roles_and_notifications, setup, teardown),
		cmocka_unit_test_setup_teardown(any_split, setup, teardown),
		cmocka_unit_test_setup_teardown(batch_keeps_order, setup, teardown),
		cmocka_unit_test_setup_teardown(client_leaves_and_half_close, setup, teardown),
		cmocka_unit_test_setup_teardown(a_line_too_long, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
