// SPDX-License-Identifier: LGPL-2.1-or-later
/* QEMUs that send without end: what the loop and the other monitors get. */
#include "qmp_env.h"
#include "qmp_pour.h"

/* send(2) fails, and QEMU's side goes on sending: the connection ends all the same. */
static void test_deaf_and_talking(void **state)
{
	static const char event[] = "{\"event\":\"X\"}\n";
	_free_ char *text = malloc(65536 / (sizeof(event) - 1) * (sizeof(event) - 1) + 1);
	size_t len = 65536 / (sizeof(event) - 1) * (sizeof(event) - 1);
	struct fake f;

	(void)state;
	fill(text, len + 1, event);
	fake_start(&f);
	shutdown(f.fd, SHUT_RD);
	assert_int_equal(exec(&f, 0), 0);
	pour(&f, text, len, (size_t)64 << 20);
	assert_int_equal(f.closed_err.code, RAS_E_GONE);
	assert_int_equal(f.outcome, QMP_NOT_SENT);
	assert_true(f.n_event < 40000);
	fake_stop(&f);
}

/* As fake_start(), on a loop that others are on, too. */
static __attribute__((noinline)) void start_beside(struct fake *f, struct event_base *base)
{
	fake_listen(f);
	event_base_free(f->base);
	f->base = base;
	fake_connect(f, 5000, NULL);
	fake_ready(f);
}

/* Four flood, another one is read all the same; no pass of the loop takes more than its steps. */
static void test_fair(void **state)
{
	static const char event[] = "{\"event\":\"RTC_CHANGE\",\"data\":{\"offset\":1}}\r\n";
	const size_t len = 2000 * (sizeof(event) - 1);
	_free_ char *text = malloc(len + 1);
	static struct fake f[5];
	size_t sent[5] = { 0 };

	(void)state;
	fill(text, len + 1, event);
	fake_start(&f[0]);
	for (int i = 1; i < 5; i++) {
		start_beside(&f[i], f[0].base);
	}
	assert_int_equal(exec(&f[4], 0), 0);
	for (int pass = 0; pass < 300; pass++) {
		int before = 0, after = 0;

		for (int i = 0; i < 4; i++) {
			ssize_t n = send(f[i].fd, text + sent[i] % len, len - sent[i] % len,
					 MSG_NOSIGNAL | MSG_DONTWAIT);

			sent[i] += n > 0 ? (size_t)n : 0;
			before += f[i].n_event;
		}
		event_base_loop(f[0].base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		for (int i = 0; i < 4; i++)
			after += f[i].n_event;
		assert_in_range(after - before, 0, 16 * 16);
		if (pass == 100)
			send(f[4].fd, "{\"return\":{},\"id\":2}\n", 21, MSG_NOSIGNAL);
	}
	assert_int_equal(f[4].n_reply, 1);
	for (int i = 0; i < 4; i++)
		assert_true(f[i].n_event > f[0].n_event / 4);
	for (int i = 4; i > 0; i--) {
		f[i].base = event_base_new();
		fake_stop(&f[i]);
	}
	fake_stop(&f[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deaf_and_talking),
		cmocka_unit_test(test_fair),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
