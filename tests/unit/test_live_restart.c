// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Records whose outcome was open when rasd ended: what its next life makes of them. On a played
 * guest: see live_env.h.
 */
#include <sqlite3.h>

#include "live_env.h"
#include "tests/unit/loop_turn.h"

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

/* Whether a request is stored. */
static bool journal_has(const char *id)
{
	struct journal_row *row = calloc(1, sizeof(*row));
	struct ras_err err;
	bool has = injector_find_request(live.injector, geteuid(), id, row, &err) == 0;

	free(row);
	return has;
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
	live_until("injection.create", RECORD("a"), why);
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

/* Its process lives, but the guest is another's now. */
static void its_process_is_no_guest_any_more(void **state)
{
	char text[160];

	(void)state;
	snprintf(text, sizeof(text), "UPDATE injection SET qemu_pid = %d, qemu_start_time = %llu",
		 (int)getpid(), (unsigned long long)process_start_time(getpid()));
	unknown_after(text, "the guest has another QEMU now");
}

/* A row of a version that did not store the monitor is settled by the one that there is. */
static void by_an_unnamed_monitor(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	live_rooms_end();
	sql("UPDATE injection SET monitor = ''");
	guest_acknowledges();
	begin();
	live_until("injection.create", RECORD("a"), "'state':'acknowledged'");
}

/* The guest ended while there was no rasd to hear of it: its state says so. */
static void it_panicked_meanwhile(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	live_rooms_end();
	memset(ram + LIVE_BLOCK, 0, 4); /* read, and not acknowledged */
	live_os->status = "{\"status\":\"guest-panicked\"}";
	begin();
	live_until("injection.create", RECORD("a"), "'state':'consumed'");
}

/* Of two that were written, the earlier one must have been acknowledged. */
static void two_were_written(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	live_send("injection.create", RECORD("b"));
	for (int64_t end_ns = patience_end_ns(); clock_boot_ns() < end_ns && !journal_has("b");)
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	live_rooms_end();
	sql("UPDATE injection SET state = 'written' WHERE request_id = 'b'");
	begin();
	live_until("injection.create", RECORD("a"), "'state':'acknowledged'");
}

/*
 * Two records without an id of their own cannot be told apart: the one that was not sent yet is
 * refused by the next life, which could not prove what it sees.
 */
static void what_waited_behind(void **state)
{
#define BEHIND \
	"{'request_id':'b','domain':'vm1','gpa':'0x40200000','fru_id':'none','timeout_ms':600000}"
	(void)state;
	live_os->os = OS_SLEEPS;
	written("a");
	live_send("injection.create", BEHIND);
	/* The answer comes when it is sent, so another connection sees that it is stored. */
	for (int64_t end_ns = patience_end_ns(); clock_boot_ns() < end_ns && !journal_has("b");)
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	live_rooms_end();
	guest_acknowledges();
	begin();
	live_until("injection.create", RECORD("a"), "'state':'acknowledged'");
	live_until("injection.create", BEHIND, "'state':'refused'");
	assert_int_equal(live_os->n_injected, 1);
}

/* A request that waits for its guest's monitor is answered when rasd ends, and is not stored. */
static void it_ends_with_a_request_that_waits(void **state)
{
	(void)state;
	live_rooms_end();
	kill(qemu, SIGSTOP); /* it does not greet */
	begin();
	live_send("injection.create", RECORD("a"));
	for (int i = 0; i < 50; i++) {
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		usleep(1000);
	}
	assert_false(journal_has("a"));
	live_rooms_end();
	kill(qemu, SIGCONT);
	begin();
	live_until("injection.create", RECORD("a"), "'state':'acknowledged'");
	assert_int_equal(live_os->n_injected, 1);
}

/* The same id three times before the guest is known: one injection, and one conflict. */
static void the_same_id_at_once(void **state)
{
#define ONE(gpa)                                                                   \
	"{\"jsonrpc\":\"2.0\",\"id\":\"" gpa "\",\"method\":\"injection.create\"," \
	"\"params\":{\"request_id\":\"s\",\"domain\":\"vm1\",\"gpa\":\"" gpa "\",\"wait\":true}}"
	const char *text;

	(void)state;
	text = live_ask_line(
		"[" ONE("0x40100000") "," ONE("0x40100000") "," ONE("0x40200000") "]\n");
	assert_non_null(strstr(text, "\"state\":\"acknowledged\""));
	assert_non_null(strstr(text, "\"id\":\"0x40200000\",\"error\":{\"code\":1012"));
	assert_int_equal(live_os->n_injected, 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, live_setup, live_teardown)
	const struct CMUnitTest tests[] = {
		T(it_was_acknowledged_meanwhile),
		T(it_is_still_there),
		T(by_a_backend_of_later),
		T(the_host_was_restarted),
		T(another_qemu),
		T(what_waited_behind),
		T(it_ends_with_a_request_that_waits),
		T(the_same_id_at_once),
		T(its_process_is_no_guest_any_more),
		T(by_an_unnamed_monitor),
		T(it_panicked_meanwhile),
		T(two_were_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
