// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "base/hex.h"
#include "base/uuid.h"
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
	[CPER_RECORD_HEADER] = "RECORD_HEADER",
	[CPER_RECORD_LENGTH] = "RECORD_LENGTH",
	[CPER_RECORD_SECTION] = "RECORD_SECTION",
	[CPER_NOT_A_RECORD] = "NOT_A_RECORD",
	[CPER_FORM] = "FORM",
};

const char *cper_code_name(int code)
{
	return code >= 0 && code < CPER_CODE_MAX && codes[code] ? codes[code] : "UNKNOWN";
}

const struct cper_word cper_severity_words[] = {
	{ CPER_SEV_RECOVERABLE, "recoverable" },
	{ CPER_SEV_FATAL, "fatal" },
	{ CPER_SEV_CORRECTED, "corrected" },
	{ CPER_SEV_INFO, "info" },
	{ 0, NULL },
};

unsigned int cper_severity_rank(uint32_t severity)
{
	static const uint8_t ranks[] = { 2, 3, 1, 0 };

	return severity < sizeof(ranks) ? ranks[severity] : 0;
}

const char *cper_severity_name(uint32_t severity)
{
	const char *word = cper_word(cper_severity_words, severity);

	return word ? word : "unknown";
}

/*
 * The first three parts of a GUID are little endian on the wire. The rest is in the text's order.
 */
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

void cper_guid_format(const struct cper_guid *g, char out[CPER_GUID_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t t[16];

	swap_guid(g->b, t);
	for (size_t i = 0; i < sizeof(t); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = hex[t[i] >> 4];
		*out++ = hex[t[i] & 15];
	}
	*out = '\0';
}

int cper_guid_parse(const char *text, struct cper_guid *out)
{
	uint8_t t[16];

	for (size_t i = 0; i < sizeof(t); i++) {
		int hi, lo;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return -1;
		hi = hex_digit(*text);
		lo = hi < 0 ? -1 : hex_digit(text[1]);
		if (lo < 0)
			return -1;
		t[i] = (uint8_t)(hi << 4 | lo);
		text += 2;
	}
	if (*text)
		return -1;
	swap_guid(t, out->b);
	return 0;
}
