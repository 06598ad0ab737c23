// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Translation on the running kernel. A stand-in for a guest has pages that say where they are. The
 * test asks about random ones while the kernel moves its pages. Needs root. XLATE_PAGES: how many
 * questions for each kind of memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "tests/standin.h"
#include "tests/unit/kernel.h"

#define MIB (UINT64_C(1) << 20)

static struct xlate_linux_host lh;
static struct xlate_host h;
static uint64_t seed = 88172645463325252u;

static int setup(void **state)
{
	(void)state;
	if (!standin_host(&h, &lh)) {
		fprintf(stderr, "test_xlate_real: must run as root: it reads /proc/kpageflags\n");
		return -1;
	}
	printf("seed %" PRIu64 "\n", seed);
	return 0;
}

static uint64_t questions(void)
{
	const char *text = getenv("XLATE_PAGES");

	return text ? strtoull(text, NULL, 10) : 2000;
}

/* Reserve 2 MiB pages for as long as the test runs. */
static long reserve_hugetlb(long want)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "r+e");
	long had = 0;

	if (!f || fscanf(f, "%ld", &had) != 1)
		fail_msg("no 2 MiB pages on this kernel");
	rewind(f);
	fprintf(f, "%ld\n", had + want);
	fclose(f);
	return had;
}

/*
 * How many pages lie in huge ones, by the page numbers and kpageflags: a kernel may give fewer huge
 * pages than it was asked for.
 */
static uint64_t huge_pages(const struct standin *s, const uint64_t *entry)
{
	const uint64_t block = h.block_pages, n = s->len / 4096;
	uint64_t huge = 0, flags;

	for (uint64_t i = -(s->hva / 4096) % block; i + block <= n; i += block) {
		uint64_t first = entry[i] & PM_PFN_MASK, k = 1;

		while (k < block && (entry[i + k] & PM_PFN_MASK) == first + k)
			k++;
		if (k == block && first % block == 0 &&
		    h.kpage(h.ctx, XLATE_KPAGEFLAGS, first, &flags) && flags & (KPF_THP | KPF_HUGE))
			huge += block;
	}
	return huge;
}

static void gate_once(enum standin_backing b, uint64_t len, enum xlate_backing expect, bool noted)
{
	struct gate_result r = { 0 };
	struct xlate_index *x = NULL;
	struct xlate_space *sp;
	struct standin s;
	uint64_t n = questions(), huge;
	struct ras_err err;
	uint64_t *before;

	if (!standin_start(&s, b, len))
		fail_msg("%s: no stand-in: %s", standin_name[b], strerror(errno));
	sp = standin_space(&s, 1);
	assert_int_equal(xlate_index_new(&h, &sp, 1, NULL, NULL, &x, &err), 0);
	before = standin_snapshot(&s);
	huge = huge_pages(&s, before);
	for (int i = 0; i < 10; i++) {
		standin_compact();
		standin_gate(&s, &h, sp, x, before, n / 10, &seed, &r);
	}
	free(before);
	printf("%s: %" PRIu64 " asked, %" PRIu64 " right (%" PRIu64 " by index, %" PRIu64
	       " by the kernel's note, %" PRIu64 " moved since it was built), %" PRIu64
	       " wrong, %" PRIu64 " missed, %" PRIu64 " moved meanwhile\n",
	       standin_name[b], r.asked, r.right, r.by_index, r.by_note, r.moved_since, r.wrong,
	       r.missed, r.moved_meanwhile);
	printf("%" PRIu64 " of %" PRIu64 " pages in huge ones\n", huge, len / 4096);
	assert_int_equal(r.wrong, 0);
	assert_int_equal(r.missed, 0);
	assert_true(r.right > r.asked * 9 / 10);
	if (expect == XLATE_BACKING_THP || expect == XLATE_BACKING_HUGETLB)
		assert_true(r.by_index * 2 * (len / 4096) >= r.right * huge);
	else if (noted)
		assert_true(r.by_note > r.right * 99 / 100);
	if (!noted)
		assert_int_equal(r.by_note, 0);
	xlate_index_unref(x);
	xlate_space_unref(sp);
	standin_stop(&s);
}

