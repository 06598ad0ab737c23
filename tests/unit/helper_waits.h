// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How long the clients of rasd-pagemap in a test wait for its answers. rasd waits 100 ms for a
 * status block; on a busy machine neither process may get the CPU for longer. A test of lateness
 * sets the times of rasd, helper_waits, before the call that is to be late.
 */
#pragma once

#include "pagemap/client.h"
#include "tests/unit/patience.h"

#define PATIENT_WAITS                                 \
	{                                             \
		PATIENCE_MS, PATIENCE_MS, PATIENCE_MS \
	}

static struct helper_waits test_waits = PATIENT_WAITS;

static inline void be_patient(void)
{
	test_waits = (struct helper_waits)PATIENT_WAITS;
}
