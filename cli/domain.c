// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domain.h"

#include "out.h"

size_t json_length(json_object *array)
{
	return array ? json_object_array_length(array) : 0;
}

bool backend_available(json_object *backend)
{
	return member_true(backend, "available");
}

json_object *domain_backend(json_object *domain)
{
	json_object *list = member_of(domain, "backends", json_type_array);

	for (size_t i = 0; i < json_length(list); i++) {
		json_object *b = json_object_array_get_idx(list, i);

		if (backend_available(b))
			return b;
	}
	return json_length(list) ? json_object_array_get_idx(list, 0) : NULL;
}

const char *domain_grant(json_object *domain)
{
	json_object *grant = NULL;

	json_object_object_get_ex(domain, "grant", &grant);
	return member_str(grant, "target_max_severity", "none");
}

bool list_complete(json_object *list)
{
	json_object *v = NULL;

	return !json_object_object_get_ex(list, "complete", &v) || json_object_get_boolean(v);
}
