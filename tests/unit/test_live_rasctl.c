// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl, the program, and a rasd with a played guest: what it prints and its exit codes. */
#include <pthread.h>
#include <sys/wait.h>

#include "live_env.h"
#include "tests/unit/loop_turn.h"

#define MAX_ARGS 24
#define DAY_NS (24 * 3600 * INT64_C(1000000000))

static char out[65536];

static _Atomic int64_t later_ns;

/* In place of lib/base/clock.c: a host on which months pass at once. */
static int64_t read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t clock_boot_ns(void)
{
	return read_ns(CLOCK_BOOTTIME) + later_ns;
}

int64_t clock_real_ns(void)
{
	return read_ns(CLOCK_REALTIME) + later_ns;
}

int64_t clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC) + later_ns;
}

int __real_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *lock,
				  const struct timespec *until);
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *lock,
				  const struct timespec *until);

/* A thread that waits until a time of that host waits by the kernel's clock, which made no leap. */
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *lock,
				  const struct timespec *until)
{
	int64_t ns = (int64_t)until->tv_sec * 1000000000 + until->tv_nsec - later_ns;
	struct timespec kernel = { ns / 1000000000, ns % 1000000000 };

	return __real_pthread_cond_timedwait(cond, lock, ns > 0 ? &kernel : until);
}

static const char *rasctl_bin(void)
{
	const char *helper = helper_bin();
	const char *slash = strrchr(helper, '/');
	static char path[256];

	/* The one of the same build. */
	snprintf(path, sizeof(path), "%.*s/rasctl", (int)(slash - helper), helper);
	if (access(path, X_OK) < 0)
		fail_msg("%s: %s; build it", path, strerror(errno));
	return path;
}

static _Noreturn void be_rasctl(char *words, int fd)
{
	char *argv[MAX_ARGS] = { (char *)(uintptr_t) "rasctl", (char *)(uintptr_t) "--socket",
				 live_socket };
	size_t n = 3;

	for (char *w = strtok(words, " "); w && n < MAX_ARGS - 1; w = strtok(NULL, " "))
		argv[n++] = w;
	dup2(fd, 1);
	dup2(fd, 2);
	execv(rasctl_bin(), argv);
	_exit(127);
}

/* Start it with these words. *fd: what it prints. */
static pid_t rasctl_start(const char *words, int *fd)
{
	char copy[512];
	pid_t pid;
	int p[2];

	snprintf(copy, sizeof(copy), "%s", words);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		be_rasctl(copy, p[1]);
	close(p[1]);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	*fd = p[0];
	return pid;
}

/* Serve it until it has ended, or has printed text behind out[n]. */
static void rasctl_serve(int fd, size_t n, const char *text)
{
	int64_t give_up = patience_end_ns();
	ssize_t r = -1;

	out[n] = '\0';
	while (r != 0 && clock_boot_ns() < give_up && !(text && strstr(out, text))) {
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		r = read(fd, out + n, sizeof(out) - 1 - n);
		if (r > 0)
			n += (size_t)r;
		else
			usleep(200);
		out[n] = '\0';
	}
	if (text && !strstr(out, text))
		fail_msg("rasctl did not print %s but %s", text, out);
}

/* Run it with these words while the loop serves it. Its exit code; what it printed is in out. */
static int rasctl(const char *words)
{
	int fd, status;
	pid_t pid = rasctl_start(words, &fd);

	rasctl_serve(fd, 0, NULL);
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status))
		fail_msg("rasctl %s: signal %d: %s", words, WTERMSIG(status), out);
	return WEXITSTATUS(status);
}

static void expect(const char *words, int code, const char *want)
{
	int got_code = rasctl(words);

	if (got_code != code || !strstr(out, want))
		fail_msg("rasctl %s -> %d, %s; wanted %d, %s", words, got_code, out, code, want);
}

