// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sources/source.h"

#include <stdio.h>
#include <string.h>

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

void source_set_state(struct source_status *st, const struct event_sink *sink,
		      enum event_source_state state, const char *why, const char *mend)
{
	char text[sizeof(st->why)];

	snprintf(text, sizeof(text), "%.*s", (int)sizeof(text) - 1, why);
	if (st->state == state && strcmp(st->why, text) == 0)
		return;
	st->state = state;
	memcpy(st->why, text, sizeof(text));
	snprintf(st->mend, sizeof(st->mend), "%s", mend);
	sink->changed(sink->arg);
}
