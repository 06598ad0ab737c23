// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel's RAS tracepoints as struct ras_event. Pure: records in, events out. */
#pragma once

#include "sources/event.h"
#include "sources/trace/format.h"

enum trace_verdict {
	TRACE_EVENT,	/* out is an event */
	TRACE_NOTHING,	/* a record that says nothing of an error */
	TRACE_MALFORMED /* a field is missing or lies outside the record */
};

/*
 * Make an event of a record. Its time, source and position are the caller's. The record's format
 * must be the one that it was written in.
 */
enum trace_verdict trace_decode(const struct trace_record *r, struct ras_event *out);
