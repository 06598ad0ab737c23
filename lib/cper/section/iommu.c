// SPDX-License-Identifier: LGPL-2.1-or-later
/* IOMMU DMA remapping error, UEFI 2.10 N.2.11.3. */
#include "base/cleanup.h"
#include "cper/section.h"

#define F(n, off, w, ...) CPER_UINT(cper_iommu, n, off, w, CPER_NO_BIT, __VA_ARGS__)
#define B(n, off, w) CPER_BYTES(cper_iommu, n, off, w, CPER_NO_BIT)

static const struct cper_field fields[] = {
	F(revision, 0, 1),
	CPER_RESERVED(reserved0, 1, 7, CPER_FIELD_BYTES),
	F(control, 8, 8),
	F(status, 16, 8),
	CPER_RESERVED(reserved1, 24, 8, CPER_FIELD_BYTES),
	B(event_log_entry, 32, 16),
	CPER_RESERVED(reserved2, 48, 16, CPER_FIELD_BYTES),
	B(device_table_entry, 64, 32),
	F(pte_level6, 96, 8),
	F(pte_level5, 104, 8),
	F(pte_level4, 112, 8),
	F(pte_level3, 120, 8),
	F(pte_level2, 128, 8),
	F(pte_level1, 136, 8),
};

const struct cper_section cper_section_iommu = {
	/* 036f84e1-7f37-428c-a79e-575fdfaa84ec */
	.guid = { { 0xe1, 0x84, 0x6f, 0x03, 0x37, 0x7f, 0x8c, 0x42, 0xa7, 0x9e, 0x57, 0x5f, 0xdf,
		    0xaa, 0x84, 0xec } },
	.kind = "iommu",
	.title = "IOMMU DMA remapping error",
	.spec = "UEFI 2.10 N.2.11.3",
	.min_size = 144,
	.table = { fields, ARRAY_LEN(fields), 144, CPER_NO_FIELD, NULL },
};

int cper_put_iommu(struct cper_builder *b, const struct cper_entry_info *info,
		   const struct cper_iommu *i)
{
	return cper_put_fixed(b, info, &cper_section_iommu, i);
}

int cper_decode_iommu(const struct cper_entry *e, struct cper_iommu *out, struct cper_err *err)
{
	return cper_decode_fixed(&cper_section_iommu, e, out, NULL, err);
}
