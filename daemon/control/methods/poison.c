// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * poison.export, poison.import: the list of pages that a guest was told are bad goes with it to
 * another host. Long lists go in parts, so that no call holds up the loop; an import in parts is
 * not atomic, but may be repeated. An export needs no guest: it may have left already. An import
 * does: a mistyped name must not be taken.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "guests/guests.h"
#include "journal/journal.h"

struct export
{
	struct rpc_call *call;
	char domain[sizeof(((struct journal_row *)0)->domain)];
	bool has_after;
	struct gpa after;
	uint64_t limit;
	json_object *pages;
};

struct import {
	struct rpc_call *call;
	char domain[sizeof(((struct journal_row *)0)->domain)];
	size_t n, n_new;
	bool dry_run;
	struct poison_page pages[];
};

/* One page more than asked for tells that there are more. */
static int add_page(void *arg, const struct poison_page *p)
{
	struct export *x = arg;

	if (json_object_array_length(x->pages) < x->limit) {
		json_object_array_add(x->pages, view_poison_page(p));
		return 0;
	}
	x->limit = 0;
	return 1;
}

static void export_reply(struct export *x)
{
	struct daemon *d = rpc_call_user(x->call);
	json_object *o;
	struct guest *g;
	struct ras_err err;

	x->pages = json_object_new_array();
	if (journal_poison_list(d->journal, x->domain, x->has_after ? &x->after : NULL,
				(size_t)x->limit + 1, add_page, x, &err) < 0 ||
	    (!json_object_array_length(x->pages) && !x->has_after &&
	     guests_find(d->guests, x->domain, &g, &err) < 0)) {
		json_object_put(x->pages);
		rpc_reply_error(x->call, &err);
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "domain", json_new_text(x->domain));
	json_object_object_add(o, "pages", x->pages);
	json_object_object_add(o, "more", json_object_new_boolean(x->limit == 0));
	rpc_reply(x->call, o);
}

static void on_flushed(void *arg, const struct ras_err *err)
{
	struct export *x = arg;

	if (err)
		rpc_reply_error(x->call, err);
	else
		export_reply(x);
	free(x);
}

void rpc_poison_export(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	struct export *x = calloc(1, sizeof(*x));
	const char *domain = NULL;
	struct ras_err err;

	if (!x) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(c, &err);
		return;
	}
	x->call = c;
	x->limit = POISON_MAX_IMPORT;
	if (json_get_str(params, "domain", &domain, &err) < 0 ||
	    json_opt_u64(params, "limit", 1, POISON_MAX_IMPORT, &x->limit, &err) < 0 ||
	    json_opt_hex64(params, "after", &x->after.v, &err) < 0) {
		on_flushed(x, &err);
		return;
	}
	json_member(params, "after", &x->has_after);
	snprintf(x->domain, sizeof(x->domain), "%s", domain);
	/* What somebody was told is acknowledged must be in the list, and durable. */
	if (journal_flush(d->journal, on_flushed, x, &err) < 0)
		on_flushed(x, &err);
}

static int bad_page(struct ras_err *err, size_t i, const char *member, const char *what)
{
	ras_fail(err, RAS_E_PARAMS, "page %zu: \"%s\" %s", i, member, what);
	return ras_field(err, "pages[%zu].%s", i, member);
}

