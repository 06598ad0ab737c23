// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The verb `shm` of the real rasd-pagemap: as root, as rasd starts it, and as the user and with the
 * capabilities that its unit gives it. Who may reach the files is tried by processes of real uids.
 * Needs root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/capability.h>
#include <sys/syscall.h>

#include "acpi/ghes_page.h"
#include "base/log.h"
#include "helper/request.h"
#include "tests/unit/helper_env.h"
#include "tests/unit/silent.h"

#define HELPER_UID 64057u /* of the helper as a unit */

static const struct uuid one = { { 0x11, 0x22, 0x33 } }, other = { { 0x44 } };
static char pages[96];	/* the directory of the files */
static uid_t helper_is; /* 0, or HELPER_UID */

static const char *path_of(const struct uuid *uuid, const char *end)
{
	static char path[192];
	char text[UUID_TEXT_SIZE];

	uuid_format(uuid, text);
	snprintf(path, sizeof(path), "%s/%s.%s", pages, text, end);
	return path;
}

static int shm(enum helper_shm_op op, enum helper_shm_file file, const struct uuid *uuid)
{
	return ask(helper_shm(client, op, file, uuid, on_reply, NULL, NULL));
}

static int mapped(const struct uuid *uuid, pid_t pid, uint64_t hva)
{
	const struct ram_section at = { .gpa = GPA, .len_bytes = GHES_PAGE_BYTES, .hva = hva };

	return ask(helper_shm_mapped(client, uuid, pid, start_of(pid), &at, on_reply, NULL, NULL));
}

/* The file is passed, to read and to write. Returns its descriptor. */
static int passed(enum helper_shm_op op, enum helper_shm_file file, const struct uuid *uuid)
{
	if (shm(op, file, uuid) != 0)
		fail_msg("%s", got.text);
	assert_true(got_fd >= 0);
	assert_int_equal(fcntl(got_fd, F_GETFL) & O_ACCMODE, O_RDWR);
	return got_fd;
}

static void assert_refused(enum helper_shm_op op, const char *text)
{
	assert_int_equal(shm(op, HELPER_SHM_PAGE, &one), -RAS_E_HELPER);
	assert_int_equal(got_fd, -1);
	if (!strstr(got.text, text))
		fail_msg("not \"%s\": %s", text, got.text);
}

