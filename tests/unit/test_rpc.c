// SPDX-License-Identifier: LGPL-2.1-or-later
/* The JSON-RPC server: requests, answers, batches, framing. */
#include "rpc_env.h"

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
	assert_string_equal(
		ask(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"t.echo\",\"params\":{\"s\":\"a\"}}\n"),
		"");
}

/* On the read-only socket everybody is at most a viewer, root too. */
static void read_only(void **state)
{
	_close_ int control = dial_at(path), fd = -1;
	const char *got;

	(void)state;
	assert_int_equal(server->conns->role, RPC_ADMIN);
	fd = dial_at(ro_path);
	assert_int_equal(server->conns->role, RPC_VIEW);
	assert_non_null(strstr(ask(fd, CALL("t.echo", "{\"s\":\"a\"}")), "\"result\""));
	got = ask(fd, CALL("t.change", "{}"));
	assert_non_null(strstr(got, "\"code\":1014"));
	assert_non_null(strstr(got, "\"reason\":\"permission\""));
	assert_non_null(strstr(got, "this is the read-only socket: ask at /run/rasd/rasd.sock"));
	assert_int_equal(changes, 0);
}

static void id_comes_back(const char *id, const char *want)
{
	_close_ int fd = dial(RPC_ADMIN);
	char line[1200], answer[1200];

	snprintf(line, sizeof(line), "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"t.none\"}\n", id);
	snprintf(answer, sizeof(answer), "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,",
		 want, want == id ? -32601 : -32600);
	assert_memory_equal(ask(fd, line), answer, strlen(answer));
}

static void ids(void **state)
{
	static const char *const good[] = { "0",
					    "-7",
					    "18446744073709551615",
					    "\"\"",
					    "\"\xc3\xa9\"",
					    "null",
					    "\"a\\n\\u0041\\\\\\\"\\ud83d\\ude00\"" };
	static const char *const bad[] = { "1.0", "1e2", "-1E5",       "true", "[]",
					   "[1]", "{}",	 "{\"id\":1}", "false" };
	char text[1024] = "\"";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		id_comes_back(good[i], good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		id_comes_back(bad[i], "null");
	/* 128 bytes after the escapes are resolved. */
	for (int i = 0; i < 128; i++)
		strcat(text, "\\u0061");
	strcat(text, "\"");
	id_comes_back(text, text);
	strcpy(text + strlen(text) - 1, "b\"");
	id_comes_back(text, "null");
}

static void escapes_in_a_request(void **state)
{
	_close_ int fd = dial(RPC_ADMIN);

	(void)state;
	assert_string_equal(ask(fd, " {\"\\u006a\\u0073onrpc\" : \"2\\u002e0\" , \"\\u0069d\":\t3,"
				    "\"m\\u0065thod\":\"t\\u002eecho\" ,\"p\\u0061rams\": "
				    "{\"\\u0073\":\"\\u0062\"} } \r\n"),
			    "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"s\":\"b\"}}\n");
	/* The same member twice, once with escapes. */
	assert_non_null(strstr(
		ask(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"\\u0069d\":2,\"method\":\"t.echo\"}\n"),
		"-32700"));
	/* A long name is not cut to the name of a method that exists. */
	assert_non_null(strstr(ask(fd, CALL("t.echo\\u0000", "{\"s\":\"a\"}")), "-32700"));
	assert_non_null(strstr(
		ask(fd, "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"jsonrpc\":\"2.0\",\"id\":1,"
			"\"method\":\"t.echo\"}\n"),
		"no member \\\"a\\\""));
	/* The answer has the id, although it comes late in the request. */
	assert_non_null(strstr(
		ask(fd, "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"jsonrpc\":\"2.0\","
			"\"method\":\"t.echo\","
			"\"id\":77}\n"),
		"\"id\":77,\"error\":{\"code\":-32600,"));
	/* A name that is cut inside a character must not make the answer invalid JSON. */
	assert_non_null(strstr(
		ask(fd, "{\"jsonrpc\":\"2.0\","
			"\"id\":1,\"ffffffffffffffffffffffffffffffffffffff\\ud83d\\ude00\":1}\n"),
		"ffff\\\\xf0\\\\x9f\\\""));
	assert_non_null(strstr(
		ask(fd,
		    CALL("t.none-with-a-name-of-more-than-sixty-three-bytes-that-is-nowhere-at-all",
			 "{}")),
		"-32601"));
}

static void batch_with_too_long_an_answer(void **state)
{
	_close_ int fd = dial(RPC_ADMIN);
	char big[8192] = "[";

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(big, i ? ",{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"t.big\"}" :
				"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"t.big\"}");
	strcat(big, "]\n");
	log_set_sink(no_log);
	assert_string_equal(ask(fd, big), "");
	assert_null(server->conns);
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
	assert_string_equal(
		ask(fd, "[{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"t.hold\"},"
			"{\"jsonrpc\":\"2.0\",\"method\":\"t.echo\",\"params\":{\"s\":\"a\"}},"
			"{\"jsonrpc\":\"2.0\",\"id\":\"y\",\"method\":\"t.echo\","
			"\"params\":{\"s\":\"b\"}}]\n"),
		"");
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
		cmocka_unit_test_setup_teardown(read_only, setup, teardown),
		cmocka_unit_test_setup_teardown(ids, setup, teardown),
		cmocka_unit_test_setup_teardown(escapes_in_a_request, setup, teardown),
		cmocka_unit_test_setup_teardown(batch_with_too_long_an_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(any_split, setup, teardown),
		cmocka_unit_test_setup_teardown(batch_keeps_order, setup, teardown),
		cmocka_unit_test_setup_teardown(client_leaves_and_half_close, setup, teardown),
		cmocka_unit_test_setup_teardown(a_line_too_long, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
