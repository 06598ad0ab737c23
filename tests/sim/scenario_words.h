// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the files of scenarios share. */
#pragma once

#include "scenario.h"

#define S(x) (1u << INJ_##x)
/* What a guest that is disturbed may end in; acknowledged and refused always may. */
#define FINE (S(ACKNOWLEDGED) | S(REFUSED))
#define ANY (FINE | S(CONSUMED) | S(LOST) | S(UNKNOWN))

/* Most have one guest, and requests that come while it is disturbed. */
#define ONE .n_guests = 1, .load.n = 12, .load.within_ms = 600
