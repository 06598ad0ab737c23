// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

static int64_t read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t clock_boot_ns(void)
{
	return read_ns(CLOCK_BOOTTIME);
}

int64_t clock_real_ns(void)
{
	return read_ns(CLOCK_REALTIME);
}

int64_t clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

void clock_boot_id(char out[CLOCK_BOOT_ID_SIZE])
{
	_fclose_ FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || fscanf(f, "%36[0-9a-f-]", out) != 1)
		strcpy(out, "?");
}
