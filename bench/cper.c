// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * lib/cper, libcper and memcpy() on the 172-byte memory record, in one run, on one core. Rounds are
 * interleaved and the median is shown, so that a busy machine changes the figures more than their
 * ratios.
 *
 *   cper [LIBCPER.so]    without it: only lib/cper and memcpy()
 *
 * libcper takes records of UEFI's form (header, descriptor, section), so it gets the same section
 * in that form.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/cper_jobs.h"
#include "bench/tool.h"

#define SECONDS_NS 60000000ull /* of each round */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double run(void (*fn)(void))
{
	uint64_t n = 0, t0 = now_ns(), t;

	do {
		for (int i = 0; i < 64; i++)
			fn();
		n += 64;
		t = now_ns();
	} while (t - t0 < SECONDS_NS);
	return (double)n * 1e9 / (double)(t - t0);
}

int main(int argc, char **argv)
{
	int nr = argc > 1 ? NR : P_DECODE;

	setup(argc > 1 ? argv[1] : NULL);
	for (int i = 0; i < nr; i++) {
		jobs[i].fn();
		allocations = 0;
		jobs[i].fn();
		jobs[i].allocations = allocations;
	}
	for (int r = 0; r < ROUNDS; r++)
		for (int i = 0; i < nr; i++)
			jobs[i].rate[r] = run(jobs[i].fn);
	for (int i = 0; i < nr; i++)
		qsort(jobs[i].rate, ROUNDS, sizeof(double), by_value);
	printf("%-40s %12s %10s %8s %14s\n", "172-byte memory record, one core", "M/s (median)",
	       "of memcpy", "allocs", "ratio to peer");
	for (int i = 0; i < nr; i++) {
		double m = jobs[i].rate[ROUNDS / 2];

		printf("%-40s %12.3f %10.3f %8llu", jobs[i].name, m / 1e6,
		       m / jobs[MEMCPY].rate[ROUNDS / 2], (unsigned long long)jobs[i].allocations);
		if (nr == NR && jobs[i].peer >= 0)
			printf(" %13.0fx", m / jobs[jobs[i].peer].rate[ROUNDS / 2]);
		putchar('\n');
	}
	printf("bars: encode >= 20, decode and validate >= 30, to JSON text >= 2 M/s\n");
	return 0;
}
