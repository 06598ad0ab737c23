// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sources/mcelog.h"
#include "sources/rasdaemon.h"
#include "sources/source.h"
#include "sources/trace_source.h"
#include "sources/trigger.h"

const struct event_source *const event_sources[] = {
	&trace_event_source,  &kmsg_event_source,    &rasdaemon_event_source,
	&mcelog_event_source, &trigger_event_source, NULL,
};
