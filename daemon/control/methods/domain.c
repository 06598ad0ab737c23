// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * domain.list, domain.explain. Both are made in slices: there may be thousands of guests, and tens
 * of thousands of bad pages to count. Guests come and go between two slices of a list; each slice
 * goes on behind the name that the last one ended with, so no guest is shown twice.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "base/buf.h"
#include "base/clock.h"
#include "control/methods/list.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "guests/guest.h"
#include "inject/inject.h"
#include "journal/journal.h"

struct domain_list {
	struct daemon *d;
	char after[64]; /* the last guest that was written */
	size_t n;
};

/* Why the list is not complete. */
static json_object *missing_json(const struct ras_err *err)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "reason", json_new_text(err->text));
	json_object_object_add(o, "reason_code",
			       json_object_new_string(ras_err_reason((enum ras_code)err->code)));
	json_object_object_add(o, "hint", json_new_text(err->hint));
	return o;
}

static bool put_end(struct buf *out, struct guests *gs)
{
	_json_ json_object *libvirt = guests_libvirt_json(gs), *missing = NULL;
	struct ras_err err;

	if (guests_missing(gs, &err) < 0)
		missing = missing_json(&err);
	return list_put(out, missing ? "],\"complete\":false" : "],\"complete\":true") &&
	       (!missing || (list_put(out, ",\"missing\":") && list_put_json(out, missing))) &&
	       list_put(out, ",\"libvirt\":") && list_put_json(out, libvirt) && list_put(out, "}");
}

static json_object *list_entry(struct daemon *d, struct guest *g)
{
	json_object *o = view_guest(d->backends, g, false),
		    *migration = view_migration(d->journal, g, false);

	if (migration)
		json_object_object_add(o, "migration", migration);
	return o;
}

static int domains_next(void *arg, struct buf *out, struct ras_err *err)
{
	struct domain_list *l = arg;
	int64_t start_ns = clock_boot_ns();
	bool ok = l->n || list_put(out, "{\"domains\":[");
	struct guest *g;

	for (size_t rows = 0; ok && (g = guests_next(l->d->guests, l->after)); l->n++) {
		_json_ json_object *o = NULL;

		if (rpc_slice_over(start_ns, rows++))
			return RPC_SLICE_MORE;
		o = list_entry(l->d, g);
		ok = list_put(out, l->n ? "," : "") && list_put_json(out, o);
		snprintf(l->after, sizeof(l->after), "%s", g->name);
	}
	if (!ok || !put_end(out, l->d->guests))
		return ras_fail(err, RAS_E_NOMEM, "no room for a list of domains");
	return RPC_SLICE_END;
}

void rpc_domain_list(struct rpc_call *c, json_object *params)
{
	static const struct rpc_stream stream = { domains_next, free };
	struct domain_list *l = calloc(1, sizeof(*l));
	struct ras_err err;

	(void)params;
	if (!l) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(c, &err);
		return;
	}
	l->d = rpc_call_user(c);
	backends_look(l->d->backends); /* the next answer knows more */
	rpc_reply_stream(c, &stream, l);
}

/* --- domain.explain --- */

#define COUNT_AT_ONCE 8192 /* pages of an index: 0.2 ms */
#define SEEK_MS 3000 /* after a start guests are known within 0.1 s; libvirt may take longer */

struct explain {
	struct rpc_call *call;
	struct daemon *d;
	json_object *guest; /* the answer, without the pages */
	char name[64];
	struct gpa counted_to;
	uint64_t n_pages;
};

static void explain_free(void *arg)
{
	struct explain *x = arg;

	json_object_put(x->guest);
	free(x);
}

static void add_host_errors(struct explain *x)
{
	struct host_counts c;
	json_object *o;

	if (journal_host_counts(x->d->journal, x->name, &c, NULL) < 0)
		return;
	o = json_object_new_object();
	json_object_object_add(o, "corrected", json_object_new_uint64(c.corrected));
	json_object_object_add(o, "uncorrected", json_object_new_uint64(c.uncorrected));
	json_object_object_add(o, "last_ns", json_object_new_int64(c.last_real_ns));
	json_object_object_add(x->guest, "host_errors", o);
}

static int explain_next(void *arg, struct buf *out, struct ras_err *err)
{
	struct explain *x = arg;
	uint64_t n = 0;
	int r = journal_poison_count_from(x->d->journal, x->name, &x->counted_to, COUNT_AT_ONCE, &n,
					  NULL);

	x->n_pages += n;
	if (r == 0 && n == COUNT_AT_ONCE)
		return RPC_SLICE_MORE;
	if (r == 0)
		json_object_object_add(x->guest, "poisoned_pages",
				       json_object_new_uint64(x->n_pages));
	add_host_errors(x);
	return list_put_json(out, x->guest) ? RPC_SLICE_END :
					      ras_fail(err, RAS_E_NOMEM, "out of memory");
}

/* Without its devices the answer is as good, but for them. */
static void on_devices(void *arg, const struct backend_device *list, size_t n,
		       const struct ras_err *err)
{
	static const struct rpc_stream stream = { explain_next, explain_free };
	struct explain *x = arg;

	if (!err)
		json_object_object_add(x->guest, "devices", view_devices(list, n));
	rpc_reply_stream(x->call, &stream, x);
}

/* Ready or not, what is known now is the answer. */
static void on_prepared(void *arg, struct guest *g, struct error_source *s,
			const struct ras_err *err)
{
	struct explain *x = arg;
	const char *name = "";

	(void)s, (void)err;
	x->guest = view_guest(x->d->backends, g, true);
	json_object_object_add(x->guest, "migration", view_migration(x->d->journal, g, true));
	json_object_object_add(x->guest, "safety",
			       view_lever(policy_lever(injector_policy(x->d->injector))));
	json_get_str(x->guest, "name", &name, NULL);
	snprintf(x->name, sizeof(x->name), "%s", name);
	backends_devices(x->d->backends, g, on_devices, x);
}

static void on_found(void *arg, struct guest *g, const struct ras_err *err)
{
	struct explain *x = arg;

	if (g) {
		source_prepare(x->d->backends, g, NULL, SOURCE_ANY, on_prepared, x);
		return;
	}
	rpc_reply_error(x->call, err);
	free(x);
}

void rpc_domain_explain(struct rpc_call *c, json_object *params)
{
	struct explain *x = calloc(1, sizeof(*x));
	const char *name = NULL;
	struct ras_err err;
	int r = x ? json_get_str(params, "domain", &name, &err) :
		    ras_fail(&err, RAS_E_NOMEM, "out of memory");

	if (r < 0) {
		free(x);
		rpc_reply_error(c, &err);
		return;
	}
	x->call = c;
	x->d = rpc_call_user(c);
	guests_seek(x->d->guests, name, SEEK_MS, on_found, x);
}
