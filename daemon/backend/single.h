// SPDX-License-Identifier: LGPL-2.1-or-later
/* Records of exactly one error: all that backends without a GHES can take. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cper/cper.h"

/*
 * NULL, the only entry of record[len], and the worst of its severity and the block's (CPER_SEV_*).
 * Otherwise what is wrong with it, to stand behind "; ".
 */
const char *single_entry(const uint8_t *record, size_t len, struct cper_entry *e,
			 uint32_t *severity);
