// SPDX-License-Identifier: LGPL-2.1-or-later
/* The header of an ACPI table. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/le.h"

#define ACPI_HEADER_BYTES 36u

/* Put the header, with a checksum over all len bytes, before a table whose body is there. */
static inline void acpi_put_header(uint8_t *table, size_t len, const char *signature,
				   uint8_t revision)
{
	uint8_t sum = 0;

	memset(table, 0, ACPI_HEADER_BYTES);
	memcpy(table, signature, 4);
	le_store(table + 4, 4, len);
	table[8] = revision;
	memcpy(table + 10, "RASD  RASDGHES", 14);
	le_store(table + 24, 4, 1);
	memcpy(table + 28, "RASD", 4);
	le_store(table + 32, 4, 1);
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)-sum;
}
