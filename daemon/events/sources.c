// SPDX-License-Identifier: LGPL-2.1-or-later
#include "events/source.h"
#include "events/trace_source.h"

const struct event_source *const event_sources[] = {
	&trace_event_source,
	&kmsg_event_source,
	NULL,
};
