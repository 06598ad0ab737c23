// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A leaky bucket: each injection fills it a little, time empties it. Its level is the same whatever
 * the limit is, so a limit that is changed while rasd runs counts from then on. Pure.
 */
#pragma once

#include <stdint.h>

#define BUCKET_ONE INT64_C(60000) /* one injection; a limit of 1 a minute leaks 1 a millisecond */

struct bucket {
	int64_t level; /* in 1/BUCKET_ONE of an injection, as of at_ms */
	int64_t at_ms;
};

/* When there is room for one more, in ms from now_ms; 0: now. per_minute 0: there is always. */
int64_t bucket_wait_ms(const struct bucket *b, int64_t per_minute, int64_t burst, int64_t now_ms);

/* One more, at now_ms. per_minute 0: nothing leaks. */
void bucket_add(struct bucket *b, int64_t per_minute, int64_t now_ms);

/* How many injections are in it. */
int64_t bucket_used(const struct bucket *b, int64_t per_minute, int64_t now_ms);
