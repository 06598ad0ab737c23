// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: QEMU passes on any bytes. Linux checks only the framing, in 32 bits, and its section
 * handlers trust what is inside. So some blocks harm a guest by accident (measured on Linux 6.12
 * under QEMU 11.1, or read in its source).
 *
 * Rule: walk the block as Linux does, not as the specification defines it, and refuse what it would
 * trip over. Otherwise a check by the specification would accept a length that wraps in Linux.
 */
#include "cper/section.h"

#define CXL_RAS_CAPABILITY 88u
#define AER_INFO 112u	  /* their place in a PCIe section */
#define AER_REGISTERS 56u /* struct aer_capability_regs of Linux */

/* ARM: log_arm_hw_error() and the printer follow every count and size. */
static int arm(const struct cper_entry *e, struct cper_err *err)
{
	const uint8_t *s = e->section;
	uint64_t pos = 40, limit = e->section_len, base = e->section_offset;
	uint32_t infos, contexts;

	if (limit < 40)
		return cper_fail(err, CPER_SECTION_TOO_SHORT, base, e->index,
				 "Linux reads an ARM section of 40 bytes past the one given");
	infos = le16(s + 4);
	contexts = le16(s + 6);
	if (le32(s + 8) > limit)
		return cper_fail(err, CPER_ARM_SECTION_LENGTH, base + 8, e->index,
				 "Linux prints section_length bytes of its memory");
	for (uint32_t i = 0; i < infos; i++) {
		if (pos + 32 > limit)
			return cper_fail(err, CPER_ARM_ERR_INFO, base + 4, e->index,
					 "Linux follows err_info_num past the section");
		pos += s[pos + 1] > 32 ? s[pos + 1] : 32;
	}
	pos = 40 + (uint64_t)infos * 32;
	for (uint32_t i = 0; i < contexts; i++) {
		if (pos + 8 > limit)
			return cper_fail(
				err, CPER_ARM_CONTEXT, base + 6, e->index,
				"Linux follows context_info_num past the section, and oopses");
		if (pos + 8 + le32(s + pos + 4) > limit)
			return cper_fail(err, CPER_ARM_CONTEXT, base + pos + 4, e->index,
					 "Linux prints its memory without end");
		pos += 8 + (uint64_t)le32(s + pos + 4);
	}
	return 0;
}

static int cxl_protocol(const struct cper_entry *e, struct cper_err *err)
{
	uint64_t dvsec, log, base = e->section_offset;

	if (e->section_len < 116)
		return 0; /* this bit makes Linux read the field */
	dvsec = le16(e->section + 108);
	log = le16(e->section + 110);
	if (116 + dvsec > e->section_len)
		return cper_fail(err, CPER_CXL_DVSEC, base + 108, e->index,
				 "Linux prints dvsec_length bytes of its memory");
	if (116 + dvsec + log > e->section_len)
		return cper_fail(err, CPER_CXL_ERROR_LOG, base + 110, e->index,
				 "Linux reads the error log past the section");
	/* Seen on 6.12: whatever error_log_length says, Linux prints a whole RAS capability. */
	if ((e->section[0] & CPER_CXL_VALID_ERROR_LOG) &&
	    116 + dvsec + CXL_RAS_CAPABILITY > e->section_len)
		return cper_fail(err, CPER_CXL_ERROR_LOG, base + 110, e->index,
				 "Linux prints 88 bytes of error log, past the section");
	return 0;
}

/*
 * Linux prints what follows a fixed part whose size depends on the revision. Without a check,
 * length - 32 wraps.
 */
static int firmware(const struct cper_entry *e, struct cper_err *err)
{
	if (e->section_len < 16 || e->section[1] < 2 || e->section_len >= 32)
		return 0;
	return cper_fail(err, CPER_SECTION_TOO_SHORT, e->section_offset, e->index,
			 "Linux reads a revision 2 reference of 32 bytes past the one given");
}

