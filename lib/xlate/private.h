// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to lib/xlate. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "xlate/xlate.h"

#define MAX_CGROUPS 4u
#define MAX_SHIFTS 8u
#define NOTED_MAX (MAX_SHIFTS + 1)
/* Cost of a call in pages: a writer that waits for the lock loses more than our microsecond. */
#define READ_COST 128u

/* Pages [first, first+n) of QEMU that hold guest RAM, widened to whole pages. */
struct extent {
	uint64_t first, n;
};

/* The same widened to whole blocks, numbered from base on within the space. */
struct block_range {
	uint64_t first, n; /* block numbers: page number / block_pages */
	uint64_t base;
};

/* RAM for which the kernel records index = page number + by (modulo 2^64). */
struct shift {
	uint64_t by;
	bool anon;
};

/* What some pages of the space show about all of them. Only hints. */
struct learned {
	bool done;
	uint64_t cgroup[MAX_CGROUPS]; /* inodes of the cgroups that its pages are charged to */
	size_t n_cgroups;
	struct shift shift[MAX_SHIFTS];
	size_t n_shifts, next_shift;
};

struct xlate_space {
	atomic_int refs;
	atomic_bool retired, gone;
	const struct xlate_mm_ops *ops;
	void *ctx;
	uint64_t id;
	size_t page_bytes;
	struct xlate_section section[XLATE_MAX_SECTIONS];
	size_t n_sections;
	struct extent extent[XLATE_MAX_SECTIONS];
	size_t n_extents;
	pthread_mutex_t lock; /* of learned; never held during a system call */
	struct learned learned;
	/* Only for the thread that searches. */
	int64_t short_left, refilled_ns; /* short pauses that it may still get */
};

/* space.c */

/* The blocks that its RAM touches. Returns how many ranges. */
size_t space_block_ranges(const struct xlate_space *s, size_t block_pages,
			  struct block_range out[XLATE_MAX_SECTIONS]);

/* One entry. 1: read. 0: the process has ended (and the space is marked). Or -errno. */
long space_entry(struct xlate_space *s, uint64_t page, uint64_t *entry);

/* Guest addresses of an hva, lowest first; how many (at most max). */
size_t space_gpas(const struct xlate_space *s, uint64_t hva, uint64_t *gpa, size_t max);

/* Its hva. False: gpa is not RAM. */
bool space_hva(const struct xlate_space *s, uint64_t gpa, uint64_t *hva);

/* noted.c: any thread */

/*
 * Sample once which cgroups the space's pages are charged to, and what the kernel records of them.
 */
void space_learn(struct xlate_host *h, struct xlate_space *s);
bool space_has_cgroup(struct xlate_space *s, uint64_t cgroup);
/*
 * Learn from what is recorded of one page of s (word, of XLATE_KPAGERMAP) about other pages of s.
 */
void noted_learn(struct xlate_space *s, uint64_t page, uint64_t word);
/* Places in s that word may mean; how many. */
size_t noted_pages(struct xlate_space *s, uint64_t word, uint64_t page[NOTED_MAX]);

/* walk.c */

enum walk_what {
	WALK_SMALL,   /* present pages that no huge page maps */
	WALK_PRESENT, /* present pages */
	WALK_SPARSE,  /* as WALK_PRESENT; of a block that a huge page maps only the ends */
	WALK_SWAPPED, /* swap entries; poisoned hugetlb as zeroes with huge set */
	WALK_ALIEN    /* present pages outside the extents; needs PAGEMAP_SCAN */
};

struct walk_chunk {
	uint64_t first; /* page number */
	size_t n;
	const uint64_t *entry;
	bool huge; /* the kernel says that these belong to a huge page */
	bool ends; /* WALK_SPARSE: entry[0] is that of the first page, entry[1] of the last */
};

/* True ends the walk. There may be entries of other kinds, so look at each. */
typedef bool (*walk_fn)(void *arg, const struct walk_chunk *c);

/*
 * 0: walked. 1: fn ended it. -RAS_E_GONE: a read failed (the space is marked if its process has
 * ended). -RAS_E_TIMEOUT.
 */
int walk_space(struct xlate_host *h, struct xlate_space *s, enum walk_what what, walk_fn fn,
	       void *arg);

/* The entries of pages [first, first+n), in slices. As walk_space(). */
int walk_read(struct xlate_host *h, struct xlate_space *s, uint64_t first, uint64_t n, bool huge,
	      walk_fn fn, void *arg);

/*
 * Huge pages: for each block that one maps, the entry of its first page of RAM. fn gets one entry a
 * call.
 */
int walk_huge(struct xlate_host *h, struct xlate_space *s, walk_fn fn, void *arg);

/* Sleep briefly, if the host does. */
void host_pause(struct xlate_host *h);

/* Account n pages of work at s; pause when a slice is full. False: cancelled. */
bool walk_spend(struct xlate_host *h, struct xlate_space *s, size_t n);

/*
 * True if PAGEMAP_SCAN says that page is in one of the categories mask. False also without
 * PAGEMAP_SCAN.
 */
bool page_is(struct xlate_host *h, struct xlate_space *s, uint64_t page, uint64_t mask);

/* index.c */

struct index_hit {
	struct xlate_space *space; /* borrowed from the index */
	uint64_t page;		   /* page number in it that had the pfn */
	bool hugetlb;
	bool superseded;  /* history: the index has something newer for that place */
	int64_t seen_ns;  /* when that was read */
	int64_t since_ns; /* not of history: since when every index has had it, 0 = not known */
};

/* Where pfn was, by the index (*at counts from 0) and then by its history. False: no more. */
bool index_next(const struct xlate_index *x, const struct xlate_host *h, uint64_t pfn, bool history,
		size_t *at, struct index_hit *hit);

/* The physical block of the index's i-th entry, then of its history. False: no more. */
bool index_block(const struct xlate_index *x, size_t i, uint64_t *block);

/* answer.c */

/* An empty answer about hpa. */
void answer_init(struct xlate_answer *a, struct hpa hpa);

/* Add the owner(s) of a page of s at the answer's offset in the page. */
void answer_add(struct xlate_answer *a, const struct xlate_space *s, uint64_t page,
		enum xlate_state state);
/* What kpageflags say of the page's kind and size. */
void answer_backing(struct xlate_answer *a, const struct xlate_host *h, uint64_t flags);

/* poison.c: pfn has HWPOISON. */
int find_poisoned(struct xlate_host *h, struct xlate_space *const *space, size_t n,
		  const struct xlate_index *x, uint64_t pfn, uint64_t flags,
		  struct xlate_answer *ans, struct ras_err *err);

/* By the kernel's record alone: memory of a single guest. False: find_poisoned() may know. */
bool find_poisoned_noted(struct xlate_host *h, struct xlate_space *const *space, size_t n,
			 uint64_t pfn, struct xlate_answer *ans);

/* Not mapped. The soft-dirty bit may still be set (seen on poisoned hugetlb pages). */
static inline bool entry_is_empty(uint64_t entry)
{
	return !(entry & (PM_PRESENT | PM_SWAP));
}

static inline bool entry_is(uint64_t entry, uint64_t pfn)
{
	return (entry & PM_PRESENT) && (entry & PM_PFN_MASK) == pfn;
}
