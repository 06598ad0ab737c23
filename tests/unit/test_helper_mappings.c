// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which lines of /proc/PID/maps are guest RAM, and what the kernel says of a socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include "base/cleanup.h"
#include "helper/mappings.h"
#include "helper/pidfile.h"
#include "helper/sockdiag.h"

#define MIB (UINT64_C(1) << 20)
#define GPA UINT64_C(0x40000000)

static bool files_are_regular = true;

static bool is_regular(void *ctx, uint64_t from, uint64_t to)
{
	(void)ctx, (void)from, (void)to;
	return files_are_regular;
}

static struct ram_section kept[HELPER_MAX_SECTIONS];
static size_t n_kept;

/* Judge sections by lines, which end with an empty one. */
static int judge(const char *const *line, const struct ram_section *s, size_t n)
{
	struct ram_walk w = { .section = s, .n = n, .is_regular = is_regular, .page_bytes = 4096 };

	for (; **line; line++) {
		struct mapping m;

		assert_true(mapping_parse(*line, &m));
		ram_walk_line(&w, &m);
	}
	n_kept = 0;
	return ram_walk_end(&w, kept, &n_kept, NULL);
}

/* Of a QEMU 11.1 with a guest of 512 MiB and two processors, as it was. */
static const char *const qemu[] = {
	"55557a669000-55557d5e8000 rw-p 00000000 00:00 0                          [heap]\n",
	"7f0c94000000-7f0c9460d000 rw-p 00000000 00:00 0 \n",
	"7f0c9460d000-7f0c98000000 ---p 00000000 00:00 0 \n",
	"7f0ca3a00000-7f0ca7a00000 rw-p 00000000 00:00 0 \n",
	"7f0ca7a00000-7f0ca7a01000 ---p 00000000 00:00 0 \n",
	"7f0cabe00000-7f0ccbe00000 rw-p 00000000 00:00 0 \n",
	"7f0ccbe00000-7f0ccbe01000 ---p 00000000 00:00 0 \n",
	"7f0cd24fd000-7f0cd2cfd000 rw-p 00000000 00:00 0 \n",
	"7f0cd2cfd000-7f0cd2cfe000 ---p 00000000 00:00 0 \n",
	"7f0cd4000000-7f0cd7fff000 rwxp 00000000 00:00 0 \n",
	"7f0cd7fff000-7f0cd8000000 ---p 00000000 00:00 0 \n",
	"",
};

static void test_qemu(void **state)
{
	static const struct ram_section no[] = {
		{ GPA, 32 * MIB, 0x55557a669000 },	   /* heap */
		{ GPA, 6 * MIB, 0x7f0c94000000 },	   /* a thread's heap */
		{ GPA, 16 * MIB, 0x7f0c97000000 },	   /* its end, and what follows */
		{ GPA, 8 * MIB, 0x7f0cd24fd000 },	   /* a thread's stack */
		{ GPA, 32 * MIB, 0x7f0cd4000000 },	   /* the translator's buffer */
		{ GPA, 512 * MIB + 4096, 0x7f0cabe00000 }, /* the page behind it */
		{ GPA, 512 * MIB, 0x7f0cabdff000 },	   /* the page before it */
		{ GPA, 512 * MIB, 0x7f0cabe00008 },	   /* no page */
		{ GPA + 8, MIB, 0x7f0cabe00000 },	   /* no page of the guest */
		{ GPA, MIB + 8, 0x7f0cabe00000 },	   /* a part of a page */
		{ GPA, MIB - 4096, 0x7f0cabe00000 },	   /* little */
		{ GPA, 8, 0x7f0cabe00000 },		   /* less */
		{ GPA, 64 * MIB, 0x1000 },		   /* nothing */
	};
	static const struct ram_section yes = { GPA, 512 * MIB, 0x7f0cabe00000 };

	(void)state;
	assert_int_equal(judge(qemu, &yes, 1), 0);
	assert_int_equal(n_kept, 1);
	assert_memory_equal(kept, &yes, sizeof(yes));
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (judge(qemu, &no[i], 1) != -RAS_E_HELPER)
			fail_msg("section %zu counts as guest RAM", i);
	/* Those that are not RAM are left out. */
	assert_int_equal(judge(qemu, (const struct ram_section[]){ no[0], yes, no[3] }, 3), 0);
	assert_int_equal(n_kept, 1);
	assert_memory_equal(kept, &yes, sizeof(yes));
}

