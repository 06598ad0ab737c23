// SPDX-License-Identifier: LGPL-2.1-or-later
/* Words that several section types use. */
#include <stdio.h>

#include "cper/section.h"

const struct cper_word cper_transaction_words[] = {
	{ 0, "instruction" },
	{ 1, "data access" },
	{ 2, "generic" },
	{ 0, NULL },
};

const struct cper_word cper_operation_words[] = {
	{ 0, "generic error" }, { 1, "generic read" }, { 2, "generic write" },
	{ 3, "data read" },	{ 4, "data write" },   { 5, "instruction fetch" },
	{ 6, "prefetch" },	{ 0, NULL },
};

static const struct cper_word error_types[] = {
	{ 1, "internal error" },
	{ 4, "storage error in DRAM" },
	{ 5, "storage error in TLB" },
	{ 6, "storage error in cache" },
	{ 7, "error in a functional unit" },
	{ 8, "self test failed" },
	{ 9, "overflow or undervalue of internal queue" },
	{ 16, "bus error" },
	{ 17, "virtual address not found" },
	{ 18, "improper access" },
	{ 19, "access to unimplemented address" },
	{ 20, "loss of lockstep" },
	{ 21, "response without request" },
	{ 22, "bus parity error" },
	{ 23, "protocol error" },
	{ 24, "path error" },
	{ 25, "bus timeout" },
	{ 26, "poisoned data read" },
	{ 0, NULL },
};

const struct cper_bits cper_error_status_bits[] = {
	{ "error_type", 8, 8, CPER_NO_BIT, error_types },
	CPER_FLAG("address", 16),
	CPER_FLAG("control", 17),
	CPER_FLAG("data", 18),
	CPER_FLAG("responder", 19),
	CPER_FLAG("requester", 20),
	CPER_FLAG("first_error", 21),
	CPER_FLAG("overflow", 22),
	{ NULL, 0, 0, 0, NULL },
};

const struct cper_word cper_memory_type_words[] = {
	{ 0, "unknown" },
	{ 1, "no error" },
	{ 2, "single-bit ECC" },
	{ 3, "multi-bit ECC" },
	{ 4, "single-symbol chipkill ECC" },
	{ 5, "multi-symbol chipkill ECC" },
	{ 6, "master abort" },
	{ 7, "target abort" },
	{ 8, "parity error" },
	{ 9, "watchdog timeout" },
	{ 10, "invalid address" },
	{ 11, "mirror broken" },
	{ 12, "memory sparing" },
	{ 13, "scrub corrected error" },
	{ 14, "scrub uncorrected error" },
	{ 15, "physical memory map-out event" },
	{ 0, NULL },
};

const struct cper_bits cper_slot_bits[] = {
	{ "slot_number", 3, 13, CPER_NO_BIT, NULL },
	{ NULL, 0, 0, 0, NULL },
};

void cper_bdf(char out[CPER_VALUE_SIZE], unsigned int segment, unsigned int bus,
	      unsigned int device, unsigned int function)
{
	snprintf(out, CPER_VALUE_SIZE, "%04x:%02x:%02x.%x", segment & 0xffff, bus & 0xff,
		 device & 0xff, function & 0xff);
}

const struct cper_word cper_participation_words[] = {
	{ 0, "local processor originated" },
	{ 1, "local processor responded" },
	{ 2, "local processor observed" },
	{ 3, "generic" },
	{ 0, NULL },
};
