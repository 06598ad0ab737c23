// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sections of HiSilicon's Kunpeng processors. Fields and words as in rasdaemon's decoders
 * (non-standard-hisilicon.c, non-standard-hisi_hip08.c). Registers in two halves are one number.
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define U(n, off, w, bit, ...) CPER_WIRE_UINT(n, off, w, bit, __VA_ARGS__)

static const struct cper_word socs[] = {
	{ 0, "Kunpeng916" },
	{ 1, "Kunpeng920" },
	{ 2, "Kunpeng930" },
	{ 0, NULL },
};

static const struct cper_word modules[] = {
	{ 0, "MN" },	    { 1, "PLL" },	    { 2, "SLLC" },    { 3, "AA" },
	{ 4, "SIOE" },	    { 5, "POE" },	    { 6, "CPA" },     { 7, "DISP" },
	{ 8, "GIC" },	    { 9, "ITS" },	    { 10, "AVSBUS" }, { 11, "CS" },
	{ 12, "PPU" },	    { 13, "SMMU" },	    { 14, "PA" },     { 15, "HLLC" },
	{ 16, "DDRC" },	    { 17, "L3TAG" },	    { 18, "L3DATA" }, { 19, "PCS" },
	{ 20, "HHA" },	    { 21, "PCIe local" },   { 22, "SAS" },    { 23, "SATA" },
	{ 24, "NIC" },	    { 25, "RoCE" },	    { 26, "USB" },    { 27, "ZIP" },
	{ 28, "HPRE" },	    { 29, "SEC" },	    { 30, "RDE" },    { 31, "MEE" },
	{ 32, "L4D" },	    { 33, "Tsensor" },	    { 34, "ROH" },    { 35, "BTC" },
	{ 36, "HILINK" },   { 37, "STARS" },	    { 38, "SDMA" },   { 39, "UC" },
	{ 40, "HBMC" },	    { 41, "PMC" },	    { 42, "SCHE" },   { 43, "ASMB_DFS" },
	{ 44, "ASMB_NTU" }, { 45, "UB" },	    { 46, "UMMU" },   { 47, "PCU" },
	{ 48, "UCMI" },	    { 49, "DJTAGM" },	    { 50, "CFGBUS" }, { 51, "MPU" },
	{ 52, "CRG" },	    { 53, "ACG3" },	    { 54, "DCIP" },   { 55, "UMAU" },
	{ 56, "UPA" },	    { 57, "AXI_MSTR_OOO" }, { 58, "RBIST" },  { 59, "LC300" },
	{ 0, NULL },
};

static const struct cper_word severities[] = {
	{ 0, "recoverable" }, { 1, "fatal" }, { 2, "corrected" }, { 3, "none" }, { 0, NULL },
};

enum { C_FUNCTION = 12, C_DEVICE, C_SEGMENT, C_BUS };
#define VALID_PCIE 0x400u

static bool bdf(const uint8_t *s, uint64_t bits, char out[CPER_VALUE_SIZE])
{
	cper_bdf(out, le16(s + 18), s[20], s[17], s[16]);
	return bits & VALID_PCIE;
}

static const struct cper_value common_values[] = {
	{ "bdf", 1u << C_FUNCTION | 1u << C_DEVICE | 1u << C_SEGMENT | 1u << C_BUS, NULL, bdf },
	{ NULL, 0, NULL, NULL },
};

static const struct cper_field common_fields[] = {
	U(validation_bits, 0, 4, CPER_NO_BIT),
	U(version, 4, 1, CPER_NO_BIT),
	U(soc_id, 5, 1, 0, .words = socs),
	U(socket_id, 6, 1, 1),
	U(totem_id, 7, 1, 2),
	U(nimbus_id, 8, 1, 3),
	U(subsystem_id, 9, 1, 4),
	U(module_id, 10, 1, 5, .words = modules),
	U(submodule_id, 11, 1, 6),
	U(core_id, 12, 1, 7),
	U(port_id, 13, 1, 8),
	U(err_type, 14, 2, 9),
	[C_FUNCTION] = U(function, 16, 1, 10),
	[C_DEVICE] = U(device, 17, 1, 10),
	[C_SEGMENT] = U(segment, 18, 2, 10),
	[C_BUS] = U(bus, 20, 1, 10),
	U(reserved0, 21, 3, CPER_NO_BIT),
	U(err_severity, 24, 1, 11, .words = severities),
	U(reserved1, 25, 3, CPER_NO_BIT),
	U(reg_array_size, 28, 4, 12),
};

