// SPDX-License-Identifier: LGPL-2.1-or-later
/* The QMP client against a played QEMU: the greeting, and replies in pieces and out of order. */
#include "qmp_env.h"

static void test_open_refused(void **state)
{
	static const struct monitor_callbacks cb = { 0 };
	struct qmp *q = NULL;
	struct ras_err err;
	struct fake f;
	char path[200];

	(void)state;
	fake_listen(&f);
	assert_int_equal(qmp_open(&q, f.base, "/nonexistent/q", 100, &cb, NULL, &err), -RAS_E_GONE);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(qmp_open(&q, f.base, path, 100, &cb, NULL, &err), -RAS_E_PARAMS);
	assert_null(q);
	fake_stop(&f);
}

static void test_greeting_timeout(void **state)
{
	struct fake f;

	(void)state;
	fake_listen(&f);
	fake_connect(&f, 30, NULL);
	assert_int_equal(qmp_peer_pid(f.q), getpid());
	assert_int_equal(qmp_peer_uid(f.q), getuid());
	assert_int_equal(exec(&f, 0), -RAS_E_GONE);
	fake_until(&f, &f.n_closed, 1);
	assert_int_equal(f.closed_err.code, RAS_E_TIMEOUT);
	assert_int_equal(f.n_ready, 0);
	fake_stop(&f);
}

static void test_capabilities(void **state)
{
	struct fake f;

	(void)state;
	fake_listen(&f);
	fake_connect(&f, 30, NULL);
	fake_say(&f, GREETING);
	_json_ json_object *o = fake_hear(&f);
	const char *name = NULL;
	assert_int_equal(json_get_str(o, "execute", &name, NULL), 0);
	assert_string_equal(name, "qmp_capabilities");
	/* Without an answer the same time limit holds. */
	fake_until(&f, &f.n_closed, 1);
	assert_int_equal(f.closed_err.code, RAS_E_TIMEOUT);
	fake_stop(&f);

	fake_listen(&f);
	fake_connect(&f, 2000, NULL);
	fake_say(&f, GREETING);
	json_object_put(fake_hear(&f));
	fake_say(&f, "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"},\"id\":1}\n");
	fake_until(&f, &f.n_closed, 1);
	assert_int_equal(f.closed_err.code, RAS_E_MONITOR);
	fake_stop(&f);
}

static void test_partial_lines(void **state)
{
	static const char reply[] = "\r\n{\"return\": {\"name\": \"vm1\"}, \"id\": %d}\r\n";
	char text[128];
	struct fake f;

	(void)state;
	fake_start(&f);
	int len = snprintf(text, sizeof(text), reply, 2);
	for (int cut = 1, id = 2; cut < len; cut++, id++) {
		assert_int_equal(exec(&f, 2000), 0);
		json_object_put(fake_hear(&f));
		len = snprintf(text, sizeof(text), reply, id);
		fake_send(&f, text, (size_t)cut);
		assert_int_equal(f.n_reply, id - 2);
		fake_send(&f, text + cut, (size_t)(len - cut));
		fake_until(&f, &f.n_reply, id - 1);
		assert_int_equal(f.outcome, QMP_OK);
	}
	fake_stop(&f);
}

static void test_interleaved(void **state)
{
	struct fake f;

	(void)state;
	fake_start(&f);
	assert_int_equal(exec(&f, 2000), 0);
	assert_int_equal(exec(&f, 2000), 0);
	fake_say(&f, "{\"timestamp\":{\"seconds\":1,\"microseconds\":2},\"event\":\"STOP\"}\r\n"
		     "{\"return\":{\"a\":1},\"id\":3}\r\n{\"event\":\"RESET\",\"data\":{}}\r\n");
	fake_until(&f, &f.n_event, 2);
	assert_string_equal(f.event_name, "RESET");
	fake_until(&f, &f.n_reply, 1);
	fake_say(&f,
		 "{\"id\":2,\"error\":{\"class\":\"GenericError\",\"desc\":\"too\\u0001 big\"}}\n");
	fake_until(&f, &f.n_reply, 2);
	assert_int_equal(f.outcome, QMP_ERROR);
	assert_int_equal(f.reply_err.code, RAS_E_MONITOR);
	assert_string_equal(f.reply_err.text, "too\\x01 big");
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_refused), cmocka_unit_test(test_greeting_timeout),
		cmocka_unit_test(test_capabilities), cmocka_unit_test(test_partial_lines),
		cmocka_unit_test(test_interleaved),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
