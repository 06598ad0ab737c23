// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The owner of a page: host physical address <-> guest physical address.
 *
 * A space is one guest: its RAM layout and the pagemap of its QEMU. An index holds the huge pages
 * of many spaces. Nothing here guesses: every reported owner was read from pagemap a second time,
 * or is marked `probable` or `historic`. Guest memory is neither read nor faulted in.
 *
 * Spaces and indices are reference counted and may be shared by threads. A struct xlate_host may
 * not.
 */
#pragma once

#include "base/addr.h"
#include "xlate/io.h"

#define XLATE_MAX_SECTIONS 64u
#define XLATE_MAX_OWNERS 64u

/* Guest physical [gpa, gpa+len_bytes) is at hva in QEMU. */
struct xlate_section {
	uint64_t gpa, len_bytes, hva;
};

enum xlate_state {
	XLATE_LIVE,	     /* mapped there when last read */
	XLATE_POISONED,	     /* it was mapped there until the kernel took the page away */
	XLATE_HISTORIC,	     /* was mapped there at seen_ns, then moved; the old page is poisoned */
	XLATE_PROBABLE,	     /* there is evidence, but no proof: never act on it */
	XLATE_UNBACKED,	     /* no page: never touched, given back, or the zero page */
	XLATE_SWAPPED,	     /* on a swap device */
	XLATE_HOST,	     /* belongs to no guest known here */
	XLATE_QEMU_INTERNAL, /* QEMU's own memory, not guest RAM */
	XLATE_N_STATES
};

enum xlate_found {
	XLATE_BY_INDEX,	    /* huge page index, verified */
	XLATE_BY_RMAP,	    /* by what the kernel records of the page, verified */
	XLATE_BY_HUGE_SCAN, /* scan of the huge pages */
	XLATE_BY_NEAR_SCAN, /* scan around pages with near numbers */
	XLATE_BY_FULL_SCAN,
	XLATE_BY_SWAP_ENTRY,  /* poisoned: the entry names the page */
	XLATE_BY_HISTORY,     /* poisoned or moved: an earlier reading */
	XLATE_BY_ELIMINATION, /* poisoned: the only candidates */
	XLATE_BY_FLAGS,	      /* kpageflags alone decide */
	XLATE_BY_LAYOUT,      /* guest to host: RAM layout and one entry */
	XLATE_N_FOUND
};

enum xlate_backing {
	XLATE_BACKING_UNKNOWN,
	XLATE_BACKING_ANON,
	XLATE_BACKING_SHARED, /* memfd, file, shared anonymous memory */
	XLATE_BACKING_THP,
	XLATE_BACKING_HUGETLB,
	XLATE_BACKING_KSM,
	XLATE_N_BACKINGS
};

/* Stable words of the values; "unknown" for others. */
const char *xlate_state_name(enum xlate_state s);
const char *xlate_found_name(enum xlate_found f);
const char *xlate_backing_name(enum xlate_backing b);

struct xlate_owner {
	uint64_t id;	/* of the space */
	struct gpa gpa; /* of the very byte; meaningless with XLATE_QEMU_INTERNAL */
	uint64_t hva;
	enum xlate_state state;
	bool alias; /* the same memory at a higher guest address than the owner before */
};

struct xlate_answer {
	struct hpa hpa;
	enum xlate_state state;
	enum xlate_found found;
	enum xlate_backing backing;
	bool has_hpa;	     /* guest to host: false if there is no page */
	bool more_owners;    /* there are more owners than fit */
	bool other_mappings; /* there are more mappings than the owners explain */
	size_t page_bytes;   /* the host's page or, for a huge page, its size */
	size_t n_owners;
	struct xlate_owner owner[XLATE_MAX_OWNERS];
	uint64_t n_mappings; /* kpagecount if it was read, otherwise 0 */
	uint64_t hpa_now;    /* XLATE_HISTORIC: where the owner's page is now, 0 = none */
	int64_t read_ns;     /* boot time of the reading that proves it */
	int64_t seen_ns;     /* XLATE_HISTORIC: boot time of that index */
	/* XLATE_BY_INDEX: the index has had these entries since, 0 = it has not */
	int64_t since_ns;
	uint32_t moved; /* pages that moved meanwhile */
	char detail[112];
};

/* --- spaces --- */

struct xlate_space;

/*
 * One reference. ops->close(ctx) is called with the last one (not on failure). RAS_E_LAYOUT:
 * sections are empty, wrap, or overlap as guest addresses.
 */
int xlate_space_new(const struct xlate_mm_ops *ops, void *ctx, uint64_t id, size_t page_bytes,
		    const struct xlate_section *s, size_t n, struct xlate_space **out,
		    struct ras_err *err);
struct xlate_space *xlate_space_ref(struct xlate_space *s);
void xlate_space_unref(struct xlate_space *s);
uint64_t xlate_space_id(const struct xlate_space *s);

