// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A process that plays a guest: RAM of a chosen backing, each page of which begins with its own
 * guest address. Its layout has what real ones have: a start off every huge page boundary, a hole.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "helper/rmap.h"
#include "xlate/xlate.h"

#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB (21 << 26)
#endif
#define STANDIN_MAGIC UINT64_C(0x5261736450616765)
#define TWO_MIB (UINT64_C(2) << 20)

enum standin_backing { STANDIN_4K, STANDIN_4K_RANDOM, STANDIN_THP, STANDIN_MEMFD, STANDIN_HUGETLB };

static const char *const standin_name[] = { "4k-anon", "4k-random", "thp", "memfd", "hugetlb-2m" };

struct standin {
	pid_t pid;
	uint64_t hva, len; /* all of its RAM */
	struct xlate_section section[2];
	size_t n_sections;
	int pagemap_fd, mem_fd;
	int request_fd; /* a byte each: 'm' = mmap+munmap for 100 ms */
	int answer_fd;
};

/* What a guest address begins with. */
static uint64_t standin_tag(uint64_t gpa)
{
	return STANDIN_MAGIC ^ gpa;
}

static uint64_t standin_gpa(const struct standin *s, uint64_t hva)
{
	for (size_t i = 0; i < s->n_sections; i++)
		if (hva - s->section[i].hva < s->section[i].len_bytes)
			return s->section[i].gpa + (hva - s->section[i].hva);
	return UINT64_MAX;
}

/* The RAM itself, in the child: NULL with errno where the host cannot give it. */
static char *standin_map(enum standin_backing b, uint64_t len)
{
	const uint64_t room = len + 2 * TWO_MIB;
	char *p;

	if (b == STANDIN_HUGETLB) {
		int fd = memfd_create("guest", MFD_HUGETLB | MFD_HUGE_2MB | MFD_CLOEXEC);

		if (fd < 0 || ftruncate(fd, (off_t)len) < 0)
			return NULL;
		p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
		close(fd);
		return p == MAP_FAILED ? NULL : p;
	}
	if (b == STANDIN_MEMFD) {
		int fd = memfd_create("guest", MFD_CLOEXEC);

		if (fd < 0 || ftruncate(fd, (off_t)room) < 0)
			return NULL;
		p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
	} else {
		p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
	if (p == MAP_FAILED)
		return NULL;
	/* Three pages past a huge page boundary: QEMU's blocks begin anywhere. */
	p = (char *)((uintptr_t)(p + TWO_MIB) & ~(TWO_MIB - 1)) + 3 * 4096;
	if (b == STANDIN_THP)
		madvise(p, len, MADV_HUGEPAGE);
	else if (b != STANDIN_MEMFD)
		madvise(p, len, MADV_NOHUGEPAGE);
	return p;
}

/* As many mmap+munmap as fit into 100 ms; the longest of all but 1 % in ns. */
static void standin_churn(int out)
{
	enum { MAX = 400000 };
	static uint32_t took[MAX];
	uint64_t result[2] = { 0, 0 };
	struct timespec a, b;
	int64_t begin, end, t0;
	size_t n = 0, over = 0;

	clock_gettime(CLOCK_MONOTONIC, &a);
	begin = t0 = a.tv_sec * 1000000000LL + a.tv_nsec;
	do {
		void *p = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		munmap(p, 16384);
		clock_gettime(CLOCK_MONOTONIC, &b);
		end = b.tv_sec * 1000000000LL + b.tv_nsec;
		took[n++] = (uint32_t)(end - t0);
		t0 = end;
	} while (end - begin < 100000000 && n < MAX);
	result[0] = n;
	/* The 99th percentile by bisection on the value: no sort of what may be half a million. */
	for (uint32_t lo = 0, hi = 100000000; lo < hi;) {
		uint32_t mid = lo + (hi - lo) / 2;

		over = 0;
		for (size_t i = 0; i < n; i++)
			over += took[i] > mid;
		if (over * 100 > n)
			lo = mid + 1;
		else
			hi = mid;
		result[1] = hi;
	}
	if (write(out, result, sizeof(result)) != sizeof(result))
		_exit(1);
}

static _Noreturn void standin_play(const struct standin *s, enum standin_backing b, uint64_t len,
				   int in, int out)
{
	struct standin me = *s;
	char *p = standin_map(b, len);
	uint64_t n = len / 4096, step = b == STANDIN_4K_RANDOM ? 7919 : 1;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	me.hva = (uintptr_t)p;
	me.n_sections = 2;
	/* As on a PC: below the hole, and from 4 GiB on. */
	me.section[0] = (struct xlate_section){ 0, len / 4 * 3 / 4096 * 4096, me.hva };
	if (me.section[0].len_bytes > UINT64_C(2) << 30)
		me.section[0].len_bytes = UINT64_C(2) << 30;
	me.section[1] = (struct xlate_section){ UINT64_C(4) << 30, len - me.section[0].len_bytes,
						me.hva + me.section[0].len_bytes };
	if (p)
		for (uint64_t i = 0, k = 0; i < n; i++, k = (k + step) % n) {
			uint64_t tag = standin_tag(standin_gpa(&me, me.hva + k * 4096));

			memcpy(p + k * 4096, &tag, sizeof(tag));
		}
	if (write(out, &me, sizeof(me)) != sizeof(me))
		_exit(1);
	while (read(in, &c, 1) == 1)
		standin_churn(out);
	_exit(0);
}

/* Start one of len bytes. False, with errno, where the host cannot. */
static inline bool standin_start(struct standin *s, enum standin_backing b, uint64_t len)
{
	int to[2], from[2];
	char path[64];
	pid_t pid;

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		return false;
	memset(s, 0, sizeof(*s));
	pid = fork();
	if (pid == 0)
		standin_play(s, b, len, to[0], from[1]);
	close(to[0]);
	close(from[1]);
	if (pid < 0 || read(from[0], s, sizeof(*s)) != sizeof(*s) || !s->hva) {
		errno = ENOMEM;
		return false;
	}
	s->pid = pid;
	s->len = len;
	s->request_fd = to[1];
	s->answer_fd = from[0];
	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	s->pagemap_fd = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	s->mem_fd = open(path, O_RDONLY | O_CLOEXEC);
	return s->pagemap_fd >= 0 && s->mem_fd >= 0;
}

static inline void standin_stop(struct standin *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
		close(s->request_fd);
		close(s->answer_fd);
		close(s->mem_fd);
		close(s->pagemap_fd);
	}
	s->pid = 0;
}

