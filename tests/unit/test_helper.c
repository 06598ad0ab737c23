// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The real rasd-pagemap against a child process that plays QEMU, with its own uid, a listening QMP
 * socket, and guest RAM with a HEST. Needs root, as rasd-pagemap does; fails without it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <pthread.h>

#include "tests/unit/helper_env.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/open_fds.h"
#include "xlate/io.h"

static pid_t silent, stranger, root_qemu;

static void test_start(void **state)
{
	(void)state;
	qemu = start_qemu("x.qmp", UID);
	silent = start_qemu(NULL, UID);
	stranger = start_qemu("other.qmp", OTHER_UID);
	root_qemu = start_qemu("root.qmp", 0);
	start_helper();
}

static void test_hest(void **state)
{
	(void)state;
	assert_int_equal(ask(helper_slot(client, qemu, start_of(qemu), 1, 0, on_reply, NULL, NULL)),
			 -RAS_E_NOT_FOUND);
	if (hest(qemu, start_of(qemu), section(), 1) < 0)
		fail_msg("hest: %s", got_err.text);
	assert_int_equal(got.n_sources, 1);
	assert_int_equal(got.hest_gpa, GPA + RAM_BYTES - 0x2000 - 64);
	assert_int_equal(got.source[0].block_gpa, GPA + 0x1000);
	assert_true(got.pages_read > 0 && got.pages_read < 1000);
}

static void test_slot(void **state)
{
	const uint64_t start = start_of(qemu);
	const int n = 2000;
	int64_t t0;

	(void)state;
	assert_int_equal(ask(helper_slot(client, qemu, start_of(qemu), 1, 0, on_reply, NULL, NULL)),
			 0);
	assert_int_equal(got.block_len_bytes, BLOCK);
	assert_memory_equal(got.block, ram + 0x1000, BLOCK);
	assert_int_equal(got.read_ack, 1);
	assert_int_equal(got.status_pointer, GPA + 0x1000);
	assert_int_equal(ask(helper_slot(client, qemu, start_of(qemu), 9, 0, on_reply, NULL, NULL)),
			 -RAS_E_NOT_FOUND);
	t0 = clock_boot_ns();
	for (int i = 0; i < n; i++)
		assert_int_equal(ask(helper_slot(client, qemu, start, 1, 0, on_reply, NULL, NULL)),
				 0);
	printf("slot: %" PRId64 " ns a round trip\n", (clock_boot_ns() - t0) / n);
}

/*
 * A call that may wait WAIT_US is over sooner where something else ends it. Another process may
 * have had the CPU meanwhile, so one of many tries must do.
 */
#define WAIT_US 20000
#define TRIES 500

static int n_others, n_late;

static void on_other(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	(void)arg, (void)rep;
	if (err && (err->code == RAS_E_TIMEOUT || err->code == RAS_E_BUSY))
		n_late++;
	else
		assert_null(err);
	if (fd >= 0)
		close(fd);
	n_others++;
}

static void *acknowledge(void *arg)
{
	usleep(WAIT_US / 10);
	*(volatile uint8_t *)arg = 1;
	return NULL;
}

enum ended_by { BY_READ_ACK_BEFORE, BY_READ_ACK, BY_ANOTHER_CALL };

/* One try. True: answered, and in less than half of the time that it might have waited. */
static bool wait_is_short(enum ended_by by)
{
	const uint64_t start = start_of(qemu);
	const int64_t t0 = clock_boot_ns();
	bool other = by == BY_ANOTHER_CALL;
	pthread_t id;
	int r;

	n_others = n_late = 0;
	ram[0x18] = by == BY_READ_ACK_BEFORE;
	if (by == BY_READ_ACK)
		assert_int_equal(pthread_create(&id, NULL, acknowledge, ram + 0x18), 0);
	assert_int_equal(helper_slot(client, qemu, start, 1, WAIT_US, other ? on_other : on_reply,
				     NULL, NULL),
			 0);
	r = answer(other ? helper_slot(client, qemu, start, 1, 0, on_reply, NULL, NULL) : 0);
	if (by == BY_READ_ACK)
		pthread_join(id, NULL);
	while (n_others < other)
		loop_turn(base, EVLOOP_ONCE);
	if (r == -RAS_E_TIMEOUT || r == -RAS_E_BUSY || n_late)
		return false;
	assert_int_equal(r, 0);
	return clock_boot_ns() - t0 < WAIT_US * INT64_C(500);
}

static bool wait_ends(enum ended_by by)
{
	for (int i = 0; i < TRIES; i++)
		if (wait_is_short(by))
			return true;
	return false;
}

