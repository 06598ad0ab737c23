// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The problem: a host page may move, or go to another guest, at any time, so an address that was
 * right a second ago may hit somebody else now.
 * The rule: what takes long comes first. The order is translate, make the guest ready, verify,
 * inject. Only the injector's own checks are between the last look at the page and the intent.
 * Without it a guest that needs a second to get ready would be hit at the address of a second ago.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "forward/private.h"

/* One request on its way. */
struct forwarding {
	struct forward *f;
	struct hpa hpa;
	struct inject_request rq; /* its strings and record are the copies below */
	char domain[64], request_id[64], tag[64], digest[65];
	uint8_t record[JOURNAL_MAX_RECORD];
	inject_done_fn done;
	void *arg;
};

static void forwarding_fail(struct forwarding *w, const struct ras_err *err)
{
	struct ras_err e = *err;

	if (!e.field[0])
		ras_field(&e, "hpa");
	w->done(w->arg, NULL, &e);
	free(w);
}

static void on_injected(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	struct forwarding *w = arg;

	w->done(w->arg, row, err);
	free(w);
}

static void on_verified(void *arg, const struct xlate_answer *ans, const struct ras_err *err)
{
	struct forwarding *w = arg;

	(void)ans;
	if (err) {
		forwarding_fail(w, err);
		return;
	}
	log_limited(LOG_INFO, "forward", "host page 0x%llx is 0x%llx of %s",
		    (unsigned long long)w->hpa.v, (unsigned long long)w->rq.gpa.v, w->domain);
	injector_create(w->f->injector, &w->rq, on_injected, w);
}

static void on_prepared(void *arg, struct guest *g, const struct ras_err *err)
{
	struct forwarding *w = arg;

	(void)g;
	if (err)
		forwarding_fail(w, err);
	else
		translate_verify(w->f->translator,
				 &(struct verify){ .who = FOR_CLIENT,
						   .what = VERIFY_BOTH,
						   .domain = w->domain,
						   .gpa = w->rq.gpa,
						   .hpa = w->hpa },
				 on_verified, w);
}

/* May this owner be meant? An alias is the same page seen at a second address. */
static const char *candidate(const struct forwarding *w, const struct xlate_owner *o)
{
	const char *name = translate_domain(w->f->translator, o);

	if (!name || o->alias || o->state == XLATE_QEMU_INTERNAL)
		return NULL;
	return !w->domain[0] || strcmp(w->domain, name) == 0 ? name : NULL;
}

/* The one guest page to hit, or why there is none. */
static int choose_owner(struct forwarding *w, const struct xlate_answer *a, struct ras_err *err)
{
	const struct xlate_owner *chosen = NULL;
	unsigned long long hpa = w->hpa.v;
	size_t n = 0;

	if (a->state != XLATE_LIVE && a->state != XLATE_POISONED) {
		ras_fail(err, RAS_E_NOT_RAM,
			 "host page 0x%llx cannot be injected: its state is %s%s%.100s", hpa,
			 xlate_state_name(a->state), a->detail[0] ? ": " : "", a->detail);
		return ras_hint(err, "rasctl translate --hpa 0x%llx shows more", hpa);
	}
	for (size_t i = 0; i < a->n_owners; i++)
		if (candidate(w, &a->owner[i])) {
			chosen = &a->owner[i];
			n++;
		}
	if (n == 0)
		return ras_fail(err, RAS_E_NOT_RAM, "host page 0x%llx is not a page of %s", hpa,
				w->domain);
	if (n > 1 || a->more_owners) {
		ras_fail(err, RAS_E_PARAMS, "host page 0x%llx is shared by %zu guest pages", hpa,
			 n);
		return ras_hint(err,
				"rasctl translate lists them; inject each with --domain and --gpa");
	}
	snprintf(w->domain, sizeof(w->domain), "%s", candidate(w, chosen));
	w->rq.gpa = chosen->gpa;
	return 0;
}

static void on_owner(void *arg, const struct xlate_answer *ans, const struct ras_err *err)
{
	struct forwarding *w = arg;
	struct guest *g;
	struct ras_err e;

	if (err || choose_owner(w, ans, &e) < 0 ||
	    guests_find(w->f->guests, w->domain, &g, &e) < 0) {
		forwarding_fail(w, err ? err : &e);
		return;
	}
	injector_prepare(w->f->injector, g, on_prepared, w);
}

static struct forwarding *forwarding_new(struct forward *f, const struct inject_request *rq,
					 struct hpa hpa, inject_done_fn done, void *arg)
{
	struct forwarding *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->f = f;
	w->hpa = hpa;
	w->rq = *rq;
	w->done = done;
	w->arg = arg;
	snprintf(w->domain, sizeof(w->domain), "%s", rq->domain);
	snprintf(w->request_id, sizeof(w->request_id), "%s", rq->request_id);
	snprintf(w->tag, sizeof(w->tag), "%s", rq->tag ? rq->tag : "");
	snprintf(w->digest, sizeof(w->digest), "%s", rq->params_digest);
	w->rq.via.hpa = hpa;
	w->rq.via.has_hpa = true;
	w->rq.domain = w->domain;
	w->rq.request_id = w->request_id;
	w->rq.tag = rq->tag ? w->tag : NULL;
	w->rq.params_digest = w->digest;
	if (rq->record) {
		/* One that is too long is refused by the injector before it looks at the bytes. */
		if (rq->record_len <= sizeof(w->record))
			memcpy(w->record, rq->record, rq->record_len);
		w->rq.record = w->record;
	}
	return w;
}

void forward_inject(struct forward *f, const struct inject_request *rq, struct hpa hpa,
		    inject_done_fn done, void *arg)
{
	struct forwarding *w = forwarding_new(f, rq, hpa, done, arg);
	struct journal_row *row = calloc(1, sizeof(*row));
	struct ras_err err;

	if (!w || !row) {
		free(w);
		free(row);
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		done(arg, NULL, &err);
		return;
	}
	if (!rq->dry_run &&
	    injector_find_request(f->injector, rq->peer.uid, w->request_id, row, &err) == 0) {
		snprintf(w->domain, sizeof(w->domain), "%s", row->target.domain);
		w->rq.gpa = row->target.gpa;
		injector_create(f->injector, &w->rq, on_injected, w);
	} else {
		translate_hpa(f->translator, FOR_CLIENT, hpa, rq->timeout_ms, on_owner, w);
	}
	free(row);
}

int forward_new(struct forward **out, struct guests *guests, struct translator *translator,
		struct injector *injector, struct ras_err *err)
{
	struct forward *f = malloc(sizeof(*f));

	if (!f)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*f = (struct forward){ .guests = guests, .translator = translator, .injector = injector };
	*out = f;
	return 0;
}

void forward_free(struct forward *f)
{
	if (f)
		forward_forget(f);
	free(f);
}
