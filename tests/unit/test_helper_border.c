// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Attacks on rasd-pagemap, each by a process with the attacker's real uid: a local user, a QEMU
 * that is no guest's, and rasd itself in wrong hands.
 */
#include "helper_hostile.h"

#include <sys/resource.h>

#define LOCAL_UID 65534u /* in no group of ours */
#define RASD_UID 64057u

static pid_t attacker;

/* --- names of sockets --- */

static bool make_dirs(char *path)
{
	for (char *p = path + 1; *p; p++) {
		bool ok;

		if (*p != '/')
			continue;
		*p = '\0';
		ok = mkdir(path, 0755) == 0 || errno == EEXIST;
		*p = '/';
		if (!ok)
			return false;
	}
	return true;
}

/* A socket whose name makes a line in /proc/net/unix: "listens at DIR/NAME.qmp, inode ino". */
static bool forge(unsigned int n, uint32_t ino)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "\n0: 2 0 10000 1 1 %u %s/f%u.qmp", ino, dir, n);
	return s >= 0 && make_dirs(sa.sun_path) &&
	       bind(s, (const struct sockaddr *)&sa, sizeof(sa)) == 0 && listen(s, 1) == 0;
}

/* Removes what forge() left. */
static void clean(const char *work)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", work);
	assert_int_equal(system(command), 0);
}

/* A local user with n forged lines, or as many as descriptors allow; gives how many. */
static unsigned int start_forger(const char *work, unsigned int n, uint32_t ino)
{
	unsigned int made = 0;
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	attacker = fork();
	assert_true(attacker >= 0);
	if (attacker == 0) {
		if (chdir(work) < 0 || setresgid(LOCAL_UID, LOCAL_UID, LOCAL_UID) < 0 ||
		    setresuid(LOCAL_UID, LOCAL_UID, LOCAL_UID) < 0 ||
		    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
			_exit(1);
		while (made < n && forge(made, ino))
			made++;
		if (write(p[1], &made, sizeof(made)) != sizeof(made))
			_exit(1);
		for (;;)
			pause();
	}
	close(p[1]);
	assert_int_equal(read(p[0], &made, sizeof(made)), sizeof(made));
	close(p[0]);
	return made;
}

static void make_work(char *work)
{
	strcpy(work, "/tmp/test-border.XXXXXX");
	assert_non_null(mkdtemp(work));
	assert_int_equal(chown(work, LOCAL_UID, LOCAL_UID), 0);
}

static uint32_t plain_ino;

/* A process of QEMU's user that serves nothing, with any socket. */
static void hold_socket(void)
{
	struct stat st;
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	if (s < 0 || fstat(s, &st) < 0)
		_exit(1);
	*(volatile uint32_t *)(void *)(ram + RAM_BYTES - 0x1000) = (uint32_t)st.st_ino;
}

static void test_forged_name(void **state)
{
	char work[32];
	pid_t other = start_qemu_also(NULL, UID, hold_socket);

	(void)state;
	memcpy(&plain_ino, ram + RAM_BYTES - 0x1000, sizeof(plain_ino));
	assert_int_not_equal(plain_ino, 0);
	make_work(work);
	assert_int_equal(start_forger(work, 1, plain_ino), 1);
	assert_int_equal(hest(other, start_of(other), section(), 1), -RAS_E_HELPER);
	assert_non_null(strstr(got_err.text, "QMP socket"));
	assert_int_equal(ask(helper_pagemap(client, other, start_of(other), on_reply, NULL, NULL)),
			 -RAS_E_HELPER);
	end(attacker);
	end(other);
	clean(work);
}

/* 31 files, so that the next one has another inode than the last one of its kind. */
static void use_inodes(int round)
{
	for (int i = 0; i < 31; i++) {
		char path[128];
		int fd;

		snprintf(path, sizeof(path), "%s/%d.%d", dir, round, i);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		close(fd);
	}
}

/* Sockets of a local user blind nobody, however many. */
static void test_many_sockets(void **state)
{
	struct rlimit rl, was;
	char work[32], name[32];
	unsigned int n;
	pid_t fresh;

	(void)state;
	make_work(work);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	rl = was;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	n = start_forger(work, 20000, 1);
	setrlimit(RLIMIT_NOFILE, &was);
	printf("%u sockets of uid %u\n", n, LOCAL_UID);
	if (n < 3000)
		fail_msg("only %u sockets: raise the hard limit of descriptors to 4096", n);
	/* The kernel lists sockets by the inodes of their files modulo 256: try all over. */
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "fresh%d.qmp", i);
		use_inodes(i);
		fresh = start_qemu(name, UID);
		if (hest(fresh, start_of(fresh), section(), 1) < 0)
			fail_msg("a new guest is not found: %s", got_err.text);
		end(fresh);
	}
	end(attacker);
	clean(work);
}

