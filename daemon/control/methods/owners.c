// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * address.owners: which guests have how much memory in a range of host addresses. One call takes as
 * long as the caller allows; what it did not come to is the next call's, by after.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/methods/list.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "translate/translate.h"

#define DEFAULT_TIMEOUT_MS 10000

enum part { PART_GUESTS, PART_NOT_READ, PART_END };

/* The answer is written as two lists, both from o->v. */
struct owners_answer {
	struct owners *o;
	enum part part;
	size_t at, n; /* in o->v, and written of this part */
};

static bool belongs(const struct owned *w, enum part part)
{
	const struct xlate_share *s = &w->share;

	if (part == PART_NOT_READ)
		return s->state != XLATE_SHARE_READ;
	return s->live_bytes || s->poisoned_bytes || s->probable_bytes;
}

/* Behind a list: the other one, or the end. */
static bool put_part_end(struct owners_answer *a, struct buf *out)
{
	_json_ json_object *next = a->o->more ? json_new_text(a->o->next) : NULL;

	a->at = a->n = 0;
	if (a->part++ == PART_GUESTS)
		return list_put(out, "],\"not_read\":[");
	if (!list_put(out, "]"))
		return false;
	if (next && (!list_put(out, ",\"next\":") || !list_put_json(out, next)))
		return false;
	return list_put(out, "}");
}

static bool put_head(const struct owners_answer *a, struct buf *out)
{
	_json_ json_object *head = view_owners(a->o);
	const char *text = json_object_to_json_string_ext(head, JSON_C_TO_STRING_PLAIN);
	size_t len = text ? strlen(text) : 0;

	/* Without its closing brace. */
	return len > 1 && buf_add(out, text, len - 1) && list_put(out, ",\"guests\":[");
}

static int owners_next(void *arg, struct buf *out, struct ras_err *err)
{
	struct owners_answer *a = arg;
	int64_t start_ns = clock_boot_ns();
	bool ok = a->part != PART_GUESTS || a->at > 0 || put_head(a, out);

	for (size_t rows = 0; ok && a->part != PART_END;) {
		_json_ json_object *o = NULL;
		const struct owned *w;

		if (a->at == a->o->n) {
			ok = put_part_end(a, out);
			continue;
		}
		if (a->at > 0 && rpc_slice_over(start_ns, rows++))
			return RPC_SLICE_MORE;
		w = &a->o->v[a->at++];
		if (!belongs(w, a->part))
			continue;
		o = a->part == PART_GUESTS ? view_owned(w) : view_not_read(w);
		ok = list_put(out, a->n++ ? "," : "") && list_put_json(out, o);
	}
	return ok ? RPC_SLICE_END : ras_fail(err, RAS_E_NOMEM, "out of memory");
}

static void owners_free(void *arg)
{
	struct owners_answer *a = arg;

	free(a->o);
	free(a);
}

static void on_owners(void *arg, struct owners *o, const struct ras_err *err)
{
	static const struct rpc_stream stream = { owners_next, owners_free };
	struct rpc_call *c = arg;
	struct owners_answer *a = o ? calloc(1, sizeof(*a)) : NULL;
	struct ras_err e;

	if (a) {
		a->o = o;
		rpc_reply_stream(c, &stream, a);
		return;
	}
	if (o) {
		ras_fail(&e, RAS_E_NOMEM, "out of memory");
		free(o);
	}
	rpc_reply_error(c, o ? &e : err);
}

void rpc_address_owners(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	uint64_t timeout_ms = DEFAULT_TIMEOUT_MS;
	const char *after = "";
	struct hpa from, to;
	struct ras_err err;

	if (json_get_hex64(params, "from", &from.v, &err) < 0 ||
	    json_get_hex64(params, "to", &to.v, &err) < 0 ||
	    json_opt_str(params, "after", &after, &err) < 0 ||
	    json_opt_u64(params, "timeout_ms", 1, 600000, &timeout_ms, &err) < 0) {
		rpc_reply_error(c, &err);
		return;
	}
	if (to.v <= from.v) {
		ras_fail(&err, RAS_E_PARAMS, "the range must end behind its begin");
		ras_field(&err, "to");
		rpc_reply_error(c, &err);
		return;
	}
	translate_owners(d->translator, from, to, after, (int64_t)timeout_ms, on_owners, c);
}
