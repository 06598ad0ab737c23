// SPDX-License-Identifier: LGPL-2.1-or-later
/* Clocks: durations and deadlines on CLOCK_BOOTTIME, wall time only for people. */
#pragma once

#include <stdint.h>

/* Nanoseconds since boot, suspend included; never goes back. */
int64_t clock_boot_ns(void);

/* Nanoseconds since 1970 (UTC). May jump. */
int64_t clock_real_ns(void);
