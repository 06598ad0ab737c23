// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasd-pagemap and guest memory that does not answer: post-copy, a hung file system. */
#include "helper_hostile.h"
#include "tests/unit/loop_turn.h"

static uint8_t *hung;

#define HUNG_BYTES (UINT64_C(16) << 20)

static int uffd = -1;

/* Once, late or not. */
static int slot_once(pid_t pid)
{
	return answer(helper_slot(client, pid, start_of(pid), 1, 0, on_reply, NULL, NULL));
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

	hung = qemu_ram(HUNG_BYTES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	assert_non_null(hung);
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
	qemu_ram_free(hung, HUNG_BYTES);
}

static int release_pipe[2];
static char slow_path[128];

/* A file system with one file, whose page of the status block comes only on command. */
static _Noreturn void serve_slow(int fuse)
{
	static uint8_t in[16384], data[4096];
	const struct fuse_in_header *h = (const void *)in;
	const struct fuse_read_in *at = (const void *)(h + 1);
	char c;

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
								       .size = HUNG_BYTES,
								       .mode = S_IFREG | 0600,
								       .nlink = 1 } };
			out.h.len += (uint32_t)sizeof(out.u.attr);
			break;
		case FUSE_OPEN:
			out.h.len += (uint32_t)sizeof(out.u.open);
			break;
		case FUSE_READ:
			if (at->offset == 0x1000 && read(release_pipe[0], &c, 1) != 1)
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

	/* The kernel must know its size first. */
	if (fd < 0 || fstat(fd, &st) < 0 ||
	    mmap(hung, HUNG_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) ==
		    MAP_FAILED)
		_exit(1);
	fill(hung, 0x3000);
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
		loop_turn(base, EVLOOP_ONCE);
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
	qemu_ram_free(hung, HUNG_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_userfault),
		cmocka_unit_test(test_hung),
	};

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		fprintf(stderr, "test_helper_slow: needs root\n");
	test_waits = helper_waits;
	log_set_sink(silent);
	return cmocka_run_group_tests(tests, setup_running, teardown);
}
