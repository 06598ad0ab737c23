// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasd, the program: options, bad starts, becoming its user, serving, and its end. Needs root, as
 * rasd gives it up.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/unit/patience.h"

#define MAX_ARGS 12
#define USER "nobody" /* every system has it */

static char dir[64], conf[96], out[65536];
static size_t n_out;
static pid_t pid;
static int from = -1; /* what it prints */
static int pass_fd = -1;

static const char *bin(const char *name)
{
	const char *helper = getenv("RASD_PAGEMAP");
	static char path[2][256];
	char *p = path[strcmp(name, "rasd") == 0];

	if (!helper)
		helper = "build/asan/rasd-pagemap";
	snprintf(p, sizeof(path[0]), "%.*s/%s", (int)(strrchr(helper, '/') - helper), helper, name);
	if (access(p, X_OK) < 0)
		fail_msg("%s: %s; build it", p, strerror(errno));
	return p;
}

/* In the process that becomes rasd: as systemd does, and with its limits. */
static void pass_socket(void)
{
	const struct rlimit few = { 256, 4096 };
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)getpid());
	setenv("LISTEN_PID", text, 1);
	setenv("LISTEN_FDS", "1", 1);
	if (dup2(pass_fd, 3) != 3 || fcntl(3, F_SETFD, 0) < 0 || setrlimit(RLIMIT_NOFILE, &few) < 0)
		_exit(126);
}

static void start(const char *words)
{
	char copy[512], *argv[MAX_ARGS] = { (char *)(uintptr_t) "rasd" };
	const char *path = bin("rasd");
	size_t n = 1;
	int p[2];

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *w = strtok(copy, " "); w && n < MAX_ARGS - 1; w = strtok(NULL, " "))
		argv[n++] = w;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	n_out = 0;
	out[0] = '\0';
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(p[1], 1);
		dup2(p[1], 2);
		if (pass_fd >= 0)
			pass_socket();
		execv(path, argv);
		_exit(127);
	}
	close(p[1]);
	from = p[0];
	fcntl(from, F_SETFL, O_NONBLOCK);
}

/* Until it has printed want; NULL: until it has closed its output. */
static void printed(const char *want)
{
	int64_t end = patience_end_ns();
	ssize_t r = -1;

	while (r != 0 && clock_boot_ns() < end && !(want && strstr(out, want))) {
		r = read(from, out + n_out, sizeof(out) - 1 - n_out);
		if (r > 0)
			n_out += (size_t)r;
		else
			usleep(500);
		out[n_out] = '\0';
	}
	if (want && !strstr(out, want))
		fail_msg("wanted \"%s\", rasd printed %s", want, out);
}

static int ended(void)
{
	int status;

	printed(NULL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	pid = 0;
	close(from);
	from = -1;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void run(const char *words, int code, const char *want)
{
	int got;

	start(words);
	got = ended();
	if (got != code || !strstr(out, want))
		fail_msg("rasd %s -> %d, %s; wanted %d, %s", words, got, out, code, want);
}

static void write_conf(const char *rasd, const char *more)
{
	FILE *f = fopen(conf, "we");

	assert_non_null(f);
	fprintf(f,
		"[rasd]\nuser = " USER "\nsocket = %s/run/rasd.sock\nhelper-socket = %s/no.sock\n"
		"state-directory = %s/state\nghes-directory = %s/ghes\n%s\n[guests]\n"
		"qmp-directory = %s\nqemu-user = 64055\n"
		"libvirt-uri = none\n%s\n",
		dir, dir, dir, dir, rasd, dir, more);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		fprintf(stderr, "test_rasd: must run as root\n");
		return -1;
	}
	strcpy(dir, "/tmp/test-rasd-XXXXXX");
	if (!mkdtemp(dir) || chmod(dir, 0755) < 0)
		return -1;
	snprintf(conf, sizeof(conf), "%s/rasd.conf", dir);
	write_conf("", "");
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = {
		"rasd.conf",	    "run/rasd.sock",	    "run/trigger.sock",
		"state/journal.db", "state/journal.db-wal", "state/journal.db-shm"
	};
	static const char *const dirs[] = { "run", "state", "ghes", "" };
	char path[160];

	(void)state;
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, dirs[i]);
		rmdir(path);
	}
	return 0;
}

static void options(void **state)
{
	(void)state;
	run("--help", 0, "usage: rasd");
	run("--version", 0, "rasd ");
	run("--failpoints", 0, "journal_committed");
	run("--no-such-option", 2, "usage: rasd");
	run("word", 2, "usage: rasd");
}

static void with_conf(const char *more, int code, const char *want)
{
	char words[256];

	snprintf(words, sizeof(words), "--config %s%s", conf, more);
	run(words, code, want);
}

