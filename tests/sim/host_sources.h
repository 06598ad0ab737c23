// SPDX-License-Identifier: LGPL-2.1-or-later
/* The four simulated sources of host events, in place of those of daemon/sources/sources.c. */
#pragma once

#include "host.h"

void sim_host_sources_begin(const struct sim_host_terms *t);
void sim_host_sources_clear(void);
/* The host is started again: what is in memory only is lost. */
void sim_host_sources_boot(void);
/* An error: each source hears of it in its own time. */
void sim_host_sources_report(const struct sim_error *e);
/* Nothing is on its way. */
bool sim_host_sources_quiet(void);
