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

#include "base/clock.h"
#include "base/log.h"
#include "control/methods/list.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "guests/guest.h"
#include "journal/journal.h"

#define COUNT_AT_ONCE 8192 /* pages of an index: 0.2 ms */
#define SEEK_MS 3000

struct export
{
	struct rpc_call *call;
	struct daemon *d;
	char domain[sizeof(((struct journal_row *)0)->target.domain)];
	bool has_after;
	struct gpa after;
	bool begun, more;
	struct list list;
};

struct import {
	struct rpc_call *call;
	struct daemon *d;
	char domain[sizeof(((struct journal_row *)0)->target.domain)];
	bool dry_run;
	pid_t pid; /* of the guest's QEMU, 0: it has none */
	uint64_t start_time;
	/* what is done slice by slice: the domain's pages are counted, then each is looked up */
	struct gpa counted_to;
	bool counted;
	uint64_t n_known;
	size_t n_looked_up, n_new;
	size_t n;
	struct poison_page pages[];
};

static int add_page(void *arg, const struct poison_page *p)
{
	struct export *x = arg;
	_json_ json_object *o = NULL;

	/* One page more than was asked for: then there are more. */
	x->more = x->list.left == 0;
	if (x->more || list_full(&x->list))
		return 1;
	o = view_poison_page(p);
	x->after = p->gpa;
	x->has_after = true;
	return !list_row(&x->list, "", o);
}

static bool put_export_head(struct buf *out, const char *domain)
{
	_json_ json_object *o = json_new_text(domain);

	return list_put(out, "{\"domain\":") && list_put_json(out, o) &&
	       list_put(out, ",\"pages\":[");
}

/* A domain that has no page and is none of ours was mistyped. */
static int check_domain(const struct export *x, struct ras_err *err)
{
	struct guest *g;
	struct gpa from = { 0 };
	uint64_t n = 0;

	if (x->has_after)
		return 0;
	if (journal_poison_count_from(x->d->journal, x->domain, &from, 1, &n, err) < 0)
		return -err->code;
	return n ? 0 : guests_find(x->d->guests, x->domain, &g, err);
}

static int export_next(void *arg, struct buf *out, struct ras_err *err)
{
	struct export *x = arg;
	bool first = !x->begun;

	if (first && check_domain(x, err) < 0)
		return -err->code;
	x->begun = true;
	list_begin(&x->list, out);
	x->list.ok = !first || put_export_head(out, x->domain);
	if (journal_poison_list(x->d->journal, x->domain, x->has_after ? &x->after : NULL,
				RPC_SLICE_ROWS + 1, add_page, x, err) < 0)
		return -err->code;
	return list_end(&x->list, x->more ? "],\"more\":true}" : "],\"more\":false}", err);
}

static void on_flushed(void *arg, const struct ras_err *err)
{
	static const struct rpc_stream stream = { export_next, free };
	struct export *x = arg;

	if (!err) {
		rpc_reply_stream(x->call, &stream, x);
		return;
	}
	rpc_reply_error(x->call, err);
	free(x);
}

void rpc_poison_export(struct rpc_call *c, json_object *params)
{
	struct export *x = calloc(1, sizeof(*x));
	const char *domain = NULL;
	uint64_t limit = POISON_MAX_IMPORT;
	struct ras_err err;

	if (!x) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(c, &err);
		return;
	}
	x->call = c;
	x->d = rpc_call_user(c);
	if (json_get_str(params, "domain", &domain, &err) < 0 ||
	    json_opt_u64(params, "limit", 1, POISON_MAX_IMPORT, &limit, &err) < 0 ||
	    json_opt_hex64(params, "after", &x->after.v, &err) < 0) {
		on_flushed(x, &err);
		return;
	}
	x->list.left = (size_t)limit;
	json_member(params, "after", &x->has_after);
	snprintf(x->domain, sizeof(x->domain), "%s", domain);
	/* An outcome that a client has heard must be in the list, and durable. */
	if (journal_flush(x->d->journal, on_flushed, x, &err) < 0)
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

/* The pages in order, each once. */
static int parse_pages(json_object *list, struct import *im, struct ras_err *err)
{
	for (size_t i = 0; i < im->n; i++) {
		if (parse_page(json_object_array_get_idx(list, i), i, &im->pages[i], err) < 0)
			return -err->code;
		if (i && im->pages[i].gpa.v <= im->pages[i - 1].gpa.v)
			return bad_page(err, i, "gpa", "must be higher than the one before");
	}
	return 0;
}

