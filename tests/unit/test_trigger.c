// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasd-trigger and the source "trigger": the environments that real rasdaemon 0.8.3 and mcelog gave
 * to their triggers, sent by the program itself; packets that it does not send; senders that are
 * not root; a socket that is full or that nobody reads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/passed.h"
#include "sources/trigger/trigger.h"
#include "sources/trigger/parse.h"
#include "sources/trigger/wire.h"
#include "tests/unit/event_sink.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/needs_root.h"
#include "tests/unit/patience.h"
#include "tests/unit/silent.h"

#define DATA "tests/data/host-events/"
#define ENV_MAX 40

static char dir[64], path[108];
static int sock = -1;
static struct event_base *base;
static struct conf conf;
static void *self;

static struct source_status status(void)
{
	struct source_status s;

	trigger_event_source.status(self, &s);
	return s;
}

/* The socket is made once: descriptors that systemd passes stay for the life of the program. */
static int setup(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	(void)state;
	strcpy(dir, "/tmp/rasd-trigger-XXXXXX");
	if (!mkdtemp(dir) || chmod(dir, 0755) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/trigger.sock", dir);
	strcpy(sa.sun_path, path);
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0 || bind(sock, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(sock);
	unlink(path);
	return rmdir(dir);
}

static void open_it(void)
{
	struct source_setup to = { .conf = &conf,
				   .position = "",
				   .sink = { .event = on_event, .changed = on_changed } };

	n_events = 0;
	conf_defaults(&conf);
	to.base = base = event_base_new();
	assert_non_null(base);
	assert_int_equal(trigger_event_source.open(&self, &to, NULL), 0);
}

static void close_it(void)
{
	trigger_event_source.close(self);
	self = NULL;
	event_base_free(base);
}

/* Run the program with this environment, as rasdaemon does: no arguments but the test's socket. */
static void run(char **env, const char *to)
{
	char *argv[] = { (char[]){ "rasd-trigger" }, strdup(to), NULL };
	pid_t pid = fork();
	int how = -1;

	assert_true(pid >= 0);
	if (pid == 0) {
		execve("build/asan/rasd-trigger", argv, env);
		execve("build/cov/rasd-trigger", argv, env);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_int_equal(how, 0);
	free(argv[1]);
}

static void wait_for(size_t events, size_t malformed)
{
	int64_t end_ns = patience_end_ns();

	while (n_events < events || status().malformed < malformed) {
		if (clock_boot_ns() > end_ns)
			fail_msg("%zu events, %zu malformed", n_events, (size_t)status().malformed);
		loop_turn(base, EVLOOP_ONCE);
	}
	assert_int_equal(n_events, events);
	assert_int_equal(status().malformed, malformed);
}

/* Run it for each environment of a captured file ("== " begins one); check() sees the events. */
static size_t replay(const char *file, void (*check)(size_t n))
{
	char *env[ENV_MAX + 1] = { NULL };
	size_t n = 0, n_env = 0;
	char line[512];
	FILE *f = fopen(file, "re");
	bool more;

	if (!f)
		fail_msg("cannot open %s", file);
	open_it();
	do {
		more = fgets(line, sizeof(line), f);
		line[strcspn(line, "\n")] = '\0';
		if ((!more || strncmp(line, "== ", 3) == 0) && n_env) {
			run(env, path);
			wait_for(n + 1, 0);
			check(++n);
			while (n_env)
				free(env[--n_env]);
			memset(env, 0, sizeof(env));
		} else if (more && strncmp(line, "== ", 3) != 0) {
			assert_in_range(n_env, 0, ENV_MAX - 1);
			env[n_env++] = strdup(line);
		}
	} while (more);
	fclose(f);
	close_it();
	return n;
}

static void check_rasdaemon(size_t n)
{
	assert_string_equal(last.source, "trigger");
	switch (n) {
	case 1:
		assert_string_equal(last.report, "memory_failure_event");
		assert_int_equal(last.kind, EVENT_PAGE_LOST);
		assert_int_equal(last.where.hpa.v, UINT64_C(0x1f002) * 4096);
		assert_string_equal(last.outcome.page_type, "free buddy page");
		assert_int_equal(last.outcome.kind, OUTCOME_RECOVERED);
		assert_int_equal(last.when.real_ns, INT64_C(1795397069000000000));
		break;
	case 2:
		assert_string_equal(last.outcome.page_type, ""); /* rasdaemon's word is wrong */
		assert_int_equal(last.outcome.kind, OUTCOME_FAILED);
		break;
	case 15:
		assert_string_equal(last.report, "mc_event");
		assert_int_equal(last.severity, EVENT_CORRECTED);
		assert_int_equal(last.where.hpa.v, 0x4e06000);
		assert_int_equal(last.where.len_bytes, 64);
		assert_int_equal(last.count, 1);
		assert_string_equal(last.label, "CPU_SrcID#0_MC#0_Chan#0_DIMM#0");
		break;
	case 18:
		assert_int_equal(last.severity, EVENT_UNCORRECTED);
		assert_int_equal(last.where.hpa.v, 0x1f00a000);
		assert_int_equal(last.where.len_bytes, 4096);
		break;
	default:
		break;
	}
	assert_false(last.when.catch_up);
}

static void test_rasdaemon(void **state)
{
	(void)state;
	assert_int_equal(replay(DATA "rasdaemon-0.8.3-triggers.txt", check_rasdaemon), 18);
}

static void check_mcelog(size_t n)
{
	assert_string_equal(last.report, "mcelog");
	assert_int_equal(last.kind, EVENT_MEMORY);
	assert_int_equal(last.severity, n == 4 ? EVENT_UNCORRECTED : EVENT_CORRECTED);
	assert_int_equal(last.where.has_hpa, n == 1);
	if (n == 1)
		assert_int_equal(last.where.hpa.v, 0x12345000);
	assert_string_equal(last.label, n == 3 ? "SOCKET:0 CHANNEL:? DIMM:? []" :
						 "SOCKET:0 CHANNEL:0 DIMM:0 []");
	assert_int_equal(last.when.real_ns,
			 (n < 3 ? INT64_C(1795397475) : INT64_C(1795397476)) * 1000000000);
}

static void test_mcelog(void **state)
{
	(void)state;
	assert_int_equal(replay(DATA "mcelog-triggers.txt", check_mcelog), 4);
}

/* --- packets --- */

static struct ras_event e;

static bool parse_text(const char *text, size_t len)
{
	char packet[4096];
	size_t hello = sizeof(TRIGGER_HELLO);

	memcpy(packet, TRIGGER_HELLO, hello);
	memcpy(packet + hello, text, len);
	memset(&e, 0xee, sizeof(e));
	return trigger_parse(packet, hello + len, 0, &e);
}

#define PARSE(text) parse_text(text, sizeof(text))

static void test_forms(void **state)
{
	(void)state;
	assert_true(PARSE("PFN=0x10"));
	assert_int_equal(e.when.real_ns, 0);
	assert_int_equal(e.outcome.kind, OUTCOME_NONE);
	assert_true(PARSE("TYPE=Deferred\0ADDRESS=fffffffffffff000\0GRAIN=12\0COUNT=3"));
	assert_int_equal(e.where.hpa.v, 0xfffffffffffff000);
	assert_int_equal(e.severity, EVENT_DEFERRED);
	assert_int_equal(e.count, 3);
	assert_true(PARSE("TYPE=Corrected\0ADDRESS=0\0GRAIN=0\0LABEL=any memory"));
	assert_false(e.where.has_hpa);
	assert_string_equal(e.label, "");
	assert_true(PARSE("TYPE=Corrected\0ADDRESS=1000\0GRAIN=-1\0COUNT=99999999999"));
	assert_false(e.where.has_hpa);
	assert_int_equal(e.count, 1);
	assert_true(PARSE("TYPE=Uncorrected (Non-Fatal)\0NAME=0000:00:1f.0\0MESSAGE=\x1b[2J"));
	assert_int_equal(e.kind, EVENT_PCIE);
	assert_int_equal(e.severity, EVENT_UNCORRECTED);
	assert_non_null(strstr(e.detail, "?[2J"));
	/* An uncorrected error, action optional, of an Intel processor. */
	assert_true(PARSE("STATUS=bd000000000000c0\0MISC=8c\0ADDR=5005000\0MCGCAP=1c09\0CPU=3"));
	assert_int_equal(e.where.hpa.v, 0x5005000);
	assert_int_equal(e.severity, EVENT_UNCORRECTED);
	assert_false(PARSE("STATUS=0\0MISC=0\0ADDR=0")); /* no error in it */
}

static void test_refused(void **state)
{
	char packet[] = TRIGGER_HELLO "\0PFN=0x10", unended[64];

	(void)state;
	assert_true(trigger_parse(packet, sizeof(packet), 0, &e));
	assert_false(trigger_parse(packet, sizeof(packet) - 1, 0, &e)); /* no NUL at its end */
	assert_false(trigger_parse(packet, 0, 0, &e));
	assert_false(trigger_parse(packet, sizeof(TRIGGER_HELLO) - 1, 0, &e));
	assert_false(trigger_parse(packet, sizeof(TRIGGER_HELLO), 0, &e));
	memcpy(unended, packet, sizeof(packet));
	unended[0] = 'R';
	assert_false(trigger_parse(unended, sizeof(packet), 0, &e));
	assert_false(PARSE("PFN"));
	assert_false(PARSE(""));
	assert_false(PARSE("PFN=10"));
	assert_false(PARSE("PFN=0x10x"));
	assert_false(PARSE("PFN=0xffffffffffffffff"));
	assert_false(PARSE("TYPE=Corrected"));
	assert_false(PARSE("TYPE=Corrected\0ADDRESS=0x1000"));
	assert_false(PARSE("TYPE=Corrected\0ADDRESS="));
	assert_false(PARSE("TYPE=Corrected\0ADDRESS=10000000000000000"));
	assert_false(PARSE("LOCATION=x\0MESSAGE=Corrected memory errors on page zz exceed"));
	assert_false(PARSE("STATUS=bd000000000000c0\0MISC=8c"));
	assert_false(PARSE("XPFN=0x10"));
}

/* --- the socket --- */

static void send_packet(int fd, const void *packet, size_t len)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	strcpy(sa.sun_path, path);
	if (sendto(fd, packet, len, 0, (const struct sockaddr *)&sa, sizeof(sa)) != (ssize_t)len)
		_exit(2);
}

/* The mode was opened by mistake: still nobody but root is believed. */
static void test_senders(void **state)
{
	static const char packet[] = TRIGGER_HELLO "\0PFN=0x10";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), how = -1;
	pid_t pid;

	(void)state;
	open_it();
	assert_int_equal(status().state, SOURCE_LIVE);
	assert_int_equal(chmod(path, 0666), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setuid(65534) < 0)
			_exit(3);
		send_packet(fd, packet, sizeof(packet));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_int_equal(how, 0);
	wait_for(0, 1);
	send_packet(fd, packet, sizeof(packet));
	wait_for(1, 1);
	assert_int_equal(last.where.hpa.v, 0x10000);
	assert_true(last.when.real_ns > 0);
	chmod(path, 0600);
	close(fd);
	close_it();
}

static void test_bad_packets(void **state)
{
	static char large[3 * TRIGGER_PACKET_MAX] = TRIGGER_HELLO "\0PFN=0x10";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	open_it();
	send_packet(fd, "", 0);
	wait_for(0, 1);
	send_packet(fd, "hello", 5);
	wait_for(0, 2);
	memset(large + sizeof(TRIGGER_HELLO) + 9, 'x', sizeof(large) - sizeof(TRIGGER_HELLO) - 10);
	send_packet(fd, large, sizeof(large));
	wait_for(0, 3);
	close(fd);
	close_it();
}

/* It ends at once where nobody listens, nobody reads, or there is no such path. */
static void test_never_waits(void **state)
{
	char *env[] = { (char[]){ "PFN=0x10" }, NULL };
	char longer[200];

	(void)state;
	/* More than the queue holds: the rest is lost, and nobody has waited. */
	for (unsigned int i = 0; i < 30; i++)
		run(env, path);
	run(env, "/nonexistent/trigger.sock");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	run(env, longer);
	while (recv(sock, longer, sizeof(longer), MSG_DONTWAIT) >= 0)
		;
	assert_int_equal(errno, EAGAIN);
}

/* Whatever the environment holds, the packet is one that rasd takes. */
static void test_large_environment(void **state)
{
	static char value[100000];
	char *env[] = { (char[]){ "PFN=0x10" }, value, NULL };

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	memcpy(value, "PAGE_TYPE=", 10);
	open_it();
	run(env, path);
	wait_for(1, 0);
	memcpy(value, "LABEL=xxxx", 10);
	env[0] = (char[]){ "HOME=/" };
	run(env, path);
	wait_for(1, 1);
	close_it();
}

static void test_no_socket(void **state)
{
	(void)state;
	open_it();
	assert_int_equal(status().state, SOURCE_ABSENT);
	assert_non_null(strstr(status().mend, "rasd-trigger.socket"));
	close_it();
	passed_set(PASSED_TRIGGER, sock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_socket), /* the first: it passes the socket */
		cmocka_unit_test(test_rasdaemon),
		cmocka_unit_test(test_mcelog),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refused),
		cmocka_unit_test_setup(test_senders, needs_root),
		cmocka_unit_test_setup(test_bad_packets, needs_root),
		cmocka_unit_test(test_never_waits),
		cmocka_unit_test(test_large_environment),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, setup, teardown);
}
