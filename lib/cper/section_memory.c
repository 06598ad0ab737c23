// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory error, UEFI 2.10 N.2.5: 80 bytes; 73 in UEFI 2.1, which Linux still takes. */
#include "base/cleanup.h"
#include "cper/section.h"

#define F(n, off, w, bit, u)                                                              \
	{ .name = #n, .offset = (off), .width = (w), .valid_bit = (bit),                   \
	  .type = CPER_FIELD_UINT, .host = offsetof(struct cper_memory, n), .unit = (u) }

static const struct cper_field fields[] = {
	F(validation_bits, 0, 8, CPER_NO_BIT, NULL),
	F(error_status, 8, 8, 0, NULL),
	F(physical_address, 16, 8, 1, "address"),
	F(physical_address_mask, 24, 8, 2, "mask"),
	F(node, 32, 2, 3, NULL),
	F(card, 34, 2, 4, NULL),
	F(module, 36, 2, 5, NULL),
	F(bank, 38, 2, 6, NULL),
	F(device, 40, 2, 7, NULL),
	F(row, 42, 2, 8, NULL),
	F(column, 44, 2, 9, NULL),
	F(bit_position, 46, 2, 10, "bit"),
	F(requestor_id, 48, 8, 11, NULL),
	F(responder_id, 56, 8, 12, NULL),
	F(target_id, 64, 8, 13, NULL),
	F(memory_error_type, 72, 1, 14, NULL),
	F(extended, 73, 1, 18, NULL),
	F(rank_number, 74, 2, 15, NULL),
	F(card_handle, 76, 2, 16, "smbios handle"),
	F(module_handle, 78, 2, 17, "smbios handle"),
};

/* Last byte + 1 that each of bits 15.. claims; bit 21 (chip id) lies in "extended" as 18 does. */
static const struct {
	uint64_t bit;
	uint32_t end;
} beyond[] = {
	{ CPER_MEM_VALID_RANK, 76 },	 { CPER_MEM_VALID_CARD_HANDLE, 78 },
	{ CPER_MEM_VALID_MODULE_HANDLE, 80 }, { CPER_MEM_VALID_EXTENDED, 74 },
	{ CPER_MEM_VALID_CHIP_ID, 74 },
};

static int check(const struct cper_entry *e, struct cper_err *err)
{
	uint64_t bits = le_load(e->section, 8);

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
	.min_size = CPER_MEMORY_SIZE_OLD,
	.full_size = CPER_MEMORY_SIZE,
	.short_form = "uefi-2.1",
	.fields = fields,
	.nr_fields = ARRAY_LEN(fields),
	.has_valid = true,
	.check = check,
};

int cper_decode_memory(const struct cper_entry *entry, struct cper_memory *m, struct cper_err *err)
{
	if (cper_section_find(&entry->section_type) != &cper_section_memory)
		return cper_fail(err, CPER_SECTION_TYPE, entry->header_offset, entry->index,
				 "not a memory section");
	if (entry->section_len < CPER_MEMORY_SIZE_OLD)
		return cper_fail(err, CPER_SECTION_TOO_SHORT, entry->section_offset, entry->index,
				 "memory section below 73 bytes");
	if (check(entry, err) < 0)
		return -1;
	cper_section_decode(&cper_section_memory, entry->section, entry->section_len, m);
	return 0;
}

int cper_put_memory(struct cper_builder *b, const struct cper_entry_info *info,
		    const struct cper_memory *m)
{
	struct cper_entry_info mem = *info;
	uint8_t wire[CPER_MEMORY_SIZE];

	mem.section_type = cper_section_memory.guid;
	cper_section_encode(&cper_section_memory, m, wire);
	return cper_build_entry(b, &mem, wire, sizeof(wire));
}
