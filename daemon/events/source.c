// SPDX-License-Identifier: LGPL-2.1-or-later
#include "events/source.h"

const char *event_source_state_name(enum event_source_state s)
{
	static const char *const name[SOURCE_STATE__MAX] = {
		[SOURCE_OFF] = "off",
		[SOURCE_ABSENT] = "absent",
		[SOURCE_UNREADABLE] = "unreadable",
		[SOURCE_WAITING] = "waiting",
		[SOURCE_LIVE] = "live",
	};

	return (unsigned int)s < SOURCE_STATE__MAX ? name[s] : "?";
}
