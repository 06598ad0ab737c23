// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sources/mcelog/pages.h"

#include <stdlib.h>

struct mcelog_pages {
	struct entry {
		uint64_t address, total;
		bool used, offline;
	} entry[MCELOG_PAGES];
};

int mcelog_pages_new(struct mcelog_pages **out, struct ras_err *err)
{
	struct mcelog_pages *p = calloc(1, sizeof(*p));

	if (!p)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*out = p;
	return 0;
}

void mcelog_pages_free(struct mcelog_pages *p)
{
	free(p);
}

/* The page's entry, or a free one, NULL where all are taken; nothing is ever removed. */
static struct entry *find(struct mcelog_pages *p, uint64_t address)
{
	uint64_t at = (address >> 12) * UINT64_C(0x9e3779b97f4a7c15) >> 40;

	for (uint64_t i = 0; i < MCELOG_PAGES; i++) {
		struct entry *e = &p->entry[(at + i) % MCELOG_PAGES];

		if (!e->used || e->address == address)
			return e;
	}
	return NULL;
}

struct mcelog_change mcelog_pages_note(struct mcelog_pages *p, const struct mcelog_page *page)
{
	struct entry *e = find(p, page->address);
	struct mcelog_change c = { .errors = 0 };

	if (!e) {
		c.full = true;
		return c;
	}
	/* Fewer than before: mcelog was started again. */
	c.errors = page->total >= e->total ? page->total - e->total : page->total;
	c.offline = page->offline && !e->offline;
	*e = (struct entry){ .address = page->address,
			     .total = page->total,
			     .used = true,
			     .offline = page->offline };
	return c;
}
