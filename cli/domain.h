// SPDX-License-Identifier: LGPL-2.1-or-later
/* What domain.list says of a guest. Results are borrowed from the answer. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Elements of an array; 0 for NULL. */
size_t json_length(json_object *array);

/* Can this backend take errors now? */
bool backend_available(json_object *backend);

/* The first backend that is usable. If there is none, the first one, with its reason; or NULL. */
json_object *domain_backend(json_object *domain);

/* The worst severity that may be injected: none, info, corrected, recoverable, fatal. */
const char *domain_grant(json_object *domain);

/* False: domains that do not run are left out. */
bool list_complete(json_object *list);
