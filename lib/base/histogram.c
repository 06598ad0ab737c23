// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/histogram.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)

/* 5 ms is what rasd promises to those who ask beside a burst of others. */
const int64_t histogram_bound_ns[HISTOGRAM_BOUNDS] = { 100 * US, 500 * US,  1 * MS,
						       5 * MS,	 20 * MS,   100 * MS,
						       500 * MS, 2000 * MS, 10000 * MS };

void histogram_add(struct histogram *h, int64_t ns)
{
	int i = 0;

	if (ns < 0)
		ns = 0;
	while (i < HISTOGRAM_BOUNDS && ns > histogram_bound_ns[i])
		i++;
	h->in[i]++;
	h->n++;
	h->sum_ns += ns;
}
