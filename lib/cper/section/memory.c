// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory error, UEFI 2.10 N.2.5: 80 bytes; 73 in UEFI 2.1, which Linux still accepts. It is the
 * most common record, so its table is walked by unrolled code.
 */
#include "base/cleanup.h"
#include "cper/codec.h"

static const struct cper_bits extended_bits[] = {
	{ "row_bits_17_16", 0, 2, CPER_NO_BIT, NULL },
	{ "chip_id", 5, 3, CPER_NO_BIT, NULL },
	{ NULL, 0, 0, 0, NULL },
};

enum { F_BANK = 7, F_ROW = 9 };

/* Bits 17:16 are in "extended". */
static bool whole_row(const uint8_t *s, uint64_t bits, uint64_t *n)
{
	if (!(bits & CPER_MEM_VALID_ROW) || !(bits & CPER_MEM_VALID_EXTENDED))
		return false;
	*n = le16(s + 42) | (uint64_t)(s[73] & 3) << 16;
	return true;
}

static bool bank(const uint8_t *s, uint64_t bits, uint64_t *n)
{
	*n = le16(s + 38);
	return bits & CPER_MEM_VALID_BANK;
}

static bool bank_group(const uint8_t *s, uint64_t bits, uint64_t *n)
{
	*n = s[39];
	return bits & CPER_MEM_VALID_BANK_GROUP;
}

static bool bank_address(const uint8_t *s, uint64_t bits, uint64_t *n)
{
	*n = s[38];
	return bits & CPER_MEM_VALID_BANK_ADDRESS;
}

static const struct cper_value values[] = {
	{ "bank", 1u << F_BANK, bank, NULL },
	{ "bank_group", 1u << F_BANK, bank_group, NULL },
	{ "bank_address", 1u << F_BANK, bank_address, NULL },
	{ "row", 1u << F_ROW, whole_row, NULL },
	{ NULL, 0, NULL, NULL },
};

#define F(n, off, w, bit, ...) CPER_UINT(cper_memory, n, off, w, bit, __VA_ARGS__)

static const struct cper_field fields[] = {
	F(validation_bits, 0, 8, CPER_NO_BIT),
	F(error_status, 8, 8, 0, .bits = cper_error_status_bits),
	F(physical_address, 16, 8, 1, .unit = "address"),
	F(physical_address_mask, 24, 8, 2, .unit = "mask"),
	F(node, 32, 2, 3),
	F(card, 34, 2, 4),
	F(module, 36, 2, 5),
	[F_BANK] =
		F(bank, 38, 2, 6, .also = CPER_MEM_VALID_BANK_GROUP | CPER_MEM_VALID_BANK_ADDRESS),
	F(device, 40, 2, 7),
	[F_ROW] = F(row, 42, 2, 8),
	F(column, 44, 2, 9),
	F(bit_position, 46, 2, 10, .unit = "bit"),
	F(requestor_id, 48, 8, 11),
	F(responder_id, 56, 8, 12),
	F(target_id, 64, 8, 13),
	F(memory_error_type, 72, 1, 14, .words = cper_memory_type_words),
	F(extended, 73, 1, 18, .also = CPER_MEM_VALID_CHIP_ID, .bits = extended_bits),
	F(rank_number, 74, 2, 15),
	F(card_handle, 76, 2, 16, .unit = "SMBIOS handle", .show = CPER_SHOW_HEX),
	F(module_handle, 78, 2, 17, .unit = "SMBIOS handle", .show = CPER_SHOW_HEX),
};

/*
 * For each bit from 15 on: the end of its field. Bit 21 (chip id) is inside "extended", as bit 18
 * is.
 */
static const struct {
	uint64_t bit;
	uint32_t end;
} beyond[] = {
	{ CPER_MEM_VALID_RANK, 76 },	      { CPER_MEM_VALID_CARD_HANDLE, 78 },
	{ CPER_MEM_VALID_MODULE_HANDLE, 80 }, { CPER_MEM_VALID_EXTENDED, 74 },
	{ CPER_MEM_VALID_CHIP_ID, 74 },
};

static int layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err)
{
	uint64_t bits = le64(e->section);

	(void)l;
	if (e->section_len >= CPER_MEMORY_SIZE)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(beyond); i++)
		if ((bits & beyond[i].bit) && e->section_len < beyond[i].end)
			return cper_fail(err, CPER_VALID_BEYOND_LENGTH, e->section_offset, e->index,
					 "a validation bit claims a field beyond the section");
	return 0;
}

const struct cper_section cper_section_memory = {
	/* a5bc1114-6f64-4ede-b863-3e83ed7c83b1 */
	.guid = { { 0x14, 0x11, 0xbc, 0xa5, 0x64, 0x6f, 0xde, 0x4e, 0xb8, 0x63, 0x3e, 0x83, 0xed,
		    0x7c, 0x83, 0xb1 } },
	.kind = "mem",
	.title = "memory error",
	.spec = "UEFI 2.10 N.2.5",
	.min_size = CPER_MEMORY_SIZE_OLD,
	.table = { fields, ARRAY_LEN(fields), CPER_MEMORY_SIZE, 0, values },
	.short_form = "uefi-2.1",
	.layout = layout,
};

int cper_decode_memory(const struct cper_entry *e, struct cper_memory *out, struct cper_err *err)
{
	if (e->section_len < CPER_MEMORY_SIZE ||
	    memcmp(cper_section_memory.guid.b, e->section_type.b, sizeof(e->section_type.b)) != 0)
		return cper_decode_fixed(&cper_section_memory, e, out, NULL, err);
#pragma GCC unroll 32
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		field_decode(&fields[i], e->section, true, (uint8_t *)out);
	return 0;
}

int cper_put_memory(struct cper_builder *b, const struct cper_entry_info *info,
		    const struct cper_memory *m)
{
	uint8_t *wire = cper_build_reserve(b, info, &cper_section_memory.guid, CPER_MEMORY_SIZE);
	const struct cper_memory in = *m;

	if (!wire)
		return -1;
#pragma GCC unroll 32
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		field_encode(&fields[i], in.validation_bits, (const uint8_t *)&in, wire);
	return 0;
}
