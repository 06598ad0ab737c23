// SPDX-License-Identifier: LGPL-2.1-or-later
/* What rasctl doctor makes of the sources of host events. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/show/out.h"
#include "cli/verbs/doctor/doctor.h"
#include "json/json.h"

/* One source of host events. True: it is live. */
static bool check_source(struct checks *c, json_object *s)
{
	const char *state = member_str(s, "state", "?"), *why = member_str(s, "why", "");
	const char *mend = member_str(s, "mend", "");
	bool kernel = member_true(s, "originates");
	enum check_level level = CHECK_OK;
	char name[64], last[32];

	snprintf(name, sizeof(name), "source %.40s", member_str(s, "name", "?"));
	if (strcmp(state, "live") == 0) {
		check_add(c, name, member_number(s, "missed") ? CHECK_WARN : CHECK_OK, NULL,
			  "live, %" PRId64 " events, last %s, %" PRId64 " missed, %" PRId64
			  " malformed",
			  member_number(s, "events"),
			  local_time(member_number(s, "last_ns"), last, sizeof(last), "never"),
			  member_number(s, "missed"), member_number(s, "malformed"));
		return true;
	}
	if (strcmp(state, "unreadable") == 0)
		level = kernel ? CHECK_FAIL : CHECK_WARN;
	else if (strcmp(state, "waiting") == 0 || (strcmp(state, "absent") == 0 && kernel))
		level = CHECK_WARN;
	check_add(c, name, level, mend, "%s%s%s", state, *why ? ": " : "", why);
	return false;
}

bool doctor_sources(struct checks *c, json_object *list)
{
	bool kmsg = false;
	size_t live = 0;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_object *s = json_object_array_get_idx(list, i);
		bool is_live = check_source(c, s);

		live += is_live;
		kmsg |= is_live && strcmp(member_str(s, "name", ""), "kmsg") == 0;
	}
	if (live == 0)
		check_add(c, "sources", CHECK_FAIL,
			  "mend source kernel first: it needs nothing but rasd-trace.service and "
			  "rasd-pagemap",
			  "no source is live: rasd hears of no error of this host");
	return kmsg;
}
