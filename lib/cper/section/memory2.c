// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory error 2, UEFI 2.10 N.2.6. Linux 6.12 prints it as bytes and takes no action. */
#include "base/cleanup.h"
#include "cper/section.h"

static const struct cper_word status_words[] = {
	{ 0, "corrected" },
	{ 1, "uncorrected" },
	{ 0, NULL },
};

#define VALID_BANK (UINT64_C(1) << 6)
#define VALID_BANK_GROUP (UINT64_C(1) << 20)
#define VALID_BANK_ADDRESS (UINT64_C(1) << 21)

enum { F_BANK = 7 };

static bool bank(const uint8_t *s, uint64_t bits, uint64_t *n)
{
	*n = le16(s + 38);
	return bits & VALID_BANK;
}

static bool bank_group(const uint8_t *s, uint64_t bits, uint64_t *n)
{
	*n = s[39];
	return bits & VALID_BANK_GROUP;
}

static bool bank_address(const uint8_t *s, uint64_t bits, uint64_t *n)
{
	*n = s[38];
	return bits & VALID_BANK_ADDRESS;
}

static const struct cper_value values[] = {
	{ "bank", 1u << F_BANK, bank, NULL },
	{ "bank_group", 1u << F_BANK, bank_group, NULL },
	{ "bank_address", 1u << F_BANK, bank_address, NULL },
	{ NULL, 0, NULL, NULL },
};

#define F(n, off, w, bit, ...) CPER_UINT(cper_memory2, n, off, w, bit, __VA_ARGS__)

static const struct cper_field fields[] = {
	F(validation_bits, 0, 8, CPER_NO_BIT),
	F(error_status, 8, 8, 0, .bits = cper_error_status_bits),
	F(physical_address, 16, 8, 1, .unit = "address"),
	F(physical_address_mask, 24, 8, 2, .unit = "mask"),
	F(node, 32, 2, 3),
	F(card, 34, 2, 4),
	F(module, 36, 2, 5),
	[F_BANK] = F(bank, 38, 2, 6, .also = VALID_BANK_GROUP | VALID_BANK_ADDRESS),
	F(device, 40, 4, 7),
	F(row, 44, 4, 8),
	F(column, 48, 4, 9),
	F(rank, 52, 4, 10),
	F(bit_position, 56, 4, 11, .unit = "bit"),
	F(chip_id, 60, 1, 12),
	F(memory_error_type, 61, 1, 13, .words = cper_memory_type_words),
	F(status, 62, 1, 14, .words = status_words),
	CPER_RESERVED(reserved, 63, 1, CPER_FIELD_UINT),
	F(requestor_id, 64, 8, 15),
	F(responder_id, 72, 8, 16),
	F(target_id, 80, 8, 17),
	F(card_handle, 88, 4, 18, .unit = "SMBIOS handle", .show = CPER_SHOW_HEX),
	F(module_handle, 92, 4, 19, .unit = "SMBIOS handle", .show = CPER_SHOW_HEX),
};

const struct cper_section cper_section_memory2 = {
	/* 61ec04fc-48e6-d813-25c9-8daa44750b12 */
	.guid = { { 0xfc, 0x04, 0xec, 0x61, 0xe6, 0x48, 0x13, 0xd8, 0x25, 0xc9, 0x8d, 0xaa, 0x44,
		    0x75, 0x0b, 0x12 } },
	.kind = "mem2",
	.title = "memory error 2",
	.spec = "UEFI 2.10 N.2.6",
	.min_size = 96,
	.table = { fields, ARRAY_LEN(fields), 96, 0, values },
};

int cper_put_memory2(struct cper_builder *b, const struct cper_entry_info *info,
		     const struct cper_memory2 *m)
{
	return cper_put_fixed(b, info, &cper_section_memory2, m);
}

int cper_decode_memory2(const struct cper_entry *e, struct cper_memory2 *out, struct cper_err *err)
{
	return cper_decode_fixed(&cper_section_memory2, e, out, NULL, err);
}
