// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Owners of a page that the kernel has poisoned (kpageflags HWPOISON).
 *
 * memory_failure() replaces each mapping by a swap entry whose offset is the page's number. The
 * page's count and cgroup read 0 afterwards. The type of that entry depends on the kernel's
 * configuration, so it is never compared with a number. A page that is swapped out to the slot of
 * that number looks the same. If other entries of a type name pages that are not poisoned, the type
 * is a real swap area. If a swap area is large enough and there is no other evidence, the owner is
 * only `probable`.
 *
 * A poisoned hugetlb page reads as nothing in pagemap; PAGEMAP_SCAN still reports it as huge and
 * swapped. The index, its history, or the kernel's record shows what was there. Without them, the
 * only such page is `probable`.
 *
 * The kernel's record outlives the poison (Linux 6.12; for hugetlb not 6.1). For memory of a single
 * guest it leads to the one entry.
 *
 * Soft offline moves the contents and poisons the old page. No entry names it; the history may.
 */
#include <stdlib.h>

#include "xlate/private.h"

#define CHECKS 16u /* other entries looked up for each swap type */
#define MAX_BLOCKS 16u

struct poison {
	struct xlate_host *h;
	struct xlate_space *space;
	uint64_t pfn, word;
	bool noted; /* word says what the kernel recorded */
	struct {
		struct xlate_space *space;
		uint64_t page;
		unsigned int type;
	} hit[XLATE_MAX_OWNERS];
	size_t n_hits;
	bool more;
	uint8_t checked[32], poisoned[32]; /* by swap type: other entries seen */
	bool real[32];			   /* a swap area's type, or a migration's */
	struct {
		struct xlate_space *space;
		uint64_t page;
	} block[MAX_BLOCKS]; /* huge, swapped, and nothing in pagemap */
	size_t n_blocks;
};

static void look_at(struct poison *p, uint64_t page, uint64_t e)
{
	unsigned int type = PM_SWAP_TYPE(e);
	uint64_t flags;

	if (PM_SWAP_OFFSET(e) == p->pfn) {
		if (p->n_hits == XLATE_MAX_OWNERS) {
			p->more = true;
			return;
		}
		p->hit[p->n_hits].space = p->space;
		p->hit[p->n_hits].page = page;
		p->hit[p->n_hits++].type = type;
		return;
	}
	if (p->checked[type] >= CHECKS || p->real[type])
		return;
	p->checked[type]++;
	if (p->h->kpage(p->h->ctx, XLATE_KPAGEFLAGS, PM_SWAP_OFFSET(e), &flags) &&
	    (flags & KPF_HWPOISON))
		p->poisoned[type]++;
	else
		p->real[type] = true;
}

static bool on_swapped(void *arg, const struct walk_chunk *c)
{
	struct poison *p = arg;

	for (size_t i = 0; i < c->n; i++) {
		uint64_t page = c->first + i;
		struct xlate_space *last = p->n_blocks ? p->block[p->n_blocks - 1].space : NULL;

		if ((c->entry[i] & (PM_PRESENT | PM_SWAP)) == PM_SWAP)
			look_at(p, page, c->entry[i]);
		else if (c->huge && entry_is_empty(c->entry[i]) && p->n_blocks < MAX_BLOCKS &&
			 (last != p->space || p->block[p->n_blocks - 1].page / p->h->block_pages !=
						      page / p->h->block_pages)) {
			p->block[p->n_blocks].space = p->space;
			p->block[p->n_blocks++].page = page;
		}
	}
	return false;
}

/* Is page of s where the kernel recorded the poisoned page? */
static bool is_noted(const struct poison *p, struct xlate_space *s, uint64_t page)
{
	uint64_t at[NOTED_MAX];
	size_t n = p->noted ? noted_pages(s, p->word, at) : 0;

	for (size_t i = 0; i < n; i++)
		if (at[i] == page)
			return true;
	return false;
}

/*
 * Recorded anonymous memory belongs to one address, and guests do not share it. If exactly one
 * entry there names the page, no other guest has to be read.
 */
