// SPDX-License-Identifier: LGPL-2.1-or-later
/* One handler a method of proto/ras-rpc.json, of the method's name with '_' for '.'. */
#pragma once

#include "control/rpc.h"

/* Each answers its call exactly once, at once or later; params are borrowed for the call. */
void rpc_address_owners(struct rpc_call *c, json_object *params);
void rpc_address_translate(struct rpc_call *c, json_object *params);
void rpc_config_reload(struct rpc_call *c, json_object *params);
void rpc_metrics_get(struct rpc_call *c, json_object *params);
void rpc_domain_list(struct rpc_call *c, json_object *params);
void rpc_domain_explain(struct rpc_call *c, json_object *params);
void rpc_domain_allow(struct rpc_call *c, json_object *params);
void rpc_domain_provision(struct rpc_call *c, json_object *params);
void rpc_domain_unprovision(struct rpc_call *c, json_object *params);
void rpc_event_list(struct rpc_call *c, json_object *params);
void rpc_event_subscribe(struct rpc_call *c, json_object *params);
void rpc_injection_create(struct rpc_call *c, json_object *params);
void rpc_injection_get(struct rpc_call *c, json_object *params);
void rpc_injection_resolve(struct rpc_call *c, json_object *params);
void rpc_injection_list(struct rpc_call *c, json_object *params);
void rpc_policy_check(struct rpc_call *c, json_object *params);
void rpc_policy_get(struct rpc_call *c, json_object *params);
void rpc_poison_export(struct rpc_call *c, json_object *params);
void rpc_poison_import(struct rpc_call *c, json_object *params);
void rpc_record_decode(struct rpc_call *c, json_object *params);
void rpc_record_encode(struct rpc_call *c, json_object *params);
void rpc_safety_get(struct rpc_call *c, json_object *params);
void rpc_safety_engage(struct rpc_call *c, json_object *params);
void rpc_safety_release(struct rpc_call *c, json_object *params);
void rpc_source_list(struct rpc_call *c, json_object *params);
void rpc_rpc_discover(struct rpc_call *c, json_object *params);
void rpc_rpc_ping(struct rpc_call *c, json_object *params);
