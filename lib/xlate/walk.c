// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Walking a guest's page tables from outside, in slices with pauses.
 *
 * Problem: a pagemap read holds the guest's mmap_lock for reading, and PAGEMAP_SCAN holds it for
 * its whole window. Without pauses the guest's mmap and munmap would starve. Rule: no call covers
 * more than a slice or a window, and pause() runs after each slice of work.
 *
 * With PAGEMAP_SCAN the kernel names the ranges worth reading (3 ns a page instead of 28). Without
 * it everything is read, and the caller's function sorts it out.
 */
#include <errno.h>

#include "xlate/private.h"

#define WINDOW_PAGES 16384u /* of one PAGEMAP_SCAN: about 50 us of lock at 4K */
#define WINDOW_MAX_PAGES \
	131072u /* where huge pages make it short: about 13 us; at worst 0.4 ms, once */
#define WINDOW_SHORT_NS 20000
#define REGIONS 128u
#define GAP_PAGES 32u /* one more read costs as much as reading this many entries */
#define PAGE_NS 25    /* of reading an entry: a scan's time is converted with it */
#define TOP_47 ((UINT64_C(1) << 47) - 0x10000)
#define TOP_48 ((UINT64_C(1) << 48) - 0x10000)

void host_pause(struct xlate_host *h)
{
	if (h->pause)
		h->pause(h->ctx, true);
}

/* May the next pause be a short one? The lock is the guest's, so each guest has its own count. */
static bool short_one(struct xlate_host *h, struct xlate_space *s)
{
	int64_t now, back;

	if (h->burst == 0)
		return false;
	now = h->now_ns(h->ctx);
	back = (now - s->refilled_ns) / XLATE_REFILL_NS;
	if (back > 0 || s->refilled_ns == 0) {
		s->short_left = s->refilled_ns && back < h->burst - s->short_left ?
					s->short_left + back :
					h->burst;
		s->refilled_ns = now;
	}
	if (s->short_left == 0)
		return false;
	s->short_left--;
	return true;
}

bool walk_spend(struct xlate_host *h, struct xlate_space *s, size_t n)
{
	h->since_pause += n;
	if (h->since_pause < h->slice_pages)
		return true;
	h->since_pause = 0;
	if (h->pause)
		h->pause(h->ctx, short_one(h, s));
	return !h->cancelled || !h->cancelled(h->ctx);
}

int walk_read(struct xlate_host *h, struct xlate_space *s, uint64_t first, uint64_t n, bool huge,
	      walk_fn fn, void *arg)
{
	while (n > 0) {
		size_t want = n < h->slice_pages ? (size_t)n : h->slice_pages;
		long got = s->ops->pagemap(s->ctx, first, want, h->buf);
		struct walk_chunk c = { first, (size_t)got, h->buf, huge, false };

		if (got == 0)
			atomic_store(&s->gone, true);
		if (got <= 0)
			return -RAS_E_GONE;
		if (fn(arg, &c))
			return 1;
		first += (uint64_t)got;
		n -= (uint64_t)got;
		if (!walk_spend(h, s, (size_t)got + READ_COST))
			return -RAS_E_TIMEOUT;
	}
	return 0;
}

/* The ends of each block of pages [first, end). */
static int walk_ends(struct xlate_host *h, struct xlate_space *s, uint64_t first, uint64_t end,
		     walk_fn fn, void *arg)
{
	while (first < end) {
		uint64_t stop = (first / h->block_pages + 1) * h->block_pages, e[2];
		struct walk_chunk c = { .first = first, .entry = e, .huge = true, .ends = true };

		if (stop > end)
			stop = end;
		c.n = (size_t)(stop - first);
		if (space_entry(s, first, &e[0]) != 1 || space_entry(s, stop - 1, &e[1]) != 1)
			return -RAS_E_GONE;
		if (fn(arg, &c))
			return 1;
		if (!walk_spend(h, s, READ_COST))
			return -RAS_E_TIMEOUT;
		first = stop;
	}
	return 0;
}

