// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the running kernel can do, by its own word: tests expect no more and no less. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * True where the kernel lets root load the look-up of pages (helper/rmap.h): it has type
 * information and is not locked down. Where it has them, a failure is ours.
 */
static inline bool kernel_shows_rmap(void)
{
	FILE *f = fopen("/sys/kernel/security/lockdown", "re");
	char line[128] = "";

	if (f) {
		if (!fgets(line, sizeof(line), f))
			line[0] = '\0';
		fclose(f);
	}
	return access("/sys/kernel/btf/vmlinux", R_OK) == 0 && !strstr(line, "[confidentiality]");
}