/* Parts of one block do not share bytes, and have the guest's order. */
static void test_parts(void **state)
{
	struct ram_section s[] = { { 0x100000000, 256 * MIB, 0x7f0cbbe00000 },
				   { 0, 256 * MIB, 0x7f0cabe00000 } };

	(void)state;
	assert_int_equal(judge(qemu, s, 2), 0);
	assert_int_equal(n_kept, 2);
	s[1].len_bytes += 4096; /* overlap in QEMU */
	assert_int_equal(judge(qemu, s, 2), -RAS_E_HELPER);
	s[1].len_bytes -= 4096;
	s[1].gpa = 0x200000000; /* the wrong order */
	assert_int_equal(judge(qemu, s, 2), -RAS_E_HELPER);
	s[0] = s[1];
	s[0].gpa = 0; /* one memory at two places */
	assert_int_equal(judge(qemu, s, 2), -RAS_E_HELPER);
}

static int judge_run(const char *a, const char *b, const char *c, uint64_t hva, uint64_t bytes)
{
	const char *const lines[] = { a, b, c, "" };
	const struct ram_section s = { GPA, bytes, hva };

	return judge(lines, &s, 1);
}

static void test_kinds(void **state)
{
	const uint64_t at = 0x7f0000000000;
	const char *guard = "7f0004000000-7f0004001000 ---p 00000000 00:00 0\n";

	(void)state;
	/* A block of a file: memfd, hugetlbfs, shared memory. */
	assert_int_equal(judge_run("7f0000000000-7f0004000000 rw-s 00000000 00:01 7   "
				   "/memfd:memory-backend-memfd (deleted)\n",
				   guard, "", at, 64 * MIB),
			 0);
	assert_int_equal(judge_run("7f0000000000-7f0004000000 rw-p 00000000 00:0f 7   "
				   "/dev/hugepages/qemu_back_mem._objects_ram.dGC7bz (deleted)\n",
				   guard, "", at, 64 * MIB),
			 0);
	files_are_regular = false;
	assert_int_equal(judge_run("7f0000000000-7f0004000000 rw-s 00000000 00:05 7   "
				   "/dev/vfio/12\n",
				   guard, "", at, 64 * MIB),
			 -RAS_E_HELPER);
	files_are_regular = true;
	assert_int_equal(judge_run("7f0000000000-7f0004000000 rw-s 00000000 00:01 7   "
				   "/memfd:tcg-jit (deleted)\n",
				   guard, "", at, 64 * MIB),
			 -RAS_E_HELPER);
	assert_int_equal(judge_run("7f0000000000-7f0004000000 rw-s 00000000 00:01 7   "
				   "anon_inode:[io_uring]\n",
				   guard, "", at, 64 * MIB),
			 -RAS_E_HELPER);
	assert_int_equal(judge_run("7f0000000000-7f0004000000 rw-p 00000000 00:00 0   "
				   "[anon: glibc: malloc]\n",
				   guard, "", at, 64 * MIB),
			 -RAS_E_HELPER);
}

static void test_places(void **state)
{
	const uint64_t at = 0x7f0000000000;
	const char *guard = "7f0004000000-7f0004001000 ---p 00000000 00:00 0\n";

	(void)state;
	/* Nothing behind it, or something else. */
	assert_int_equal(judge_run("7f0000000000-7f0004000000 rw-p 00000000 00:00 0\n", "", "", at,
				   64 * MIB),
			 -RAS_E_HELPER);
	assert_int_equal(judge_run("7f0000000000-7f0004000000 rw-p 00000000 00:00 0\n",
				   "7f0004001000-7f0004002000 ---p 00000000 00:00 0\n", "", at,
				   64 * MIB),
			 -RAS_E_HELPER);
	/* An allocation below a thread's stack: it does not begin at a multiple of 2 MiB. */
	assert_int_equal(judge_run("7efffff00000-7f0004000000 rw-p 00000000 00:00 0\n", guard, "",
				   at, 64 * MIB),
			 -RAS_E_HELPER);
	assert_int_equal(judge_run("7f0003200000-7f0004000000 rw-p 00000000 00:00 0\n", guard, "",
				   0x7f0003200000, 14 * MIB),
			 -RAS_E_HELPER);
	assert_int_equal(judge_run("7f0000000000-7f0004000000 r--p 00000000 00:00 0\n", guard, "",
				   at, 64 * MIB),
			 -RAS_E_HELPER);
}