/* The layout has changed: results that were begun with this space are not valid. Any thread. */
void xlate_space_retire(struct xlate_space *s);
bool xlate_space_retired(const struct xlate_space *s);

/* True after a read found that the process has ended (exit, exec). */
bool xlate_space_gone(const struct xlate_space *s);

/* --- the index of huge pages --- */

struct xlate_index;

/*
 * Make an index of spaces. A space's entries are taken over from old (may be NULL) unless rescan
 * (may be NULL: all) is set for it. Entries of old that do not exist any more become history.
 * RAS_E_NOMEM, RAS_E_TIMEOUT (cancelled). A space whose process has ended is left out.
 */
int xlate_index_new(struct xlate_host *h, struct xlate_space *const *space, size_t n,
		    const bool *rescan, const struct xlate_index *old, struct xlate_index **out,
		    struct ras_err *err);
struct xlate_index *xlate_index_ref(struct xlate_index *x);
void xlate_index_unref(struct xlate_index *x);

/* Blocks known, bytes used in all, and blocks of history. */
size_t xlate_index_blocks(const struct xlate_index *x);
size_t xlate_index_bytes(const struct xlate_index *x);
size_t xlate_index_history(const struct xlate_index *x);

/* --- questions --- */

/*
 * The index alone. True: the answer is complete and proved by one read an owner. False: call
 * xlate_find(); ans is scratch.
 */
bool xlate_find_indexed(struct xlate_host *h, const struct xlate_index *x, struct hpa hpa,
			struct xlate_answer *ans);

/*
 * By kpageflags and what the kernel records of the page (XLATE_KPAGERMAP): a few reads for each
 * guest that may have it. True: the answer is complete and every owner was read twice. False: call
 * xlate_find().
 */
bool xlate_find_noted(struct xlate_host *h, struct xlate_space *const *space, size_t n,
		      struct hpa hpa, struct xlate_answer *ans);

/*
 * The whole search of spaces. x may be NULL. RAS_E_HELPER: the kernel hides page numbers.
 * RAS_E_BUSY: a page kept moving. RAS_E_TIMEOUT, RAS_E_NOMEM. A space whose process has ended is
 * skipped. That no guest has the page is an answer: XLATE_HOST.
 */
int xlate_find(struct xlate_host *h, struct xlate_space *const *space, size_t n,
	       const struct xlate_index *x, struct hpa hpa, struct xlate_answer *ans,
	       struct ras_err *err);

/* The page of a guest address. RAS_E_NOT_RAM, RAS_E_GONE, RAS_E_HELPER, RAS_E_BUSY. */
int xlate_gpa(struct xlate_host *h, struct xlate_space *s, struct gpa gpa, struct xlate_answer *ans,
	      struct ras_err *err);

/*
 * Before an injection: does gpa of s still belong to hpa, live or poisoned? Reads pagemap and
 * kpageflags. *hva (may be NULL) is where QEMU must say that it has gpa. RAS_E_BUSY: it does not
 * any more.
 */
int xlate_verify(struct xlate_host *h, struct xlate_space *s, struct gpa gpa, struct hpa hpa,
		 uint64_t *hva, struct ras_err *err);

/* --- how much of a range --- */

#define XLATE_SHARE_RUNS 8u

enum xlate_share_state {
	XLATE_SHARE_UNREAD, /* not looked at: nobody came to it in time */
	XLATE_SHARE_READ,   /* looked at, all of it */
	XLATE_SHARE_PARTLY, /* looked at, not to its end: what is told is the least */
	XLATE_SHARE_GONE    /* its process has ended, or its layout has changed */
};

/* What one space has of a range of host addresses. */
struct xlate_share {
	enum xlate_share_state state;
	uint64_t live_bytes;	 /* mapped there when they were read */
	uint64_t poisoned_bytes; /* there until the kernel took the pages away */
	uint64_t probable_bytes; /* may have been there: a swap slot of that number may be meant */
	uint64_t n_runs;
	struct xlate_run {
		uint64_t gpa, len_bytes;
	} run[XLATE_SHARE_RUNS]; /* the first of n_runs, as they were found */
};

enum xlate_range_how {
	XLATE_RANGE_BY_PAGES, /* the pages of the range, each by the index or the kernel's note */
	XLATE_RANGE_BY_SPACES /* the pages of the guests, by pagemap */
};

/* Pages that one range may have: 64 TiB of 4 KiB. */
#define XLATE_RANGE_MAX_PAGES (UINT64_C(1) << 34)

/*
 * Which spaces have how much of [from, to), in share[n]; see range.c. Both are rounded outwards to
 * pages. A job that is cancelled is no error: share[] says what was looked at. x may be NULL.
 * RAS_E_PARAMS, RAS_E_HELPER: the kernel hides page numbers; RAS_E_NOMEM.
 */
int xlate_range(struct xlate_host *h, struct xlate_space *const *space, size_t n,
		const struct xlate_index *x, struct hpa from, struct hpa to,
		struct xlate_share *share, enum xlate_range_how *how, struct ras_err *err);
