// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Guests whose processes are real ones that do nothing; what their QEMU would say is put where
 * machine.c puts it. Include after cmocka.
 */
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "guest_env.h"
#include "guests/manager.h"
#include "tests/unit/loop_turn.h"

#define U1 "6a1c1a52-0f5e-4c5e-9d07-000000000001"
#define U2 "6a1c1a52-0f5e-4c5e-9d07-000000000002"
#define NO_UUID NULL

static struct event_base *base;
static struct conf conf;
static struct guests *gs;
static char dir[2][32];
static pid_t child[8];
static size_t n_child;
static bool discovering;

static inline int can_open(struct guest_manager *m, const struct guest *g, struct ras_err *err)
{
	(void)m, (void)g;
	return ras_fail(err, RAS_E_NOT_RUNNING, "it is not running");
}

static inline int64_t not_stuck(struct guest_manager *m, const struct guest *g)
{
	(void)m, (void)g;
	return 0;
}

static inline bool is_discovering(struct guest_manager *m)
{
	(void)m;
	return discovering;
}

static inline void forget(struct guest_manager *m, struct guest *g)
{
	(void)m, (void)g;
}

static inline void free_manager(struct guest_manager *m)
{
	(void)m;
}

static inline int setup(void **state)
{
	static const struct guest_manager_ops ops = { .monitor = "libvirt",
						      .can_open = can_open,
						      .has_monitor = can_open,
						      .stuck_ns = not_stuck,
						      .is_discovering = is_discovering,
						      .forget = forget,
						      .free = free_manager };
	static struct guest_manager m = { .ops = &ops };

	(void)state;
	base = event_base_new();
	conf_defaults(&conf);
	conf.n_qmp_directories = 2;
	for (size_t i = 0; i < 2; i++) {
		snprintf(dir[i], sizeof(dir[i]), "/tmp/rasd-ident-XXXXXX");
		assert_non_null(mkdtemp(dir[i]));
		snprintf(conf.qmp_directory[i], sizeof(conf.qmp_directory[i]), "%s", dir[i]);
	}
	snprintf(conf.libvirt_run_directory, sizeof(conf.libvirt_run_directory), "%s", dir[0]);
	identity_pid_file_owner = geteuid();
	discovering = false;
	if (guests_new(&gs, base, &conf, NULL) < 0)
		return -1;
	guests_set_manager(gs, &m);
	return 0;
}

static inline void end_child(size_t i)
{
	if (child[i] > 0) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
	child[i] = 0;
}

static inline int teardown(void **state)
{
	(void)state;
	guests_free(gs);
	while (n_child)
		end_child(--n_child);
	for (size_t i = 0; i < 2; i++)
		rmdir(dir[i]);
	event_base_free(base);
	return 0;
}

/* A process that plays a QEMU. */
static inline pid_t process(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	child[n_child++] = pid;
	return pid;
}

static inline struct conf_grant *section(const char *name, const char *uuid)
{
	struct conf_grant *g = &conf.grant[conf.n_grants++];

	snprintf(g->domain, sizeof(g->domain), "%s", name);
	g->has_uuid = uuid;
	if (uuid)
		assert_int_equal(uuid_parse(uuid, &g->uuid, NULL), 0);
	return g;
}

static inline struct guest *guest(const char *name)
{
	struct guest *g = guests_add(gs, name, true);

	assert_non_null(g);
	if (g->link.socket == SOCKET_NONE) {
		snprintf(g->link.path, sizeof(g->link.path), "%s/%s.qmp", dir[0], name);
		g->link.dirs = 1;
		g->link.socket = SOCKET_THERE;
		identity_changed(g);
	}
	return g;
}

/* The process answers for that guest by its socket and says this. 0, or why it is not used. */
static inline int answers(const char *name, pid_t pid, const char *said, const char *uuid,
			  struct ras_err *err)
{
	struct guest *g = guest(name);
	int r;

	g->link.state = LINK_PROBING;
	g->link.by = MONITOR_SOCKET;
	guest_life_forget(g);
	guest_machine_forget(g);
	g->life.pid = pid;
	g->life.start_time = process_start_time(pid);
	snprintf(g->machine.said.name, sizeof(g->machine.said.name), "%s", said);
	g->machine.said.has_uuid = uuid;
	if (uuid)
		assert_int_equal(uuid_parse(uuid, &g->machine.said.uuid, NULL), 0);
	r = identity_take(g, err);
	if (r == 0)
		g->link.state = LINK_UP;
	else
		guest_link_refuse(g, err);
	identity_changed(g);
	return r;
}

static inline void accepted(const char *name, pid_t pid, const char *said, const char *uuid)
{
	struct ras_err err = RAS_ERR_NULL;

	if (answers(name, pid, said, uuid, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	assert_true(guest_is_up(guest(name)));
	assert_false(guest_is_other(guest(name), NULL));
}

static inline void refused(const char *name, pid_t pid, const char *said, const char *uuid,
			   const char *why)
{
	struct ras_err err = RAS_ERR_NULL, down;

	assert_int_equal(answers(name, pid, said, uuid, &err), -RAS_E_OTHER_GUEST);
	if (!strstr(err.text, why))
		fail_msg("%s: %s, wanted: %s", name, err.text, why);
	assert_true(guest_is_other(guest(name), &down));
	assert_string_equal(down.text, err.text);
	/* Whoever asks for this guest is told that, and a request does not wait for another. */
	assert_int_equal(guest_why_down(guest(name), &down), -RAS_E_OTHER_GUEST);
	assert_string_equal(down.text, err.text);
}

static inline bool is_other(const char *name)
{
	return guest_is_other(guest(name), NULL);
}
