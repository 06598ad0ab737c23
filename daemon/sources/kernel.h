// SPDX-License-Identifier: LGPL-2.1-or-later
/* The sources that read the kernel itself. */
#pragma once

#include "sources/source.h"

/* "kernel": RAS tracepoints, read as trace/page.h says. */
extern const struct event_source trace_event_source;

/* "kmsg": what firmware reports and the kernel prints, read as kmsg/parse.h says. */
extern const struct event_source kmsg_event_source;
