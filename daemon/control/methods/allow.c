// SPDX-License-Identifier: LGPL-2.1-or-later
/* domain.allow: what may be done to a domain, stored in its libvirt metadata. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "guests/guests.h"

#define SEEK_MS 3000

struct allow {
	struct rpc_call *call;
	struct daemon *d;
	char domain[64];
	struct conf_grant before, after;
	/* what the caller says; the rest stays as it is */
	bool has_severity, has_corrected, has_uncorrected, has_label;
	bool dry_run;
};

static void reply(const struct allow *a)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "domain", json_new_text(a->domain));
	json_object_object_add(o, "before", view_grant(&a->before));
	json_object_object_add(o, "after", view_grant(&a->after));
	json_object_object_add(o, "dry_run", json_object_new_boolean(a->dry_run));
	rpc_reply(a->call, o);
}

static void on_allowed(void *arg, const struct ras_err *err)
{
	struct allow *a = arg;

	if (err) {
		rpc_reply_error(a->call, err);
	} else {
		log_info("%s: %s allows target %s, forward corrected %s, uncorrected %s, label %s",
			 rpc_call_who(a->call), a->domain,
			 conf_severity_name(a->after.target_max_severity),
			 a->after.forward_corrected ? "yes" : "no",
			 a->after.forward_uncorrected ? "yes" : "no",
			 a->after.forward_label ? "yes" : "no");
		reply(a);
	}
	free(a);
}

static int parse(json_object *params, struct allow *a, struct ras_err *err)
{
	const char *domain = NULL, *severity = NULL;

	if (json_get_str(params, "domain", &domain, err) < 0 ||
	    json_opt_str(params, "target_max_severity", &severity, err) < 0 ||
	    json_opt_bool(params, "forward_corrected", &a->after.forward_corrected, err) < 0 ||
	    json_opt_bool(params, "forward_uncorrected", &a->after.forward_uncorrected, err) < 0 ||
	    json_opt_bool(params, "forward_label", &a->after.forward_label, err) < 0 ||
	    json_opt_bool(params, "dry_run", &a->dry_run, err) < 0 ||
	    (severity && conf_severity_parse(severity, &a->after.target_max_severity, err) < 0))
		return -err->code;
	snprintf(a->domain, sizeof(a->domain), "%s", domain);
	a->has_severity = severity;
	json_member(params, "forward_corrected", &a->has_corrected);
	json_member(params, "forward_uncorrected", &a->has_uncorrected);
	json_member(params, "forward_label", &a->has_label);
	return 0;
}

static void on_found(void *arg, struct guest *g, const struct ras_err *serr)
{
	struct allow *a = arg;
	struct ras_err err;

	if (!g) {
		rpc_reply_error(a->call, serr);
		free(a);
		return;
	}
	/* Whether its monitor answers does not matter: the grant is libvirt's to keep. */
	a->before = guest_grant(g);
	if (!a->has_severity)
		a->after.target_max_severity = a->before.target_max_severity;
	if (!a->has_corrected)
		a->after.forward_corrected = a->before.forward_corrected;
	if (!a->has_uncorrected)
		a->after.forward_uncorrected = a->before.forward_uncorrected;
	if (!a->has_label)
		a->after.forward_label = a->before.forward_label;
	if (guest_allow(g, &a->after, a->dry_run ? NULL : on_allowed, a, &err) < 0)
		rpc_reply_error(a->call, &err);
	else if (a->dry_run)
		reply(a);
	else
		return;
	free(a);
}

void rpc_domain_allow(struct rpc_call *c, json_object *params)
{
	struct allow *a = calloc(1, sizeof(*a));
	struct ras_err err;
	int r = a ? parse(params, a, &err) : ras_fail(&err, RAS_E_NOMEM, "out of memory");

	if (r < 0) {
		free(a);
		rpc_reply_error(c, &err);
		return;
	}
	a->call = c;
	a->d = rpc_call_user(c);
	guests_seek(a->d->guests, a->domain, SEEK_MS, on_found, a);
}
