// SPDX-License-Identifier: LGPL-2.1-or-later
/* PCI or PCI-X bus error, UEFI 2.10 N.2.8. */
#include "base/cleanup.h"
#include "cper/section.h"

static const struct cper_word types[] = {
	{ 0, "unknown" },
	{ 1, "data parity error" },
	{ 2, "system error" },
	{ 3, "master abort" },
	{ 4, "bus timeout" },
	{ 5, "master data parity error" },
	{ 6, "address parity error" },
	{ 7, "command parity error" },
	{ 0, NULL },
};

static const struct cper_bits command_bits[] = {
	CPER_FLAG("pci_x", 56),
	{ NULL, 0, 0, 0, NULL },
};

#define F(n, off, w, bit, ...) CPER_UINT(cper_pci_bus, n, off, w, bit, __VA_ARGS__)

static const struct cper_field fields[] = {
	F(validation_bits, 0, 8, CPER_NO_BIT),
	F(error_status, 8, 8, 0, .bits = cper_error_status_bits),
	F(error_type, 16, 2, 1, .words = types),
	F(bus_number, 18, 1, 2),
	F(segment_number, 19, 1, 2),
	CPER_RESERVED(reserved, 20, 4, CPER_FIELD_UINT),
	F(bus_address, 24, 8, 3, .unit = "address"),
	F(bus_data, 32, 8, 4),
	F(bus_command, 40, 8, 5, .bits = command_bits),
	F(bus_requestor_id, 48, 8, 6),
	F(bus_completer_id, 56, 8, 7),
	F(target_id, 64, 8, 8),
};

const struct cper_section cper_section_pci_bus = {
	/* c5753963-3b84-4095-bf78-eddad3f9c9dd */
	.guid = { { 0x63, 0x39, 0x75, 0xc5, 0x84, 0x3b, 0x95, 0x40, 0xbf, 0x78, 0xed, 0xda, 0xd3,
		    0xf9, 0xc9, 0xdd } },
	.kind = "pcibus",
	.title = "PCI bus error",
	.spec = "UEFI 2.10 N.2.8",
	.min_size = 72,
	.table = { fields, ARRAY_LEN(fields), 72, 0, NULL },
};

int cper_put_pci_bus(struct cper_builder *b, const struct cper_entry_info *info,
		     const struct cper_pci_bus *p)
{
	return cper_put_fixed(b, info, &cper_section_pci_bus, p);
}

int cper_decode_pci_bus(const struct cper_entry *e, struct cper_pci_bus *out, struct cper_err *err)
{
	return cper_decode_fixed(&cper_section_pci_bus, e, out, NULL, err);
}
