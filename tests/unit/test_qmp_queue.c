// SPDX-License-Identifier: LGPL-2.1-or-later
/* The QMP client: a full queue, late replies, closing in a callback. */
#include "qmp_env.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue_full),
		cmocka_unit_test(test_timeout_late_reply),
		cmocka_unit_test(test_close_in_callbacks),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