/* The regions of one PAGEMAP_SCAN. Near ones are joined. */
static int walk_regions(struct xlate_host *h, struct xlate_space *s, enum walk_what what,
			const struct xlate_region *r, size_t n, walk_fn fn, void *arg)
{
	for (size_t i = 0; i < n;) {
		bool huge = r[i].categories & SCAN_HUGE;
		uint64_t first = r[i].start / h->page_bytes, end = r[i].end / h->page_bytes;
		int rc;

		for (i++; i < n && !huge && !(r[i].categories & SCAN_HUGE) &&
			  r[i].start / h->page_bytes - end < GAP_PAGES;
		     i++)
			end = r[i].end / h->page_bytes;
		rc = huge && what == WALK_SPARSE ?
			     walk_ends(h, s, first, end, fn, arg) :
			     walk_read(h, s, first, end - first, huge, fn, arg);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* One PAGEMAP_SCAN from *page on, which it moves. 0, 1, an error, or -ENOTTY. */
static int walk_window(struct xlate_host *h, struct xlate_space *s, enum walk_what what,
		       uint64_t *page, uint64_t end, walk_fn fn, void *arg)
{
	struct xlate_region r[REGIONS];
	struct xlate_scan q = { .start = *page * h->page_bytes,
				.end = end * h->page_bytes,
				.report = SCAN_PRESENT | SCAN_SWAPPED | SCAN_HUGE };
	uint64_t walked = 0;
	int64_t took_ns;
	long n;
	int rc;

	if (what == WALK_SWAPPED) {
		q.mask = SCAN_SWAPPED;
	} else if (what == WALK_SMALL) {
		q.mask = SCAN_PRESENT | SCAN_HUGE;
		q.inverted = SCAN_HUGE;
	} else {
		q.mask = SCAN_PRESENT;
	}
	took_ns = -h->now_ns(h->ctx);
	n = s->ops->scan(s->ctx, &q, r, REGIONS, &walked);
	took_ns += h->now_ns(h->ctx);
	h->window_pages = took_ns > WINDOW_SHORT_NS	     ? WINDOW_PAGES :
			  h->window_pages < WINDOW_MAX_PAGES ? h->window_pages * 2 :
							       WINDOW_MAX_PAGES;
	if (n < 0)
		return (int)n;
	if (walked <= q.start || walked > q.end || (size_t)n > REGIONS)
		return -EIO;
	rc = walk_regions(h, s, what, r, (size_t)n, fn, arg);
	if (rc != 0)
		return rc;
	if (!walk_spend(h, s, (size_t)took_ns / PAGE_NS + READ_COST))
		return -RAS_E_TIMEOUT;
	*page = walked / h->page_bytes;
	return 0;
}

static int walk_range(struct xlate_host *h, struct xlate_space *s, enum walk_what what,
		      uint64_t page, uint64_t end, walk_fn fn, void *arg)
{
	while (page < end) {
		uint64_t to = end - page > h->window_pages ? page + h->window_pages : end;
		int rc = walk_window(h, s, what, &page, to, fn, arg);

		if (rc == -ENOTTY)
			return walk_read(h, s, page, end - page, false, fn, arg);
		if (rc == 1 || rc == -RAS_E_GONE || rc == -RAS_E_TIMEOUT)
			return rc;
		if (rc < 0) {
			/* The kernel refused this window: read it all. */
			rc = walk_read(h, s, page, to - page, false, fn, arg);
			if (rc != 0)
				return rc;
			page = to;
		}
	}
	return 0;
}

/*
 * Everything but the extents. The top address depends on the architecture: the kernel refuses a
 * range beyond it as a whole.
 */
static int walk_alien(struct xlate_host *h, struct xlate_space *s, walk_fn fn, void *arg)
{
	struct xlate_scan q = { .start = TOP_48 - h->page_bytes,
				.end = TOP_48,
				.mask = SCAN_PRESENT };
	struct xlate_region r;
	uint64_t from = 0, top, walked;
	long can = s->ops->scan(s->ctx, &q, &r, 1, &walked);

	if (can == -ENOTTY)
		return 0;
	top = (can < 0 ? TOP_47 : TOP_48) / h->page_bytes;
	for (size_t i = 0; i <= s->n_extents; i++) {
		uint64_t to = i < s->n_extents ? s->extent[i].first : top;
		int rc = 0;

		if (from < to && from < top) {
			uint64_t page = from;

			while (rc == 0 && page < to)
				rc = walk_window(h, s, WALK_ALIEN, &page, to, fn, arg);
		}
		if (rc == 1 || rc == -RAS_E_GONE || rc == -RAS_E_TIMEOUT)
			return rc;
		if (i < s->n_extents)
			from = s->extent[i].first + s->extent[i].n;
	}
	return 0;
}

int walk_space(struct xlate_host *h, struct xlate_space *s, enum walk_what what, walk_fn fn,
	       void *arg)
{
	h->window_pages = WINDOW_PAGES;
	if (what == WALK_ALIEN)
		return walk_alien(h, s, fn, arg);
	for (size_t i = 0; i < s->n_extents; i++) {
		const struct extent *e = &s->extent[i];
		int rc = walk_range(h, s, what, e->first, e->first + e->n, fn, arg);

		if (rc != 0)
			return rc;
	}
	return 0;
}

/* One entry of a huge page, given to fn. 0, 1, error. */
static int huge_one(struct xlate_host *h, struct xlate_space *s, uint64_t page, walk_fn fn,
		    void *arg)
{
	struct walk_chunk c = { page, 1, h->buf, true, false };

	if (space_entry(s, page, h->buf) != 1)
		return -RAS_E_GONE;
	if (fn(arg, &c))
		return 1;
	return walk_spend(h, s, READ_COST) ? 0 : -RAS_E_TIMEOUT;
}

/* Without PAGEMAP_SCAN: a block may be a huge page if its first and last page belong together. */
static int huge_by_stride(struct xlate_host *h, struct xlate_space *s, uint64_t page, uint64_t end,
			  walk_fn fn, void *arg)
{
	while (page < end) {
		uint64_t stop = (page / h->block_pages + 1) * h->block_pages;
		uint64_t a = 0, b = 0;
		int rc;

		if (stop > end)
			stop = end;
		if (space_entry(s, page, &a) != 1 || space_entry(s, stop - 1, &b) != 1)
			return -RAS_E_GONE;
		if ((a & b & PM_PRESENT) &&
		    (b & PM_PFN_MASK) - (a & PM_PFN_MASK) == stop - 1 - page) {
			rc = huge_one(h, s, page, fn, arg);
			if (rc != 0)
				return rc;
		}
		if (!walk_spend(h, s, 2 * READ_COST))
			return -RAS_E_TIMEOUT;
		page = stop;
	}
	return 0;
}

static int huge_in_regions(struct xlate_host *h, struct xlate_space *s,
			   const struct xlate_region *r, size_t n, walk_fn fn, void *arg)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t page = r[i].start / h->page_bytes, end = r[i].end / h->page_bytes;

		while (page < end) {
			int rc = huge_one(h, s, page, fn, arg);

			if (rc != 0)
				return rc;
			page = (page / h->block_pages + 1) * h->block_pages;
		}
	}
	return 0;
}

