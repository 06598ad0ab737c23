// SPDX-License-Identifier: LGPL-2.1-or-later
/* Shared by the tests of the gate: live_env.h, with callers of several uids and groups. */
#pragma once

#include <sys/stat.h>

#include "inject/policy.h"
#include "tests/unit/live_env.h"
#include "tests/unit/thread_user.h"

#define VIEW_GID 71001
#define INJECT_GID 71002
#define ADMIN_GID 71003
#define TEAM_GID 71004
#define OTHER_GID 71005
#define SOMEBODY 71100

#define INJECT(id) "{'request_id':'" id "','domain':'vm1','gpa':'0x40100000'}"
#define WAITED(id) "{'request_id':'" id "','domain':'vm1','gpa':'0x40100000','wait':true}"

/* A connection of this uid and group; the one before stays. */
static inline void connect_as(uid_t uid, gid_t gid)
{
	thread_user(uid, gid);
	live_connect();
	thread_user(0, 0);
}

/* The next requests come from this uid and group. */
static inline void be(uid_t uid, gid_t gid)
{
	close(live_fd);
	connect_as(uid, gid);
}

static inline void open_to_all(void)
{
	live.conf.roles.gids = (struct conf_gids){ VIEW_GID, INJECT_GID, ADMIN_GID };
	assert_int_equal(chmod(dir, 0711), 0);
	assert_int_equal(chmod(live_socket, 0777), 0);
}

static inline int gate_setup(void **state)
{
	int r = live_setup(state);

	if (r == 0)
		open_to_all();
	return r;
}

static inline void restart(void)
{
	live_rooms_end();
	live_rooms();
	open_to_all();
	live_connect();
	live_until("domain.list", "{}", "'available':true");
}

static inline void expect_all(const char *const ask[][3], size_t n)
{
	for (size_t i = 0; i < n; i++)
		live_expect(ask[i][0], ask[i][1], ask[i][2]);
}

/* One more injection waits in the queue of a guest that is ready. */
static inline void queue_one(unsigned int number)
{
	const size_t before = injector_open(live.injector);
	int64_t end_ns = patience_end_ns();
	char params[128], said[2048];
	ssize_t n;

	snprintf(params, sizeof(params),
		 "{'request_id':'q%u','domain':'vm1','gpa':'0x40100000','timeout_ms':600000,"
		 "'wait':true}",
		 number);
	live_send("injection.create", params);
	while (injector_open(live.injector) == before) {
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		n = read(live_fd, said, sizeof(said) - 1);
		if (n >= 0 || clock_boot_ns() > end_ns)
			fail_msg("%u does not wait: %.*s", number, n > 0 ? (int)n : 0, said);
		usleep(50);
	}
}
