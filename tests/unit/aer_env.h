// SPDX-License-Identifier: LGPL-2.1-or-later
/* Records of errors of a root port, and the registers of one. */
#pragma once

#include "backend/aer_map.h"
#include "tests/unit/cper_make.h"

#define AER_BDF 0x0008u /* 00:01.0 */

struct aer_record {
	uint8_t bytes[512];
	size_t len;
};

static inline struct cper_pcie aer_section(uint32_t uncorrectable, uint32_t correctable)
{
	struct cper_pcie p = { .validation_bits = CPER_PCIE_VALID_PORT_TYPE |
						  CPER_PCIE_VALID_DEVICE_ID |
						  CPER_PCIE_VALID_AER_INFO,
			       .port_type = 4,
			       .device = 1 };

	for (int i = 0; i < 4; i++) {
		p.aer_info[CPER_AER_UNCORRECTABLE_STATUS + i] = (uint8_t)(uncorrectable >> 8 * i);
		p.aer_info[CPER_AER_CORRECTABLE_STATUS + i] = (uint8_t)(correctable >> 8 * i);
	}
	return p;
}

static inline struct aer_record aer_record_of(uint32_t severity, const struct cper_pcie *p)
{
	struct cper_entry_info info = { .severity = severity };
	struct cper_builder b;
	struct aer_record r;

	cper_build_begin(&b, r.bytes, sizeof(r.bytes));
	cper_put_pcie(&b, &info, p);
	assert_int_equal(cper_build_end(&b, &r.len, NULL), 0);
	return r;
}

static inline struct aer_record aer_record(uint32_t severity, uint32_t uncorrectable,
					   uint32_t correctable)
{
	struct cper_pcie p = aer_section(uncorrectable, correctable);

	return aer_record_of(severity, &p);
}

/*
 * A pcie-root-port of QEMU 11.1.3 on q35, with Linux 6.12 and its AER driver, as `xp /96xw` shows
 * it before the first error.
 */
static const uint32_t aer_real_port[AER_WORDS] = {
	0x000c1b36, 0x00100507, 0x06040000, 0x00010000, /* 000 */
	0xfe600000, 0x00000000, 0x00010100, 0x00001010,
	0xfe50fe40, 0xfeb1fea1, 0x00000000, 0x00000000,
	0x00000000, 0x00000054, 0x00000000, 0x0002010a,
	0x0000000d, 0x00001b36, 0x80004011, 0x00000000, /* 040 */
	0x00000800, 0x01424810, 0x00008020, 0x0000000f,
	0x00300604, 0x02040000, 0x000a007b, 0x000007c0,
	0x00000000, 0x00000000, 0x00300020, 0x00000000,
	0x0000001e, 0x00000004, 0x00000000, 0x00000000, /* 080 */
	[0x100 / 4] = 0x14820001, 0x00000000, 0x02400000, 0x00462030,
	0x00000000, 0x0000e000, 0x000002a0, 0x00000000,
	[0x12c / 4] = 0x00000007, 0x00000000, 0x00000000,
	[0x148 / 4] = 0x0001000d, 0x0000005f,
};
