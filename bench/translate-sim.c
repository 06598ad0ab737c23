// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * lib/xlate on a larger host than we have: GUESTS guests of GIB each, with huge pages in random
 * order, on a simulated kernel. This measures rasd's own part: its memory, and its time without the
 * kernel's. Calls are counted; multiply them by the cost of real calls (bench/translate) for the
 * rest.
 *
 *   translate-sim GUESTS GIB
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "xlate/xlate.h"

#define GIB (UINT64_C(1) << 30)
#define BLOCK UINT64_C(512)
#define FIRST_BLOCK UINT64_C(0x3f8000000) /* of each guest's RAM in its QEMU */

struct sim_guest {
	uint64_t n_blocks, host_block; /* its huge pages are these of the host, shuffled */
};

static uint64_t n_pagemap, n_scan, n_kpage, n_pauses, n_short;
static uint64_t per_guest_blocks, step_back, poisoned = UINT64_MAX;
static bool noted, cgroups = true;

/* Guest block i is at host block (i * odd) % n, an order that no cache can use. */
static uint64_t host_block(const struct sim_guest *g, uint64_t i)
{
	return g->host_block + i * 7919 % g->n_blocks;
}

/* Which file and offset the kernel records for page pfn. */
static uint64_t note_of(uint64_t pfn)
{
	uint64_t block = pfn / BLOCK - 1;

	return ((FIRST_BLOCK + block % per_guest_blocks * step_back % per_guest_blocks) * BLOCK +
		pfn % BLOCK)
		       << 1 |
	       XLATE_RMAP_ANON;
}

static long sim_pagemap(void *ctx, uint64_t first, size_t n, uint64_t *entry)
{
	const struct sim_guest *g = ctx;

	n_pagemap++;
	for (size_t i = 0; i < n; i++) {
		uint64_t page = first + i, block = page / BLOCK - FIRST_BLOCK;
		uint64_t pfn =
			block < g->n_blocks ? host_block(g, block) * BLOCK + page % BLOCK : 0;

		entry[i] = pfn == poisoned ? PM_SWAP | pfn << 5 | 27 : pfn ? PM_PRESENT | pfn : 0;
	}
	return (long)n;
}

static long sim_scan(void *ctx, const struct xlate_scan *s, struct xlate_region *r, size_t n,
		     uint64_t *walked)
{
	const uint64_t has = SCAN_PRESENT | SCAN_HUGE;

	const struct sim_guest *g = ctx;
	uint64_t at = poisoned == UINT64_MAX ? 0 : (note_of(poisoned) >> 1) * 4096;

	(void)n;
	n_scan++;
	*walked = s->end;
	if (s->mask == SCAN_SWAPPED) {
		if (at < s->start || at >= s->end ||
		    poisoned / BLOCK - g->host_block >= g->n_blocks)
			return 0;
		*r = (struct xlate_region){ at, at + 4096, SCAN_SWAPPED };
		return 1;
	}
	if (((has ^ s->inverted) & s->mask) != s->mask)
		return 0;
	*r = (struct xlate_region){ s->start, s->end, has & s->report };
	return 1;
}

static void sim_close(void *ctx)
{
	(void)ctx;
}

static bool sim_kpage(void *ctx, enum xlate_kpage which, uint64_t pfn, uint64_t *value)
{
	(void)ctx;
	if ((which == XLATE_KPAGERMAP && !noted) || (which == XLATE_KPAGECGROUP && !cgroups))
		return false;
	n_kpage++;
	if (which == XLATE_KPAGERMAP) {
		*value = note_of(pfn);
		return true;
	}
	*value = which == XLATE_KPAGEFLAGS && pfn == poisoned ? KPF_HWPOISON :
		 which == XLATE_KPAGEFLAGS		      ? KPF_MMAP | KPF_ANON | KPF_THP :
		 which == XLATE_KPAGECOUNT		      ? 1 :
					     1 + (pfn / BLOCK - 1) / per_guest_blocks;
	return true;
}

static void sim_pause(void *ctx, bool short_one)
{
	n_short += short_one;
	(void)ctx;
	n_pauses++;
}

