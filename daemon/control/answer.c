// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Calls and their answers.
 *
 * A call ends once: with a value, with text, or as a stream that makes its answer in slices. An
 * answer goes into the connection's output at once where nothing waits before it. Otherwise it is
 * held, and a queue of pending answers is worked off by answer_step(), one slice or one held answer
 * at a time. So a list of a thousand rows is never in memory as a whole, and is not made at all
 * for a client that does not read.
 *
 * The answers of a batch leave as one array in the order of its requests. The array begins when
 * each item is answered or is a stream: an item that waits for a guest must not hold back the
 * answers of other requests of the same client. A call outlives its client; its answer goes
 * nowhere then.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/server_private.h"
#include "control/tally.h"

/* What a call is answered with: a value, or ready text. */
struct answer {
	const char *member; /* ",\"result\":" or ",\"error\":" */
	json_object *value;
	const char *text; /* NULL: value counts */
};

#define RESULT ",\"result\":"
#define ERROR ",\"error\":"

bool rpc_slice_over(int64_t start_ns, size_t n)
{
	return n >= RPC_SLICE_ROWS || (n > 0 && clock_boot_ns() - start_ns > RPC_SLICE_NS);
}

static json_object *error_object(const struct ras_err *err)
{
	json_object *e = json_object_new_object(), *data = json_object_new_object();

	tally_error(err->code);
	json_object_object_add(e, "code", json_object_new_int(ras_err_rpc_code(err->code)));
	json_object_object_add(e, "message", json_new_text(err->text));
	json_object_object_add(data, "reason", json_object_new_string(ras_err_reason(err->code)));
	if (err->hint[0])
		json_object_object_add(data, "hint", json_new_text(err->hint));
	if (err->field[0])
		json_object_object_add(data, "field", json_new_text(err->field));
	if (err->code == RAS_E_RATE)
		json_object_object_add(data, "retry_after_ms",
				       json_object_new_int64(err->retry_after_ms));
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

static bool put_head(struct buf *b, const struct rpc_call *call, const char *member)
{
	return put_text(b, "{\"jsonrpc\":\"2.0\",\"id\":") &&
	       (call->id_len ? buf_add(b, call->id, call->id_len) : put_text(b, "null")) &&
	       put_text(b, member);
}

/* One answer, without its newline; false (b may hold a part) over b's cap or out of memory. */
static bool put_answer(struct buf *b, const struct rpc_call *call, const struct answer *a)
{
	return put_head(b, call, a->member) &&
	       (a->text ? put_text(b, a->text) : put_json(b, a->value)) && put_text(b, "}");
}

/* --- the life of a call --- */

void call_open(struct conn *c, struct rpc_call *call)
{
	struct conn_calls *k = &c->calls;

	call->state = CALL_OPEN;
	call->conn = c;
	call->next = k->open;
	call->prev = &k->open;
	if (k->open)
		k->open->prev = &call->next;
	k->open = call;
	k->n_open++;
}

static void call_close(struct rpc_call *call)
{
	*call->prev = call->next;
	if (call->next)
		call->next->prev = call->prev;
	call->conn->calls.n_open--;
}

static void call_free(struct rpc_call *call)
{
	if (call->stream)
		call->stream->free(call->stream_arg);
	if (call->conn)
		call->conn->calls.text_bytes -= call->text.size;
	buf_free(&call->text);
	account_call_end(call->account);
	caller_unref(call->caller);
	free(call);
}

/* Its client, or the batch that waits for it, is gone: the handler's answer frees it. */
static void call_orphan(struct rpc_call *call)
{
	call->conn = NULL;
	call->batch = NULL;
}

static void batch_free(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct rpc_call *call = b->item[i].call;

		if (call && call->state == CALL_OPEN)
			call_orphan(call);
		else if (call)
			call_free(call);
	}
	free(b);
}

static bool has_answers(const struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->item[i].call)
			return true;
	return false;
}

/* One answer of the batch less to wait for. */
static void batch_part(struct conn *c, struct batch *b)
{
	if (--b->open)
		return;
	if (!has_answers(b)) {
		free(b); /* nothing but notifications */
		return;
	}
	b->pending = (struct pending){ .batch = b };
	STAILQ_INSERT_TAIL(&c->calls.answers, &b->pending, next);
}

