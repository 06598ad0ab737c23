// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * injection.resolve: an operator says what became of an injection that rasd could prove nothing
 * about, and the journal keeps who said it. Only an unknown injection can be resolved; its earlier
 * states stay in its transitions. Nothing is sent.
 *
 * Two requests may come for one row, from one client or two, before the first is stored. The
 * journal decides in the transaction that stores it: the second is refused with the state that the
 * first one has stored. So is a request that is repeated after a lost answer; injection.get then
 * shows by whom and why it was resolved.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/check.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "inject/inject.h"

struct resolve {
	struct rpc_call *call;
	struct journal_row row; /* as it was, then as it is to be */
};

static void answer(struct resolve *r, const struct ras_err *err)
{
	if (err)
		rpc_reply_error(r->call, err);
	else
		rpc_reply(r->call, view_injection(&r->row));
	free(r);
}

static void on_stored(void *arg, const struct ras_err *err)
{
	struct resolve *r = arg;
	struct daemon *d = rpc_call_user(r->call);
	struct ras_err e;

	if (!err && journal_get(d->journal, &r->row.id, &r->row, &e) < 0)
		err = &e;
	if (!err)
		log_limited(LOG_INFO, r->row.target.domain, "injection into %s: %s: %s",
			    r->row.target.domain, inj_state_name(r->row.outcome.state),
			    r->row.outcome.detail);
	answer(r, err);
}

static int parse(struct rpc_call *c, json_object *params, struct resolve *r, bool *dry_run,
		 struct ras_err *err)
{
	struct daemon *d = rpc_call_user(c);
	const char *id_text = NULL, *state = NULL, *reason = NULL;
	struct uuid id;

	r->call = c;
	if (json_get_str(params, "id", &id_text, err) < 0 ||
	    json_get_str(params, "state", &state, err) < 0 ||
	    json_get_str(params, "reason", &reason, err) < 0 ||
	    json_opt_bool(params, "dry_run", dry_run, err) < 0)
		return -err->code;
	if (rpc_check_words(reason, "reason", err) < 0)
		return -err->code;
	if (uuid_parse(id_text, &id, err) < 0)
		return ras_field(err, "id");
	if (injector_get(d->injector, &id, &r->row, err) < 0)
		return -err->code;
	if (r->row.outcome.state != INJ_UNKNOWN) {
		ras_fail(err, RAS_E_PARAMS,
			 "the injection is %s: only an unknown one can be resolved",
			 inj_state_name(r->row.outcome.state));
		return ras_field(err, "id");
	}
	/* The parameter table allows the final states other than unknown only. */
	r->row.outcome.state = inj_state_parse(state);
	snprintf(r->row.outcome.detail, sizeof(r->row.outcome.detail), "resolved by %s: %s",
		 rpc_call_who(c), reason);
	return 0;
}

void rpc_injection_resolve(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	struct resolve *r = calloc(1, sizeof(*r));
	bool dry_run = false;
	struct ras_err err;
	int rc = r ? parse(c, params, r, &dry_run, &err) :
		     ras_fail(&err, RAS_E_NOMEM, "out of memory");

	if (rc < 0) {
		rpc_reply_error(c, &err);
		free(r);
		return;
	}
	if (dry_run) {
		answer(r, NULL);
		return;
	}
	if (journal_resolve(d->journal, &r->row.id, r->row.outcome.state, r->row.outcome.detail,
			    on_stored, r, &err) < 0)
		answer(r, &err);
}
