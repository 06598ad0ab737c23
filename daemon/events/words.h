// SPDX-License-Identifier: LGPL-2.1-or-later
/* The words of events, and an event as the journal keeps it. */
#pragma once

#include "events/decide.h"
#include "sources/event.h"
#include "journal/journal.h"

/* "memory", "page-lost", "sigbus", "processor", "pcie", "cxl", "other". */
const char *event_kind_name(enum event_kind k);
/* "info", "corrected", "deferred", "uncorrected", "fatal", "unknown". */
const char *event_severity_name(enum event_severity s);

/* What can come of an event of that kind and severity. */
enum decide_class event_class(const struct ras_event *e);

/* As the journal keeps it; an event without a boot is of none. */
void event_to_host(const struct ras_event *e, struct host_seen *out);
/* Back; its source has the name that name (borrowed) says. False where a word is none of ours. */
bool event_from_host(const struct host_seen *h, struct ras_event *out);
