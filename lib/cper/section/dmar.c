// SPDX-License-Identifier: LGPL-2.1-or-later
/* DMA remapping error, generic, UEFI 2.10 N.2.11.1. */
#include "base/cleanup.h"
#include "cper/section.h"

static const struct cper_word reasons[] = {
	{ 1, "domain mapping table entry not present" },
	{ 2, "invalid domain mapping table entry" },
	{ 3, "access to the domain mapping table failed" },
	{ 4, "reserved bit set in the domain mapping table" },
	{ 5, "address beyond the device address width" },
	{ 6, "invalid read or write access" },
	{ 7, "invalid device request" },
	{ 8, "access to the address translation table failed" },
	{ 9, "reserved bit set in the address translation table" },
	{ 10, "illegal command" },
	{ 11, "access to the command buffer failed" },
	{ 0, NULL },
};

static const struct cper_word access_types[] = {
	{ 0, "DMA write" },
	{ 1, "DMA read" },
	{ 0, NULL },
};

static const struct cper_word address_types[] = {
	{ 0, "untranslated request" },
	{ 1, "translation request" },
	{ 0, NULL },
};

static const struct cper_word architectures[] = {
	{ 0, "VT-d" },
	{ 1, "IOMMU" },
	{ 0, NULL },
};

static bool bdf(const uint8_t *s, uint64_t bits, char out[CPER_VALUE_SIZE])
{
	(void)bits;
	cper_bdf(out, le16(s + 2), s[1], s[0] >> 3, s[0] & 7);
	return true;
}

static const struct cper_value values[] = {
	{ "bdf", 1u << 0 | 1u << 1, NULL, bdf }, /* requester and segment */
	{ NULL, 0, NULL, NULL },
};

#define F(n, off, w, ...) CPER_UINT(cper_dmar, n, off, w, CPER_NO_BIT, __VA_ARGS__)

static const struct cper_field fields[] = {
	F(requester_id, 0, 2),
	F(segment_number, 2, 2),
	F(fault_reason, 4, 1, .words = reasons),
	F(access_type, 5, 1, .words = access_types),
	F(address_type, 6, 1, .words = address_types),
	F(architecture_type, 7, 1, .words = architectures),
	F(device_address, 8, 8, .unit = "address"),
	CPER_RESERVED(reserved, 16, 16, CPER_FIELD_BYTES),
};

const struct cper_section cper_section_dmar = {
	/* 5b51fef7-c79d-4434-8f1b-aa62de3e2c64 */
	.guid = { { 0xf7, 0xfe, 0x51, 0x5b, 0x9d, 0xc7, 0x34, 0x44, 0x8f, 0x1b, 0xaa, 0x62, 0xde,
		    0x3e, 0x2c, 0x64 } },
	.kind = "dmar",
	.title = "DMA remapping error",
	.spec = "UEFI 2.10 N.2.11.1",
	.min_size = 32,
	.table = { fields, ARRAY_LEN(fields), 32, CPER_NO_FIELD, values },
};

int cper_put_dmar(struct cper_builder *b, const struct cper_entry_info *info,
		  const struct cper_dmar *d)
{
	return cper_put_fixed(b, info, &cper_section_dmar, d);
}

int cper_decode_dmar(const struct cper_entry *e, struct cper_dmar *out, struct cper_err *err)
{
	return cper_decode_fixed(&cper_section_dmar, e, out, NULL, err);
}
