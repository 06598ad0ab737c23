// SPDX-License-Identifier: LGPL-2.1-or-later
/* A delay that doubles after each failure, between two bounds. All values are in microseconds. */
#pragma once

#include <stdint.h>

struct backoff {
	int64_t min_us, max_us;
	int64_t next_us; /* 0: the next delay is min_us */
};

/* The delay before the next try: min_us first, then twice the previous one, at most max_us. */
static inline int64_t backoff_next_us(struct backoff *b)
{
	int64_t us = b->next_us > b->min_us ? b->next_us : b->min_us;

	if (us > b->max_us)
		us = b->max_us;
	b->next_us = us > b->max_us / 2 ? b->max_us : 2 * us;
	return us;
}

/* After a success, or when something has changed: the next delay is min_us again. */
static inline void backoff_reset(struct backoff *b)
{
	b->next_us = 0;
}
