// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The verb `trace` of the real rasd-pagemap. It says no to all that is not in its list, whatever
 * kernel this is. test_host_kernel.py has a kernel with tracepoints. Needs root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "base/log.h"
#include "tests/unit/helper_env.h"
#include "tests/unit/silent.h"

static int trace(enum helper_trace which, uint32_t index)
{
	return ask(helper_trace(client, which, index, on_reply, NULL, NULL));
}

/* The numbers before it are good, so this is what the bound refuses. */
static void test_bounds(void **state)
{
	(void)state;
	assert_int_equal(trace((enum helper_trace)99, 0), -RAS_E_HELPER);
	assert_non_null(strstr(got.text, "no such thing"));
	assert_int_equal(trace(HELPER_TRACE_FORMAT, HELPER_TRACE_N_EVENTS), -RAS_E_HELPER);
	assert_non_null(strstr(got.text, "no such event"));
	assert_int_equal(trace(HELPER_TRACE_CPU, 16384), -RAS_E_NOT_FOUND);
	assert_int_equal(trace(HELPER_TRACE_CPU, UINT32_MAX), -RAS_E_HELPER);
	assert_int_equal(got_fd, -1);
}

/* What is there is passed read-only and does not block; what is not is told by its path. */
static void test_what_there_is(void **state)
{
	static const enum helper_trace all[] = { HELPER_TRACE_FORMAT, HELPER_TRACE_CPU,
						 HELPER_TRACE_ACTIVE, HELPER_TRACE_KMSG };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (trace(all[i], 0) < 0) {
			assert_non_null(strchr(got.text, '/'));
			assert_int_equal(got_fd, -1);
			continue;
		}
		assert_true(got_fd >= 0);
		assert_int_equal(fcntl(got_fd, F_GETFL) & O_ACCMODE, O_RDONLY);
		assert_true(fcntl(got_fd, F_GETFL) & O_NONBLOCK);
		close(got_fd);
	}
}

static void as_input(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || dup2(fd, 0) < 0)
		_exit(126);
}

/* As under systemd: standard input is what is passed on. */
static void kmsg_as_input(void)
{
	as_input("/dev/kmsg");
}

static void null_as_input(void)
{
	as_input("/dev/null");
}

/* As in a container without it. */
static void hide_kmsg(void)
{
	null_as_input();
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/dev", "tmpfs", 0, NULL) < 0)
		_exit(126);
}

static void begin(void (*also)(void))
{
	helper_client_free(client);
	end_helper();
	start_helper_also(also);
}

/* It is not there, or the kernel does not let root read it: that is the answer, with the reason. */
static void assert_no_kmsg(void (*also)(void), int why)
{
	begin(also);
	assert_int_equal(trace(HELPER_TRACE_KMSG, 0), -RAS_E_HELPER);
	assert_non_null(strstr(got.text, "cannot open /dev/kmsg"));
	assert_non_null(strstr(got.text, strerror(why)));
	assert_int_equal(got_fd, -1);
}

/* What the kernel at hand gives to root, rasd-pagemap passes on. */
static void test_kmsg(void **state)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_CLOEXEC);
	struct stat st;

	(void)state;
	if (fd < 0) {
		assert_no_kmsg(null_as_input, errno);
		return;
	}
	close(fd);
	for (int i = 0; i < 2; i++) {
		begin(i ? kmsg_as_input : null_as_input);
		assert_int_equal(trace(HELPER_TRACE_KMSG, 0), 0);
		assert_int_equal(fstat(got_fd, &st), 0);
		assert_true(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 11));
		assert_true(fcntl(got_fd, F_GETFL) & O_NONBLOCK);
		close(got_fd);
	}
}

static void test_no_kmsg(void **state)
{
	(void)state;
	assert_no_kmsg(hide_kmsg, ENOENT);
}

static int setup_running(void **state)
{
	int r = setup(state);

	if (r == 0)
		start_helper();
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_what_there_is),
		cmocka_unit_test(test_kmsg),
		cmocka_unit_test(test_no_kmsg),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, setup_running, teardown);
}
