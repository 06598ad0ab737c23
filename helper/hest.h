// SPDX-License-Identifier: LGPL-2.1-or-later
/* Search guest RAM for the HEST and read it. Pure: all memory comes through struct hest_io. */
#pragma once

#include "helper/ram.h"

#define HEST_TABLE_HEAD 40u
#define HEST_TABLE_MAX (64u << 10) /* a longer one is no table (QEMU's has 224 bytes) */

struct hest_found {
	uint64_t hest_gpa;
	uint32_t n_sources;
	uint32_t n_ignored; /* signatures without a usable table, and rivals */
	uint32_t n_rivals;  /* of these: valid tables that differ from the one used */
	uint32_t pages_read;
	struct hest_source source[HELPER_MAX_SOURCES];
};

/* True where the first HEST_TABLE_HEAD bytes can begin a table: signature, lengths, revision. */
bool hest_head_makes_sense(const uint8_t *head);

/* The length in such a head. */
uint32_t hest_head_bytes(const uint8_t *head);

/*
 * Find the error sources that can be used in a whole table of len bytes (header included). Returns
 * how many were put into out (at most HELPER_MAX_SOURCES); 0 where the table is not valid.
 */
uint32_t hest_parse(const struct hest_io *io, const struct ram_section *s, size_t n,
		    const uint8_t *table, size_t len, struct hest_source *out);

/*
 * Search checked sections. RAS_E_NOT_READY where no valid table is there, RAS_E_TIMEOUT where the
 * budget ended first, RAS_E_HELPER or RAS_E_NOMEM otherwise. Then, too, the counts in *out hold.
 */
int hest_search(const struct hest_io *io, const struct ram_section *s, size_t n,
		struct hest_found *out, struct ras_err *err);
