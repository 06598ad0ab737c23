// SPDX-License-Identifier: LGPL-2.1-or-later
/* What libvirt says of itself, and grants stored in a domain's metadata. */
#include <stdlib.h>
#include <string.h>

#include "guests/guest.h"
#include "libvirt/private.h"

/* --- for people --- */

json_object *guests_libvirt_json(struct guests *gs)
{
	const struct guests_libvirt *l = guests_libvirt(gs);
	json_object *o = json_object_new_object();
	char v[32];

	json_object_object_add(o, "uri",
			       json_object_new_string(l ? guests_conf(gs)->libvirt_uri : "none"));
	json_object_object_add(o, "connected", json_object_new_boolean(l && l->up));
	if (!l)
		return o;
	if (l->up) {
		snprintf(v, sizeof(v), "%lu.%lu.%lu", l->version / 1000000,
			 l->version / 1000 % 1000, l->version % 1000);
		json_object_object_add(o, "version", json_object_new_string(v));
		json_object_object_add(o, "read_only", json_object_new_boolean(l->read_only));
	}
	if (!l->up || l->read_only) {
		json_object_object_add(o, "reason", json_object_new_string(l->why.text));
		if (l->why.hint[0])
			json_object_object_add(o, "hint", json_object_new_string(l->why.hint));
	}
	return o;
}

/* --- grants --- */

struct allowing {
	void (*done)(void *arg, const struct ras_err *err);
	void *arg;
	struct guests *gs;
	char name[64];
	struct conf_grant grant;
};

static void work_allow(virDomainPtr dom, const char *in, struct libvirt_result *r)
{
	unsigned int flags = VIR_DOMAIN_AFFECT_CONFIG;

	r->outcome = QMP_ERROR;
	/* Not virDomainGetID(): dom may have been looked up before the domain was started. */
	if (lv.virDomainIsActive(dom) == 1)
		flags |= VIR_DOMAIN_AFFECT_LIVE;
	if (lv.virDomainIsPersistent(dom) == 0)
		flags = VIR_DOMAIN_AFFECT_LIVE;
	if (lv.virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, in, DOMAIN_GRANTS_PREFIX,
				    DOMAIN_GRANTS_URI, flags) < 0)
		libvirt_error(&r->err, "libvirt does not store the grants");
	else
		r->outcome = QMP_OK;
}

static void on_allowed(void *arg, struct libvirt_result *r)
{
	struct allowing *a = arg;
	struct guest *g;

	if (r->outcome == QMP_OK && guests_find(a->gs, a->name, &g, NULL) == 0) {
		g->dom.xml.has_grants = true;
		g->dom.xml.grants_why[0] = '\0';
		g->dom.xml.grants = a->grant;
	}
	a->done(a->arg, r->outcome == QMP_OK ? NULL : &r->err);
	free(a);
}

int guest_allow(struct guest *g, const struct conf_grant *grant,
		void (*done)(void *arg, const struct ras_err *err), void *arg, struct ras_err *err)
{
	struct guests_libvirt *l = guests_libvirt(g->gs);
	struct libvirt_call *call;
	struct allowing *a;
	char text[256];
	int r;

	if (!l || !g->dom.managed) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s is not a domain of libvirt: there is nowhere to store a grant",
			 g->name);
		return ras_hint(err, "allow it in rasd.conf: [domain %s]", g->name);
	}
	if (guest_grant_from_conf(g)) {
		ras_fail(err, RAS_E_CONFIG,
			 "rasd.conf decides for %s: a grant in its metadata would have no effect",
			 g->name);
		return ras_hint(err, "change or remove section [domain %s] of rasd.conf", g->name);
	}
	if (!l->up || l->read_only) {
		*err = l->why;
		return -err->code;
	}
	if (!done)
		return 0;
	a = calloc(1, sizeof(*a));
	if (!a)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*a = (struct allowing){ .done = done, .arg = arg, .gs = g->gs, .grant = *grant };
	memcpy(a->name, g->name, sizeof(a->name));
	domain_grants_format(grant, text, sizeof(text));
	r = libvirt_pool_call(l->pool, &g->dom.uuid, work_allow, text, false, on_allowed, a, &call,
			      err);
	if (r < 0)
		free(a);
	return r;
}
