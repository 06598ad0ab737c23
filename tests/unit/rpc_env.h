// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Shared by the tests of the control socket: a server with methods of its own, and a client, in one
 * loop.
 */
#pragma once

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
#include "base/log.h"
#include "control/server_private.h"

#include "tests/unit/loop_turn.h"

static struct event_base *base;
static struct server *server;
static struct conf conf;
static char path[64], ro_path[64];
static int changes;
static struct rpc_call *held[2 * MAX_CALLS_PER_PERSON];
static size_t n_held;

static inline void no_log(int level, const char *line)
{
	(void)level;
	(void)line;
}

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

static void do_big(struct rpc_call *c, json_object *params)
{
	static char text[100001];

	(void)params;
	memset(text, 'x', sizeof(text) - 1);
	rpc_reply(c, json_object_new_string(text));
}

static const char *const words[] = { "one", "two", NULL };
static const struct rpc_param echo_params[] = {
	{ "s", RPC_STR, true, 1, 4, NULL },
	{ "w", RPC_STR, false, 1, 9, words },
	{ "n", RPC_U64, false, 1, 9, NULL },
	{ "b", RPC_BOOL, false, 0, 0, NULL },
	{ "h", RPC_HEX64, false, 0, UINT64_MAX, NULL },
};
static const struct rpc_method methods[] = {
	{ "t.echo", do_echo, RPC_VIEW, false, echo_params, 5 },
	{ "t.hold", do_hold, RPC_VIEW, false, NULL, 0 },
	{ "t.change", do_change, RPC_INJECT, true, NULL, 0 },
	{ "t.big", do_big, RPC_VIEW, false, NULL, 0 },
};

static inline struct sockaddr_un address(const char *at)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	memcpy(sa.sun_path, at, strlen(at) + 1);
	return sa;
}

static inline int listen_at(const char *at)
{
	struct sockaddr_un sa = address(at);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(at);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static inline int setup(void **state)
{
	(void)state;
	base = event_base_new();
	conf_defaults(&conf);
	snprintf(path, sizeof(path), "/tmp/test-rpc.%d", (int)getpid());
	snprintf(ro_path, sizeof(ro_path), "/tmp/test-rpc-ro.%d", (int)getpid());
	changes = 0;
	n_held = 0;
	if (server_new(&server, base, &(struct listeners){ listen_at(path), listen_at(ro_path) },
		       &conf, NULL, NULL) < 0)
		return -1;
	server->methods = methods;
	server->n_methods = ARRAY_LEN(methods);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	server_free(server);
	event_base_free(base);
	unlink(path);
	unlink(ro_path);
	return 0;
}

static inline void turn(void)
{
	for (int i = 0; i < 6; i++)
		loop_turn(base, EVLOOP_NONBLOCK);
}

/* A client as it comes: with the role of who runs the test. */
static inline int dial_at(const char *at)
{
	struct sockaddr_un sa = address(at);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	turn();
	assert_non_null(server->conns);
	return fd;
}

static inline int dial(enum rpc_role role)
{
	int fd = dial_at(path);

	server->conns->role = role;
	return fd;
}

/* As nobody, if we are root: the kernel tells the server who connected. */
static inline int dial_as_somebody(void)
{
	bool root = geteuid() == 0;
	int fd;

	if (root)
		assert_int_equal(seteuid(65534), 0);
	fd = dial(RPC_ADMIN);
	if (root)
		assert_int_equal(seteuid(0), 0);
	return fd;
}

/* What the server has sent so far. Borrowed. */
static inline const char *heard(int fd)
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

static inline const char *ask(int fd, const char *line)
{
	assert_int_equal(write(fd, line, strlen(line)), (ssize_t)strlen(line));
	return heard(fd);
}

#define CALL(m, p) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" m "\",\"params\":" p "}\n"
