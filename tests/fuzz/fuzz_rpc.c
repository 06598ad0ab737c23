// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lines into the RPC dispatch, with the real table of methods and handlers that answer at once,
 * later or never. json-c parses the line too, and from that follows how many answers there must be
 * and with which ids. The input's first byte chooses the role, late answers and a client that
 * leaves.
 */
#include "control/answer.c"
#include "control/check.c"
#include "control/dispatch.c"
#include "control/request.c"
#include "control/rpc_table.c"

#define MAX_LATE 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rpc_call *late[MAX_LATE];
static size_t n_late;

void conn_wake(struct conn *c)
{
	(void)c;
}

void conn_kill(struct conn *c, const char *why)
{
	(void)why;
	c->state = CONN_DEAD;
}

static void now(struct rpc_call *c, json_object *params)
{
	rpc_reply(c, json_object_get(params));
}

static void refuse(struct rpc_call *c, json_object *params)
{
	struct ras_err err;

	(void)params;
	ras_fail(&err, RAS_E_NOT_READY, "not \"now\"");
	ras_hint(&err, "later\n");
	rpc_reply_error(c, &err);
}

static void later(struct rpc_call *c, json_object *params)
{
	(void)params;
	if (n_late < MAX_LATE)
		late[n_late++] = c;
	else
		rpc_reply_text(c, "{\"busy\":true}");
}

#define STUB(name, as)                                      \
	void name(struct rpc_call *c, json_object *params); \
	void name(struct rpc_call *c, json_object *params)  \
	{                                                   \
		as(c, params);                              \
	}

STUB(rpc_address_owners, later)
STUB(rpc_address_translate, later)
STUB(rpc_config_reload, later)
STUB(rpc_domain_allow, later)
STUB(rpc_domain_explain, later)
STUB(rpc_domain_list, now)
STUB(rpc_domain_provision, later)
STUB(rpc_domain_unprovision, later)
STUB(rpc_event_list, now)
STUB(rpc_event_subscribe, later)
STUB(rpc_injection_create, later)
STUB(rpc_injection_get, refuse)
STUB(rpc_injection_list, now)
STUB(rpc_injection_resolve, later)
STUB(rpc_metrics_get, later)
STUB(rpc_poison_export, later)
STUB(rpc_poison_import, later)
STUB(rpc_policy_check, refuse)
STUB(rpc_policy_get, now)
STUB(rpc_record_decode, now)
STUB(rpc_record_encode, now)
STUB(rpc_rpc_discover, now)
STUB(rpc_rpc_ping, now)
STUB(rpc_safety_engage, later)
STUB(rpc_safety_get, now)
STUB(rpc_safety_release, later)
STUB(rpc_source_list, now)

static bool many_values; /* the line may have more than JSON_MAX_VALUES */

static bool id_ok(json_object *id)
{
	return !id || json_object_is_type(id, json_type_int) ||
	       (json_object_is_type(id, json_type_string) &&
		json_object_get_string_len(id) <= MAX_ID_BYTES);
}

/* The answer must carry rq's id, or null if rq has no readable id. */
static void check_answer(json_object *rq, json_object *answer)
{
	json_object *id = NULL, *got = NULL;

	if (!json_object_is_type(answer, json_type_object) ||
	    json_object_object_length(answer) != 3 ||
	    !json_object_object_get_ex(answer, "id", &got) ||
	    json_object_object_get_ex(answer, "result", NULL) ==
		    json_object_object_get_ex(answer, "error", NULL))
		abort();
	if (json_object_is_type(rq, json_type_object) && json_object_object_get_ex(rq, "id", &id) &&
	    !id_ok(id))
		id = NULL;
	/* With too many members, or more values than are read, the id may not be known. */
	if (!got && json_object_is_type(rq, json_type_object) &&
	    (json_object_object_length(rq) > MAX_REQUEST_PARTS || many_values))
		return;
	if (!json_object_equal(id, got))
		abort();
}