static void what_is_shown(void **state)
{
	(void)state;
	live_expect("domain.explain", "{'domain':'vm1'}", "'available':true");
	expect("status", 0, "1");
	expect("status -o json", 0, "\"");
	expect("domains", 0, "vm1");
	expect("domains -o json", 0, "\"name\":");
	expect("explain vm1", 0, "0x0000000040001000");
	expect("explain vm1 -o json", 0, "\"layout_generation\":");
	expect("explain vm2", 4, "vm1");
	expect("log", 0, "");
	expect("allow vm1 --forward-corrected yes", 1, "libvirt");
	expect("allow vm2 --forward-corrected yes", 4, "error: ");
	expect("allow vm1 --forward-corrected perhaps", 2, "yes");
	expect("allow", 2, "error: ");
}

static void what_is_done(void **state)
{
	const char *at;
	char words[256], hpa[32];

	(void)state;
	expect("inject --domain vm1 --gpa 0x40100000 --dry-run", 0, "");
	expect("inject --domain vm1 --gpa 0x40100000 --severity recoverable --dry-run", 0,
	       "offline");
	expect("inject --domain vm1 --gpa 0x40100000 --wait", 0, "acknowledged");
	expect("inject --domain vm1 --gpa 0x40100000 --count 3 --wait -o json", 0, "acknowledged");
	expect("inject --domain vm1 --gpa 0x40100000 --severity fatal --yes", 5, "error: ");
	expect("log", 0, "acknowledged");
	expect("log -o json --limit 1 --domain vm1", 0, "\"acknowledged\"");
	expect("log --domain vm2", 0, "");
	expect("translate", 2, "");
	expect("translate --domain vm1 --gpa 0x0", 2, "is not RAM");
	expect("inject --domain vm1 --gpa 0x0", 2, "is not RAM");
	for (int i = 0; i < 100; i++)
		if (rasctl("translate --domain vm1 --gpa 0x40100040 -o json") == 0 &&
		    strstr(out, "\"hpa\""))
			break;
	at = strstr(out, "\"hpa\"");
	assert_non_null(at);
	assert_int_equal(sscanf(strstr(at, "0x"), "%31[0-9a-fx]", hpa), 1);
	expect("translate --domain vm1 --gpa 0x40100040", 0, hpa);
	snprintf(words, sizeof(words), "translate --hpa %s", hpa);
	expect(words, 0, "vm1");
	snprintf(words, sizeof(words), "inject --hpa %s --wait", hpa);
	expect(words, 0, "acknowledged");
	assert_int_equal(live_os->n_injected, 5);
}

static void bad_pages(void **state)
{
	char path[128], words[256];
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/pages.json", dir);
	expect("inject --domain vm1 --gpa 0x40100000 --severity recoverable --wait", 0,
	       "acknowledged");
	live_until("domain.explain", "{'domain':'vm1'}", "'poisoned_pages':1");
	expect("poison export vm1", 0, "0x40100000");
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(out, f);
	fclose(f);
	snprintf(words, sizeof(words), "poison import vm1 %s --dry-run", path);
	expect(words, 0, "dry run");
	snprintf(words, sizeof(words), "poison import vm1 %s", path);
	expect(words, 0, "1");
	snprintf(words, sizeof(words), "poison import vm1 %s -o json", path);
	expect(words, 0, "\"new\":");
	snprintf(words, sizeof(words), "poison import vm2 %s", path);
	expect(words, 4, "error: ");
	f = fopen(path, "we");
	assert_non_null(f);
	fputs("{\"pages\":5}", f);
	fclose(f);
	snprintf(words, sizeof(words), "poison import vm1 %s", path);
	expect(words, 1, "error: ");
	expect("poison import vm1 /nonexistent", 4, "error: ");
	expect("poison export vm2", 4, "error: ");
	expect("poison burn vm1", 2, "error: ");
}

/* A dry run: no id, what each rule says, and the record as decode shows it. */
static void a_dry_run(void **state)
{
	(void)state;
	expect("inject --domain vm1 --gpa 0x40100000 --dry-run", 0, "-  dry-run  qemu-ghes");
	expect("inject --domain vm1 --gpa 0x40100000 --dry-run", 0,
	       "rule grant allows: vm1 allows up to recoverable");
	expect("inject --domain vm1 --gpa 0x40100000 --dry-run", 0, "bytes that would be sent");
	expect("inject --domain vm1 --gpa 0x40100000 --dry-run", 0, "0x0000000040100000");
	assert_int_equal(live_os->n_injected, 0);
	expect("policy check --domain vm1 --severity fatal", 5, "refused: a fatal injection");
	expect("policy check --domain vm1", 0, "allowed: a corrected injection");
	expect("safety engage --reason stop", 0, "engaged");
	expect("inject --domain vm1 --gpa 0x40100000", 5, "the safety lever is engaged");
	expect("safety release", 2, "--reason");
	expect("safety release --reason over", 0, "released");
}

