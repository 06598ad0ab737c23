// SPDX-License-Identifier: LGPL-2.1-or-later
/* The source "rasdaemon": the tail of its database. */
#pragma once

#include "sources/source.h"

extern const struct event_source rasdaemon_event_source;