static bool look_noted(struct poison *p, struct xlate_space *const *space, size_t n)
{
	uint64_t at[NOTED_MAX], e;

	for (size_t i = 0; i < n; i++) {
		size_t n_at = xlate_space_gone(space[i]) ? 0 : noted_pages(space[i], p->word, at);

		p->space = space[i];
		for (size_t k = 0; k < n_at; k++)
			if (space_entry(space[i], at[k], &e) == 1 &&
			    (e & (PM_PRESENT | PM_SWAP)) == PM_SWAP && PM_SWAP_OFFSET(e) == p->pfn)
				look_at(p, at[k], e);
	}
	if (p->n_hits != 1)
		p->n_hits = 0; /* not exactly one: look everywhere */
	return p->n_hits == 1;
}

/* Owners by swap entry. True: there are some. */
static bool by_entries(struct poison *p, struct xlate_answer *ans)
{
	uint64_t swap_pages = p->h->swap_pages ? p->h->swap_pages(p->h->ctx) : UINT64_MAX;
	bool doubt = false;

	for (size_t i = 0; i < p->n_hits; i++) {
		unsigned int type = p->hit[i].type;
		bool certain = p->pfn >= swap_pages || p->poisoned[type] > 0 ||
			       is_noted(p, p->hit[i].space, p->hit[i].page);
		uint64_t e;

		if (p->real[type] || space_entry(p->hit[i].space, p->hit[i].page, &e) != 1 ||
		    (e & PM_PRESENT) || PM_SWAP_OFFSET(e) != p->pfn)
			continue;
		answer_add(ans, p->hit[i].space, p->hit[i].page,
			   certain ? XLATE_POISONED : XLATE_PROBABLE);
		doubt |= !certain;
	}
	if (ans->n_owners == 0)
		return false;
	ans->state = doubt ? XLATE_PROBABLE : XLATE_POISONED;
	ans->found = XLATE_BY_SWAP_ENTRY;
	ans->more_owners |= p->more;
	if (doubt)
		snprintf(ans->detail, sizeof(ans->detail),
			 "the entry could be of a page swapped out to a slot of that number");
	return true;
}

/* Owners of a poisoned hugetlb page, or of a page that was moved away, by what the index saw. */
static bool by_history(struct poison *p, const struct xlate_index *x, bool huge,
		       struct xlate_answer *ans)
{
	struct index_hit hit;
	size_t at = 0;
	uint64_t e;

	while (index_next(x, p->h, p->pfn, true, &at, &hit)) {
		enum xlate_state state = XLATE_HISTORIC;

		if (xlate_space_retired(hit.space) || space_entry(hit.space, hit.page, &e) != 1)
			continue;
		/* A soft-offlined page is not a hugetlb page any more, a poisoned one still is. */
		if (huge && entry_is_empty(e) && !hit.superseded) {
			if (page_is(p->h, hit.space, hit.page, SCAN_HUGE | SCAN_SWAPPED))
				state = XLATE_POISONED;
			else if (hit.hugetlb)
				state = XLATE_PROBABLE; /* no PAGEMAP_SCAN, or given back */
		}
		if (ans->n_owners > 0 && state != ans->state) {
			if (state != XLATE_POISONED)
				continue;
			/* an owner that still has it goes before an earlier one */
			ans->n_owners = 0;
		}
		answer_add(ans, hit.space, hit.page, state);
		ans->state = state;
		ans->seen_ns = hit.seen_ns;
		ans->hpa_now = state == XLATE_HISTORIC && (e & PM_PRESENT) ?
				       (e & PM_PFN_MASK) * p->h->page_bytes +
					       (ans->hpa.v & (p->h->page_bytes - 1)) :
				       0;
	}
	if (ans->n_owners > 0)
		ans->found = XLATE_BY_HISTORY;
	return ans->n_owners > 0;
}

/* A poisoned hugetlb page by what the kernel recorded of it. */
static bool by_note(struct poison *p, struct xlate_space *const *space, size_t n,
		    struct xlate_answer *ans)
{
	uint64_t at[NOTED_MAX], e;

	for (size_t i = 0; p->noted && i < n; i++) {
		size_t n_at = xlate_space_gone(space[i]) ? 0 : noted_pages(space[i], p->word, at);

		for (size_t k = 0; k < n_at; k++)
			if (space_entry(space[i], at[k], &e) == 1 && entry_is_empty(e) &&
			    page_is(p->h, space[i], at[k], SCAN_HUGE | SCAN_SWAPPED))
				answer_add(ans, space[i], at[k], XLATE_POISONED);
	}
	if (ans->n_owners == 0)
		return false;
	ans->state = XLATE_POISONED;
	ans->found = XLATE_BY_RMAP;
	return true;
}

