// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Host physical page -> owners, while the page is in use. Steps 1 to 4 only propose owners; step 5
 * proves them.
 *
 *   1. The index of huge pages.
 *   2. kpageflags says whether the page can have an owner, kpagecount how many owners to look for,
 *      kpagecgroup which guest to look at first. They only order or end the search.
 *   3. What the kernel records of the page (noted.c): one read a guest, whatever its size.
 *   4. In each guest: huge pages by their first entry; then the blocks whose first page has the
 *      nearest number, because the kernel hands out neighbours together; then everything.
 *   5. Each owner is read again at the end. If a page moved meanwhile, the search starts again.
 *
 * poison.c does the same for a poisoned page, which is not mapped any more.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "xlate/private.h"

#define TRIES 3
#define NEAR 64u	  /* an owner among this many nearest blocks counts as found near */
#define MAX_BLOCKS 65536u /* 1 MiB to sort them; a guest beyond 128 GiB is walked in order */
#define NO_OWNER (KPF_NOPAGE | KPF_BUDDY | KPF_SLAB | KPF_PGTABLE | KPF_OFFLINE | KPF_ZERO_PAGE)

struct near {
	uint64_t distance, page;
};

struct find {
	struct xlate_host *h;
	struct xlate_answer *ans;
	struct xlate_space *space;
	uint64_t pfn, flags, cgroup;
	uint64_t word;	 /* what the kernel records of the page */
	bool noted;	 /* word is known */
	uint64_t wanted; /* owners to look for; UINT64_MAX: unknown */
	enum xlate_found how;
	struct {
		struct xlate_space *space;
		uint64_t page;
	} hit[XLATE_MAX_OWNERS];
	uint64_t n_hits; /* may be more than fit */
	bool hidden;	 /* a present page had number 0 */
	bool moving;	 /* a migration entry had the page's number */
	bool unread;	 /* a guest that still runs could not be read to the end */
	struct near *near;
	size_t n_near;
};

static bool enough(const struct find *f)
{
	return f->hidden || f->n_hits >= f->wanted;
}

static void hit(struct find *f, uint64_t page)
{
	size_t n = f->n_hits < XLATE_MAX_OWNERS ? (size_t)f->n_hits : XLATE_MAX_OWNERS;

	for (size_t i = 0; i < n; i++)
		if (f->hit[i].space == f->space && f->hit[i].page == page)
			return;
	if (f->n_hits < XLATE_MAX_OWNERS) {
		f->hit[f->n_hits].space = f->space;
		f->hit[f->n_hits].page = page;
	}
	f->n_hits++;
	if (f->n_hits == 1)
		f->ans->found = f->how;
	if (f->noted)
		noted_learn(f->space, page, f->word);
}

static bool on_chunk(void *arg, const struct walk_chunk *c)
{
	struct find *f = arg;

	if ((c->entry[0] & PM_PRESENT) && !(c->entry[0] & PM_PFN_MASK))
		f->hidden = true;
	for (size_t i = 0; i < c->n; i++) {
		uint64_t e = c->entry[i];

		if (entry_is(e, f->pfn))
			hit(f, c->first + i);
		else if ((e & (PM_PRESENT | PM_SWAP)) == PM_SWAP && PM_SWAP_OFFSET(e) == f->pfn)
			f->moving = true;
	}
	return enough(f);
}

/* One entry of a huge page: is it in the same block as the page asked for? */
static bool on_huge(void *arg, const struct walk_chunk *c)
{
	struct find *f = arg;
	uint64_t page = c->first + (f->pfn - (c->entry[0] & PM_PFN_MASK)), e;

	if (!(c->entry[0] & PM_PRESENT))
		return false;
	if (!(c->entry[0] & PM_PFN_MASK))
		f->hidden = true;
	if (page / f->h->block_pages == c->first / f->h->block_pages &&
	    space_entry(f->space, page, &e) == 1 && entry_is(e, f->pfn))
		hit(f, page);
	return enough(f);
}

static int by_distance(const void *a, const void *b)
{
	const struct near *x = a, *y = b;

	return x->distance < y->distance ? -1 : x->distance > y->distance;
}

