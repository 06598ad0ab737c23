// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * CXL protocol error, UEFI 2.10 N.2.13: 116 fixed bytes, a DVSEC, an error log. Linux 6.12 prints
 * dvsec_length bytes without comparing it with the section's length.
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define FIXED 116u

enum { P_DVSEC, P_LOG };
enum { HOST_PORT = 1 }; /* agent type: a restricted host's port */
enum { F_ADDRESS = 3, F_DVSEC_LENGTH = 13, F_LOG_LENGTH = 14 };

static const struct cper_word agents[] = {
	{ 0, "restricted CXL device" },
	{ 1, "restricted CXL host downstream port" },
	{ 2, "CXL device" },
	{ 3, "CXL logical device" },
	{ 4, "CXL fabric manager managed logical device" },
	{ 5, "CXL root port" },
	{ 6, "CXL downstream switch port" },
	{ 7, "CXL upstream switch port" },
	{ 0, NULL },
};

static const struct cper_bits device_bits[] = {
	{ "function", 0, 8, CPER_NO_BIT, NULL },
	{ "device", 8, 8, CPER_NO_BIT, NULL },
	{ "bus", 16, 8, CPER_NO_BIT, NULL },
	{ "segment", 24, 16, CPER_NO_BIT, NULL },
	{ NULL, 0, 0, 0, NULL },
};

/* A restricted host's downstream port is named by its RCRB address. */
static const struct cper_bits *address_bits(const uint8_t *section)
{
	return section[8] == HOST_PORT ? NULL : device_bits;
}

/* The bits beside it are in the order of lspci only as one text. */
static bool bdf(const uint8_t *s, uint64_t bits, char out[CPER_VALUE_SIZE])
{
	cper_bdf(out, le16(s + 19), s[18], s[17], s[16]);
	return s[8] != HOST_PORT && (bits & CPER_CXL_VALID_AGENT_ADDRESS);
}

static const struct cper_value values[] = {
	{ "bdf", 1u << F_ADDRESS, NULL, bdf },
	{ NULL, 0, NULL, NULL },
};

/* The error log holds the CXL RAS capability (CXL 3.0 8.2.4.16). */
static const struct cper_bits uncorrectable[] = {
	CPER_FLAG("cache_data_parity", 0),
	CPER_FLAG("cache_address_parity", 1),
	CPER_FLAG("cache_byte_enable_parity", 2),
	CPER_FLAG("cache_data_ecc", 3),
	CPER_FLAG("memory_data_parity", 4),
	CPER_FLAG("memory_address_parity", 5),
	CPER_FLAG("memory_byte_enable_parity", 6),
	CPER_FLAG("memory_data_ecc", 7),
	CPER_FLAG("reinit_threshold", 8),
	CPER_FLAG("reserved_encoding", 9),
	CPER_FLAG("poison_received", 10),
	CPER_FLAG("receiver_overflow", 11),
	CPER_FLAG("internal", 14),
	CPER_FLAG("ide_transmit", 15),
	CPER_FLAG("ide_receive", 16),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits correctable[] = {
	CPER_FLAG("cache_data_ecc", 0),	       CPER_FLAG("memory_data_ecc", 1),
	CPER_FLAG("crc_threshold", 2),	       CPER_FLAG("retry_threshold", 3),
	CPER_FLAG("cache_poison_received", 4), CPER_FLAG("memory_poison_received", 5),
	CPER_FLAG("physical_layer", 6),	       { NULL, 0, 0, 0, NULL },
};

static const struct cper_field ras[] = {
	CPER_SUB(uncorrectable_status, 0, 4, .bits = uncorrectable),
	CPER_SUB(uncorrectable_mask, 4, 4, .bits = uncorrectable),
	CPER_SUB(uncorrectable_severity, 8, 4, .bits = uncorrectable),
	CPER_SUB(correctable_status, 12, 4, .bits = correctable),
	CPER_SUB(correctable_mask, 16, 4, .bits = correctable),
	CPER_SUB(capability_control, 20, 4, .unit = NULL),
	{ .name = NULL },
};

#define F(n, off, w, bit, ...) CPER_UINT(cper_cxl_protocol, n, off, w, bit, __VA_ARGS__)

static const struct cper_field fields[] = {
	F(validation_bits, 0, 8, CPER_NO_BIT),
	F(agent_type, 8, 1, 0, .words = agents),
	CPER_RESERVED(reserved0, 9, 7, CPER_FIELD_BYTES),
	[F_ADDRESS] = F(agent_address, 16, 8, 1, .choose = address_bits),
	F(vendor_id, 24, 2, 2, .show = CPER_SHOW_HEX),
	F(device_id, 26, 2, 2, .show = CPER_SHOW_HEX),
	F(subsystem_vendor_id, 28, 2, 2, .show = CPER_SHOW_HEX),
	F(subsystem_id, 30, 2, 2, .show = CPER_SHOW_HEX),
	F(class_code, 32, 2, 2, .show = CPER_SHOW_DIGITS),
	F(slot, 34, 2, 2, .bits = cper_slot_bits),
	CPER_RESERVED(reserved1, 36, 4, CPER_FIELD_UINT),
	F(serial_number, 40, 8, 3),
	CPER_BYTES(cper_cxl_protocol, capability, 48, 60, 4),
	[F_DVSEC_LENGTH] = CPER_COUNT(dvsec_length, 108, 2, 5),
	[F_LOG_LENGTH] = CPER_COUNT(error_log_length, 110, 2, 6),
	CPER_RESERVED(reserved2, 112, 4, CPER_FIELD_UINT),
};

static const struct cper_part parts[] = {
	[P_DVSEC] = { .name = "dvsec", .kind = CPER_PART_BYTES },
	[P_LOG] = { .name = "error_log", .kind = CPER_PART_BYTES, .sub = ras },
};

static int layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err)
{
	uint32_t dvsec = le16(e->section + 108), log = le16(e->section + 110);

	if (FIXED + dvsec > e->section_len)
		return cper_fail(err, CPER_CXL_DVSEC, e->section_offset + 108u, e->index,
				 "dvsec_length runs past the section");
	if (FIXED + dvsec + log > e->section_len)
		return cper_fail(err, CPER_CXL_ERROR_LOG, e->section_offset + 110u, e->index,
				 "error_log_length runs past the section");
	l->parts[P_DVSEC] = (struct cper_extent){ FIXED, dvsec, 0 };
	l->parts[P_LOG] = (struct cper_extent){ FIXED + dvsec, log, 0 };
	l->end = FIXED + dvsec + log;
	return 0;
}

