// SPDX-License-Identifier: LGPL-2.1-or-later
/* PCI Express error, UEFI 2.10 N.2.7, with the AER capability (PCIe 6.0 7.8.4) inside it. */
#include <stdio.h>

#include "base/cleanup.h"
#include "cper/section.h"

static const struct cper_word port_types[] = {
	{ 0, "PCIe endpoint" },
	{ 1, "legacy PCI endpoint" },
	{ 4, "root port" },
	{ 5, "upstream switch port" },
	{ 6, "downstream switch port" },
	{ 7, "PCIe to PCI/PCI-X bridge" },
	{ 8, "PCI/PCI-X to PCIe bridge" },
	{ 9, "root complex integrated endpoint" },
	{ 10, "root complex event collector" },
	{ 0, NULL },
};

static const struct cper_bits uncorrectable[] = {
	CPER_FLAG("data_link_protocol", 4),
	CPER_FLAG("surprise_down", 5),
	CPER_FLAG("poisoned_tlp", 12),
	CPER_FLAG("flow_control_protocol", 13),
	CPER_FLAG("completion_timeout", 14),
	CPER_FLAG("completer_abort", 15),
	CPER_FLAG("unexpected_completion", 16),
	CPER_FLAG("receiver_overflow", 17),
	CPER_FLAG("malformed_tlp", 18),
	CPER_FLAG("ecrc", 19),
	CPER_FLAG("unsupported_request", 20),
	CPER_FLAG("acs_violation", 21),
	CPER_FLAG("internal", 22),
	CPER_FLAG("mc_blocked_tlp", 23),
	CPER_FLAG("atomic_egress_blocked", 24),
	CPER_FLAG("tlp_prefix_blocked", 25),
	CPER_FLAG("poisoned_tlp_egress_blocked", 26),
	CPER_FLAG("dmwr_egress_blocked", 27),
	CPER_FLAG("ide_check_failed", 28),
	CPER_FLAG("misrouted_ide_tlp", 29),
	CPER_FLAG("pcrc_check_failed", 30),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits correctable[] = {
	CPER_FLAG("receiver_error", 0),
	CPER_FLAG("bad_tlp", 6),
	CPER_FLAG("bad_dllp", 7),
	CPER_FLAG("replay_num_rollover", 8),
	CPER_FLAG("replay_timer_timeout", 12),
	CPER_FLAG("advisory_nonfatal", 13),
	CPER_FLAG("corrected_internal", 14),
	CPER_FLAG("header_log_overflow", 15),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits control[] = {
	{ "first_error_pointer", 0, 5, CPER_NO_BIT, NULL },
	CPER_FLAG("ecrc_generation_capable", 5),
	CPER_FLAG("ecrc_generation_enabled", 6),
	CPER_FLAG("ecrc_check_capable", 7),
	CPER_FLAG("ecrc_check_enabled", 8),
	CPER_FLAG("multiple_header_recording_capable", 9),
	CPER_FLAG("multiple_header_recording_enabled", 10),
	CPER_FLAG("tlp_prefix_log_present", 11),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits root_status[] = {
	CPER_FLAG("correctable_received", 0),
	CPER_FLAG("multiple_correctable_received", 1),
	CPER_FLAG("uncorrectable_received", 2),
	CPER_FLAG("multiple_uncorrectable_received", 3),
	CPER_FLAG("first_uncorrectable_fatal", 4),
	CPER_FLAG("nonfatal_received", 5),
	CPER_FLAG("fatal_received", 6),
	{ NULL, 0, 0, 0, NULL },
};

#define TLP_PREFIX_LOG_PRESENT 0x800u /* of control */
#define EXPRESS_CAPABILITY 0x10u      /* its id; its byte 2 has the port type in bits 7:4 */

enum { ROOT_PORT = 4, EVENT_COLLECTOR = 10 };

/*
 * Root ports and event collectors alone have the registers from byte 44 on. Behind the capability
 * of another port lies the next one, whose header would be shown as an error.
 */
static bool has_root_registers(const uint8_t *s)
{
	uint64_t bits = le64(s);
	uint32_t type;

	if (bits & CPER_PCIE_VALID_PORT_TYPE)
		type = le32(s + 8);
	else if ((bits & CPER_PCIE_VALID_CAPABILITY) && s[52] == EXPRESS_CAPABILITY)
		type = s[54] >> 4;
	else
		return false;
	return type == ROOT_PORT || type == EVENT_COLLECTOR;
}

static bool has_prefix_log(const uint8_t *s)
{
	return le32(s + 112 + CPER_AER_CONTROL) & TLP_PREFIX_LOG_PRESENT;
}

#define ROOT(n, off, w, ...) CPER_SUB(n, off, w, .present = has_root_registers, __VA_ARGS__)

static const struct cper_field aer[] = {
	CPER_SUB(capability_header, 0, 4, .show = CPER_SHOW_HEX),
	CPER_SUB(uncorrectable_status, CPER_AER_UNCORRECTABLE_STATUS, 4, .bits = uncorrectable),
	CPER_SUB(uncorrectable_mask, CPER_AER_UNCORRECTABLE_MASK, 4, .bits = uncorrectable),
	CPER_SUB(uncorrectable_severity, CPER_AER_UNCORRECTABLE_SEVERITY, 4, .bits = uncorrectable),
	CPER_SUB(correctable_status, CPER_AER_CORRECTABLE_STATUS, 4, .bits = correctable),
	CPER_SUB(correctable_mask, CPER_AER_CORRECTABLE_MASK, 4, .bits = correctable),
	CPER_SUB(control, CPER_AER_CONTROL, 4, .bits = control),
	CPER_WIRE(header_log, CPER_AER_HEADER_LOG, 16, CPER_NO_BIT, CPER_FIELD_BYTES,
		  .show = CPER_SHOW_DWORDS),
	ROOT(root_command, 44, 4, .show = CPER_SHOW_HEX),
	ROOT(root_status, 48, 4, .bits = root_status),
	ROOT(correctable_source, 52, 2, .show = CPER_SHOW_HEX),
	ROOT(uncorrectable_source, 54, 2, .show = CPER_SHOW_HEX),
	CPER_WIRE(tlp_prefix_log, 56, 16, CPER_NO_BIT, CPER_FIELD_BYTES, .show = CPER_SHOW_DWORDS,
		  .present = has_prefix_log),
	{ .name = NULL },
};

enum { F_MINOR = 2, F_MAJOR = 3, F_FUNCTION = 11, F_DEVICE, F_SEGMENT, F_BUS };

static bool version(const uint8_t *s, uint64_t bits, char out[CPER_VALUE_SIZE])
{
	snprintf(out, CPER_VALUE_SIZE, "%x.%x", s[13], s[12]);
	return bits & CPER_PCIE_VALID_VERSION;
}

static bool bdf(const uint8_t *s, uint64_t bits, char out[CPER_VALUE_SIZE])
{
	cper_bdf(out, le16(s + 33), s[35], s[32], s[31]);
	return bits & CPER_PCIE_VALID_DEVICE_ID;
}

static const struct cper_value values[] = {
	{ "version", 1u << F_MINOR | 1u << F_MAJOR, NULL, version },
	{ "bdf", 1u << F_FUNCTION | 1u << F_DEVICE | 1u << F_SEGMENT | 1u << F_BUS, NULL, bdf },
	{ NULL, 0, NULL, NULL },
};

#define F(n, off, w, bit, ...) CPER_UINT(cper_pcie, n, off, w, bit, __VA_ARGS__)

static const struct cper_field fields[] = {
	F(validation_bits, 0, 8, CPER_NO_BIT),
	F(port_type, 8, 4, 0, .words = port_types),
	[F_MINOR] = F(version_minor, 12, 1, 1, .unit = "BCD"),
	[F_MAJOR] = F(version_major, 13, 1, 1, .unit = "BCD"),
	CPER_RESERVED(reserved0, 14, 2, CPER_FIELD_UINT),
	F(command, 16, 2, 2, .show = CPER_SHOW_HEX),
	F(status, 18, 2, 2, .show = CPER_SHOW_HEX),
	CPER_RESERVED(reserved1, 20, 4, CPER_FIELD_UINT),
	F(vendor_id, 24, 2, 3, .show = CPER_SHOW_HEX),
	F(device_id, 26, 2, 3, .show = CPER_SHOW_HEX),
	F(class_code, 28, 3, 3, .show = CPER_SHOW_DIGITS),
	[F_FUNCTION] = F(function, 31, 1, 3),
	[F_DEVICE] = F(device, 32, 1, 3),
	[F_SEGMENT] = F(segment, 33, 2, 3),
	[F_BUS] = F(bus, 35, 1, 3),
	F(secondary_bus, 36, 1, 3),
	F(slot, 37, 2, 3, .bits = cper_slot_bits),
	CPER_RESERVED(reserved2, 39, 1, CPER_FIELD_UINT),
	F(serial_number, 40, 8, 4),
	F(bridge_secondary_status, 48, 2, 5, .show = CPER_SHOW_HEX),
	F(bridge_control, 50, 2, 5, .show = CPER_SHOW_HEX),
	CPER_BYTES(cper_pcie, capability, 52, 60, 6),
	CPER_BYTES(cper_pcie, aer_info, 112, 96, 7, .sub = aer),
};

const struct cper_section cper_section_pcie = {
	/* d995e954-bbc1-430f-ad91-b44dcb3c6f35 */
	.guid = { { 0x54, 0xe9, 0x95, 0xd9, 0xc1, 0xbb, 0x0f, 0x43, 0xad, 0x91, 0xb4, 0x4d, 0xcb,
		    0x3c, 0x6f, 0x35 } },
	.kind = "pcie",
	.title = "PCI Express error",
	.spec = "UEFI 2.10 N.2.7",
	.min_size = 208,
	.table = { fields, ARRAY_LEN(fields), 208, 0, values },
};

int cper_put_pcie(struct cper_builder *b, const struct cper_entry_info *info,
		  const struct cper_pcie *p)
{
	return cper_put_fixed(b, info, &cper_section_pcie, p);
}

int cper_decode_pcie(const struct cper_entry *e, struct cper_pcie *out, struct cper_err *err)
{
	return cper_decode_fixed(&cper_section_pcie, e, out, NULL, err);
}
