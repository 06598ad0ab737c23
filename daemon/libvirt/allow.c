// SPDX-License-Identifier: LGPL-2.1-or-later
/* What libvirt says of itself, and grants stored in a domain's metadata. */
#include <stdlib.h>
#include <string.h>

#include "libvirt/metadata.h"
#include "libvirt/private.h"

/* --- for people --- */

json_object *libvirt_to_json(struct guest_manager *m)
{
	const struct libvirt_manager *l = (struct libvirt_manager *)m;
	json_object *o = json_object_new_object();
	bool up = libvirt_is_up(l);
	char v[32];

	json_object_object_add(o, "uri", json_new_text(guests_conf(l->base.gs)->libvirt_uri));
	json_object_object_add(o, "connected", json_object_new_boolean(up));
	if (up) {
		snprintf(v, sizeof(v), "%lu.%lu.%lu", l->version / 1000000,
			 l->version / 1000 % 1000, l->version % 1000);
		json_object_object_add(o, "version", json_new_text(v));
		json_object_object_add(o, "read_only", json_object_new_boolean(l->read_only));
	}
	if (!up || l->read_only) {
		json_object_object_add(o, "reason", json_new_text(l->why.text));
		if (l->why.hint[0])
			json_object_object_add(o, "hint", json_new_text(l->why.hint));
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
		g->dom.facts.has_grants = true;
		g->dom.facts.grants_why[0] = '\0';
		g->dom.facts.grants = a->grant;
	}
	a->done(a->arg, r->outcome == QMP_OK ? NULL : &r->err);
	free(a);
}

int libvirt_allow(struct guest_manager *m, struct guest *g, const struct conf_grant *grant,
		  void (*done)(void *arg, const struct ras_err *err), void *arg,
		  struct ras_err *err)
{
	struct libvirt_manager *l = (struct libvirt_manager *)m;
	struct libvirt_call *call;
	struct allowing *a;
	char text[256];
	int r;

	if (libvirt_may_write(l, err) < 0)
		return -err->code;
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