/* A block in two mappings, for instance while pages of it are protected, and what only looks so. */
static void test_runs(void **state)
{
	const uint64_t at = 0x7f0000000000;
	const char *guard = "7f0004000000-7f0004001000 ---p 00000000 00:00 0\n";

	(void)state;
	assert_int_equal(judge_run("7f0000000000-7f0000001000 rw-p 00000000 00:00 0\n",
				   "7f0000001000-7f0004000000 rw-p 00000000 00:00 0\n", guard, at,
				   64 * MIB),
			 0);
	/* What lies right below a block does not belong to it. */
	assert_int_equal(judge_run("7effffff0000-7f0000000000 rw-p 00000000 00:00 0\n",
				   "7f0000000000-7f0004000000 rw-p 00000000 00:00 0\n", guard, at,
				   64 * MIB),
			 0);
	assert_int_equal(judge_run("7effffff0000-7f0000000000 rw-p 00000000 00:00 0\n",
				   "7f0000000000-7f0004000000 rw-p 00000000 00:00 0\n", guard,
				   at - 0x10000, 64 * MIB),
			 -RAS_E_HELPER);
	/* Two files, or two pieces of one that do not fit together. */
	assert_int_equal(judge_run("7f0000000000-7f0002000000 rw-s 00000000 00:01 7   /memfd:a\n",
				   "7f0002000000-7f0004000000 rw-s 00000000 00:01 8   /memfd:b\n",
				   guard, at, 64 * MIB),
			 -RAS_E_HELPER);
	assert_int_equal(judge_run("7f0000000000-7f0002000000 rw-s 00000000 00:01 7   /memfd:a\n",
				   "7f0002000000-7f0004000000 rw-s 00000000 00:01 7   /memfd:a\n",
				   guard, at, 64 * MIB),
			 -RAS_E_HELPER);
	assert_int_equal(judge_run("7f0000000000-7f0002000000 rw-s 00000000 00:01 7   /memfd:a\n",
				   "7f0002000000-7f0004000000 rw-s 02000000 00:01 7   /memfd:a\n",
				   guard, at, 64 * MIB),
			 0);
}

static void test_lines(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"7f00",
		"7f00-7f00 rw-p 0 0:0 0\n",
		"7f01-7f00 rw-p 0 0:0 0\n",
		"7f00-7f01 rw 0 0:0 0\n",
		"7f00-7f01 rw-p 0 0:0\n",
		"x-7f01 rw-p 0 0:0 0\n",
	};
	struct mapping m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(mapping_parse(bad[i], &m));
}

/* --- answers of the kernel about sockets --- */

static uint8_t answer[512];
static size_t answer_len;

static void add(uint16_t type, const void *data, size_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type };

	memcpy(answer + answer_len, &a, sizeof(a));
	memcpy(answer + answer_len + sizeof(a), data, len);
	answer_len += NLMSG_ALIGN(sizeof(a) + len);
	((struct nlmsghdr *)(void *)answer)->nlmsg_len = (uint32_t)answer_len;
}

