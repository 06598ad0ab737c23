// SPDX-License-Identifier: LGPL-2.1-or-later
/* Intel VT-d DMA remapping error, UEFI 2.10 N.2.11.2. Register words: VT-d 4.0 chapter 11. */
#include "base/cleanup.h"
#include "cper/section.h"

static const struct cper_bits fault_status[] = {
	CPER_FLAG("fault_overflow", 0),
	CPER_FLAG("pending_fault", 1),
	CPER_FLAG("invalidation_queue_error", 4),
	CPER_FLAG("invalidation_completion_error", 5),
	CPER_FLAG("invalidation_timeout", 6),
	{ "fault_record_index", 8, 8, CPER_NO_BIT, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits source_bits[] = {
	{ "source_id", 0, 16, CPER_NO_BIT, NULL },
	{ "fault_reason", 32, 8, CPER_NO_BIT, NULL },
	{ "address_type", 60, 2, CPER_NO_BIT, NULL },
	CPER_FLAG("read", 62),
	CPER_FLAG("fault", 63),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_field fault_record[] = {
	CPER_SUB(fault_info, 0, 8, .unit = "address"),
	CPER_SUB(source, 8, 8, .bits = source_bits),
	{ .name = NULL },
};

#define F(n, off, w, ...) CPER_UINT(cper_vtd, n, off, w, CPER_NO_BIT, __VA_ARGS__)
#define B(n, off, w, ...) CPER_BYTES(cper_vtd, n, off, w, CPER_NO_BIT, __VA_ARGS__)

static const struct cper_field fields[] = {
	F(version, 0, 1),
	F(revision, 1, 1),
	B(oem_id, 2, 6, .show = CPER_SHOW_TEXT),
	F(capability, 8, 8),
	F(extended_capability, 16, 8),
	F(global_command, 24, 4, .show = CPER_SHOW_HEX),
	F(global_status, 28, 4, .show = CPER_SHOW_HEX),
	F(fault_status, 32, 4, .bits = fault_status),
	CPER_RESERVED(reserved, 36, 12, CPER_FIELD_BYTES),
	B(fault_record, 48, 16, .sub = fault_record),
	B(root_entry, 64, 16),
	B(context_entry, 80, 16),
	F(pte_level6, 96, 8),
	F(pte_level5, 104, 8),
	F(pte_level4, 112, 8),
	F(pte_level3, 120, 8),
	F(pte_level2, 128, 8),
	F(pte_level1, 136, 8),
};

const struct cper_section cper_section_vtd = {
	/* 71761d37-32b2-45cd-a7d0-b0fedd93e8cf */
	.guid = { { 0x37, 0x1d, 0x76, 0x71, 0xb2, 0x32, 0xcd, 0x45, 0xa7, 0xd0, 0xb0, 0xfe, 0xdd,
		    0x93, 0xe8, 0xcf } },
	.kind = "vtd",
	.title = "VT-d DMA remapping error",
	.spec = "UEFI 2.10 N.2.11.2",
	.min_size = 144,
	.table = { fields, ARRAY_LEN(fields), 144, CPER_NO_FIELD, NULL },
};

int cper_put_vtd(struct cper_builder *b, const struct cper_entry_info *info,
		 const struct cper_vtd *v)
{
	return cper_put_fixed(b, info, &cper_section_vtd, v);
}

int cper_decode_vtd(const struct cper_entry *e, struct cper_vtd *out, struct cper_err *err)
{
	return cper_decode_fixed(&cper_section_vtd, e, out, NULL, err);
}