/* With the kernel's records, and as on a kernel that refuses the program. */
static void gate(enum standin_backing b, uint64_t len, enum xlate_backing expect)
{
	int fd = lh.kpage_fd[XLATE_KPAGERMAP];

	assert_true(fd >= 0 || !kernel_shows_rmap());
	if (fd >= 0)
		gate_once(b, len, expect, true);
	lh.kpage_fd[XLATE_KPAGERMAP] = -1;
	gate_once(b, len, expect, false);
	lh.kpage_fd[XLATE_KPAGERMAP] = fd;
}

static void test_4k(void **state)
{
	(void)state;
	gate(STANDIN_4K, 96 * MIB, XLATE_BACKING_ANON);
}

static void test_4k_random(void **state)
{
	(void)state;
	gate(STANDIN_4K_RANDOM, 96 * MIB, XLATE_BACKING_ANON);
}

static void test_thp(void **state)
{
	(void)state;
	gate(STANDIN_THP, 96 * MIB, XLATE_BACKING_THP);
}

static void test_memfd(void **state)
{
	(void)state;
	gate(STANDIN_MEMFD, 96 * MIB, XLATE_BACKING_SHARED);
}

static void test_hugetlb(void **state)
{
	long had = reserve_hugetlb(48);

	(void)state;
	gate(STANDIN_HUGETLB, 96 * MIB, XLATE_BACKING_HUGETLB);
	reserve_hugetlb(had - reserve_hugetlb(0));
}

/* --- two guests in cgroups of their own --- */

static const char *cgroup_root(void)
{
	return access("/sys/fs/cgroup/memory/cgroup.procs", W_OK) == 0 ? "/sys/fs/cgroup/memory" :
									 "/sys/fs/cgroup";
}

static void put(const char *dir, const char *file, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "we");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		fail_msg("%s: %s", path, strerror(errno));
}

static unsigned int n_reads[2];
static int space_fd[2];

static long counted_pagemap(void *ctx, uint64_t first, size_t n, uint64_t *entry)
{
	size_t i = (size_t)((int *)ctx - space_fd);

	n_reads[i]++;
	return xlate_linux_mm.pagemap((void *)(intptr_t)space_fd[i], first, n, entry);
}

static long counted_scan(void *ctx, const struct xlate_scan *s, struct xlate_region *region,
			 size_t n, uint64_t *walked)
{
	size_t i = (size_t)((int *)ctx - space_fd);

	n_reads[i]++;
	return xlate_linux_mm.scan((void *)(intptr_t)space_fd[i], s, region, n, walked);
}

static void counted_close(void *ctx)
{
	close(*(int *)ctx);
}

/*
 * A search for a page of one guest does not touch the other: pages are charged to their guest's
 * cgroup.
 */
static void test_cgroups(void **state)
{
	static const struct xlate_mm_ops ops = { counted_pagemap, counted_scan, counted_close };
	static struct xlate_answer a;
	struct xlate_space *sp[2];
	struct standin s[2];
	struct ras_err err;
	int note = lh.kpage_fd[XLATE_KPAGERMAP];
	char dir[2][64];

	(void)state;
	if (strcmp(cgroup_root(), "/sys/fs/cgroup") == 0)
		put(cgroup_root(), "cgroup.subtree_control", "+memory");
	for (unsigned int i = 0; i < 2; i++) {
		snprintf(dir[i], sizeof(dir[i]), "%s/rasd-test-%d-%u", cgroup_root(), (int)getpid(),
			 i);
		assert_int_equal(mkdir(dir[i], 0755), 0);
		put(dir[i], "cgroup.procs", "0"); /* our own, which the stand-in inherits */
		assert_true(standin_start(&s[i], STANDIN_4K, 16 * MIB));
		space_fd[i] = dup(s[i].pagemap_fd);
		assert_int_equal(xlate_space_new(&ops, &space_fd[i], i, 4096, s[i].section,
						 s[i].n_sections, &sp[i], &err),
				 0);
	}
	put(cgroup_root(), "cgroup.procs", "0");
	lh.kpage_fd[XLATE_KPAGERMAP] = -1;
	for (unsigned int i = 0; i < 2; i++) {
		n_reads[0] = n_reads[1] = 0;
		for (unsigned int k = 0; k < 20; k++) {
			uint64_t hva = s[i].hva + k * 4096 * 100;
			uint64_t pfn = standin_entry(&s[i], hva) & PM_PFN_MASK;

			assert_int_equal(xlate_find(&h, sp, 2, NULL, (struct hpa){ pfn * 4096 }, &a,
						    &err),
					 0);
			assert_int_equal(a.n_owners, 1);
			assert_int_equal(a.owner[0].id, i);
			assert_int_equal(a.owner[0].gpa.v, standin_gpa(&s[i], hva));
		}
		/* Sixteen samples of each, once. */
		assert_true(n_reads[!i] <= 16 && n_reads[i] > 40);
	}
	lh.kpage_fd[XLATE_KPAGERMAP] = note;
	for (unsigned int i = 0; i < 2; i++) {
		xlate_space_unref(sp[i]);
		standin_stop(&s[i]);
		for (int k = 0; rmdir(dir[i]) < 0 && k < 500; k++)
			usleep(10000);
		assert_int_equal(access(dir[i], F_OK), -1);
	}
}