static void what_nobody_knows(void **state)
{
	char words[256], id[40];

	(void)state;
	live_os->os = OS_SLEEPS;
	expect("inject --domain vm1 --gpa 0x40100000 --request-id a", 0, "");
	live_until("injection.list", "{}", "'state':'written'");
	expect("inject --domain vm1 --gpa 0x40100000 --request-id a --wait --timeout 1", 6,
	       "written");
	end(qemu);
	qemu = 0;
	live_until("injection.list", "{}", "'state':'unknown'");
	assert_int_equal(sscanf(strstr(live_ask("injection.list", "{}"), "\"id\":\""),
				"\"id\":\"%36[-0-9a-f]", id),
			 1);
	snprintf(words, sizeof(words), "resolve %s --state lost", id);
	expect(words, 2, "--state");
	snprintf(words, sizeof(words), "resolve %s --state lost --reason seen --dry-run", id);
	expect(words, 0, "dry run");
	snprintf(words, sizeof(words), "resolve %s --state lost --reason seen -o json", id);
	expect(words, 0, "resolved by uid 0: seen");
	snprintf(words, sizeof(words), "resolve %s --state lost --reason seen", id);
	expect(words, 2, "only an unknown one");
	expect("domains", 0, "vm1");
	expect("explain vm1", 0, "vm1");
	expect("status", 0, "0");
}

/*
 * A watcher is stopped while the journal deletes what it has not read: it goes on with what is
 * there and says that something is missing.
 */
static void a_slow_watcher(void **state)
{
	/* The leap in time may end what is under way then, such as a question to QEMU. */
	static const char inject[] = "inject --domain vm1 --gpa 0x40100000 --wait --timeout 60";
	char cursor[80], params[160], words[128];
	pid_t pid;
	int fd;

	(void)state;
	expect(inject, 0, "acknowledged");
	assert_int_equal(
		sscanf(strstr(live_expect("event.subscribe", "{}", "'cursor':'"), "\"cursor\""),
		       "\"cursor\":\"%79[0-9a-f:-]", cursor),
		1);
	snprintf(words, sizeof(words), "watch --cursor %s", cursor);
	pid = rasctl_start(words, &fd);
	live_expect("injection.create",
		    "{'request_id':'seen','domain':'vm1','gpa':'0x40100000','wait':true}",
		    "'state':'acknowledged'");
	rasctl_serve(fd, 0, ": acknowledged");
	assert_null(strstr(out, "-- "));
	assert_int_equal(kill(pid, SIGSTOP), 0);
	for (int i = 0; i < 3; i++)
		expect(inject, 0, "acknowledged");
	later_ns += 91 * DAY_NS;
	journal_hurry(live.journal); /* its thread sleeps by the time of before */
	snprintf(params, sizeof(params), "{'cursor':'%s','wait_ms':0}", cursor);
	for (int64_t give_up = patience_end_ns(); clock_boot_ns() < give_up;) {
		expect(inject, 0, "acknowledged");
		if (strstr(live_ask("event.subscribe", params), "\"gap\":true"))
			break;
	}
	live_expect("event.subscribe", params, "'gap':true");
	assert_int_equal(kill(pid, SIGCONT), 0);
	rasctl_serve(fd, 0, "-- some of what happened meanwhile is deleted already");
	rasctl_serve(fd, strlen(out), "acknowledged"); /* and it goes on */
	end(pid);
	close(fd);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, live_setup, live_teardown)
	const struct CMUnitTest tests[] = {
		T(what_is_shown), T(what_is_done),	T(bad_pages),
		T(a_dry_run),	  T(what_nobody_knows), T(a_slow_watcher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
