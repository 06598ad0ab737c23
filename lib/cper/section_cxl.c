// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * CXL protocol error, UEFI 2.10 N.2.13. Only its lengths are checked as yet:
 * Linux 6.12 hex-dumps dvsec_length bytes of its own memory without looking.
 */
#include "cper/section.h"

#define FIXED 116u

static int check(const struct cper_entry *e, struct cper_err *err)
{
	uint32_t dvsec = le16(e->section + 108), log = le16(e->section + 110);

	if (FIXED + dvsec > e->section_len)
		return cper_fail(err, CPER_CXL_DVSEC, e->section_offset + 108u, e->index,
				 "dvsec_length runs past the section");
	if (FIXED + dvsec + log > e->section_len)
		return cper_fail(err, CPER_CXL_ERROR_LOG, e->section_offset + 110u, e->index,
				 "error_log_length runs past the section");
	return 0;
}

const struct cper_section cper_section_cxl_protocol = {
	/* 80b9efb4-52b5-4de3-a777-68784b771048 */
	.guid = { { 0xb4, 0xef, 0xb9, 0x80, 0xb5, 0x52, 0xe3, 0x4d, 0xa7, 0x77, 0x68, 0x78, 0x4b,
		    0x77, 0x10, 0x48 } },
	.kind = "cxl_protocol",
	.title = "CXL protocol error",
	.min_size = FIXED,
	.check = check,
};
