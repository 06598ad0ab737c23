// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A command that changes the guest is sent only after QEMU has said that no migration is in
 * progress.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "fake_qmp.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/silent.h"
#include "qmp/cmds.h"

static const uint8_t record[QMP_GHES_RECORD_MIN] = { 1 };

static void inject(struct fake *f)
{
	struct ras_err err;

	assert_int_equal(qmp_cmd_inject_ghes(qmp_monitor(f->q), record, sizeof(record),
					     fake_on_reply, f, &err),
			 0);
}

static void ask_ahead(struct fake *f)
{
	qmp_monitor(f->q)->ops->ask_ahead(qmp_monitor(f->q), MONITOR_NO_JOB_NS / 2);
}

/* Is the next command this one? Returns its id. */
static bool heard(struct fake *f, const char *command, int *id_out)
{
	_json_ json_object *o = fake_hear(f);
	const char *name = NULL;
	uint64_t id = 0;
	struct ras_err err;

	assert_int_equal(json_get_str(o, "execute", &name, &err), 0);
	assert_int_equal(json_get_u64(o, "id", 1, 1000, &id, &err), 0);
	*id_out = (int)id;
	return strcmp(name, command) == 0;
}

/* The next command must be this one. Returns its id. */
static int hear(struct fake *f, const char *command)
{
	int id;

	assert_true(heard(f, command, &id));
	return id;
}

static void say(struct fake *f, const char *what, int id)
{
	char line[256];

	snprintf(line, sizeof(line), "{%s, \"id\": %d}\n", what, id);
	fake_say(f, line);
}

/* No further command has come. */
static void silence(struct fake *f)
{
	char c;

	fake_turn(f);
	usleep(2000);
	assert_int_equal(f->in_len, 0);
	assert_true(recv(f->fd, &c, 1, MSG_DONTWAIT) <= 0);
}

/* The record comes, perhaps after the question. True: without the question. */
static bool taken(struct fake *f)
{
	int n = f->n_reply, id;
	bool asked = !heard(f, "inject-ghes-v2-error", &id);

	if (asked) {
		say(f, "\"return\": {}", id);
		id = hear(f, "inject-ghes-v2-error");
	}
	say(f, "\"return\": {}", id);
	fake_until(f, &f->n_reply, n + 1);
	assert_int_equal(f->outcome, QMP_OK);
	return !asked;
}

static const struct {
	const char *answer;
	enum ras_code want; /* 0: sent */
} answers_cases[] = {
	{ "\"return\": {}", RAS_OK },
	{ "\"return\": {\"status\": \"none\"}", RAS_OK },
	{ "\"return\": {\"status\": \"completed\", \"ram\": {}}", RAS_OK },
	{ "\"return\": {\"status\": \"failed\", \"error-desc\": \"x\"}", RAS_OK },
	{ "\"return\": {\"status\": \"cancelled\"}", RAS_OK },
	{ "\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such\"}", RAS_OK },
	{ "\"return\": {\"status\": \"active\"}", RAS_E_NOT_RUNNING },
	{ "\"return\": {\"status\": \"setup\"}", RAS_E_NOT_RUNNING },
	{ "\"return\": {\"status\": \"cancelling\"}", RAS_E_NOT_RUNNING },
	{ "\"return\": {\"status\": \"pre-switchover\"}", RAS_E_NOT_RUNNING },
	{ "\"return\": {\"status\": \"postcopy-active\"}", RAS_E_NOT_RUNNING },
	{ "\"return\": {\"status\": \"device\"}", RAS_E_NOT_RUNNING },
	{ "\"return\": {\"status\": \"wait-unplug\"}", RAS_E_NOT_RUNNING },
	{ "\"return\": {\"status\": \"colo\"}", RAS_E_NOT_RUNNING },
	{ "\"return\": {\"status\": \"of a later QEMU\\n\"}", RAS_E_NOT_RUNNING },
	{ "\"return\": {\"status\": 1}", RAS_E_MONITOR },
	{ "\"return\": []", RAS_E_MONITOR },
	{ "\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}", RAS_E_MONITOR },
};

static void test_answers(void **state)
{
	struct fake f;

	(void)state;
	fake_start(&f);
	for (size_t i = 0; i < ARRAY_LEN(answers_cases); i++)
		for (int ahead = 0; ahead < 3;
		     ahead++) { /* not sent, and the answer comes later or before the command */
			int n = f.n_reply, id;

			usleep(MONITOR_NO_JOB_NS / 1000); /* or the earlier answer is still valid */
			if (ahead)
				ask_ahead(&f);
			if (ahead < 2)
				inject(&f);
			id = hear(&f, "query-migrate");
			silence(&f);
			say(&f, answers_cases[i].answer, id);
			if (ahead == 2) {
				inject(&f);
				if (answers_cases[i].want) /* only an answer "no" is kept */
					say(&f, answers_cases[i].answer, hear(&f, "query-migrate"));
			}
			if (!answers_cases[i].want) {
				taken(&f);
				continue;
			}
			fake_until(&f, &f.n_reply, n + 1);
			assert_int_equal(f.outcome, QMP_NOT_SENT);
			assert_int_equal(f.reply_err.code, answers_cases[i].want);
			assert_null(strchr(f.reply_err.text, '\n'));
			silence(&f);
		}
	fake_stop(&f);
}

