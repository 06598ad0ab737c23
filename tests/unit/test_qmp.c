// SPDX-License-Identifier: LGPL-2.1-or-later
/* The QMP client against a server that does what QEMU does, and what QEMU should not do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "fake_qmp.h"

static int exec(struct fake *f, int timeout_ms)
{
	struct ras_err err;

	return qmp_exec(f->q, "query-name", NULL, timeout_ms, fake_on_reply, f, &err);
}

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
	assert_string_equal(f.reply_err.text, "too? big");
	fake_stop(&f);
}

static void test_huge_reply(void **state)
{
	const size_t size = 250 << 10;
	_free_ char *text = malloc(size + 64);
	struct fake f;

	(void)state;
	fake_start(&f);
	assert_int_equal(exec(&f, 2000), 0);
	int head = sprintf(text, "{\"return\": \"");
	memset(text + head, 'x', size);
	int tail = sprintf(text + head + size, "\", \"id\": 2}\r\n");
	fake_send(&f, text, (size_t)head + size + (size_t)tail);
	fake_until(&f, &f.n_reply, 1);
	assert_int_equal(f.ret_len, size + 2);
	fake_stop(&f);
}

static void test_bad_lines(void **state)
{
	struct fake f;

	(void)state;
	fake_start(&f);
	assert_int_equal(exec(&f, 2000), 0);
	fake_say(&f, "{\"return\": {}, \"id\": 2]\n"); /* not JSON */
	fake_say(&f, "{\"error\":{\"class\":\"GenericError\",\"desc\":\"JSON parse error\"}}\n");
	fake_say(&f, "{\"return\": {}, \"id\": 99}\n"); /* never sent */
	fake_turn(&f);
	assert_int_equal(f.n_reply, 0);
	fake_say(&f, "{\"return\": {}, \"id\": 2}\n");
	fake_until(&f, &f.n_reply, 1);
	assert_int_equal(f.outcome, QMP_OK);
	assert_int_equal(exec(&f, 2000), 0);
	fake_say(&f, "[]\n"); /* the third */
	fake_until(&f, &f.n_closed, 1);
	assert_int_equal(f.closed_err.code, RAS_E_MONITOR);
	assert_int_equal(f.n_reply, 2);
	assert_int_equal(f.outcome, QMP_UNKNOWN);
	fake_stop(&f);
}

static void test_death_mid_reply(void **state)
{
	struct fake f;

	(void)state;
	fake_start(&f);
	assert_int_equal(exec(&f, 0), 0);
	fake_say(&f, "{\"return\": {}, \"i");
	close(f.fd);
	f.fd = -1;
	fake_until(&f, &f.n_closed, 1);
	assert_int_equal(f.n_reply, 1);
	assert_int_equal(f.outcome, QMP_UNKNOWN);
	assert_int_equal(f.closed_err.code, RAS_E_GONE);
	assert_int_equal(exec(&f, 0), -RAS_E_GONE);
	fake_stop(&f);
}

struct tally {
	int n[4];
};

static void count(void *arg, enum qmp_outcome outcome, json_object *ret, const struct ras_err *err)
{
	(void)ret, (void)err;
	((struct tally *)arg)->n[outcome]++;
}

/* Commands of 20 kB fill the socket: some are sent, one is sent in part, some are not sent. */
static void test_not_sent(void **state)
{
	_free_ char *pad = malloc(20001);
	struct tally t = { 0 };
	struct ras_err err;
	struct fake f;
	int n = 0;

	(void)state;
	memset(pad, 'x', 20000);
	pad[20000] = '\0';
	fake_start(&f);
	for (; n < 40; n++) {
		json_object *args = json_object_new_object();

		json_object_object_add(args, "x", json_object_new_string(pad));
		assert_int_equal(qmp_exec(f.q, "query-name", args, 0, count, &t, &err), 0);
	}
	close(f.fd);
	f.fd = -1;
	fake_until(&f, &f.n_closed, 1);
	assert_int_equal(t.n[QMP_UNKNOWN] + t.n[QMP_NOT_SENT], n);
	assert_true(t.n[QMP_UNKNOWN] > 0);
	assert_true(t.n[QMP_NOT_SENT] > 0);
	fake_stop(&f);
}

/* send(2) fails at once. The reply still comes from the loop. */
static void test_send_fails(void **state)
{
	struct fake f;

	(void)state;
	fake_start(&f);
	close(f.fd);
	f.fd = -1;
	assert_int_equal(exec(&f, 0), 0);
	assert_int_equal(f.n_reply, 0);
	fake_until(&f, &f.n_closed, 1);
	assert_int_equal(f.n_reply, 1);
	assert_int_equal(f.outcome, QMP_NOT_SENT);
	fake_stop(&f);
}

