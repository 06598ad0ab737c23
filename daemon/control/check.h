// SPDX-License-Identifier: LGPL-2.1-or-later
/* Parameters against the generated tables. */
#pragma once

#include "control/rpc.h"

/* The method of that name, or NULL. */
const struct rpc_method *rpc_find(const struct rpc_method *table, size_t n, const char *name);

/*
 * Check params (an object, or NULL = none) against m: unknown names, missing ones, types, ranges,
 * words. RAS_E_PARAMS with .field on the first fault.
 */
int rpc_check_params(const struct rpc_method *m, json_object *params, struct ras_err *err);

/*
 * Words of a client that go into the journal and logs: printable ASCII, so that they cannot forge a
 * line. RAS_E_PARAMS naming field.
 */
int rpc_check_words(const char *text, const char *field, struct ras_err *err);
