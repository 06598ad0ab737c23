// SPDX-License-Identifier: LGPL-2.1-or-later
/* A CPER record as one event of a CXL memory device. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "qmp/cxl.h"

struct cxl_mapped {
	uint16_t bdf;		    /* of the device, as in a requester id */
	struct qmp_cxl_event event; /* its id is the caller's to fill in */
	bool poison;		    /* the device poisons the address first */
	uint64_t dpa;
};

/*
 * The event that record[len] says. RAS_E_NOT_CAPABLE: it is none of a CXL memory device that QEMU
 * has; why, and what to do instead.
 */
int cxl_map(const uint8_t *record, size_t len, struct cxl_mapped *out, struct ras_err *err);
