// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * safety.get, safety.engage, safety.release: one lever for the whole host that stops injections.
 *
 * Who may inject may stop it all: whoever sees that something goes wrong must not have to find an
 * administrator first. Releasing it, and stopping real errors of the host, is an administrator's.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "control/check.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "events/events.h"
#include "inject/inject.h"
#include "inject/policy.h"

struct change {
	struct rpc_call *call;
	struct daemon *d;
	struct journal_lever lever; /* as it is to be */
	bool dry_run;
	size_t n_refused;
};

static void add_held(json_object *o, const struct daemon *d)
{
	uint64_t n = d->events ? events_held(d->events) : 0;

	json_object_object_add(o, "held", json_object_new_uint64(n));
}

void rpc_safety_get(struct rpc_call *c, json_object *params)
{
	const struct daemon *d = rpc_call_user(c);
	json_object *o = view_lever(policy_lever(injector_policy(d->injector)));

	(void)params;
	add_held(o, d);
	rpc_reply(c, o);
}

static void answer(struct change *ch)
{
	json_object *o = view_lever(ch->dry_run ? &ch->lever :
						  policy_lever(injector_policy(ch->d->injector)));

	add_held(o, ch->d);
	if (ch->lever.engaged)
		json_object_object_add(o, "refused", json_object_new_uint64(ch->n_refused));
	json_object_object_add(o, "dry_run", json_object_new_boolean(ch->dry_run));
	rpc_reply(ch->call, o);
	free(ch);
}

static void tell(const struct change *ch)
{
	const struct journal_lever *l = &ch->lever;

	audit_safety(&(struct audit_lever){ .uid = l->uid,
					    .engaged = l->engaged,
					    .also_forwarding = l->also_forwarding,
					    .reason = l->reason });
	if (l->engaged && l->also_forwarding)
		log_msg(LOG_ALERT,
			"%s has engaged the safety lever, and real errors of this host are not "
			"forwarded to their guests until it is released: %s",
			rpc_call_who(ch->call), l->reason);
	else
		log_limited_id(LOG_WARNING, l->uid, "%s has %s the safety lever: %s",
			       rpc_call_who(ch->call), l->engaged ? "engaged" : "released",
			       l->reason);
}

static void on_engaged(void *arg, const struct ras_err *err)
{
	struct change *ch = arg;
	struct ras_err e;

	if (!err) {
		answer(ch);
		return;
	}
	ras_fail(&e, RAS_E_JOURNAL,
		 "the safety lever is engaged, but a restart of rasd would release it: %.120s",
		 err->text);
	ras_hint(&e, "%s", err->hint);
	rpc_reply_error(ch->call, &e);
	free(ch);
}

static void on_released(void *arg, const struct ras_err *err)
{
	struct change *ch = arg;
	struct daemon *d = ch->d;

	if (!err) {
		tell(ch);
		answer(ch);
		if (d->events)
			events_released(d->events);
		return;
	}
	rpc_reply_error(ch->call, err);
	free(ch);
}

static int parse(struct change *ch, json_object *params, bool engaged, struct ras_err *err)
{
	struct rpc_call *c = ch->call;
	const char *reason = NULL;

	if (json_get_str(params, "reason", &reason, err) < 0 ||
	    json_opt_bool(params, "also_forwarding", &ch->lever.also_forwarding, err) < 0 ||
	    json_opt_bool(params, "dry_run", &ch->dry_run, err) < 0 ||
	    rpc_check_words(reason, "reason", err) < 0)
		return -err->code;
	if (ch->lever.also_forwarding && rpc_call_role(c) < RPC_ADMIN) {
		ras_fail(err, RAS_E_PERMISSION, "%s may not stop the forwarding of real errors",
			 rpc_call_who(c));
		ras_hint(err, "members of group %s may", ch->d->conf.roles.admin_group);
		return ras_field(err, "also_forwarding");
	}
	snprintf(ch->lever.reason, sizeof(ch->lever.reason), "%s", reason);
	ch->lever.engaged = engaged;
	ch->lever.uid = rpc_call_person(c);
	ch->lever.as_uid = rpc_call_uid(c);
	ch->lever.pid = rpc_call_pid(c);
	ch->lever.real_ns = clock_real_ns();
	return 0;
}

/* NULL: it is answered with an error. */
static struct change *change_new(struct rpc_call *c, json_object *params, bool engaged)
{
	struct change *ch = calloc(1, sizeof(*ch));
	struct ras_err err;
	int r;

	if (ch) {
		ch->call = c;
		ch->d = rpc_call_user(c);
	}
	r = ch ? parse(ch, params, engaged, &err) : ras_fail(&err, RAS_E_NOMEM, "out of memory");
	if (r == 0)
		return ch;
	free(ch);
	rpc_reply_error(c, &err);
	return NULL;
}

void rpc_safety_engage(struct rpc_call *c, json_object *params)
{
	struct change *ch = change_new(c, params, true);
	struct injector *in;
	struct ras_err err;
	int r;

	if (!ch)
		return;
	in = ch->d->injector;
	if (ch->dry_run) {
		ch->n_refused = injector_waiting(in, ch->lever.also_forwarding);
		answer(ch);
		return;
	}
	tell(ch);
	r = policy_lever_engage(injector_policy(in), &ch->lever, on_engaged, ch, &err);
	ch->n_refused = injector_recheck(in);
	if (r < 0)
		on_engaged(ch, &err);
}

void rpc_safety_release(struct rpc_call *c, json_object *params)
{
	struct change *ch = change_new(c, params, false);
	struct ras_err err;

	if (!ch)
		return;
	if (ch->dry_run)
		answer(ch);
	else if (policy_lever_release(injector_policy(ch->d->injector), &ch->lever, on_released, ch,
				      &err) < 0)
		on_released(ch, &err);
}