static void seal(uint8_t *wire, const struct cper_layout *l, uint64_t given)
{
	if (!(given & 1u << F_DVSEC_LENGTH))
		le_store(wire + 108, 2, l->parts[P_DVSEC].len);
	if (!(given & 1u << F_LOG_LENGTH))
		le_store(wire + 110, 2, l->parts[P_LOG].len);
	if (given & 1)
		return;
	if (l->parts[P_DVSEC].len)
		wire[0] |= CPER_CXL_VALID_DVSEC;
	if (l->parts[P_LOG].len)
		wire[0] |= CPER_CXL_VALID_ERROR_LOG;
}

const struct cper_section cper_section_cxl_protocol = {
	/* 80b9efb4-52b5-4de3-a777-68784b771048 */
	.guid = { { 0xb4, 0xef, 0xb9, 0x80, 0xb5, 0x52, 0xe3, 0x4d, 0xa7, 0x77, 0x68, 0x78, 0x4b,
		    0x77, 0x10, 0x48 } },
	.kind = "cxl_prot",
	.title = "CXL protocol error",
	.spec = "UEFI 2.10 N.2.13",
	.min_size = FIXED,
	.table = { fields, ARRAY_LEN(fields), FIXED, 0, values },
	.parts = parts,
	.nr_parts = ARRAY_LEN(parts),
	.layout = layout,
	.seal = seal,
};

int cper_put_cxl_protocol(struct cper_builder *b, const struct cper_entry_info *info,
			  const struct cper_cxl_protocol *c)
{
	struct cper_layout l = { 0 };
	uint8_t *wire;

	if (c->dvsec.len > UINT16_MAX || c->error_log.len > UINT16_MAX)
		return cper_fail(&b->err, CPER_CXL_DVSEC, b->need, (uint16_t)b->entries,
				 "DVSEC and error log hold at most 65535 bytes");
	wire = cper_build_reserve(b, info, &cper_section_cxl_protocol.guid,
				  FIXED + c->dvsec.len + c->error_log.len);
	if (!wire)
		return -1;
	cper_table_encode(&cper_section_cxl_protocol.table, c, wire);
	if (c->dvsec.len)
		memcpy(wire + FIXED, c->dvsec.data, c->dvsec.len);
	if (c->error_log.len)
		memcpy(wire + FIXED + c->dvsec.len, c->error_log.data, c->error_log.len);
	l.parts[P_DVSEC].len = (uint32_t)c->dvsec.len;
	l.parts[P_LOG].len = (uint32_t)c->error_log.len;
	seal(wire, &l, 0);
	return 0;
}

int cper_decode_cxl_protocol(const struct cper_entry *e, struct cper_cxl_protocol *out,
			     struct cper_err *err)
{
	struct cper_layout l;

	if (cper_decode_fixed(&cper_section_cxl_protocol, e, out, &l, err) < 0)
		return -1;
	out->dvsec = cper_extent_bytes(e, &l.parts[P_DVSEC]);
	out->error_log = cper_extent_bytes(e, &l.parts[P_LOG]);
	return 0;
}
