// SPDX-License-Identifier: LGPL-2.1-or-later
/* The safety lever on a played guest, by the control socket. */
#include "gate_env.h"

#define PERSONS 4
#define EACH 25

static int waiting_fd[PERSONS];

/* Four persons fill the queue of the guest, which acknowledges nothing. */
static void fill_queue(void)
{
	int64_t end_ns;

	live_until("domain.list", "{}", "'available':true");
	live_os->os = OS_SLEEPS;
	for (unsigned int p = 0; p < PERSONS; p++) {
		connect_as(SOMEBODY + p, INJECT_GID);
		waiting_fd[p] = live_fd;
		for (unsigned int i = 0; i < EACH; i++)
			queue_one(i);
	}
	end_ns = patience_end_ns();
	while (live_os->n_injected == 0 ||
	       injector_waiting(live.injector, true) != PERSONS * EACH - 1) {
		if (clock_boot_ns() > end_ns)
			fail_msg("%zu wait", injector_waiting(live.injector, true));
		loop_turn(base, EVLOOP_ONCE);
	}
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what))) {
		n++;
		text++;
	}
	return n;
}

/* The one that is in the guest goes on; the 99 behind it are refused, all at once. */
static void stops_a_queue(void **state)
{
	(void)state;
	fill_queue();
	connect_as(SOMEBODY, INJECT_GID);
	live_expect("safety.engage", "{'reason':'dry','dry_run':true}", "'refused':99");
	live_expect("safety.get", "{}", "'engaged':false");
	live_expect("safety.engage", "{'reason':'enough'}", "'refused':99");
	assert_int_equal(injector_open(live.injector), 1);
	guest_acknowledges();
	be(0, 0);
	live_until("injection.list", "{'limit':1000}", "acknowledged");
	assert_int_equal(count(live_ask("injection.list", "{'limit':1000}"),
			       "\"state\":\"refused\",\"final\":true,\"detail\":\"not sent: the "
			       "safety lever is engaged by uid 71100: enough\""),
			 PERSONS * EACH - 1);
	assert_int_equal(live_os->n_injected, 1);
	for (unsigned int p = 0; p < PERSONS; p++)
		close(waiting_fd[p]);
}

static void holds_until_released(void **state)
{
	static const char *const engaged[][3] = {
		{ "injection.create", INJECT("a"), "'reason':'safety-engaged'" },
		{ "injection.create", "{'request_id':'a','domain':'none','gpa':'0x0'}",
		  "'code':1023" },
		{ "injection.create",
		  "{'request_id':'a','domain':'vm1','gpa':'0x40100000','dry_run':true}",
		  "'code':1023" },
		{ "injection.create", "{'request_id':'a','hpa':'0x40000000'}", "'error'" },
		{ "rpc.ping", "{}", "'safety':{'engaged':true,'also_forwarding':false}" },
		{ "domain.explain", "{'domain':'vm1'}", "'safety':{'engaged':true" },
		{ "policy.check", "{'domain':'vm1'}", "'decided_by':'safety-lever'" },
		{ "safety.engage", "{'reason':'all','also_forwarding':true}", "'code':1014" },
		{ "safety.engage", "{'reason':'\\u0007'}", "'field':'reason'" },
		{ "safety.release", "{'reason':'go on'}", "'code':1014" },
		{ "injection.create", WAITED("before"), "'state':'acknowledged'" },
	};

	(void)state;
	be(SOMEBODY, INJECT_GID);
	live_expect("injection.create", WAITED("before"), "'state':'acknowledged'");
	live_expect("safety.engage", "{'reason':'stop'}", "'engaged':true");
	expect_all(engaged, ARRAY_LEN(engaged));
	restart();
	live_expect("safety.get", "{}", "'reason':'stop','uid':71100");
	live_expect("injection.create", INJECT("a"), "'code':1023");
	live_expect("safety.release", "{'reason':'go on','dry_run':true}", "'engaged':false");
	live_expect("injection.create", INJECT("a"), "'code':1023");
	live_expect("safety.release", "{'reason':'go on'}", "'reason':'go on'");
	live_expect("safety.get", "{}", "'reason':'go on'");
	live_expect("injection.create", WAITED("a"), "'state':'acknowledged'");
	restart();
	live_expect("injection.create", WAITED("b"), "'state':'acknowledged'");
}

/*
 * Whoever engages it again does not give the guests back what an administrator has held back, nor
 * is said to have done it.
 */
static void also_forwarding_stays(void **state)
{
	(void)state;
	live_expect("safety.engage", "{'reason':'all','also_forwarding':true}",
		    "'also_forwarding':true");
	be(SOMEBODY, INJECT_GID);
	live_expect("safety.engage", "{'reason':'more'}", "'also_forwarding':true");
	live_expect("safety.get", "{}", "'reason':'all'");
	assert_true(policy_lever_check(injector_policy(live.injector), ORIGIN_HOST_EVENT, NULL) <
		    0);
	restart();
	assert_true(policy_lever_check(injector_policy(live.injector), ORIGIN_HOST_EVENT, NULL) <
		    0);
	live_expect("safety.release", "{'reason':'end'}", "'also_forwarding':false");
	live_expect("safety.engage", "{'reason':'targets'}", "'also_forwarding':false");
	assert_int_equal(
		policy_lever_check(injector_policy(live.injector), ORIGIN_HOST_EVENT, NULL), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, gate_setup, live_teardown)
	const struct CMUnitTest tests[] = {
		T(stops_a_queue),
		T(holds_until_released),
		T(also_forwarding_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
