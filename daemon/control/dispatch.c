// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * JSON-RPC 2.0: a line is one request or a batch. Each request becomes a struct rpc_call that its
 * handler answers now or later; a call outlives its client. A batch's answers are collected and
 * leave as one array, in the order of the requests. A mutating method sent as a notification is not
 * executed: nobody would learn what became of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/check.h"
#include "control/request.h"
#include "control/server_private.h"

static json_object *error_object(const struct ras_err *err)
{
	json_object *e = json_object_new_object(), *data = json_object_new_object();

	json_object_object_add(e, "code", json_object_new_int(ras_err_rpc_code(err->code)));
	json_object_object_add(e, "message", json_new_text(err->text));
	json_object_object_add(data, "reason", json_object_new_string(ras_err_reason(err->code)));
	if (err->hint[0])
		json_object_object_add(data, "hint", json_new_text(err->hint));
	if (err->field[0])
		json_object_object_add(data, "field", json_new_text(err->field));
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
	const char *text = json_object_to_json_string_length(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);

	return text && buf_add(b, text, len);
}

/* What a call is answered with: a value, or ready text. */
struct answer {
	const char *member; /* ",\"result\":" or ",\"error\":" */
	json_object *value;
	const char *text; /* NULL: value counts */
};

/* One answer, without its newline; false (b may hold a part) over b's cap or out of memory. */
static bool put_answer(struct buf *b, const char *id, size_t id_len, const struct answer *a)
{
	return put_text(b, "{\"jsonrpc\":\"2.0\",\"id\":") &&
	       (id_len ? buf_add(b, id, id_len) : put_text(b, "null")) && put_text(b, a->member) &&
	       (a->text ? put_text(b, a->text) : put_json(b, a->value)) && put_text(b, "}");
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
static bool put_in_batch(struct batch *b, const struct rpc_call *call, const struct answer *a)
{
	struct buf *slot = &b->slot[call->batch_at];

	*slot = BUF_INIT(MAX_OUT_BYTES - b->n_bytes);
	if (!put_answer(slot, call->id, call->id_len, a))
		return false;
	b->n_bytes += buf_len(slot);
	return true;
}

/* The one end of every call: its answer goes to the client or its batch. */
static void finish(struct rpc_call *call, const struct answer *a)
{
	struct conn *c = call->conn;
	struct batch *b = call->batch;

	if (c && !c->dead && !call->notification) {
		if (!b)
			conn_send(c, put_answer(&c->out, call->id, call->id_len, a) &&
					     put_text(&c->out, "\n"));
		else if (!put_in_batch(b, call, a))
			conn_send(c, false);
	}
	json_object_put(a->value);
	if (b)
		batch_close(c, b);
	if (c) {
		*call->prev = call->next;
		if (call->next)
			call->next->prev = call->prev;
		c->n_calls--;
	}
	free(call);
	if (c)
		conn_call_done(c);
}

void rpc_reply(struct rpc_call *call, json_object *result)
{
	finish(call, &(struct answer){ .member = ",\"result\":", .value = result });
}

void rpc_reply_text(struct rpc_call *call, const char *result)
{
	finish(call, &(struct answer){ .member = ",\"result\":", .text = result });
}

void rpc_reply_error(struct rpc_call *call, const struct ras_err *err)
{
	finish(call, &(struct answer){ .member = ",\"error\":", .value = error_object(err) });
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
	struct answer a = { .member = ",\"error\":", .value = error_object(err) };

	if (!c->dead)
		conn_send(c, put_answer(&c->out, NULL, 0, &a) && put_text(&c->out, "\n"));
	json_object_put(a.value);
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

		ras_fail(err, RAS_E_PERMISSION, "uid %u may not call %s", (unsigned int)call->uid,
			 name);
		return ras_hint(err, "members of group %s may",
				m->role == RPC_ADMIN  ? c->admin_group :
				m->role == RPC_INJECT ? c->inject_group :
							c->view_group);
	}
	if (call->notification && m->mutating)
		return ras_fail(err, RAS_E_REQUEST, "%s needs an id", name);
	*out = m;
	return rpc_check_params(m, params, err);
}

static void call_method(struct rpc_call *call, const char *name, json_object *params)
{
	const struct rpc_method *m;
	struct ras_err err;

	if (check_call(call, name, params, &m, &err) < 0)
		rpc_reply_error(call, &err);
	else
		m->handler(call, params);
}

static void dispatch_one(struct conn *c, const char *text, size_t len, struct batch *b, size_t at)
{
	struct rpc_call *call;
	struct request rq;
	struct ras_err err;
	int r = request_read(text, len, &rq, &err);

	call = malloc(sizeof(*call) + rq.id_len);
	if (!call) {
		log_error("out of memory: a request gets no answer");
		json_object_put(rq.params);
		return;
	}
	*call = (struct rpc_call){ .conn = c,
				   .server = c->server,
				   .batch = b,
				   .batch_at = at,
				   .notification = rq.notification,
				   .uid = c->uid,
				   .pid = c->pid,
				   .role = c->role,
				   .user = c->server->user,
				   .id_len = rq.id_len };
	if (rq.id_len)
		memcpy(call->id, rq.id, rq.id_len);
	call->next = c->calls;
	call->prev = &c->calls;
	if (c->calls)
		c->calls->prev = &call->next;
	c->calls = call;
	c->n_calls++;
	if (b)
		b->open++;
	/* What is no request cannot be a notification: it is answered. */
	if (r < 0 && err.code != RAS_E_PARAMS)
		call->notification = false;
	if (r < 0)
		rpc_reply_error(call, &err);
	else
		call_method(call, rq.method, rq.params);
	json_object_put(rq.params);
}

static void dispatch_batch(struct conn *c, const char *text, size_t len)
{
	struct json_part items[MAX_BATCH];
	struct batch *b = NULL;
	struct ras_err err;
	size_t n = 0;
	int r = json_cut(text, len, items, MAX_BATCH, &n, &err);

	if (r == 0 && (n == 0 || n > MAX_BATCH))
		r = ras_fail(&err, RAS_E_REQUEST, "a batch has 1 to %d requests", MAX_BATCH);
	if (r == 0)
		b = calloc(1, sizeof(*b));
	if (!b) {
		if (r == 0)
			ras_fail(&err, RAS_E_NOMEM, "out of memory");
		dispatch_error(c, &err);
		return;
	}
	b->n = n;
	b->open = 1;
	for (size_t i = 0; i < n && !c->dead; i++)
		dispatch_one(c, items[i].text, items[i].len, b, i);
	batch_close(c, b);
}

void dispatch_line(struct conn *c, const char *line, size_t len)
{
	size_t at = 0;

	while (at < len && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r'))
		at++;
	if (at < len && line[at] == '[')
		dispatch_batch(c, line, len);
	else
		dispatch_one(c, line, len, NULL, 0);
}
