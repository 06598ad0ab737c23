// SPDX-License-Identifier: LGPL-2.1-or-later
/* The QMP client against a QEMU that breaks the protocol or dies. */
#include "qmp_env.h"

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

/* For metrics: what QEMU answered has a time, what it did not has none. */
static void test_counted(void **state)
{
	const struct monitor_stat *s = monitor_stat();
	struct monitor_stat before;
	struct fake f;

	(void)state;
	fake_start(&f);
	before = *s;
	for (int i = 0; i < 3; i++)
		assert_int_equal(exec(&f, 0), 0);
	fake_say(&f, "{\"return\":{},\"id\":2}\n"
		     "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"},\"id\":3}\n");
	fake_until(&f, &f.n_reply, 2);
	assert_int_equal(s->ended[QMP_OK], before.ended[QMP_OK] + 1);
	assert_int_equal(s->ended[QMP_ERROR], before.ended[QMP_ERROR] + 1);
	fake_stop(&f);
	assert_int_equal(s->ended[QMP_UNKNOWN], before.ended[QMP_UNKNOWN] + 1);
	assert_int_equal(s->answered[MONITOR_BY_SOCKET].n,
			 before.answered[MONITOR_BY_SOCKET].n + 2);
	assert_true(s->answered[MONITOR_BY_SOCKET].sum_ns >
		    before.answered[MONITOR_BY_SOCKET].sum_ns);
	assert_int_equal(s->answered[MONITOR_BY_LIBVIRT].n, 0);
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
	for (; n < 20; n++) {
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_lines),	cmocka_unit_test(test_counted),
		cmocka_unit_test(test_death_mid_reply), cmocka_unit_test(test_not_sent),
		cmocka_unit_test(test_send_fails),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