/* Its space; the space takes a descriptor of its own. */
static struct xlate_space *standin_space(const struct standin *s, uint64_t id)
{
	struct xlate_space *sp = NULL;
	struct ras_err err;

	if (xlate_space_new(&xlate_linux_mm, (void *)(intptr_t)dup(s->pagemap_fd), id,
			    (size_t)sysconf(_SC_PAGESIZE), s->section, s->n_sections, &sp,
			    &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return sp;
}

static uint64_t standin_entry(const struct standin *s, uint64_t hva)
{
	uint64_t e = 0;

	if (pread(s->pagemap_fd, &e, 8, (off_t)(hva / (uint64_t)sysconf(_SC_PAGESIZE) * 8)) != 8)
		return 0;
	return e;
}

/* The host side of the real kernel: all descriptors open. Needs root. */
static inline bool standin_host(struct xlate_host *h, struct xlate_linux_host *lh)
{
	static const char *const path[] = { "/proc/kpageflags", "/proc/kpagecount",
					    "/proc/kpagecgroup" };
	struct ras_err err;

	for (size_t i = 0; i < 3; i++)
		lh->kpage_fd[i] = open(path[i], O_RDONLY | O_CLOEXEC);
	lh->kpage_fd[XLATE_KPAGERMAP] = rmap_open(&err);
	return lh->kpage_fd[0] >= 0 && lh->kpage_fd[1] >= 0 &&
	       xlate_linux_host_init(h, lh, &err) == 0;
}

static inline uint64_t standin_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

struct gate_result {
	uint64_t asked, right, wrong, missed, by_index, by_note;
	uint64_t moved_since;	  /* its frame is another than when the index was built */
	uint64_t moved_meanwhile; /* moved during the question, which then does not count */
};

/* The entries of all its RAM. Caller frees. */
static inline uint64_t *standin_snapshot(const struct standin *s)
{
	uint64_t *e = calloc(s->len / 4096, sizeof(*e));

	if (!e || pread(s->pagemap_fd, e, s->len / 4096 * 8, (off_t)(s->hva / 4096 * 8)) !=
			  (ssize_t)(s->len / 4096 * 8))
		abort();
	return e;
}

/*
 * The gate: pick a page, ask whose its frame is, compare with the page picked and with what memory
 * says at the answer. Only where the page was at that frame before and after the question does the
 * answer count.
 */
static inline void standin_gate(const struct standin *s, struct xlate_host *h,
				struct xlate_space *sp, const struct xlate_index *x,
				const uint64_t *before, uint64_t n, uint64_t *seed,
				struct gate_result *r)
{
	static struct xlate_answer a;
	struct ras_err err;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t hva = s->hva + standin_random(seed) % (s->len / 4096) * 4096;
		uint64_t gpa = standin_gpa(s, hva), e = standin_entry(s, hva), tag = 0;
		uint64_t at = standin_random(seed) % 4096;
		struct hpa hpa = { (e & PM_PFN_MASK) * 4096 + at };
		int rc = (x && xlate_find_indexed(h, x, hpa, &a)) ||
					 xlate_find_noted(h, &sp, 1, hpa, &a) ?
				 0 :
				 xlate_find(h, &sp, 1, x, hpa, &a, &err);

		r->asked++;
		if (((standin_entry(s, hva) ^ e) & PM_PFN_MASK) || !(e & PM_PRESENT)) {
			r->moved_meanwhile++;
			continue;
		}
		r->moved_since += ((before[(hva - s->hva) / 4096] ^ e) & PM_PFN_MASK) != 0;
		if (rc < 0 || a.state != XLATE_LIVE || a.n_owners != 1) {
			r->missed++;
			continue;
		}
		r->by_index += a.found == XLATE_BY_INDEX;
		r->by_note += a.found == XLATE_BY_RMAP;
		if (pread(s->mem_fd, &tag, sizeof(tag), (off_t)(hva & ~UINT64_C(4095))) !=
			    sizeof(tag) ||
		    a.owner[0].gpa.v != gpa + at || tag != standin_tag(a.owner[0].gpa.v - at))
			r->wrong++;
		else
			r->right++;
	}
}

/* Make the kernel move pages. */
static inline void standin_compact(void)
{
	int fd = open("/proc/sys/vm/compact_memory", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) != 1)
		fprintf(stderr, "compaction: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}