static void test_slot_wait(void **state)
{
	const int64_t wait = WAIT_US * INT64_C(1000);
	uint8_t status[4];
	int64_t t0;

	(void)state;
	memcpy(status, ram + 0x1000, 4);
	memset(ram + 0x1000, 0, 4);
	assert_true(wait_ends(BY_READ_ACK_BEFORE));
	assert_true(wait_ends(BY_READ_ACK));
	assert_true(wait_ends(BY_ANOTHER_CALL));
	t0 = clock_boot_ns();
	assert_int_equal(
		ask(helper_slot(client, qemu, start_of(qemu), 1, WAIT_US, on_reply, NULL, NULL)),
		0);
	assert_true(clock_boot_ns() - t0 >= wait);
	assert_int_equal(got.read_ack, 0);
	ram[0x18] = 1;
	memcpy(ram + 0x1000, status, 4); /* read-ack alone is the idle state */
	t0 = clock_boot_ns();
	assert_int_equal(
		ask(helper_slot(client, qemu, start_of(qemu), 1, WAIT_US, on_reply, NULL, NULL)),
		0);
	assert_true(clock_boot_ns() - t0 >= wait);
	assert_int_equal(ask(helper_slot(client, qemu, start_of(qemu), 1, HELPER_MAX_WAIT_US + 1,
					 on_reply, NULL, NULL)),
			 -RAS_E_HELPER);
	assert_non_null(strstr(got_err.text, "not 0..20000"));
}

/* The object of a call is gone before its answer comes. */
static void test_forget(void **state)
{
	int fds = open_fds(), mine = 0;

	(void)state;
	for (int i = 0; i < TRIES; i++) {
		n_others = n_late = 0;
		assert_int_equal(
			helper_pagemap(client, qemu, start_of(qemu), on_other, &mine, NULL), 0);
		assert_int_equal(helper_pagemap(client, qemu, start_of(qemu), on_other, &fds, NULL),
				 0);
		helper_client_forget(client, &mine);
		/* One guest's calls are answered in their order. */
		if (answer(helper_slot(client, qemu, start_of(qemu), 1, 0, on_reply, NULL, NULL)) ==
			    0 &&
		    !n_late)
			break;
		assert_int_not_equal(i, TRIES - 1);
	}
	assert_int_equal(n_others, 1);
	assert_int_equal(open_fds(), fds);
}

static void test_slot_pointer(void **state)
{
	const uint64_t good = GPA + 0x1000, bad = GPA + RAM_BYTES - 8;

	(void)state;
	memcpy(ram + 8, &bad, 8);
	assert_int_equal(ask(helper_slot(client, qemu, start_of(qemu), 1, 0, on_reply, NULL, NULL)),
			 -RAS_E_NOT_READY);
	memcpy(ram + 8, &good, 8);
	assert_int_equal(ask(helper_slot(client, qemu, start_of(qemu), 1, 0, on_reply, NULL, NULL)),
			 0);
}

static void test_pagemap(void **state)
{
	char link[64], path[64];
	ssize_t len;

	(void)state;
	assert_int_equal(ask(helper_pagemap(client, qemu, start_of(qemu), on_reply, NULL, NULL)),
			 0);
	assert_true(got_fd >= 0);
	assert_int_equal(fcntl(got_fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", got_fd);
	len = readlink(path, link, sizeof(link) - 1);
	assert_true(len > 0);
	link[len] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)qemu);
	assert_string_equal(link, path);
	close(got_fd);
}

static void refused(pid_t pid, uint64_t start, int code, const char *why)
{
	assert_int_equal(ask(helper_pagemap(client, pid, start, on_reply, NULL, NULL)), -code);
	if (!strstr(got_err.text, why))
		fail_msg("'%s' does not say '%s'", got_err.text, why);
	assert_int_equal(got_fd, -1);
	assert_int_equal(hest(pid, start, section(), 1), -code);
	assert_int_equal(ask(helper_slot(client, pid, start, 1, 0, on_reply, NULL, NULL)), -code);
}

static void test_refused(void **state)
{
	(void)state;
	refused(qemu, start_of(qemu) + 1, RAS_E_HELPER, "start time");
	refused(silent, start_of(silent), RAS_E_HELPER, "QMP socket");
	refused(stranger, start_of(stranger), RAS_E_HELPER, "uid 64056");
	refused(root_qemu, start_of(root_qemu), RAS_E_HELPER, "uid 0");
	refused(getpid(), start_of(getpid()), RAS_E_HELPER, "uid 0");
	refused(1, start_of(1), RAS_E_GONE, "no process");
	refused(-1, 0, RAS_E_GONE, "no process");
	refused(0, 0, RAS_E_GONE, "no process");
}

static void test_sections(void **state)
{
	struct ram_section s[2] = { *section(), *section() };
	uint64_t start = start_of(qemu);
	static const uint8_t read_only[4096] __attribute__((aligned(4096))) = { 1 };

	(void)state;
	assert_int_equal(hest(qemu, start, s, 2), -RAS_E_HELPER); /* overlap */
	s[0].hva = 0x1000;					  /* not mapped */
	assert_int_equal(hest(qemu, start, s, 1), -RAS_E_HELPER);
	s[0] = (struct ram_section){ GPA, 4096, (uint64_t)(uintptr_t)read_only };
	assert_int_equal(hest(qemu, start, s, 1), -RAS_E_HELPER);
	assert_int_equal(helper_hest(client, qemu, start, s, 65, on_reply, NULL, NULL),
			 -RAS_E_LAYOUT);
	/* After a failed search the earlier result is void. */
	assert_int_equal(ask(helper_slot(client, qemu, start, 1, 0, on_reply, NULL, NULL)),
			 -RAS_E_NOT_FOUND);
	assert_int_equal(hest(qemu, start, section(), 1), 0);
}

