// SPDX-License-Identifier: LGPL-2.1-or-later
/* A CPER record as one machine check of an x86 processor. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "qmp/cmds.h"

/* What a guest needs for the records that are no machine check. */
#define MCE_HOW_ELSE                                                                  \
	"'rasctl provision' gives a q35 guest error sources that take every record; " \
	"--via aer and --via cxl take some errors of single devices"

enum mce_vendor {
	MCE_VENDOR_NOT_ASKED, /* what every vendor takes is not refused yet */
	MCE_VENDOR_INTEL,
	MCE_VENDOR_AMD,
	MCE_VENDOR_OTHER
};

/* By CPUID's vendor, as in QEMU's property of a CPU. */
enum mce_vendor mce_vendor_of(const char *word);

struct mce_mapped {
	struct qmp_mce mce;
	bool exception; /* it interrupts the processor, and resets a machine without an OS */
	bool deferred;	/* it must stay in its bank until the guest's kernel polls: mce_banks.h */
};

/*
 * The machine check that says what record[len] says. RAS_E_NOT_CAPABLE: there is none, or it is one
 * that makes the guest's kernel panic and allow_crash is not set; why, and what to do instead.
 */
int mce_map(const uint8_t *record, size_t len, enum mce_vendor vendor, bool allow_crash,
	    struct mce_mapped *out, struct ras_err *err);