static void test_an_answer_serves_but_not_for_long(void **state)
{
	struct fake f;
	bool served = false;
	int n;

	(void)state;
	fake_start(&f);
	/* Another process may have the CPU meanwhile, so one of several tries must do. */
	for (int i = 0; i < 20 && !served; i++) {
		usleep(MONITOR_NO_JOB_NS / 1000);
		ask_ahead(&f);
		ask_ahead(&f);
		say(&f, "\"return\": {}", hear(&f, "query-migrate"));
		inject(&f);
		served = taken(&f);
		ask_ahead(&f);
		inject(&f);
		served &= taken(&f);
	}
	assert_true(served);

	usleep(MONITOR_NO_JOB_NS / 1000);
	n = f.n_reply;
	ask_ahead(&f);
	say(&f, "\"return\": {}", hear(&f, "query-migrate"));
	usleep(MONITOR_NO_JOB_NS / 1000);
	inject(&f);
	say(&f, "\"return\": {\"status\": \"active\"}", hear(&f, "query-migrate"));
	fake_until(&f, &f.n_reply, n + 1);
	assert_int_equal(f.outcome, QMP_NOT_SENT);

	/* A caller that needs a new answer asks again and waits for it. */
	ask_ahead(&f);
	say(&f, "\"return\": {}", hear(&f, "query-migrate"));
	fake_turn(&f);
	qmp_monitor(f.q)->ops->ask_ahead(qmp_monitor(f.q), 0);
	inject(&f);
	say(&f, "\"return\": {\"status\": \"active\"}", hear(&f, "query-migrate"));
	fake_until(&f, &f.n_reply, n + 2);
	assert_int_equal(f.outcome, QMP_NOT_SENT);
	silence(&f);
	fake_stop(&f);
}

/* Two at once: one waits for the question that was sent early, the other one asks. */
static void test_two_at_once(void **state)
{
	struct fake f;
	int n;

	(void)state;
	fake_start(&f);
	n = f.n_reply;
	ask_ahead(&f);
	inject(&f);
	inject(&f);
	int first = hear(&f, "query-migrate"), second = hear(&f, "query-migrate");

	say(&f, "\"return\": {\"status\": \"active\"}", second);
	fake_until(&f, &f.n_reply, n + 1);
	assert_int_equal(f.outcome, QMP_NOT_SENT);
	say(&f, "\"return\": {}", first);
	taken(&f);
	fake_stop(&f);
}

/* What was checked before the question may not hold any more. */
static void test_a_guest_that_turns_meanwhile(void **state)
{
	static const struct {
		const char *event;
		enum qmp_outcome want;
	} t[] = {
		{ "RESET", QMP_NOT_SENT },
		{ "STOP", QMP_NOT_SENT },
		{ "SHUTDOWN", QMP_NOT_SENT },
		{ "RTC_CHANGE", QMP_OK },
	};
	struct fake f;

	(void)state;
	fake_start(&f);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		int n = f.n_reply, id;
		char line[96];

		usleep(MONITOR_NO_JOB_NS / 1000);
		inject(&f);
		id = hear(&f, "query-migrate");
		snprintf(line, sizeof(line), "{\"event\": \"%s\", \"data\": {}}\n", t[i].event);
		fake_say(&f, line);
		say(&f, "\"return\": {}", id);
		if (t[i].want == QMP_OK) {
			taken(&f);
			continue;
		}
		fake_until(&f, &f.n_reply, n + 1);
		assert_int_equal(f.outcome, QMP_NOT_SENT);
		assert_int_equal(f.reply_err.code, RAS_E_MONITOR);
		silence(&f);
	}
	fake_stop(&f);
}

/* The question is lost, but not the command: by close, by the death of the connection, by time. */
static void test_a_lost_answer_is_no_lost_command(void **state)
{
	(void)state;
	for (int ahead = 0; ahead < 2; ahead++)
		for (int how = 0; how < 2; how++) {
			struct fake f;

			fake_start(&f);
			if (ahead)
				ask_ahead(&f);
			inject(&f);
			hear(&f, "query-migrate");
			if (how) {
				close(f.fd);
				f.fd = -1;
				fake_until(&f, &f.n_closed, 1);
			} else {
				qmp_close(f.q);
				f.q = NULL;
			}
			assert_int_equal(f.n_reply, 1);
			assert_int_equal(f.outcome, QMP_NOT_SENT);
			fake_stop(&f);
		}
}

static void fake_long(struct fake *f, const int *flag, int64_t ms)
{
	int64_t end = clock_boot_ns() + ms * 1000000;

	while (!*flag && clock_boot_ns() < end) {
		loop_turn(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		usleep(1000);
	}
}

static void test_mute(void **state)
{
	struct fake f;

	(void)state;
	fake_start(&f);
	inject(&f);
	hear(&f, "query-migrate");
	fake_long(&f, &f.n_closed, QMP_CMD_TIMEOUT_MS + PATIENCE_MS);
	assert_int_equal(f.n_reply, 1);
	assert_int_equal(f.outcome, QMP_NOT_SENT);
	assert_int_equal(f.n_closed, 1);
	assert_int_equal(f.closed_err.code, RAS_E_TIMEOUT);
	silence(&f);
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_an_answer_serves_but_not_for_long),
		cmocka_unit_test(test_two_at_once),
		cmocka_unit_test(test_a_guest_that_turns_meanwhile),
		cmocka_unit_test(test_a_lost_answer_is_no_lost_command),
		cmocka_unit_test(test_mute),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
