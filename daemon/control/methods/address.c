// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Host physical addresses: address.translate, and injection.create with hpa.
 *
 * The latter is translate, make the guest ready, verify, inject, in that order: what takes long
 * comes first, so that nothing but the injector's own checks is between the last look at the page
 * and the intent.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/methods/methods.h"
#include "forward/forward.h"
#include "translate/translate.h"

#define DEFAULT_TIMEOUT_MS 10000

/* A boot time as ns since 1970. */
static int64_t real_of_boot(int64_t boot_ns)
{
	return clock_real_ns() - (clock_boot_ns() - boot_ns);
}

static json_object *owner_json(const struct translator *t, const struct xlate_owner *w)
{
	json_object *o = json_object_new_object();
	const char *domain = translate_domain(t, w);

	json_object_object_add(o, "domain", json_object_new_string(domain ? domain : ""));
	if (w->state != XLATE_QEMU_INTERNAL)
		json_object_object_add(o, "gpa", json_new_hex64(w->gpa.v, 0));
	json_object_object_add(o, "state", json_object_new_string(xlate_state_name(w->state)));
	if (w->alias)
		json_object_object_add(o, "alias", json_object_new_boolean(1));
	return o;
}

static json_object *answer_json(const struct translator *t, const struct xlate_answer *a)
{
	json_object *o = json_object_new_object(), *owners = json_object_new_array();

	if (a->has_hpa)
		json_object_object_add(o, "hpa", json_new_hex64(a->hpa.v, 0));
	json_object_object_add(o, "state", json_object_new_string(xlate_state_name(a->state)));
	json_object_object_add(o, "found", json_object_new_string(xlate_found_name(a->found)));
	if (a->page_bytes) {
		json_object_object_add(o, "backing",
				       json_object_new_string(xlate_backing_name(a->backing)));
		json_object_object_add(o, "page_bytes", json_object_new_uint64(a->page_bytes));
	}
	for (size_t i = 0; i < a->n_owners; i++)
		json_object_array_add(owners, owner_json(t, &a->owner[i]));
	json_object_object_add(o, "owners", owners);
	json_object_object_add(o, "more_owners", json_object_new_boolean(a->more_owners));
	if (a->n_mappings)
		json_object_object_add(o, "mappings", json_object_new_uint64(a->n_mappings));
	json_object_object_add(o, "other_mappings", json_object_new_boolean(a->other_mappings));
	json_object_object_add(o, "read_ns", json_object_new_int64(real_of_boot(a->read_ns)));
	if (a->seen_ns)
		json_object_object_add(o, "seen_ns",
				       json_object_new_int64(real_of_boot(a->seen_ns)));
	if (a->hpa_now)
		json_object_object_add(o, "hpa_now", json_new_hex64(a->hpa_now, 0));
	json_object_object_add(o, "moved", json_object_new_int64(a->moved));
	if (a->detail[0])
		json_object_object_add(o, "detail", json_object_new_string(a->detail));
	return o;
}

static void on_translated(void *arg, const struct xlate_answer *ans, const struct ras_err *err)
{
	struct rpc_call *c = arg;
	const struct daemon *d = rpc_call_user(c);

	if (err)
		rpc_reply_error(c, err);
	else
		rpc_reply(c, answer_json(d->translator, ans));
}

void rpc_address_translate(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	bool by_host = json_object_object_get_ex(params, "hpa", NULL);
	uint64_t addr = 0, timeout_ms = DEFAULT_TIMEOUT_MS;
	const char *domain = NULL;
	struct ras_err err;
	int r = json_opt_str(params, "domain", &domain, &err);

	if (r == 0 && by_host == (domain || json_object_object_get_ex(params, "gpa", NULL))) {
		r = ras_fail(&err, RAS_E_PARAMS, "give either hpa, or domain and gpa");
		ras_field(&err, "hpa");
	} else if (r == 0 && !by_host && !domain) {
		r = ras_fail(&err, RAS_E_PARAMS, "a guest address needs its domain");
		ras_field(&err, "domain");
	}
	if (r == 0)
		r = json_get_hex64(params, by_host ? "hpa" : "gpa", &addr, &err);
	if (r == 0)
		r = json_opt_u64(params, "timeout_ms", 1, 600000, &timeout_ms, &err);
	if (r < 0)
		rpc_reply_error(c, &err);
	else if (by_host)
		translate_hpa(d->translator, (struct hpa){ addr }, (int64_t)timeout_ms,
			      on_translated, c);
	else
		translate_gpa(d->translator, domain, (struct gpa){ addr }, (int64_t)timeout_ms,
			      on_translated, c);
}

/* --- injection.create with hpa --- */

struct by_hpa {
	struct rpc_call *call;
	struct daemon *d;
	struct hpa hpa;
	struct inject_request rq; /* its strings point into this structure */
	char domain[64], request_id[64], tag[64], digest[65];
};

static void by_hpa_fail(struct by_hpa *b, struct ras_err *err)
{
	if (!err->field[0])
		ras_field(err, "hpa");
	rpc_reply_error(b->call, err);
	free(b);
}

