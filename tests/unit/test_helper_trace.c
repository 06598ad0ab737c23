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

/* As under systemd: standard input is what is passed on. */
static void kmsg_as_input(void)
{
	int fd = open("/dev/kmsg", O_RDONLY);

	if (fd < 0 || dup2(fd, 0) < 0)
		_exit(126);
}

static void null_as_input(void)
{
	int fd = open("/dev/null", O_RDONLY);

	if (fd < 0 || dup2(fd, 0) < 0)
		_exit(126);
}

static void begin(void (*also)(void))
{
	helper_client_free(client);
	end_helper();
	start_helper_also(also);
}

static void test_kmsg(void **state)
{
	struct stat st;

	(void)state;
	if (access("/dev/kmsg", R_OK) < 0)
		skip(); /* a container without it */
	for (int i = 0; i < 2; i++) {
		begin(i ? kmsg_as_input : null_as_input);
		assert_int_equal(trace(HELPER_TRACE_KMSG, 0), 0);
		assert_int_equal(fstat(got_fd, &st), 0);
		assert_true(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 11));
		assert_true(fcntl(got_fd, F_GETFL) & O_NONBLOCK);
		close(got_fd);
	}
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
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, setup_running, teardown);
}