static const struct cper_field one_register[] = {
	CPER_SUB(value, 0, 4, .show = CPER_SHOW_HEX),
	{ .name = NULL },
};

static const struct cper_inside registers = { one_register, 4 };

static const struct cper_inside *in_array(const uint8_t *section, const uint8_t *header,
					  uint32_t *len)
{
	uint32_t size = le32(section + 28);

	(void)header;
	if (size < *len)
		*len = size;
	return &registers;
}

static const struct cper_part common_parts[] = {
	{ .name = "reg_array", .kind = CPER_PART_BYTES, .optional = true, .inside = in_array },
};

static void common_seal(uint8_t *wire, const struct cper_layout *l, uint64_t given)
{
	if (given & (1u << 19) || !l->parts[0].len)
		return;
	le_store(wire + 28, 4, l->parts[0].len);
	if (!(given & 1))
		le_store(wire, 4, le32(wire) | 1u << 12);
}

const struct cper_section cper_section_hisi_common = {
	/* c8b328a8-9917-4af6-9a13-2e08ab2e7586 */
	.guid = { { 0xa8, 0x28, 0xb3, 0xc8, 0x17, 0x99, 0xf6, 0x4a, 0x9a, 0x13, 0x2e, 0x08, 0xab,
		    0x2e, 0x75, 0x86 } },
	.kind = "hisi_common",
	.title = "HiSilicon error",
	.spec = "non-standard-hisilicon.c of rasdaemon",
	.table = { common_fields, ARRAY_LEN(common_fields), 32, 0, common_values },
	.parts = common_parts,
	.nr_parts = ARRAY_LEN(common_parts),
	.layout = cper_tail_layout,
	.seal = common_seal,
};

static const struct cper_word type1_modules[] = {
	{ 0, "MN" },   { 1, "PLL" },   { 2, "SLLC" }, { 3, "AA" },   { 4, "SIOE" },
	{ 5, "POE" },  { 8, "DISP" },  { 9, "LPC" },  { 13, "GIC" }, { 14, "RDE" },
	{ 15, "SAS" }, { 16, "SATA" }, { 17, "USB" }, { 0, NULL },
};

static const struct cper_word type2_modules[] = {
	{ 0, "SMMU" }, { 1, "HHA" },   { 2, "PA" },	{ 3, "HLLC" },
	{ 4, "DDRC" }, { 5, "L3TAG" }, { 6, "L3DATA" }, { 0, NULL },
};

#define OEM_HEAD(modules)                                                                         \
	U(validation_bits, 0, 4, CPER_NO_BIT), U(version, 4, 1, CPER_NO_BIT), U(soc_id, 5, 1, 0), \
		U(socket_id, 6, 1, 1), U(nimbus_id, 7, 1, 2),                                     \
		U(module_id, 8, 1, 3, .words = (modules)), U(sub_module_id, 9, 1, 4),             \
		U(err_severity, 10, 1, 5, .words = severities), U(reserved, 11, 1, CPER_NO_BIT)

static const struct cper_field type1_fields[] = {
	OEM_HEAD(type1_modules),
	U(err_misc_0, 12, 4, 6, .show = CPER_SHOW_HEX),
	U(err_misc_1, 16, 4, 7, .show = CPER_SHOW_HEX),
	U(err_misc_2, 20, 4, 8, .show = CPER_SHOW_HEX),
	U(err_misc_3, 24, 4, 9, .show = CPER_SHOW_HEX),
	U(err_misc_4, 28, 4, 10, .show = CPER_SHOW_HEX),
	U(err_addr, 32, 8, 11, .unit = "address"),
};

