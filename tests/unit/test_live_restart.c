// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Records whose outcome was open when rasd ended: what its next life makes of them, and what becomes
 * of a record while the guest stops, runs again or ends. On a played guest: see live_env.h.
 */
#include <sqlite3.h>

#include "live_env.h"

#define RECORD(id) "{'request_id':'" id "','domain':'vm1','gpa':'0x40100000'}"
#define AT ",\"timestamp\":{\"seconds\":1,\"microseconds\":1}}\r\n"

static void written(const char *id)
{
	char params[128];

	snprintf(params, sizeof(params), "{'request_id':'%s','domain':'vm1','gpa':'0x40100000'}",
		 id);
	live_until("injection.create", params, "'state':'written'");
}

static void guest_acknowledges(void)
{
	memset(ram + LIVE_BLOCK, 0, 4);
	ram[LIVE_READ_ACK] = 1;
}

/* Change the journal while no rasd has it. */
static void sql(const char *text)
{
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/state/journal.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void begin(void)
{
	live_rooms();
	live_connect();
}

static void it_was_acknowledged_meanwhile(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	live_rooms_end();
	guest_acknowledges();
	begin();
	live_until("injection.create", RECORD("a"), "'state':'acknowledged'");
	assert_int_equal(live_os->n_injected, 1);
}

static void it_is_still_there(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	live_rooms_end();
	begin();
	live_expect("injection.list", "{}", "'state':'written'");
	guest_acknowledges();
	live_until("injection.create", RECORD("a"), "'state':'acknowledged'");
	assert_int_equal(live_os->n_injected, 1);
}

/* What nothing can be proved of is unknown, and says why. */
static void unknown_after(const char *change, const char *why)
{
	live_os->os = OS_SLEEPS;
	written("a");
	live_rooms_end();
	if (change)
		sql(change);
	begin();
	live_until("injection.create", RECORD("a"), "'state':'unknown'");
	live_expect("injection.create", RECORD("a"), why);
}

static void by_a_backend_of_later(void **state)
{
	(void)state;
	unknown_after("UPDATE injection SET backend = 'future'", "which this rasd does not have");
}

static void the_host_was_restarted(void **state)
{
	(void)state;
	unknown_after("DROP TRIGGER transition_no_update;"
		      "UPDATE transition SET boot_id = '00000000-0000-4000-8000-000000000000'",
		      "the host was restarted");
}

static void another_qemu(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	live_rooms_end();
	end(qemu);
	close(live_say_fd[0]);
	close(live_say_fd[1]);
	unlink_in_dir("vm1.qmp");
	live_start_qemu();
	begin();
	live_until("injection.create", RECORD("a"), "'state':'unknown'");
	live_os->os = OS_ACKS;
	live_until("injection.create", RECORD("b"), "'state':'acknowledged'");
}

/* --- a guest that stops --- */

static void stop_and_go(void)
{
	live_os->status = "{\"status\":\"paused\"}";
	live_say("{\"event\":\"STOP\"" AT);
	live_until("domain.explain", "{'domain':'vm1'}", "'state':'paused'");
	live_os->status = NULL;
	live_say("{\"event\":\"RESUME\"" AT);
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

/* A guest OS that clears more than Linux does. */
static void it_wipes_the_block(void **state)
{
	(void)state;
	live_until("injection.create", RECORD("first"), "'state':'acknowledged'");
	live_os->os = OS_SLEEPS;
	written("a");
	usleep(50000); /* it is seen in the block */
	memset(ram + LIVE_BLOCK, 0, BLOCK);
	ram[LIVE_READ_ACK] = 1;
	live_until("injection.create", RECORD("a"), "'final':true");
	live_expect("injection.create", RECORD("a"), "'state':'acknowledged'");
}

static void it_panics_of_it(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	memset(ram + LIVE_BLOCK, 0, 4); /* read, not acknowledged */
	live_os->status = "{\"status\":\"guest-panicked\"}";
	live_say("{\"event\":\"GUEST_PANICKED\",\"data\":{\"action\":\"pause\"}" AT);
	live_until("injection.create", RECORD("a"), "'state':'consumed'");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, live_setup, live_teardown)
	const struct CMUnitTest tests[] = {
		T(it_was_acknowledged_meanwhile), T(it_is_still_there),	 T(by_a_backend_of_later),
		T(the_host_was_restarted),	  T(another_qemu),	 T(it_stops_and_runs_again),
		T(its_table_is_gone_then),	  T(it_wipes_the_block), T(it_panics_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
