// SPDX-License-Identifier: LGPL-2.1-or-later
/* domain.provision, domain.unprovision: error sources of rasd's own for a guest. */
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "base/log.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "guests/guest.h"
#include "provision/provision.h"

#define SEEK_MS 3000

struct asked {
	struct rpc_call *call;
	struct daemon *d;
	struct provision_request request;
	struct uuid uuid; /* nil: what it was asked about is no UUID */
};

static void on_done(void *arg, const struct provision_result *res, const struct ras_err *err)
{
	struct asked *a = arg;

	if (err)
		rpc_reply_error(a->call, err);
	else
		rpc_reply(a->call, view_provision(res, a->request.remove));
	free(a);
}

/* A guest whose QEMU has error sources with an acknowledgement needs none of ours. */
static int check_needed(const struct guest *g, struct ras_err *err)
{
	const struct backend *b;

	if (provision_of(g))
		return 0;
	for (size_t i = 0; (b = backend_at(i)); i++)
		if (b->traits.proof == PROOF_READ_ACK && backend_capable(b, g, NULL) == 0) {
			ras_fail(err, RAS_E_NOT_CAPABLE,
				 "it needs no provisioning: backend %s serves it as it is",
				 b->name);
			return ras_hint(err, "rasctl inject");
		}
	return 0;
}

static void on_found(void *arg, struct guest *g, const struct ras_err *seek_err)
{
	struct asked *a = arg;
	struct ras_err err;

	if (!g && a->request.remove && seek_err->code == RAS_E_NO_DOMAIN &&
	    !uuid_is_nil(&a->uuid)) {
		log_info("%s: asks to unprovision what is left of a guest%s", rpc_call_who(a->call),
			 a->request.dry_run ? " (dry run)" : "");
		provision_remove_left(a->d->provisions, a->d->helper, a->d->guests, &a->uuid,
				      a->request.dry_run, on_done, a);
		return;
	}
	/* A domain's definition is libvirt's. Of others the monitor says all, also the UUID. */
	if (!g || (seek_err && !guest_is_managed(g))) {
		rpc_reply_error(a->call, seek_err);
		free(a);
		return;
	}
	if (!a->request.remove && check_needed(g, &err) < 0) {
		rpc_reply_error(a->call, &err);
		free(a);
		return;
	}
	log_info("%s: asks to %s %s%s", rpc_call_who(a->call),
		 a->request.remove ? "unprovision" : "provision", g->name,
		 a->request.dry_run ? " (dry run)" : "");
	provision_run(a->d->provisions, a->d->helper, g, &a->request, on_done, a);
}

static void run(struct rpc_call *c, json_object *params, bool remove)
{
	struct asked *a = calloc(1, sizeof(*a));
	const char *name = NULL, *notify = "poll";
	struct ras_err err;
	int r = a ? 0 : ras_fail(&err, RAS_E_NOMEM, "out of memory");

	if (r == 0 &&
	    (json_get_str(params, "domain", &name, &err) < 0 ||
	     json_opt_str(params, "notify", &notify, &err) < 0 ||
	     json_opt_bool(params, "acpi_error_device", &a->request.error_device, &err) < 0 ||
	     json_opt_bool(params, "dry_run", &a->request.dry_run, &err) < 0 ||
	     ghes_notify_parse(notify, &a->request.notify, &err) < 0))
		r = -err.code;
	if (r < 0) {
		free(a);
		rpc_reply_error(c, &err);
		return;
	}
	a->call = c;
	a->d = rpc_call_user(c);
	a->request.remove = remove;
	if (uuid_parse(name, &a->uuid, NULL) < 0)
		a->uuid = (struct uuid){ .b = { 0 } };
	guests_seek(a->d->guests, name, SEEK_MS, on_found, a);
}

void rpc_domain_provision(struct rpc_call *c, json_object *params)
{
	run(c, params, false);
}

void rpc_domain_unprovision(struct rpc_call *c, json_object *params)
{
	run(c, params, true);
}