/* All blocks with the distance of their first page's number, nearest first. */
static int sample(struct find *f)
{
	f->n_near = 0;
	for (size_t i = 0; i < f->space->n_extents; i++) {
		const struct extent *x = &f->space->extent[i];

		for (uint64_t page = x->first; page < x->first + x->n;
		     page = (page / f->h->block_pages + 1) * f->h->block_pages) {
			uint64_t e, pfn;

			if (space_entry(f->space, page, &e) != 1)
				return -RAS_E_GONE;
			pfn = e & PM_PFN_MASK;
			if ((e & PM_PRESENT) && !pfn)
				f->hidden = true;
			f->near[f->n_near++] = (struct near){ !(e & PM_PRESENT) ? UINT64_MAX :
							      pfn > f->pfn	? pfn - f->pfn :
										  f->pfn - pfn,
							      page };
			if (!walk_spend(f->h, f->space, READ_COST))
				return -RAS_E_TIMEOUT;
		}
	}
	qsort(f->near, f->n_near, sizeof(*f->near), by_distance);
	return 0;
}

static uint64_t n_blocks(const struct find *f)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->space->n_extents; i++)
		n += f->space->extent[i].n / f->h->block_pages + 2;
	return n;
}

/* End of the extent that page is in. */
static uint64_t extent_end(const struct xlate_space *s, uint64_t page)
{
	for (size_t i = 0; i < s->n_extents; i++)
		if (page - s->extent[i].first < s->extent[i].n)
			return s->extent[i].first + s->extent[i].n;
	return page + 1;
}

/* Block by block, nearest first. 0: all were read. -RAS_E_NOMEM: too many blocks to sort. */
static int look_near(struct find *f)
{
	uint64_t n = n_blocks(f);
	int rc;

	if (n > MAX_BLOCKS || !(f->near = calloc(n, sizeof(*f->near))))
		return -RAS_E_NOMEM;
	rc = sample(f);
	for (size_t i = 0; rc == 0 && i < f->n_near && !enough(f); i++) {
		uint64_t first = f->near[i].page;
		uint64_t end = (first / f->h->block_pages + 1) * f->h->block_pages;
		uint64_t limit = extent_end(f->space, first);

		f->how = i < NEAR ? XLATE_BY_NEAR_SCAN : XLATE_BY_FULL_SCAN;
		rc = walk_read(f->h, f->space, first, (end < limit ? end : limit) - first, false,
			       on_chunk, f);
		if (rc == 1)
			rc = 0;
	}
	free(TAKE(f->near));
	return rc;
}

/* All of one guest's RAM. 0 or -RAS_E_TIMEOUT. */
static int look_into(struct find *f, struct xlate_space *s)
{
	bool whole = false;
	int rc = 0;

	f->space = s;
	if (f->flags & (KPF_HUGE | KPF_THP)) {
		f->how = XLATE_BY_HUGE_SCAN;
		rc = walk_huge(f->h, s, on_huge, f);
	}
	/* If there are several owners, everything is read anyway. */
	if (rc == 0 && !enough(f) && f->wanted == 1 && !(f->flags & KPF_HUGE)) {
		rc = look_near(f);
		whole = rc == 0;
		if (rc == -RAS_E_NOMEM)
			rc = 0;
	}
	f->how = XLATE_BY_FULL_SCAN;
	if (rc == 0 && !whole && !enough(f))
		/*
		 * Some hugetlb sizes are smaller than a block, so a block's first entry does not
		 * show them.
		 */
		rc = walk_space(f->h, s, f->flags & KPF_HUGE ? WALK_PRESENT : WALK_SMALL, on_chunk,
				f);
	f->unread |= rc == -RAS_E_GONE && !xlate_space_gone(s);
	return rc == -RAS_E_TIMEOUT ? rc : 0;
}

/* By what the kernel records of the page. 0 or -RAS_E_TIMEOUT. */
static int look_noted(struct find *f, struct xlate_space *s)
{
	uint64_t page[NOTED_MAX], e;
	size_t n = noted_pages(s, f->word, page);

	f->space = s;
	f->how = XLATE_BY_RMAP;
	for (size_t i = 0; i < n && !enough(f); i++) {
		if (space_entry(s, page[i], &e) == 1 && entry_is(e, f->pfn))
			hit(f, page[i]);
		if (!walk_spend(f->h, s, READ_COST))
			return -RAS_E_TIMEOUT;
	}
	return 0;
}

/* QEMU's own memory: heap, stacks, code. 0 or -RAS_E_TIMEOUT. */
static int look_outside(struct find *f, struct xlate_space *s)
{
	f->space = s;
	return walk_space(f->h, s, WALK_ALIEN, on_chunk, f) == -RAS_E_TIMEOUT ? -RAS_E_TIMEOUT : 0;
}

/*
 * Look into one space after the other until there are enough owners, first those whose pages are
 * charged to the page's cgroup.
 */
