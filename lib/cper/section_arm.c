// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ARM processor error, UEFI 2.10 N.2.4.4. Only its lengths are checked as yet:
 * a wrong context count or size makes a Linux guest oops or print its memory.
 */
#include "cper/section.h"

#define FIXED 40u
#define INFO 32u
#define CONTEXT 8u
#define CONTEXT_TYPES 9u

static int check(const struct cper_entry *e, struct cper_err *err)
{
	const uint8_t *s = e->section;
	uint32_t infos = le16(s + 4), contexts = le16(s + 6), len = le32(s + 8);
	uint32_t base = e->section_offset;
	uint64_t pos = FIXED;

	if (len < FIXED || len > e->section_len)
		return cper_fail(err, CPER_ARM_SECTION_LENGTH, base + 8, e->index,
				 "section_length is not within the section");
	if (FIXED + (uint64_t)infos * INFO > len)
		return cper_fail(err, CPER_ARM_ERR_INFO, base + 4, e->index,
				 "more error information than fits");
	for (uint32_t i = 0; i < infos; i++, pos += INFO)
		if (s[pos + 1] != INFO)
			return cper_fail(err, CPER_ARM_ERR_INFO, base + pos + 1, e->index,
					 "error information is not 32 bytes long");
	if (pos + (uint64_t)contexts * CONTEXT > len)
		return cper_fail(err, CPER_ARM_CONTEXT, base + 6, e->index,
				 "more contexts than fit");
	for (uint32_t i = 0; i < contexts; i++) {
		uint32_t size;

		if (pos + CONTEXT > len)
			return cper_fail(err, CPER_ARM_CONTEXT, base + 6, e->index,
					 "more contexts than fit");
		if (le16(s + pos + 2) >= CONTEXT_TYPES)
			return cper_fail(err, CPER_ARM_CONTEXT, base + pos + 2, e->index,
					 "unknown register context type");
		size = le32(s + pos + 4);
		if (pos + CONTEXT + size > len)
			return cper_fail(err, CPER_ARM_CONTEXT, base + pos + 4, e->index,
					 "a register array overruns the section");
		pos += CONTEXT + (uint64_t)size;
	}
	return 0;
}

const struct cper_section cper_section_arm = {
	/* e19e3d16-bc11-11e4-9caa-c2051d5d46b0 */
	.guid = { { 0x16, 0x3d, 0x9e, 0xe1, 0x11, 0xbc, 0xe4, 0x11, 0x9c, 0xaa, 0xc2, 0x05, 0x1d,
		    0x5d, 0x46, 0xb0 } },
	.kind = "proc_arm",
	.title = "ARM processor error",
	.min_size = FIXED,
	.check = check,
};
