// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the control socket bounds for a person: calls, also of clients that left, and idleness. */
#include <sys/stat.h>

#include "rpc_env.h"

#define HOLD CALL("t.hold", "{}")
#define ECHO CALL("t.echo", "{\"s\":\"a\"}")

static void say(int fd, const char *text, int times)
{
	for (int i = 0; i < times; i++)
		assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	turn();
}

static void answer_one(void)
{
	assert_true(n_held > 0);
	rpc_reply(held[0], json_object_new_int(0));
	held[0] = held[--n_held];
	turn();
}

static void answer_all(void)
{
	while (n_held)
		answer_one();
}

static void look(unsigned int times)
{
	for (unsigned int i = 0; i < times; i++) {
		event_active(server->idle_ev, EV_TIMEOUT, 1);
		turn();
	}
}

/* A connection that holds none of them is served all the same. */
static void calls_of_a_person(void **state)
{
	enum { FULL = MAX_CALLS_PER_PERSON / MAX_CALLS_PER_CONN };
	int fd[FULL + 1];

	(void)state;
	for (int i = 0; i <= FULL; i++) {
		fd[i] = dial(RPC_ADMIN);
		say(fd[i], HOLD, MAX_CALLS_PER_CONN);
	}
	assert_int_equal(n_held, MAX_CALLS_PER_PERSON + 1);
	assert_non_null(strstr(ask(dial(RPC_VIEW), ECHO), "\"result\""));
	/* The last connection has one open. It goes on when there is room for all. */
	answer_one();
	assert_int_equal(n_held, MAX_CALLS_PER_PERSON);
	answer_one();
	assert_int_equal(n_held, MAX_CALLS_PER_PERSON);
	answer_all();
	assert_int_equal(server->accounts->n_calls, 0);
	for (int i = 0; i <= FULL; i++)
		close(fd[i]);
}

/* Who asks for something slow and leaves, again and again, is not served for ever. */
static void clients_that_left(void **state)
{
	const size_t most = MAX_CALLS_PER_PERSON + MAX_CONNS_PER_PERSON;

	(void)state;
	assert_int_equal(chmod(path, 0777), 0);
	for (size_t i = 0; i < most + 20; i++) {
		int fd = dial_as_somebody();

		say(fd, HOLD, 1);
		close(fd);
		look(1);
	}
	assert_int_equal(n_held, most);
	/* The lines that wait are begun when there is room, though nobody will hear the answer. */
	answer_one();
	assert_int_equal(n_held, most);
	/* Others know nothing of it. */
	assert_non_null(strstr(ask(dial(RPC_ADMIN), ECHO), "\"result\""));
	answer_all();
	assert_int_equal(server->n_conns, 1);
	assert_null(server->accounts->next);
}

/* A call that is open when the server ends may still be answered. */
static void after_the_server(void **state)
{
	int fd = dial(RPC_ADMIN);

	(void)state;
	say(fd, HOLD, 2);
	server_free(server);
	server = NULL;
	rpc_reply(held[0], json_object_new_int(0));
	rpc_reply(held[1], json_object_new_int(0));
	close(fd);
}

static void idle_connections(void **state)
{
	const unsigned int looks = IDLE_SECONDS / IDLE_LOOK_SECONDS;
	int quiet = dial(RPC_ADMIN), waits = dial(RPC_ADMIN), asks = dial(RPC_ADMIN);
	char byte;

	(void)state;
	assert_true(evtimer_pending(server->idle_ev, NULL));
	say(waits, HOLD, 1);
	look(looks);
	assert_int_equal(server->n_conns, 3);
	assert_non_null(strstr(ask(asks, ECHO), "\"result\""));
	look(1);
	assert_int_equal(server->n_conns, 2);
	assert_int_equal(read(quiet, &byte, 1), 0);
	look(looks);
	assert_int_equal(server->n_conns, 2);
	look(1);
	assert_int_equal(server->n_conns, 1);
	assert_int_equal(read(asks, &byte, 1), 0);
	/* Who waits for an answer is not idle. */
	look(looks + 1);
	assert_int_equal(server->n_conns, 1);
	answer_all();
	look(looks + 2);
	assert_int_equal(server->n_conns, 0);
	close(quiet);
	close(waits);
	close(asks);
}

static void nothing_to_wait_for_without_a_role(void **state)
{
	int fd = dial(RPC_NONE);
	char byte;

	(void)state;
	look(IDLE_SECONDS_NO_ROLE / IDLE_LOOK_SECONDS);
	assert_int_equal(server->n_conns, 1);
	look(1);
	assert_int_equal(server->n_conns, 0);
	assert_int_equal(read(fd, &byte, 1), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(calls_of_a_person, setup, teardown),
		cmocka_unit_test_setup_teardown(clients_that_left, setup, teardown),
		cmocka_unit_test_setup_teardown(after_the_server, setup, teardown),
		cmocka_unit_test_setup_teardown(idle_connections, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_to_wait_for_without_a_role, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
