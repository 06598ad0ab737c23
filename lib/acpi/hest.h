// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The HEST of a provisioned guest: the ACPI table that tells its OS where its error sources are.
 * Pure: no allocation, no I/O.
 */
#pragma once

#include <stdint.h>

#include "acpi/ghes_page.h"
#include "acpi/table.h"

#define HEST_GHES_V2_BYTES 92u
#define HEST_BYTES (ACPI_HEADER_BYTES + 4u + GHES_PAGE_SOURCES * HEST_GHES_V2_BYTES)

/*
 * The whole table, with header and checksum, of a page at base_gpa. Source GHES_SOURCE_CORRECTED is
 * polled; how the guest learns of a record of GHES_SOURCE_URGENT, urgent says.
 */
void hest_build(uint64_t base_gpa, enum ghes_notify urgent, uint8_t out[HEST_BYTES]);
