// SPDX-License-Identifier: LGPL-2.1-or-later
/* How many searches run at the same time. */
#pragma once

#include <stdint.h>

#include "base/err.h"

#define GATE_PLACES 4u

struct gate_pass {
	uint64_t number;
};

/*
 * Wait for a place, at most wait_ns. RAS_E_BUSY: none became free. A place that is held for longer
 * than held_ns counts as free: its holder hangs in a read.
 */
int gate_enter(int64_t wait_ns, int64_t held_ns, struct gate_pass *out, struct ras_err *err);

/* Give the place back, if it is still ours. */
void gate_leave(const struct gate_pass *pass);
