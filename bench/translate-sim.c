// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * lib/xlate on a host that nobody here has: GUESTS guests of GIB each, huge pages in no order, on a kernel that
 * is computed. What is measured is rasd's own part: memory, and its time without the kernel's. Calls
 * are counted, so that the measured cost of real calls (bench/translate) gives the rest.
 *   translate-sim GUESTS GIB
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "xlate/xlate.h"

#define GIB (UINT64_C(1) << 30)
#define BLOCK UINT64_C(512)
#define FIRST_BLOCK UINT64_C(0x3f8000000)	/* of each guest's RAM in its QEMU */

struct sim_guest {
	uint64_t n_blocks, host_block;	/* its huge pages are these of the host, shuffled */
};

static uint64_t n_pagemap, n_scan, n_kpage, n_pauses, n_short;
static uint64_t per_guest_blocks, poisoned = UINT64_MAX;

/* Guest block i is at host block (i * odd) % n: no order that a cache could like. */
static uint64_t host_block(const struct sim_guest *g, uint64_t i)
{
	return g->host_block + i * 7919 % g->n_blocks;
}

static long sim_pagemap(void *ctx, uint64_t first, size_t n, uint64_t *entry)
{
	const struct sim_guest *g = ctx;

	n_pagemap++;
	for (size_t i = 0; i < n; i++) {
		uint64_t page = first + i, block = page / BLOCK - FIRST_BLOCK;

		entry[i] = block < g->n_blocks ? PM_PRESENT | (host_block(g, block) * BLOCK + page % BLOCK) : 0;
	}
	return (long)n;
}

static long sim_scan(void *ctx, const struct xlate_scan *s, struct xlate_region *r, size_t n, uint64_t *walked)
{
	const uint64_t has = SCAN_PRESENT | SCAN_HUGE;

	(void)ctx;
	(void)n;
	n_scan++;
	*walked = s->end;
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
	if (which == XLATE_KPAGERMAP)
		return false;
	n_kpage++;
	*value = which == XLATE_KPAGEFLAGS && pfn == poisoned ? KPF_HWPOISON : which == XLATE_KPAGEFLAGS ? KPF_MMAP | KPF_ANON | KPF_THP : which == XLATE_KPAGECOUNT ? 1 :
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
	printf("%s: %.3f s of rasd's own; %llu pagemap reads, %llu PAGEMAP_SCAN, %llu kpage reads, %llu pauses, %llu of them short\n", what,
	       now_s() - t0, (unsigned long long)n_pagemap, (unsigned long long)n_scan,
	       (unsigned long long)n_kpage, (unsigned long long)n_pauses, (unsigned long long)n_short);
	n_pagemap = n_scan = n_kpage = n_pauses = n_short = 0;
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
	       (unsigned long long)(n * gib), xlate_index_blocks(x), (double)xlate_index_bytes(x) / 1048576);
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
		wrong += !xlate_find_indexed(&h, x, (struct hpa){ host_block(&g[owner], block) * BLOCK * 4096 + 5 }, &a) ||
			 a.n_owners != 1 || a.owner[0].id != owner ||
			 a.owner[0].gpa.v != block * BLOCK * 4096 + 5 + (block * BLOCK * 4096 >= 2 * GIB ? 2 * GIB : 0);
	}
	printf("index hit: %.0f ns of rasd's own, 1000000 asked, %zu wrong\n", (now_s() - t0) * 1e3, wrong);
	n_pagemap = n_scan = n_kpage = n_pauses = n_short = 0;
	t0 = now_s();
	wrong = xlate_find(&h, space, n, NULL, (struct hpa){ host_block(&g[n - 1], 7) * BLOCK * 4096 }, &a, &err) < 0 ||
		a.owner[0].id != n - 1;
	counts("cold look-up, the cgroup known", t0);
	printf("%zu wrong\n", wrong);
	poisoned = 9;
	t0 = now_s();
	if (xlate_find(&h, space, n, NULL, (struct hpa){ 9 * 4096 }, &a, &err) < 0)
		return 1;
	counts("poisoned page, all guests asked", t0);
	return wrong != 0;
}
