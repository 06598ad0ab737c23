// SPDX-License-Identifier: LGPL-2.1-or-later
/* Synthetic HEST for tests: one GHESv2. */
#pragma once

#include <stdint.h>
#include <string.h>

#define HEST_LEN 132u

static inline void hest_sum(uint8_t *t, size_t len)
{
	uint8_t sum = 0;

	t[9] = 0;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + t[i]);
	t[9] = (uint8_t)-sum;
}

static inline void hest_make(uint8_t *t, uint16_t id, uint64_t pointer, uint64_t ack,
			     uint32_t block)
{
	const uint32_t len = HEST_LEN, one = 1;
	const uint16_t type = 10;
	uint8_t *g = t + 40;

	memset(t, 0, HEST_LEN);
	memcpy(t, "HEST", 4);
	memcpy(t + 4, &len, 4);
	t[8] = 1;
	memcpy(t + 36, &one, 4);
	memcpy(g, &type, 2);
	memcpy(g + 2, &id, 2);
	g[7] = 1;
	g[21] = 64;
	memcpy(g + 24, &pointer, 8);
	g[32] = 7;
	memcpy(g + 60, &block, 4);
	g[65] = 64;
	memcpy(g + 68, &ack, 8);
	hest_sum(t, HEST_LEN);
}