static int64_t sim_now(void *ctx)
{
	(void)ctx;
	return 1;
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void counts(const char *what, double t0)
{
	printf("%s: %.3f s of rasd's own; %llu pagemap reads, %llu PAGEMAP_SCAN, %llu kpage reads, "
	       "%llu pauses, %llu of them short\n",
	       what, now_s() - t0, (unsigned long long)n_pagemap, (unsigned long long)n_scan,
	       (unsigned long long)n_kpage, (unsigned long long)n_pauses,
	       (unsigned long long)n_short);
	n_pagemap = n_scan = n_kpage = n_pauses = n_short = 0;
}

/* A page of the last guest but one, as a rasd asks that has just started. */
static size_t ask(const char *what, struct xlate_host *h, struct xlate_space **space, size_t n,
		  const struct sim_guest *g, bool poison)
{
	uint64_t block = per_guest_blocks / 2, pfn = host_block(&g[n - 2], block) * BLOCK + 3;
	static struct xlate_answer a;
	struct ras_err err;
	double t0 = now_s();
	int rc;

	poisoned = poison ? pfn : UINT64_MAX;
	rc = xlate_find(h, space, n, NULL, (struct hpa){ pfn * 4096 }, &a, &err);
	poisoned = UINT64_MAX;
	counts(what, t0);
	return rc < 0 || a.n_owners != 1 || a.owner[0].id != n - 2 ||
	       a.owner[0].gpa.v != (block * BLOCK + 3) * 4096 + 2 * GIB;
}

static const struct xlate_mm_ops ops = { sim_pagemap, sim_scan, sim_close };

int main(int argc, char **argv)
{
	size_t n = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	uint64_t gib = argc == 3 ? strtoull(argv[2], NULL, 10) : 0, seed = 88172645463325252u;
	struct sim_guest *g = calloc(n ? n : 1, sizeof(*g));
	struct xlate_space **space = calloc(n ? n : 1, sizeof(*space));
	_free_ bool *rescan = calloc(n ? n : 1, sizeof(bool));
	struct xlate_index *x = NULL, *y = NULL;
	static struct xlate_answer a;
	struct xlate_host h;
	struct ras_err err;
	size_t wrong = 0;
	double t0;

	if (!n || !gib || !g || !space || !rescan || xlate_host_init(&h, 4096, &err) < 0) {
		fprintf(stderr, "usage: translate-sim GUESTS GIB\n");
		return 2;
	}
	h.kpage = sim_kpage;
	h.pause = sim_pause;
	h.now_ns = sim_now;
	h.burst = XLATE_BURST;
	per_guest_blocks = gib * GIB / 4096 / BLOCK;
	for (step_back = 1; step_back * 7919 % per_guest_blocks != 1; step_back++)
		;
	for (size_t i = 0; i < n; i++) {
		struct xlate_section s[2] = { { 0, 2 * GIB, FIRST_BLOCK * BLOCK * 4096 } };

		s[1] = (struct xlate_section){ 4 * GIB, (gib - 2) * GIB, s[0].hva + 2 * GIB };
		g[i] = (struct sim_guest){ per_guest_blocks, 1 + i * per_guest_blocks };
		if (xlate_space_new(&ops, &g[i], i, 4096, s, 2, &space[i], &err) < 0)
			return 1;
	}
	t0 = now_s();
	if (xlate_index_new(&h, space, n, NULL, NULL, &x, &err) < 0)
		return 1;
	printf("%zu guests, %llu GiB in all: %zu huge pages, index of %.1f MiB\n", n,
	       (unsigned long long)(n * gib), xlate_index_blocks(x),
	       (double)xlate_index_bytes(x) / 1048576);
	counts("index, all guests", t0);
	rescan[n / 2] = true;
	t0 = now_s();
	if (xlate_index_new(&h, space, n, rescan, x, &y, &err) < 0)
		return 1;
	counts("index, one guest that came", t0);
	xlate_index_unref(y);
	t0 = now_s();
	for (int i = 0; i < 1000000; i++) {
		uint64_t owner, block;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		owner = seed % n;
		block = (seed >> 32) % per_guest_blocks;
		wrong +=
			!xlate_find_indexed(
				&h, x,
				(struct hpa){ host_block(&g[owner], block) * BLOCK * 4096 + 5 },
				&a) ||
			a.n_owners != 1 || a.owner[0].id != owner ||
			a.owner[0].gpa.v != block * BLOCK * 4096 + 5 +
						    (block * BLOCK * 4096 >= 2 * GIB ? 2 * GIB : 0);
	}
	printf("index hit: %.0f ns of rasd's own, 1000000 asked, %zu wrong\n", (now_s() - t0) * 1e3,
	       wrong);
	n_pagemap = n_scan = n_kpage = n_pauses = n_short = 0;
	wrong = ask("the first look-up, the cgroup known", &h, space, n, g, false);
	wrong += ask("a look-up, the cgroup known", &h, space, n, g, false);
	wrong += ask("poisoned page", &h, space, n, g, true);
	noted = true;
	wrong += ask("a look-up, the kernel's note and the cgroup known", &h, space, n, g, false);
	wrong += ask("poisoned page, the kernel's note known", &h, space, n, g, true);
	cgroups = false;
	wrong += ask("a look-up, the kernel's note known, the cgroup not", &h, space, n, g, false);
	printf("%zu wrong\n", wrong);
	xlate_index_unref(x);
	for (size_t i = 0; i < n; i++)
		xlate_space_unref(space[i]);
	xlate_host_fini(&h);
	free(space);
	free(g);
	return 0;
}
