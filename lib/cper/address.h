// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which page a record is about. */
#pragma once

#include "cper/fields.h"

/*
 * Whether this field of a section of that kind is the address by which Linux finds the page that it
 * takes out of use.
 */
bool cper_is_page_address(const char *kind, const char *field);

/* The first such address in a block; false where it names none. Any bytes are allowed. */
bool cper_first_page(const uint8_t *block, size_t len, uint64_t *address);
