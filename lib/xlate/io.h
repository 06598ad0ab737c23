// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What translation asks of a kernel, as two tables of functions, so that a test can play any
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
#define PM_PFN_MASK ((UINT64_C(1) << 55) - 1) /* of a present page; 0 = hidden from the opener */
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
 * Categories of PAGEMAP_SCAN. PAGE_IS_FILE is left out: it touches struct page and costs ten times
 * more.
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

/* A page is reported when (its categories ^ inverted) & mask == mask. */
struct xlate_scan {
	uint64_t start, end; /* addresses, page aligned */
	uint64_t mask, inverted, report;
};

/* One process's address space. */
struct xlate_mm_ops {
	/*
	 * Read n entries from page number first. Returns how many, 0 once the space is gone,
	 * -errno.
	 */
	long (*pagemap)(void *ctx, uint64_t first, size_t n, uint64_t *entry);
	/*
	 * PAGEMAP_SCAN. Returns how many of n regions were filled and sets *walked to the address
	 * up to which that is all; -ENOTTY where the kernel has none (before 6.7).
	 */
	long (*scan)(void *ctx, const struct xlate_scan *s, struct xlate_region *region, size_t n,
		     uint64_t *walked);
	void (*close)(void *ctx);
};

/* Words about a host page: of /proc/kpage*, and where the kernel notes it to belong. */
enum xlate_kpage {
	XLATE_KPAGEFLAGS,
	XLATE_KPAGECOUNT,
	XLATE_KPAGECGROUP,
	XLATE_KPAGERMAP,
	XLATE_N_KPAGE
};

/*
 * XLATE_KPAGERMAP: page->index and, as lowest bit, whether the page is anonymous memory. The index
 * is the page's place in its file or, of anonymous memory, in the address space at the time of
 * mmap. No /proc file has it: its descriptor is a BPF program (rasd-pagemap's) that fills word for
 * pfn and returns 0, or not 0 for nothing.
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
	/* A word about a host page; false where there is none (no such page, no such file). */
	bool (*kpage)(void *ctx, enum xlate_kpage which, uint64_t pfn, uint64_t *value);
	/*
	 * Called between slices of a scan, with no lock of any guest held: sleep, or very little.
	 * NULL: never.
	 */
	void (*pause)(void *ctx, bool short_one);
	/* Pages of the biggest swap area in use; 0 = no swap. Asked for poisoned pages only. */
	uint64_t (*swap_pages)(void *ctx);
	/* CLOCK_BOOTTIME in ns. */
	int64_t (*now_ns)(void *ctx);
	/* Asked now and then in a long scan; true ends it with RAS_E_TIMEOUT. NULL: never. */
	bool (*cancelled)(void *ctx);
	size_t page_bytes;  /* sysconf's: 4K, 16K, 64K */
	size_t block_pages; /* pages of a huge page of the second level: 512 for 4K */
	size_t slice_pages; /* entries a read, 1..XLATE_SLICE_PAGES */
	/*
	 * A search after a rest is urgent and its burden passes: a guest stands up to burst short
	 * pauses. They come back one in XLATE_REFILL_NS, so that one search after the other goes at
	 * the long pace. 0: none.
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
 * Descriptors of /proc/kpageflags, kpagecount, kpagecgroup and of the BPF program; -1 where there
 * is none.
 */
struct xlate_linux_host {
	int kpage_fd[XLATE_N_KPAGE];
	long pause_ns; /* how long a pause is; 0 = none */
};

/* Pauses that keep a guest's mmap+munmap near their speed, by bench/translate; docs/scaling.md. */
#define XLATE_SEARCH_PAUSE_NS 1000000
#define XLATE_SHORT_PAUSE_NS 20000
#define XLATE_BURST 512
#define XLATE_REFILL_NS 20000000
#define XLATE_INDEX_PAUSE_NS 2000000

/* Fill h for the running kernel. lh is borrowed, its descriptors too. */
int xlate_linux_host_init(struct xlate_host *h, struct xlate_linux_host *lh, struct ras_err *err);

/*
 * 0 where this process may run the program of XLATE_KPAGERMAP. RAS_E_HELPER says why not: the
 * kernel lets only privileged processes (before 5.19 with unprivileged_bpf_disabled), or the unit's
 * SystemCallFilter= lacks bpf.
 */
int xlate_rmap_check(int fd, struct ras_err *err);

/* Operations over a /proc/PID/pagemap descriptor; ctx is (void *)(intptr_t)fd; close closes it. */
extern const struct xlate_mm_ops xlate_linux_mm;
