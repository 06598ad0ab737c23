// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * JSON-RPC 2.0: a line is one request or a batch. Each request becomes a struct rpc_call that its handler
 * answers now or later; a call outlives its client. A batch's answers are collected and leave as
 * one array, in the order of the requests. A mutating method sent as a notification is not
 * executed: nobody would learn what became of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/check.h"
#include "control/server_private.h"

#define MAX_ID_BYTES 128

static json_object *error_object(const struct ras_err *err)
{
	json_object *e = json_object_new_object(), *data = json_object_new_object();

	json_object_object_add(e, "code", json_object_new_int(ras_err_rpc_code(err->code)));
	json_object_object_add(e, "message", json_object_new_string(err->text));
	json_object_object_add(data, "reason", json_object_new_string(ras_err_reason(err->code)));
	if (err->hint[0])
		json_object_object_add(data, "hint", json_object_new_string(err->hint));
	if (err->field[0])
		json_object_object_add(data, "field", json_object_new_string(err->field));
	json_object_object_add(e, "data", data);
	return e;
}

static json_object *envelope(json_object *id)
{
	json_object *m = json_object_new_object();

	json_object_object_add(m, "jsonrpc", json_object_new_string("2.0"));
	json_object_object_add(m, "id", id);
	return m;
}

static void batch_close(struct conn *c, struct batch *b)
{
	json_object *out;

	if (--b->open)
		return;
	out = json_object_new_array();
	for (size_t i = 0; i < b->n; i++)
		if (b->slot[i])
			json_object_array_add(out, b->slot[i]);
	if (c && json_object_array_length(out))
		conn_send(c, out);
	json_object_put(out);
	free(b);
}

/* The one end of every call: msg (taken, may be NULL) goes to the client or its batch. */
static void finish(struct rpc_call *call, json_object *msg)
{
	struct conn *c = call->conn;

	if (call->notification) {
		json_object_put(msg);
		msg = NULL;
	}
	if (call->batch) {
		call->batch->slot[call->batch_at] = msg;
		batch_close(c, call->batch);
	} else if (msg) {
		if (c)
			conn_send(c, msg);
		json_object_put(msg);
	}
	if (c) {
		*call->prev = call->next;
		if (call->next)
			call->next->prev = call->prev;
		c->n_calls--;
	}
	json_object_put(call->id);
	free(call);
	if (c)
		conn_call_done(c);
}

void rpc_reply(struct rpc_call *call, json_object *result)
{
	json_object *m = envelope(json_object_get(call->id));

	json_object_object_add(m, "result", result);
	finish(call, m);
}

void rpc_reply_error(struct rpc_call *call, const struct ras_err *err)
{
	json_object *m = envelope(json_object_get(call->id));

	json_object_object_add(m, "error", error_object(err));
	finish(call, m);
}

uid_t rpc_call_uid(const struct rpc_call *c)
{
	return c->uid;
}

pid_t rpc_call_pid(const struct rpc_call *c)
{
	return c->pid;
}

enum rpc_role rpc_call_role(const struct rpc_call *c)
{
	return c->role;
}

void *rpc_call_user(const struct rpc_call *c)
{
	return c->user;
}

void dispatch_orphan(struct conn *c)
{
	for (struct rpc_call *call = c->calls; call; call = call->next)
		call->conn = NULL;
	c->calls = NULL;
	c->n_calls = 0;
}

void dispatch_error(struct conn *c, const struct ras_err *err)
{
	json_object *m = envelope(NULL);

	json_object_object_add(m, "error", error_object(err));
	conn_send(c, m);
	json_object_put(m);
}

