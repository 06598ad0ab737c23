// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where the source under test reports to: the last event is kept, all are counted. */
#pragma once

#include "sources/source.h"

static struct ras_event last;
static size_t n_events, n_changes;

static inline void on_event(void *arg, const struct ras_event *e)
{
	(void)arg;
	last = *e;
	n_events++;
}

static inline void on_changed(void *arg)
{
	(void)arg;
	n_changes++;
}