static void write_user(const char *user)
{
	FILE *f = fopen(conf, "we");

	assert_non_null(f);
	fprintf(f, "[rasd]\nuser = %s\nsocket = %s/run/rasd.sock\nghes-directory = %s/ghes\n", user,
		dir, dir);
	assert_int_equal(fclose(f), 0);
}

static void bad_starts(void **state)
{
	struct stat st;
	char path[160];

	(void)state;
	run("--config /nonexistent", 78, "/nonexistent");
	write_conf("no-such-key = 1", "");
	with_conf("", 78, "no-such-key");
	write_user("root");
	with_conf("", 78, "user");
	write_user("no-such-user");
	with_conf("", 78, "no unprivileged user");
	write_conf("", "");
	/* The state directory is a file. */
	snprintf(path, sizeof(path), "%s/state", dir);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	with_conf("", 1, "state");
	unlink(path);
	/* So is the directory of the socket. */
	snprintf(path, sizeof(path), "%s/run/rasd.sock", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/run/rasd-ro.sock", dir);
	assert_int_equal(unlink(path), 0);
	/* That of rasd-trigger is root's alone. */
	snprintf(path, sizeof(path), "%s/run/trigger.sock", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode) && st.st_uid == 0 && !(st.st_mode & 077));
	unlink(path);
	snprintf(path, sizeof(path), "%s/run", dir);
	assert_int_equal(rmdir(path), 0);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	with_conf("", 1, "rasd.sock");
	unlink(path);
}

/* A line of /proc/PID/status must begin so. */
static void status_says(const char *want)
{
	char path[64], text[8192];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	if (!strstr(text, want))
		fail_msg("%s has no \"%s\"", text, want);
}

static void serving(const char *more)
{
	char words[256];

	snprintf(words, sizeof(words), "--debug --config %s%s", conf, more);
	start(words);
	printed("ready on ");
	status_says("\nCapEff:\t0000000000000000\n");
	status_says("\nCapBnd:\t0000000000000000\n");
	status_says("\nNoNewPrivs:\t1\n");
}

static void it_serves_and_stops(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	static const char ping[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.ping\",\"params\":{}}\n";
	char text[2048] = "";
	struct stat st;
	pid_t first;
	int fd, keep;

	(void)state;
	serving("");
	printed("no helper yet");
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/run/rasd.sock", dir);
	assert_int_equal(stat(sa.sun_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(write(fd, ping, sizeof(ping) - 1), sizeof(ping) - 1);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "\"pong\":true"));
	close(fd);
	/* Another must not take its socket away. */
	first = pid;
	keep = from;
	with_conf("", 1, "another rasd serves");
	pid = first;
	from = keep;
	n_out = 0;
	kill(pid, SIGTERM);
	assert_int_equal(ended(), 0);
	assert_non_null(strstr(out, "signal 15: stopping"));
}

/* The socket that systemd made is served, and none is made beside it. */
static void a_socket_is_passed(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	static const char list[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"domain.list\",\"params\":{}}\n";
	char text[4096] = "", limits[4096];
	FILE *f;
	int fd;

	(void)state;
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/passed.sock", dir);
	pass_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(pass_fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(pass_fd, 4), 0);
	serving("");
	close(pass_fd);
	pass_fd = -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(write(fd, list, sizeof(list) - 1), sizeof(list) - 1);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "\"domains\":[]"));
	close(fd);
	/* It raises the limit of descriptors as far as it may. */
	snprintf(text, sizeof(text), "/proc/%d/limits", (int)pid);
	f = fopen(text, "re");
	assert_non_null(f);
	limits[fread(limits, 1, sizeof(limits) - 1, f)] = '\0';
	fclose(f);
	assert_non_null(strstr(strstr(limits, "Max open files"), " 4096 "));
	kill(pid, SIGINT);
	assert_int_equal(ended(), 0);
	snprintf(text, sizeof(text), "%s/run/rasd.sock", dir);
	assert_int_equal(access(text, F_OK), -1);
	unlink(sa.sun_path);
}

static void its_helper_ends(void **state)
{
	char more[256], children[64];
	FILE *f;
	int helper;

	(void)state;
	snprintf(more, sizeof(more), " --helper %s", bin("rasd-pagemap"));
	serving(more);
	snprintf(children, sizeof(children), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(children, "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &helper), 1);
	fclose(f);
	kill((pid_t)helper, SIGKILL);
	assert_int_equal(ended(), 1);
	assert_non_null(strstr(out, "only root could start another"));
	/* A helper that cannot be started is the same. */
	snprintf(more, sizeof(more), " --config %s --helper /nonexistent", conf);
	start(more);
	assert_int_equal(ended(), 1);
	assert_non_null(strstr(out, "/nonexistent: No such file"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(options),	    T(bad_starts),	   T(it_serves_and_stops),
		T(its_helper_ends), T(a_socket_is_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
