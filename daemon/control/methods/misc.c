// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The methods: from checked parameters to the rooms, and back to JSON. No decisions are taken here.
 */
#include "control/methods/methods.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/num.h"
#include "cper/cper.h"
#include "cperjson/cperjson.h"
#include "daemon.h"
#include "guests/guests.h"
#include "inject/inject.h"
#include "translate/translate.h"

#define LIST_MAX ((size_t)7 << 20)

struct domain_list {
	struct buf text;
	size_t n;
	bool ok;
};

static bool put(struct buf *b, const char *text)
{
	return text && buf_add(b, text, strlen(text));
}

static bool put_json(struct buf *b, json_object *o)
{
	return put(b, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
								JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void add_domain(void *arg, struct guest *g)
{
	_json_ json_object *o = guest_to_json(g, false);
	struct domain_list *l = arg;

	l->ok = l->ok && put(&l->text, l->n++ ? "," : "") && put_json(&l->text, o);
}

/* Guest by guest into text: thousands as json-c values would take several times the memory. */
void rpc_domain_list(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	struct domain_list l = { .text = BUF_INIT(LIST_MAX) };
	_json_ json_object *libvirt = guests_libvirt_json(d->guests);
	struct ras_err err;

	(void)params;
	l.ok = put(&l.text, "{\"domains\":[");
	guests_each(d->guests, add_domain, &l);
	l.ok = l.ok &&
	       put(&l.text,
		   guests_complete(d->guests) ? "],\"complete\":true" : "],\"complete\":false") &&
	       put(&l.text, ",\"libvirt\":") && put_json(&l.text, libvirt) &&
	       buf_add(&l.text, "}", 2);
	if (l.ok) {
		rpc_reply_text(c, buf_data(&l.text));
	} else {
		ras_fail(&err, RAS_E_NOMEM, "no room for a list of %zu domains", l.n);
		rpc_reply_error(c, &err);
	}
	buf_free(&l.text);
}

/* Ready or not, what is known now is the answer. */
static void on_explain(void *arg, struct guest *g, const struct ras_err *err)
{
	struct daemon *d = rpc_call_user(arg);
	json_object *o = guest_to_json(g, true);
	const char *name = NULL;
	uint64_t n = 0;

	(void)err;
	if (json_get_str(o, "name", &name, NULL) == 0 &&
	    journal_poison_count(d->journal, name, &n, NULL) == 0)
		json_object_object_add(o, "poisoned_pages", json_object_new_uint64(n));
	rpc_reply(arg, o);
}

void rpc_domain_explain(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	const char *name = NULL;
	struct guest *g;
	struct ras_err err;

	if (json_get_str(params, "domain", &name, &err) < 0 ||
	    guests_find(d->guests, name, &g, &err) < 0) {
		rpc_reply_error(c, &err);
		return;
	}
	guest_prepare(g, on_explain, c);
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
		rpc_reply(c, journal_row_to_json(row));
	free(row);
}

static int add_row(void *arg, const struct journal_row *row)
{
	json_object_array_add(arg, journal_row_to_json(row));
	return 0;
}

void rpc_injection_list(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	json_object *o, *list = json_object_new_array();
	const char *domain = NULL;
	uint64_t limit = 100;
	struct ras_err err;

	if (json_opt_str(params, "domain", &domain, &err) < 0 ||
	    json_opt_u64(params, "limit", 1, 1000, &limit, &err) < 0 ||
	    journal_list(d->journal, domain, (size_t)limit, add_row, list, &err) < 0) {
		json_object_put(list);
		rpc_reply_error(c, &err);
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "injections", list);
	rpc_reply(c, o);
}

void rpc_record_decode(struct rpc_call *c, json_object *params)
{
	uint8_t record[65536];
	const char *hex = NULL;
	json_object *o = NULL;
	struct cper_err ce;
	struct ras_err err;
	size_t len;

	if (json_get_str(params, "record_hex", &hex, &err) < 0 ||
	    hex_decode(hex, strlen(hex), record, sizeof(record), &len, &err) < 0) {
		ras_field(&err, "record_hex");
		rpc_reply_error(c, &err);
		return;
	}
	if (cperjson_decode(record, len, &o, &ce) < 0) {
		ras_fail(&err, RAS_E_RECORD, "%s at byte %u (entry %u): %s",
			 cper_code_name(ce.code), ce.offset, ce.entry, ce.what ? ce.what : "");
		ras_field(&err, "record_hex");
		rpc_reply_error(c, &err);
		return;
	}
	rpc_reply(c, o);
}

void rpc_record_encode(struct rpc_call *c, json_object *params)
{
	uint8_t record[65536];
	_free_ char *hex = NULL;
	json_object *in = NULL, *o;
	struct ras_err err;
	size_t len;

	if (json_get_obj(params, "record", &in, &err) < 0 ||
	    cperjson_encode(in, record, sizeof(record), &len, &err) < 0) {
		rpc_reply_error(c, &err);
		return;
	}
	hex = malloc(2 * len + 1);
	if (!hex) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(c, &err);
		return;
	}
	hex_encode(record, len, hex);
	o = json_object_new_object();
	json_object_object_add(o, "record_hex", json_object_new_string(hex));
	json_object_object_add(o, "length", json_object_new_uint64(len));
	rpc_reply(c, o);
}

void rpc_rpc_discover(struct rpc_call *c, json_object *params)
{
	json_object *doc = json_tokener_parse(rpc_document);

	(void)params;
	rpc_reply(c, doc);
}

/* ,"pages_why":"..." where there is a reason; it comes from the helper, so it is quoted. */
static void pages_why(const char *why, char *out, size_t size)
{
	_json_ json_object *o = *why ? json_object_new_string(why) : NULL;

	out[0] = '\0';
	if (o)
		snprintf(out, size, ",\"pages_why\":%s",
			 json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
								   JSON_C_TO_STRING_NOSLASHESCAPE));
}

void rpc_rpc_ping(struct rpc_call *c, json_object *params)
{
	static const char *const roles[] = { "none", "view", "inject", "admin" };
	struct daemon *d = rpc_call_user(c);
	/* translator_pages() gives at most 159 bytes, each of which may become 6. */
	char text[1280], why_text[1024];
	const char *why, *pages = translator_pages(d->translator, &why);

	(void)params;
	pages_why(why, why_text, sizeof(why_text));
	snprintf(text, sizeof(text),
		 "{\"pong\":true,\"version\":\"" RASD_VERSION "\",\"now_ns\":%" PRId64
		 ",\"role\":\"%s\",\"pages\":\"%s\"%s}",
		 clock_real_ns(), roles[rpc_call_role(c)], pages, why_text);
	rpc_reply_text(c, text);
}
