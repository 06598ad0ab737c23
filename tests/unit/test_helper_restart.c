// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasd-pagemap with many guests, and one that is restarted by systemd. */
#include "helper_hostile.h"
#include "tests/unit/loop_turn.h"

/* More guests than the helper keeps: the one used longest ago has to be searched again. */
static void test_eviction(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++)
		answer(helper_pagemap(client, 1, 1000 + (uint64_t)i, on_reply, NULL, NULL));
	assert_int_equal(slot(qemu), 0);
	for (int i = 0; i < 300; i++)
		answer(helper_pagemap(client, 1, 2000 + (uint64_t)i, on_reply, NULL, NULL));
	assert_int_equal(slot(qemu), -RAS_E_NOT_FOUND);
	assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
	assert_int_equal(slot(qemu), 0);
}

/* As systemd does: the listening socket is descriptor 3. */
static void activate_helper(int listener)
{
	char pid_text[16];

	helper_pid = fork();
	assert_true(helper_pid >= 0);
	if (helper_pid == 0) {
		snprintf(pid_text, sizeof(pid_text), "%d", (int)getpid());
		setenv("LISTEN_PID", pid_text, 1);
		setenv("LISTEN_FDS", "1", 1);
		if (dup2(listener, 3) == 3)
			execl(helper_bin(), "rasd-pagemap", "--config", conf_path, (char *)NULL);
		_exit(127);
	}
}

static int n_up, n_down;
static struct notify_sub link_sub;

static void on_link(void *arg, const void *what)
{
	const struct helper_link *link = what;

	(void)arg;
	link->up ? n_up++ : n_down++;
}

static bool stranger_is_thrown_out(const struct sockaddr_un *sa)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
		char c;

		if (setresuid(UID, UID, UID) < 0 ||
		    connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) < 0)
			_exit(2);
		_exit(recv(fd, &c, 1, 0) == 0 ? 0 : 1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

/* A helper that systemd starts: first absent, then killed during calls, then running again. */
static void test_reconnect(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int listener, r[2] = { 0, 0 };

	(void)state;
	helper_client_free(client);
	end_helper();
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/pagemap.sock", dir);
	assert_int_equal(helper_client_connect(&client, base, sa.sun_path, &test_waits, NULL), 0);
	helper_client_subscribe(client, &link_sub, on_link, NULL);
	assert_false(helper_client_alive(client));
	assert_non_null(strstr(helper_client_why(client), "No such file"));
	assert_int_equal(helper_slot(client, qemu, 1, 1, 0, on_reply, NULL, NULL), -RAS_E_HELPER);

	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(chmod(sa.sun_path, 0777), 0);
	assert_int_equal(listen(listener, 8), 0);
	activate_helper(listener);
	while (n_up == 0)
		loop_turn(base, EVLOOP_ONCE);
	assert_true(helper_client_alive(client));
	/* It is still being started. */
	assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
	assert_int_equal(slot(qemu), 0);
	assert_true(stranger_is_thrown_out(&sa));
	assert_int_equal(slot(qemu), 0);

	kill(helper_pid, SIGSTOP);
	n_other = 0;
	assert_int_equal(helper_slot(client, qemu, start_of(qemu), 1, 0, on_other, &r[0], NULL), 0);
	assert_int_equal(helper_slot(client, qemu, start_of(qemu), 1, 0, on_other, &r[1], NULL), 0);
	kill(helper_pid, SIGKILL);
	waitpid(helper_pid, NULL, 0);
	while (n_down == 0)
		loop_turn(base, EVLOOP_ONCE);
	assert_int_equal(n_other, 2);
	assert_int_equal(r[0], -RAS_E_HELPER);
	assert_int_equal(r[1], -RAS_E_HELPER);
	assert_false(helper_client_alive(client));

	activate_helper(listener);
	while (n_up == 1)
		loop_turn(base, EVLOOP_ONCE);
	assert_int_equal(slot(qemu), -RAS_E_NOT_FOUND); /* another helper, which knows nothing */
	assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
	assert_int_equal(slot(qemu), 0);
	assert_int_equal(n_down, 1);
	close(listener);
	end(helper_pid); /* it would wait for other clients */
	helper_pid = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_eviction),
		cmocka_unit_test(test_reconnect),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, setup_running, teardown);
}
