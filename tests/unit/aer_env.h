// SPDX-License-Identifier: LGPL-2.1-or-later
/* Records of errors of a root port, and the registers of one. */
#pragma once

#include "backend/aer_map.h"
#include "tests/unit/one_record.h"

#define AER_BDF 0x0008u /* 00:01.0 */

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

static inline struct one_record aer_record_of(uint32_t severity, const struct cper_pcie *p)
{
	struct cper_entry_info info = { .severity = severity };
	struct one_record r;
	struct cper_builder b = one_begin(&r);

	cper_put_pcie(&b, &info, p);
	one_end(&r, &b);
	return r;
}

static inline struct one_record aer_record(uint32_t severity, uint32_t uncorrectable,
					   uint32_t correctable)
{
	struct cper_pcie p = aer_section(uncorrectable, correctable);

	return aer_record_of(severity, &p);
}

/*
 * A pcie-root-port of QEMU 11.1.3 on q35, with Linux 6.12 and its AER driver, as `xp /96xw` shows
 * it before the first error.
 */
/* clang-format off */
static const uint32_t aer_real_port[AER_WORDS] = {
	0xc1b36, 0x100507, 0x6040000, 0x10000, /* 000 */
	0xfe600000, 0x0, 0x10100, 0x1010, /* 010 */
	0xfe50fe40, 0xfeb1fea1, 0x0, 0x0, /* 020 */
	0x0, 0x54, 0x0, 0x2010a, /* 030 */
	0xd, 0x1b36, 0x80004011, 0x0, /* 040 */
	0x800, 0x1424810, 0x8020, 0xf, /* 050 */
	0x300604, 0x2040000, 0xa007b, 0x7c0, /* 060 */
	0x0, 0x0, 0x300020, 0x0, /* 070 */
	0x1e, 0x4, 0x0, 0x0, /* 080 */
	0x0, 0x0, 0x0, 0x0, /* 090 */
	0x0, 0x0, 0x0, 0x0, /* 0a0 */
	0x0, 0x0, 0x0, 0x0, /* 0b0 */
	0x0, 0x0, 0x0, 0x0, /* 0c0 */
	0x0, 0x0, 0x0, 0x0, /* 0d0 */
	0x0, 0x0, 0x0, 0x0, /* 0e0 */
	0x0, 0x0, 0x0, 0x0, /* 0f0 */
	0x14820001, 0x0, 0x2400000, 0x462030, /* 100 */
	0x0, 0xe000, 0x2a0, 0x0, /* 110 */
	0x0, 0x0, 0x0, 0x7, /* 120 */
	0x0, 0x0, 0x0, 0x0, /* 130 */
	0x0, 0x0, 0x1000d, 0x5f, /* 140 */
	0x0, 0x0, 0x0, 0x0, /* 150 */
	0x0, 0x0, 0x0, 0x0, /* 160 */
	0x0, 0x0, 0x0, 0x0, /* 170 */
};
/* clang-format on */
