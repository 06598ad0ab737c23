// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A domain's stored definition: read, and stored again with the page of rasd's error sources in it
 * or without.
 *
 * Two calls, because what is put in depends on what was read. In between somebody else may define
 * the domain: the second call reads it again, on the same worker, and stores nothing where it is
 * not the text that was read. libvirt itself has no such compare-and-set; what is left is the time
 * between two calls of one worker.
 *
 * libvirt drops elements that it does not know. So what was stored is read once more, and must have
 * the page where it was put.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "libvirt/page_xml.h"
#include "libvirt/private.h"

#define NATIVE_TABLE 11003000ul /* <table type='raw'>: the oldest libvirt that it was tried with */
#define AS_STORED (VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE)

void domain_definition_free(struct domain_definition *d)
{
	if (!d)
		return;
	free(d->text);
	free(d->without);
	free(d);
}

/* --- reading --- */

struct reading {
	domain_definition_fn fn;
	void *arg;
	struct domain_page_undo undo;
	bool native;
};

/* Whether the domain runs with a page. Its stored definition does not say that. */
static bool runs_with_page(virDomainPtr dom)
{
	_free_ char *live = lv.virDomainGetXMLDesc(dom, 0);
	struct page_xml page;

	/* If that cannot be found out, it may. */
	return !live || page_xml_scan(live, strlen(live), &page, NULL) < 0 || page.page.end;
}

/* number[0]: it runs; number[1]: with a page. */
static void work_read(virDomainPtr dom, const char *in, struct libvirt_result *r)
{
	(void)in;
	r->outcome = QMP_ERROR;
	r->number[0] = lv.virDomainIsActive(dom);
	r->number[1] = r->number[0] == 1 && runs_with_page(dom);
	if (lv.virDomainIsPersistent(dom) == 0)
		ras_fail(&r->err, RAS_E_NOT_CAPABLE,
			 "the domain is transient: libvirt stores no definition of it");
	else if (!(r->reply = lv.virDomainGetXMLDesc(dom, AS_STORED)))
		libvirt_error(&r->err, "libvirt does not give the domain's definition");
	else
		r->outcome = QMP_OK;
}

static int make_definition(const struct reading *x, struct libvirt_result *r,
			   struct domain_definition *d, struct ras_err *err)
{
	struct page_xml page;
	int ret = page_xml_remove(r->reply, &x->undo, &d->without, &d->taken_out, err);

	if (ret == 0)
		ret = page_xml_scan(d->without, strlen(d->without), &page, err);
	if (ret < 0)
		return ret;
	d->text = TAKE(r->reply);
	d->memory = page.memory;
	memcpy(d->machine, page.machine, sizeof(d->machine));
	d->runs = r->number[0] == 1;
	d->in_use = r->number[1] != 0;
	d->has_numa = page.n_cells > 0;
	d->native = x->native;
	d->low_split = page.low_split;
	d->other_hest = page.other_hest;
	return 0;
}

static void on_read(void *arg, struct libvirt_result *r)
{
	struct reading *x = arg;
	struct domain_definition *d = calloc(1, sizeof(*d));
	struct ras_err err = r->err;
	int ret = r->outcome == QMP_OK ? 0 : -1;

	if (ret == 0)
		ret = d ? make_definition(x, r, d, &err) :
			  ras_fail(&err, RAS_E_NOMEM, "out of memory");
	if (ret < 0)
		domain_definition_free(TAKE(d));
	x->fn(x->arg, d, d ? NULL : &err);
	free(x);
}

int libvirt_definition(struct guest_manager *m, struct guest *g,
		       const struct domain_page_undo *undo, domain_definition_fn fn, void *arg,
		       struct ras_err *err)
{
	struct libvirt_manager *l = (struct libvirt_manager *)m;
	struct libvirt_call *call;
	struct reading *x;
	int r;

