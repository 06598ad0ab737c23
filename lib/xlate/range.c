// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How much memory of each guest is in a range of host addresses: a row, a rank, a DIMM.
 *
 * Problem: the range may have four pages or ten million, and there is no list of the owners of host
 * pages. Two ways lead to it, and each is slow where the other is fast:
 *
 *   by pages    each page of the range is looked up as a single one is: by the index of huge pages
 *               (one look-up for 512 pages), else by the kernel's note of it. 3 us a page.
 *   by spaces   the pagemap of each guest is read, and what is in the range is counted. About 30 ns
 *               a page of the guests, whatever the size of the range.
 *
 * Rule: by pages where the guests have PAGES_PER_LOOK_UP times more pages than the range. Pages
 * that neither index nor note decide (a process that is no guest has them; the note cannot be had)
 * are marked, and the guests are read once for all of them together.
 *
 * Poisoned pages are not mapped any more. Their swap entries are found by a walk of their own;
 * poisoned hugetlb pages, whose entries are empty, only by the index.
 *
 * Pages move while all this is read, so the sums are those of no single moment. What a guest has is
 * counted by its own pages: one host page that it maps twice (KSM) counts twice, because both would
 * be lost; one that it sees at two guest addresses counts once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "xlate/private.h"

#define PAGES_PER_LOOK_UP 100u	      /* 3 us to 30 ns */
#define MARKS_MAX (UINT64_C(1) << 24) /* pages of a range that is looked up: 2 MiB of marks */

enum part { PART_LIVE, PART_POISONED, PART_PROBABLE };

struct range {
	struct xlate_host *h;
	struct xlate_space *const *space;
	size_t n;
	const struct xlate_index *x;
	struct xlate_share *share;
	uint64_t first, end; /* pages of the host */
	unsigned char *mark; /* a bit a page: still to be found; NULL: all of them */
	uint64_t n_marked;
	uint64_t swap_pages;
	bool hidden;
	/* The space that is being read. */
	struct xlate_space *s;
	struct xlate_share *to;
};

static bool wanted(const struct range *r, uint64_t pfn)
{
	if (pfn - r->first >= r->end - r->first)
		return false;
	pfn -= r->first;
	return !r->mark || (r->mark[pfn / 8] >> pfn % 8 & 1);
}

static void add_run(struct xlate_share *to, uint64_t gpa, uint64_t len)
{
	struct xlate_run *last;

	if (to->n_runs > 0 && to->n_runs <= XLATE_SHARE_RUNS) {
		last = &to->run[to->n_runs - 1];
		if (last->gpa + last->len_bytes == gpa) {
			last->len_bytes += len;
			return;
		}
	}
	if (to->n_runs < XLATE_SHARE_RUNS)
		to->run[to->n_runs] = (struct xlate_run){ gpa, len };
	to->n_runs++;
}

/* The guest memory at [*hva, end): its lowest guest address, up to *stop. False: there is none. */
static bool next_ram(const struct xlate_space *s, uint64_t *hva, uint64_t end, uint64_t *stop,
		     uint64_t *gpa)
{
	uint64_t begin = end;

	for (size_t i = 0; i < s->n_sections; i++) {
		const struct xlate_section *c = &s->section[i];

		if (*hva - c->hva < c->len_bytes) {
			*gpa = c->gpa + (*hva - c->hva);
			*stop = c->hva + c->len_bytes < end ? c->hva + c->len_bytes : end;
			return true;
		}
		if (c->hva > *hva && c->hva < begin)
			begin = c->hva;
	}
	if (begin == end)
		return false;
	*hva = begin;
	return next_ram(s, hva, end, stop, gpa);
}

/* Page number page of the space is in the range. Host pages of 64 KiB may be RAM only in part. */
static void count(const struct xlate_space *s, struct xlate_share *to, uint64_t page,
		  enum part part)
{
	uint64_t hva = page * s->page_bytes, end = hva + s->page_bytes, stop, gpa;

	while (hva < end && next_ram(s, &hva, end, &stop, &gpa)) {
		uint64_t *sum = part == PART_LIVE     ? &to->live_bytes :
				part == PART_POISONED ? &to->poisoned_bytes :
							&to->probable_bytes;

		*sum += stop - hva;
		add_run(to, gpa, stop - hva);
		hva = stop;
	}
}

/* --- by spaces --- */

static bool on_entries(void *arg, const struct walk_chunk *c)
{
	struct range *r = arg;

	for (size_t i = 0; i < c->n; i++) {
		uint64_t e = c->entry[i], pfn = e & PM_PFN_MASK;

		if (!(e & PM_PRESENT))
			continue;
		r->hidden |= pfn == 0;
		if (wanted(r, pfn))
			count(r->s, r->to, c->first + i, PART_LIVE);
	}
	return r->hidden;
}