/* A guest made of this process's own memory: n pages at p, guest address 0. */
static struct xlate_space *self_space(void *p, size_t n)
{
	struct xlate_section s = { 0, n * 4096, (uintptr_t)p };
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	struct xlate_space *sp = NULL;
	struct ras_err err;

	if (fd < 0 ||
	    xlate_space_new(&xlate_linux_mm, (void *)(intptr_t)fd, 9, 4096, &s, 1, &sp, &err) < 0)
		abort();
	return sp;
}

static enum xlate_state state_at(struct xlate_space *sp, uint64_t page, uint64_t *hpa)
{
	static struct xlate_answer a;
	struct ras_err err;

	if (xlate_gpa(&h, sp, (struct gpa){ page * 4096 }, &a, &err) < 0)
		fail_msg("%s", err.text);
	*hpa = a.hpa.v;
	return a.state;
}

/*
 * The page that a process only read. Most kernels map the shared zero page, which is nobody's; some
 * give it a page of its own. What the kernel did stands in kpageflags.
 */
static void test_only_read(struct xlate_space *sp, uint64_t page)
{
	static struct xlate_answer a;
	uint64_t e = 0, flags = 0, hpa;
	struct ras_err err;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	assert_int_equal(pread(fd, &e, 8, (off_t)(page * 8)), 8);
	close(fd);
	assert_true(e & PM_PRESENT);
	assert_true(h.kpage(h.ctx, XLATE_KPAGEFLAGS, e & PM_PFN_MASK, &flags));
	if (!(flags & KPF_ZERO_PAGE)) {
		assert_int_equal(state_at(sp, 1, &hpa), XLATE_LIVE);
		assert_int_equal(xlate_find(&h, &sp, 1, NULL, (struct hpa){ hpa }, &a, &err), 0);
		assert_int_equal(a.owner[0].gpa.v, 4096);
		return;
	}
	assert_int_equal(state_at(sp, 1, &hpa), XLATE_UNBACKED);
	assert_int_equal(xlate_find(&h, &sp, 1, NULL, (struct hpa){ (e & PM_PFN_MASK) * 4096 }, &a,
				    &err),
			 0);
	assert_int_equal(a.state, XLATE_HOST);
	assert_non_null(strstr(a.detail, "zero page"));
}