const struct cper_section cper_section_hisi_type1 = {
	/* 1f8161e1-55d6-41e6-bd10-7afd1dc5f7c5 */
	.guid = { { 0xe1, 0x61, 0x81, 0x1f, 0xd6, 0x55, 0xe6, 0x41, 0xbd, 0x10, 0x7a, 0xfd, 0x1d,
		    0xc5, 0xf7, 0xc5 } },
	.kind = "hisi_type1",
	.title = "HiSilicon OEM type 1 error",
	.spec = "non-standard-hisi_hip08.c of rasdaemon",
	.table = { type1_fields, ARRAY_LEN(type1_fields), 40, 0, NULL },
};

static const struct cper_field type2_fields[] = {
	OEM_HEAD(type2_modules),
	U(err_fr, 12, 8, 6),
	U(err_ctrl, 20, 8, 7),
	U(err_status, 28, 8, 8),
	U(err_addr, 36, 8, 9, .unit = "address"),
	U(err_misc0, 44, 8, 10),
	U(err_misc1, 52, 8, 11),
};

const struct cper_section cper_section_hisi_type2 = {
	/* 45534ea6-ce23-4115-8535-e07ab3aef91d */
	.guid = { { 0xa6, 0x4e, 0x53, 0x45, 0x23, 0xce, 0x15, 0x41, 0x85, 0x35, 0xe0, 0x7a, 0xb3,
		    0xae, 0xf9, 0x1d } },
	.kind = "hisi_type2",
	.title = "HiSilicon OEM type 2 error",
	.spec = "non-standard-hisi_hip08.c of rasdaemon",
	.table = { type2_fields, ARRAY_LEN(type2_fields), 60, 0, NULL },
};

static const struct cper_word pcie_modules[] = {
	{ 0, "AP layer" }, { 1, "TL layer" },  { 2, "MAC layer" },
	{ 3, "DL layer" }, { 4, "SDI layer" }, { 0, NULL },
};

static const struct cper_field pcie_fields[] = {
	U(validation_bits, 0, 8, CPER_NO_BIT),
	U(version, 8, 1, 0),
	U(soc_id, 9, 1, 1),
	U(socket_id, 10, 1, 2),
	U(nimbus_id, 11, 1, 3),
	U(sub_module_id, 12, 1, 4, .words = pcie_modules),
	U(core_id, 13, 1, 5),
	U(port_id, 14, 1, 6),
	U(err_severity, 15, 1, 8, .words = severities),
	U(err_type, 16, 2, 7),
	U(reserved, 18, 2, CPER_NO_BIT),
};

static const struct cper_inside *in_misc(const uint8_t *section, const uint8_t *header,
					 uint32_t *len)
{
	(void)section;
	(void)header;
	(void)len;
	return &registers;
}

/* Bit 9 + n of validation_bits is for register n. */
static const struct cper_part pcie_parts[] = {
	{ .name = "err_misc", .kind = CPER_PART_BYTES, .optional = true, .inside = in_misc },
};

const struct cper_section cper_section_hisi_pcie = {
	/* b2889fc9-e7d7-4f9d-a867-af42e98be772 */
	.guid = { { 0xc9, 0x9f, 0x88, 0xb2, 0xd7, 0xe7, 0x9d, 0x4f, 0xa8, 0x67, 0xaf, 0x42, 0xe9,
		    0x8b, 0xe7, 0x72 } },
	.kind = "hisi_pcie",
	.title = "HiSilicon PCIe local error",
	.spec = "non-standard-hisi_hip08.c of rasdaemon",
	.table = { pcie_fields, ARRAY_LEN(pcie_fields), 20, 0, NULL },
	.parts = pcie_parts,
	.nr_parts = ARRAY_LEN(pcie_parts),
	.layout = cper_tail_layout,
};
