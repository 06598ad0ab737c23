// SPDX-License-Identifier: LGPL-2.1-or-later
/* injection.create, injection.get, injection.list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"
#include "base/log.h"
#include "control/methods/injection_params.h"
#include "control/methods/filter.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "forward/forward.h"
#include "inject/policy.h"

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

/* What would be sent, and what each rule of the gate says of it. */
static json_object *dry_run(struct rpc_call *c, const struct journal_row *row)
{
	const struct daemon *d = rpc_call_user(c);
	struct policy_question q = { .domain = row->target.domain,
				     .caller = rpc_call_caller(c),
				     .n_open = injector_open(d->injector),
				     .confirmed = true }; /* else it would have been refused */
	json_object *o = view_dry_run(row);
	struct policy_answer a[POLICY_RULES];
	enum conf_severity worst;
	struct guest *g;

	log_limited_id(LOG_INFO, rpc_call_person(c), "%s: dry run of a %s injection into %s",
		       rpc_call_who(c), row->severity, row->target.domain);
	if (guests_find(d->guests, row->target.domain, &g, NULL) < 0 ||
	    conf_severity_parse(row->severity, &worst, NULL) < 0)
		return o;
	record_needs(row->record, row->record_len, worst, &q.needs);
	json_object_object_add(o, "policy",
			       view_policy(a,
					   policy_explain(injector_policy(d->injector), g, &q, a)));
	return o;
}

static void on_dry_run(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	struct rpc_call *c = arg;

	if (err)
		rpc_reply_error(c, err);
	else
		rpc_reply(c, dry_run(c, row));
}

static void on_forwarded(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	struct by_hpa *b = arg;
	json_object *o;

	if (err) {
		rpc_reply_error(b->call, err);
	} else {
		o = b->dry_run ? dry_run(b->call, row) : view_injection(row);
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

/* Who may not translate addresses may not learn pages of the host from the journal either. */
static void add_hpa(json_object *o, const struct rpc_call *c, const struct journal_row *row)
{
	if (rpc_call_role(c) >= RPC_INJECT)
		view_injection_hpa(o, row);
}

/* An id, or as much of one as no other injection has. */
static int find_id(struct journal *j, const char *text, struct uuid *out, struct ras_err *err)
{
	static const char least[] = "00000000-0000-0000-0000-000000000000",
			  most[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";
	char whole[UUID_TEXT_SIZE];
	size_t len = strlen(text);
	struct uuid from, to;
	int r;

	if (len >= sizeof(whole) - 1)
		return uuid_parse(text, out, err);
	snprintf(whole, sizeof(whole), "%s%s", text, least + len);
	r = uuid_parse(whole, &from, err);
	snprintf(whole, sizeof(whole), "%s%s", text, most + len);
	if (r == 0)
		r = uuid_parse(whole, &to, err);
	return r == 0 ? journal_only_id(j, &from, &to, out, err) : r;
}

void rpc_injection_get(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	struct journal_row *row = calloc(1, sizeof(*row));
	const char *text = NULL;
	json_object *o = NULL;
	struct uuid id;
	struct ras_err err;
	int r = row ? 0 : ras_fail(&err, RAS_E_NOMEM, "out of memory");

	if (r == 0)
		r = json_get_str(params, "id", &text, &err);
	if (r == 0 && (r = find_id(d->journal, text, &id, &err)) < 0)
		ras_field(&err, "id");
	if (r == 0)
		r = injector_get(d->injector, &id, row, &err);
	if (r == 0) {
		o = view_injection(row);
		add_hpa(o, c, row);
		r = view_injection_whole(o, d->journal, row, &err);
	}
	if (r < 0) {
		json_object_put(o);
		rpc_reply_error(c, &err);
	} else {
		rpc_reply(c, o);
	}
	free(row);
}

/* --- injection.list --- */

struct injection_list {
	struct filter filter;
	struct rpc_call *call; /* until the list begins */
	bool with_hpa;
};

static int add_row(void *arg, const struct journal_row *row)
{
	struct injection_list *l = arg;
	_json_ json_object *o = NULL;

	if (filter_full(&l->filter))
		return 1;
	o = view_injection(row);
	if (l->with_hpa)
		view_injection_hpa(o, row);
	return !filter_row(&l->filter, o);
}

static int injections_next(void *arg, struct buf *out, struct ras_err *err)
{
	struct injection_list *l = arg;
	int r;

	list_begin(&l->filter.list, out);
	r = journal_page(l->filter.j, &l->filter.page, add_row, l, err);
	return r < 0 ? r : filter_end(&l->filter, r, err);
}

/* Whether what was queued is stored or not: the list shows what is. */
static void begin_list(void *arg, const struct ras_err *why)
{
	static const struct rpc_stream stream = { injections_next, free };
	struct injection_list *l = arg;

	(void)why;
	rpc_reply_stream(l->call, &stream, l);
}

void rpc_injection_list(struct rpc_call *c, json_object *params)
{
	static const struct filter_kind kind = { "state", "origin", "tag", "{\"injections\":[",
						 'i' };
	struct injection_list *l = filter_new(sizeof(*l), c, params, &kind);
	struct ras_err err;

	if (!l)
		return;
	l->call = c;
	l->with_hpa = rpc_call_role(c) >= RPC_INJECT;
	/* States are looked up as they are stored: what a client was told must be there. */
	if (!l->filter.page.filter.state.n || journal_barrier(l->filter.j, begin_list, l, &err) < 0)
		begin_list(l, NULL);
}
