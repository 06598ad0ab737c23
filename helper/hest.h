// SPDX-License-Identifier: LGPL-2.1-or-later
/* Search guest RAM for the HEST and read it. Pure: all memory comes through struct hest_io. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "helper/protocol.h"

/* How the searcher sees the guest. Addresses are QEMU's (HVA). */
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

struct hest_found {
	uint64_t hest_gpa;
	uint32_t n_sources;
	uint32_t n_ignored; /* signatures that are no usable table, and rivals */
	uint32_t n_rivals;  /* of these: valid tables that say something else than the one taken */
	uint32_t pages_read;
	struct hest_source source[HELPER_MAX_SOURCES];
};

/* RAS_E_HELPER unless 1..max sections, none empty, unaligned (8), wrapping or overlapping. */
int ram_check(const struct ram_section *s, size_t n, struct ras_err *err);

/* True where [gpa, gpa+len) lies wholly inside the sections (adjacent ones may join). */
bool ram_contains(const struct ram_section *s, size_t n, uint64_t gpa, size_t len);

/* Read guest physical memory; false outside RAM or where a read fails. */
bool ram_read(const struct hest_io *io, const struct ram_section *s, size_t n, uint64_t gpa,
	      void *buf, size_t len);

/*
 * Find the sources that can be used in a whole table of len bytes (header included). Returns how
 * many were put into out (at most HELPER_MAX_SOURCES), 0 where the table is no use.
 */
uint32_t hest_parse(const struct hest_io *io, const struct ram_section *s, size_t n,
		    const uint8_t *table, size_t len, struct hest_source *out);

/*
 * Search checked sections. RAS_E_NOT_READY where no valid table is there, RAS_E_TIMEOUT where the
 * budget ended first, RAS_E_HELPER/RAS_E_NOMEM otherwise; on those *out still tells the counts.
 */
int hest_search(const struct hest_io *io, const struct ram_section *s, size_t n,
		struct hest_found *out, struct ras_err *err);
