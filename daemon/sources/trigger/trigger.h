// SPDX-License-Identifier: LGPL-2.1-or-later
/* The source "trigger": what rasd-trigger sends. */
#pragma once

#include "sources/source.h"

extern const struct event_source trigger_event_source;
