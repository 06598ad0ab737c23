// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Read a HEST (ACPI 6.5, 18.3.2). The guest can write anything anywhere, so a table counts only if
 * its length, checksum and revision are right. An error source counts only if it is a GHESv2 whose
 * pointer, status block and read-ack lie inside guest RAM.
 */
#include <endian.h>
#include <string.h>

#include "helper/hest.h"

#define GHESV2_TYPE 10
#define GHESV2_BYTES 92u
#define TABLE_MIN (HEST_TABLE_HEAD + GHESV2_BYTES)
#define SOURCE_MIN 20u /* the shortest of all kinds of sources */
#define BLOCK_MIN 20u  /* the header of a status block */

static uint16_t get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

/* Bytes of the source at p (ACPI 6.5, 18.3.2); 0 where its type is unknown or it does not fit. */
static size_t source_bytes(const uint8_t *p, size_t left)
{
	size_t len;

	if (left < 4)
		return 0;
	switch (get16(p)) {
	case 0:
		len = left > 32 ? 40u + 28u * p[32] : 0;
		break;
	case 1:
	case 11:
		len = left > 44 ? 48u + 28u * p[44] : 0;
		break;
	case 2:
		len = 20;
		break;
	case 6:
		len = 48;
		break;
	case 7:
		len = 44;
		break;
	case 8:
		len = 56;
		break;
	case 9:
		len = 64;
		break;
	case GHESV2_TYPE:
		len = GHESV2_BYTES;
		break;
	default:
		len = 0;
	}
	return len <= left ? len : 0;
}

/* A generic address that is a plain 64-bit word of system memory. */
static bool gas_is_word(const uint8_t *gas)
{
	return gas[0] == 0 && gas[1] == 64 && gas[2] == 0;
}

static bool ghesv2_read(const struct hest_io *io, const struct ram_section *s, size_t n,
			const uint8_t *p, struct hest_source *out)
{
	uint8_t word[8];
	struct hest_source src = {
		.source_id = get16(p + 2),
		.notify_type = p[32],
		.status_pointer_gpa = get64(p + 24),
		.read_ack_gpa = get64(p + 68),
		.block_len_bytes = get32(p + 60),
	};

	if (!p[7] || !gas_is_word(p + 20) || !gas_is_word(p + 64) ||
	    src.block_len_bytes < BLOCK_MIN)
		return false;
	if (src.block_len_bytes > HELPER_MAX_BLOCK)
		src.block_len_bytes = HELPER_MAX_BLOCK;
	if (!ram_contains(s, n, src.read_ack_gpa, 8) ||
	    !ram_contains(s, n, src.status_pointer_gpa, 8) ||
	    !ram_read(io, s, n, src.status_pointer_gpa, word, sizeof(word)))
		return false;
	src.block_gpa = get64(word);
	/* 0 is what the pointer holds before the firmware has run. */
	if (src.block_gpa == 0 || !ram_contains(s, n, src.block_gpa, src.block_len_bytes))
		return false;
	*out = src;
	return true;
}

bool hest_head_makes_sense(const uint8_t *head)
{
	uint32_t len = get32(head + 4), n_sources = get32(head + 36);

	return memcmp(head, "HEST", 4) == 0 && len >= TABLE_MIN && len <= HEST_TABLE_MAX &&
	       (head[8] == 1 || head[8] == 2) && n_sources > 0 &&
	       n_sources <= (len - HEST_TABLE_HEAD) / SOURCE_MIN;
}

uint32_t hest_head_bytes(const uint8_t *head)
{
	return get32(head + 4);
}

uint32_t hest_parse(const struct hest_io *io, const struct ram_section *s, size_t n,
		    const uint8_t *table, size_t len, struct hest_source *out)
{
	uint32_t found = 0, n_ghesv2 = 0, n_sources;
	size_t at = HEST_TABLE_HEAD;
	uint8_t sum = 0;

	if (len < HEST_TABLE_HEAD || !hest_head_makes_sense(table) || get32(table + 4) != len)
		return 0;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + table[i]);
	if (sum != 0)
		return 0;
	n_sources = get32(table + 36);
	for (uint32_t i = 0; i < n_sources && n_ghesv2 < HELPER_MAX_SOURCES; i++) {
		size_t size = source_bytes(table + at, len - at);

		if (size == 0)
			break;
		if (get16(table + at) == GHESV2_TYPE) {
			n_ghesv2++;
			found += ghesv2_read(io, s, n, table + at, &out[found]);
		}
		at += size;
	}
	return found;
}
