// SPDX-License-Identifier: LGPL-2.1-or-later
/* How long something took, counted: for metrics. One scale for all, from 0.1 ms to 10 s. */
#pragma once

#include <stdint.h>

#define HISTOGRAM_BOUNDS 9

struct histogram {
	uint64_t in[HISTOGRAM_BOUNDS + 1]; /* longer than the bound before; the last one: any */
	uint64_t n;
	int64_t sum_ns;
};

/* The bounds, rising. A time that is equal to a bound is below it, as Prometheus counts. */
extern const int64_t histogram_bound_ns[HISTOGRAM_BOUNDS];

/* Count a time; one below 0 (of two clocks) is 0. */
void histogram_add(struct histogram *h, int64_t ns);
