// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "xlate/private.h"

#define MAX_ALIASES 8

const char *xlate_state_name(enum xlate_state s)
{
	static const char *const name[] = {
		[XLATE_LIVE] = "live",	       [XLATE_POISONED] = "poisoned",
		[XLATE_HISTORIC] = "historic", [XLATE_PROBABLE] = "probable",
		[XLATE_UNBACKED] = "unbacked", [XLATE_SWAPPED] = "swapped",
		[XLATE_HOST] = "host",	       [XLATE_QEMU_INTERNAL] = "qemu-internal",
	};

	return (size_t)s < XLATE_N_STATES ? name[s] : "unknown";
}

const char *xlate_found_name(enum xlate_found f)
{
	static const char *const name[] = {
		[XLATE_BY_INDEX] = "index",	    [XLATE_BY_RMAP] = "rmap",
		[XLATE_BY_HUGE_SCAN] = "huge-scan", [XLATE_BY_NEAR_SCAN] = "near-scan",
		[XLATE_BY_FULL_SCAN] = "full-scan", [XLATE_BY_SWAP_ENTRY] = "swap-entry",
		[XLATE_BY_HISTORY] = "history",	    [XLATE_BY_ELIMINATION] = "elimination",
		[XLATE_BY_FLAGS] = "page-flags",    [XLATE_BY_LAYOUT] = "layout",
	};

	return (size_t)f < XLATE_N_FOUND ? name[f] : "unknown";
}

const char *xlate_backing_name(enum xlate_backing b)
{
	static const char *const name[] = {
		[XLATE_BACKING_UNKNOWN] = "unknown", [XLATE_BACKING_ANON] = "anonymous",
		[XLATE_BACKING_SHARED] = "shared",   [XLATE_BACKING_THP] = "thp",
		[XLATE_BACKING_HUGETLB] = "hugetlb", [XLATE_BACKING_KSM] = "ksm",
	};

	return (size_t)b < XLATE_N_BACKINGS ? name[b] : "unknown";
}

void answer_init(struct xlate_answer *a, struct hpa hpa)
{
	/* The owners take most of the space, and n_owners says how many are used. */
	memset(a, 0, offsetof(struct xlate_answer, owner));
	memset((char *)a + offsetof(struct xlate_answer, n_mappings), 0,
	       sizeof(*a) - offsetof(struct xlate_answer, n_mappings));
	a->hpa = hpa;
	a->has_hpa = true;
}

static void add_one(struct xlate_answer *a, const struct xlate_owner *o)
{
	if (a->n_owners < XLATE_MAX_OWNERS)
		a->owner[a->n_owners++] = *o;
	else
		a->more_owners = true;
}

void answer_add(struct xlate_answer *a, const struct xlate_space *s, uint64_t page,
		enum xlate_state state)
{
	uint64_t gpa[MAX_ALIASES];
	uint64_t hva = page * s->page_bytes + (a->hpa.v & (s->page_bytes - 1));
	size_t n = space_gpas(s, hva, gpa, MAX_ALIASES);

	for (size_t i = 0; i < n; i++)
		add_one(a, &(struct xlate_owner){ .id = s->id,
						  .gpa = { gpa[i] },
						  .hva = hva,
						  .state = state,
						  .alias = i > 0 });
	/*
	 * A page may be RAM only in part: sections have guest granularity, host pages may have 64K.
	 */
	if (n == 0)
		add_one(a, &(struct xlate_owner){
				   .id = s->id, .hva = hva, .state = XLATE_QEMU_INTERNAL });
}

/*
 * Some kernels set the flag for pages that nobody has merged. So it is believed only where KSM
 * runs, or where the page is mapped more than once.
 */
static bool is_merged(const struct xlate_answer *a, const struct xlate_host *h)
{
	uint64_t n = 0;

	return (h->ksm_runs && h->ksm_runs(h->ctx)) ||
	       (h->kpage(h->ctx, XLATE_KPAGECOUNT, a->hpa.v / h->page_bytes, &n) && n > 1);
}

void answer_backing(struct xlate_answer *a, const struct xlate_host *h, uint64_t flags)
{
	a->page_bytes = h->page_bytes;
	if (flags & KPF_HUGE) {
		a->backing = XLATE_BACKING_HUGETLB;
		a->page_bytes = h->page_bytes * h->block_pages;
	} else if (flags & KPF_THP) {
		a->backing = XLATE_BACKING_THP;
		a->page_bytes = h->page_bytes * h->block_pages;
	} else if ((flags & KPF_KSM) && is_merged(a, h)) {
		a->backing = XLATE_BACKING_KSM;
	} else {
		a->backing = flags & KPF_ANON ? XLATE_BACKING_ANON : XLATE_BACKING_SHARED;
	}
}
