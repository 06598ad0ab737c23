// SPDX-License-Identifier: LGPL-2.1-or-later
/* What systemd passes and is told (lib/base/systemd.h), and names of sockets (passed.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/passed.h"
#include "base/systemd.h"

static void set_pid(const char *name, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	setenv(name, text, 1);
}

static void numbers_for_others_are_none(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} rows[] = {
		{ "60000000", 60000000 },
		{ "1", 1 },
		{ "0", 0 },
		{ "", 0 },
		{ "-1", 0 },
		{ "x", 0 },
		{ "6000000 0", 0 },
		{ "18446744073709551615", 0 },
	};

	(void)state;
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(systemd_watchdog_us(), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setenv("WATCHDOG_USEC", rows[i].text, 1);
		assert_int_equal(systemd_watchdog_us(), rows[i].us);
	}
	setenv("WATCHDOG_USEC", "60000000", 1);
	set_pid("WATCHDOG_PID", getppid());
	assert_int_equal(systemd_watchdog_us(), 0);
	set_pid("WATCHDOG_PID", getpid());
	assert_int_equal(systemd_watchdog_us(), 60000000);
	setenv("LISTEN_FDS", "2", 1);
	unsetenv("LISTEN_PID");
	assert_int_equal(systemd_fds(), 0);
	set_pid("LISTEN_PID", getppid());
	assert_int_equal(systemd_fds(), 0);
	set_pid("LISTEN_PID", getpid());
	assert_int_equal(systemd_fds(), 2);
	setenv("LISTEN_FDS", "4000000000", 1);
	assert_in_range(systemd_fds(), 1, 64);
}

static void names_of_what_is_passed(void **state)
{
	char name[8];

	(void)state;
	set_pid("LISTEN_PID", getpid());
	setenv("LISTEN_FDS", "4", 1);
	unsetenv("LISTEN_FDNAMES");
	assert_false(systemd_fd_name(0, name, sizeof(name)));
	setenv("LISTEN_FDNAMES", "a::toolongs:" PASSED_TRIGGER, 1);
	assert_true(systemd_fd_name(0, name, sizeof(name)));
	assert_string_equal(name, "a");
	assert_false(systemd_fd_name(1, name, sizeof(name)));
	assert_false(systemd_fd_name(2, name, sizeof(name)));
	assert_true(systemd_fd_name(3, name, sizeof(name)));
	assert_string_equal(name, PASSED_TRIGGER);
	assert_false(systemd_fd_name(4, name, sizeof(name)));
	passed_take();
	assert_int_equal(passed_fd("a"), SYSTEMD_FIRST_FD);
	assert_int_equal(passed_fd(PASSED_TRIGGER), SYSTEMD_FIRST_FD + 3);
	assert_int_equal(passed_fd(PASSED_READ_ONLY), -1);
	setenv("LISTEN_FDS", "0", 1);
}

static int manager(const char *name, bool abstract)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	size_t len = offsetof(struct sockaddr_un, sun_path) + strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(sa.sun_path, name, strlen(name));
	if (abstract)
		sa.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, (socklen_t)len), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void heard(int fd, const char *text)
{
	char got[64];
	ssize_t n = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);

	assert_true(n >= 0);
	got[n] = '\0';
	assert_string_equal(got, text);
}

static void the_manager_is_told(void **state)
{
	char path[64], abstract[64];
	int fd[2];

	(void)state;
	snprintf(path, sizeof(path), "/tmp/rasd-test-notify.%d", (int)getpid());
	snprintf(abstract, sizeof(abstract), "@rasd-test-notify.%d", (int)getpid());
	for (int i = 0; i < 2; i++) {
		fd[i] = manager(i ? abstract : path, i);
		assert_true(systemd_listens());
		systemd_tell("READY=1");
		heard(fd[i], "READY=1");
		assert_true(systemd_try_tell("STATUS=a b"));
		heard(fd[i], "STATUS=a b");
	}
	/* Whoever does not read is not waited for, and hears it later. */
	while (systemd_try_tell("WATCHDOG=1"))
		;
	heard(fd[1], "WATCHDOG=1");
	assert_true(systemd_try_tell("WATCHDOG=1"));
	close(fd[0]);
	close(fd[1]);
	unlink(path);
}

static void nobody_is_told(void **state)
{
	static const char *const names[] = { "", "@", "relative", "/nowhere/at/all",
					     "vsock:2:9999" };
	char longest[200] = "/";

	(void)state;
	memset(longest + 1, 'x', sizeof(longest) - 2);
	unsetenv("NOTIFY_SOCKET");
	assert_false(systemd_listens());
	assert_true(systemd_try_tell("READY=1"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		assert_true(systemd_try_tell("READY=1"));
		systemd_tell("READY=1");
	}
	setenv("NOTIFY_SOCKET", longest, 1);
	assert_true(systemd_try_tell("READY=1"));
}

static void which_sockets_listen(void **state)
{
	int stream = socket(AF_UNIX, SOCK_STREAM, 0), packet = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	(void)state;
	assert_false(systemd_is_listener(-1));
	assert_false(systemd_is_listener(stream));
	/* Linux gives it an abstract name of its own. */
	assert_int_equal(bind(stream, (struct sockaddr *)&sa, sizeof(sa.sun_family)), 0);
	assert_int_equal(bind(packet, (struct sockaddr *)&sa, sizeof(sa.sun_family)), 0);
	assert_int_equal(listen(stream, 1), 0);
	assert_int_equal(listen(packet, 1), 0);
	assert_true(systemd_is_listener(stream));
	assert_false(systemd_is_listener(packet));
	close(stream);
	close(packet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_for_others_are_none),
		cmocka_unit_test(names_of_what_is_passed),
		cmocka_unit_test(the_manager_is_told),
		cmocka_unit_test(nobody_is_told),
		cmocka_unit_test(which_sockets_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