/* Packets that the client never sends. */
static void test_raw(void **state)
{
	struct helper_request req;
	struct helper_reply rep;
	const char *bin = helper_bin();
	size_t head = offsetof(struct helper_request, section);
	int sv[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	pid = fork();
	if (pid == 0) {
		char num[16];

		snprintf(num, sizeof(num), "%d", dup(sv[1]));
		execl(bin, bin, "--config", conf_path, "--fd", num, (char *)NULL);
		_exit(127);
	}
	close(sv[1]);
	memset(&req, 0, sizeof(req));
	assert_int_equal(send(sv[0], &req, 8, 0), 8); /* too short: no answer */
	req.id = 7;
	assert_int_equal(send(sv[0], &req, head, 0), head); /* version 0 */
	assert_true(recv(sv[0], &rep, sizeof(rep), 0) > 0);
	assert_int_equal(rep.id, 7);
	assert_int_equal(rep.status, RAS_E_HELPER);
	req.version = HELPER_PROTO_VERSION;
	req.verb = 99;
	assert_int_equal(send(sv[0], &req, head, 0), head);
	assert_true(recv(sv[0], &rep, sizeof(rep), 0) > 0);
	assert_int_equal(rep.status, RAS_E_HELPER);
	req.verb = HELPER_HEST;
	req.n_sections = 2; /* more than was sent */
	assert_int_equal(send(sv[0], &req, head + sizeof(req.section[0]), 0),
			 head + sizeof(req.section[0]));
	assert_true(recv(sv[0], &rep, sizeof(rep), 0) > 0);
	assert_int_equal(rep.status, RAS_E_HELPER);
	/* The helper ends with its peer. */
	close(sv[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_capabilities(void **state)
{
	char path[64], line[256];
	uint64_t keep = UINT64_C(1) << 2 | UINT64_C(1) << 19 | UINT64_C(1) << 21, v;
	int seen = 0;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)helper_pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "CapEff: %" SCNx64, &v) == 1 ||
		    sscanf(line, "CapPrm: %" SCNx64, &v) == 1) {
			assert_int_equal(v, keep);
			seen++;
		}
		if (sscanf(line, "CapBnd: %" SCNx64, &v) == 1 ||
		    sscanf(line, "CapInh: %" SCNx64, &v) == 1) {
			assert_int_equal(v, 0);
			seen++;
		}
		if (sscanf(line, "NoNewPrivs: %" SCNu64, &v) == 1) {
			assert_int_equal(v, 1);
			seen++;
		}
	}
	fclose(f);
	assert_int_equal(seen, 5);
}

static void test_timeout_and_death(void **state)
{
	uint64_t start = start_of(qemu);
	int64_t t0 = clock_boot_ns();

	(void)state;
	/* A stopped helper: the client's own deadline ends the call. The late answer is dropped. */
	kill(helper_pid, SIGSTOP);
	test_waits = helper_waits;
	assert_int_equal(answer(helper_slot(client, qemu, start, 1, 0, on_reply, NULL, NULL)),
			 -RAS_E_TIMEOUT);
	be_patient();
	assert_true((clock_boot_ns() - t0) / 1000000 >= 90);
	kill(helper_pid, SIGCONT);
	assert_int_equal(ask(helper_pagemap(client, qemu, start, on_reply, NULL, NULL)), 0);
	close(got_fd);

	kill(qemu, SIGKILL);
	waitpid(qemu, NULL, 0);
	assert_int_equal(ask(helper_slot(client, qemu, start, 1, 0, on_reply, NULL, NULL)),
			 -RAS_E_GONE);
	qemu = 0;

	kill(helper_pid, SIGSTOP);
	assert_int_equal(helper_slot(client, 12345, 1, 1, 0, on_reply, NULL, NULL), 0);
	kill(helper_pid, SIGKILL);
	waitpid(helper_pid, NULL, 0);
	helper_pid = 0;
	assert_int_equal(answer(0), -RAS_E_HELPER);
	assert_false(helper_client_alive(client));
	assert_int_equal(helper_slot(client, 12345, 1, 1, 0, on_reply, NULL, NULL), -RAS_E_HELPER);
}

static int stop(void **state)
{
	end(silent);
	end(stranger);
	end(root_qemu);
	return teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),	     cmocka_unit_test(test_hest),
		cmocka_unit_test(test_slot),	     cmocka_unit_test(test_slot_wait),
		cmocka_unit_test(test_forget),	     cmocka_unit_test(test_slot_pointer),
		cmocka_unit_test(test_pagemap),	     cmocka_unit_test(test_refused),
		cmocka_unit_test(test_sections),     cmocka_unit_test(test_raw),
		cmocka_unit_test(test_capabilities), cmocka_unit_test(test_timeout_and_death),
	};

	return cmocka_run_group_tests(tests, setup, stop);
}