static json_object *import_json(const struct import *im)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "domain", json_new_text(im->domain));
	json_object_object_add(o, "pages", json_object_new_uint64(im->n));
	json_object_object_add(o, "new", json_object_new_uint64(im->n_new));
	json_object_object_add(o, "dry_run", json_object_new_boolean(im->dry_run));
	return o;
}

static void on_imported(void *arg, const struct ras_err *err)
{
	struct import *im = arg;

	if (err) {
		rpc_reply_error(im->call, err);
	} else {
		log_info("%s: %s: bad pages imported: %zu, %zu of them new", rpc_call_who(im->call),
			 im->domain, im->n, im->n_new);
		rpc_reply(im->call, import_json(im));
	}
	free(im);
}

/* All is looked up: is there room, and then to the journal. */
static int import_store(struct import **im, struct buf *out, struct ras_err *err)
{
	struct import *i = *im;

	if (i->n_new && i->n_known + i->n_new > POISON_MAX_PAGES) {
		ras_fail(err, RAS_E_PARAMS, "%s would have %" PRIu64 " bad pages, at most %u",
			 i->domain, i->n_known + i->n_new, POISON_MAX_PAGES);
		return ras_field(err, "pages");
	}
	if (i->dry_run) {
		_json_ json_object *o = import_json(i);

		return list_put_json(out, o) ? RPC_SLICE_END :
					       ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	if (journal_poison_import(i->d->journal, i->domain, i->pid, i->start_time, i->pages, i->n,
				  on_imported, i, err) < 0)
		return -err->code;
	*im = NULL; /* the journal has it */
	return RPC_SLICE_LATER;
}

static int import_look_up(struct import *im, struct ras_err *err)
{
	int64_t start_ns = clock_boot_ns();
	uint64_t n = 0;
	bool has = false;

	if (!im->counted) {
		if (journal_poison_count_from(im->d->journal, im->domain, &im->counted_to,
					      COUNT_AT_ONCE, &n, err) < 0)
			return -err->code;
		im->n_known += n;
		im->counted = n < COUNT_AT_ONCE;
		return RPC_SLICE_MORE;
	}
	for (size_t rows = 0; im->n_looked_up < im->n; im->n_looked_up++) {
		if (rpc_slice_over(start_ns, rows++))
			return RPC_SLICE_MORE;
		if (journal_poison_has(im->d->journal, im->domain, im->pages[im->n_looked_up].gpa,
				       &has, err) < 0)
			return -err->code;
		im->n_new += !has;
	}
	return RPC_SLICE_END;
}

static int import_next(void *arg, struct buf *out, struct ras_err *err)
{
	struct import **im = arg;
	int r = import_look_up(*im, err);

	return r == RPC_SLICE_END ? import_store(im, out, err) : r;
}

static void import_free(void *arg)
{
	struct import **im = arg;

	free(*im);
	free(im);
}

/* The guest is known: an import for a mistyped name would be lost without a word. */
static void on_import_guest(void *arg, struct guest *g, const struct ras_err *err)
{
	static const struct rpc_stream stream = { import_next, import_free };
	struct import *im = arg, **holder = g ? malloc(sizeof(struct import *)) : NULL;
	struct ras_err e;

	if (!holder) {
		if (g)
			ras_fail(&e, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(im->call, g ? &e : err);
		free(im);
		return;
	}
	*holder = im;
	im->pid = g->life.pid > 0 ? g->life.pid : 0;
	im->start_time = g->life.start_time;
	rpc_reply_stream(im->call, &stream, holder);
}

static int import_start(struct rpc_call *c, json_object *params, struct ras_err *err)
{
	json_object *list = NULL;
	const char *domain = NULL;
	struct import *im;
	size_t n;

	if (json_get_str(params, "domain", &domain, err) < 0 ||
	    json_get_arr(params, "pages", &list, err) < 0)
		return -err->code;
	n = json_object_array_length(list);
	im = calloc(1, sizeof(*im) + n * sizeof(im->pages[0]));
	if (!im)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	im->call = c;
	im->d = rpc_call_user(c);
	im->n = n;
	snprintf(im->domain, sizeof(im->domain), "%s", domain);
	if (json_opt_bool(params, "dry_run", &im->dry_run, err) < 0 ||
	    parse_pages(list, im, err) < 0) {
		free(im);
		return -err->code;
	}
	guests_seek(im->d->guests, im->domain, SEEK_MS, on_import_guest, im);
	return 0;
}

void rpc_poison_import(struct rpc_call *c, json_object *params)
{
	struct ras_err err;

	if (import_start(c, params, &err) < 0)
		rpc_reply_error(c, &err);
}
