// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What injection.create was asked, as one struct inject_request. There are four ways to say what is
 * injected:
 *   gpa and severity   the usual memory error
 *   hpa and severity   the same at a host address; daemon/forward finds the guest
 *   sections           the neutral JSON's form, checked field by field, safe for role inject
 *   record_hex         a whole block, of which only the framing and sections can be checked
 * Raw bytes are for admins, and so are sections of unknown type, which are raw bytes too: nothing
 * that is checked here would keep them from harming a guest.
 */
#include "control/methods/injection_params.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cper/fields.h"
#include "cperjson/cperjson.h"
#include "control/check.h"
#include "daemon.h"
#include "inject/record.h"

#define DEFAULT_TIMEOUT_MS 10000

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
 * Two hashes over what makes the injection what it is: a parameter left out and its default spelt
 * out are the same. They show whether a request is an honest retry or uses an id a second time. A
 * caller who makes them collide on purpose harms only his own requests.
 */
static void request_digest(const struct inject_request *rq, const struct hpa *hpa, char out[65])
{
	struct digest d = { UINT64_C(14695981039346656037), UINT64_C(0x9e3779b97f4a7c15) };

	digest_add(&d, rq->domain, strlen(rq->domain));
	digest_add(&d, rq->tag, rq->tag ? strlen(rq->tag) : 0);
	digest_add(&d, &rq->fru, sizeof(rq->fru));
	digest_add(&d, rq->fru_id.b, rq->fru == FRU_GIVEN ? sizeof(rq->fru_id.b) : 0);
	digest_add(&d, rq->record, rq->record ? rq->record_len : 0);
	if (rq->typed || rq->malformed) {
		digest_add(&d, &rq->typed, sizeof(rq->typed));
		digest_add(&d, &rq->malformed, sizeof(rq->malformed));
	}
	digest_add(&d, &rq->gpa.v, rq->record ? 0 : sizeof(rq->gpa.v));
	if (rq->via.backend || rq->via.allow_crash) {
		digest_add(&d, rq->via.backend, rq->via.backend ? strlen(rq->via.backend) : 0);
		digest_add(&d, &rq->via.allow_crash, sizeof(rq->via.allow_crash));
	}
	if (hpa) /* not the guest address: the page may be elsewhere when the same is asked again */
		digest_add(&d, hpa, sizeof(*hpa));
	digest_add(&d, &rq->severity, rq->record ? 0 : sizeof(rq->severity));
	snprintf(out, 65, "%016llx%016llx", (unsigned long long)d.a, (unsigned long long)d.b);
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

static int not_admin(struct rpc_call *c, const char *what, const char *field, struct ras_err *err)
{
	struct daemon *d = rpc_call_user(c);

	ras_fail(err, RAS_E_PERMISSION, "%s may not inject %s", rpc_call_who(c), what);
	ras_hint(err, "members of group %s may; known sections need no more than group %s",
		 d->conf.roles.admin_group, d->conf.roles.inject_group);
	return ras_field(err, "%s", field);
}

/* A section without error_severity has the request's. */
static int default_severity(json_object *entry, size_t i, const char *severity, struct ras_err *err)
{
	json_object *header = NULL;
	uint64_t n = 0;

	if (!json_object_is_type(entry, json_type_object)) {
		ras_fail(err, RAS_E_PARAMS, "\"sections\" holds objects");
		return ras_field(err, "sections[%zu]", i);
	}
	if (!json_object_object_get_ex(entry, "header", &header)) {
		header = json_object_new_object();
		json_object_object_add(entry, "header", header);
	}
	if (!json_object_is_type(header, json_type_object) ||
	    json_object_object_get_ex(header, "error_severity", NULL))
		return 0; /* the encoder says what is wrong with it */
	while (n < CPER_SEV_INFO && strcmp(cper_severity_name((uint32_t)n), severity) != 0)
		n++;
	json_object_object_add(header, "error_severity", json_object_new_uint64(n));
	return 0;
}

/* The encoder names members from "entries"; the caller knows them as "sections". */
static void rename_entries(struct ras_err *err)
{
	char old[sizeof(err->text)];

	if (strncmp(err->text, "entries", 7) == 0) {
		memcpy(old, err->text, sizeof(old));
		snprintf(err->text, sizeof(err->text), "sections%.*s", (int)sizeof(err->text) - 9,
			 old + 7);
	}
	if (strncmp(err->field, "entries", 7) == 0) {
		snprintf(old, sizeof(old), "%s", err->field);
		ras_field(err, "sections%s", old + 7);
	}
}

/* sections and block: the neutral JSON of a record, made into its bytes. */
static int parse_sections(struct rpc_call *c, json_object *params, const char *severity,
			  uint8_t *record, struct inject_request *rq, struct ras_err *err)
{
	_json_ json_object *in = json_object_new_object();
	json_object *list, *block = NULL;
	struct cper_entry e;
	struct cper_view v;
	int r = json_get_arr(params, "sections", &list, err);

	for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++)
		r = default_severity(json_object_array_get_idx(list, i), i, severity, err);
	if (r < 0)
		return r;
	json_object_object_add(in, "entries", json_object_get(list));
	if (json_object_object_get_ex(params, "block", &block))
		json_object_object_add(in, "block", json_object_get(block));
	r = cperjson_encode(in, record, JOURNAL_MAX_RECORD, &rq->record_len, err);
	if (r < 0) {
		rename_entries(err);
		return r;
	}
	rq->record = record;
	rq->typed = true;
	if (rpc_call_role(c) >= RPC_ADMIN)
		return 0;
	if (cper_view_init(&v, record, rq->record_len, NULL) < 0)
		return ras_fail(err, RAS_E_INTERNAL, "an encoded record is unsound");
	while (cper_view_next(&v, &e, NULL) > 0)
		if (!cper_section_find(&e.section_type)) {
			char field[48];

			snprintf(field, sizeof(field), "sections[%u].header.section_type", e.index);
			return not_admin(c, "sections of unknown type", field, err);
		}
	return 0;
}

