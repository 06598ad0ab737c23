// SPDX-License-Identifier: LGPL-2.1-or-later
/* The source "mcelog": its client socket, or its log file where rasd.conf names it. */
#pragma once

#include "sources/source.h"

extern const struct event_source mcelog_event_source;