/* Does rq get an answer? All do, except well-formed notifications. */
static bool answered(json_object *rq)
{
	json_object *v;

	if (!json_object_is_type(rq, json_type_object) || json_object_object_get_ex(rq, "id", NULL))
		return true;
	json_object_object_foreach(rq, key, val)
	{
		(void)val;
		if (strcmp(key, "jsonrpc") && strcmp(key, "method") && strcmp(key, "params"))
			return true;
	}
	if (!json_object_object_get_ex(rq, "jsonrpc", &v) ||
	    !json_object_is_type(v, json_type_string) || strcmp(json_object_get_string(v), "2.0"))
		return true;
	if (!json_object_object_get_ex(rq, "method", &v) ||
	    !json_object_is_type(v, json_type_string))
		return true;
	return json_object_object_get_ex(rq, "params", &v) &&
	       !json_object_is_type(v, json_type_object) &&
	       !json_object_is_type(v, json_type_array);
}

static void check_batch(json_object *list, json_object *all)
{
	size_t at = 0;

	if (!json_object_is_type(all, json_type_array))
		abort();
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (answered(json_object_array_get_idx(list, i)))
			check_answer(json_object_array_get_idx(list, i),
				     json_object_array_get_idx(all, at++));
	if (at == 0 || at != json_object_array_length(all))
		abort();
}

static bool is_batch(json_object *rq)
{
	size_t n = json_object_is_type(rq, json_type_array) ? json_object_array_length(rq) : 0;

	return n > 0 && n <= MAX_BATCH;
}

static bool any_answered(json_object *rq)
{
	if (!is_batch(rq))
		return answered(rq);
	for (size_t i = 0; i < json_object_array_length(rq); i++)
		if (answered(json_object_array_get_idx(rq, i)))
			return true;
	return false;
}

/*
 * out has one line or nothing. rq NULL: the line was not JSON, or it was null, which is not a
 * request.
 */
static void check_line(json_object *rq, struct buf *out)
{
	size_t len = buf_len(out);
	json_object *all = NULL;
	struct ras_err err;

	if (!any_answered(rq)) {
		if (len)
			abort();
		return;
	}
	if (!len || memchr(buf_data(out), '\n', len) != buf_data(out) + len - 1 ||
	    json_parse(buf_data(out), len - 1, &all, &err) < 0)
		abort();
	if (is_batch(rq))
		check_batch(rq, all);
	else
		check_answer(rq, all);
	json_object_put(all);
}

static void one_line(struct conn *c, const char *line, size_t len, bool leaves)
{
	json_object *rq = NULL;
	struct ras_err err;

	if (json_parse(line, len, &rq, &err) < 0)
		rq = NULL;
	many_values = len > JSON_MAX_VALUES;
	dispatch_line(c, line, len);
	while (c->calls.batch)
		dispatch_item(c, line);
	if (leaves)
		answer_orphan(c);
	while (n_late)
		rpc_reply_text(late[--n_late], "true");
	while (answer_ready(c))
		answer_step(c);
	if (c->state == CONN_DEAD || c->calls.n_open || c->calls.open || c->calls.text_bytes)
		abort();
	if (!leaves && !(many_values && is_batch(rq)))
		check_line(rq, &c->io.out);
	buf_drop(&c->io.out, buf_len(&c->io.out));
	json_object_put(rq);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conf conf;
	struct server s = { .conf = &conf, .methods = rpc_methods, .n_methods = rpc_n_methods };
	struct account person = { .n_conns = 1 };
	static struct caller caller = { .refs = 1 };
	struct conn c = { .server = &s,
			  .account = &person,
			  .caller = &caller,
			  .io = { .fd = -1, .out = BUF_INIT(MAX_OUT_BYTES) } };
	const char *p = (const char *)data + 1, *end = (const char *)data + size;

	if (size < 2)
		return 0;
	STAILQ_INIT(&c.calls.answers);
	c.role = (enum rpc_role)(data[0] & 3);
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((nl ? nl : end) - p);

		if (len)
			one_line(&c, p, len, data[0] & 4);
		p += len + 1;
	}
	buf_free(&c.io.out);
	return 0;
}
