// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * JSON-RPC 2.0: a line is one request or a batch. Each request becomes a struct rpc_call that its
 * handler answers now or later. Method and role are looked up before params become json-c values: a
 * peer who may not call a method cannot have rasd read what he sends for it. A batch is cut into
 * its items at once; each item is a step of its own (turn.c). A mutating method sent as a
 * notification is not executed: nobody would learn what became of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "control/check.h"
#include "control/request.h"
#include "control/server_private.h"
#include "control/tally.h"

uid_t rpc_call_person(const struct rpc_call *c)
{
	return c->caller->person;
}

uid_t rpc_call_uid(const struct rpc_call *c)
{
	return c->caller->uid;
}

const char *rpc_call_who(const struct rpc_call *c)
{
	static char text[64];

	if (c->caller->uid == c->caller->person)
		snprintf(text, sizeof(text), "uid %u", (unsigned int)c->caller->uid);
	else
		snprintf(text, sizeof(text), "uid %u as %u", (unsigned int)c->caller->person,
			 (unsigned int)c->caller->uid);
	return text;
}

pid_t rpc_call_pid(const struct rpc_call *c)
{
	return c->pid;
}

struct caller *rpc_call_caller(const struct rpc_call *c)
{
	return c->caller;
}

enum rpc_role rpc_call_role(const struct rpc_call *c)
{
	return c->role;
}

void *rpc_call_user(const struct rpc_call *c)
{
	return c->user;
}

static struct rpc_call *call_new(struct conn *c, const struct request *rq, struct batch *b)
{
	struct rpc_call *call = malloc(sizeof(*call) + rq->id_len);

	if (!call) {
		/* Otherwise the client would wait for an answer that never comes. */
		conn_kill(c, "cannot be answered: out of memory");
		return NULL;
	}
	*call = (struct rpc_call){ .user = c->server->user,
				   .batch = b,
				   .account = c->account,
				   .notification = rq->notification,
				   .pid = c->pid,
				   .role = c->role,
				   .caller = caller_ref(c->caller),
				   .id_len = rq->id_len };
	if (rq->id_len)
		memcpy(call->id, rq->id, rq->id_len);
	if (b) {
		call->batch_at = b->next;
		b->item[b->next].call = call;
		b->open++;
	}
	account_call(c->account);
	call_open(c, call);
	return call;
}

void dispatch_error(struct conn *c, const struct ras_err *err)
{
	struct rpc_call *call = call_new(c, &(struct request){ 0 }, NULL);

	if (call)
		rpc_reply_error(call, err);
}

size_t rpc_connections(const struct rpc_call *c)
{
	return c->conn ? c->conn->server->n_conns : 0;
}

static int may_call(struct rpc_call *call, const char *name, const struct rpc_method **out,
		    struct ras_err *err)
{
	const struct server *s = call->conn->server;
	const struct rpc_method *m = rpc_find(s->methods, s->n_methods, name);

	if (!m) {
		ras_fail(err, RAS_E_METHOD, "there is no method \"%.60s\"", name);
		return ras_hint(err, "rpc.discover lists the methods");
	}
	call->asked.method = (size_t)(m - s->methods);
	call->asked.ns = clock_boot_ns();
	tally_request(call->asked.method);
	if (call->role < m->role) {
		const struct conf *c = s->conf;

		const char *group = m->role == RPC_ADMIN  ? c->roles.admin_group :
				    m->role == RPC_INJECT ? c->roles.inject_group :
							    c->roles.view_group;

		ras_fail(err, RAS_E_PERMISSION, "%s may not call %s", rpc_call_who(call), name);
		audit_refused(&(struct audit_subject){ .method = name,
						       .uid = call->caller->person },
			      err);
		if (call->conn->cut)
			return ras_hint(err, "this is the read-only socket: ask at %.108s",
					c->sockets.control);
		return ras_hint(err,
				"members of group %s may: usermod -aG %s USER, then log in "
				"again",
				group, group);
	}
	if (call->notification && m->mutating)
		return ras_fail(err, RAS_E_REQUEST, "%s needs an id", name);
	*out = m;
	return 0;
}

static void call_method(struct rpc_call *call, const struct request *rq)
{
	const struct rpc_method *m;
	_json_ json_object *params = NULL;
	struct ras_err err;

	if (may_call(call, rq->method, &m, &err) < 0 || request_params(rq, &params, &err) < 0 ||
	    rpc_check_params(m, params, &err) < 0)
		rpc_reply_error(call, &err);
	else
		m->handler(call, params);
}

static void dispatch_one(struct conn *c, const char *text, size_t len, struct batch *b)
{
	struct rpc_call *call;
	struct request rq;
	struct ras_err err;
	int r = request_read(text, len, &rq, &err);

	/* What is no request cannot be a notification: it is answered. */
	if (r < 0)
		rq.notification = false;
	call = call_new(c, &rq, b);
	if (!call)
		return;
	if (r < 0)
		rpc_reply_error(call, &err);
	else
		call_method(call, &rq);
}

static int cut_batch(const char *text, size_t len, struct json_part *items, size_t *n,
		     struct ras_err *err)
{
	int r = json_cut(text, len, items, MAX_BATCH, n, err);

	if (r == 0 && (*n == 0 || *n > MAX_BATCH))
		r = ras_fail(err, RAS_E_REQUEST, "a batch has 1 to %d requests", MAX_BATCH);
	return r;
}

static void begin_batch(struct conn *c, const char *text, size_t len)
{
	struct json_part items[MAX_BATCH];
	struct batch *b;
	struct ras_err err;
	size_t n = 0;

	if (cut_batch(text, len, items, &n, &err) < 0) {
		dispatch_error(c, &err);
		return;
	}
	b = calloc(1, sizeof(*b) + n * sizeof(b->item[0]));
	if (!b) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		dispatch_error(c, &err);
		return;
	}
	b->n = n;
	b->open = 1;
	for (size_t i = 0; i < n; i++) {
		b->item[i].at = (size_t)(items[i].text - text);
		b->item[i].len = items[i].len;
	}
	c->calls.batch = b;
}

void dispatch_item(struct conn *c, const char *line)
{
	struct batch *b = c->calls.batch;

	dispatch_one(c, line + b->item[b->next].at, b->item[b->next].len, b);
	if (++b->next == b->n)
		batch_dispatched(c, b);
}

void dispatch_line(struct conn *c, const char *line, size_t len)
{
	size_t at = 0;

	while (at < len && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r'))
		at++;
	if (at < len && line[at] == '[')
		begin_batch(c, line, len);
	else
		dispatch_one(c, line, len, NULL);
}