static int look_at_each(struct find *f, struct xlate_space *const *space, size_t n,
			int (*look)(struct find *f, struct xlate_space *s))
{
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < n && !enough(f); i++) {
			bool likely = f->cgroup && space_has_cgroup(space[i], f->cgroup);

			if (likely != (round == 0) || xlate_space_gone(space[i]))
				continue;
			if (look(f, space[i]) < 0)
				return -RAS_E_TIMEOUT;
		}
	return 0;
}

/* Read every owner again. False: one has moved, or its layout is old. */
static bool verified(struct find *f, bool *retired)
{
	struct xlate_answer *ans = f->ans;
	size_t n = f->n_hits < XLATE_MAX_OWNERS ? (size_t)f->n_hits : XLATE_MAX_OWNERS;

	ans->n_owners = 0;
	ans->more_owners = f->n_hits > n;
	for (size_t i = 0; i < n; i++) {
		uint64_t e;

		if (space_entry(f->hit[i].space, f->hit[i].page, &e) != 1 || !entry_is(e, f->pfn)) {
			ans->moved++;
			return false;
		}
		*retired |= xlate_space_retired(f->hit[i].space);
		answer_add(ans, f->hit[i].space, f->hit[i].page, XLATE_LIVE);
	}
	ans->read_ns = f->h->now_ns(f->h->ctx);
	ans->state = XLATE_LIVE;
	if (ans->owner[0].state == XLATE_QEMU_INTERNAL)
		ans->state = XLATE_QEMU_INTERNAL;
	ans->other_mappings = f->wanted != UINT64_MAX && f->wanted > f->n_hits;
	return true;
}

static int host_answer(struct find *f, enum xlate_found found, const char *detail)
{
	f->ans->state = XLATE_HOST;
	f->ans->found = found;
	f->ans->n_owners = 0;
	f->ans->read_ns = f->h->now_ns(f->h->ctx);
	snprintf(f->ans->detail, sizeof(f->ans->detail), "%s", detail);
	return 0;
}

/* Does kpageflags alone prove that no guest has it? Returns the reason. */
static const char *nobody(uint64_t flags)
{
	if (flags & KPF_NOPAGE)
		return "no memory there";
	if (flags & KPF_ZERO_PAGE)
		return "the zero page: of nobody and everybody";
	if (flags & KPF_BUDDY)
		return "free memory of the host";
	if (flags & NO_OWNER)
		return "the host kernel's own memory";
	return NULL;
}

/*
 * kpageflags of the page. False: there is no memory. Linux 6.1 marks only the head of a poisoned
 * hugetlb page.
 */
static bool ask_flags(struct find *f)
{
	uint64_t step = f->h->block_pages, head;

	if (!f->h->kpage(f->h->ctx, XLATE_KPAGEFLAGS, f->pfn, &f->flags))
		return false;
	for (int level = 0;
	     level < 2 && (f->flags & (KPF_HUGE | KPF_MMAP | KPF_HWPOISON)) == KPF_HUGE; level++) {
		if (f->h->kpage(f->h->ctx, XLATE_KPAGEFLAGS, f->pfn / step * step, &head) &&
		    (head & KPF_HUGE))
			f->flags |= head & KPF_HWPOISON;
		step *= f->h->block_pages;
	}
	return true;
}

/* Poisoned, but the kernel has not unmapped it (yet). */
static void still_mapped(struct xlate_answer *a)
{
	for (size_t i = 0; i < a->n_owners; i++)
		if (a->owner[i].state == XLATE_LIVE)
			a->owner[i].state = XLATE_POISONED;
	if (a->state == XLATE_LIVE)
		a->state = XLATE_POISONED;
	snprintf(a->detail, sizeof(a->detail), "poisoned, still mapped");
}

/* kpagecount, kpagecgroup and the kernel's record, as far as they can be had. */
static void ask_hints(struct find *f)
{
	if (!f->h->kpage(f->h->ctx, XLATE_KPAGECOUNT, f->pfn, &f->wanted) || f->wanted == 0)
		f->wanted = UINT64_MAX;
	else
		f->ans->n_mappings = f->wanted;
	if (!f->h->kpage(f->h->ctx, XLATE_KPAGECGROUP, f->pfn, &f->cgroup))
		f->cgroup = 0;
	f->noted = f->h->kpage(f->h->ctx, XLATE_KPAGERMAP, f->pfn, &f->word);
}

enum { AGAIN = 1 };