/* --- a listener that is not what rasd reaches --- */

static char file[192], other_dir[96];

static int listen_at(const char *path, uid_t uid)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int s;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.100s", path);
	/* Only the uid for files: as whoever is root, the rest may still be done. */
	if (seteuid(uid) < 0)
		_exit(1);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	if (seteuid(0) < 0 || s < 0 || bind(s, (const struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    listen(s, 1) < 0 || chmod(path, 0666) < 0)
		_exit(1);
	return s;
}

static void hold_private(void)
{
	listen_at(file, UID);
	if (chmod(file, 0700) < 0)
		_exit(1);
}

static void hold_open(void)
{
	listen_at(file, UID);
	if (chmod(file, 0720) < 0)
		_exit(1);
}

static void hold_foreign(void)
{
	listen_at(file, RASD_UID);
}

static void hold_unlinked(void)
{
	listen_at(file, UID);
	if (unlink(file) < 0)
		_exit(1);
}

static void hold_replaced(void)
{
	hold_unlinked();
	if (mknod(file, S_IFSOCK | 0600, 0) < 0)
		_exit(1);
}

static void hold_elsewhere(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/a.qmp", other_dir);
	listen_at(path, UID);
	if (symlink(path, file) < 0)
		_exit(1);
}

static void hold_bound_only(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.100s", file);
	if (bind(s, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
		_exit(1);
}

static void does_not_qualify(void (*hold)(void), const char *what)
{
	pid_t pid;

	snprintf(file, sizeof(file), "%s/a.qmp", dir);
	unlink(file);
	pid = start_qemu_also(NULL, UID, hold);
	if (ask(helper_pagemap(client, pid, start_of(pid), on_reply, NULL, NULL)) != -RAS_E_HELPER)
		fail_msg("qualifies: %s", what);
	end(pid);
	unlink(file);
}

static void test_listeners(void **state)
{
	pid_t pid;

	(void)state;
	snprintf(other_dir, sizeof(other_dir), "%s.other", dir);
	assert_int_equal(mkdir(other_dir, 0755), 0);
	does_not_qualify(hold_foreign, "holds a listener that rasd made and passed to it");
	does_not_qualify(hold_unlinked, "its socket has no name any more");
	does_not_qualify(hold_replaced, "its socket's name is another socket's now");
	does_not_qualify(hold_elsewhere, "its socket is the target of a symbolic link");
	does_not_qualify(hold_bound_only, "does not listen");
	does_not_qualify(hold_private, "its socket lets nobody in but its owner");
	pid = start_qemu_also(NULL, UID, hold_open);
	if (ask(helper_pagemap(client, pid, start_of(pid), on_reply, NULL, NULL)) < 0)
		fail_msg("what rasd may connect to does not qualify: %s", got_err.text);
	close(got_fd);
	end(pid);
	unlink(file);
	clean(other_dir);
}

/* --- RAM that is none --- */

#define LIE_BYTES (UINT64_C(32) << 20)
#define LIE_MAP_BYTES (UINT64_C(128) << 20)

/* Where the lie is mapped; made by the parent, so that the child has it at the same address. */
static uint8_t *lie;

static void fill_lie(void)
{
	fill(lie, 0x3000);
}

/* A process whose memory at lie has a perfect table, and is no guest RAM. */
static void not_searched(const char *what)
{
	const struct ram_section s = { GPA, LIE_BYTES, (uint64_t)(uintptr_t)lie };
	pid_t pid = start_qemu_also("lie.qmp", UID, fill_lie);

	if (hest(pid, start_of(pid), &s, 1) != -RAS_E_HELPER)
		fail_msg("searched as guest RAM: %s", what);
	if (slot(pid) != -RAS_E_NOT_FOUND)
		fail_msg("a block was read: %s", what);
	end(pid);
	unlink_in_dir("lie.qmp");
}

static void test_lies(void **state)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	uint8_t *all = mmap(NULL, LIE_MAP_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *start;

	(void)state;
	assert_true(all != MAP_FAILED);
	start = (uint8_t *)(((uintptr_t)all + (UINT64_C(64) << 20) - 1) & ~UINT64_C(0x3ffffff));

	/* As a large malloc: behind a page, with nothing behind it, then a stack's guard. */
	lie = start + 0x1000;
	mmap(lie, LIE_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
	not_searched("a large allocation below a thread's stack");
	mmap(all, LIE_MAP_BYTES, PROT_NONE, flags, -1, 0);

	/* As the heap of a thread: 64 MiB are reserved. */
	lie = start;
	mmap(lie, LIE_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
	not_searched("a thread's heap");

	/* As the buffer of the translator. */
	mmap(lie, LIE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, flags, -1, 0);
	not_searched("executable memory");
	mmap(lie, LIE_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
	munmap(lie + LIE_BYTES, (size_t)(all + LIE_MAP_BYTES - (lie + LIE_BYTES)));
	not_searched("memory with nothing behind it");
	munmap(all, LIE_MAP_BYTES);
}

/*
 * The table is true, and rasd names another place for the page of its status block: 8 bytes here, 8
 * bytes there.
 */
static void test_patchwork(void **state)
{
	uint8_t *heap =
		mmap(NULL, 0x10000, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct ram_section s[] = {
		{ GPA + 0x2000, RAM_BYTES - 0x2000, (uint64_t)(uintptr_t)ram + 0x2000 },
		{ GPA, 0x1000, (uint64_t)(uintptr_t)ram },
		{ GPA + 0x1000, 0x1000, (uint64_t)(uintptr_t)heap },
	};

	(void)state;
	assert_true(heap != MAP_FAILED);
	memset(heap, 0x77, 0x10000);
	assert_int_equal(hest(qemu, start_of(qemu), s, 3), -RAS_E_NOT_READY);
	assert_int_equal(slot(qemu), -RAS_E_NOT_FOUND);
	/* Nor may guest RAM itself be put together anew. */
	s[0] = (struct ram_section){ GPA, RAM_BYTES / 2, (uint64_t)(uintptr_t)ram + RAM_BYTES / 2 };
	s[1] = (struct ram_section){ GPA + RAM_BYTES / 2, RAM_BYTES / 2, (uint64_t)(uintptr_t)ram };
	assert_int_equal(hest(qemu, start_of(qemu), s, 2), -RAS_E_HELPER);
	assert_int_equal(slot(qemu), -RAS_E_NOT_FOUND);
	assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
	munmap(heap, 0x10000);
}

/* After the search QEMU unplugs the memory, and its heap grows into the place. */
static uint8_t *plugged;

static void unplug(int sig)
{
	(void)sig;
	munmap(plugged, LIE_BYTES);
	if (mmap(plugged, LIE_BYTES / 2, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		_exit(1);
	fill(plugged, 0x3000);
	memset(plugged + 0x1000, 0x55, BLOCK);
	plugged[0x2000] = 1; /* done; the parent sees it in ram */
	ram[RAM_BYTES - 0x1000] = 0x99;
}

static void fill_plugged(void)
{
	fill(plugged, 0x3000);
	signal(SIGUSR1, unplug);
}

static void test_unplugged(void **state)
{
	struct ram_section s = { GPA, LIE_BYTES, 0 };
	int64_t until;
	pid_t pid;
	int r;

	(void)state;
	plugged = qemu_ram(LIE_BYTES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	assert_non_null(plugged);
	s.hva = (uint64_t)(uintptr_t)plugged;
	ram[RAM_BYTES - 0x1000] = 0;
	pid = start_qemu_also("plug.qmp", UID, fill_plugged);
	assert_int_equal(hest(pid, start_of(pid), &s, 1), 0);
	assert_int_equal(slot(pid), 0);
	kill(pid, SIGUSR1);
	until = patience_end_ns();
	while (*(volatile uint8_t *)(ram + RAM_BYTES - 0x1000) != 0x99)
		assert_true(clock_boot_ns() < until && (usleep(1000), 1));
	/* A kernel without PROCMAP_QUERY: a second later at the latest. */
	usleep(1100000);
	r = slot(pid);
	if (r != -RAS_E_NOT_FOUND)
		fail_msg("%d: what took the place of guest RAM was read", r);
	end(pid);
	unlink_in_dir("plug.qmp");
	qemu_ram_free(plugged, LIE_BYTES);
}

/* --- what a peer can make it keep --- */

static int count_helper_fds(void)
{
	char path[64];
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)helper_pid);
	d = opendir(path);
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Descriptors that a peer passes are closed. */
static void test_passed_descriptors(void **state)
{
	enum { N = 50 };
	struct helper_request req = { .version = HELPER_PROTO_VERSION, .verb = 99, .id = 5 };
	struct iovec iov = { &req, offsetof(struct helper_request, section) };
	union {
		char buf[CMSG_SPACE(N * sizeof(int))];
		struct cmsghdr align;
	} ctl;
	struct helper_reply rep;
	int fds = 0, first = 0;
	pid_t was = helper_pid;
	char num[16];
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	helper_pid = fork();
	if (helper_pid == 0) {
		snprintf(num, sizeof(num), "%d", dup(sv[1]));
		execl(helper_bin(), "rasd-pagemap", "--config", conf_path, "--fd", num,
		      (char *)NULL);
		_exit(127);
	}
	close(sv[1]);
	for (int i = 0; i < 100; i++) {
		struct msghdr msg = { .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = ctl.buf,
				      .msg_controllen = sizeof(ctl.buf) };
		struct cmsghdr *cm = CMSG_FIRSTHDR(&msg);

		memset(&ctl, 0, sizeof(ctl));
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(N * sizeof(int));
		for (int k = 0; k < N; k++)
			memcpy(CMSG_DATA(cm) + (size_t)k * sizeof(int), &sv[0], sizeof(int));
		assert_true(sendmsg(sv[0], &msg, 0) > 0);
		assert_true(recv(sv[0], &rep, sizeof(rep), 0) > 0);
		assert_int_equal(rep.status, RAS_E_HELPER);
		fds = count_helper_fds();
		first = i ? first : fds;
	}
	assert_int_equal(fds, first);
	assert_in_range(fds, 3, 20);
	close(sv[0]);
	end(helper_pid);
	helper_pid = was;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forged_name),	   cmocka_unit_test(test_many_sockets),
		cmocka_unit_test(test_listeners),	   cmocka_unit_test(test_lies),
		cmocka_unit_test(test_patchwork),	   cmocka_unit_test(test_unplugged),
		cmocka_unit_test(test_passed_descriptors),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, setup_running, teardown);
}
