// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The real rasd-pagemap against guests that lie, hang or are huge, and rasd's client against a
 * helper that dies. The process that plays QEMU does here what a guest's kernel could do to its own
 * memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/fuse.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "tests/unit/helper_env.h"

#define PLANT_BYTES (UINT64_C(1) << 20) /* below the table of fill_ram() */
#define PLANT_AT (RAM_BYTES - 0x4000 - PLANT_BYTES)
#define TRUE_AT UINT64_C(0x100000)
#define SPARSE_BYTES (UINT64_C(64) << 30)
#define SPARSE_TABLE ((UINT64_C(1) << 32) - GPA + 0x3000) /* the search comes here last */
#define HUNG_BYTES UINT64_C(0x10000)

static uint8_t *sparse, *hung;
static int uffd = -1;

static int slot(pid_t pid)
{
	return ask(helper_slot(client, pid, start_of(pid), 1, 0, on_reply, NULL, NULL));
}

/* Once, late or not. */
static int slot_once(pid_t pid)
{
	return answer(helper_slot(client, pid, start_of(pid), 1, 0, on_reply, NULL, NULL));
}

/*
 * Search until n signatures were passed over. A page that the kernel is moving to another frame is
 * absent for that moment, so one search may miss some.
 */
static int hest_ignoring(uint32_t n)
{
	int r = -1;

	for (int i = 0; i < 100; i++) {
		r = hest(qemu, start_of(qemu), section(), 1);
		if (got.n_ignored >= n)
			break;
	}
	return r;
}

static void touch_planted(void)
{
	for (uint64_t at = PLANT_AT; at < PLANT_AT + PLANT_BYTES; at += 0x1000)
		(void)*(volatile uint8_t *)(ram + at);
	(void)*(volatile uint8_t *)(ram + TRUE_AT);
}

/* Thousands of tables above the true one. All are skipped, counted and reported. */
static void test_planted(void **state)
{
	const uint32_t n = PLANT_BYTES / 256;
	uint8_t *top = ram + RAM_BYTES - 0x2000 - 64;

	(void)state;
	memset(top, 0, HEST_LEN);
	hest_make(ram + TRUE_AT, 1, GPA + 8, GPA + 0x18, BLOCK);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *t = ram + PLANT_AT + i * 256;

		hest_make(t, 1, GPA + 8, GPA + 0x18, BLOCK);
		switch (i % 6) {
		case 0:
			t[9]++; /* sum */
			break;
		case 1:
			t[6] = 2; /* too long */
			break;
		case 2:
			t[40] = 9; /* no GHESv2 */
			hest_sum(t, HEST_LEN);
			break;
		case 3:
			hest_make(t, 1, 0x9000000, GPA + 0x18, BLOCK); /* a device */
			break;
		case 4:
			hest_make(t, 1, GPA + 8, GPA + RAM_BYTES - 4, BLOCK); /* leaves RAM */
			break;
		case 5:
			hest_make(t, 1, GPA + 8, GPA + 0x18, 19); /* no room for a block's head */
			break;
		}
	}
	qemu = start_qemu_also("x.qmp", UID, touch_planted);
	start_helper();
	if (hest_ignoring(n) < 0)
		fail_msg("hest: %s", got_err.text);
	assert_int_equal(got.hest_gpa, GPA + TRUE_AT);
	assert_int_equal(got.n_sources, 1);
	assert_int_equal(got.n_ignored, n);
	assert_int_equal(got.n_rivals, 0);

	/* Without a true table the count is reported too. */
	memset(ram + TRUE_AT, 0, 4);
	assert_int_equal(hest_ignoring(n), -RAS_E_NOT_READY);
	assert_int_equal(got.n_ignored, n);
	assert_non_null(strstr(got_err.text, "4096 ignored"));
	memcpy(ram + TRUE_AT, "HEST", 4);
}

/* Of two perfect tables the same one is used every time, and the other one is reported. */
static void test_rival(void **state)
{
	(void)state;
	memset(ram + PLANT_AT + PLANT_BYTES - 0x1000, 0, 0x1000);
	hest_make(ram + PLANT_AT + PLANT_BYTES - 0x1000, 1, GPA + 8, GPA + 0x20, BLOCK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
		assert_int_equal(got.hest_gpa, GPA + PLANT_AT + PLANT_BYTES - 0x1000);
		assert_int_equal(got.n_rivals, 1);
		assert_int_equal(got.source[0].read_ack_gpa, GPA + 0x20);
	}
	memset(ram + PLANT_AT + PLANT_BYTES - 0x1000, 0, HEST_LEN);
	assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
	assert_int_equal(got.hest_gpa, GPA + TRUE_AT);
}

