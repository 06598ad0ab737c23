// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What becomes of a record while the guest stops, runs again, wipes it or ends. On a played guest:
 * see live_env.h.
 */
#include "inject/queue.h"
#include "live_env.h"

static void stop_and_go(void)
{
	live_os->status = "{\"status\":\"paused\"}";
	live_say("{\"event\":\"STOP\"" LIVE_AT);
	live_until("domain.explain", "{'domain':'vm1'}", "'state':'paused'");
	live_os->status = NULL;
	live_say("{\"event\":\"RESUME\"" LIVE_AT);
	live_until("domain.explain", "{'domain':'vm1'}", "'state':'running'");
}

/* The table is looked for again: the memory might be a snapshot's. */
static void it_stops_and_runs_again(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	stop_and_go();
	guest_acknowledges();
	live_until("injection.create", RECORD("a"), "'state':'acknowledged'");
}

static void its_table_is_gone_then(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	memset(ram + RAM_BYTES - 0x2000 - 64, 0, HEST_LEN);
	stop_and_go();
	live_until("injection.create", RECORD("a"), "'state':'unknown'");
}

/* rasd has seen the bytes of the one record in the block. */
static void seen_in_block(void)
{
	int64_t end = patience_end_ns();

	while (live.injector->queues->first->watch.best != BEST_PENDING) {
		assert_true(clock_boot_ns() < end);
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		usleep(50);
	}
}

/* A guest OS that clears more than Linux does. */
static void it_wipes_the_block(void **state)
{
	(void)state;
	live_until("injection.create", RECORD("first"), "'state':'acknowledged'");
	live_os->os = OS_SLEEPS;
	written("a");
	seen_in_block();
	memset(ram + LIVE_BLOCK, 0, BLOCK);
	ram[LIVE_READ_ACK] = 1;
	live_until("injection.create", RECORD("a"), "'final':true");
	live_until("injection.create", RECORD("a"), "'state':'acknowledged'");
}

static void it_panics_of_it(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	memset(ram + LIVE_BLOCK, 0, 4); /* read, not acknowledged */
	live_os->status = "{\"status\":\"guest-panicked\"}";
	live_say("{\"event\":\"GUEST_PANICKED\",\"data\":{\"action\":\"pause\"}" LIVE_AT);
	live_until("injection.create", RECORD("a"), "'state':'consumed'");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, live_setup, live_teardown)
	const struct CMUnitTest tests[] = {
		T(it_stops_and_runs_again),
		T(its_table_is_gone_then),
		T(it_wipes_the_block),
		T(it_panics_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
