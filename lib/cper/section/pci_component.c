// SPDX-License-Identifier: LGPL-2.1-or-later
/* PCI component error, UEFI 2.10 N.2.9. If bit 4 is set, register pairs of 16 bytes follow. */
#include "base/cleanup.h"
#include "cper/section.h"

#define FIXED 40u
#define PAIR 16u
#define VALID_ID 0x2u
#define VALID_MEMORY 0x4u
#define VALID_PAIRS 0x10u

enum { FUNCTION = 5, DEVICE, BUS, SEGMENT, MEMORY_NUMBER = 10, IO_NUMBER };

static bool bdf(const uint8_t *s, uint64_t bits, char out[CPER_VALUE_SIZE])
{
	cper_bdf(out, s[26], s[25], s[24], s[23]);
	return bits & VALID_ID;
}

static const struct cper_value values[] = {
	{ "bdf", 1u << FUNCTION | 1u << DEVICE | 1u << BUS | 1u << SEGMENT, NULL, bdf },
	{ NULL, 0, NULL, NULL },
};

#define F(n, off, w, bit, ...) CPER_UINT(cper_pci_component, n, off, w, bit, __VA_ARGS__)

static const struct cper_field fields[] = {
	F(validation_bits, 0, 8, CPER_NO_BIT),
	F(error_status, 8, 8, 0, .bits = cper_error_status_bits),
	F(vendor_id, 16, 2, 1, .show = CPER_SHOW_HEX),
	F(device_id, 18, 2, 1, .show = CPER_SHOW_HEX),
	F(class_code, 20, 3, 1, .show = CPER_SHOW_DIGITS),
	[FUNCTION] = F(function, 23, 1, 1),
	[DEVICE] = F(device, 24, 1, 1),
	[BUS] = F(bus, 25, 1, 1),
	[SEGMENT] = F(segment, 26, 1, 1),
	CPER_RESERVED(reserved, 27, 5, CPER_FIELD_UINT),
	[MEMORY_NUMBER] = F(memory_number, 32, 4, 2, .unit = "pairs"),
	[IO_NUMBER] = F(io_number, 36, 4, 3, .unit = "pairs"),
};

static const struct cper_part parts[] = {
	{ .name = "register_pairs", .kind = CPER_PART_BYTES },
};

static int layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err)
{
	uint64_t pairs = (uint64_t)le32(e->section + 32) + le32(e->section + 36);

	l->parts[0].offset = FIXED;
	if (!(le64(e->section) & VALID_PAIRS))
		return 0;
	if (FIXED + pairs * PAIR > e->section_len)
		return cper_fail(err, CPER_PCIDEV_PAIRS, e->section_offset + 32u, e->index,
				 "more register pairs than fit");
	l->parts[0].len = (uint32_t)pairs * PAIR;
	l->parts[0].count = (uint32_t)pairs;
	l->end = FIXED + l->parts[0].len;
	return 0;
}

static void seal(uint8_t *wire, const struct cper_layout *l, uint64_t given)
{
	uint64_t bits = le64(wire);

	if (!l->parts[0].len)
		return;
	bits |= VALID_PAIRS;
	if (!(given & (1u << MEMORY_NUMBER | 1u << IO_NUMBER)) && !le64(wire + 32)) {
		le_store(wire + 32, 4, l->parts[0].len / PAIR);
		bits |= VALID_MEMORY;
	}
	if (!(given & 1))
		le_store(wire, 8, bits);
}

const struct cper_section cper_section_pci_component = {
	/* eb5e4685-ca66-4769-b6a2-26068b001326 */
	.guid = { { 0x85, 0x46, 0x5e, 0xeb, 0x66, 0xca, 0x69, 0x47, 0xb6, 0xa2, 0x26, 0x06, 0x8b,
		    0x00, 0x13, 0x26 } },
	.kind = "pcidev",
	.title = "PCI component error",
	.spec = "UEFI 2.10 N.2.9",
	.min_size = FIXED,
	.table = { fields, ARRAY_LEN(fields), FIXED, 0, values },
	.parts = parts,
	.nr_parts = ARRAY_LEN(parts),
	.layout = layout,
	.seal = seal,
};

int cper_put_pci_component(struct cper_builder *b, const struct cper_entry_info *info,
			   const struct cper_pci_component *p)
{
	struct cper_layout l = { .parts[0] = { FIXED, (uint32_t)p->register_pairs.len, 0 } };
	uint8_t *wire;

	if (p->register_pairs.len % PAIR)
		return cper_fail(&b->err, CPER_PCIDEV_PAIRS, b->need, (uint16_t)b->entries,
				 "register pairs are 16 bytes each");
	wire = cper_build_reserve(b, info, &cper_section_pci_component.guid,
				  FIXED + (uint64_t)p->register_pairs.len);
	if (!wire)
		return -1;
	cper_table_encode(&cper_section_pci_component.table, p, wire);
	if (l.parts[0].len)
		memcpy(wire + FIXED, p->register_pairs.data, l.parts[0].len);
	seal(wire, &l, 0);
	if (((uint64_t)le32(wire + 32) + le32(wire + 36)) * PAIR != l.parts[0].len &&
	    l.parts[0].len)
		return cper_fail(&b->err, CPER_PCIDEV_PAIRS, b->need, (uint16_t)b->entries,
				 "memory_number and io_number differ from the pairs given");
	return 0;
}

int cper_decode_pci_component(const struct cper_entry *e, struct cper_pci_component *out,
			      struct cper_err *err)
{
	struct cper_layout l;

	if (cper_decode_fixed(&cper_section_pci_component, e, out, &l, err) < 0)
		return -1;
	out->register_pairs = cper_extent_bytes(e, &l.parts[0]);
	return 0;
}
