// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to forward/: the record that a guest is sent for a real error of the host. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "forward/forward.h"

/* As many pages as a block of 1 KiB has room for: 20 + 6 * (72 + 80) bytes. */
#define FORWARD_BLOCK_PAGES 6u

/*
 * A block with one memory section for each of n addresses. RAS_E_RECORD where they do not fit.
 */
int forward_record(const struct forward_error *e, const struct gpa *gpa, size_t n, uint8_t *out,
		   size_t size, size_t *len, struct ras_err *err);