void batch_dispatched(struct conn *c, struct batch *b)
{
	c->calls.batch = NULL;
	batch_part(c, b);
}

/* Is it written already that this call is the next one (RPC_SLICE_LATER)? */
static bool is_awaited(const struct conn *c, const struct rpc_call *call)
{
	const struct pending *p = STAILQ_FIRST(&c->calls.answers);

	return p && (p->call == call || (call->batch && p->batch == call->batch));
}

/* It is answered by text or stream: its batch or the queue has it now. */
static void call_answered(struct rpc_call *call)
{
	struct conn *c = call->conn;

	if (!is_awaited(c, call)) {
		if (call->batch) {
			batch_part(c, call->batch);
		} else {
			call->pending = (struct pending){ .call = call };
			STAILQ_INSERT_TAIL(&c->calls.answers, &call->pending, next);
		}
	}
	conn_wake(c);
}

/* Nobody hears the answer. */
static void call_end_unheard(struct rpc_call *call)
{
	struct conn *c = call->conn;
	struct batch *b = call->batch;

	if (b)
		b->item[call->batch_at].call = NULL;
	if (c && b)
		batch_part(c, b);
	if (c)
		conn_wake(c);
	call_free(call);
}

static void call_hold(struct rpc_call *call, const struct answer *a)
{
	struct conn *c = call->conn;
	size_t held = c->calls.text_bytes;

	call->text = BUF_INIT(held < MAX_OUT_BYTES ? MAX_OUT_BYTES - held : 0);
	call->state = CALL_TEXT;
	if (!put_answer(&call->text, call, a))
		conn_kill(c, "has asked for more than can be held");
	c->calls.text_bytes += call->text.size;
	call_answered(call);
}

static void tally(const struct rpc_call *call)
{
	if (call->asked.ns)
		tally_answer(call->asked.method, clock_boot_ns() - call->asked.ns);
}

/* The one end of every call that is not a stream. */
static void finish(struct rpc_call *call, const struct answer *a)
{
	struct conn *c = call->conn;

	tally(call);
	if (c)
		call_close(call);
	if (!c || c->state == CONN_DEAD || call->notification) {
		call_end_unheard(call);
	} else if (call->batch || !STAILQ_EMPTY(&c->calls.answers)) {
		call_hold(call, a);
	} else {
		if (!put_answer(&c->io.out, call, a) || !put_text(&c->io.out, "\n"))
			conn_kill(c, "does not take its answers");
		call_free(call);
		conn_wake(c);
	}
	json_object_put(a->value);
}

void rpc_reply(struct rpc_call *call, json_object *result)
{
	finish(call, &(struct answer){ .member = RESULT, .value = result });
}

void rpc_reply_text(struct rpc_call *call, const char *result)
{
	finish(call, &(struct answer){ .member = RESULT, .text = result });
}

void rpc_reply_error(struct rpc_call *call, const struct ras_err *err)
{
	finish(call, &(struct answer){ .member = ERROR, .value = error_object(err) });
}

void rpc_reply_stream(struct rpc_call *call, const struct rpc_stream *stream, void *arg)
{
	struct conn *c = call->conn;

	if (c)
		call_close(call);
	call->stream = stream;
	call->stream_arg = arg;
	if (!c || c->state == CONN_DEAD || call->notification) {
		call_end_unheard(call);
		return;
	}
	call->state = CALL_STREAM;
	call_answered(call);
}

/* --- pending answers into bytes --- */

/* What stands before the next answer of this unit. */
static const char *prefix(const struct pending *p)
{
	return !p->batch ? "" : p->batch->any ? "," : "[";
}

