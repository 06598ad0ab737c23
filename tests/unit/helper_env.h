// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The real rasd-pagemap and processes that play QEMU, for one test program. Needs root. Include
 * after cmocka.
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "helper/qualify.h"
#include "tests/unit/helper_waits.h"
#include "tests/unit/hest_make.h"
#include "tests/unit/qemu_ram.h"

#include "tests/unit/loop_turn.h"

#define UID 64055u
#define OTHER_UID 64056u
#define GPA UINT64_C(0x40000000)
#define RAM_BYTES (UINT64_C(64) << 20)
#define BLOCK 0x400u

static char dir[64];
static char conf_path[96];
static unsigned int helper_qemu_user = UID; /* who may be a guest, by the configuration */
static uint8_t *ram;			    /* shared with the fake QEMUs, at the same address */
static struct event_base *base;
static struct helper_client *client;
static pid_t helper_pid, qemu;
static int helper_socket; /* of client, and closed by it */

/* The result of the last call. */
static struct helper_reply got;
static struct ras_err got_err;
static int got_fd, n_answers;

static inline void on_reply(void *arg, const struct helper_reply *rep, int fd,
			    const struct ras_err *err)
{
	(void)arg;
	n_answers++;
	got_fd = fd;
	got_err = err ? *err : RAS_ERR_NULL;
	if (rep)
		memcpy(&got, rep, offsetof(struct helper_reply, block) + rep->block_len_bytes);
}

/* Run the loop until the answer. Returns 0 or the negative code. */
static inline int answer(int r)
{
	int before = n_answers;

	assert_int_equal(r, 0);
	while (n_answers == before)
		loop_turn(base, EVLOOP_ONCE);
	return -got_err.code;
}

/*
 * The result of a call, made again while it is late: a search of the HEST has 2 s on any machine,
 * and a test of lateness waits for rasd's 100 ms only. What must be late is asked by answer().
 */
#define ask(call)                                                                            \
	({                                                                                   \
		int64_t end__ = patience_end_ns();                                           \
		int r__;                                                                     \
                                                                                             \
		do                                                                           \
			r__ = answer(call);                                                  \
		while ((r__ == -RAS_E_TIMEOUT || r__ == -RAS_E_BUSY) && (usleep(1000), 1) && \
		       clock_boot_ns() < end__);                                             \
		r__;                                                                         \
	})

static inline uint64_t start_of(pid_t pid)
{
	char path[64], text[1024];
	uint64_t t = 0;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	assert_true(stat_start_time(text, &t));
	return t;
}

/* also (may be NULL) runs while the process is still root. */
static inline _Noreturn void play_qemu(const char *name, uid_t uid, int ready, void (*also)(void))
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	if (name) {
		snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s", dir, name);
		if (bind(s, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(s, 1) < 0 ||
		    chmod(sa.sun_path, 0660) < 0)
			_exit(1);
	}
	/*
	 * pagemap shows the process's own page tables, and fork() does not copy those of shared
	 * memory.
	 */
	for (volatile uint8_t *p = ram; p < ram + RAM_BYTES;
	     p += p < ram + 0x2000 || p >= ram + RAM_BYTES - 0x4000 ?
			  0x1000 :
			  RAM_BYTES - 0x4000 - (uint64_t)(p - ram))
		(void)*p;
	if (also)
		also();
	if (setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0 ||
	    /* so that a failed test leaves nothing behind */
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static inline pid_t start_qemu_also(const char *name, uid_t uid, void (*also)(void))
{
	int p[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		play_qemu(name, uid, p[1], also);
	close(p[1]);
	assert_int_equal(read(p[0], &c, 1), 1);
	close(p[0]);
	return pid;
}

static inline pid_t start_qemu(const char *name, uid_t uid)
{
	return start_qemu_also(name, uid, NULL);
}

static inline const char *helper_bin(void)
{
	const char *bin = getenv("RASD_PAGEMAP");

	if (!bin)
		bin = "build/asan/rasd-pagemap";
	if (access(bin, X_OK) < 0)
		fail_msg("%s: %s; build it or set RASD_PAGEMAP", bin, strerror(errno));
	return bin;
}

/* also (may be NULL) runs in the process that becomes the helper. */
static inline void start_helper_also(void (*also)(void))
{
	const char *bin = helper_bin();
	struct ras_err err = RAS_ERR_NULL;
	char num[16];
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	helper_pid = fork();
	assert_true(helper_pid >= 0);
	if (helper_pid == 0) {
		int fd = dup(sv[1]);

		if (also)
			also();
		snprintf(num, sizeof(num), "%d", fd);
		execl(bin, bin, "--config", conf_path, "--fd", num, (char *)NULL);
		_exit(127);
	}
	close(sv[1]);
	helper_socket = sv[0];
	assert_int_equal(helper_client_new(&client, base, sv[0], &test_waits, &err), 0);
}

static inline void start_helper(void)
{
	start_helper_also(NULL);
}

static inline void fill_ram(void)
{
	const uint64_t block = GPA + 0x1000, one = 1;

	memcpy(ram + 8, &block, 8);
	memcpy(ram + 0x18, &one, 8);
	memset(ram + 0x1000, 0xa5, BLOCK);
	hest_make(ram + RAM_BYTES - 0x2000 - 64, 1, GPA + 8, GPA + 0x18, BLOCK);
}

static inline int setup(void **state)
{
	FILE *f;

	(void)state;
	if (geteuid() != 0) {
		fprintf(stderr,
			"test_helper: must run as root: rasd-pagemap needs CAP_SYS_ADMIN and "
			"CAP_SYS_PTRACE, and the test makes processes of other uids\n");
		return -1;
	}
	snprintf(dir, sizeof(dir), "/tmp/test-helper.XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	snprintf(conf_path, sizeof(conf_path), "%s/rasd.conf", dir);
	f = fopen(conf_path, "we");
	assert_non_null(f);
	fprintf(f, "[guests]\nqmp-directory = %s\nqemu-user = %u\n", dir, helper_qemu_user);
	assert_int_equal(fclose(f), 0);
	ram = qemu_ram(RAM_BYTES, MAP_SHARED | MAP_ANONYMOUS, -1);
	assert_non_null(ram);
	fill_ram();
	base = event_base_new();
	assert_non_null(base);
	return 0;
}

static inline const struct ram_section *section(void)
{
	static struct ram_section s;

	s = (struct ram_section){ GPA, RAM_BYTES, (uint64_t)(uintptr_t)ram };
	return &s;
}

static inline int hest(pid_t pid, uint64_t start, const struct ram_section *s, size_t n)
{
	return ask(helper_hest(client, pid, start, s, n, on_reply, NULL, NULL));
}

static inline void end(pid_t pid)
{
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

static inline void unlink_in_dir(const char *name)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

/* It ends by itself, and writes a coverage build's counts. One that hangs is killed. */
static inline void end_helper(void)
{
	for (int i = 0; helper_pid > 0 && i < 10000; i++) {
		if (waitpid(helper_pid, NULL, WNOHANG) == helper_pid)
			helper_pid = 0;
		else
			usleep(1000);
	}
	end(helper_pid);
	helper_pid = 0;
}

static inline int teardown(void **state)
{
	char path[512];
	struct dirent *de;
	DIR *d = opendir(dir);

	(void)state;
	helper_client_free(client);
	end_helper();
	end(qemu);
	while (d && (de = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(dir);
	qemu_ram_free(ram, RAM_BYTES);
	event_base_free(base);
	return 0;
}
