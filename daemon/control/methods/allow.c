// SPDX-License-Identifier: LGPL-2.1-or-later
/* domain.allow: what may be done to a domain, stored in its libvirt metadata. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "guests/guests.h"

struct allow {
	struct rpc_call *call;
	char domain[64];
	struct conf_grant before, after;
};

static void reply(const struct allow *a, bool dry_run)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "domain", json_object_new_string(a->domain));
	json_object_object_add(o, "before", view_grant(&a->before));
	json_object_object_add(o, "after", view_grant(&a->after));
	json_object_object_add(o, "dry_run", json_object_new_boolean(dry_run));
	rpc_reply(a->call, o);
}

static void on_allowed(void *arg, const struct ras_err *err)
{
	struct allow *a = arg;

	if (err) {
		rpc_reply_error(a->call, err);
	} else {
		log_info("uid %u: %s allows target %s, forward corrected %s, uncorrected %s",
			 (unsigned int)rpc_call_uid(a->call), a->domain,
			 conf_severity_name(a->after.target_max_severity),
			 a->after.forward_corrected ? "yes" : "no",
			 a->after.forward_uncorrected ? "yes" : "no");
		reply(a, false);
	}
	free(a);
}

static int parse(struct rpc_call *c, json_object *params, struct guest **g, struct allow *a,
		 bool *dry_run, struct ras_err *err)
{
	struct daemon *d = rpc_call_user(c);
	const char *domain = NULL, *severity = NULL;

	a->call = c;
	if (json_get_str(params, "domain", &domain, err) < 0 ||
	    guests_find(d->guests, domain, g, err) < 0)
		return -err->code;
	snprintf(a->domain, sizeof(a->domain), "%s", domain);
	a->before = a->after = guest_grant(*g);
	if (json_opt_str(params, "target_max_severity", &severity, err) < 0 ||
	    json_opt_bool(params, "forward_corrected", &a->after.forward_corrected, err) < 0 ||
	    json_opt_bool(params, "forward_uncorrected", &a->after.forward_uncorrected, err) < 0 ||
	    json_opt_bool(params, "dry_run", dry_run, err) < 0 ||
	    (severity && conf_severity_parse(severity, &a->after.target_max_severity, err) < 0))
		return -err->code;
	return 0;
}

void rpc_domain_allow(struct rpc_call *c, json_object *params)
{
	struct allow *a = calloc(1, sizeof(*a));
	struct guest *g;
	bool dry_run = false;
	struct ras_err err;
	int r;

	r = a ? parse(c, params, &g, a, &dry_run, &err) :
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
	if (r == 0)
		r = guest_allow(g, &a->after, dry_run ? NULL : on_allowed, a, &err);
	if (r < 0)
		rpc_reply_error(c, &err);
	else if (dry_run)
		reply(a, true);
	else
		return;
	free(a);
}
