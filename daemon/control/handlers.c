// SPDX-License-Identifier: LGPL-2.1-or-later
/* The methods: from checked parameters to the rooms, and back to JSON. No decisions are taken here. */
#include "control/handlers.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/num.h"
#include "control/hpa.h"
#include "cper/cper.h"
#include "cperjson/cperjson.h"
#include "daemon.h"
#include "guests/guests.h"
#include "inject/inject.h"

#define DEFAULT_TIMEOUT_MS 10000

static void add_domain(void *arg, struct guest *g)
{
	json_object_array_add(arg, guest_to_json(g, false));
}

void rpc_domain_list(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	json_object *o = json_object_new_object(), *list = json_object_new_array();

	(void)params;
	guests_each(d->guests, add_domain, list);
	json_object_object_add(o, "domains", list);
	rpc_reply(c, o);
}

/* Ready or not, what is known now is the answer. */
static void on_explain(void *arg, struct guest *g, const struct ras_err *err)
{
	(void)err;
	rpc_reply(arg, guest_to_json(g, true));
}

void rpc_domain_explain(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	const char *name = NULL;
	struct guest *g;
	struct ras_err err;

	if (json_get_str(params, "domain", &name, &err) < 0 || guests_find(d->guests, name, &g, &err) < 0) {
		rpc_reply_error(c, &err);
		return;
	}
	guest_prepare(g, on_explain, c);
}

struct digest {
	uint64_t a, b;
};

static void digest_add(struct digest *d, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i <= len; i++) { /* one more: a mark between the parts */
		unsigned int c = i < len ? p[i] : 0x100;

		d->a = (d->a ^ c) * UINT64_C(1099511628211);
		d->b = (d->b + c + 1) * UINT64_C(0xff51afd7ed558ccd);
		d->b ^= d->b >> 29;
	}
}

/*
 * Two hashes over what makes the injection what it is: a parameter left out and its default spelt out are
 * the same. They tell an honest retry from an id used twice; they are no defence against a caller
 * who wants to fool only himself.
 */
static void request_digest(const struct inject_request *rq, const struct hpa *hpa, char out[65])
{
	struct digest d = { UINT64_C(14695981039346656037), UINT64_C(0x9e3779b97f4a7c15) };

	digest_add(&d, rq->domain, strlen(rq->domain));
	digest_add(&d, rq->tag, rq->tag ? strlen(rq->tag) : 0);
	digest_add(&d, &rq->fru, sizeof(rq->fru));
	digest_add(&d, rq->fru_id.b, rq->fru == FRU_GIVEN ? sizeof(rq->fru_id.b) : 0);
	digest_add(&d, rq->record, rq->record ? rq->record_len : 0);
	digest_add(&d, &rq->gpa.v, rq->record ? 0 : sizeof(rq->gpa.v));
	if (hpa)	/* not the guest address: the page may be elsewhere when the same is asked again */
		digest_add(&d, hpa, sizeof(*hpa));
	digest_add(&d, &rq->severity, rq->record ? 0 : sizeof(rq->severity));
	snprintf(out, 65, "%016llx%016llx", (unsigned long long)d.a, (unsigned long long)d.b);
}

static void on_injected(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	struct rpc_call *c = arg;

	if (err)
		rpc_reply_error(c, err);
	else
		rpc_reply(c, journal_row_to_json(row));
}

static int parse_fru(json_object *params, struct inject_request *rq, struct ras_err *err)
{
	/* A ready record is the caller's: without a word its FRU Ids stay as they are. */
	const char *s = json_object_object_get_ex(params, "record_hex", NULL) ? "keep" : "own";
	int r = json_opt_str(params, "fru_id", &s, err);

	if (r < 0)
		return r;
	if (strcmp(s, "own") == 0) {
		rq->fru = FRU_OWN;
	} else if (strcmp(s, "none") == 0 || strcmp(s, "keep") == 0) {
		rq->fru = FRU_NONE;
	} else {
		rq->fru = FRU_GIVEN;
		r = uuid_parse(s, &rq->fru_id, err);
		if (r < 0) {
			ras_hint(err, "own, none, keep or a UUID");
			return ras_field(err, "fru_id");
		}
	}
	return 0;
}

static int parse_record(json_object *params, uint8_t *record, struct inject_request *rq,
			struct hpa *hpa, bool *by_hpa, struct ras_err *err)
{
	const char *hex = NULL;
	uint64_t gpa = 0;
	int r = json_opt_str(params, "record_hex", &hex, err);

