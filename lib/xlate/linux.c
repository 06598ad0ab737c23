// SPDX-License-Identifier: LGPL-2.1-or-later
/* The running kernel behind the tables of io.h. */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <linux/ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "xlate/io.h"

/* Debian 12's headers are older than the call. */
struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define RAS_PAGEMAP_SCAN _IOWR('f', 16, struct scan_arg)

static int fd_of(void *ctx)
{
	return (int)(intptr_t)ctx;
}

static long linux_pagemap(void *ctx, uint64_t first, size_t n, uint64_t *entry)
{
	ssize_t got;

	if (first > INT64_MAX / 8)
		return -EINVAL;
	do
		got = pread(fd_of(ctx), entry, n * sizeof(*entry), (off_t)(first * sizeof(*entry)));
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : (long)((size_t)got / sizeof(*entry));
}

static long linux_scan(void *ctx, const struct xlate_scan *s, struct xlate_region *region, size_t n,
		       uint64_t *walked)
{
	struct scan_arg a = { .size = sizeof(a),
			      .start = s->start,
			      .end = s->end,
			      .vec = (uint64_t)(uintptr_t)region,
			      .vec_len = n,
			      .category_inverted = s->inverted,
			      .category_mask = s->mask,
			      .return_mask = s->report };
	int r = ioctl(fd_of(ctx), RAS_PAGEMAP_SCAN, &a);

	if (r < 0)
		return -errno;
	*walked = a.walk_end;
	return r;
}

static void linux_close(void *ctx)
{
	close(fd_of(ctx));
}

const struct xlate_mm_ops xlate_linux_mm = { linux_pagemap, linux_scan, linux_close };

/* Run the program. 0 or -errno. *none: it knows nothing about the page. */
static int run_rmap(int fd, struct xlate_rmap *arg, bool *none)
{
	union bpf_attr a;

	memset(&a, 0, sizeof(a));
	a.test.prog_fd = (uint32_t)fd;
	a.test.ctx_in = (uint64_t)(uintptr_t)arg;
	a.test.ctx_size_in = sizeof(*arg);
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &a, sizeof(a)) < 0)
		return -errno;
	*none = a.test.retval != 0;
	return 0;
}

static bool linux_rmap(int fd, uint64_t pfn, uint64_t *value)
{
	struct xlate_rmap arg = { .pfn = pfn };
	bool none;

	if (run_rmap(fd, &arg, &none) < 0 || none)
		return false;
	*value = arg.word;
	return true;
}

int xlate_rmap_check(int fd, struct ras_err *err)
{
	struct xlate_rmap arg = { .pfn = UINT64_MAX }; /* no page */
	bool none;
	int r = run_rmap(fd, &arg, &none);

	if (r == -EPERM)
		return ras_fail(err, RAS_E_HELPER,
				"rasd may not run the look-up: bpf() is forbidden to its unit, or "
				"to unprivileged processes (Linux before 5.19)");
	if (r < 0)
		return ras_fail(err, RAS_E_HELPER, "rasd cannot run the look-up: %s", strerror(-r));
	if (!none)
		return ras_fail(err, RAS_E_HELPER,
				"the look-up answers for a page that cannot exist");
	return 0;
}

static bool linux_kpage(void *ctx, enum xlate_kpage which, uint64_t pfn, uint64_t *value)
{
	const struct xlate_linux_host *lh = ctx;

	if (which == XLATE_KPAGERMAP)
		return lh->kpage_fd[which] >= 0 && linux_rmap(lh->kpage_fd[which], pfn, value);
	return lh->kpage_fd[which] >= 0 && pfn <= INT64_MAX / 8 &&
	       pread(lh->kpage_fd[which], value, sizeof(*value), (off_t)(pfn * sizeof(*value))) ==
		       sizeof(*value);
}

static void linux_pause(void *ctx, bool short_one)
{
	const struct xlate_linux_host *lh = ctx;
	struct timespec ts = { 0, short_one && lh->pause_ns ? XLATE_SHORT_PAUSE_NS : lh->pause_ns };

	if (ts.tv_nsec > 0)
		nanosleep(&ts, NULL);
}

static int64_t linux_now(void *ctx)
{
	(void)ctx;
	return clock_boot_ns();
}

/*
 * Pages of the biggest swap area. Without /proc/swaps it counts as endless, so that nothing is
 * taken as proved.
 */
static bool linux_ksm_runs(void *ctx)
{
	_fclose_ FILE *f = fopen("/sys/kernel/mm/ksm/run", "re");
	int c = f ? fgetc(f) : '0';

	(void)ctx;
	return c != '0';
}

static uint64_t linux_swap_pages(void *ctx)
{
	_fclose_ FILE *f = fopen("/proc/swaps", "re");
	char line[512];
	uint64_t most = 0, kib;

	(void)ctx;
	if (!f)
		return UINT64_MAX;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*s %" SCNu64, &kib) == 1 && kib > most)
			most = kib;
	return most * 1024 / (uint64_t)sysconf(_SC_PAGESIZE);
}

int xlate_host_init(struct xlate_host *h, size_t page_bytes, struct ras_err *err)
{
	memset(h, 0, sizeof(*h));
	h->page_bytes = page_bytes;
	h->block_pages = page_bytes / sizeof(uint64_t); /* entries of a page table, 8 bytes each */
	h->slice_pages = XLATE_SLICE_PAGES;
	h->buf = calloc(XLATE_SLICE_PAGES, sizeof(*h->buf));
	return h->buf ? 0 : ras_fail(err, RAS_E_NOMEM, "no memory for a translation buffer");
}

void xlate_host_fini(struct xlate_host *h)
{
	free(TAKE(h->buf));
}

int xlate_linux_host_init(struct xlate_host *h, struct xlate_linux_host *lh, struct ras_err *err)
{
	int r = xlate_host_init(h, (size_t)sysconf(_SC_PAGESIZE), err);

	if (r < 0)
		return r;
	h->ctx = lh;
	h->kpage = linux_kpage;
	h->pause = linux_pause;
	h->now_ns = linux_now;
	h->swap_pages = linux_swap_pages;
	h->ksm_runs = linux_ksm_runs;
	return 0;
}