/* 0 if a process with that uid and no capability may open the file so, else errno. */
static int try_open(uid_t uid, const char *path, int flags)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
			_exit(255);
		_exit(open(path, flags, 0600) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void remove_all(const struct uuid *uuid)
{
	assert_int_equal(shm(HELPER_SHM_REMOVE, HELPER_SHM_PAGE, uuid), 0);
	assert_int_equal(got_fd, -1);
	assert_int_equal(access(path_of(uuid, "page"), F_OK), -1);
	assert_int_equal(access(path_of(uuid, "hest"), F_OK), -1);
	assert_int_equal(access(path_of(uuid, "ssdt"), F_OK), -1);
}

static void test_life(void **state)
{
	struct stat first, again;
	uint8_t byte = 1;
	int fd;

	(void)state;
	assert_int_equal(shm(HELPER_SHM_OPEN, HELPER_SHM_PAGE, &one), -RAS_E_NOT_FOUND);
	fd = passed(HELPER_SHM_MAKE, HELPER_SHM_PAGE, &one);
	assert_int_equal(fstat(fd, &first), 0);
	assert_int_equal(first.st_size, GHES_PAGE_BYTES);
	assert_true(first.st_blocks * 512 >= (int64_t)GHES_PAGE_BYTES); /* it has its room */
	assert_int_equal(pwrite(fd, &byte, 1, GHES_PAGE_BYTES - 1), 1);
	close(fd);
	/* Who asks again gets the same file, with what is in it. */
	fd = passed(HELPER_SHM_MAKE, HELPER_SHM_PAGE, &one);
	assert_int_equal(fstat(fd, &again), 0);
	assert_true(first.st_ino == again.st_ino);
	byte = 0;
	assert_int_equal(pread(fd, &byte, 1, GHES_PAGE_BYTES - 1), 1);
	assert_int_equal(byte, 1);
	close(fd);
	close(passed(HELPER_SHM_OPEN, HELPER_SHM_PAGE, &one));
	assert_int_equal(shm(HELPER_SHM_OPEN, HELPER_SHM_HEST, &one), -RAS_E_NOT_FOUND);
	fd = passed(HELPER_SHM_MAKE, HELPER_SHM_HEST, &one);
	assert_int_equal(fstat(fd, &again), 0);
	assert_int_equal(again.st_size, 0);
	close(fd);
	close(passed(HELPER_SHM_MAKE, HELPER_SHM_SSDT, &one));
	assert_int_equal(access(path_of(&one, "ssdt"), F_OK), 0);
	/* Another guest has nothing yet, and keeps what it has. */
	assert_int_equal(shm(HELPER_SHM_OPEN, HELPER_SHM_PAGE, &other), -RAS_E_NOT_FOUND);
	close(passed(HELPER_SHM_MAKE, HELPER_SHM_PAGE, &other));
	remove_all(&one);
	remove_all(&one);
	close(passed(HELPER_SHM_OPEN, HELPER_SHM_PAGE, &other));
	remove_all(&other);
}

/* A process is named only to open the page that it has mapped. */
static void test_bounds(void **state)
{
	struct helper_request req = { .version = HELPER_PROTO_VERSION, .verb = HELPER_SHM };
	const size_t len = sizeof(req);

	(void)state;
	assert_int_equal(shm((enum helper_shm_op)3, HELPER_SHM_PAGE, &one), -RAS_E_HELPER);
	assert_int_equal(shm(HELPER_SHM_MAKE, (enum helper_shm_file)3, &one), -RAS_E_HELPER);
	assert_int_equal(shm(HELPER_SHM_OPEN, (enum helper_shm_file)UINT32_MAX, &one),
			 -RAS_E_HELPER);
	assert_int_equal(access(path_of(&one, "page"), F_OK), -1);
	req.source_id = HELPER_SHM_OPEN;
	assert_int_equal(request_check(&req, len, NULL), 0);
	for (int pid = -1; pid <= 1; pid += 2) {
		req.pid = pid;
		req.n_sections = 1;
		req.source_id = HELPER_SHM_OPEN;
		assert_int_equal(request_check(&req, len, NULL), 0);
		req.n_sections = 0;
		assert_int_equal(request_check(&req, len, NULL), -RAS_E_HELPER);
		req.n_sections = 2;
		assert_int_equal(request_check(&req, len, NULL), -RAS_E_HELPER);
		req.n_sections = 1;
		req.source_id = HELPER_SHM_MAKE;
		assert_int_equal(request_check(&req, len, NULL), -RAS_E_HELPER);
		req.source_id = HELPER_SHM_REMOVE;
		assert_int_equal(request_check(&req, len, NULL), -RAS_E_HELPER);
		req.source_id = HELPER_SHM_OPEN;
		req.index = HELPER_SHM_HEST;
		assert_int_equal(request_check(&req, len, NULL), -RAS_E_HELPER);
		req.index = HELPER_SHM_PAGE;
	}
}

/* QEMU reaches its files, also after libvirt has given them to it; nobody else does. */
static void test_who_reaches_them(void **state)
{
	char page[192], hest_table[192], made[192];

	(void)state;
	close(passed(HELPER_SHM_MAKE, HELPER_SHM_PAGE, &one));
	close(passed(HELPER_SHM_MAKE, HELPER_SHM_HEST, &one));
	snprintf(page, sizeof(page), "%s", path_of(&one, "page"));
	snprintf(hest_table, sizeof(hest_table), "%s", path_of(&one, "hest"));
	snprintf(made, sizeof(made), "%s/x", pages);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(try_open(UID, page, O_RDWR), 0);
		assert_int_equal(try_open(UID, hest_table, O_RDONLY), 0);
		assert_int_equal(try_open(OTHER_UID, page, O_RDONLY), EACCES);
		assert_int_equal(try_open(OTHER_UID, hest_table, O_RDONLY), EACCES);
		for (uid_t uid = UID; uid <= OTHER_UID; uid++) {
			assert_int_equal(try_open(uid, pages, O_RDONLY | O_DIRECTORY), EACCES);
			assert_int_equal(try_open(uid, made, O_RDWR | O_CREAT), EACCES);
		}
		if (i == 0)
			assert_int_equal(try_open(UID, hest_table, O_RDWR), EACCES);
		close(passed(HELPER_SHM_OPEN, HELPER_SHM_PAGE, &one));
		assert_int_equal(chown(page, UID, UID), 0);
		assert_int_equal(chown(hest_table, UID, UID), 0);
	}
	remove_all(&one);
}