/* The guest rewrites what the search read. Each read of the status block checks it again. */
static void test_rewritten(void **state)
{
	static const uint64_t bad[] = {
		0,
		8,
		0x9000000,
		UINT64_MAX,
		UINT64_MAX - 7,
		UINT64_MAX - BLOCK + 1,
		GPA - 1,
		GPA - BLOCK,
		GPA + RAM_BYTES - BLOCK + 1,
		GPA + RAM_BYTES - 1,
		GPA + RAM_BYTES,
		GPA + (UINT64_C(1) << 63),
	};
	const uint64_t good = GPA + 0x1000, table = GPA + TRUE_AT, odd = GPA + 0x1003,
		       ack = UINT64_MAX;
	uint8_t saved[HEST_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(ram + 8, &bad[i], 8);
		assert_int_equal(slot(qemu), -RAS_E_NOT_READY);
		assert_int_equal(got.block_len_bytes, 0);
	}
	memcpy(ram + 8, &table, 8);
	assert_int_equal(slot(qemu), 0);
	assert_memory_equal(got.block, ram + TRUE_AT, BLOCK);
	memcpy(ram + 8, &odd, 8);
	assert_int_equal(slot(qemu), 0);
	assert_int_equal(got.status_pointer, odd);
	memcpy(ram + 8, &good, 8);

	/*
	 * The table itself is read only once. A read-ack that it moves to a device later has no
	 * effect.
	 */
	memcpy(saved, ram + TRUE_AT, HEST_LEN);
	hest_make(ram + TRUE_AT, 1, 0x9000000, 0x9000000, 0xffffffff);
	memcpy(ram + 0x18, &ack, 8);
	assert_int_equal(slot(qemu), 0);
	assert_int_equal(got.read_ack, ack);
	assert_int_equal(got.block_len_bytes, BLOCK);
	memcpy(ram + TRUE_AT, saved, HEST_LEN);
}

static void fill(uint8_t *at, uint64_t table_at)
{
	const uint64_t block = GPA + 0x1000, one = 1;

	memcpy(at + 8, &block, 8);
	memcpy(at + 0x18, &one, 8);
	hest_make(at + table_at, 1, GPA + 8, GPA + 0x18, BLOCK);
}

static void fill_sparse(void)
{
	fill(sparse, SPARSE_TABLE);
	/* One page in every 16 MiB: page tables all over. */
	for (uint64_t at = 0x800000; at < SPARSE_BYTES; at += UINT64_C(16) << 20)
		sparse[at] = 1;
}

/*
 * 64 GiB with the table at the far end is found within the budget. Otherwise the answer would be a
 * timeout.
 */
static void test_sparse(void **state)
{
	struct ram_section s = { GPA, SPARSE_BYTES, 0 };
	pid_t pid;
	int64_t t0;

	(void)state;
	sparse = mmap(NULL, SPARSE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(sparse != MAP_FAILED);
	assert_int_equal(madvise(sparse, SPARSE_BYTES, MADV_NOHUGEPAGE), 0);
	s.hva = (uint64_t)(uintptr_t)sparse;
	pid = start_qemu_also("sparse.qmp", UID, fill_sparse);
	t0 = clock_boot_ns();
	if (hest(pid, start_of(pid), &s, 1) < 0)
		fail_msg("hest: %s", got_err.text);
	printf("64 GiB sparse: %" PRId64 " us, %u pages read\n", (clock_boot_ns() - t0) / 1000,
	       got.pages_read);
	assert_int_equal(got.hest_gpa, GPA + SPARSE_TABLE);
	/* A page that the kernel is moving counts as absent for that moment. */
	assert_in_range(got.pages_read, 4000, 4200);
	end(pid);
	munmap(sparse, SPARSE_BYTES);
}

static void answer_faults(int sig)
{
	struct uffdio_zeropage z = { .range = { (uint64_t)(uintptr_t)hung + 0x1000, 0x1000 } };

	(void)sig;
	ioctl(uffd, UFFDIO_ZEROPAGE, &z);
}

/* The page of the status block is missing until a signal comes. */
static void make_missing(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .range = { (uint64_t)(uintptr_t)hung + 0x1000, 0x1000 },
				       .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct sigaction sa = { .sa_handler = answer_faults };

	fill(hung, 0x3000);
	uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) < 0 ||
	    ioctl(uffd, UFFDIO_REGISTER, &reg) < 0 || sigaction(SIGUSR1, &sa, NULL) < 0)
		_exit(1);
}