/* The members of a request, strictly; the id is read first so that an error can carry it. */
static int parse_request(json_object *req, struct rpc_call *call, const char **method,
			 json_object **params, struct ras_err *err)
{
	const char *version = NULL;
	json_object *v;

	if (!json_object_is_type(req, json_type_object))
		return ras_fail(err, RAS_E_REQUEST, "a request is an object");
	if (json_object_object_get_ex(req, "id", &v)) {
		if ((v && !json_object_is_type(v, json_type_string) && !json_object_is_type(v, json_type_int)) ||
		    (json_object_is_type(v, json_type_string) &&
		     json_object_get_string_len(v) > MAX_ID_BYTES))
			return ras_fail(err, RAS_E_REQUEST, "id must be a string of at most %d bytes, an integer or null",
					MAX_ID_BYTES);
		call->id = json_object_get(v);
		call->notification = false;
	}
	json_object_object_foreach(req, key, val)
	{
		(void)val;
		if (strcmp(key, "jsonrpc") && strcmp(key, "id") && strcmp(key, "method") && strcmp(key, "params"))
			return ras_fail(err, RAS_E_REQUEST, "a request has no member \"%.40s\"", key);
	}
	if (json_get_str(req, "jsonrpc", &version, NULL) < 0 || strcmp(version, "2.0") != 0)
		return ras_fail(err, RAS_E_REQUEST, "\"jsonrpc\" must be \"2.0\"");
	if (json_get_str(req, "method", method, NULL) < 0)
		return ras_fail(err, RAS_E_REQUEST, "\"method\" must be a string");
	*params = NULL;
	if (json_object_object_get_ex(req, "params", &v)) {
		if (json_object_is_type(v, json_type_array)) {
			ras_fail(err, RAS_E_PARAMS, "parameters by position are not supported");
			return ras_hint(err, "use named parameters: \"params\":{...}");
		}
		if (!json_object_is_type(v, json_type_object))
			return ras_fail(err, RAS_E_REQUEST, "\"params\" must be an object");
		*params = v;
	}
	return 0;
}

static int check_call(struct rpc_call *call, const char *name, json_object *params,
		      const struct rpc_method **out, struct ras_err *err)
{
	const struct server *s = call->server;
	const struct rpc_method *m = rpc_find(s->methods, s->n_methods, name);

	if (!m) {
		ras_fail(err, RAS_E_METHOD, "there is no method \"%.60s\"", name);
		return ras_hint(err, "rpc.discover lists the methods");
	}
	if (call->role < m->role) {
		const struct conf *c = s->conf;

		ras_fail(err, RAS_E_PERMISSION, "uid %u may not call %s", (unsigned int)call->uid, name);
		return ras_hint(err, "members of group %s may",
				m->role == RPC_ADMIN ? c->admin_group :
				m->role == RPC_INJECT ? c->inject_group : c->view_group);
	}
	if (call->notification && m->mutating)
		return ras_fail(err, RAS_E_REQUEST, "%s needs an id", name);
	*out = m;
	return rpc_check_params(m, params, err);
}

static void dispatch_one(struct conn *c, json_object *req, struct batch *b, size_t at)
{
	struct rpc_call *call = calloc(1, sizeof(*call));
	const struct rpc_method *m = NULL;
	json_object *params = NULL;
	const char *name = NULL;
	struct ras_err err;

	if (!call) {
		log_error("out of memory: a request gets no answer");
		return;
	}
	*call = (struct rpc_call){ .conn = c, .server = c->server, .batch = b, .batch_at = at,
				   .notification = true, .uid = c->uid, .pid = c->pid,
				   .role = c->role, .user = c->server->user };
	call->next = c->calls;
	call->prev = &c->calls;
	if (c->calls)
		c->calls->prev = &call->next;
	c->calls = call;
	c->n_calls++;
	if (b)
		b->open++;
	if (parse_request(req, call, &name, &params, &err) < 0) {
		/* What is no request cannot be a notification: it is answered. */
		if (err.code == RAS_E_REQUEST)
			call->notification = false;
		rpc_reply_error(call, &err);
		return;
	}
	if (check_call(call, name, params, &m, &err) < 0) {
		rpc_reply_error(call, &err);
		return;
	}
	m->handler(call, params);
}

static void dispatch_batch(struct conn *c, json_object *list)
{
	size_t n = json_object_array_length(list);
	struct batch *b;
	struct ras_err err;

	if (n == 0 || n > MAX_BATCH) {
		ras_fail(&err, RAS_E_REQUEST, "a batch has 1 to %d requests", MAX_BATCH);
		dispatch_error(c, &err);
		return;
	}
	b = calloc(1, sizeof(*b));
	if (!b) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		dispatch_error(c, &err);
		return;
	}
	b->n = n;
	b->open = 1;
	for (size_t i = 0; i < n; i++)
		dispatch_one(c, json_object_array_get_idx(list, i), b, i);
	batch_close(c, b);
}

void dispatch_line(struct conn *c, const char *line, size_t len)
{
	_json_ json_object *req = NULL;
	struct ras_err err;

	if (json_parse(line, len, &req, &err) < 0) {
		dispatch_error(c, &err);
		return;
	}
	if (json_object_is_type(req, json_type_array))
		dispatch_batch(c, req);
	else
		dispatch_one(c, req, NULL, 0);
}
