// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Firmware error record reference, UEFI 2.10 N.2.10: 16 bytes before revision 2, with a GUID since.
 * What the reference names often follows it (Intel's crash logs do, Linux prints those bytes). A
 * section of exactly 32 bytes has the whole structure, whatever its revision.
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define WITHOUT_GUID 16u
#define WITH_GUID 32u

static const struct cper_word types[] = {
	{ 0, "IPF SAL error record" },
	{ 1, "SoC firmware error record type 1" },
	{ 2, "SoC firmware error record type 2" },
	{ 0, NULL },
};

/*
 * What the GUID names. EDK2 platforms of Intel write these three (BertTable.h). The fields of a
 * crash log's head are those of Intel's crashlog tool; the rest has one form for each product.
 */
static const struct cper_guid_word record_guids[] = {
	/* 8f87f311-c998-4d9e-a0c4-6065518c4f6d */
	{ { { 0x11, 0xf3, 0x87, 0x8f, 0x98, 0xc9, 0x9e, 0x4d, 0xa0, 0xc4, 0x60, 0x65, 0x51, 0x8c,
	      0x4f, 0x6d } },
	  "Intel crash log",
	  NULL },
	/* 26d769a7-c31a-43d0-9378-3c6c872eea4d */
	{ { { 0xa7, 0x69, 0xd7, 0x26, 0x1a, 0xc3, 0xd0, 0x43, 0x93, 0x78, 0x3c, 0x6c, 0x87, 0x2e,
	      0xea, 0x4d } },
	  "Intel telemetry",
	  NULL },
	/* 024508e0-d564-42ed-b236-580d542bc9d6 */
	{ { { 0xe0, 0x08, 0x45, 0x02, 0x64, 0xd5, 0xed, 0x42, 0xb2, 0x36, 0x58, 0x0d, 0x54, 0x2b,
	      0xc9, 0xd6 } },
	  "Intel trace",
	  NULL },
	{ { { 0 } }, NULL, NULL },
};

static const struct cper_word crashlog_types[] = {
	{ 0x01, "PMC" },
	{ 0x02, "PMC firmware trace" },
	{ 0x03, "PUNIT" },
	{ 0x04, "PCORE" },
	{ 0x06, "ECORE" },
	{ 0x08, "UNCORE" },
	{ 0x11, "PMC trace" },
	{ 0x16, "TCSS" },
	{ 0x17, "PMC reset" },
	{ 0x19, "PCODE" },
	{ 0x1c, "crash log agent" },
	{ 0x3d, "BOX" },
	{ 0x3e, "MCA" },
	{ 0, NULL },
};

static const struct cper_bits crashlog_version[] = {
	{ "revision", 0, 8, CPER_NO_BIT, NULL },
	{ "header_type", 8, 4, CPER_NO_BIT, NULL },
	{ "product_id", 12, 12, CPER_NO_BIT, NULL },
	{ "record_type", 24, 6, CPER_NO_BIT, crashlog_types },
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_field crashlog_head[] = {
	CPER_SUB(version, 0, 4, .bits = crashlog_version),
	CPER_SUB(record_size, 4, 2, .unit = "double words", .show = CPER_SHOW_DECIMAL),
	CPER_SUB(extended_record_size, 6, 2, .unit = "double words", .show = CPER_SHOW_DECIMAL),
	{ .name = NULL },
};

static const struct cper_inside crashlog = { crashlog_head, 0 };

static const struct cper_inside *behind(const uint8_t *section, uint32_t *len)
{
	(void)len;
	return section[1] >= 2 && !memcmp(section + 16, record_guids[0].guid.b, 16) ? &crashlog :
										      NULL;
}

#define F(n, off, w, ...) CPER_UINT(cper_firmware, n, off, w, CPER_NO_BIT, __VA_ARGS__)

static const struct cper_field fields[] = {
	F(error_record_type, 0, 1, .words = types),
	F(revision, 1, 1),
	CPER_RESERVED(reserved, 2, 6, CPER_FIELD_UINT),
	F(record_identifier, 8, 8),
	CPER_GUID(cper_firmware, record_id_guid, 16, CPER_NO_BIT, .guids = record_guids),
};

static const struct cper_part parts[] = {
	{ .name = "record", .kind = CPER_PART_BYTES, .optional = true },
};

static uint32_t fixed(const uint8_t *section, uint32_t len)
{
	if (section[1] < 2 && len != WITH_GUID)
		return WITHOUT_GUID;
	return len < WITH_GUID ? len : WITH_GUID;
}

static int layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err)
{
	(void)err;
	l->parts[0].offset = l->end;
	if (e->section[1] >= 2)
		return 0;
	l->parts[0].len = e->section_len - l->end;
	l->end = e->section_len;
	return 0;
}

const struct cper_section cper_section_firmware = {
	/* 81212a96-09ed-4996-9471-8d729c8e69ed */
	.guid = { { 0x96, 0x2a, 0x21, 0x81, 0xed, 0x09, 0x96, 0x49, 0x94, 0x71, 0x8d, 0x72, 0x9c,
		    0x8e, 0x69, 0xed } },
	.kind = "fw",
	.title = "firmware error record reference",
	.spec = "UEFI 2.10 N.2.10",
	.min_size = WITHOUT_GUID,
	.table = { fields, ARRAY_LEN(fields), WITH_GUID, CPER_NO_FIELD, NULL },
	.parts = parts,
	.nr_parts = ARRAY_LEN(parts),
	.behind = behind,
	.fixed = fixed,
	.layout = layout,
};

int cper_put_firmware(struct cper_builder *b, const struct cper_entry_info *info,
		      const struct cper_firmware *f)
{
	uint32_t size = f->revision < 2 && f->record.len ? WITHOUT_GUID : WITH_GUID;
	uint8_t *wire, own[WITH_GUID];

	wire = cper_build_reserve(b, info, &cper_section_firmware.guid,
				  size + (uint64_t)f->record.len);
	if (!wire)
		return -1;
	cper_table_encode(&cper_section_firmware.table, f, own);
	memcpy(wire, own, size);
	if (f->record.len)
		memcpy(wire + size, f->record.data, f->record.len);
	return 0;
}

int cper_decode_firmware(const struct cper_entry *e, struct cper_firmware *out,
			 struct cper_err *err)
{
	struct cper_layout l;

	if (cper_decode_fixed(&cper_section_firmware, e, out, &l, err) < 0)
		return -1;
	out->record = (struct cper_bytes){ e->section + l.fixed, e->section_len - l.fixed };
	return 0;
}