/* The only trace is poisoned huge pages that nothing can name. */
static bool by_elimination(struct poison *p, struct xlate_answer *ans)
{
	for (size_t i = 0; i < p->n_blocks; i++)
		answer_add(ans, p->block[i].space,
			   p->block[i].page / p->h->block_pages * p->h->block_pages +
				   p->pfn % p->h->block_pages,
			   XLATE_PROBABLE);
	if (ans->n_owners == 0)
		return false;
	ans->state = XLATE_PROBABLE;
	ans->found = XLATE_BY_ELIMINATION;
	snprintf(ans->detail, sizeof(ans->detail),
		 p->n_blocks == 1 ? "the only poisoned huge page of any guest" :
				    "one of these poisoned huge pages; nothing tells which");
	return true;
}

bool find_poisoned_noted(struct xlate_host *h, struct xlate_space *const *space, size_t n,
			 uint64_t pfn, struct xlate_answer *ans)
{
	struct poison *p = calloc(1, sizeof(*p));
	bool found = false;

	if (!p)
		return false;
	p->h = h;
	p->pfn = pfn;
	p->noted = h->kpage(h->ctx, XLATE_KPAGERMAP, pfn, &p->word);
	if (p->noted && (p->word & XLATE_RMAP_ANON) && look_noted(p, space, n) &&
	    by_entries(p, ans) && ans->state == XLATE_POISONED &&
	    !xlate_space_retired(p->hit[0].space)) {
		found = true;
		ans->page_bytes = h->page_bytes;
		ans->read_ns = h->now_ns(h->ctx);
	}
	free(p);
	return found;
}

int find_poisoned(struct xlate_host *h, struct xlate_space *const *space, size_t n,
		  const struct xlate_index *x, uint64_t pfn, uint64_t flags,
		  struct xlate_answer *ans, struct ras_err *err)
{
	struct poison *p;
	bool found;

	if (find_poisoned_noted(h, space, n, pfn, ans))
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a search");
	p->h = h;
	p->pfn = pfn;
	p->noted = h->kpage(h->ctx, XLATE_KPAGERMAP, pfn, &p->word);
	for (size_t i = 0; i < n; i++) {
		int rc;

		if (xlate_space_gone(space[i]))
			continue;
		p->space = space[i];
		rc = walk_space(h, space[i], WALK_SWAPPED, on_swapped, p);
		if (rc < 0 && !xlate_space_gone(space[i])) {
			free(p);
			return rc == -RAS_E_TIMEOUT ?
				       ras_fail(err, RAS_E_TIMEOUT, "the search took too long") :
				       ras_fail(err, RAS_E_IO, "pagemap of a guest cannot be read");
		}
	}
	ans->n_owners = 0;
	found = by_entries(p, ans) || (x && by_history(p, x, flags & KPF_HUGE, ans)) ||
		((flags & KPF_HUGE) && (by_note(p, space, n, ans) || by_elimination(p, ans)));
	answer_backing(ans, h, flags);
	/*
	 * The kernel splits or frees the folio, so the flags of a single page say nothing about its
	 * use.
	 */
	if (!(flags & KPF_HUGE))
		ans->backing = XLATE_BACKING_UNKNOWN;
	ans->read_ns = h->now_ns(h->ctx);
	for (size_t i = 0; found && i < n; i++)
		for (size_t k = 0; k < ans->n_owners; k++)
			if (xlate_space_retired(space[i]) && ans->owner[k].id == space[i]->id) {
				free(p);
				return ras_fail(err, RAS_E_LAYOUT,
						"the guest's RAM layout changed meanwhile");
			}
	free(p);
	if (found)
		return 0;
	ans->state = XLATE_HOST;
	ans->found = XLATE_BY_FULL_SCAN;
	snprintf(ans->detail, sizeof(ans->detail),
		 "poisoned, and no guest maps it: the host's own, or moved away by soft offline");
	return 0;
}
