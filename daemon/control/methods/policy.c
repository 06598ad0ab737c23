// SPDX-License-Identifier: LGPL-2.1-or-later
/* policy.check, policy.get: what the gate would say, and what it goes by. Nothing is changed. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "control/methods/injection_params.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "guests/guest.h"
#include "inject/inject.h"
#include "inject/policy.h"

#define SEEK_MS 3000

struct check {
	struct rpc_call *call;
	struct daemon *d;
	char domain[64];
	struct caller *caller;
	struct policy_question q;
};

static void check_free(struct check *k)
{
	if (k)
		caller_unref(k->caller);
	free(k);
}

static void on_found(void *arg, struct guest *g, const struct ras_err *serr)
{
	struct check *k = arg;
	struct policy_answer a[POLICY_RULES];
	json_object *o;

	if (!g) {
		rpc_reply_error(k->call, serr);
		check_free(k);
		return;
	}
	k->q.n_open = injector_open(k->d->injector);
	o = view_policy(a, policy_explain(injector_policy(k->d->injector), g, &k->q, a));
	json_object_object_add(o, "domain", json_new_text(k->domain));
	json_object_object_add(o, "severity",
			       json_object_new_string(conf_severity_name(k->q.needs.severity)));
	json_object_object_add(o, "uid", json_object_new_int64(k->caller->uid));
	rpc_reply(k->call, o);
	check_free(k);
}

/* The groups of whom is asked about. */
static int take_gids(json_object *params, gid_t gids[CALLER_MAX_GIDS], size_t *n,
		     struct ras_err *err)
{
	json_object *list;

	*n = 0;
	if (!json_object_object_get_ex(params, "gids", NULL))
		return 0;
	if (json_get_arr(params, "gids", &list, err) < 0)
		return -err->code;
	for (; *n < json_object_array_length(list) && *n < CALLER_MAX_GIDS; ++*n) {
		json_object *o = json_object_array_get_idx(list, *n);
		uint64_t gid = json_object_is_type(o, json_type_int) ? json_object_get_uint64(o) :
								       UINT64_MAX;

		if (gid >= UINT32_MAX) {
			ras_fail(err, RAS_E_PARAMS, "\"gids\" holds numbers of groups");
			return ras_field(err, "gids[%zu]", *n);
		}
		gids[*n] = (gid_t)gid;
	}
	return 0;
}

/* Who is asked about: the caller, or with uid and gids somebody else. */
static int take_caller(struct check *k, json_object *params, struct ras_err *err)
{
	gid_t gids[CALLER_MAX_GIDS];
	uint64_t uid = 0;
	size_t n;
	bool other, has_gids;

	if (take_gids(params, gids, &n, err) < 0)
		return -err->code;
	json_member(params, "uid", &other);
	json_member(params, "gids", &has_gids);
	if (!other && has_gids) {
		ras_fail(err, RAS_E_PARAMS, "\"gids\" goes with uid only");
		return ras_field(err, "gids");
	}
	if (!other) {
		k->caller = caller_ref(rpc_call_caller(k->call));
		return 0;
	}
	if (rpc_call_role(k->call) < RPC_ADMIN) {
		ras_fail(err, RAS_E_PERMISSION, "%s may not ask about others",
			 rpc_call_who(k->call));
		ras_hint(err, "role admin may; without uid it is about you");
		return ras_field(err, "uid");
	}
	if (json_opt_u64(params, "uid", 0, UINT32_MAX - 1, &uid, err) < 0)
		return -err->code;
	k->caller = caller_new((uid_t)uid, (uid_t)uid, gids, n);
	return k->caller ? 0 : ras_fail(err, RAS_E_NOMEM, "out of memory");
}

static int parse(struct check *k, json_object *params, struct ras_err *err)
{
	const char *domain = NULL;

	if (json_get_str(params, "domain", &domain, err) < 0 || take_caller(k, params, err) < 0 ||
	    json_opt_bool(params, "confirm", &k->q.confirmed, err) < 0 ||
	    injection_needs(k->call, params, &k->q.needs, err) < 0)
		return -err->code;
	snprintf(k->domain, sizeof(k->domain), "%s", domain);
	k->q.domain = k->domain;
	k->q.caller = k->caller;
	return 0;
}

void rpc_policy_check(struct rpc_call *c, json_object *params)
{
	struct check *k = calloc(1, sizeof(*k));
	struct ras_err err;
	int r;

	if (k) {
		k->call = c;
		k->d = rpc_call_user(c);
	}
	r = k ? parse(k, params, &err) : ras_fail(&err, RAS_E_NOMEM, "out of memory");
	if (r < 0) {
		check_free(k);
		rpc_reply_error(c, &err);
		return;
	}
	guests_seek(k->d->guests, k->domain, SEEK_MS, on_found, k);
}

void rpc_policy_get(struct rpc_call *c, json_object *params)
{
	static const char *const roles[] = { "none", "view", "inject", "admin" };
	const struct daemon *d = rpc_call_user(c);
	const struct policy *p = injector_policy(d->injector);
	const struct conf_roles *r = &d->conf.roles;
	json_object *o = json_object_new_object(), *groups = json_object_new_object();
	struct policy_used used;

	(void)params;
	policy_used(p, &used);
	used.concurrent = (int64_t)injector_open(d->injector);
	json_object_object_add(groups, "view", json_new_text(r->view_group));
	json_object_object_add(groups, "inject", json_new_text(r->inject_group));
	json_object_object_add(groups, "admin", json_new_text(r->admin_group));
	json_object_object_add(o, "uid", json_object_new_int64(rpc_call_uid(c)));
	json_object_object_add(o, "role", json_new_text(roles[rpc_call_role(c)]));
	json_object_object_add(o, "safety", view_lever(policy_lever(p)));
	json_object_object_add(o, "limits", view_limits(&d->conf.limits, &used));
	json_object_object_add(o, "groups", groups);
	json_object_object_add(o, "injectors", view_injectors(r, rpc_call_caller(c)));
	rpc_reply(c, o);
}
