// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sources/kernel.h"
#include "sources/mcelog/mcelog.h"
#include "sources/rasdaemon/rasdaemon.h"
#include "sources/source.h"
#include "sources/trigger/trigger.h"

const struct event_source *const event_sources[] = {
	&trace_event_source,  &kmsg_event_source,    &rasdaemon_event_source,
	&mcelog_event_source, &trigger_event_source, NULL,
};
