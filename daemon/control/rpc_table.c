// SPDX-License-Identifier: LGPL-2.1-or-later
/* Made by tools/rpcgen.py from proto/ras-rpc.json: do not edit. */
#include "control/methods/methods.h"

static const struct rpc_param params_address_owners[] = {
	{ "from", RPC_HEX64, true, 0, UINT64_MAX, NULL },
	{ "to", RPC_HEX64, true, 0, UINT64_MAX, NULL },
	{ "after", RPC_STR, false, 1, 63, NULL },
	{ "timeout_ms", RPC_U64, false, 1, 600000, NULL },
};

static const struct rpc_param params_address_translate[] = {
	{ "hpa", RPC_HEX64, false, 0, UINT64_MAX, NULL },
	{ "domain", RPC_STR, false, 1, 63, NULL },
	{ "gpa", RPC_HEX64, false, 0, UINT64_MAX, NULL },
	{ "timeout_ms", RPC_U64, false, 1, 600000, NULL },
};

static const struct rpc_param params_config_reload[] = {
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

static const struct rpc_param params_domain_explain[] = {
	{ "domain", RPC_STR, true, 1, 63, NULL },
};

static const char *const words_domain_allow_target_max_severity[] = { "none", "info", "corrected", "recoverable", "fatal", NULL };
static const struct rpc_param params_domain_allow[] = {
	{ "domain", RPC_STR, true, 1, 63, NULL },
	{ "target_max_severity", RPC_STR, false, 1, 16, words_domain_allow_target_max_severity },
	{ "forward_corrected", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "forward_uncorrected", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "forward_label", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

static const char *const words_domain_provision_notify[] = { "poll", "nmi", NULL };
static const struct rpc_param params_domain_provision[] = {
	{ "domain", RPC_STR, true, 1, 63, NULL },
	{ "notify", RPC_STR, false, 1, 8, words_domain_provision_notify },
	{ "acpi_error_device", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

static const struct rpc_param params_domain_unprovision[] = {
	{ "domain", RPC_STR, true, 1, 63, NULL },
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

static const char *const words_event_list_decision[] = { "forwarded", "counted", "not-granted", "guest-told", "consumed", "same-error", "secondary", "stale", "no-guest", "unproved", "no-address", "noted", "own-error", "failed", "storm", NULL };
static const char *const words_event_list_severity[] = { "info", "corrected", "deferred", "uncorrected", "fatal", "unknown", NULL };
static const struct rpc_param params_event_list[] = {
	{ "domain", RPC_STR, false, 1, 63, NULL },
	{ "decision", RPC_ARR, false, 0, 15, words_event_list_decision },
	{ "severity", RPC_ARR, false, 0, 6, words_event_list_severity },
	{ "source", RPC_STR, false, 1, 31, NULL },
	{ "since_ns", RPC_U64, false, 0, 9223372036854775807, NULL },
	{ "until_ns", RPC_U64, false, 0, 9223372036854775807, NULL },
	{ "limit", RPC_U64, false, 1, 1000, NULL },
	{ "cursor", RPC_STR, false, 1, 128, NULL },
};

static const struct rpc_param params_event_subscribe[] = {
	{ "cursor", RPC_STR, false, 1, 64, NULL },
	{ "wait_ms", RPC_U64, false, 0, 30000, NULL },
};

static const char *const words_injection_create_severity[] = { "info", "corrected", "recoverable", "fatal", NULL };
static const struct rpc_param params_injection_create[] = {
	{ "request_id", RPC_STR, true, 1, 63, NULL },
	{ "domain", RPC_STR, false, 1, 63, NULL },
	{ "gpa", RPC_HEX64, false, 0, UINT64_MAX, NULL },
	{ "hpa", RPC_HEX64, false, 0, UINT64_MAX, NULL },
	{ "severity", RPC_STR, false, 1, 16, words_injection_create_severity },
	{ "tag", RPC_STR, false, 1, 20, NULL },
	{ "fru_id", RPC_STR, false, 1, 36, NULL },
	{ "sections", RPC_ARR, false, 1, 16, NULL },
	{ "block", RPC_OBJ, false, 0, UINT64_MAX, NULL },
	{ "record_hex", RPC_STR, false, 1, 8192, NULL },
	{ "backend", RPC_STR, false, 1, 15, NULL },
	{ "allow_crash", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "malformed", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "wait", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "timeout_ms", RPC_U64, false, 1, 600000, NULL },
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "confirm", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

static const struct rpc_param params_injection_get[] = {
	{ "id", RPC_STR, true, 8, 36, NULL },
};

static const char *const words_injection_list_state[] = { "intent", "written", "consumed", "acknowledged", "delivered", "refused", "lost", "unknown", NULL };
static const char *const words_injection_list_severity[] = { "info", "corrected", "recoverable", "fatal", NULL };
static const char *const words_injection_list_origin[] = { "operator", "campaign", "host-event", NULL };
static const struct rpc_param params_injection_list[] = {
	{ "domain", RPC_STR, false, 1, 63, NULL },
	{ "state", RPC_ARR, false, 0, 8, words_injection_list_state },
	{ "severity", RPC_ARR, false, 0, 4, words_injection_list_severity },
	{ "origin", RPC_STR, false, 1, 16, words_injection_list_origin },
	{ "tag", RPC_STR, false, 1, 63, NULL },
	{ "since_ns", RPC_U64, false, 0, 9223372036854775807, NULL },
	{ "until_ns", RPC_U64, false, 0, 9223372036854775807, NULL },
	{ "limit", RPC_U64, false, 1, 1000, NULL },
	{ "cursor", RPC_STR, false, 1, 128, NULL },
};

static const char *const words_injection_resolve_state[] = { "acknowledged", "consumed", "refused", "lost", NULL };
static const struct rpc_param params_injection_resolve[] = {
	{ "id", RPC_STR, true, 1, 36, NULL },
	{ "state", RPC_STR, true, 1, 16, words_injection_resolve_state },
	{ "reason", RPC_STR, true, 1, 100, NULL },
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

static const char *const words_policy_check_severity[] = { "info", "corrected", "recoverable", "fatal", NULL };
static const struct rpc_param params_policy_check[] = {
	{ "domain", RPC_STR, true, 1, 63, NULL },
	{ "severity", RPC_STR, false, 1, 16, words_policy_check_severity },
	{ "sections", RPC_ARR, false, 1, 16, NULL },
	{ "block", RPC_OBJ, false, 0, UINT64_MAX, NULL },
	{ "record_hex", RPC_STR, false, 1, 8192, NULL },
	{ "confirm", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "uid", RPC_U64, false, 0, 4294967294, NULL },
	{ "gids", RPC_ARR, false, 0, 256, NULL },
};

static const struct rpc_param params_poison_export[] = {
	{ "domain", RPC_STR, true, 1, 63, NULL },
	{ "after", RPC_HEX64, false, 0, UINT64_MAX, NULL },
	{ "limit", RPC_U64, false, 1, 1024, NULL },
};

static const struct rpc_param params_poison_import[] = {
	{ "domain", RPC_STR, true, 1, 63, NULL },
	{ "pages", RPC_ARR, true, 0, 1024, NULL },
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

static const struct rpc_param params_record_decode[] = {
	{ "record_hex", RPC_STR, true, 1, 131072, NULL },
};

static const struct rpc_param params_record_encode[] = {
	{ "record", RPC_OBJ, true, 0, UINT64_MAX, NULL },
};

static const struct rpc_param params_safety_engage[] = {
	{ "reason", RPC_STR, true, 1, 127, NULL },
	{ "also_forwarding", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

static const struct rpc_param params_safety_release[] = {
	{ "reason", RPC_STR, true, 1, 127, NULL },
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

const struct rpc_method rpc_methods[] = {
	{ "address.owners", rpc_address_owners, RPC_INJECT, false, params_address_owners, 4 },
	{ "address.translate", rpc_address_translate, RPC_INJECT, false, params_address_translate, 4 },
	{ "config.reload", rpc_config_reload, RPC_ADMIN, true, params_config_reload, 1 },
	{ "domain.list", rpc_domain_list, RPC_VIEW, false, NULL, 0 },
	{ "domain.explain", rpc_domain_explain, RPC_VIEW, false, params_domain_explain, 1 },
	{ "domain.allow", rpc_domain_allow, RPC_ADMIN, true, params_domain_allow, 6 },
	{ "domain.provision", rpc_domain_provision, RPC_ADMIN, true, params_domain_provision, 4 },
	{ "domain.unprovision", rpc_domain_unprovision, RPC_ADMIN, true, params_domain_unprovision, 2 },
	{ "event.list", rpc_event_list, RPC_INJECT, false, params_event_list, 8 },
	{ "event.subscribe", rpc_event_subscribe, RPC_VIEW, false, params_event_subscribe, 2 },
	{ "injection.create", rpc_injection_create, RPC_INJECT, true, params_injection_create, 17 },
	{ "injection.get", rpc_injection_get, RPC_VIEW, false, params_injection_get, 1 },
	{ "injection.list", rpc_injection_list, RPC_VIEW, false, params_injection_list, 9 },
	{ "injection.resolve", rpc_injection_resolve, RPC_ADMIN, true, params_injection_resolve, 4 },
	{ "policy.check", rpc_policy_check, RPC_VIEW, false, params_policy_check, 8 },
	{ "policy.get", rpc_policy_get, RPC_VIEW, false, NULL, 0 },
	{ "metrics.get", rpc_metrics_get, RPC_VIEW, false, NULL, 0 },
	{ "poison.export", rpc_poison_export, RPC_INJECT, false, params_poison_export, 3 },
	{ "poison.import", rpc_poison_import, RPC_ADMIN, true, params_poison_import, 3 },
	{ "record.decode", rpc_record_decode, RPC_VIEW, false, params_record_decode, 1 },
	{ "record.encode", rpc_record_encode, RPC_VIEW, false, params_record_encode, 1 },
	{ "rpc.discover", rpc_rpc_discover, RPC_VIEW, false, NULL, 0 },
	{ "rpc.ping", rpc_rpc_ping, RPC_VIEW, false, NULL, 0 },
	{ "safety.get", rpc_safety_get, RPC_VIEW, false, NULL, 0 },
	{ "safety.engage", rpc_safety_engage, RPC_INJECT, true, params_safety_engage, 3 },
	{ "safety.release", rpc_safety_release, RPC_ADMIN, true, params_safety_release, 2 },
	{ "source.list", rpc_source_list, RPC_VIEW, false, NULL, 0 },
};

const size_t rpc_n_methods = sizeof(rpc_methods) / sizeof(rpc_methods[0]);