static int parse_page(json_object *o, size_t i, struct poison_page *p, struct ras_err *err)
{
	const char *origin = NULL;
	uint64_t seen = 0;

	if (!json_object_is_type(o, json_type_object)) {
		ras_fail(err, RAS_E_PARAMS, "page %zu is no object", i);
		return ras_field(err, "pages[%zu]", i);
	}
	json_object_object_foreach(o, key, val)
	{
		(void)val;
		if (strcmp(key, "gpa") && strcmp(key, "seen_ns") && strcmp(key, "origin")) {
			ras_fail(err, RAS_E_PARAMS, "page %zu: a page has no member \"%.40s\"", i,
				 key);
			return ras_field(err, "pages[%zu].%.40s", i, key);
		}
	}
	if (json_get_hex64(o, "gpa", &p->gpa.v, err) < 0)
		return bad_page(err, i, "gpa", "must be an address, as \"0x48000000\"");
	if (p->gpa.v % POISON_PAGE_BYTES || p->gpa.v >= POISON_MAX_GPA)
		return bad_page(err, i, "gpa", "must be the address of a 4 KiB page below 2^52");
	if (json_get_u64(o, "seen_ns", 0, INT64_MAX, &seen, err) < 0)
		return bad_page(err, i, "seen_ns", "must be nanoseconds since 1970");
	if (json_get_str(o, "origin", &origin, err) < 0 || !origin[0] ||
	    strlen(origin) >= sizeof(p->origin))
		return bad_page(err, i, "origin", "must have 1..100 characters");
	for (const char *s = origin; *s; s++)
		if ((unsigned char)*s < ' ' || (unsigned char)*s > '~')
			return bad_page(err, i, "origin", "must be printable ASCII");
	p->seen_real_ns = (int64_t)seen;
	snprintf(p->origin, sizeof(p->origin), "%s", origin);
	return 0;
}

/* The pages in order, each once, and how many of them are new. */
static int parse_pages(struct journal *j, json_object *list, struct import *im, struct ras_err *err)
{
	uint64_t known = 0;
	bool has = false;

	for (size_t i = 0; i < im->n; i++) {
		if (parse_page(json_object_array_get_idx(list, i), i, &im->pages[i], err) < 0)
			return -err->code;
		if (i && im->pages[i].gpa.v <= im->pages[i - 1].gpa.v)
			return bad_page(err, i, "gpa", "must be higher than the one before");
		if (journal_poison_has(j, im->domain, im->pages[i].gpa, &has, err) < 0)
			return -err->code;
		im->n_new += !has;
	}
	if (journal_poison_count(j, im->domain, &known, err) < 0)
		return -err->code;
	if (im->n_new && known + im->n_new > POISON_MAX_PAGES) {
		ras_fail(err, RAS_E_PARAMS, "%s would have %" PRIu64 " bad pages, at most %u",
			 im->domain, known + im->n_new, POISON_MAX_PAGES);
		return ras_field(err, "pages");
	}
	return 0;
}

static void on_imported(void *arg, const struct ras_err *err)
{
	struct import *im = arg;
	json_object *o;

	if (err) {
		rpc_reply_error(im->call, err);
		free(im);
		return;
	}
	if (!im->dry_run)
		log_info("uid %u: %s: bad pages imported: %zu, %zu of them new",
			 (unsigned int)rpc_call_uid(im->call), im->domain, im->n, im->n_new);
	o = json_object_new_object();
	json_object_object_add(o, "domain", json_new_text(im->domain));
	json_object_object_add(o, "pages", json_object_new_uint64(im->n));
	json_object_object_add(o, "new", json_object_new_uint64(im->n_new));
	json_object_object_add(o, "dry_run", json_object_new_boolean(im->dry_run));
	rpc_reply(im->call, o);
	free(im);
}

static int import_start(struct rpc_call *c, json_object *params, struct ras_err *err)
{
	struct daemon *d = rpc_call_user(c);
	json_object *list = NULL;
	const char *domain = NULL;
	struct import *im;
	struct guest *g;
	size_t n;

	if (json_get_str(params, "domain", &domain, err) < 0 ||
	    json_get_arr(params, "pages", &list, err) < 0 ||
	    guests_find(d->guests, domain, &g, err) < 0)
		return -err->code;
	n = json_object_array_length(list);
	im = calloc(1, sizeof(*im) + n * sizeof(im->pages[0]));
	if (!im)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	im->call = c;
	im->n = n;
	snprintf(im->domain, sizeof(im->domain), "%s", domain);
	if (json_opt_bool(params, "dry_run", &im->dry_run, err) < 0 ||
	    parse_pages(d->journal, list, im, err) < 0 ||
	    (!im->dry_run && journal_poison_import(d->journal, im->domain, im->pages, im->n,
						   on_imported, im, err) < 0)) {
		free(im);
		return -err->code;
	}
	if (im->dry_run)
		on_imported(im, NULL);
	return 0;
}

void rpc_poison_import(struct rpc_call *c, json_object *params)
{
	struct ras_err err;

	if (import_start(c, params, &err) < 0)
		rpc_reply_error(c, &err);
}