/*
 * How the request says what is injected. By host address: the guest address is not known yet.
 */
static int parse_record(struct rpc_call *c, json_object *params, const char *severity,
			struct injection_params *out, struct ras_err *err)
{
	static const char *const kinds[] = { "record_hex", "sections", "gpa", "hpa" };
	const char *hex = NULL, *kind = NULL;
	struct inject_request *rq = &out->rq;
	uint64_t addr = 0;
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!json_object_object_get_ex(params, kinds[i], NULL))
			continue;
		if (kind) {
			ras_fail(err, RAS_E_PARAMS, "give either %s or %s", kind, kinds[i]);
			return ras_field(err, "%s", kind);
		}
		kind = kinds[i];
	}
	r = json_opt_bool(params, "malformed", &rq->malformed, err);
	if (r < 0)
		return r;
	if (rq->malformed && (!kind || strcmp(kind, "record_hex") != 0)) {
		ras_fail(err, RAS_E_PARAMS, "\"malformed\" goes with record_hex only");
		return ras_field(err, "malformed");
	}
	if (json_object_object_get_ex(params, "block", NULL) &&
	    (!kind || strcmp(kind, "sections") != 0)) {
		ras_fail(err, RAS_E_PARAMS, "\"block\" goes with sections only");
		return ras_field(err, "block");
	}
	if (kind && strcmp(kind, "sections") == 0)
		return parse_sections(c, params, severity, out->record, rq, err);
	if (kind && strcmp(kind, "record_hex") == 0) {
		/* A whole block can do more to a guest than its severity says. */
		if (rpc_call_role(c) < RPC_ADMIN)
			return not_admin(c, "records of its own making", "record_hex", err);
		r = json_get_str(params, "record_hex", &hex, err);
		if (r == 0)
			r = hex_decode(hex, strlen(hex), out->record, JOURNAL_MAX_RECORD,
				       &rq->record_len, err);
		rq->record = out->record;
		return r < 0 ? ras_field(err, "record_hex") : 0;
	}
	out->by_hpa = kind && strcmp(kind, "hpa") == 0;
	r = json_get_hex64(params, out->by_hpa ? "hpa" : "gpa", &addr, err);
	out->hpa = (struct hpa){ out->by_hpa ? addr : 0 };
	rq->gpa = (struct gpa){ out->by_hpa ? 0 : addr };
	return r;
}

