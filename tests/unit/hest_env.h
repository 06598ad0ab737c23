// SPDX-License-Identifier: LGPL-2.1-or-later
/* Shared by the tests of the search for the HEST. */
#ifndef RASD_TEST_HEST_ENV_H
#define RASD_TEST_HEST_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helper/hest.h"
#include "tests/unit/hest_make.h"

#define SIZE 0x10000u
#define GPA UINT64_C(0x40000000)
#define HVA UINT64_C(0x7f0000000000)

static uint8_t ram[SIZE];
static uint64_t absent; /* bit n: page n is not present */

static uint64_t swapped; /* of those: swapped out */
static uint64_t broken;	 /* bit n: page n cannot be read */

static int64_t now, tick;
static unsigned int n_reads;
static const struct ram_section sec = { GPA, SIZE, HVA };

static inline bool rd(void *ctx, uint64_t hva, void *buf, size_t len)
{
	(void)ctx;
	if (hva < HVA || hva - HVA > SIZE || len > SIZE - (hva - HVA))
		return false;
	for (uint64_t at = hva - HVA; at < hva - HVA + len; at = (at | 4095) + 1)
		if (broken >> at / 4096 & 1)
			return false;
	memcpy(buf, ram + (hva - HVA), len);
	n_reads++;
	return true;
}

static inline bool pm(void *ctx, uint64_t first, size_t n, uint64_t *e)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		e[i] = swapped >> (first + i - HVA / 4096) & 1 ? UINT64_C(1) << 62 :
		       absent >> (first + i - HVA / 4096) & 1  ? 0 :
								 UINT64_C(1) << 63;
	return true;
}

static inline int64_t clk(void *ctx)
{
	(void)ctx;
	return now += tick;
}

static const struct hest_io io = { .read = rd,
				   .pagemap = pm,
				   .now_ns = clk,
				   .page_bytes = 4096,
				   .budget_ns = 1000000000 };

static inline void put64(uint32_t at, uint64_t v)
{
	memcpy(ram + at, &v, 8);
}

static inline int reset(void **s)
{
	(void)s;
	memset(ram, 0, SIZE);
	absent = swapped = broken = 0;
	now = tick = 0;
	put64(0x8, GPA + 0x400);
	return 0;
}

static inline void table(uint32_t at)
{
	hest_make(ram + at, 1, GPA + 8, GPA + 0x18, 0x400);
}

static inline int find(struct hest_found *f)
{
	return hest_search(&io, &sec, 1, f, NULL);
}

#endif
