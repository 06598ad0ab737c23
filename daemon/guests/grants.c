// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is allowed to be done to a guest. A section [domain NAME] of rasd.conf decides alone, so
 * that the host's administrator can also take away; without one the element in the domain's libvirt
 * metadata decides, which moves with the domain. Absent: denied.
 */
#include "guests/guest.h"

bool guest_grant_from_conf(const struct guest *g)
{
	return conf_grant_for(guests_conf(g->gs), g->name) != NULL;
}

struct conf_grant guest_grant(const struct guest *g)
{
	const struct conf_grant *c = conf_grant_for(guests_conf(g->gs), g->name);
	struct conf_grant none = { .target_max_severity = CONF_SEV_NONE };

	if (c)
		return *c;
	if (guest_is_described(g) && g->dom.facts.has_grants)
		return g->dom.facts.grants;
	return none;
}
