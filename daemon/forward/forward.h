// SPDX-License-Identifier: LGPL-2.1-or-later
/* injection.create by host physical address. */
#pragma once

#include "control/rpc.h"
#include "daemon.h"
#include "inject/inject.h"

/*
 * Translate hpa, verify, inject; answers c. rq is complete but for gpa; rq->domain "" takes the
 * only owner. Strings are copied. rq->params_digest must be made of hpa, not of what it translates
 * to.
 */
void hpa_inject(struct rpc_call *c, const struct inject_request *rq, struct hpa hpa);
