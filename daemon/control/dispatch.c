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

static bool put_text(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

static bool put_json(struct buf *b, json_object *o)
{
	size_t len;
	const char *text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN |
							     JSON_C_TO_STRING_NOSLASHESCAPE, &len);

	return text && buf_add(b, text, len);
}

/* One answer, without its newline; false (b may hold a part) over b's cap or out of memory. */
static bool put_answer(struct buf *b, json_object *id, const char *member, json_object *value)
{
	return put_text(b, "{\"jsonrpc\":\"2.0\",\"id\":") && put_json(b, id) && put_text(b, ",\"") &&
	       put_text(b, member) && put_text(b, "\":") && put_json(b, value) && put_text(b, "}");
}

static void batch_close(struct conn *c, struct batch *b)
{
	bool ok = true, any = false;

	if (--b->open)
		return;
	for (size_t i = 0; c && !c->dead && ok && i < b->n; i++) {
		if (!buf_len(&b->slot[i]))
			continue;
		ok = put_text(&c->out, any ? "," : "[") &&
		     buf_add(&c->out, buf_data(&b->slot[i]), buf_len(&b->slot[i]));
		any = true;
	}
	if (any)
		conn_send(c, ok && put_text(&c->out, "]\n"));
	for (size_t i = 0; i < b->n; i++)
		buf_free(&b->slot[i]);
	free(b);
}

/* As put_answer(); all answers of a batch together have the cap that one message has. */
static bool put_in_batch(struct batch *b, const struct rpc_call *call, const char *member, json_object *value)
{
	struct buf *slot = &b->slot[call->batch_at];

	*slot = BUF_INIT(MAX_OUT_BYTES - b->n_bytes);
	if (!put_answer(slot, call->id, member, value))
		return false;
	b->n_bytes += buf_len(slot);
	return true;
}

/* The one end of every call: its answer (value is taken) goes to the client or its batch. */
static void finish(struct rpc_call *call, const char *member, json_object *value)
{
	struct conn *c = call->conn;
	struct batch *b = call->batch;

	if (c && !c->dead && !call->notification) {
		if (!b)
			conn_send(c, put_answer(&c->out, call->id, member, value) && put_text(&c->out, "\n"));
		else if (!put_in_batch(b, call, member, value))
			conn_send(c, false);
	}
	json_object_put(value);
	if (b)
		batch_close(c, b);
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
	finish(call, "result", result);
}

void rpc_reply_error(struct rpc_call *call, const struct ras_err *err)
{
	finish(call, "error", error_object(err));
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
	json_object *e = error_object(err);

	if (!c->dead)
		conn_send(c, put_answer(&c->out, NULL, "error", e) && put_text(&c->out, "\n"));
	json_object_put(e);
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
	for (size_t i = 0; i < n && !c->dead; i++)
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
