// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The audit trail where journald does not read, is not there, or comes back; and where somebody is
 * refused again and again.
 */
#include "tests/unit/audit_trail_env.h"

/* The loop is not held up, order stays, and what does not fit is counted and told once. */
static void test_full(void **state)
{
	int64_t end = patience_end_ns();
	struct audit_stat s;
	struct ras_err why;
	size_t n = 0;
	char last[32] = "", line[32];

	(void)state;
	ras_fail(&why, RAS_E_CONFIG, "x");
	for (int i = 0; i < 2000; i++) {
		snprintf(line, sizeof(line), "/conf-%d", i);
		audit_config(0, line, NULL);
	}
	audit_stat(&s);
	assert_true(s.sent > 0 && s.waiting > 0 && s.lost > 0);
	assert_int_equal(s.sent + s.waiting + s.lost, 2000);
	assert_int_equal(n_said, 1);
	assert_non_null(strstr(said, "journald does not read"));
	while (clock_boot_ns() < end) {
		const char *m = heard();

		if (!*m) {
			loop_turn(base, EVLOOP_NONBLOCK);
			usleep(500);
			continue;
		}
		if (strstr(m, "RASD_LEFT_OUT="))
			break;
		snprintf(line, sizeof(line), "RASD_FILE=/conf-%zu", n++);
		assert_has(m, line);
	}
	snprintf(last, sizeof(last), "%llu messages", (unsigned long long)s.lost);
	assert_int_equal(n, s.sent + s.waiting);
	assert_int_equal(n_said, 2);
	assert_non_null(strstr(said, last));
	audit_stat(&s);
	assert_int_equal(s.waiting, 0);
	assert_true(s.live);
}

/* A host without journald: counted, told once, nothing kept. It may come later. */
static void test_absent(void **state)
{
	struct audit_stat s;
	const char *m;

	(void)state;
	end_journald();
	for (int i = 0; i < 5; i++)
		audit_config(0, "/conf", NULL);
	audit_stat(&s);
	assert_int_equal(s.lost, 5);
	assert_int_equal(s.waiting, 0);
	assert_false(s.live);
	assert_int_equal(n_said, 1);
	assert_non_null(strstr(said, "no journald"));
	play_journald();
	audit_config(0, "/conf", NULL);
	m = heard();
	assert_has(m, "RASD_LEFT_OUT=5");
	assert_has(m, "MESSAGE_ID=e7e4fd6248634bef8a002b87d6551905");
	assert_has(heard(), "RASD_FILE=/conf");
}

/* A journald that goes away with messages waiting for it. */
static void test_gone(void **state)
{
	int64_t end = patience_end_ns();
	struct audit_stat s;

	(void)state;
	do {
		audit_config(0, "/conf", NULL);
		audit_stat(&s);
	} while (!s.waiting);
	end_journald();
	while (s.waiting && clock_boot_ns() < end) {
		loop_turn(base, EVLOOP_NONBLOCK);
		usleep(500);
		audit_stat(&s);
	}
	assert_int_equal(s.waiting, 0);
	assert_true(s.lost > 0);
}

/* One person's refusals do not fill the host's log, nor keep another's out of it. */
static void test_refusals_are_bounded(void **state)
{
	struct audit_stat s;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < AUDIT_REFUSALS * 3; i++) {
		refuse("vm1", 1000);
		n += *heard() != '\0';
	}
	assert_true(n >= AUDIT_REFUSALS && n < AUDIT_REFUSALS * 2);
	refuse("vm1", 1001);
	assert_has(heard(), "RASD_UID=1001");
	audit_stat(&s);
	assert_int_equal(s.lost, 0);
}

/* Before audit_open() and after audit_close() nothing is sent, and nothing breaks. */
static void test_closed(void **state)
{
	(void)state;
	audit_close();
	audit_close();
	refuse("vm1", 1);
	audit_config(0, "/conf", NULL);
	assert_string_equal(heard(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_absent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_closed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
