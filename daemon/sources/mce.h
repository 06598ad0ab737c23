// SPDX-License-Identifier: LGPL-2.1-or-later
/* One machine check of x86 by its registers, whoever has read them. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sources/event.h"

/* What the processor and the kernel say of one bank. */
struct mce_registers {
	uint64_t status, misc, addr, mcgcap;
	uint64_t bank, cpu, socket;
	uint64_t vendor; /* the kernel's X86_VENDOR_* */
};

/*
 * Fill kind, severity, place, count and detail of e, which event_init() has made. False: the bank
 * holds no error.
 */
bool mce_event(const struct mce_registers *m, struct ras_event *e);

/* X86_VENDOR_* of this host's processor, by /proc/cpuinfo; another number where it is none. */
uint64_t mce_host_vendor(void);

/* The same of a word: "GenuineIntel", or "Intel" as mcelog has it. */
uint64_t mce_vendor(const char *word);
