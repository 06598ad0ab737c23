// SPDX-License-Identifier: LGPL-2.1-or-later
/* config.reload and SIGHUP: what takes effect at once, and what a wrong file does. */
#include <signal.h>

#include "gate_env.h"

/* The file is text behind what was in it at first, without its last section. */
static void write_conf(const char *text)
{
	static char first[8192];
	FILE *f;

	if (!first[0]) {
		f = fopen(conf_path, "re");
		assert_non_null(f);
		assert_true(fread(first, 1, sizeof(first) - 1, f) > 0);
		assert_int_equal(fclose(f), 0);
		assert_non_null(strstr(first, "[domain vm1]"));
		*strstr(first, "[domain vm1]") = '\0';
	}
	f = fopen(conf_path, "we");
	assert_non_null(f);
	fprintf(f, "%s%s", first, text);
	assert_int_equal(fclose(f), 0);
}

#define VM1(severity) "[domain vm1]\ntarget-max-severity = " severity "\n"
#define DENIED "'code':1002"

static void grants_and_limits(void **state)
{
	(void)state;
	live_expect("injection.create", WAITED("a"), "'state':'acknowledged'");
	write_conf(VM1("none"));
	live_expect("config.reload", "{'dry_run':true}", "'[domain]'],'restart_needed':");
	live_expect("injection.create", WAITED("b"), "'state':'acknowledged'");
	live_expect("config.reload", "{}", "'[domain]'],'restart_needed':");
	live_expect("injection.create", INJECT("c"), DENIED);
	live_expect("config.reload", "{}", "'changed':[]");
	write_conf(VM1("corrected") "[limits]\nguest-per-minute = 1\nguest-burst = 1\n");
	live_expect("config.reload", "{}", "'changed':['[limits]','[domain]']");
	/* What was injected before counts. */
	live_expect("injection.create", INJECT("c"), "'reason':'rate-limited'");
}

static void a_wrong_file_changes_nothing(void **state)
{
	(void)state;
	write_conf(VM1("none") "[limits]\nguest-burst = many\n");
	live_expect("config.reload", "{}", "guest-burst must be a number");
	live_expect("config.reload", "{}", "'code':1018");
	live_expect("injection.create", WAITED("a"), "'state':'acknowledged'");
	unlink(conf_path);
	live_expect("config.reload", "{}", "No such file");
	live_expect("injection.create", WAITED("b"), "'state':'acknowledged'");
	write_conf(VM1("recoverable"));
}

static void keys_that_need_a_restart(void **state)
{
	(void)state;
	write_conf(VM1("recoverable") "[rasd]\nsocket = /other\n[events]\nmcelog-log = /log\n");
	live_expect("config.reload", "{}", "'restart_needed':['socket',");
	live_expect("config.reload", "{}", "'mcelog-log'");
	assert_string_not_equal(live.conf.sockets.control, "/other");
}

/* A connection that is open gets its new role; what waits in the queue is judged again. */
static void open_connections_and_queues(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	queue_one(1);
	queue_one(2);
	write_conf(VM1("none") "[injector user daemon]\ndomains = *\nmax-severity = info\n");
	be(1, OTHER_GID);
	live_expect("rpc.ping", "{}", "'code':1014");
	kill(getpid(), SIGHUP);
	live_until("rpc.ping", "{}", "'role':'inject'");
	live_expect("policy.get", "{}", "'name':'user daemon'");
	be(0, 0);
	live_until("injection.list", "{'limit':10}", "no longer allows corrected");
	guest_acknowledges();
	assert_int_equal(live_os->n_injected, 1);
}

/* The rules change while an intent is on its way to the disk: it is judged when it is there. */
static void an_intent_that_is_being_stored(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	queue_one(1);
	live.conf.grant[0].target_max_severity = CONF_SEV_NONE;
	injector_recheck(live.injector);
	live_until("injection.list", "{'limit':10}", "no longer allows corrected");
	guest_acknowledges();
	live_until("injection.list", "{'limit':10}", "acknowledged");
	assert_int_equal(live_os->n_injected, 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, gate_setup, live_teardown)
	const struct CMUnitTest tests[] = {
		T(grants_and_limits),
		T(a_wrong_file_changes_nothing),
		T(keys_that_need_a_restart),
		T(open_connections_and_queues),
		T(an_intent_that_is_being_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
