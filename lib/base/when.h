// SPDX-License-Identifier: LGPL-2.1-or-later
/* Times as people write them, and as journalctl(1) takes them. */
#pragma once

#include <stdint.h>

#include "base/err.h"

/*
 * A time in nanoseconds since 1970, seen from now_ns, in local time:
 *   2026-11-30 12:00:05, 2026-11-30 12:00, 2026-11-30, 12:00 (today), now, today, yesterday,
 *   tomorrow, @1764000000, "10 min ago", "1h 30min ago", -1h, +5min
 * Units: us ms s min h d w month y and their long forms. RAS_E_PARAMS.
 */
int when_parse(const char *text, int64_t now_ns, int64_t *out_ns, struct ras_err *err);