/* Untouched, only read, written, given back: what a balloon and a fresh guest have. */
static void test_unbacked(void **state)
{
	volatile char *p =
		mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct xlate_space *sp = self_space((char *)(uintptr_t)p, 16);
	static struct xlate_answer a;
	struct ras_err err;
	unsigned char resident[16];
	uint64_t hpa;

	(void)state;
	/* A kernel with larger anonymous folios would back the neighbours of a page, too. */
	madvise((void *)(uintptr_t)p, 16 * 4096, MADV_NOHUGEPAGE);
	assert_int_equal(state_at(sp, 0, &hpa), XLATE_UNBACKED);
	assert_int_equal(mincore((void *)(uintptr_t)p, 16 * 4096, resident), 0);
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(resident[i] & 1, 0); /* asking has not faulted it in */
	(void)p[4096];
	test_only_read(sp, (uintptr_t)p / 4096 + 1);
	p[2 * 4096] = 1;
	assert_int_equal(state_at(sp, 2, &hpa), XLATE_LIVE);
	assert_int_equal(xlate_find(&h, &sp, 1, NULL, (struct hpa){ hpa }, &a, &err), 0);
	assert_int_equal(a.owner[0].gpa.v, 2 * 4096);
	madvise((void *)(uintptr_t)(p + 2 * 4096), 4096, MADV_DONTNEED);
	assert_int_equal(xlate_verify(&h, sp, (struct gpa){ 2 * 4096 }, (struct hpa){ hpa }, NULL,
				      &err),
			 -RAS_E_BUSY);
	assert_int_equal(state_at(sp, 2, &(uint64_t){ 0 }), XLATE_UNBACKED);
	assert_int_equal(xlate_find(&h, &sp, 1, NULL, (struct hpa){ hpa }, &a, &err), 0);
	for (size_t i = 0; i < a.n_owners; i++)
		assert_true(a.owner[i].state ==
			    XLATE_QEMU_INTERNAL); /* the page may be ours again, elsewhere */
	xlate_space_unref(sp);
	munmap((void *)(uintptr_t)p, 16 * 4096);
}

/* An exec ends the address space, although pid and start time stay. An exit ends both. */
static void test_exec_and_exit(void **state)
{
	(void)state;
	for (int exec = 0; exec < 2; exec++) {
		struct xlate_section s = { 0, 4096, 0 };
		int go[2], said[2], fd;
		struct xlate_space *sp;
		struct xlate_answer a;
		struct ras_err err;
		char path[64], c;
		pid_t pid;
		void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		memset(p, 1, 4096);
		s.hva = (uintptr_t)p;
		assert_int_equal(pipe(go) | pipe(said), 0);
		pid = fork();
		if (pid == 0) {
			*(volatile char *)p = 2;
			if (write(said[1], "", 1) != 1 || read(go[0], &c, 1) != 1)
				_exit(1);
			dup2(said[1], 1);
			if (exec)
				execl("/bin/sh", "sh", "-c", "echo; sleep 60", (char *)NULL);
			_exit(0);
		}
		assert_int_equal(read(said[0], &c, 1), 1);
		snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_int_equal(xlate_space_new(&xlate_linux_mm, (void *)(intptr_t)fd, 1, 4096, &s,
						 1, &sp, &err),
				 0);
		assert_int_equal(xlate_gpa(&h, sp, (struct gpa){ 0 }, &a, &err), 0);
		assert_int_equal(a.state, XLATE_LIVE);
		assert_int_equal(write(go[1], "", 1), 1);
		if (exec)
			assert_int_equal(read(said[0], &c, 1), 1);
		else
			assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_int_equal(xlate_gpa(&h, sp, (struct gpa){ 0 }, &a, &err), -RAS_E_GONE);
		assert_true(xlate_space_gone(sp));
		if (exec) {
			assert_int_equal(kill(pid, SIGKILL), 0);
			waitpid(pid, NULL, 0);
		}
		xlate_space_unref(sp);
		munmap(p, 4096);
		for (int i = 0; i < 2; i++) {
			close(go[i]);
			close(said[i]);
		}
	}
}

/* A descriptor that an unprivileged process opened: the kernel shows page number 0 everywhere. */
static void test_hidden(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		struct xlate_answer a;
		struct ras_err err;
		struct xlate_space *sp;
		char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		*p = 1;
		if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0 ||
		    prctl(PR_SET_DUMPABLE, 1) < 0)
			_exit(1);
		sp = self_space(p, 1);
		if (xlate_gpa(&h, sp, (struct gpa){ 0 }, &a, &err) != -RAS_E_HELPER)
			_exit(2);
		/* Some page of this process: rasd does not guess here either. */
		_exit(xlate_find(&h, &sp, 1, NULL, (struct hpa){ 0 }, &a, &err) == 0 &&
				      a.n_owners > 0 ?
			      3 :
			      0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_4k),	 cmocka_unit_test(test_4k_random),
		cmocka_unit_test(test_thp),	 cmocka_unit_test(test_memfd),
		cmocka_unit_test(test_hugetlb),	 cmocka_unit_test(test_cgroups),
		cmocka_unit_test(test_unbacked), cmocka_unit_test(test_exec_and_exit),
		cmocka_unit_test(test_hidden),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
