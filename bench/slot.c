// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Round trip of a slot call, against a bare SOCK_SEQPACKET round trip between two processes, one of
 * which does one pread of 1 KiB. A process plays QEMU. The two alternate in blocks, so that a busy
 * machine hits both. Prints medians and their ratio and judges nothing. Needs root.
 *
 *   bench/slot RASD-PAGEMAP [ROUNDS]
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "helper/protocol.h"
#include "helper/qualify.h"
#include "tests/unit/hest_make.h"
#include "tests/unit/qemu_ram.h"

#define UID 64055u
#define GPA UINT64_C(0x40000000)
#define RAM_BYTES (UINT64_C(16) << 20)
#define BLOCK 1024u
#define BLOCK_OF_CALLS 200

static char dir[] = "/tmp/rasd-slot.XXXXXX";
static uint8_t *ram;

static void die(const char *what)
{
	fprintf(stderr, "bench/slot: %s: %s\n", what, strerror(errno));
	exit(1);
}

static pid_t start_guest(void)
{
	const uint64_t block = GPA + 0x1000, one = 1;
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int p[2], s = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t pid;
	char c;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/x.qmp", dir);
	if (pipe(p) < 0 || (pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		memcpy(ram + 8, &block, 8);
		memcpy(ram + 0x18, &one, 8);
		memset(ram + 0x1000, 0xa5, BLOCK);
		hest_make(ram + 0x3000, 1, GPA + 8, GPA + 0x18, BLOCK);
		if (bind(s, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(s, 1) < 0 ||
		    chmod(sa.sun_path, 0660) < 0 || setresgid(UID, UID, UID) < 0 ||
		    setresuid(UID, UID, UID) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
		    write(p[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(p[1]);
	if (read(p[0], &c, 1) != 1)
		die("guest");
	return pid;
}

static int start_helper(const char *bin, const char *conf)
{
	int sv[2];
	char num[16];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0 || (pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		snprintf(num, sizeof(num), "%d", dup(sv[1]));
		execl(bin, bin, "--config", conf, "--fd", num, (char *)NULL);
		_exit(127);
	}
	close(sv[1]);
	return sv[0];
}

/* The peer: receive, read, send. */
static int start_echo(pid_t guest)
{
	char path[64];
	int sv[2], fd;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0 || (pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		static struct helper_request req;
		static uint8_t block[BLOCK + 1000]; /* about as long as the reply of a slot call */

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(path, sizeof(path), "/proc/%d/mem", (int)guest);
		fd = open(path, O_RDONLY);
		while (recv(sv[1], &req, sizeof(req), 0) > 0)
			if (pread(fd, block, BLOCK, (off_t)(uintptr_t)ram + 0x1000) !=
				    (ssize_t)BLOCK ||
			    send(sv[1], block, sizeof(block), 0) < 0)
				_exit(1);
		_exit(0);
	}
	close(sv[1]);
	return sv[0];
}

static uint64_t start_of(pid_t pid)
{
	char path[64], text[1024];
	uint64_t t = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		die(path);
	text[n] = '\0';
	close(fd);
	if (!stat_start_time(text, &t))
		die("start time");
	return t;
}

static int64_t call(int fd, const struct helper_request *req, struct helper_reply *rep)
{
	size_t len = offsetof(struct helper_request, section) +
		     req->n_sections * sizeof(req->section[0]);
	int64_t t0 = clock_boot_ns();

	if (send(fd, req, len, 0) < 0 || recv(fd, rep, sizeof(*rep), 0) <= 0)
		die("call");
	return clock_boot_ns() - t0;
}

static int order(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void report(int64_t *slot, int64_t *bare, size_t n)
{
	qsort(slot, n, sizeof(*slot), order);
	qsort(bare, n, sizeof(*bare), order);
	printf("slot call: median %.1f us, p90 %.1f us; bare round trip and pread: median %.1f us, "
	       "p90 %.1f us; ratio of medians %.2f (plan: a slot call <= 60 us)\n",
	       (double)slot[n / 2] / 1e3, (double)slot[n / 10 * 9] / 1e3, (double)bare[n / 2] / 1e3,
	       (double)bare[n / 10 * 9] / 1e3, (double)slot[n / 2] / (double)bare[n / 2]);
}

static void write_conf(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		die(path);
	fprintf(f, "[guests]\nqmp-directory = %s\nqemu-user = %u\n", dir, UID);
	fclose(f);
}

static struct helper_request req = { .version = HELPER_PROTO_VERSION,
				     .verb = HELPER_HEST,
				     .id = 1,
				     .n_sections = 1,
				     .deadline_ms = 2500 };

int main(int argc, char **argv)
{
	static struct helper_reply rep;
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) * BLOCK_OF_CALLS : 50 * BLOCK_OF_CALLS;
	int64_t *slot = calloc(n, sizeof(*slot)), *bare = calloc(n, sizeof(*bare));
	char conf[64], path[64];
	int helper, echo, guest;

	if (argc < 2 || geteuid() != 0 || !slot || !bare || n == 0) {
		fprintf(stderr, "usage (root): bench/slot RASD-PAGEMAP [ROUNDS]\n");
		return 2;
	}
	ram = qemu_ram(RAM_BYTES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (!mkdtemp(dir) || !ram)
		die(dir);
	snprintf(conf, sizeof(conf), "%s/rasd.conf", dir);
	write_conf(conf);
	guest = start_guest();
	helper = start_helper(argv[1], conf);
	echo = start_echo(guest);
	req.pid = guest;
	req.start_time = start_of(guest);
	req.section[0] = (struct ram_section){ GPA, RAM_BYTES, (uint64_t)(uintptr_t)ram };
	call(helper, &req, &rep);
	if (rep.status != 0) {
		fprintf(stderr, "bench/slot: hest: %s\n", rep.text);
		return 1;
	}
	req.verb = HELPER_SLOT;
	req.n_sections = 0;
	req.source_id = 1;
	for (size_t at = 0; at < n; at += BLOCK_OF_CALLS) {
		for (size_t i = 0; i < BLOCK_OF_CALLS; i++) {
			slot[at + i] = call(helper, &req, &rep);
			if (rep.status != 0 || rep.block_len_bytes != BLOCK)
				die("slot");
		}
		for (size_t i = 0; i < BLOCK_OF_CALLS; i++)
			bare[at + i] = call(echo, &req, &rep);
	}
	report(slot, bare, n);
	kill(guest, SIGKILL);
	snprintf(path, sizeof(path), "%s/x.qmp", dir);
	unlink(path);
	unlink(conf);
	rmdir(dir);
	return 0;
}
