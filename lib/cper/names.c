// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "base/cleanup.h"
#include "cper/section.h"

static const char *const codes[CPER_CODE_MAX] = {
	[CPER_OK] = "OK",
	[CPER_TRUNCATED_BLOCK] = "TRUNCATED_BLOCK",
	[CPER_TRUNCATED_DATA] = "TRUNCATED_DATA",
	[CPER_DATA_LENGTH] = "DATA_LENGTH",
	[CPER_ENTRY_HEADER] = "ENTRY_HEADER",
	[CPER_ENTRY_LENGTH] = "ENTRY_LENGTH",
	[CPER_TRAILING_BYTES] = "TRAILING_BYTES",
	[CPER_RAW_DATA] = "RAW_DATA",
	[CPER_REVISION_OLD] = "REVISION",
	[CPER_SECTION_TOO_SHORT] = "SECTION_TOO_SHORT",
	[CPER_VALID_BEYOND_LENGTH] = "VALID_BEYOND_LENGTH",
	[CPER_ARM_SECTION_LENGTH] = "ARM_SECTION_LENGTH",
	[CPER_ARM_ERR_INFO] = "ARM_ERR_INFO",
	[CPER_ARM_CONTEXT] = "ARM_CONTEXT",
	[CPER_IA_ERR_INFO] = "IA_ERR_INFO",
	[CPER_IA_CONTEXT] = "IA_CONTEXT",
	[CPER_CXL_DVSEC] = "CXL_DVSEC",
	[CPER_CXL_ERROR_LOG] = "CXL_ERROR_LOG",
	[CPER_CXL_EVENT_LENGTH] = "CXL_EVENT_LENGTH",
	[CPER_CCIX_LENGTH] = "CCIX_LENGTH",
	[CPER_PCIDEV_PAIRS] = "PCIDEV_PAIRS",
	[CPER_ARM_RAS_ARRAY] = "ARM_RAS_ARRAY",
	[CPER_ARM_RAS_AUX] = "ARM_RAS_AUX",
	[CPER_SEVERITY] = "SEVERITY",
	[CPER_SEVERITY_MISMATCH] = "SEVERITY_MISMATCH",
	[CPER_BLOCK_STATUS_ZERO] = "BLOCK_STATUS_ZERO",
	[CPER_ENTRY_COUNT] = "ENTRY_COUNT",
	[CPER_TIMESTAMP_BCD] = "TIMESTAMP_BCD",
	[CPER_RESERVED_BITS] = "RESERVED_BITS",
	[CPER_FRU_TEXT] = "FRU_TEXT",
	[CPER_TRAILING_BUFFER] = "TRAILING_BUFFER",
	[CPER_NO_SPACE] = "NO_SPACE",
	[CPER_SECTION_TYPE] = "SECTION_TYPE",
};

const char *cper_code_name(int code)
{
	return code >= 0 && code < CPER_CODE_MAX && codes[code] ? codes[code] : "UNKNOWN";
}

const char *cper_severity_name(uint32_t severity)
{
	static const char *const names[] = { "recoverable", "fatal", "corrected", "info" };

	return severity < ARRAY_LEN(names) ? names[severity] : "unknown";
}

/* The first three parts of a GUID are little endian on the wire, the rest is as in text. */
static void swap_guid(const uint8_t *in, uint8_t *out)
{
	static const uint8_t from[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	uint8_t t[16];

	for (size_t i = 0; i < sizeof(t); i++)
		t[i] = in[from[i]];
	memcpy(out, t, sizeof(t));
}

void cper_guid_from_uuid(const struct uuid *u, struct cper_guid *out)
{
	swap_guid(u->b, out->b);
}

void cper_guid_to_uuid(const struct cper_guid *g, struct uuid *out)
{
	swap_guid(g->b, out->b);
}
