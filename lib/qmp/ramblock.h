// SPDX-License-Identifier: LGPL-2.1-or-later
/* "info ramblock" and x-query-ramblock: QEMU's blocks of host memory, the same text in both. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define QMP_RAMBLOCKS_MAX 256

struct qmp_ramblock {
	const char *name; /* name_len bytes, borrowed from the text */
	size_t name_len;
	uint64_t page_bytes;
	uint64_t used_bytes, total_bytes;
	uint64_t hva; /* valid with has_hva; hva + total_bytes does not wrap */
	bool has_hva; /* QEMU before 8 does not show it */
};

/*
 * Parse the table by the names of its header's columns. out has room for QMP_RAMBLOCKS_MAX. Blocks
 * without a name are left out: their memory is not plugged in. RAS_E_LAYOUT for anything malformed,
 * also for two blocks of one name.
 */
int qmp_ramblock_parse(const char *text, size_t len, struct qmp_ramblock *out, size_t *n,
		       struct ras_err *err);
