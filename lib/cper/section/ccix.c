// SPDX-License-Identifier: LGPL-2.1-or-later
/* CCIX PER log, UEFI 2.10 N.2.12: 16 fixed bytes and a log; length counts both. */
#include "base/cleanup.h"
#include "cper/section.h"

#define FIXED 16u

static const struct cper_field fields[] = {
	CPER_COUNT(length, 0, 4, CPER_NO_BIT),
	CPER_UINT(cper_ccix, validation_bits, 4, 8, CPER_NO_BIT),
	CPER_UINT(cper_ccix, source_id, 12, 1, 0),
	CPER_UINT(cper_ccix, port_id, 13, 1, 1),
	CPER_RESERVED(reserved, 14, 2, CPER_FIELD_UINT),
};

static const struct cper_part parts[] = {
	{ .name = "per_log", .kind = CPER_PART_BYTES },
};

static int layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err)
{
	uint32_t len = le32(e->section);

	if (len < FIXED || len > e->section_len)
		return cper_fail(err, CPER_CCIX_LENGTH, e->section_offset, e->index,
				 "length is not within the section");
	if ((le64(e->section + 4) & CPER_CCIX_VALID_LOG) && len == FIXED)
		return cper_fail(err, CPER_CCIX_LENGTH, e->section_offset, e->index,
				 "no log although its bit is set");
	l->parts[0] = (struct cper_extent){ FIXED, len - FIXED, 0 };
	l->end = len;
	return 0;
}

static void seal(uint8_t *wire, const struct cper_layout *l, uint64_t given)
{
	if (!(given & 1))
		le_store(wire, 4, FIXED + (uint64_t)l->parts[0].len);
	if (l->parts[0].len && !(given & 2))
		wire[4] |= CPER_CCIX_VALID_LOG;
}

const struct cper_section cper_section_ccix = {
	/* 91335ef6-ebfb-4478-a6a6-88b728cf75d7 */
	.guid = { { 0xf6, 0x5e, 0x33, 0x91, 0xfb, 0xeb, 0x78, 0x44, 0xa6, 0xa6, 0x88, 0xb7, 0x28,
		    0xcf, 0x75, 0xd7 } },
	.kind = "ccix",
	.title = "CCIX PER log",
	.spec = "UEFI 2.10 N.2.12",
	.min_size = FIXED,
	.table = { fields, ARRAY_LEN(fields), FIXED, 1, NULL },
	.parts = parts,
	.nr_parts = ARRAY_LEN(parts),
	.layout = layout,
	.seal = seal,
};

int cper_put_ccix(struct cper_builder *b, const struct cper_entry_info *info,
		  const struct cper_ccix *c)
{
	struct cper_layout l = { .parts[0] = { FIXED, (uint32_t)c->per_log.len, 0 } };
	uint8_t *wire = cper_build_reserve(b, info, &cper_section_ccix.guid,
					   FIXED + (uint64_t)c->per_log.len);

	if (!wire)
		return -1;
	cper_table_encode(&cper_section_ccix.table, c, wire);
	if (c->per_log.len)
		memcpy(wire + FIXED, c->per_log.data, c->per_log.len);
	else
		wire[4] &= (uint8_t)~CPER_CCIX_VALID_LOG;
	seal(wire, &l, 0);
	return 0;
}

int cper_decode_ccix(const struct cper_entry *e, struct cper_ccix *out, struct cper_err *err)
{
	struct cper_layout l;

	if (cper_decode_fixed(&cper_section_ccix, e, out, &l, err) < 0)
		return -1;
	out->per_log = cper_extent_bytes(e, &l.parts[0]);
	return 0;
}
