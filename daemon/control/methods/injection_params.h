// SPDX-License-Identifier: LGPL-2.1-or-later
/* The parameters of injection.create. */
#pragma once

#include "control/rpc.h"
#include "inject/effects.h"
#include "inject/inject.h"

struct injection_params {
	struct inject_request rq; /* its strings are the json-c values' or digest below */
	bool by_hpa;		  /* hpa says where, and rq.gpa is not known yet */
	struct hpa hpa;
	uint8_t record[JOURNAL_MAX_RECORD];
	char digest[65];
};

/*
 * Read them. *out holds pointers into params and into itself: it must not outlive params, nor be
 * copied. RAS_E_PARAMS, RAS_E_PERMISSION (only an admin may inject such bytes), RAS_E_RECORD.
 */
int injection_params(struct rpc_call *c, json_object *params, struct injection_params *out,
		     struct ras_err *err);

/*
 * What the record of params (severity, sections, block, record_hex, as in injection.create) needs
 * to be granted. Errors as above.
 */
int injection_needs(struct rpc_call *c, json_object *params, struct record_needs *out,
		    struct ras_err *err);
