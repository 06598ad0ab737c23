// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What happens to the domains of libvirt. QEMU reports the events of a guest that is reached by its
 * own socket there, too, and first. So for such a guest only what QEMU does not say is taken from
 * here; otherwise one RESET would be counted twice.
 */
#include "base/log.h"
#include "libvirt/private.h"

static void on_started(struct guest *g, int detail)
{
	log_limited(LOG_INFO, g->name, "guest %s: started (%s)", g->name,
		    detail == VIR_DOMAIN_EVENT_STARTED_MIGRATED	     ? "incoming migration" :
		    detail == VIR_DOMAIN_EVENT_STARTED_RESTORED	     ? "restored" :
		    detail == VIR_DOMAIN_EVENT_STARTED_FROM_SNAPSHOT ? "from a snapshot" :
								       "booted");
	describe(g);
	guest_connect_soon(g);
}

static void on_stopped(struct guest *g, int detail)
{
	struct ras_err err;

	if (detail == VIR_DOMAIN_EVENT_STOPPED_MIGRATED)
		guest_was_moved(g, "migrated to another host");
	else if (detail == VIR_DOMAIN_EVENT_STOPPED_SAVED)
		guest_was_moved(g, "saved to a file");
	else if (detail == VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT)
		guest_was_moved(g, "reverted to a snapshot");
	if (g->life.fate == FATE_NONE)
		g->life.fate = FATE_ENDED;
	g->dom.id = -1;
	if (guest_by_socket(g) || g->link.state == LINK_DOWN)
		return;
	ras_fail(&err, RAS_E_NOT_RUNNING, "%s",
		 g->life.fate == FATE_MOVED ? g->life.moved_how : "its QEMU has ended");
	guest_link_down(g, &err);
}

static void on_suspended(struct guest *g, int detail)
{
	if (detail == VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED ||
	    detail == VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY)
		guest_was_moved(g, "migrated to another host");
	else if (detail == VIR_DOMAIN_EVENT_SUSPENDED_FROM_SNAPSHOT)
		guest_was_moved(g, "reverted to a snapshot");
	g->life.n_stops++;
	if (!guest_by_socket(g) && g->link.state == LINK_UP)
		g->life.state = RUN_STATE_PAUSED;
}

static void on_resumed(struct guest *g, int detail)
{
	bool new_memory = detail == VIR_DOMAIN_EVENT_RESUMED_MIGRATED ||
			  detail == VIR_DOMAIN_EVENT_RESUMED_FROM_SNAPSHOT ||
			  g->life.state == RUN_STATE_INMIGRATE;

	describe(g);
	if (guest_by_socket(g) && g->link.state == LINK_UP && !new_memory)
		return;
	guest_resumed(g, new_memory);
	guest_connect_soon(g);
}

static void on_lifecycle(struct libvirt_manager *l, const struct libvirt_record *rec)
{
	int event = (int)rec->number[0], detail = (int)rec->number[1], id = (int)rec->number[2];
	struct guest *g = libvirt_find(l, &rec->uuid);

	if (event == VIR_DOMAIN_EVENT_UNDEFINED) {
		if (!g)
			libvirt_undefined(l, &rec->uuid);
		else if (g->dom.id < 0)
			libvirt_unmanage(g, "the domain was undefined");
		return;
	}
	if (event != VIR_DOMAIN_EVENT_STOPPED)
		g = libvirt_manage(l, rec, event == VIR_DOMAIN_EVENT_DEFINED && g ? g->dom.id : id);
	if (!g)
		return;
	switch (event) {
	case VIR_DOMAIN_EVENT_DEFINED:
		describe(g);
		break;
	case VIR_DOMAIN_EVENT_STARTED:
		on_started(g, detail);
		break;
	case VIR_DOMAIN_EVENT_SUSPENDED:
		on_suspended(g, detail);
		break;
	case VIR_DOMAIN_EVENT_RESUMED:
		on_resumed(g, detail);
		break;
	case VIR_DOMAIN_EVENT_STOPPED:
		on_stopped(g, detail);
		describe(g);
		break;
	case VIR_DOMAIN_EVENT_SHUTDOWN:
		if (!guest_by_socket(g))
			guest_was_stopped(g, RUN_STATE_SHUTDOWN, GUEST_STOPPED);
		break;
	case VIR_DOMAIN_EVENT_CRASHED:
		if (!guest_by_socket(g))
			guest_was_stopped(g, RUN_STATE_GUEST_PANICKED, GUEST_PANICKED);
		break;
	case VIR_DOMAIN_EVENT_PMSUSPENDED:
		if (!guest_by_socket(g))
			g->life.state = RUN_STATE_SUSPENDED;
		break;
	default:
		break;
	}
}

static void on_memory_failure(struct guest *g, const struct libvirt_record *rec)
{
	static const char *const recipients[] = { "hypervisor", "guest" };
	static const char *const actions[] = { "ignore", "inject", "fatal", "reset" };
	unsigned long flags = (unsigned long)rec->number[2];

	guest_memory_failed(
		g, rec->number[0] >= 0 && rec->number[0] < 2 ? recipients[rec->number[0]] : "?",
		rec->number[1] >= 0 && rec->number[1] < 4 ? actions[rec->number[1]] : "?",
		flags & VIR_DOMAIN_MEMORY_FAILURE_ACTION_REQUIRED,
		flags & VIR_DOMAIN_MEMORY_FAILURE_RECURSIVE);
}

void libvirt_on_event(struct libvirt_manager *l, const struct libvirt_record *rec)
{
	struct guest *g;

	if (rec->what == LIBVIRT_LIFECYCLE) {
		on_lifecycle(l, rec);
		return;
	}
	g = libvirt_find(l, &rec->uuid);
	if (!g)
		return;
	if (rec->what == LIBVIRT_METADATA)
		describe(g);
	else if (rec->what == LIBVIRT_DEVICES)
		guest_layout_void(g);
	else if (rec->what == LIBVIRT_RESET && !guest_by_socket(g))
		guest_was_reset(g);
	else if (rec->what == LIBVIRT_MEMORY_FAILURE &&
		 !(guest_by_socket(g) && g->link.state == LINK_UP))
		on_memory_failure(g, rec);
	else if (rec->what == LIBVIRT_JOB_DONE && g->link.state == LINK_DOWN)
		guest_connect_soon(g);
}
