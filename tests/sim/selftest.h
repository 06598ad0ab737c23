// SPDX-License-Identifier: LGPL-2.1-or-later
/* The simulation's own test; see selftest.c. */
#pragma once

#include <stdbool.h>

/* All of it; prints what is wrong. */
bool sim_self_test(void);
