// SPDX-License-Identifier: LGPL-2.1-or-later
#include "inject/bucket.h"

/* Longer than any bucket takes to empty (10,000 at 1 a minute); keeps the product in range. */
#define LONG_MS INT64_C(1000000000)

static int64_t level_at(const struct bucket *b, int64_t per_minute, int64_t now_ms)
{
	int64_t past = now_ms - b->at_ms, left;

	if (past < 0)
		past = 0;
	left = b->level - per_minute * (past < LONG_MS ? past : LONG_MS);
	return left > 0 ? left : 0;
}

int64_t bucket_wait_ms(const struct bucket *b, int64_t per_minute, int64_t burst, int64_t now_ms)
{
	int64_t over;

	if (!per_minute)
		return 0;
	over = level_at(b, per_minute, now_ms) - (burst - 1) * BUCKET_ONE;
	return over > 0 ? (over + per_minute - 1) / per_minute : 0;
}

void bucket_add(struct bucket *b, int64_t per_minute, int64_t now_ms)
{
	b->level = level_at(b, per_minute, now_ms);
	if (b->level <= INT64_MAX / 2)
		b->level += BUCKET_ONE;
	if (now_ms > b->at_ms)
		b->at_ms = now_ms;
}

int64_t bucket_used(const struct bucket *b, int64_t per_minute, int64_t now_ms)
{
	return (level_at(b, per_minute, now_ms) + BUCKET_ONE - 1) / BUCKET_ONE;
}