int walk_huge(struct xlate_host *h, struct xlate_space *s, walk_fn fn, void *arg)
{
	struct xlate_region r[REGIONS];

	for (size_t i = 0; i < s->n_extents; i++) {
		uint64_t page = s->extent[i].first, end = page + s->extent[i].n;

		while (page < end) {
			/* Windows end where a block ends, so that no block is seen twice. */
			uint64_t to = (page / h->block_pages + WINDOW_PAGES / 512) * h->block_pages;
			struct xlate_scan q = { .mask = SCAN_HUGE | SCAN_PRESENT,
						.report = SCAN_HUGE };
			uint64_t walked = 0;
			long n;
			int rc;

			if (to > end)
				to = end;
			q.start = page * h->page_bytes;
			q.end = to * h->page_bytes;
			n = s->ops->scan(s->ctx, &q, r, REGIONS, &walked);
			if (n < 0 || walked <= q.start || walked > q.end || (size_t)n > REGIONS) {
				rc = huge_by_stride(h, s, page, to, fn, arg);
				walked = q.end;
			} else {
				rc = huge_in_regions(h, s, r, (size_t)n, fn, arg);
			}
			if (rc != 0)
				return rc;
			if (!walk_spend(h, s, (size_t)(to - page) / 64 + READ_COST))
				return -RAS_E_TIMEOUT;
			page = walked / h->page_bytes;
		}
	}
	return 0;
}

bool page_is(struct xlate_host *h, struct xlate_space *s, uint64_t page, uint64_t mask)
{
	struct xlate_scan q = { .start = page * h->page_bytes,
				.end = (page + 1) * h->page_bytes,
				.mask = mask,
				.report = mask };
	struct xlate_region r;
	uint64_t walked;

	return s->ops->scan(s->ctx, &q, &r, 1, &walked) == 1;
}
