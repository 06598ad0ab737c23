// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How long a test waits for what must happen. A busy, emulated or slow machine is only slow, so no
 * result depends on this: only what never happens takes so long.
 */
#pragma once

#include <stdint.h>

#include "base/clock.h"

#define PATIENCE_MS 60000

/* When patience ends. */
static inline int64_t patience_end_ns(void)
{
	return clock_boot_ns() + PATIENCE_MS * INT64_C(1000000);
}
