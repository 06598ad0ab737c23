// SPDX-License-Identifier: LGPL-2.1-or-later
/* The input is the guest's RAM. Its first byte chooses absent pages and where sections split. */
#include <stdlib.h>

#include "helper/hest.h"
#include "tests/unit/hest_make.h"

#define SIZE 0x4000u
#define GPA UINT64_C(0xffffe000) /* across 4 GiB */
#define HVA UINT64_C(0x10000)

static uint8_t ram[SIZE];
static uint8_t absent;

static bool rd(void *ctx, uint64_t hva, void *buf, size_t len)
{
	(void)ctx;
	if (hva < HVA || hva - HVA > SIZE || len > SIZE - (hva - HVA))
		abort(); /* the searcher left the sections */
	memcpy(buf, ram + (hva - HVA), len);
	return true;
}

static bool pm(void *ctx, uint64_t first, size_t n, uint64_t *e)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		e[i] = absent >> (first + i - HVA / 4096) & 1 ? 0 : UINT64_C(1) << 63;
	return true;
}

static int64_t clk(void *ctx)
{
	(void)ctx;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct hest_io io = {
		.read = rd, .pagemap = pm, .now_ns = clk, .page_bytes = 4096, .budget_ns = 1000000
	};
	struct ram_section s[2] = { { GPA, SIZE, HVA }, { 0, 0, 0 } };
	struct hest_found f;
	size_t at, n = 1;

	if (size < 4)
		return 0;
	absent = data[0] & 15;
	memset(ram, 0, sizeof(ram));
	/*
	 * Start with a valid table, which the input changes. Then repair its checksum if the input
	 * says so.
	 */
	at = (size_t)data[1] * 56 & ~(size_t)3;
	hest_make(ram + at, 1, GPA + 8, GPA + 24, 0x100);
	*(uint64_t *)(void *)(ram + 8) = GPA + 0x1000;
	for (size_t i = 4; i + 2 < size; i += 3)
		ram[(data[i] | (size_t)data[i + 1] << 8) % SIZE] = data[i + 2];
	if (data[2] & 1) {
		uint32_t len;

		memcpy(&len, ram + at + 4, 4);
		if (len >= 40 && len <= SIZE - at)
			hest_sum(ram + at, len);
	}
	if (data[2] & 2) {
		s[0].len_bytes = 8 + 8 * (uint64_t)data[3];
		s[1] = (struct ram_section){ GPA + s[0].len_bytes, SIZE - s[0].len_bytes,
					     HVA + s[0].len_bytes };
		n = 2;
	}
	if (ram_check(s, n, NULL) < 0)
		abort();
	if (hest_search(&io, s, n, &f, NULL) == 0)
		for (uint32_t i = 0; i < f.n_sources; i++)
			if (!ram_contains(s, n, f.source[i].block_gpa,
					  f.source[i].block_len_bytes) ||
			    !ram_contains(s, n, f.source[i].read_ack_gpa, 8) ||
			    f.source[i].block_len_bytes > HELPER_MAX_BLOCK)
				abort();
	return 0;
}
