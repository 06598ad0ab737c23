// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From what the kernel records of a page (XLATE_KPAGERMAP) to places in a guest.
 *
 * Problem: the kernel records anonymous memory by its address (unless mremap moved it), and a page
 * of a file by its place in the file. Nothing says where a file begins in QEMU's memory. Rule: look
 * up some pages of each space. The difference between their own page number and the recorded index
 * (the shift) is the same for their neighbours. Otherwise every page of a file would need a search.
 *
 * A place found in this way is a proposal. The caller reads the entry there. The cgroups that pages
 * are charged to are learned from the same samples; they only say where to look first.
 */
#include "xlate/private.h"

static bool in_ram(const struct xlate_space *s, uint64_t page)
{
	for (size_t i = 0; i < s->n_extents; i++)
		if (page - s->extent[i].first < s->extent[i].n)
			return true;
	return false;
}

static void learn_shift(struct learned *l, struct shift n)
{
	for (size_t i = 0; i < l->n_shifts; i++)
		if (l->shift[i].by == n.by && l->shift[i].anon == n.anon)
			return;
	/* The oldest one is dropped. In a space with more parts than that some are searched. */
	l->shift[l->n_shifts < MAX_SHIFTS ? l->n_shifts++ : l->next_shift++ % MAX_SHIFTS] = n;
}

void noted_learn(struct xlate_space *s, uint64_t page, uint64_t word)
{
	struct shift n = { .by = XLATE_RMAP_INDEX(word) - page, .anon = word & XLATE_RMAP_ANON };

	if ((n.anon && n.by == 0) || !in_ram(s, page))
		return;
	pthread_mutex_lock(&s->lock);
	learn_shift(&s->learned, n);
	pthread_mutex_unlock(&s->lock);
}

static bool knows_cgroup(const struct learned *l, uint64_t cgroup)
{
	for (size_t i = 0; i < l->n_cgroups; i++)
		if (l->cgroup[i] == cgroup)
			return true;
	return false;
}

bool space_has_cgroup(struct xlate_space *s, uint64_t cgroup)
{
	bool has;

	pthread_mutex_lock(&s->lock);
	has = knows_cgroup(&s->learned, cgroup);
	pthread_mutex_unlock(&s->lock);
	return has;
}

static void learn_cgroup(struct xlate_space *s, uint64_t cgroup)
{
	struct learned *l = &s->learned;

	pthread_mutex_lock(&s->lock);
	if (cgroup != 0 && l->n_cgroups < MAX_CGROUPS && !knows_cgroup(l, cgroup))
		l->cgroup[l->n_cgroups++] = cgroup;
	pthread_mutex_unlock(&s->lock);
}

void space_learn(struct xlate_host *h, struct xlate_space *s)
{
	const size_t samples = s->n_extents > 16 ? s->n_extents : 16;
	bool done;

	pthread_mutex_lock(&s->lock);
	done = s->learned.done;
	s->learned.done = true;
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < samples && !done; i++) {
		const struct extent *e = &s->extent[i % s->n_extents];
		uint64_t page = e->first + e->n / samples * i, entry, v;

		if (space_entry(s, page, &entry) != 1 || !(entry & PM_PRESENT))
			continue;
		if (h->kpage(h->ctx, XLATE_KPAGERMAP, entry & PM_PFN_MASK, &v))
			noted_learn(s, page, v);
		if (h->kpage(h->ctx, XLATE_KPAGECGROUP, entry & PM_PFN_MASK, &v))
			learn_cgroup(s, v);
	}
}

size_t noted_pages(struct xlate_space *s, uint64_t word, uint64_t page[NOTED_MAX])
{
	bool anon = word & XLATE_RMAP_ANON;
	const struct learned *l = &s->learned;
	size_t n = 0;

	if (anon)
		page[n++] = XLATE_RMAP_INDEX(word); /* also valid for QEMU's own memory */
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < l->n_shifts; i++) {
		uint64_t p = XLATE_RMAP_INDEX(word) - l->shift[i].by;

		if (l->shift[i].anon == anon && in_ram(s, p))
			page[n++] = p;
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}