static void test_queue_full(void **state)
{
	struct tally t = { 0 };
	struct ras_err err;
	struct fake f;

	(void)state;
	fake_start(&f);
	for (int i = 0; i < 64; i++)
		assert_int_equal(qmp_exec(f.q, "query-name", NULL, 0, count, &t, &err), 0);
	assert_int_equal(qmp_exec(f.q, "query-name", json_object_new_object(), 0, count, &t, &err),
			 -RAS_E_BUSY);
	assert_int_equal(qmp_exec(f.q, "a\"b", NULL, 0, count, &t, &err), -RAS_E_BUSY);
	fake_say(&f, "{\"return\": {}, \"id\": 2}\n");
	fake_turn(&f);
	assert_int_equal(t.n[QMP_OK], 1);
	assert_int_equal(qmp_exec(f.q, "a\"b", NULL, 0, count, &t, &err), -RAS_E_INTERNAL);
	qmp_close(f.q);
	f.q = NULL;
	assert_int_equal(t.n[QMP_UNKNOWN], 63);
	fake_stop(&f);
}

static void test_timeout_late_reply(void **state)
{
	struct fake f;

	(void)state;
	fake_start(&f);
	assert_int_equal(exec(&f, 20), 0);
	fake_until(&f, &f.n_reply, 1);
	assert_int_equal(f.outcome, QMP_UNKNOWN);
	assert_int_equal(f.reply_err.code, RAS_E_TIMEOUT);
	assert_int_equal(exec(&f, 2000), 0);
	fake_say(&f, "{\"return\": {}, \"id\": 2}\n");
	fake_turn(&f);
	assert_int_equal(f.n_reply, 1);
	fake_say(&f, "{\"return\": {}, \"id\": 3}\n");
	fake_until(&f, &f.n_reply, 2);
	assert_int_equal(f.outcome, QMP_OK);
	assert_int_equal(f.n_closed, 0);
	fake_stop(&f);
}

static void close_on_reply(void *arg, enum qmp_outcome outcome, json_object *ret,
			   const struct ras_err *err)
{
	struct fake *f = arg;

	f->n_reply++;
	f->outcome = outcome;
	(void)ret, (void)err;
	qmp_close(f->q);
	assert_int_equal(exec(f, 0), -RAS_E_GONE);
	qmp_close(f->q); /* still valid inside the callback, and called only once */
}

static void close_on_event(void *arg, const char *name, json_object *data)
{
	fake_on_event(arg, name, data);
	qmp_close(((struct fake *)arg)->q);
}

static void close_on_ready(void *arg)
{
	fake_on_ready(arg);
	qmp_close(((struct fake *)arg)->q);
}

static void close_on_closed(void *arg, const struct ras_err *err)
{
	fake_on_closed(arg, err);
	qmp_close(((struct fake *)arg)->q);
}

static void test_close_in_callbacks(void **state)
{
	static const struct monitor_callbacks cb[] = {
		{ fake_on_ready, close_on_event, fake_on_closed },
		{ close_on_ready, fake_on_event, fake_on_closed },
		{ fake_on_ready, fake_on_event, close_on_closed },
	};
	struct ras_err err;
	struct fake f;

	(void)state;
	fake_start(&f);
	/* The second command is answered by qmp_close(), inside the first one's callback. */
	assert_int_equal(qmp_exec(f.q, "query-name", NULL, 0, close_on_reply, &f, &err), 0);
	assert_int_equal(qmp_exec(f.q, "query-name", NULL, 0, fake_on_reply, &f, &err), 0);
	fake_say(&f, "{\"return\": {}, \"id\": 2}\n{\"event\":\"X\"}\n");
	fake_until(&f, &f.n_reply, 2);
	assert_int_equal(f.outcome, QMP_UNKNOWN);
	assert_int_equal(f.n_event, 0);
	assert_int_equal(f.n_closed, 0);
	f.q = NULL;
	fake_stop(&f);

	for (size_t i = 0; i < ARRAY_LEN(cb); i++) {
		fake_listen(&f);
		fake_connect(&f, 2000, &cb[i]);
		fake_ready(&f);
		if (i == 0) {
			fake_say(&f, "{\"event\":\"A\"}\n{\"event\":\"B\"}\n");
			fake_until(&f, &f.n_event, 1);
			assert_string_equal(f.event_name, "A");
		} else if (i == 2) {
			close(f.fd);
			f.fd = -1;
			fake_until(&f, &f.n_closed, 1);
		}
		fake_turn(&f);
		assert_int_equal(f.n_closed, i == 2);
		f.q = NULL;
		fake_stop(&f);
	}

	/* Inside a timeout, and inside the death of the connection. */
	for (int death = 0; death < 2; death++) {
		fake_start(&f);
		assert_int_equal(qmp_exec(f.q, "query-name", NULL, death ? 0 : 10, close_on_reply,
					  &f, &err),
				 0);
		if (death) {
			close(f.fd);
			f.fd = -1;
		}
		fake_until(&f, &f.n_reply, 1);
		assert_int_equal(f.outcome, QMP_UNKNOWN);
		assert_int_equal(f.n_closed, 0);
		f.q = NULL;
		fake_stop(&f);
	}
}

static void silent(int level, const char *line)
{
	(void)level, (void)line;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_refused),
		cmocka_unit_test(test_greeting_timeout),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_partial_lines),
		cmocka_unit_test(test_interleaved),
		cmocka_unit_test(test_huge_reply),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_death_mid_reply),
		cmocka_unit_test(test_not_sent),
		cmocka_unit_test(test_send_fails),
		cmocka_unit_test(test_queue_full),
		cmocka_unit_test(test_timeout_late_reply),
		cmocka_unit_test(test_close_in_callbacks),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
