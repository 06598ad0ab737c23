// SPDX-License-Identifier: LGPL-2.1-or-later
/* What rasd-trigger sends to rasd. Needs libc alone: trigger/rasd-trigger.c includes it, too. */
#pragma once

#define TRIGGER_HELLO "rasd-trigger 1"
#define TRIGGER_PACKET_MAX 2048
#define TRIGGER_VALUE_MAX 160 /* as long as a line for a person */

/* Variables of rasdaemon's triggers: mc_event, memory_failure_event, aer_event. */
#define TRIGGER_RASDAEMON                                                                 \
	"TIMESTAMP", "COUNT", "TYPE", "MESSAGE", "LABEL", "MC_INDEX", "ADDRESS", "GRAIN", \
		"DRIVER_DETAIL", "PFN", "PAGE_TYPE", "ACTION_RESULT", "NAME"
/* Variables of mcelog's: page, dimm, socket, unknown error. MESSAGE is theirs, too. */
#define TRIGGER_MCELOG                                                                         \
	"LOCATION", "LASTEVENT", "TOTALCOUNT", "UCCOUNT", "CPU", "SOCKETID", "STATUS", "MISC", \
		"ADDR", "MCGCAP"

#define TRIGGER_NAMES TRIGGER_RASDAEMON, TRIGGER_MCELOG