/* Linux copies the registers of the AER capability and prints them, however short the section. */
static int pcie(const struct cper_entry *e, struct cper_err *err)
{
	const uint64_t both = CPER_PCIE_VALID_DEVICE_ID | CPER_PCIE_VALID_AER_INFO;

	if (e->section_len < 40)
		return cper_fail(err, CPER_SECTION_TOO_SHORT, e->section_offset, e->index,
				 "Linux resets a device that is named behind the section");
	if ((le64(e->section) & both) == both && e->section_len < AER_INFO + AER_REGISTERS)
		return cper_fail(err, CPER_SECTION_TOO_SHORT, e->section_offset, e->index,
				 "Linux prints AER registers from behind the section");
	return 0;
}

/* What Linux does with one section before, or without, looking at its length. */
static int section(const struct cper_entry *e, struct cper_err *err)
{
	const struct cper_section *s = cper_section_find(&e->section_type);
	struct cper_layout l;

	if (s == &cper_section_arm)
		return arm(e, err);
	if (s == &cper_section_cxl_protocol)
		return cxl_protocol(e, err);
	if (s == &cper_section_firmware)
		return firmware(e, err);
	if (s == &cper_section_x86 && e->section_len >= s->min_size)
		return cper_section_layout(s, e, &l, err); /* printed on x86 without any check */
	if (s == &cper_section_memory && e->section_len < 24)
		return cper_fail(err, CPER_SECTION_TOO_SHORT, e->section_offset, e->index,
				 "Linux offlines the page at an address behind the section");
	if (s == &cper_section_pcie)
		return pcie(e, err);
	return 0;
}

static int header(const uint8_t *buf, size_t len, struct cper_err *err)
{
	uint64_t end, raw_end;

	if (len < CPER_BLOCK_SIZE)
		return cper_fail(err, CPER_TRUNCATED_BLOCK, len, 0,
				 "the guest would see the rest of an older record");
	if (!le32(buf))
		return cper_fail(
			err, CPER_BLOCK_STATUS_ZERO, 0, 0,
			"block_status 0 is never acknowledged: the source is dead until reboot");
	if (cper_block_severity(buf) > CPER_SEV_INFO)
		return cper_fail(err, CPER_SEVERITY, 16, 0, "an unknown severity panics Linux");
	/*
	 * The sums as Linux makes them. Linux does not read on in a block that it refuses for its
	 * length.
	 */
	end = (uint32_t)(CPER_BLOCK_SIZE + le32(buf + 12));
	raw_end = (uint32_t)(le32(buf + 4) + le32(buf + 8));
	if (le32(buf + 8) && raw_end > end)
		end = raw_end;
	if (end > len)
		return cper_fail(err, CPER_TRUNCATED_DATA, len, 0,
				 "the guest would see the rest of an older record");
	return 0;
}

int cper_hazard(const void *data, size_t len, struct cper_err *err)
{
	const uint8_t *buf = data;
	struct cper_entry e = { 0 };
	uint64_t pos = CPER_BLOCK_SIZE, end;

	if (header(buf, len, err) < 0)
		return -1;
	end = (uint64_t)CPER_BLOCK_SIZE + le32(buf + 12);
	if (end > len)
		return 0; /* wraps: Linux refuses it */
	while (end - pos >= CPER_ENTRY_SIZE_V2) {
		e.header_size = buf[pos + 21] >= 3 ? CPER_ENTRY_SIZE : CPER_ENTRY_SIZE_V2;
		e.section_len = le32(buf + pos + 24);
		if ((uint64_t)e.header_size + e.section_len > UINT32_MAX)
			return cper_fail(err, CPER_ENTRY_LENGTH, pos + 24, e.index,
					 "wraps 32 bits: Linux loops for ever with interrupts off");
		if (e.header_size + e.section_len > end - pos)
			return 0; /* Linux refuses the whole block */
		memcpy(e.section_type.b, buf + pos, sizeof(e.section_type.b));
		e.section = buf + pos + e.header_size;
		e.section_offset = (uint32_t)pos + e.header_size;
		if (section(&e, err) < 0)
			return -1;
		pos += e.header_size + e.section_len;
		e.index = e.index < UINT16_MAX ? (uint16_t)(e.index + 1) : UINT16_MAX;
	}
	return 0;
}