	if (libvirt_may_write(l, err) < 0)
		return -err->code;
	x = malloc(sizeof(*x));
	if (!x)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*x = (struct reading){
		.fn = fn, .arg = arg, .undo = *undo, .native = l->version >= NATIVE_TABLE
	};
	r = libvirt_pool_call(l->pool, &g->dom.uuid, work_read, NULL, false, on_read, x, &call,
			      err);
	if (r < 0)
		free(x);
	return r;
}

int libvirt_put_page(struct guest_manager *m, const struct domain_definition *def,
		     const struct domain_page *page, char **text, struct domain_changes *changes,
		     struct ras_err *err)
{
	(void)m;
	return page_xml_add(def->without, page, def->native, text, changes, err);
}

/* --- storing --- */

struct storing {
	domain_redefined_fn fn;
	void *arg;
	uint64_t page_gpa; /* where the page has to be then; 0: nowhere */
};

/* in is the text that was read and the text to store, with a line of their own between. */
#define BETWEEN "\n\x1f\n"

static void work_store(virDomainPtr dom, const char *in, struct libvirt_result *r)
{
	const char *between = strstr(in, BETWEEN);
	size_t len = (size_t)(between - in);
	_free_ char *now = lv.virDomainGetXMLDesc(dom, AS_STORED);
	virDomainPtr stored;

	r->outcome = QMP_ERROR;
	if (!now) {
		libvirt_error(&r->err, "libvirt does not give the domain's definition");
		return;
	}
	if (strlen(now) != len || memcmp(now, in, len) != 0) {
		ras_fail(&r->err, RAS_E_BUSY,
			 "the domain's definition was changed by somebody else meanwhile");
		ras_hint(&r->err, "try again");
		return;
	}
	stored = lv.virDomainDefineXML(lv.virDomainGetConnect(dom), between + strlen(BETWEEN));
	if (!stored) {
		libvirt_error(&r->err, "libvirt does not take the definition");
		return;
	}
	r->reply = lv.virDomainGetXMLDesc(stored, AS_STORED);
	if (!r->reply)
		libvirt_error(&r->err, "libvirt does not give the domain's new definition");
	else
		r->outcome = QMP_OK;
	lv.virDomainFree(stored);
}

static void on_stored(void *arg, struct libvirt_result *r)
{
	struct storing *s = arg;
	struct page_xml page;
	struct ras_err err = r->err;
	int ret =
		r->outcome == QMP_OK ? page_xml_scan(r->reply, strlen(r->reply), &page, &err) : -1;

	if (ret == 0 && (page.memory.page_gpa != s->page_gpa || !page.table.end != !s->page_gpa)) {
		ret = ras_fail(&err, RAS_E_MONITOR,
			       "libvirt took the definition, but left out what it does not know");
		ras_hint(&err, "rasctl unprovision takes back what there is");
	}
	s->fn(s->arg, ret == 0 ? NULL : &err);
	free(s);
}

int libvirt_redefine(struct guest_manager *m, struct guest *g, const struct domain_definition *def,
		     const char *text, domain_redefined_fn fn, void *arg, struct ras_err *err)
{
	struct libvirt_manager *l = (struct libvirt_manager *)m;
	_free_ char *both = NULL;
	struct libvirt_call *call;
	struct page_xml page;
	struct storing *s;
	int r = page_xml_scan(text, strlen(text), &page, err);

	if (r < 0)
		return r;
	if (libvirt_may_write(l, err) < 0)
		return -err->code;
	s = malloc(sizeof(*s));
	if (!s || asprintf(&both, "%s" BETWEEN "%s", def->text, text) < 0) {
		free(s);
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	*s = (struct storing){ .fn = fn, .arg = arg, .page_gpa = page.memory.page_gpa };
	r = libvirt_pool_call(l->pool, &g->dom.uuid, work_store, both, false, on_stored, s, &call,
			      err);
	if (r < 0)
		free(s);
	return r;
}
