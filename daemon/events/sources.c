// SPDX-License-Identifier: LGPL-2.1-or-later
#include "events/mcelog.h"
#include "events/rasdaemon.h"
#include "events/source.h"
#include "events/trace_source.h"
#include "events/trigger.h"

const struct event_source *const event_sources[] = {
	&trace_event_source,  &kmsg_event_source,    &rasdaemon_event_source,
	&mcelog_event_source, &trigger_event_source, NULL,
};