/* One try. 0: answered; AGAIN; or an error. */
static int find_once(struct find *f, struct xlate_space *const *space, size_t n,
		     const struct xlate_index *x, bool last, struct ras_err *err)
{
	struct xlate_answer before = { .state = XLATE_HOST };
	const char *why;
	bool retired = false;
	int rc;

	f->n_hits = 0;
	f->moving = false;
	if (!ask_flags(f))
		return host_answer(f, XLATE_BY_FLAGS, "no memory there");
	if (f->flags & KPF_HWPOISON) {
		rc = find_poisoned(f->h, space, n, x, f->pfn, f->flags, f->ans, err);
		/* The page is marked before it is unmapped, and unmapping may fail. */
		if (rc < 0 || f->ans->state == XLATE_POISONED || !(f->flags & KPF_MMAP))
			return rc;
		before = *f->ans;
		answer_init(f->ans, before.hpa);
	}
	why = nobody(f->flags);
	if (why)
		return host_answer(f, XLATE_BY_FLAGS, why);
	if (!(f->flags & KPF_MMAP))
		/* While the kernel moves a page it is unmapped for a moment. */
		return last ? host_answer(f, XLATE_BY_FLAGS, "mapped by nobody") : AGAIN;
	ask_hints(f);
	rc = f->noted ? look_at_each(f, space, n, look_noted) : 0;
	if (rc == 0)
		rc = look_at_each(f, space, n, look_into);
	if (rc == 0 && f->n_hits == 0 && f->moving && !last)
		return AGAIN;
	if (rc == 0 && f->n_hits == 0)
		rc = look_at_each(f, space, n, look_outside);
	if (f->hidden) {
		ras_fail(err, RAS_E_HELPER, "the kernel hides page numbers from rasd-pagemap");
		return ras_hint(err, "give rasd-pagemap CAP_SYS_ADMIN; see rasd(8)");
	}
	if (rc < 0)
		return ras_fail(err, RAS_E_TIMEOUT, "the search took too long");
	if (f->n_hits == 0 && f->unread)
		return ras_fail(err, RAS_E_IO, "pagemap of a guest cannot be read");
	if (f->n_hits == 0 && (f->flags & KPF_HWPOISON)) {
		*f->ans = before;
		return 0;
	}
	if (f->n_hits == 0)
		return host_answer(f, XLATE_BY_FULL_SCAN, "in use, but by no guest");
	if (!verified(f, &retired))
		return last ? ras_fail(err, RAS_E_BUSY, "the page kept moving") : AGAIN;
	if (retired)
		return ras_fail(err, RAS_E_LAYOUT, "the guest's RAM layout changed meanwhile");
	answer_backing(f->ans, f->h, f->flags);
	if (f->flags & KPF_HWPOISON)
		still_mapped(f->ans);
	return 0;
}

static void learn_all(struct xlate_host *h, struct xlate_space *const *space, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!xlate_space_gone(space[i]))
			space_learn(h, space[i]);
}

int xlate_find(struct xlate_host *h, struct xlate_space *const *space, size_t n,
	       const struct xlate_index *x, struct hpa hpa, struct xlate_answer *ans,
	       struct ras_err *err)
{
	struct find *f;
	uint32_t moved = 0;
	int rc = AGAIN;

	if (x && xlate_find_indexed(h, x, hpa, ans))
		return 0;
	f = calloc(1, sizeof(*f));
	if (!f)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a search");
	learn_all(h, space, n);
	for (int try = 0; rc == AGAIN && try < TRIES; try++) {
		answer_init(ans, hpa);
		*f = (struct find){ .h = h, .ans = ans, .pfn = hpa.v / h->page_bytes };
		ans->moved = moved;
		if (try > 0)
			host_pause(h);
		rc = find_once(f, space, n, x, try == TRIES - 1, err);
		moved = ans->moved;
	}
	free(f);
	return rc;
}

bool xlate_find_noted(struct xlate_host *h, struct xlate_space *const *space, size_t n,
		      struct hpa hpa, struct xlate_answer *ans)
{
	struct find *f = calloc(1, sizeof(*f));
	bool ok = false, retired = false;
	const char *why;

	if (!f)
		return false;
	answer_init(ans, hpa);
	*f = (struct find){ .h = h, .ans = ans, .pfn = hpa.v / h->page_bytes };
	learn_all(h, space, n);
	if (!ask_flags(f)) {
		ok = host_answer(f, XLATE_BY_FLAGS, "no memory there") == 0;
	} else if (f->flags & KPF_HWPOISON) {
		ok = find_poisoned_noted(h, space, n, f->pfn, ans);
	} else if ((why = nobody(f->flags))) {
		ok = host_answer(f, XLATE_BY_FLAGS, why) == 0;
	} else if (f->flags & KPF_MMAP) {
		ask_hints(f);
		ok = f->noted && look_at_each(f, space, n, look_noted) == 0 && enough(f) &&
		     verified(f, &retired) && !retired;
		if (ok)
			answer_backing(ans, h, f->flags);
	}
	free(f);
	return ok;
}
