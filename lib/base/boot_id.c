// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

void clock_boot_id(char out[CLOCK_BOOT_ID_SIZE])
{
	_fclose_ FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || fscanf(f, "%36[0-9a-f-]", out) != 1)
		strcpy(out, "?");
}
