// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sections of Ampere's processors: Altra and AmpereOne. Fields and words as in rasdaemon's decoders
 * (non-standard-ampere.h, non-standard-ampereone.h). The type says which payload follows.
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define U(n, off, w, ...) CPER_WIRE_UINT(n, off, w, CPER_NO_BIT, __VA_ARGS__)
#define S(n, off, w) CPER_SUB(n, off, w, .unit = NULL)

static const struct cper_word altra_types[] = {
	{ 0, "CPM" },
	{ 1, "MCU" },
	{ 2, "mesh" },
	{ 3, "2P link (Altra)" },
	{ 4, "2P link (Altra Max)" },
	{ 5, "GIC" },
	{ 6, "SMMU" },
	{ 7, "PCIe AER" },
	{ 8, "PCIe RASDP" },
	{ 9, "OCM" },
	{ 10, "SMpro" },
	{ 11, "PMpro" },
	{ 12, "ATF firmware" },
	{ 13, "SMpro firmware" },
	{ 14, "PMpro firmware" },
	{ 63, "BERT" },
	{ 0, NULL },
};

static const struct cper_bits altra_type_bits[] = {
	{ "source", 0, 6, CPER_NO_BIT, altra_types },
	{ "payload_type", 6, 2, CPER_NO_BIT, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits altra_instance_bits[] = {
	{ "instance", 0, 14, CPER_NO_BIT, NULL },
	{ "socket", 14, 2, CPER_NO_BIT, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_field altra_fields[] = {
	U(type, 0, 1, .bits = altra_type_bits),
	U(subtype, 1, 1),
	U(instance, 2, 2, .bits = altra_instance_bits),
};

static const struct cper_field altra_ras[] = {
	S(err_status, 0, 4), S(err_addr, 4, 8),	  S(err_misc0, 12, 8), S(err_misc1, 20, 8),
	S(err_misc2, 28, 8), S(err_misc3, 36, 8), { .name = NULL },
};

static const struct cper_field altra_aer[] = {
	S(uncorrectable_status, 0, 4), S(uncorrectable_mask, 4, 4), S(uncorrectable_severity, 8, 4),
	S(correctable_status, 12, 4),  S(correctable_mask, 16, 4),  S(root_command, 20, 4),
	S(root_status, 24, 4),	       S(source_id, 28, 4),	    { .name = NULL },
};

static const struct cper_field altra_rasdp[] = {
	S(corrected_report, 0, 4),
	S(corrected_location, 4, 4),
	S(corrected_address, 8, 4),
	S(uncorrected_report, 12, 4),
	S(uncorrected_location, 16, 4),
	S(uncorrected_address, 20, 4),
	{ .name = NULL },
};

static const struct cper_field altra_firmware[] = {
	S(data0, 0, 4),	 S(data1, 4, 8),  S(data2, 12, 8),  S(data3, 20, 8),
	S(data4, 28, 8), S(data5, 36, 8), { .name = NULL },
};

static const struct cper_inside altra_payloads[] = {
	{ altra_ras, 0 },
	{ altra_aer, 0 },
	{ altra_rasdp, 0 },
	{ altra_firmware, 0 },
};

static const struct cper_inside *in_altra(const uint8_t *section, const uint8_t *header,
					  uint32_t *len)
{
	(void)header;
	(void)len;
	return &altra_payloads[section[0] >> 6];
}

static const struct cper_part altra_parts[] = {
	{ .name = "payload", .kind = CPER_PART_BYTES, .inside = in_altra },
};

const struct cper_section cper_section_altra = {
	/* e8ed898d-df16-43cc-8ecc-54f060ef157f */
	.guid = { { 0x8d, 0x89, 0xed, 0xe8, 0x16, 0xdf, 0xcc, 0x43, 0x8e, 0xcc, 0x54, 0xf0, 0x60,
		    0xef, 0x15, 0x7f } },
	.kind = "ampere",
	.title = "Ampere Altra error",
	.spec = "non-standard-ampere.h of rasdaemon",
	.table = { altra_fields, ARRAY_LEN(altra_fields), 4, CPER_NO_FIELD, NULL },
	.parts = altra_parts,
	.nr_parts = ARRAY_LEN(altra_parts),
	.layout = cper_tail_layout,
};

static const struct cper_word one_types[] = {
	{ 0, "CPU" },
	{ 1, "MCU" },
	{ 2, "CMN" },
	{ 3, "2P link AER" },
	{ 4, "2P link ALI" },
	{ 5, "GIC" },
	{ 6, "SMMU" },
	{ 7, "PCIe AER" },
	{ 8, "PCIe HB" },
	{ 9, "PCIe RASDP" },
	{ 10, "OCM" },
	{ 11, "Mpro" },
	{ 12, "Secpro" },
	{ 13, "internal SoC" },
	{ 14, "Mpro firmware" },
	{ 15, "Secpro firmware" },
	{ 31, "BERT" },
	{ 0, NULL },
};

static const struct cper_bits one_type_bits[] = {
	{ "source", 0, 11, CPER_NO_BIT, one_types },
	{ "payload_type", 12, 4, CPER_NO_BIT, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits one_instance_bits[] = {
	{ "instance", 0, 15, CPER_NO_BIT, NULL },
	{ "socket", 29, 1, CPER_NO_BIT, NULL },
	{ "severity", 30, 2, CPER_NO_BIT, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_field one_fields[] = {
	U(type, 0, 2, .bits = one_type_bits),
	U(subtype, 2, 2),
	U(instance, 4, 4, .bits = one_instance_bits),
};

static const struct cper_field one_ras[] = {
	S(err_fr, 0, 8),     S(err_ctlr, 8, 8),	  S(err_status, 16, 8),
	S(err_addr, 24, 8),  S(err_misc0, 32, 8), S(err_misc1, 40, 8),
	S(err_misc2, 48, 8), S(err_misc3, 56, 8), { .name = NULL },
};

static const struct cper_field one_aer[] = {
	S(uncorrectable_status, 0, 4),
	S(correctable_status, 4, 4),
	S(ebuf_overflow, 8, 8),
	S(ebuf_underrun, 16, 8),
	S(decode_error, 24, 8),
	S(running_disparity_error, 32, 8),
	S(skp_os_parity_error_gen3, 40, 8),
	S(sync_header_error, 48, 8),
	S(rx_valid_deassertion, 56, 8),
	S(ctl_skp_os_parity_error_gen4, 64, 8),
	S(first_retimer_parity_error_gen4, 72, 8),
	S(second_retimer_parity_error_gen4, 80, 8),
	S(margin_crc_and_parity_error_gen4, 88, 8),
	{ .name = NULL },
};

static const struct cper_field one_ecc[] = {
	S(ecc_addr, 0, 8),    S(ecc_data, 8, 8),       S(ecc_id, 16, 4),
	S(ecc_synd, 20, 4),   S(ecc_mce_count, 24, 4), S(ecc_ctlr, 28, 4),
	S(ecc_status, 32, 4), S(ecc_count, 36, 4),     { .name = NULL },
};

static const struct cper_field one_chi[] = {
	S(address, 0, 8), S(srcid, 8, 4), S(txnid, 12, 4), S(type, 16, 4),   S(lpid, 20, 4),
	S(opcode, 24, 4), S(tag, 28, 4),  S(mpam, 32, 4),  { .name = NULL },
};

static const struct cper_field one_firmware[] = {
	S(driver, 0, 1),
	S(error_code, 1, 4),
	S(message_size, 5, 1),
	{ .name = NULL },
};

static const struct cper_inside one_payloads[] = {
	{ one_ras, 0 }, { one_aer, 0 }, { altra_rasdp, 0 },  { one_ecc, 0 },
	{ one_chi, 0 }, { NULL, 0 },	{ one_firmware, 0 },
};

static const struct cper_inside *in_one(const uint8_t *section, const uint8_t *header,
					uint32_t *len)
{
	size_t type = section[1] >> 4;

	(void)header;
	(void)len;
	return type < ARRAY_LEN(one_payloads) && one_payloads[type].fields ? &one_payloads[type] :
									     NULL;
}

static const struct cper_part one_parts[] = {
	{ .name = "payload", .kind = CPER_PART_BYTES, .inside = in_one },
};

const struct cper_section cper_section_ampereone = {
	/* 2826cc9f-448c-4c2b-86b6-a95394b7ef33 */
	.guid = { { 0x9f, 0xcc, 0x26, 0x28, 0x8c, 0x44, 0x2b, 0x4c, 0x86, 0xb6, 0xa9, 0x53, 0x94,
		    0xb7, 0xef, 0x33 } },
	.kind = "ampereone",
	.title = "AmpereOne error",
	.spec = "non-standard-ampereone.h of rasdaemon",
	.table = { one_fields, ARRAY_LEN(one_fields), 8, CPER_NO_FIELD, NULL },
	.parts = one_parts,
	.nr_parts = ARRAY_LEN(one_parts),
	.layout = cper_tail_layout,
};
