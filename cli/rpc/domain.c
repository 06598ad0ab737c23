// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/rpc/domain.h"

#include <string.h>
#include <unistd.h>

#include "cli/rpc/client.h"
#include "cli/show/out.h"

#define FIRST_PAUSE_US 50000
#define TRIES 6 /* 50 + 100 + 200 + 400 + 800 ms between them */

json_object *domain_array(json_object *list)
{
	return member_of(list, "domains", json_type_array);
}

size_t json_length(json_object *array)
{
	return array ? json_object_array_length(array) : 0;
}

const char *domain_ready(json_object *domain)
{
	return member_str(domain, "ready", "?");
}

bool domain_is_ready(json_object *domain)
{
	return strcmp(domain_ready(domain), "yes") == 0;
}

bool domain_lacks_something(json_object *domain)
{
	return strcmp(domain_ready(domain), "no") == 0 &&
	       strcmp(member_str(domain, "state", ""), "shutoff") != 0;
}

const char *domain_grant(json_object *domain)
{
	return member_str(member_of(domain, "grant", json_type_object), "target_max_severity",
			  "none");
}

const char *list_missing(json_object *list)
{
	json_object *missing = member_of(list, "missing", json_type_object);

	return missing ? member_str(missing, "reason", "?") : NULL;
}

/* Nothing in it is still being found out. */
static bool is_settled(json_object *list)
{
	json_object *missing = member_of(list, "missing", json_type_object);
	json_object *domains = domain_array(list);

	if (strcmp(member_str(missing, "reason_code", ""), "not-ready") == 0)
		return false;
	for (size_t i = 0; i < json_length(domains); i++)
		if (!strcmp(domain_ready(json_object_array_get_idx(domains, i)), "unknown"))
			return false;
	return true;
}

int domain_list(struct client *c, json_object **list, struct ras_err *err)
{
	useconds_t pause = FIRST_PAUSE_US;

	for (unsigned int i = 0; i < TRIES; i++, pause *= 2) {
		int ret;

		if (i)
			usleep(pause);
		json_object_put(*list);
		*list = NULL;
		ret = client_call(c, "domain.list", NULL, list, err);
		if (ret || is_settled(*list))
			return ret;
	}
	return 0;
}
