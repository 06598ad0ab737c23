// SPDX-License-Identifier: LGPL-2.1-or-later
/* One JSON-RPC 2.0 request as text. */
#pragma once

#include "json/json.h"

#define MAX_METHOD_BYTES 63
/*
 * A request has four members at most. So many are looked at, to tell the id of one that has others
 * too: with more, at least one of these is wrong, and the id may go unseen.
 */
#define MAX_REQUEST_PARTS 16

struct request {
	const char
		*id; /* as it stands in the text (borrowed); NULL: there is none that can be told */
	size_t id_len;
	char method[MAX_METHOD_BYTES + 2]; /* cut: no method has more than MAX_METHOD_BYTES */
	const char *params; /* the text of an object or array (borrowed); NULL: none */
	size_t params_len;
	bool notification; /* there is no id */
};

/*
 * Read one request strictly: RAS_E_PARSE (no JSON), RAS_E_REQUEST (no request), RAS_E_PARAMS (too
 * many values). *rq is set in any case: on failure its id and notification are what could be told.
 * Nothing becomes json-c values here.
 */
int request_read(const char *text, size_t len, struct request *rq, struct ras_err *err);

/* The params as json-c values, once somebody may call the method. RAS_E_PARAMS: by position. */
int request_params(const struct request *rq, json_object **out, struct ras_err *err);