	*by_hpa = json_object_object_get_ex(params, "hpa", NULL);
	if (r == 0 && (hex != NULL) + *by_hpa + json_object_object_get_ex(params, "gpa", NULL) > 1) {
		ras_fail(err, RAS_E_PARAMS, "give one of record_hex, gpa and hpa");
		return ras_field(err, hex ? "record_hex" : "hpa");
	}
	if (r == 0 && hex) {
		r = hex_decode(hex, strlen(hex), record, JOURNAL_MAX_RECORD, &rq->record_len, err);
		rq->record = record;
		if (r < 0)
			ras_field(err, "record_hex");
		return r;
	}
	if (r == 0)
		r = json_get_hex64(params, *by_hpa ? "hpa" : "gpa", &gpa, err);
	*hpa = (struct hpa){ *by_hpa ? gpa : 0 };
	rq->gpa = (struct gpa){ *by_hpa ? 0 : gpa };
	return r;
}

void rpc_injection_create(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	struct inject_request rq = { .peer_uid = rpc_call_uid(c), .peer_pid = rpc_call_pid(c) };
	const char *severity = "corrected";
	uint8_t record[JOURNAL_MAX_RECORD];
	char digest[65];
	uint64_t timeout_ms = DEFAULT_TIMEOUT_MS;
	bool by_hpa = false;
	struct hpa hpa;
	struct ras_err err;

	if (json_object_object_get_ex(params, "record_hex", NULL) && rpc_call_role(c) < RPC_ADMIN) {
		/* A whole block can do more to a guest than its severity says. */
		ras_fail(&err, RAS_E_PERMISSION, "uid %u may not inject records of its own making",
			 (unsigned int)rpc_call_uid(c));
		ras_hint(&err, "members of group %s may; gpa and severity need no more than group %s",
			 d->conf.admin_group, d->conf.inject_group);
		ras_field(&err, "record_hex");
		rpc_reply_error(c, &err);
		return;
	}
	rq.domain = "";
	if ((json_object_object_get_ex(params, "hpa", NULL) ?
		     json_opt_str(params, "domain", &rq.domain, &err) :
		     json_get_str(params, "domain", &rq.domain, &err)) < 0 ||
	    json_get_str(params, "request_id", &rq.request_id, &err) < 0 ||
	    json_opt_str(params, "severity", &severity, &err) < 0 ||
	    conf_severity_parse(severity, &rq.severity, &err) < 0 ||
	    json_opt_str(params, "tag", &rq.tag, &err) < 0 || parse_fru(params, &rq, &err) < 0 ||
	    parse_record(params, record, &rq, &hpa, &by_hpa, &err) < 0 ||
	    json_opt_bool(params, "wait", &rq.wait, &err) < 0 ||
	    json_opt_bool(params, "dry_run", &rq.dry_run, &err) < 0 ||
	    json_opt_bool(params, "confirm", &rq.confirm_fatal, &err) < 0 ||
	    json_opt_u64(params, "timeout_ms", 1, 600000, &timeout_ms, &err) < 0) {
		rpc_reply_error(c, &err);
		return;
	}
	for (const char *p = rq.tag ? rq.tag : ""; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~') {
			ras_fail(&err, RAS_E_PARAMS, "\"tag\" must be printable ASCII");
			ras_field(&err, "tag");
			rpc_reply_error(c, &err);
			return;
		}
	rq.timeout_ms = (int64_t)timeout_ms;
	request_digest(&rq, by_hpa ? &hpa : NULL, digest);
	rq.params_digest = digest;
	if (by_hpa) {
		hpa_inject(c, &rq, hpa);
		return;
	}
	injector_create(d->injector, &rq, on_injected, c);
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
		ras_fail(&err, RAS_E_RECORD, "%s at byte %u (entry %u): %s", cper_code_name(ce.code),
			 ce.offset, ce.entry, ce.what ? ce.what : "");
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

void rpc_rpc_ping(struct rpc_call *c, json_object *params)
{
	static const char *const roles[] = { "none", "view", "inject", "admin" };
	json_object *o = json_object_new_object();

	(void)params;
	json_object_object_add(o, "pong", json_object_new_boolean(1));
	json_object_object_add(o, "version", json_object_new_string(RASD_VERSION));
	json_object_object_add(o, "now_ns", json_object_new_int64(clock_real_ns()));
	json_object_object_add(o, "role", json_object_new_string(roles[rpc_call_role(c)]));
	rpc_reply(c, o);
}
