// SPDX-License-Identifier: LGPL-2.1-or-later
/* injection.create, injection.get, injection.list. */
#include <stdio.h>
#include <stdlib.h>

#include "base/failpoint.h"
#include "control/methods/injection_params.h"
#include "control/methods/list.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "forward/forward.h"

struct by_hpa {
	struct rpc_call *call;
	struct hpa hpa;
	bool dry_run;
};

static void on_injected(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	struct rpc_call *c = arg;

	if (err)
		rpc_reply_error(c, err);
	else
		rpc_reply(c, view_injection(row));
}

static void on_dry_run(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	struct rpc_call *c = arg;

	if (err)
		rpc_reply_error(c, err);
	else
		rpc_reply(c, view_dry_run(row));
}

static void on_forwarded(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	struct by_hpa *b = arg;
	json_object *o;

	if (err) {
		rpc_reply_error(b->call, err);
	} else {
		o = b->dry_run ? view_dry_run(row) : view_injection(row);
		json_object_object_add(o, "hpa", json_new_hex64(b->hpa.v, 0));
		rpc_reply(b->call, o);
	}
	free(b);
}

static void create_by_hpa(struct rpc_call *c, const struct injection_params *p)
{
	struct daemon *d = rpc_call_user(c);
	struct by_hpa *b = malloc(sizeof(*b));
	struct ras_err err;

	if (!b) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(c, &err);
		return;
	}
	*b = (struct by_hpa){ c, p->hpa, p->rq.dry_run };
	forward_inject(d->forward, &p->rq, p->hpa, on_forwarded, b);
}

void rpc_injection_create(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	struct injection_params p;
	struct ras_err err;

	if (injection_params(c, params, &p, &err) < 0) {
		rpc_reply_error(c, &err);
		return;
	}
	FAILPOINT(request_accepted);
	if (p.by_hpa)
		create_by_hpa(c, &p);
	else
		injector_create(d->injector, &p.rq, p.rq.dry_run ? on_dry_run : on_injected, c);
}

void rpc_injection_get(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	struct journal_row *row = calloc(1, sizeof(*row));
	const char *text = NULL;
	struct uuid id;
	struct ras_err err;
	int r = row ? 0 : ras_fail(&err, RAS_E_NOMEM, "out of memory");

	if (r == 0)
		r = json_get_str(params, "id", &text, &err);
	if (r == 0 && (r = uuid_parse(text, &id, &err)) < 0)
		ras_field(&err, "id");
	if (r == 0)
		r = injector_get(d->injector, &id, row, &err);
	if (r < 0)
		rpc_reply_error(c, &err);
	else
		rpc_reply(c, view_injection(row));
	free(row);
}

/* --- injection.list --- */

#define HEAD "{\"injections\":["

struct injection_list {
	struct daemon *d;
	char domain[64];  /* "": all */
	struct uuid last; /* that was written */
	struct list list;
};

static int add_row(void *arg, const struct journal_row *row)
{
	struct injection_list *l = arg;
	_json_ json_object *o = NULL;

	if (list_full(&l->list))
		return 1;
	o = view_injection(row);
	l->last = row->id;
	return !list_row(&l->list, HEAD, o);
}

static int injections_next(void *arg, struct buf *out, struct ras_err *err)
{
	struct injection_list *l = arg;

	list_begin(&l->list, out);
	if (journal_list_before(l->d->journal, l->domain[0] ? l->domain : NULL,
				l->list.n ? &l->last : NULL, list_want(&l->list), add_row, l,
				err) < 0)
		return -err->code;
	return list_end(&l->list, l->list.n ? "]}" : HEAD "]}", err);
}

void rpc_injection_list(struct rpc_call *c, json_object *params)
{
	static const struct rpc_stream stream = { injections_next, free };
	struct injection_list *l = calloc(1, sizeof(*l));
	const char *domain = "";
	uint64_t limit = 100;
	struct ras_err err;

	if (!l) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(c, &err);
		return;
	}
	if (json_opt_str(params, "domain", &domain, &err) < 0 ||
	    json_opt_u64(params, "limit", 1, 1000, &limit, &err) < 0) {
		free(l);
		rpc_reply_error(c, &err);
		return;
	}
	l->d = rpc_call_user(c);
	l->list.left = (size_t)limit;
	snprintf(l->domain, sizeof(l->domain), "%s", domain);
	rpc_reply_stream(c, &stream, l);
}
