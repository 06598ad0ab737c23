// SPDX-License-Identifier: LGPL-2.1-or-later
/* The guests as domain.list shows them. Strings are borrowed from the answer. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct client;

/*
 * domain.list. While rasd still finds out what it can say about a guest it is asked again, for two
 * seconds at most: it finds out because it was asked.
 */
int domain_list(struct client *c, json_object **list, struct ras_err *err);

/* The array of guests in it; its elements are objects, or absent for member_str(). */
json_object *domain_array(json_object *list);

/* Elements of an array; 0 for NULL. */
size_t json_length(json_object *array);

/* Can the guest take a record now: "yes", "no", "unknown". */
const char *domain_ready(json_object *domain);
bool domain_is_ready(json_object *domain);

/* It runs and can take no record: members reason and hint say why. */
bool domain_lacks_something(json_object *domain);

/* The worst severity that may be injected: none, info, corrected, recoverable, fatal. */
const char *domain_grant(json_object *domain);

/* Why there may be guests that are not shown. NULL: there are none. */
const char *list_missing(json_object *list);
