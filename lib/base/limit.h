// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How often something may happen that others can cause: a burst, and then one in each interval.
 * Zeroed memory is ready for use.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct limit {
	int64_t paid_ns; /* until when the intervals are used up */
};

/* True: it may happen now. burst at least 1. */
static inline bool limit_take(struct limit *l, int64_t now_ns, int64_t interval_ns, int burst)
{
	if (l->paid_ns < now_ns - interval_ns * burst)
		l->paid_ns = now_ns - interval_ns * burst;
	if (l->paid_ns + interval_ns > now_ns)
		return false;
	l->paid_ns += interval_ns;
	return true;
}