/*
 * A block that the kernel says is mapped by huge pages. Where its ends belong together it is one
 * run of pages; else (hugetlb pages of 64 KiB) all of it is read. What overlaps the range is read,
 * too, so that nothing is counted unread.
 */
static bool on_present(void *arg, const struct walk_chunk *c)
{
	struct range *r = arg;
	uint64_t pfn = c->entry[0] & PM_PFN_MASK;

	if (!c->ends)
		return on_entries(arg, c);
	if ((c->entry[0] & c->entry[1] & PM_PRESENT) && pfn &&
	    (c->entry[1] & PM_PFN_MASK) - pfn == c->n - 1 &&
	    (pfn >= r->end || pfn + c->n <= r->first))
		return false;
	return walk_read(r->h, r->s, c->first, c->n, false, on_entries, r) != 0;
}

static bool poisoned(const struct range *r, uint64_t pfn)
{
	uint64_t flags;

	return r->h->kpage(r->h->ctx, XLATE_KPAGEFLAGS, pfn, &flags) && (flags & KPF_HWPOISON);
}

/* The offset of the swap entry of a poisoned page is the page's number. */
static bool on_swapped(void *arg, const struct walk_chunk *c)
{
	struct range *r = arg;

	for (size_t i = 0; i < c->n; i++) {
		uint64_t e = c->entry[i];

		if ((e & (PM_PRESENT | PM_SWAP)) == PM_SWAP && wanted(r, PM_SWAP_OFFSET(e)) &&
		    poisoned(r, PM_SWAP_OFFSET(e)))
			count(r->s, r->to, c->first + i,
			      PM_SWAP_OFFSET(e) >= r->swap_pages ? PART_POISONED : PART_PROBABLE);
	}
	return false;
}

static void read_space(struct range *r, size_t i)
{
	int rc;

	r->s = r->space[i];
	r->to = &r->share[i];
	rc = walk_space(r->h, r->s, WALK_SPARSE, on_present, r);
	if (rc == 0)
		rc = walk_space(r->h, r->s, WALK_SWAPPED, on_swapped, r);
	if (rc == 0)
		r->to->state = XLATE_SHARE_READ;
	else
		r->to->state = xlate_space_gone(r->s) ? XLATE_SHARE_GONE : XLATE_SHARE_PARTLY;
}

static bool cancelled(const struct range *r)
{
	return r->h->cancelled && r->h->cancelled(r->h->ctx);
}

static void by_spaces(struct range *r)
{
	for (size_t i = 0; i < r->n && !r->hidden && !cancelled(r); i++)
		read_space(r, i);
}

/* --- by pages --- */

static void set_mark(struct range *r, uint64_t pfn)
{
	pfn -= r->first;
	r->mark[pfn / 8] |= (unsigned char)(1u << pfn % 8);
	r->n_marked++;
}

static void count_owners(struct range *r, const struct xlate_answer *ans)
{
	for (size_t i = 0; i < ans->n_owners; i++) {
		const struct xlate_owner *o = &ans->owner[i];

		for (size_t k = 0; k < r->n && !o->alias; k++)
			if (r->space[k]->id == o->id && o->state != XLATE_QEMU_INTERNAL)
				count(r->space[k], &r->share[k], o->hva / r->h->page_bytes,
				      o->state == XLATE_POISONED ? PART_POISONED : PART_LIVE);
	}
}

/*
 * One page. False: neither index nor note decide. *cost: as of a pagemap read of so many pages. A
 * page that the kernel moves just now is mapped by nobody for a moment; it is leaving the range.
 */
static bool look_up(struct range *r, uint64_t pfn, struct xlate_answer *ans, size_t *cost)
{
	struct hpa hpa = { pfn * r->h->page_bytes };
	uint64_t flags;

	*cost = READ_COST;
	if (!(r->x && xlate_find_indexed(r->h, r->x, hpa, ans))) {
		if (!r->h->kpage(r->h->ctx, XLATE_KPAGEFLAGS, pfn, &flags) ||
		    !(flags & (KPF_MMAP | KPF_HWPOISON))) {
			*cost = 1;
			return true;
		}
		if (!xlate_find_noted(r->h, r->space, r->n, hpa, ans))
			return false;
	}
	if (ans->more_owners || ans->other_mappings)
		return false;
	count_owners(r, ans);
	return true;
}

/* All pages of the range. False: cancelled. */
static bool by_pages(struct range *r, struct xlate_answer *ans)
{
	size_t since = 0, cost;

	for (uint64_t pfn = r->first; pfn < r->end; pfn++) {
		if (!look_up(r, pfn, ans, &cost))
			set_mark(r, pfn);
		since += cost;
		if (since < r->h->slice_pages)
			continue;
		since = 0;
		if (r->h->pause)
			r->h->pause(r->h->ctx, false);
		if (cancelled(r))
			return false;
	}
	return true;
}

