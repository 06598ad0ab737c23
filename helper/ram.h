// SPDX-License-Identifier: LGPL-2.1-or-later
/* Guest physical memory through RAM sections. Pure: all memory comes through struct hest_io. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "helper/protocol.h"

/* How the guest's memory is read. Addresses are QEMU's (HVA). */
struct hest_io {
	void *ctx;
	/* Read exactly len bytes; false where that is impossible. */
	bool (*read)(void *ctx, uint64_t hva, void *buf, size_t len);
	/* Pagemap entries of n pages from first_page; false ends the search as an I/O error. */
	bool (*pagemap)(void *ctx, uint64_t first_page, size_t n, uint64_t *entry);
	/* Nanoseconds of any steady clock. */
	int64_t (*now_ns)(void *ctx);
	size_t page_bytes;
	int64_t budget_ns;
};

/* RAS_E_HELPER unless 1..max sections, none empty, unaligned (8), wrapping or overlapping. */
int ram_check(const struct ram_section *s, size_t n, struct ras_err *err);

/* True where [gpa, gpa+len) lies wholly inside the sections (adjacent ones may join). */
bool ram_contains(const struct ram_section *s, size_t n, uint64_t gpa, size_t len);

/* Read guest physical memory; false outside RAM or where a read fails. */
bool ram_read(const struct hest_io *io, const struct ram_section *s, size_t n, uint64_t gpa,
	      void *buf, size_t len);
