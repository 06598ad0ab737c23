// SPDX-License-Identifier: LGPL-2.1-or-later
/* config.reload: rasd.conf is read again; a file that is wrong changes nothing. */
#include <stdlib.h>

#include "control/methods/methods.h"
#include "control/reload.h"

struct asked {
	struct rpc_call *call;
	bool dry_run;
};

static json_object *names(const char *const *v, size_t n)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, json_new_text(v[i]));
	return list;
}

static void on_reloaded(void *arg, const struct reload_result *r, const struct ras_err *err)
{
	struct asked *a = arg;
	json_object *o;

	if (err) {
		rpc_reply_error(a->call, err);
	} else {
		o = json_object_new_object();
		json_object_object_add(o, "changed", names(r->changed, r->n_changed));
		json_object_object_add(o, "restart_needed", names(r->restart, r->n_restart));
		json_object_object_add(o, "refused", json_object_new_uint64(r->n_refused));
		json_object_object_add(o, "dry_run", json_object_new_boolean(a->dry_run));
		rpc_reply(a->call, o);
	}
	free(a);
}

void rpc_config_reload(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	struct asked *a = calloc(1, sizeof(*a));
	struct ras_err err;
	int r = a ? json_opt_bool(params, "dry_run", &a->dry_run, &err) :
		    ras_fail(&err, RAS_E_NOMEM, "out of memory");

	if (r == 0) {
		a->call = c;
		r = reload_run(d->reload, rpc_call_person(c), a->dry_run, on_reloaded, a, &err);
	}
	if (r < 0) {
		free(a);
		rpc_reply_error(c, &err);
	}
}
