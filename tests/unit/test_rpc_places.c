// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who gets a place when there are few left, and whose turn it is. Needs root for other uids. */
#include <sys/resource.h>
#include <sys/stat.h>

#include "control/persons.h"
#include "rpc_env.h"
#include "tests/unit/thread_user.h"

#define VIEW_GID 60001
#define INJECT_GID 60002
#define ADMIN_GID 60003
#define FIRST_UID 70000
#define N_ITEMS 40

static int fds[2 * MAX_CONNS];
static size_t n_fds;

static int setup_places(void **state)
{
	struct rlimit rl;
	int r = setup(state);

	if (geteuid() != 0 || getrlimit(RLIMIT_NOFILE, &rl) < 0)
		return -1;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	chmod(path, 0777);
	conf.roles.gids = (struct conf_gids){ VIEW_GID, INJECT_GID, ADMIN_GID };
	n_fds = 0;
	return r;
}

static int teardown_places(void **state)
{
	for (size_t i = 0; i < n_fds; i++)
		close(fds[i]);
	return teardown(state);
}

/* One more connection of that uid and group: is it accepted? */
static bool comes(uid_t uid, gid_t gid)
{
	struct sockaddr_un sa = address(path);
	size_t before = server->n_conns;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	thread_user(uid, gid);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	thread_user(0, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	fds[n_fds++] = fd;
	return server->n_conns == before + 1;
}

/* So many uids come, 64 times each; how often were they let in? */
static size_t flood(size_t n_uids, gid_t gid)
{
	static uid_t next = FIRST_UID;
	size_t n = 0;

	for (size_t u = 0; u < n_uids; u++, next++)
		for (int i = 0; i < MAX_CONNS_PER_PERSON + 1; i++)
			n += comes(next, gid);
	return n;
}

/* Nobody who may do less takes the places of those who may do more. */
static void places_are_kept(void **state)
{
	(void)state;
	assert_int_equal(flood(3, 0), MAX_CONNS_NO_ROLE);
	assert_int_equal(flood(5, VIEW_GID), MAX_CONNS_VIEW - MAX_CONNS_NO_ROLE);
	assert_int_equal(flood(2, INJECT_GID), MAX_CONNS_INJECT - MAX_CONNS_VIEW);
	assert_int_equal(flood(1, 0), 0);
	assert_int_equal(flood(1, VIEW_GID), 0);
	assert_int_equal(flood(2, ADMIN_GID), MAX_CONNS_ADMIN - MAX_CONNS_INJECT);
	for (size_t i = MAX_CONNS_ADMIN; i < MAX_CONNS; i++)
		assert_true(comes(0, 0));
	assert_false(comes(0, 0));
}

/* All the uids that /etc/subuid gives a person are this person. */
static void sub_uids_are_one_person(void **state)
{
	char file[64];
	struct ras_err err;
	size_t n = 0;
	FILE *f;

	(void)state;
	snprintf(file, sizeof(file), "/tmp/test-rpc-subuid.%d", (int)getpid());
	f = fopen(file, "we");
	assert_non_null(f);
	fputs("1234:200000:65536\n", f);
	fclose(f);
	persons_free(server->persons);
	assert_int_equal(persons_new(&server->persons, base, file, &err), 0);
	for (uid_t u = 0; u < 8; u++)
		for (int i = 0; i < MAX_CONNS_PER_PERSON; i++)
			n += comes(200000 + u * 8191, INJECT_GID);
	assert_int_equal(n, MAX_CONNS_PER_PERSON);
	assert_false(comes(1234, INJECT_GID));
	assert_true(comes(1235, INJECT_GID));
	assert_true(comes(0, 0));
	for (const struct conn *c = server->conns; c; c = c->next)
		if (c->uid >= 200000)
			assert_int_equal(c->account->person, 1234);
	assert_int_equal(persons_of(server->persons, 200000), 1234);
	unlink(file);
}

static uid_t order[64];
static size_t n_order;

static void do_who(struct rpc_call *c, json_object *params)
{
	(void)params;
	if (n_order < ARRAY_LEN(order))
		order[n_order++] = rpc_call_person(c);
	rpc_reply(c, NULL);
}

/* 60 connections of one person and one of another: they take turns as persons. */
static void persons_take_turns(void **state)
{
	static const struct rpc_method who[] = { { "t.who", do_who, RPC_VIEW, false, NULL, 0 } };
	char batch[8192] = "[";
	size_t last = 0, n = 0;

	(void)state;
	server->methods = who;
	server->n_methods = 1;
	for (int i = 0; i < N_ITEMS; i++)
		strcat(batch, &"," CALL("t.who", "{}")[i ? 0 : 1]);
	for (char *p = batch; *p; p++)
		if (*p == '\n')
			*p = ' ';
	strcat(batch, "]\n");
	for (int i = 0; i < 60; i++)
		assert_true(comes(FIRST_UID, VIEW_GID));
	assert_true(comes(FIRST_UID + 1, VIEW_GID));
	for (size_t i = 0; i < n_fds; i++)
		assert_int_equal(write(fds[i], batch, strlen(batch)), (ssize_t)strlen(batch));
	n_order = 0;
	while (n_order < ARRAY_LEN(order))
		event_base_loop(base, EVLOOP_ONCE);
	/* A step that only reads is a turn, too: at least each second one is the other's. */
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		if (order[i] != FIRST_UID + 1)
			continue;
		assert_true(last == 0 || i - last <= 2);
		last = i;
		n++;
	}
	assert_true(last > ARRAY_LEN(order) - 3 || n == N_ITEMS);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup_places, teardown_places)
	const struct CMUnitTest tests[] = { T(places_are_kept), T(sub_uids_are_one_person),
					    T(persons_take_turns) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
