// SPDX-License-Identifier: LGPL-2.1-or-later
/* A simulated kernel: page tables of some processes, and the flags of the host's pages. */
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xlate/xlate.h"

#define FAKE_PFNS 400000u

struct fake_kernel {
	size_t page_bytes;
	bool has_scan;
	uint64_t flags[FAKE_PFNS], count[FAKE_PFNS], cgroup[FAKE_PFNS];
	/*
	 * file offset recorded for each page, UINT64_MAX: none. NULL: the program cannot be loaded.
	 */
	uint64_t *rmap;
	uint64_t swap_pages;
	int64_t now_ns;
	unsigned int n_kpage, n_pagemap, n_scan, n_pauses, n_short;
	size_t since_pause, most_since_pause;
	bool cancel;
};

/* One process: entries of [first, first+n), and which of its pages are in a huge page. */
struct fake_mm {
	struct fake_kernel *k;
	uint64_t first;
	size_t n;
	uint64_t *entry;
	bool *huge;
	bool gone;
	int error; /* error of its reads, 0: none */
	int closed;
	/* Called after each read, so that a test can move pages meanwhile. */
	void (*after_read)(struct fake_mm *m, uint64_t page);
};

static bool fake_kpage(void *ctx, enum xlate_kpage which, uint64_t pfn, uint64_t *value)
{
	struct fake_kernel *k = ctx;

	k->n_kpage++;
	if (pfn >= FAKE_PFNS ||
	    (which == XLATE_KPAGERMAP && (!k->rmap || k->rmap[pfn] == UINT64_MAX)))
		return false;
	*value = which == XLATE_KPAGEFLAGS ? k->flags[pfn] :
		 which == XLATE_KPAGECOUNT ? k->count[pfn] :
		 which == XLATE_KPAGERMAP  ? k->rmap[pfn] :
					     k->cgroup[pfn];
	return true;
}

static void fake_pause(void *ctx, bool short_one)
{
	struct fake_kernel *k = ctx;

	k->n_short += short_one;
	k->n_pauses++;
	k->since_pause = 0;
}

static int64_t fake_now(void *ctx)
{
	return ++((struct fake_kernel *)ctx)->now_ns;
}

static uint64_t fake_swap(void *ctx)
{
	return ((struct fake_kernel *)ctx)->swap_pages;
}

static bool fake_cancelled(void *ctx)
{
	return ((struct fake_kernel *)ctx)->cancel;
}

static long fake_pagemap(void *ctx, uint64_t first, size_t n, uint64_t *entry)
{
	struct fake_mm *m = ctx;

	m->k->n_pagemap++;
	m->k->since_pause += n;
	if (m->k->since_pause > m->k->most_since_pause)
		m->k->most_since_pause = m->k->since_pause;
	if (m->gone)
		return 0;
	if (m->error)
		return -m->error;
	for (size_t i = 0; i < n; i++)
		entry[i] = first + i - m->first < m->n ? m->entry[first + i - m->first] : 0;
	if (m->after_read)
		m->after_read(m, first);
	return (long)n;
}

static uint64_t fake_category(const struct fake_mm *m, uint64_t page)
{
	uint64_t e, c = 0;

	if (page - m->first >= m->n)
		return 0;
	e = m->entry[page - m->first];
	c = e & PM_PRESENT ? SCAN_PRESENT : e & PM_SWAP ? SCAN_SWAPPED : 0;
	if (m->huge[page - m->first])
		c |= SCAN_HUGE |
		     /* poisoned hugetlb: huge, swapped, and an empty entry */
		     (c ? 0 : SCAN_SWAPPED);
	return c;
}

static long fake_scan(void *ctx, const struct xlate_scan *s, struct xlate_region *r, size_t n,
		      uint64_t *walked)
{
	struct fake_mm *m = ctx;
	size_t found = 0, bytes = m->k->page_bytes;
	uint64_t page = s->start / bytes, end = s->end / bytes;

	if (!m->k->has_scan)
		return -ENOTTY;
	m->k->n_scan++;
	if (page < m->first)
		page = m->first;
	if (end > m->first + m->n)
		end = m->first + m->n;
	for (; page < end; page++) {
		uint64_t c = fake_category(m, page);

		if (((c ^ s->inverted) & s->mask) != s->mask)
			continue;
		if (found && r[found - 1].end == page * bytes &&
		    r[found - 1].categories == (c & s->report)) {
			r[found - 1].end += bytes;
			continue;
		}
		if (found == n) {
			*walked = page * bytes;
			return (long)found;
		}
		r[found++] =
			(struct xlate_region){ page * bytes, (page + 1) * bytes, c & s->report };
	}
	*walked = s->end;
	return (long)found;
}

static void fake_close(void *ctx)
{
	((struct fake_mm *)ctx)->closed++;
}

static const struct xlate_mm_ops fake_ops = { fake_pagemap, fake_scan, fake_close };

static void fake_host(struct fake_kernel *k, struct xlate_host *h)
{
	struct ras_err err;

	if (xlate_host_init(h, k->page_bytes, &err) < 0)
		abort();
	h->ctx = k;
	h->kpage = fake_kpage;
	h->pause = fake_pause;
	h->now_ns = fake_now;
	h->swap_pages = fake_swap;
	h->cancelled = fake_cancelled;
}

static void fake_mm_init(struct fake_mm *m, struct fake_kernel *k, uint64_t first, size_t n)
{
	*m = (struct fake_mm){ .k = k,
			       .first = first,
			       .n = n,
			       .entry = calloc(n, sizeof(uint64_t)),
			       .huge = calloc(n, sizeof(bool)) };
	if (!m->entry || !m->huge)
		abort();
}

static void fake_mm_fini(struct fake_mm *m)
{
	free(m->entry);
	free(m->huge);
}

/* Map page -> pfn. bits are flags of kpageflags in addition to MMAP. */
static void fake_map(struct fake_mm *m, uint64_t page, uint64_t pfn, uint64_t bits)
{
	m->entry[page - m->first] = PM_PRESENT | pfn | (bits & KPF_ANON ? 0 : PM_FILE);
	m->huge[page - m->first] = (bits & (KPF_THP | KPF_HUGE)) != 0;
	m->k->flags[pfn] = KPF_MMAP | bits;
	m->k->count[pfn]++;
}

static inline void fake_map_block(struct fake_mm *m, uint64_t page, uint64_t pfn, size_t n,
				  uint64_t bits)
{
	for (size_t i = 0; i < n; i++)
		fake_map(m, page + i, pfn + i, bits);
}

/* The entry that memory_failure() leaves: a swap entry of that type. hugetlb: only soft-dirty. */
static inline void fake_poison(struct fake_mm *m, uint64_t page, uint64_t pfn, unsigned int type)
{
	m->entry[page - m->first] =
		m->k->flags[pfn] & KPF_HUGE ? UINT64_C(1) << 55 : PM_SWAP | pfn << 5 | type;
	if (!(m->k->flags[pfn] & KPF_HUGE))
		m->huge[page - m->first] = false;
	m->k->flags[pfn] = (m->k->flags[pfn] & ~KPF_MMAP) | KPF_HWPOISON;
	m->k->count[pfn] = m->k->cgroup[pfn] = 0;
}
