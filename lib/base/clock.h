// SPDX-License-Identifier: LGPL-2.1-or-later
/* Durations and deadlines use CLOCK_BOOTTIME. Wall time is only for people to read. */
#pragma once

#include <stdint.h>

#define CLOCK_BOOT_ID_SIZE 37 /* with NUL */

/* Nanoseconds since boot, time in suspend included. Never goes back. */
int64_t clock_boot_ns(void);

/* Nanoseconds, suspend not included; never goes back. The clock of condition variables. */
int64_t clock_mono_ns(void);

/* Nanoseconds since 1970 (UTC). May jump either way. */
int64_t clock_real_ns(void);

/*
 * Which boot of the host clock_boot_ns() counts from (/proc/sys/kernel/random/boot_id); "?" where
 * it cannot be read.
 */
void clock_boot_id(char out[CLOCK_BOOT_ID_SIZE]);
