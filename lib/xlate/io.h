// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What translation needs of a kernel, as two tables of functions, so that a test can simulate any
 * kernel. Formats: Documentation/admin-guide/mm/pagemap.rst, include/uapi/linux/kernel-page-flags.h
 * and PAGEMAP_SCAN in include/uapi/linux/fs.h of the Linux sources.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A pagemap entry. */
#define PM_PRESENT (UINT64_C(1) << 63)
#define PM_SWAP (UINT64_C(1) << 62)
#define PM_FILE (UINT64_C(1) << 61) /* file page or shared anonymous memory */
#define PM_EXCLUSIVE (UINT64_C(1) << 56)
/* of a present page; 0: hidden from whoever opened the file */
#define PM_PFN_MASK ((UINT64_C(1) << 55) - 1)
#define PM_SWAP_TYPE(e) ((unsigned int)((e)&0x1f))
#define PM_SWAP_OFFSET(e) (((e)&PM_PFN_MASK) >> 5)

/* Bits of /proc/kpageflags. */
#define KPF_SLAB (UINT64_C(1) << 7)
#define KPF_BUDDY (UINT64_C(1) << 10)
#define KPF_MMAP (UINT64_C(1) << 11)
#define KPF_ANON (UINT64_C(1) << 12)
#define KPF_HUGE (UINT64_C(1) << 17) /* hugetlb */
#define KPF_HWPOISON (UINT64_C(1) << 19)
#define KPF_NOPAGE (UINT64_C(1) << 20)
#define KPF_KSM (UINT64_C(1) << 21)
#define KPF_THP (UINT64_C(1) << 22)
#define KPF_OFFLINE (UINT64_C(1) << 23)
#define KPF_ZERO_PAGE (UINT64_C(1) << 24)
#define KPF_PGTABLE (UINT64_C(1) << 26)
#define KPF_RESERVED (UINT64_C(1) << 32)

/*
 * Categories of PAGEMAP_SCAN. PAGE_IS_FILE is left out, because it reads struct page and costs ten
 * times more.
 */
#define SCAN_PRESENT (UINT64_C(1) << 3)
#define SCAN_SWAPPED (UINT64_C(1) << 4)
#define SCAN_HUGE (UINT64_C(1) << 6)

/*
 * One stretch of pages that PAGEMAP_SCAN reports; same layout as the kernel's struct page_region.
 */
struct xlate_region {
	uint64_t start, end, categories;
};

/* A page is reported if (its categories ^ inverted) & mask == mask. */
struct xlate_scan {
	uint64_t start, end; /* addresses, page aligned */
	uint64_t mask, inverted, report;
};

/* One process's address space. */
struct xlate_mm_ops {
	/*
	 * Read n entries from page number first. Returns how many; 0 if the process has ended; or
	 * -errno.
	 */
	long (*pagemap)(void *ctx, uint64_t first, size_t n, uint64_t *entry);
	/*
	 * PAGEMAP_SCAN. Returns how many of n regions were filled. *walked: the address up to which
	 * these are all. -ENOTTY: the kernel does not have it (before 6.7).
	 */
	long (*scan)(void *ctx, const struct xlate_scan *s, struct xlate_region *region, size_t n,
		     uint64_t *walked);
	void (*close)(void *ctx);
};

/* Words about a host page: from /proc/kpage*, and what the kernel records of its owner. */
enum xlate_kpage {
	XLATE_KPAGEFLAGS,
	XLATE_KPAGECOUNT,
	XLATE_KPAGECGROUP,
	XLATE_KPAGERMAP,
	XLATE_N_KPAGE
};

/*
 * XLATE_KPAGERMAP: page->index, and as lowest bit whether the page is anonymous memory. The index
 * is the page's place in its file, or for anonymous memory its place in the address space at the
 * time of mmap. No file of /proc shows it. Its descriptor is a BPF program of rasd-pagemap, which
 * fills word for pfn and returns 0, or returns another value if it knows nothing.
 */
#define XLATE_RMAP_ANON UINT64_C(1)
#define XLATE_RMAP_INDEX(w) ((w) >> 1)

struct xlate_rmap {
	uint64_t pfn, word;
};

#define XLATE_SLICE_PAGES 2048u /* pagemap entries a read: 16 KiB */

/* The host. One for each thread that translates: it holds that thread's buffers. */
struct xlate_host {
	void *ctx;
	/* A word about a host page. False: there is none (no such page, no such file). */
	bool (*kpage)(void *ctx, enum xlate_kpage which, uint64_t pfn, uint64_t *value);
	/*
	 * Called between slices of a scan, without a lock of any guest. Sleeps, briefly if
	 * short_one. NULL: never.
	 */
	void (*pause)(void *ctx, bool short_one);
	/* Pages of the biggest swap area in use, 0 without swap. Called only for poisoned pages. */
	uint64_t (*swap_pages)(void *ctx);
	/* Does this host merge pages (KSM)? NULL: no. Called only for pages with that flag. */
	bool (*ksm_runs)(void *ctx);
	/* CLOCK_BOOTTIME in ns. */
	int64_t (*now_ns)(void *ctx);
	/* Called now and then in a long scan. True ends it with RAS_E_TIMEOUT. NULL: never. */
	bool (*cancelled)(void *ctx);
	size_t page_bytes;  /* sysconf's: 4K, 16K, 64K */
	size_t block_pages; /* pages of a huge page of the second level: 512 for 4K */
	size_t slice_pages; /* entries a read, 1..XLATE_SLICE_PAGES */
	/*
	 * A search after a rest may be fast, because a guest tolerates burst short pauses. One of
	 * them comes back every XLATE_REFILL_NS, so a row of searches goes at the slow pace. 0: no
	 * short pauses.
	 */
	int64_t burst;

	uint64_t *buf;	     /* XLATE_SLICE_PAGES entries */
	size_t since_pause;  /* pages walked since the last pause */
	size_t window_pages; /* of the next PAGEMAP_SCAN */
};

/* Fill page and block size, slice, buffer from page_bytes (a power of two). RAS_E_NOMEM. */
int xlate_host_init(struct xlate_host *h, size_t page_bytes, struct ras_err *err);
void xlate_host_fini(struct xlate_host *h);

/* --- the real kernel (linux.c) --- */

/*
 * Descriptors of /proc/kpageflags, kpagecount, kpagecgroup and of the BPF program. -1: not
 * available.
 */
struct xlate_linux_host {
	int kpage_fd[XLATE_N_KPAGE];
	long pause_ns; /* how long a pause is; 0 = none */
};

/*
 * Pauses at which a guest's mmap and munmap keep most of their speed: measured by bench/translate,
 * see docs/scaling.md.
 */
#define XLATE_SEARCH_PAUSE_NS 1000000
#define XLATE_SHORT_PAUSE_NS 20000
#define XLATE_BURST 512
#define XLATE_REFILL_NS 20000000
#define XLATE_INDEX_PAUSE_NS 2000000

/* Fill h for the running kernel. lh is borrowed, its descriptors too. */
int xlate_linux_host_init(struct xlate_host *h, struct xlate_linux_host *lh, struct ras_err *err);

/*
 * 0 if this process may run the program of XLATE_KPAGERMAP. RAS_E_HELPER says why not: the kernel
 * allows only privileged processes (before 5.19 with unprivileged_bpf_disabled), or the unit's
 * SystemCallFilter= lacks bpf.
 */
int xlate_rmap_check(int fd, struct ras_err *err);

/* Operations over a /proc/PID/pagemap descriptor; ctx is (void *)(intptr_t)fd; close closes it. */
extern const struct xlate_mm_ops xlate_linux_mm;