static pid_t start_small(const char *name, void (*also)(void))
{
	struct ram_section s = { GPA, HUNG_BYTES, 0 };
	pid_t pid;

	hung = mmap(NULL, HUNG_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(hung != MAP_FAILED);
	s.hva = (uint64_t)(uintptr_t)hung;
	pid = start_qemu_also(name, UID, also);
	if (hest(pid, start_of(pid), &s, 1) < 0)
		fail_msg("hest: %s", got_err.text);
	return pid;
}

/* Post-copy. Seen on Linux 6.18: /proc/PID/mem does not wait until the page is filled, it fails. */
static void test_userfault(void **state)
{
	pid_t pid = start_small("missing.qmp", make_missing);
	int tries = 0, r;

	(void)state;
	for (int i = 0; i < 5; i++) {
		r = slot_once(pid);
		assert_true(r == -RAS_E_HELPER || r == -RAS_E_TIMEOUT || r == -RAS_E_BUSY);
		assert_int_equal(slot(qemu), 0);
	}
	kill(pid, SIGUSR1);
	while ((r = slot(pid)) != 0) {
		assert_int_equal(r, -RAS_E_HELPER);
		assert_true(++tries < PATIENCE_MS);
		usleep(1000);
	}
	end(pid);
	munmap(hung, HUNG_BYTES);
}

static int release_pipe[2];
static char slow_path[128];

/* A file system with one file, whose data come only on command. */
static _Noreturn void serve_slow(int fuse)
{
	static uint8_t in[16384], data[4096];
	const struct fuse_in_header *h = (const void *)in;

	while (read(fuse, in, sizeof(in)) > 0) {
		struct {
			struct fuse_out_header h;
			union {
				struct fuse_init_out init;
				struct fuse_attr_out attr;
				struct fuse_open_out open;
				uint8_t data[4096];
			} u;
		} out = { .h = { .unique = h->unique, .len = sizeof(out.h) } };

		switch (h->opcode) {
		case FUSE_INIT:
			out.u.init = (struct fuse_init_out){ .major = 7,
							     .minor = 31,
							     .max_write = 4096 };
			out.h.len += (uint32_t)sizeof(out.u.init);
			break;
		case FUSE_GETATTR:
			out.u.attr = (struct fuse_attr_out){ .attr_valid = 1000,
							     .attr = { .ino = 1,
								       .size = sizeof(data),
								       .mode = S_IFREG | 0600,
								       .nlink = 1 } };
			out.h.len += (uint32_t)sizeof(out.u.attr);
			break;
		case FUSE_OPEN:
			out.h.len += (uint32_t)sizeof(out.u.open);
			break;
		case FUSE_READ:
			if (read(release_pipe[0], in, 1) != 1)
				_exit(1);
			out.h.len += (uint32_t)sizeof(data);
			break;
		case FUSE_FORGET:
		case FUSE_INTERRUPT:
			continue;
		default:
			out.h.error = -ENOSYS;
		}
		if (write(fuse, &out, out.h.len) < 0)
			_exit(1);
	}
	_exit(0);
}

static pid_t start_slow(void)
{
	char options[128];
	pid_t pid;
	int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC), fd;

	if (fuse < 0)
		fail_msg("/dev/fuse: %s", strerror(errno));
	snprintf(slow_path, sizeof(slow_path), "%s/slow", dir);
	fd = open(slow_path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	snprintf(options, sizeof(options), "fd=%d,rootmode=100000,user_id=0,group_id=0,allow_other",
		 fuse);
	assert_int_equal(mount("rasd-test", slow_path, "fuse", MS_NOSUID | MS_NODEV, options), 0);
	assert_int_equal(pipe2(release_pipe, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve_slow(fuse);
	}
	close(fuse);
	return pid;
}

static void map_slow(void)
{
	int fd = open(slow_path, O_RDWR | O_CLOEXEC);
	struct stat st;

	fill(hung, 0x3000);
	/* The kernel must know its size first. */
	if (fd < 0 || fstat(fd, &st) < 0 ||
	    mmap(hung + 0x1000, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) ==
		    MAP_FAILED)
		_exit(1);
}

static int n_other;

static void on_other(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	(void)rep, (void)fd;
	n_other++;
	*(int *)arg = err ? -err->code : 0;
}

/*
 * A guest whose memory hangs gets a timeout. The others notice nothing. It works again afterwards.
 */
static void test_hung(void **state)
{
	pid_t server = start_slow(), pid = start_small("hung.qmp", map_slow);
	int r = 0, tries = 0;

	(void)state;
	assert_int_equal(helper_slot(client, pid, start_of(pid), 1, 0, on_other, &r, NULL), 0);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(slot(qemu), 0);
		if (n_other && r != -RAS_E_TIMEOUT)
			fail_msg("the read did not hang: %d", r);
	}
	while (n_other == 0)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(r, -RAS_E_TIMEOUT);
	/* The helper's own deadline starts a little later than the client's. */
	while (slot_once(pid) == -RAS_E_TIMEOUT)
		assert_true(++tries < 500);
	assert_int_equal(-got_err.code, -RAS_E_BUSY);
	assert_non_null(strstr(got_err.text, "has not come back"));
	assert_int_equal(slot(qemu), 0);

	assert_int_equal(write(release_pipe[1], "", 1), 1);
	assert_int_equal(slot(pid), 0);
	assert_int_equal(got.block[0], 0);
	assert_int_equal(n_other, 1); /* the late answer was dropped */

	end(pid);
	end(server);
	assert_int_equal(umount2(slow_path, MNT_DETACH), 0);
	munmap(hung, HUNG_BYTES);
}

/* More guests than the helper keeps: the one used longest ago has to be searched again. */
static void test_eviction(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++)
		answer(helper_pagemap(client, 1, 1000 + (uint64_t)i, on_reply, NULL, NULL));
	assert_int_equal(slot(qemu), 0);
	for (int i = 0; i < 300; i++)
		answer(helper_pagemap(client, 1, 2000 + (uint64_t)i, on_reply, NULL, NULL));
	assert_int_equal(slot(qemu), -RAS_E_NOT_FOUND);
	assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
	assert_int_equal(slot(qemu), 0);
}