/* What lies under the name and is not rasd-pagemap's is neither opened nor changed. */
static void test_planted(void **state)
{
	char secret[96], link_to[192];
	struct stat st;
	int fd;

	(void)state;
	snprintf(secret, sizeof(secret), "%s/secret", dir);
	fd = open(secret, O_RDWR | O_CREAT, 0600);
	assert_int_equal(ftruncate(fd, GHES_PAGE_BYTES), 0);
	assert_int_equal(fchown(fd, helper_is, 0), 0);
	close(fd);
	snprintf(link_to, sizeof(link_to), "%s", path_of(&one, "page"));
	assert_int_equal(symlink(secret, link_to), 0);
	assert_refused(HELPER_SHM_OPEN, "cannot open");
	assert_refused(HELPER_SHM_MAKE, "cannot open");
	assert_int_equal(unlink(link_to), 0);
	assert_int_equal(link(secret, link_to), 0);
	assert_refused(HELPER_SHM_MAKE, "not a file of rasd-pagemap's");
	assert_int_equal(unlink(link_to), 0);
	assert_int_equal(mkfifo(link_to, 0600), 0);
	assert_int_equal(chown(link_to, helper_is, 0), 0);
	assert_refused(HELPER_SHM_MAKE, "not a file of rasd-pagemap's");
	assert_int_equal(unlink(link_to), 0);
	/* Complete, but a stranger's. */
	close(passed(HELPER_SHM_MAKE, HELPER_SHM_PAGE, &one));
	assert_int_equal(chown(link_to, OTHER_UID, 0), 0);
	assert_refused(HELPER_SHM_OPEN, "not a file of rasd-pagemap's");
	assert_int_equal(chown(link_to, UID, 0), 0);
	close(passed(HELPER_SHM_OPEN, HELPER_SHM_PAGE, &one));
	/* QEMU owns it now, and cuts it. */
	assert_int_equal(truncate(link_to, 4096), 0);
	assert_refused(HELPER_SHM_OPEN, "has 4096 bytes");
	remove_all(&one);
	/* Left behind by a death in the middle of making it. */
	assert_int_equal(symlink(secret, path_of(&one, "page.new")), 0);
	close(passed(HELPER_SHM_MAKE, HELPER_SHM_PAGE, &one));
	assert_int_equal(lstat(path_of(&one, "page"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(access(path_of(&one, "page.new"), F_OK), -1);
	remove_all(&one);
	unlink(secret);
}

static void test_directory(void **state)
{
	char moved[112];
	struct stat st;

	(void)state;
	snprintf(moved, sizeof(moved), "%s.moved", pages);
	assert_int_equal(chmod(pages, 0731), 0);
	assert_refused(HELPER_SHM_MAKE, "may write in");
	assert_int_equal(chmod(pages, 0711), 0);
	assert_int_equal(chown(pages, OTHER_UID, 0), 0);
	assert_refused(HELPER_SHM_MAKE, "may write in");
	assert_int_equal(chown(pages, helper_is, 0), 0);
	assert_int_equal(rename(pages, moved), 0);
	assert_refused(HELPER_SHM_OPEN, "cannot open");
	/* Only root can make it. */
	if (helper_is) {
		assert_refused(HELPER_SHM_MAKE, "cannot open");
	} else {
		close(passed(HELPER_SHM_MAKE, HELPER_SHM_PAGE, &one));
		assert_int_equal(stat(pages, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0711);
		remove_all(&one);
		assert_int_equal(rmdir(pages), 0);
	}
	assert_int_equal(symlink(moved, pages), 0);
	assert_refused(HELPER_SHM_MAKE, "cannot open");
	assert_int_equal(unlink(pages), 0);
	assert_int_equal(rename(moved, pages), 0);
	close(passed(HELPER_SHM_MAKE, HELPER_SHM_PAGE, &one));
	remove_all(&one);
}

/* --- which process has it mapped --- */

static uint8_t *place; /* where it is mapped */

static void map_one(int prot, int flags, off_t from)
{
	int fd = open(path_of(&one, "page"), O_RDWR | O_CLOEXEC);

	if (fd < 0 || mmap(place, GHES_PAGE_BYTES, prot, flags | MAP_FIXED, fd, from) == MAP_FAILED)
		_exit(1);
}

static void map_shared(void)
{
	map_one(PROT_READ | PROT_WRITE, MAP_SHARED, 0);
}

static void map_private(void)
{
	map_one(PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
}

static void map_to_read(void)
{
	map_one(PROT_READ, MAP_SHARED, 0);
}

static void map_its_end(void)
{
	map_one(PROT_READ | PROT_WRITE, MAP_SHARED, 4096);
}

/*
 * Our command line, which the played QEMUs inherit. main() has made room for it in the place that
 * the kernel reads.
 */
#define ROOM 200
static char *cmdline;

static void started_with(const char *option, const struct uuid *table)
{
	memset(cmdline, 0, ROOM);
	snprintf(cmdline, ROOM, "%s%cfile=%s,x=y", option, 0,
		 table ? path_of(table, "hest") : "/x");
}

static int is_mapped_by(const char *name, uid_t uid, void (*how)(void))
{
	pid_t pid = start_qemu_also(name, uid, how);
	int r = mapped(&one, pid, (uintptr_t)place);

	if (r == 0) {
		assert_true(got_fd >= 0);
		close(got_fd);
		/* Only there. */
		assert_int_equal(mapped(&one, pid, (uintptr_t)place + 4096), -RAS_E_NOT_FOUND);
		assert_int_equal(mapped(&other, pid, (uintptr_t)place), -RAS_E_NOT_FOUND);
	}
	assert_int_equal(r == 0 ? -1 : got_fd, -1);
	end(pid);
	unlink_in_dir(name);
	return r;
}

static void test_mapped(void **state)
{
	pid_t pid;

	(void)state;
	place = mmap(NULL, GHES_PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(place != MAP_FAILED);
	close(passed(HELPER_SHM_MAKE, HELPER_SHM_PAGE, &one));
	close(passed(HELPER_SHM_MAKE, HELPER_SHM_PAGE, &other));
	started_with("-acpitable", &one);
	assert_int_equal(is_mapped_by("a.qmp", UID, map_shared), 0);
	assert_int_equal(is_mapped_by("b.qmp", UID, NULL), -RAS_E_NOT_FOUND);
	assert_int_equal(is_mapped_by("c.qmp", UID, map_private), -RAS_E_NOT_FOUND);
	assert_int_equal(is_mapped_by("d.qmp", UID, map_to_read), -RAS_E_NOT_FOUND);
	assert_int_equal(is_mapped_by("e.qmp", UID, map_its_end), -RAS_E_NOT_FOUND);
	/* Nothing reads a page without its table. */
	started_with("-acpitable", &other);
	assert_int_equal(is_mapped_by("h.qmp", UID, map_shared), -RAS_E_NOT_CAPABLE);
	started_with("-acpitable", NULL);
	assert_int_equal(is_mapped_by("i.qmp", UID, map_shared), -RAS_E_NOT_CAPABLE);
	started_with("-append", &one);
	assert_int_equal(is_mapped_by("j.qmp", UID, map_shared), -RAS_E_NOT_CAPABLE);
	assert_non_null(strstr(got.text, "-acpitable"));
	started_with("-acpitable", &one);
	/* A process that is no QEMU is not looked into. */
	assert_int_equal(is_mapped_by("f.qmp", OTHER_UID, map_shared), -RAS_E_HELPER);
	/* A new file under the same name is not the one that runs. */
	pid = start_qemu_also("g.qmp", UID, map_shared);
	remove_all(&one);
	assert_int_equal(mapped(&one, pid, (uintptr_t)place), -RAS_E_NOT_FOUND);
	close(passed(HELPER_SHM_MAKE, HELPER_SHM_PAGE, &one));
	assert_int_equal(mapped(&one, pid, (uintptr_t)place), -RAS_E_NOT_FOUND);
	end(pid);
	unlink_in_dir("g.qmp");
	remove_all(&one);
	remove_all(&other);
	munmap(place, GHES_PAGE_BYTES);
}

/* --- as root, and as the unit --- */

static void become_unit(void)
{
	const uint32_t keep =
		1u << CAP_SYS_ADMIN | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_SYS_PTRACE;
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = keep, .permitted = keep, .inheritable = keep }
	};

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
	    setresgid(HELPER_UID, HELPER_UID, HELPER_UID) < 0 ||
	    setresuid(HELPER_UID, HELPER_UID, HELPER_UID) < 0 ||
	    syscall(SYS_capset, &head, data) < 0)
		_exit(126);
	for (unsigned long cap = 0; cap < 32; cap++)
		if (keep & 1u << cap && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			_exit(126);
}

static int setup_as(void **state, uid_t uid)
{
	int r = setup(state);
	FILE *f;

	if (r < 0)
		return r;
	helper_is = uid;
	snprintf(pages, sizeof(pages), "%s/ghes", dir);
	assert_int_equal(mkdir(pages, 0711), 0);
	assert_int_equal(chown(pages, uid, 0), 0);
	f = fopen(conf_path, "ae");
	assert_non_null(f);
	fprintf(f, "[rasd]\nghes-directory = %s\n", pages);
	assert_int_equal(fclose(f), 0);
	start_helper_also(uid ? become_unit : NULL);
	return 0;
}

static int setup_root(void **state)
{
	return setup_as(state, 0);
}

static int setup_unit(void **state)
{
	return setup_as(state, HELPER_UID);
}

static int teardown_pages(void **state)
{
	/* Each test has removed what it made. */
	assert_int_equal(rmdir(pages), 0);
	return teardown(state);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),	  cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_planted),	  cmocka_unit_test(test_who_reaches_them),
		cmocka_unit_test(test_directory), cmocka_unit_test(test_mapped),
	};
	char room[ROOM + 1] = { 0 };
	int failed;

	if (argc == 1) {
		memset(room, 'x', ROOM);
		execv("/proc/self/exe", (char *[]){ argv[0], room, NULL });
		return 1;
	}
	cmdline = argv[1];
	log_set_sink(silent);
	failed = cmocka_run_group_tests_name("as root", tests, setup_root, teardown_pages);
	return failed +
	       cmocka_run_group_tests_name("as the unit", tests, setup_unit, teardown_pages);
}
