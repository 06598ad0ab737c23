// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Firmware error record reference, UEFI 2.10 N.2.10: 16 bytes before revision 2, with a GUID since.
 */
#include "base/cleanup.h"
#include "cper/section.h"

static const struct cper_word types[] = {
	{ 0, "IPF SAL error record" },
	{ 1, "SoC firmware error record type 1" },
	{ 2, "SoC firmware error record type 2" },
	{ 0, NULL },
};

#define F(n, off, w, ...) CPER_UINT(cper_firmware, n, off, w, CPER_NO_BIT, __VA_ARGS__)

static const struct cper_field fields[] = {
	F(error_record_type, 0, 1, .words = types),
	F(revision, 1, 1),
	CPER_RESERVED(reserved, 2, 6, CPER_FIELD_UINT),
	F(record_identifier, 8, 8),
	CPER_GUID(cper_firmware, record_id_guid, 16, CPER_NO_BIT),
};

const struct cper_section cper_section_firmware = {
	/* 81212a96-09ed-4996-9471-8d729c8e69ed */
	.guid = { { 0x96, 0x2a, 0x21, 0x81, 0xed, 0x09, 0x96, 0x49, 0x94, 0x71, 0x8d, 0x72, 0x9c,
		    0x8e, 0x69, 0xed } },
	.kind = "fw",
	.title = "firmware error record reference",
	.spec = "UEFI 2.10 N.2.10",
	.min_size = 16,
	.table = { fields, ARRAY_LEN(fields), 32, CPER_NO_FIELD },
};

int cper_put_firmware(struct cper_builder *b, const struct cper_entry_info *info,
		      const struct cper_firmware *f)
{
	return cper_put_fixed(b, info, &cper_section_firmware, f);
}

int cper_decode_firmware(const struct cper_entry *e, struct cper_firmware *out,
			 struct cper_err *err)
{
	return cper_decode_fixed(&cper_section_firmware, e, out, NULL, err);
}