/* The call's answer is written: on to the next of the batch, or to the end of the line. */
static void unit_next(struct conn *c, struct pending *p)
{
	struct batch *b = p->batch;
	bool last = true;

	if (b) {
		call_free(b->item[b->written].call);
		b->item[b->written].call = NULL;
		b->any = true;
		for (last = true; last && b->written < b->n; b->written += last)
			last = !b->item[b->written].call;
	}
	if (!last)
		return;
	if (!put_text(&c->io.out, b ? "]\n" : "\n"))
		conn_kill(c, "does not take its answers");
	STAILQ_REMOVE_HEAD(&c->calls.answers, next);
	if (b)
		free(b);
	else
		call_free(p->call);
}

static void buf_cut(struct buf *b, size_t len)
{
	b->tail = b->head + len;
}

/* The stream has failed before its first byte: an error is its answer. */
static bool put_stream_error(struct conn *c, struct pending *p, const struct rpc_call *call,
			     const struct ras_err *err)
{
	struct answer a = { .member = ERROR, .value = error_object(err) };
	bool ok = put_text(&c->io.out, prefix(p)) && put_answer(&c->io.out, call, &a);

	json_object_put(a.value);
	return ok;
}

/* The answer of the call comes from its handler after all. */
static void stream_to_handler(struct conn *c, struct rpc_call *call)
{
	call->stream->free(call->stream_arg);
	call->stream = NULL;
	call_open(c, call);
}

static void slice(struct conn *c, struct pending *p, struct rpc_call *call)
{
	struct buf *out = &c->io.out;
	size_t before = buf_len(out), head;
	struct ras_err err;
	bool ok = call->begun || (put_text(out, prefix(p)) && put_head(out, call, RESULT));
	int r;

	head = buf_len(out);
	r = ok ? call->stream->next(call->stream_arg, out, &err) : 0;
	if (!call->begun && buf_len(out) == head)
		buf_cut(out, before);
	else
		call->begun = true;
	if (!ok) {
		conn_kill(c, "does not take its answers");
	} else if (r < 0 && call->begun) {
		conn_kill(c, err.text);
	} else if (r < 0) {
		if (!put_stream_error(c, p, call, &err))
			conn_kill(c, "does not take its answers");
		tally(call);
		unit_next(c, p);
	} else if (r == RPC_SLICE_LATER) {
		stream_to_handler(c, call);
	} else if (r == RPC_SLICE_END) {
		if (!put_text(out, "}"))
			conn_kill(c, "does not take its answers");
		tally(call);
		unit_next(c, p);
	}
}

static void put_held(struct conn *c, struct pending *p, const struct rpc_call *call)
{
	if (!put_text(&c->io.out, prefix(p)) ||
	    !buf_add(&c->io.out, buf_data(&call->text), buf_len(&call->text)))
		conn_kill(c, "does not take its answers");
	unit_next(c, p);
}

/* Notifications at the front of a batch have no answer. */
static struct rpc_call *unit_call(struct pending *p)
{
	struct batch *b = p->batch;

	if (!b)
		return p->call;
	while (!b->item[b->written].call)
		b->written++;
	return b->item[b->written].call;
}

bool answer_ready(struct conn *c)
{
	struct pending *p = STAILQ_FIRST(&c->calls.answers);

	return p && unit_call(p)->state != CALL_OPEN;
}

enum step_cost answer_step(struct conn *c)
{
	struct pending *p = STAILQ_FIRST(&c->calls.answers);
	struct rpc_call *call = unit_call(p);

	if (call->state == CALL_STREAM) {
		slice(c, p, call);
		return STEP_SLICE;
	}
	put_held(c, p, call);
	return STEP_LINE;
}

void answer_orphan(struct conn *c)
{
	struct conn_calls *k = &c->calls;
	struct rpc_call *call, *next;
	struct pending *p;

	while ((p = STAILQ_FIRST(&k->answers))) {
		STAILQ_REMOVE_HEAD(&k->answers, next);
		if (p->batch)
			batch_free(p->batch);
		else if (p->call->state != CALL_OPEN)
			call_free(p->call);
	}
	if (k->batch)
		batch_free(k->batch);
	/* Batches that wait for a handler are known by their open calls only. */
	for (call = k->open; call; call = next) {
		next = call->next;
		call->conn = NULL;
		if (call->batch)
			batch_free(call->batch);
	}
	*k = (struct conn_calls){ 0 };
	STAILQ_INIT(&k->answers);
}
