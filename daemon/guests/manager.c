// SPDX-License-Identifier: LGPL-2.1-or-later
/* The calls of a guest's manager; what is true of a guest that has none. */
#include "guests/manager.h"

#include "guests/guest.h"

static struct guest_manager *manager_of(const struct guest *g)
{
	return guest_is_managed(g) ? guests_manager(g->gs) : NULL;
}

int manager_can_open(const struct guest *g, struct ras_err *err)
{
	struct guest_manager *m = manager_of(g);

	if (!m)
		return ras_fail(err, RAS_E_GONE, "it is not a domain of libvirt and has no socket");
	return m->ops->can_open(m, g, err);
}

int manager_has_monitor(const struct guest *g, struct ras_err *err)
{
	struct guest_manager *m = guests_manager(g->gs);

	if (!m)
		return ras_fail(err, RAS_E_NOT_FOUND, "libvirt is not used (libvirt-uri = none)");
	return m->ops->has_monitor(m, g, err);
}

int manager_open(struct guest *g, const struct monitor_callbacks *cb, struct ras_err *err)
{
	struct guest_manager *m = manager_of(g);
	bool fresh = g->link.opened_before;
	int r = manager_can_open(g, err);

	if (r == 0)
		r = m->ops->open(m, g, fresh, cb, err);
	g->link.opened_before = true;
	return r;
}

int64_t manager_stuck_ns(const struct guest *g)
{
	struct guest_manager *m = manager_of(g);

	return m ? m->ops->stuck_ns(m, g) : 0;
}

unsigned long manager_version(const struct guests *gs)
{
	struct guest_manager *m = guests_manager(gs);

	return m ? m->ops->version(m) : 0;
}

void manager_forget(struct guest *g)
{
	struct guest_manager *m = manager_of(g);

	if (m)
		m->ops->forget(m, g);
	g->dom.known = DOMAIN_NONE;
	g->dom.id = -1;
}

int manager_listed(const struct guests *gs, struct ras_err *err)
{
	struct guest_manager *m = guests_manager(gs);

	return m && m->ops->listed ? m->ops->listed(m, err) : 0;
}

bool manager_discovering(const struct guests *gs)
{
	struct guest_manager *m = guests_manager(gs);

	return m && m->ops->is_discovering(m);
}

int guest_allow(struct guest *g, const struct conf_grant *grant,
		void (*done)(void *arg, const struct ras_err *err), void *arg, struct ras_err *err)
{
	struct guest_manager *m = manager_of(g);

	if (!m) {
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
	return m->ops->allow(m, g, grant, done, arg, err);
}

json_object *guests_libvirt_json(struct guests *gs)
{
	struct guest_manager *m = guests_manager(gs);
	json_object *o;

	if (m)
		return m->ops->to_json(m);
	o = json_object_new_object();
	json_object_object_add(o, "uri", json_object_new_string("none"));
	json_object_object_add(o, "connected", json_object_new_boolean(false));
	return o;
}