/* --- poisoned hugetlb pages --- */

static struct xlate_share *share_of(const struct range *r, const struct xlate_space *s)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->space[i] == s)
			return &r->share[i];
	return NULL;
}

/* One physical block that the index knows, and that is poisoned. */
static void poisoned_block(struct range *r, uint64_t block)
{
	const uint64_t step = r->h->block_pages;
	struct index_hit hit;
	size_t at = 0;
	uint64_t e;

	while (index_next(r->x, r->h, block * step, true, &at, &hit)) {
		struct xlate_share *to = share_of(r, hit.space);

		if (!to || hit.superseded || space_entry(hit.space, hit.page, &e) != 1 ||
		    !entry_is_empty(e) ||
		    !page_is(r->h, hit.space, hit.page, SCAN_HUGE | SCAN_SWAPPED))
			continue;
		for (uint64_t i = 0; i < step; i++)
			if (wanted(r, block * step + i))
				count(hit.space, to, hit.page + i, PART_POISONED);
	}
}

static bool is_in(const uint64_t *v, size_t n, uint64_t block)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == block)
			return true;
	return false;
}

/* The index, not the range, is gone through: a range may have far more blocks than there is RAM. */
static void by_history(struct range *r)
{
	const uint64_t first = r->first / r->h->block_pages;
	const uint64_t end = (r->end - 1) / r->h->block_pages + 1;
	uint64_t block, *done = NULL, *more;
	size_t n_done = 0;

	for (size_t i = 0; r->x && index_block(r->x, i, &block); i++) {
		if (block < first || block >= end || !poisoned(r, block * r->h->block_pages) ||
		    is_in(done, n_done, block))
			continue;
		more = cancelled(r) ? NULL : reallocarray(done, n_done + 1, sizeof(*done));
		if (!more)
			break;
		done = more;
		done[n_done++] = block;
		poisoned_block(r, block);
	}
	free(done);
}

/* --- both --- */

static uint64_t pages_of(const struct range *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < r->space[i]->n_extents; k++)
			n += r->space[i]->extent[k].n;
	return n;
}

/* Look every page up. True: that decided all, or it was cancelled; share[] is complete then. */
static bool pages_decide(struct range *r, struct xlate_answer *ans)
{
	bool whole = by_pages(r, ans);

	for (size_t i = 0; i < r->n; i++)
		r->share[i].state = xlate_space_gone(r->space[i]) ? XLATE_SHARE_GONE :
				    whole && !r->n_marked	  ? XLATE_SHARE_READ :
								    XLATE_SHARE_PARTLY;
	return !whole || r->n_marked == 0;
}

static int range_read(struct range *r, bool pages, struct ras_err *err)
{
	_free_ struct xlate_answer *ans = pages ? malloc(sizeof(*ans)) : NULL;
	_free_ unsigned char *mark = pages ? calloc(1, (r->end - r->first) / 8 + 1) : NULL;

	if (pages && (!ans || !mark))
		return ras_fail(err, RAS_E_NOMEM, "no memory for a range");
	r->mark = mark;
	if (!pages || !pages_decide(r, ans)) {
		by_spaces(r);
		by_history(r);
	}
	r->mark = NULL;
	if (!r->hidden)
		return 0;
	ras_fail(err, RAS_E_HELPER, "the kernel hides page numbers from rasd-pagemap");
	return ras_hint(err, "give rasd-pagemap CAP_SYS_ADMIN; see rasd(8)");
}

int xlate_range(struct xlate_host *h, struct xlate_space *const *space, size_t n,
		const struct xlate_index *x, struct hpa from, struct hpa to,
		struct xlate_share *share, enum xlate_range_how *how, struct ras_err *err)
{
	struct range r = { .h = h,
			   .space = space,
			   .n = n,
			   .x = x,
			   .share = share,
			   .first = from.v / h->page_bytes,
			   .end = to.v / h->page_bytes + (to.v % h->page_bytes != 0) };
	bool pages;
	int rc;

	if (r.end <= r.first || r.end - r.first > XLATE_RANGE_MAX_PAGES) {
		ras_fail(err, RAS_E_PARAMS, "a range has 1 to 2^34 pages");
		return ras_field(err, "to");
	}
	memset(share, 0, n * sizeof(*share));
	r.swap_pages = h->swap_pages ? h->swap_pages(h->ctx) : UINT64_MAX;
	pages = r.end - r.first <= MARKS_MAX && pages_of(&r) / PAGES_PER_LOOK_UP >= r.end - r.first;
	*how = pages ? XLATE_RANGE_BY_PAGES : XLATE_RANGE_BY_SPACES;
	rc = range_read(&r, pages, err);
	for (size_t i = 0; i < n; i++)
		if (xlate_space_retired(space[i]))
			share[i].state = XLATE_SHARE_GONE;
	return rc;
}
