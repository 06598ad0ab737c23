// SPDX-License-Identifier: LGPL-2.1-or-later
/* What lib/base knows of processes; the log; fail-points; clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/process.h"

/* A process that has ended but is still in the table counts as gone, and so does one of its pid. */
static void processes(void **state)
{
	uint64_t start;
	siginfo_t info;
	pid_t pid;

	(void)state;
	assert_true(process_start_time(getpid()) != 0);
	assert_true(process_alive(getpid(), process_start_time(getpid())));
	assert_false(process_alive(getpid(), process_start_time(getpid()) + 1));
	assert_int_equal(process_of_thread(gettid()), getpid());
	assert_false(process_alive(-1, 0));
	assert_int_equal(process_of_thread(-1), -1);

	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	start = process_start_time(pid);
	assert_true(start != 0);
	assert_true(process_alive(pid, start));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(process_start_time(pid), 0); /* a zombie */
	assert_false(process_alive(pid, start));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(process_start_time(pid), 0);
}

static char logged[256];
static int logged_level;

static void sink(int level, const char *line)
{
	logged_level = level;
	snprintf(logged, sizeof(logged), "%s", line);
}

/* stderr of fn(), in out. */
static void on_stderr(void (*fn)(void), char *out, size_t size)
{
	int pipe_fd[2], old = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(pipe_fd), 0);
	dup2(pipe_fd[1], STDERR_FILENO);
	close(pipe_fd[1]);
	fn();
	fflush(stderr);
	dup2(old, STDERR_FILENO);
	close(old);
	n = read(pipe_fd[0], out, size - 1);
	close(pipe_fd[0]);
	out[n > 0 ? n : 0] = '\0';
}

static void log_one(void)
{
	log_msg(LOG_WARNING, "w");
}

static void logs(void **state)
{
	char out[64];

	(void)state;
	log_set_sink(sink);
	log_msg(LOG_NOTICE, "a\x1b[2J\nb\x7f %d", 5);
	assert_string_equal(logged, "a\\x1b[2J\\x0ab\\x7f 5");
	assert_int_equal(logged_level, LOG_NOTICE);
	log_msg(LOG_DEBUG, "not shown");
	assert_string_equal(logged, "a\\x1b[2J\\x0ab\\x7f 5");
	log_set_level(LOG_DEBUG);
	log_msg(LOG_DEBUG, "shown");
	assert_string_equal(logged, "shown");
	log_set_level(LOG_INFO);
	log_set_sink(NULL);

	unsetenv("JOURNAL_STREAM");
	on_stderr(log_one, out, sizeof(out));
	assert_string_equal(out, "rasd: w\n");
	setenv("JOURNAL_STREAM", "1:2", 1);
	on_stderr(log_one, out, sizeof(out));
	assert_string_equal(out, "<4>w\n");
	unsetenv("JOURNAL_STREAM");
}

/* How a child ends, or stops, that passes the fail-point three times. */
static int pass_three_times(const char *want)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		setenv("RASD_FAILPOINT", want, 1);
		for (int i = 0; i < 3; i++)
			failpoint_hit(FP_reply_before);
		failpoint_hit(FP__MAX);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return status;
}

static void failpoints(void **state)
{
	int status;

	(void)state;
	assert_string_equal(failpoint_name(FP_reply_before), "reply_before");
	assert_null(failpoint_name(FP__MAX));
	status = pass_three_times("reply_before");
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	status = pass_three_times("reply_before:3");
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	status = pass_three_times("reply_before:2:stop");
	assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	/* the fourth passage never comes; another name, also one that only begins alike */
	assert_int_equal(pass_three_times("reply_before:4"), 0);
	assert_int_equal(pass_three_times("reply_after"), 0);
	assert_int_equal(pass_three_times("reply_before_all"), 0);
	/* in this process, which goes on */
	setenv("RASD_FAILPOINT", "reply_before:99", 1);
	failpoint_hit(FP_reply_before);
	failpoint_hit(FP_reply_after);
	unsetenv("RASD_FAILPOINT");
	failpoint_hit(FP_reply_before);
}

static void clocks(void **state)
{
	int64_t before = clock_boot_ns();

	(void)state;
	assert_true(before > 0);
	assert_true(clock_boot_ns() >= before);
	assert_true(clock_real_ns() > INT64_C(1600000000) * 1000000000); /* after 2020 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes),
		cmocka_unit_test(logs),
		cmocka_unit_test(failpoints),
		cmocka_unit_test(clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
