// SPDX-License-Identifier: LGPL-2.1-or-later
/* The simulated rasd-pagemap. */
#pragma once

#include "guest.h"

struct sim_helper_faults {
	unsigned int busy;    /* percent of calls: a slow read before it is not over */
	unsigned int mute;    /* percent of calls: answered too late */
	unsigned int forgets; /* percent of slot calls: another guest has needed the place */
	int64_t latency_max_ns;
	unsigned int lie; /* a bug of the world: a block reads as acknowledged that is not */
};

extern struct sim_helper_faults sim_helper;

/* It ends (up false; it forgets all guests), or another one starts. */
void sim_helper_up(bool up);

/* One that has just started (begin of a run). */
void sim_helper_clear(void);

/* rasd ends: its calls are answered with an error, while all rooms still exist. */
void sim_helper_hang_up(void);
