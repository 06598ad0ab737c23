// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "base/clock.h"
#include "events/room.h"

/* QEMU's sockets are seen within a turn of the loop; those that listen answer within this time. */
#define START_NS INT64_C(3000000000)

static enum decide_owner by_answer(const struct xlate_answer *a)
{
	bool doubt = false;

	switch (a->state) {
	case XLATE_LIVE:
	case XLATE_POISONED:
		break;
	case XLATE_PROBABLE:
	case XLATE_HISTORIC:
		return OWNER_DOUBTFUL;
	case XLATE_QEMU_INTERNAL:
		return OWNER_QEMU;
	default:
		return OWNER_NONE;
	}
	for (size_t i = 0; i < a->n_owners; i++) {
		if (a->owner[i].state == XLATE_LIVE || a->owner[i].state == XLATE_POISONED)
			return OWNER_ONE;
		doubt |= a->owner[i].state == XLATE_PROBABLE;
	}
	return doubt ? OWNER_DOUBTFUL : a->n_owners ? OWNER_QEMU : OWNER_NONE;
}

enum decide_owner owner_of(const struct events *ev, const struct xlate_answer *a,
			   const struct ras_err *err)
{
	enum decide_owner owner = err ? OWNER_FAILED : by_answer(a);

	if (owner == OWNER_NONE &&
	    (guests_discovering(ev->p.guests) || clock_boot_ns() - ev->started_ns < START_NS))
		return OWNER_FAILED;
	return owner;
}

bool owner_grant_known(const struct events *ev, const struct hit *hit)
{
	struct guest *g;

	return guests_find(ev->p.guests, hit->domain, &g, NULL) < 0 || guest_grant_from_conf(g) ||
	       !guest_is_managed(g) || guest_is_described(g);
}

bool owner_hit(struct events *ev, const struct xlate_answer *a, size_t *i, struct hit *out)
{
	while (*i < a->n_owners) {
		const struct xlate_owner *o = &a->owner[(*i)++];
		const char *name;
		struct guest *g;

		if (o->alias || (o->state != XLATE_LIVE && o->state != XLATE_POISONED))
			continue;
		name = translate_domain(ev->p.translator, o);
		if (!name || guests_find(ev->p.guests, name, &g, NULL) < 0 || g->life.pid <= 0)
			continue;
		*out = (struct hit){ .pid = g->life.pid,
				     .start_time = g->life.start_time,
				     .gpa = o->gpa,
				     .state = o->state,
				     .index_since_ns = a->since_ns,
				     .page_bytes = a->page_bytes,
				     .backing = a->backing };
		snprintf(out->domain, sizeof(out->domain), "%s", name);
		return true;
	}
	return false;
}

enum qemu_tells owner_qemu(const struct events *ev, const struct hit *hit)
{
	struct guest *g;

	return guests_find(ev->p.guests, hit->domain, &g, NULL) == 0 ? backend_qemu_tells(g) :
								       QEMU_TELLS_UNKNOWN;
}