/* As systemd does: the listening socket is descriptor 3. */
static void activate_helper(int listener)
{
	char pid_text[16];

	helper_pid = fork();
	assert_true(helper_pid >= 0);
	if (helper_pid == 0) {
		snprintf(pid_text, sizeof(pid_text), "%d", (int)getpid());
		setenv("LISTEN_PID", pid_text, 1);
		setenv("LISTEN_FDS", "1", 1);
		if (dup2(listener, 3) == 3)
			execl(helper_bin(), "rasd-pagemap", "--config", conf_path, (char *)NULL);
		_exit(127);
	}
}

static int n_up, n_down;

static struct notify_sub link_sub;

static void on_link(void *arg, const void *what)
{
	const struct helper_link *link = what;

	(void)arg;
	link->up ? n_up++ : n_down++;
}

static bool stranger_is_thrown_out(const struct sockaddr_un *sa)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
		char c;

		if (setresuid(UID, UID, UID) < 0 ||
		    connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) < 0)
			_exit(2);
		_exit(recv(fd, &c, 1, 0) == 0 ? 0 : 1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

/* A helper that systemd starts: first absent, then killed during calls, then running again. */
static void test_reconnect(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int listener, r[2] = { 0, 0 };

	(void)state;
	helper_client_free(client);
	end(helper_pid);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/pagemap.sock", dir);
	assert_int_equal(helper_client_connect(&client, base, sa.sun_path, NULL), 0);
	helper_client_subscribe(client, &link_sub, on_link, NULL);
	assert_false(helper_client_alive(client));
	assert_non_null(strstr(helper_client_why(client), "No such file"));
	assert_int_equal(helper_slot(client, qemu, 1, 1, 0, on_reply, NULL, NULL), -RAS_E_HELPER);

	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(chmod(sa.sun_path, 0777), 0);
	assert_int_equal(listen(listener, 8), 0);
	activate_helper(listener);
	while (n_up == 0)
		event_base_loop(base, EVLOOP_ONCE);
	assert_true(helper_client_alive(client));
	/* It is still being started. */
	assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
	assert_int_equal(slot(qemu), 0);
	assert_true(stranger_is_thrown_out(&sa));
	assert_int_equal(slot(qemu), 0);

	kill(helper_pid, SIGSTOP);
	n_other = 0;
	assert_int_equal(helper_slot(client, qemu, start_of(qemu), 1, 0, on_other, &r[0], NULL), 0);
	assert_int_equal(helper_slot(client, qemu, start_of(qemu), 1, 0, on_other, &r[1], NULL), 0);
	kill(helper_pid, SIGKILL);
	waitpid(helper_pid, NULL, 0);
	while (n_down == 0)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(n_other, 2);
	assert_int_equal(r[0], -RAS_E_HELPER);
	assert_int_equal(r[1], -RAS_E_HELPER);
	assert_false(helper_client_alive(client));

	activate_helper(listener);
	while (n_up == 1)
		event_base_loop(base, EVLOOP_ONCE);
	r[0] = slot(qemu);
	assert_int_equal(r[0], -RAS_E_NOT_FOUND); /* another helper, which knows nothing yet */
	assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
	assert_int_equal(slot(qemu), 0);
	assert_int_equal(n_down, 1);
	close(listener);
}

static void silent(int level, const char *line)
{
	(void)level, (void)line;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planted),	  cmocka_unit_test(test_rival),
		cmocka_unit_test(test_rewritten), cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_userfault), cmocka_unit_test(test_hung),
		cmocka_unit_test(test_eviction),  cmocka_unit_test(test_reconnect),
	};

	/* The mount of test_hung ends with this process. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		fprintf(stderr, "test_helper_hostile: needs root\n");
	log_set_sink(silent);
	return cmocka_run_group_tests(tests, setup, teardown);
}
