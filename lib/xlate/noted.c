// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From the kernel's note of where a page belongs (XLATE_KPAGERMAP) to places in a guest.
 *
 * Anonymous memory is noted by its address, unless it was moved by mremap; a file's pages by their place in
 * the file, and where the file begins in QEMU nobody tells us. So some pages of each space are asked about:
 * the difference between their own number and the noted index (the shift) holds for their neighbours, too.
 *
 * A place that comes of this is a proposal. Whoever uses it reads the entry there.
 */
#include "xlate/private.h"

static bool in_ram(const struct xlate_space *s, uint64_t page)
{
	for (size_t i = 0; i < s->n_extents; i++)
		if (page - s->extent[i].first < s->extent[i].n)
			return true;
	return false;
}

void noted_learn(struct xlate_space *s, uint64_t page, uint64_t word)
{
	struct shift n = { .by = XLATE_RMAP_INDEX(word) - page, .anon = word & XLATE_RMAP_ANON };

	if ((n.anon && n.by == 0) || !in_ram(s, page))
		return;
	for (size_t i = 0; i < s->n_shifts; i++)
		if (s->shift[i].by == n.by && s->shift[i].anon == n.anon)
			return;
	/* The oldest goes: of a space with more parts than that some are searched. */
	s->shift[s->n_shifts < MAX_SHIFTS ? s->n_shifts++ : s->next_shift++ % MAX_SHIFTS] = n;
}

size_t noted_pages(const struct xlate_space *s, uint64_t word, uint64_t page[NOTED_MAX])
{
	bool anon = word & XLATE_RMAP_ANON;
	size_t n = 0;

	if (anon)
		page[n++] = XLATE_RMAP_INDEX(word);	/* also where QEMU's own memory is */
	for (size_t i = 0; i < s->n_shifts; i++) {
		uint64_t p = XLATE_RMAP_INDEX(word) - s->shift[i].by;

		if (s->shift[i].anon == anon && in_ram(s, p))
			page[n++] = p;
	}
	return n;
}