/* Which backend, and whether it may send what makes the guest panic. */
static int parse_backend(struct rpc_call *c, json_object *params, struct inject_request *rq,
			 struct ras_err *err)
{
	int r = json_opt_str(params, "backend", &rq->via.backend, err);

	if (r == 0)
		r = json_opt_bool(params, "allow_crash", &rq->via.allow_crash, err);
	if (r < 0 || !rq->via.allow_crash || rpc_call_role(c) >= RPC_ADMIN)
		return r;
	return not_admin(c, "what makes a guest panic by its backend", "allow_crash", err);
}

static int parse_domain(json_object *params, const char **domain, struct ras_err *err)
{
	*domain = "";
	/* A host address may leave its guest open. */
	return json_object_object_get_ex(params, "hpa", NULL) ?
		       json_opt_str(params, "domain", domain, err) :
		       json_get_str(params, "domain", domain, err);
}

int injection_params(struct rpc_call *c, json_object *params, struct injection_params *out,
		     struct ras_err *err)
{
	struct inject_request *rq = &out->rq;
	const char *severity = "corrected";
	uint64_t timeout_ms = DEFAULT_TIMEOUT_MS;

	*rq = (struct inject_request){ .peer = { .uid = rpc_call_person(c),
						 .as_uid = rpc_call_uid(c),
						 .pid = rpc_call_pid(c),
						 .caller = rpc_call_caller(c) } };
	out->by_hpa = false;
	if (parse_domain(params, &rq->domain, err) < 0 ||
	    json_get_str(params, "request_id", &rq->request_id, err) < 0 ||
	    json_opt_str(params, "severity", &severity, err) < 0 ||
	    conf_severity_parse(severity, &rq->severity, err) < 0 ||
	    json_opt_str(params, "tag", &rq->tag, err) < 0 || parse_fru(params, rq, err) < 0 ||
	    parse_record(c, params, severity, out, err) < 0 ||
	    parse_backend(c, params, rq, err) < 0 ||
	    json_opt_bool(params, "wait", &rq->wait, err) < 0 ||
	    json_opt_bool(params, "dry_run", &rq->dry_run, err) < 0 ||
	    json_opt_bool(params, "confirm", &rq->confirm_fatal, err) < 0 ||
	    json_opt_u64(params, "timeout_ms", 1, 600000, &timeout_ms, err) < 0 ||
	    (rq->tag && rpc_check_words(rq->tag, "tag", err) < 0))
		return -err->code;
	rq->timeout_ms = (int64_t)timeout_ms;
	request_digest(rq, out->by_hpa ? &out->hpa : NULL, out->digest);
	rq->params_digest = out->digest;
	return 0;
}

/* The block of the request as it would be sent, and what it needs. */
static int needs_of(struct injection_params *p, struct journal_row *row, struct record_needs *out,
		    struct ras_err *err)
{
	enum conf_severity worst;
	int r = uuid_generate(&row->id, err);

	if (r == 0)
		r = record_build(&p->rq, &row->id, backend_at(0)->cper_profile, row, err);
	if (r == 0)
		r = conf_severity_parse(row->severity, &worst, err);
	if (r == 0)
		record_needs(row->record, row->record_len, worst, out);
	return r;
}

int injection_needs(struct rpc_call *c, json_object *params, struct record_needs *out,
		    struct ras_err *err)
{
	struct injection_params *p;
	struct journal_row *row;
	const char *severity = "corrected";
	int r = json_opt_str(params, "severity", &severity, err);

	if (r < 0)
		return r;
	*out = (struct record_needs){ .by_effect = false };
	if (!json_object_object_get_ex(params, "sections", NULL) &&
	    !json_object_object_get_ex(params, "record_hex", NULL))
		return conf_severity_parse(severity, &out->severity, err);
	p = calloc(1, sizeof(*p));
	row = calloc(1, sizeof(*row));
	r = p && row ? parse_record(c, params, severity, p, err) :
		       ras_fail(err, RAS_E_NOMEM, "out of memory");
	if (r == 0)
		r = needs_of(p, row, out, err);
	free(row);
	free(p);
	return r;
}