static void on_injected(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	struct by_hpa *b = arg;
	json_object *o;

	if (err) {
		rpc_reply_error(b->call, err);
	} else {
		o = journal_row_to_json(row);
		json_object_object_add(o, "hpa", json_new_hex64(b->hpa.v, 0));
		rpc_reply(b->call, o);
	}
	free(b);
}

static void on_verified(void *arg, const struct xlate_answer *ans, const struct ras_err *err)
{
	struct by_hpa *b = arg;
	struct ras_err e;

	(void)ans;
	if (err) {
		e = *err;
		by_hpa_fail(b, &e);
		return;
	}
	log_info("host page 0x%llx is 0x%llx of %s", (unsigned long long)b->hpa.v,
		 (unsigned long long)b->rq.gpa.v, b->domain);
	injector_create(b->d->injector, &b->rq, on_injected, b);
}

static void on_prepared(void *arg, struct guest *g, const struct ras_err *err)
{
	struct by_hpa *b = arg;
	struct ras_err e;

	(void)g;
	if (err) {
		e = *err;
		by_hpa_fail(b, &e);
		return;
	}
	translate_verify(b->d->translator, b->domain, b->rq.gpa, b->hpa, on_verified, b);
}

/* The one guest page to hit, or why there is none. */
static int choose_owner(struct by_hpa *b, const struct xlate_answer *a, struct ras_err *err)
{
	const struct xlate_owner *chosen = NULL;
	unsigned long long hpa = b->hpa.v;
	size_t n = 0;

	if (a->state != XLATE_LIVE && a->state != XLATE_POISONED) {
		ras_fail(err, RAS_E_NOT_RAM,
			 "host page 0x%llx cannot be injected: its state is %s%s%.100s", hpa,
			 xlate_state_name(a->state), a->detail[0] ? ": " : "", a->detail);
		return ras_hint(err, "rasctl translate --hpa 0x%llx tells more", hpa);
	}
	for (size_t i = 0; i < a->n_owners; i++) {
		const struct xlate_owner *w = &a->owner[i];
		const char *name = translate_domain(b->d->translator, w);

		if (w->alias || !name || w->state == XLATE_QEMU_INTERNAL ||
		    (b->domain[0] && strcmp(b->domain, name) != 0))
			continue;
		n++;
		chosen = w;
	}
	if (n == 0)
		return ras_fail(err, RAS_E_NOT_RAM, "host page 0x%llx is not a page of %s", hpa,
				b->domain);
	if (n > 1 || a->more_owners) {
		ras_fail(err, RAS_E_PARAMS, "host page 0x%llx is shared by %zu guest pages", hpa,
			 n);
		return ras_hint(err,
				"rasctl translate lists them; inject each with --domain and --gpa");
	}
	snprintf(b->domain, sizeof(b->domain), "%s", translate_domain(b->d->translator, chosen));
	b->rq.gpa = chosen->gpa;
	return 0;
}

static void on_owner(void *arg, const struct xlate_answer *ans, const struct ras_err *err)
{
	struct by_hpa *b = arg;
	struct guest *g;
	struct ras_err e;

	if (err)
		e = *err;
	if (err || choose_owner(b, ans, &e) < 0 ||
	    guests_find(b->d->guests, b->domain, &g, &e) < 0) {
		by_hpa_fail(b, &e);
		return;
	}
	guest_prepare(g, on_prepared, b);
}

void hpa_inject(struct rpc_call *c, const struct inject_request *rq, struct hpa hpa)
{
	struct by_hpa *b = calloc(1, sizeof(*b));
	struct daemon *d = rpc_call_user(c);
	struct journal_row *row = calloc(1, sizeof(*row));
	struct ras_err err;

	if (!b || !row) {
		free(b);
		free(row);
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(c, &err);
		return;
	}
	*b = (struct by_hpa){ .call = c, .d = d, .hpa = hpa, .rq = *rq };
	snprintf(b->domain, sizeof(b->domain), "%s", rq->domain);
	snprintf(b->request_id, sizeof(b->request_id), "%s", rq->request_id);
	snprintf(b->tag, sizeof(b->tag), "%s", rq->tag ? rq->tag : "");
	snprintf(b->digest, sizeof(b->digest), "%s", rq->params_digest);
	b->rq.domain = b->domain;
	b->rq.request_id = b->request_id;
	b->rq.tag = rq->tag ? b->tag : NULL;
	b->rq.params_digest = b->digest;
	/* A retry gets the stored row, wherever the page is by now. */
	if (!rq->dry_run &&
	    journal_find_request(d->journal, rq->peer_uid, b->request_id, row, &err) == 0) {
		snprintf(b->domain, sizeof(b->domain), "%s", row->domain);
		b->rq.gpa = row->gpa;
		injector_create(d->injector, &b->rq, on_injected, b);
	} else {
		translate_hpa(d->translator, hpa, rq->timeout_ms, on_owner, b);
	}
	free(row);
}
