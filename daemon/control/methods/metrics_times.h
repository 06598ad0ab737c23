// SPDX-License-Identifier: LGPL-2.1-or-later
/* The part of metrics.get that says how long things take, and what of them failed. */
#pragma once

#include "base/buf.h"

struct daemon;

/* Since the start of rasd: requests, monitor commands, translations, forwarded errors. */
void metrics_put_times(struct buf *b, const struct daemon *d);
