// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The types of EINJ as values of --type: who knows /sys/kernel/debug/apei/einj writes
 * "Memory Correctable" or 0x8. Each is a type of ours and a severity.
 */
#include "base/cleanup.h"
#include "base/num.h"
#include "cli/section/draft.h"

static const struct einj_type {
	uint64_t value;
	const char *words; /* as available_error_type has them */
	const char *type, *severity;
} einj_types[] = {
	{ 0x1, "Processor Correctable", "generic-processor", "corrected" },
	{ 0x2, "Processor Uncorrectable non-fatal", "generic-processor", "recoverable" },
	{ 0x4, "Processor Uncorrectable fatal", "generic-processor", "fatal" },
	{ 0x8, "Memory Correctable", "memory", "corrected" },
	{ 0x10, "Memory Uncorrectable non-fatal", "memory", "recoverable" },
	{ 0x20, "Memory Uncorrectable fatal", "memory", "fatal" },
	{ 0x40, "PCI Express Correctable", "pcie", "corrected" },
	{ 0x80, "PCI Express Uncorrectable non-fatal", "pcie", "recoverable" },
	{ 0x100, "PCI Express Uncorrectable fatal", "pcie", "fatal" },
	{ 0x1000, "CXL.cache Protocol Correctable", "cxl-protocol", "corrected" },
	{ 0x2000, "CXL.cache Protocol Uncorrectable non-fatal", "cxl-protocol", "recoverable" },
	{ 0x4000, "CXL.cache Protocol Uncorrectable fatal", "cxl-protocol", "fatal" },
	{ 0x8000, "CXL.mem Protocol Correctable", "cxl-protocol", "corrected" },
	{ 0x10000, "CXL.mem Protocol Uncorrectable non-fatal", "cxl-protocol", "recoverable" },
	{ 0x20000, "CXL.mem Protocol Uncorrectable fatal", "cxl-protocol", "fatal" },
};

bool section_einj(const char *arg, const char **type, const char **severity)
{
	uint64_t value = 0;
	bool number = num_parse_u64(arg, &value, NULL) == 0;

	for (size_t i = 0; i < ARRAY_LEN(einj_types); i++) {
		const struct einj_type *t = &einj_types[i];

		if (number ? t->value != value : !value_same_word(arg, t->words, false))
			continue;
		*type = t->type;
		*severity = t->severity;
		return true;
	}
	return false;
}
