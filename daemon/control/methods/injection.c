// SPDX-License-Identifier: LGPL-2.1-or-later
/* injection.create, injection.get, injection.list. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
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
	char domain[64]; /* "": all */
	size_t left, n;	 /* rows that may follow, and that were written */
	struct uuid last;
	/* the slice that is being made */
	struct buf *out;
	int64_t start_ns;
	size_t rows;
	bool ok, over;
};

static int add_row(void *arg, const struct journal_row *row)
{
	struct injection_list *l = arg;
	_json_ json_object *o = NULL;

	l->over = rpc_slice_over(l->start_ns, l->rows);
	if (l->over)
		return 1;
	o = view_injection(row);
	l->ok = list_put(l->out, l->n ? "," : HEAD) && list_put_json(l->out, o);
	l->last = row->id;
	l->rows++;
	l->n++;
	l->left--;
	return !l->ok;
}

/* The journal is asked anew for each slice, for the rows behind the last one. */
static int injections_next(void *arg, struct buf *out, struct ras_err *err)
{
	struct injection_list *l = arg;
	/* One more than a slice holds tells that there are more. */
	size_t want = l->left <= RPC_SLICE_ROWS ? l->left : RPC_SLICE_ROWS + 1;

	l->out = out;
	l->start_ns = clock_boot_ns();
	l->rows = 0;
	l->over = false;
	l->ok = true;
	if (journal_list_before(l->d->journal, l->domain[0] ? l->domain : NULL,
				l->n ? &l->last : NULL, want, add_row, l, err) < 0)
		return -err->code;
	if (l->ok && l->over)
		return RPC_SLICE_MORE;
	return l->ok && list_put(out, l->n ? "]}" : HEAD "]}") ?
		       RPC_SLICE_END :
		       ras_fail(err, RAS_E_NOMEM, "out of memory");
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
	l->left = (size_t)limit;
	snprintf(l->domain, sizeof(l->domain), "%s", domain);
	rpc_reply_stream(c, &stream, l);
}
