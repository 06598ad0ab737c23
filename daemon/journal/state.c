// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/state.h"

#include <stddef.h>
#include <string.h>

static const char *const state_names[INJ__MAX] = {
	[INJ_INTENT] = "intent",       [INJ_WRITTEN] = "written",
	[INJ_CONSUMED] = "consumed",   [INJ_ACKNOWLEDGED] = "acknowledged",
	[INJ_DELIVERED] = "delivered", [INJ_REFUSED] = "refused",
	[INJ_LOST] = "lost",	       [INJ_UNKNOWN] = "unknown",
};

static const char *const read_names[READ__MAX] = {
	[READ_NOT_SAID] = "",
	[READ_NO] = "no",
	[READ_POSSIBLY] = "possibly",
};

static const char *const origin_names[ORIGIN__MAX] = {
	[ORIGIN_OPERATOR] = "operator",
	[ORIGIN_CAMPAIGN] = "campaign",
	[ORIGIN_HOST_EVENT] = "host-event",
};

/* The index of word in names, n if it is not there. */
static unsigned int find(const char *const *names, unsigned int n, const char *word)
{
	unsigned int i = 0;

	while (i < n && (!word || strcmp(word, names[i]) != 0))
		i++;
	return i;
}

const char *inj_state_name(enum inj_state s)
{
	return state_names[(unsigned int)s < INJ__MAX ? s : INJ_UNKNOWN];
}

enum inj_state inj_state_parse(const char *word)
{
	return (enum inj_state)find(state_names, INJ__MAX, word);
}

bool inj_state_final(enum inj_state s)
{
	return s != INJ_INTENT && s != INJ_WRITTEN;
}

bool inj_transition_legal(enum inj_state from, enum inj_state to, bool by_operator)
{
	if ((unsigned int)to >= INJ__MAX || to == INJ_INTENT || to == from)
		return false;
	if (by_operator)
		return from == INJ_UNKNOWN && inj_state_final(to);
	return from == INJ_INTENT || from == INJ_WRITTEN;
}

const char *record_read_name(enum record_read r)
{
	return read_names[(unsigned int)r < READ__MAX ? r : READ_NOT_SAID];
}

enum record_read record_read_parse(const char *word)
{
	return (enum record_read)find(read_names, READ__MAX, word);
}

const char *origin_name(enum origin o)
{
	return origin_names[(unsigned int)o < ORIGIN__MAX ? o : ORIGIN_OPERATOR];
}

enum origin origin_parse(const char *word)
{
	return (enum origin)find(origin_names, ORIGIN__MAX, word);
}