static void begin(void)
{
	const struct nlmsghdr h = { .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_seq = 1 };
	const struct unix_diag_msg m = {
		.udiag_family = AF_UNIX,
		.udiag_type = SOCK_STREAM,
		.udiag_state = 10,
		.udiag_ino = 77,
	};

	memset(answer, 0, sizeof(answer));
	memcpy(answer, &h, sizeof(h));
	memcpy(answer + NLMSG_HDRLEN, &m, sizeof(m));
	answer_len = NLMSG_HDRLEN + sizeof(m);
	add(UNIX_DIAG_NAME, "/a/b\nc.qmp", 11);
	add(UNIX_DIAG_VFS, &(struct unix_diag_vfs){ 5, 6 }, sizeof(struct unix_diag_vfs));
	add(UNIX_DIAG_SHUTDOWN, "", 1);
	add(UNIX_DIAG_UID, &(uint32_t){ 8 }, 4);
}

static bool parses(void)
{
	struct unix_socket s;

	return sockdiag_parse(answer, answer_len, 1, 77, &s);
}

static void test_answers(void **state)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(void *)answer;
	struct unix_socket s;
	size_t len;

	(void)state;
	begin();
	assert_true(sockdiag_parse(answer, answer_len, 1, 77, &s));
	assert_true(s.type == SOCK_STREAM && s.state == 10 && s.has_file && s.has_uid);
	assert_true(s.file_ino == 5 && s.file_dev == 6 && s.uid == 8 && s.name_len == 11);
	assert_memory_equal(s.name, "/a/b\nc.qmp", 11);
	assert_false(sockdiag_parse(answer, answer_len, 2, 77, &s)); /* of another question */
	assert_false(sockdiag_parse(answer, answer_len, 1, 78, &s)); /* of another socket */
	len = answer_len;
	for (answer_len = 0; answer_len < len; answer_len++)
		assert_false(parses()); /* cut */
	h->nlmsg_len--;
	answer_len = len;
	assert_false(parses());
	begin();
	h->nlmsg_type = NLMSG_ERROR;
	assert_false(parses());
	begin();
	add(UNIX_DIAG_UID, &(uint32_t){ 0 }, 4); /* twice */
	assert_false(parses());
	begin();
	add(UNIX_DIAG_UID + 100, "later", 5); /* of a newer kernel */
	assert_true(parses());
	begin();
	answer[NLMSG_HDRLEN + sizeof(struct unix_diag_msg)] = 3; /* an attribute of 3 bytes */
	assert_false(parses());
	begin();
	answer[NLMSG_HDRLEN + sizeof(struct unix_diag_msg) + 1] = 1; /* longer than all */
	assert_false(parses());
}

/* --- libvirt's command lines --- */

static bool named(const char *cmdline, size_t len, const char *want)
{
	char name[32];

	return pidfile_guest_name(cmdline, len, name, sizeof(name)) && strcmp(name, want) == 0;
}

#define LINE(x) (x), sizeof(x)

static void test_names(void **state)
{
	char name[32];

	(void)state;
	assert_true(named(LINE("qemu\0-name\0guest=vm1,debug-threads=on\0-S"), "vm1"));
	assert_true(named(LINE("qemu\0-name\0guest=a,,b,debug-threads=on"), "a,b"));
	assert_true(named(LINE("qemu\0-name\0guest=vm1"), "vm1"));
	assert_false(pidfile_guest_name(LINE("qemu\0-name\0guest=../x"), name, sizeof(name)));
	assert_false(pidfile_guest_name(LINE("qemu\0-name\0guest=a/b"), name, sizeof(name)));
	assert_false(pidfile_guest_name(LINE("qemu\0-name\0guest="), name, sizeof(name)));
	assert_false(pidfile_guest_name(LINE("qemu\0guest=vm1"), name, sizeof(name)));
	assert_false(pidfile_guest_name(LINE("qemu\0-name"), name, sizeof(name)));
	assert_false(pidfile_guest_name("qemu\0-name\0guest=vm1", 20, name, sizeof(name)));
	assert_false(pidfile_guest_name("", 0, name, sizeof(name)));
	assert_false(pidfile_guest_name(LINE("q\0-name\0guest=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
					name, sizeof(name)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_qemu),	cmocka_unit_test(test_parts),
		cmocka_unit_test(test_kinds),	cmocka_unit_test(test_places),
		cmocka_unit_test(test_runs),	cmocka_unit_test(test_lines),
		cmocka_unit_test(test_answers), cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
