// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The domains of libvirt as guests: the loop's side of libvirt_watch.c (what there is, what
 * happens) and of libvirt_pool.c (asking about one domain). A domain and a QMP socket of the same
 * name are one guest.
 *
 * After each (re)connection the watcher lists all domains; one that is not in the list is no longer
 * managed. A domain's state and XML are asked for domain by domain through the pool, because even
 * that may hang with its QEMU; of thousands a few at a time, those that run first, as each call's
 * deadline begins when it is queued. An event of a guest that is reached by its socket is QEMU's to
 * tell: only what QEMU does not tell is taken from here.
 */
#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "guests/guest.h"
#include "libvirt/private.h"
#include "libvirt/monitor.h"

#define DESCRIBE_MAX 24 /* asked for at a time: two for each of the pool's workers */

static void describe(struct guest *g);
static void describe_next(struct guests_libvirt *l);
static void unmanage(struct guest *g, const char *why);

int libvirt_way(const struct guest *g, struct ras_err *err)
{
	const struct guests_libvirt *l = guests_libvirt(g->gs);

	if (!l || !g->dom.managed)
		return ras_fail(err, RAS_E_GONE, "it is not a domain of libvirt and has no socket");
	if (!l->up) {
		ras_fail(err, RAS_E_GONE, "%s", l->why.text);
		return ras_hint(err, "start libvirtd; rasd connects by itself");
	}
	if (l->read_only) {
		ras_fail(err, RAS_E_PERMISSION, "rasd may not manage libvirt: %.180s", l->why.text);
		return ras_hint(err, "%s", l->why.hint);
	}
	if (g->dom.id < 0) {
		ras_fail(err, RAS_E_NOT_RUNNING, "%s is not running%s%s", g->name,
			 g->dom.moved ? ": " : "", g->dom.moved ? g->dom.moved_how : "");
		return ras_hint(err, "virsh start %s", g->name);
	}
	if (g->dom.described && g->dom.state == VIR_DOMAIN_PAUSED &&
	    g->dom.reason == VIR_DOMAIN_PAUSED_MIGRATION) {
		ras_fail(err, RAS_E_NOT_RUNNING, "%s is being migrated", g->name);
		return ras_hint(err, "try again when it runs");
	}
	return 0;
}

int libvirt_way_back(const struct guest *g, struct ras_err *err)
{
	const struct guests_libvirt *l = guests_libvirt(g->gs);

	if (!l)
		return ras_fail(err, RAS_E_NOT_FOUND, "libvirt is not used (libvirt-uri = none)");
	if (!l->asked)
		return ras_fail(err, RAS_E_NOT_READY, "libvirt has not answered yet");
	if (l->listed && (!g->dom.managed || g->dom.id < 0))
		return ras_fail(err, RAS_E_NOT_FOUND, "libvirt does not run this guest any more");
	return libvirt_way(g, err);
}

int libvirt_open(struct guest *g, const struct monitor_callbacks *cb, struct ras_err *err)
{
	struct guests_libvirt *l = guests_libvirt(g->gs);
	int r = libvirt_way(g, err);

	if (r == 0)
		r = monitor_libvirt_open(&g->link.mon, l->pool, &g->dom.uuid, g->link.opened_before,
					 cb, g, err);
	g->link.opened_before = true;
	return r;
}

int64_t libvirt_stuck_ns(const struct guest *g)
{
	const struct guests_libvirt *l = guests_libvirt(g->gs);

	return l && g->dom.managed ? libvirt_pool_stuck_ns(l->pool, &g->dom.uuid) : 0;
}

unsigned long libvirt_version(const struct guests *gs)
{
	const struct guests_libvirt *l = guests_libvirt((struct guests *)(uintptr_t)gs);

	return l && l->up ? l->version : 0;
}

bool libvirt_discovering(const struct guests *gs)
{
	const struct guests_libvirt *l = guests_libvirt((struct guests *)(uintptr_t)gs);

	return l && (l->up ? !l->listed : !l->asked);
}

static int compare_uuid(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

void libvirt_forget(struct guest *g)
{
	struct guests_libvirt *l = guests_libvirt(g->gs);

	if (!l || !g->dom.managed)
		return;
	if (g->dom.describing) {
		libvirt_call_cancel(TAKE(g->dom.describing));
		l->n_describing--;
	}
	if (g->dom.describe_due)
		TAILQ_REMOVE(&l->due, g, dom.due);
	tdelete(&g->dom.uuid, &l->by_uuid, compare_uuid);
	g->dom.managed = g->dom.described = g->dom.describe_due = false;
	g->dom.id = -1;
}

/* --- what one domain is --- */

static void work_describe(virDomainPtr dom, const char *in, struct libvirt_result *r)
{
	(void)in;
	r->outcome = QMP_ERROR;
	if (lv.virDomainGetState(dom, &r->number[0], &r->number[1], 0) < 0 ||
	    !(r->reply = lv.virDomainGetXMLDesc(dom, 0)))
		libvirt_error(&r->err, "libvirt does not describe the domain");
	else
		r->outcome = QMP_OK;
}

static void on_described(void *arg, struct libvirt_result *r)
{
	struct guest *g = arg;
	struct guests_libvirt *l = guests_libvirt(g->gs);
	struct ras_err err = r->err;

	g->dom.describing = NULL;
	l->n_describing--;
	if (r->outcome != QMP_OK && err.code == RAS_E_GONE) {
		unmanage(
			g,
			"libvirt does not know the domain any more"); /* a transient one that ended */
		return;
	}
	if (r->outcome == QMP_OK &&
	    domain_xml_parse(r->reply, strlen(r->reply), &g->dom.xml, &err) == 0) {
		g->dom.described = true;
		g->dom.state = r->number[0];
		g->dom.reason = r->number[1];
		if (g->dom.xml.grants_why[0])
			log_warn("guest %s: nothing is allowed: %s", g->name,
				 g->dom.xml.grants_why);
	} else {
		log_warn("guest %s: %s", g->name, err.text);
	}
	if (g->dom.describe_again) {
		g->dom.describe_again = false;
		describe(g);
	}
	if (g->link.state == LINK_DOWN && libvirt_way(g, NULL) == 0)
		guest_connect_soon(g);
	describe_next(l);
}

static void describe_next(struct guests_libvirt *l)
{
	struct guest *g;
	struct ras_err err;

	while (l->n_describing < DESCRIBE_MAX && (g = TAILQ_FIRST(&l->due))) {
		TAILQ_REMOVE(&l->due, g, dom.due);
		g->dom.describe_due = false;
		if (libvirt_pool_call(l->pool, &g->dom.uuid, work_describe, NULL, false,
				      on_described, g, &g->dom.describing, &err) < 0)
			log_warn("guest %s: %s", g->name, err.text);
		else
			l->n_describing++;
	}
}

static void describe(struct guest *g)
{
	struct guests_libvirt *l = guests_libvirt(g->gs);

	if (g->dom.describing) {
		g->dom.describe_again = true;
	} else {
		if (g->dom.describe_due)
			TAILQ_REMOVE(&l->due, g, dom.due);
		g->dom.describe_due = true;
		if (g->dom.id >= 0)
			TAILQ_INSERT_HEAD(&l->due, g, dom.due);
		else
			TAILQ_INSERT_TAIL(&l->due, g, dom.due);
	}
	describe_next(l);
}

/* --- which there are --- */

/* A name that fits a request, or the domain's UUID in its place. */
static void guest_name(const struct libvirt_record *rec, char out[64])
{
	bool fits = rec->name[0] && strlen(rec->name) < 64;

	for (const char *p = rec->name; fits && *p; p++)
		fits = (unsigned char)*p >= ' ' && *p != 0x7f;
	if (fits)
		memcpy(out, rec->name, strlen(rec->name) + 1);
	else
		uuid_format(&rec->uuid, out);
}

static struct guest *by_uuid(struct guests_libvirt *l, const struct uuid *uuid)
{
	char *const *found = tfind(uuid, &l->by_uuid, compare_uuid);

	return found ? (struct guest *)(void *)(*found - offsetof(struct guest, dom.uuid)) : NULL;
}

/* The domain is no more (undefined, or a transient one ended), or its name is another's now. */
static void unmanage(struct guest *g, const char *why)
{
	struct guests_libvirt *l = guests_libvirt(g->gs);
	struct ras_err err;

	libvirt_forget(g);
	if (g->link.state != LINK_DOWN && !g->link.by_socket) {
		ras_fail(&err, RAS_E_GONE, "%s", why);
		guest_link_down(g, &err);
	}
	guests_drop_unseen(g);
	describe_next(l);
}

static struct guest *manage(struct guests_libvirt *l, const struct libvirt_record *rec, int id)
{
	char name[64];
	struct guest *g = by_uuid(l, &rec->uuid);

	guest_name(rec, name);
	if (g && strcmp(g->name, name) != 0) {
		unmanage(g, "the domain was renamed");
		g = NULL;
	}
	if (!g) {
		g = guests_add(l->gs, name, id >= 0);
		if (g && g->dom.managed) {
			unmanage(g, "another domain has this name now");
			g = guests_add(l->gs, name, id >= 0);
		}
		if (!g)
			return NULL;
		memset(&g->dom, 0, sizeof(g->dom));
		g->dom.id = -1;
		g->dom.uuid = rec->uuid;
		if (!tsearch(&g->dom.uuid, &l->by_uuid, compare_uuid)) {
			log_error("guest %s: out of memory", name);
			guests_drop_unseen(g);
			return NULL;
		}
		g->dom.managed = true;
	}
	g->dom.listed = true;
	g->dom.id = id;
	return g;
}

static void unlist(void *arg, struct guest *g)
{
	(void)arg;
	g->dom.listed = false;
}

static void on_up(struct guests_libvirt *l, const struct libvirt_record *rec)
{
	l->up = true;
	l->listed = false;
	l->version = (unsigned long)rec->number[0];
	l->read_only = rec->number[1] != 0;
	l->why = rec->err;
	libvirt_pool_set_read_only(l->pool, l->read_only);
	libvirt_pool_renew(l->pool);
	guests_each(l->gs, unlist, NULL);
	guests_listing(l->gs);
	log_info("libvirt: connected%s, libvirtd %lu.%lu.%lu", l->read_only ? " read-only" : "",
		 l->version / 1000000, l->version / 1000 % 1000, l->version % 1000);
	if (l->read_only)
		log_warn("libvirt: %s. hint: %s", l->why.text, l->why.hint);
}

static void lose(void *arg, struct guest *g)
{
	if (g->dom.managed && !g->link.by_socket && g->link.state != LINK_DOWN)
		guest_link_down(g, arg);
}

static void on_down(struct guests_libvirt *l, const struct libvirt_record *rec)
{
	bool same = !l->up && strcmp(l->why.text, rec->err.text) == 0;
	struct guest *g;

	l->up = l->listed = false;
	l->asked = true;
	l->why = rec->err;
	if (!same)
		log_warn("libvirt: %s", rec->err.text);
	/* All are asked for anew when it is back. */
	while ((g = TAILQ_FIRST(&l->due))) {
		TAILQ_REMOVE(&l->due, g, dom.due);
		g->dom.describe_due = false;
	}
	libvirt_pool_renew(l->pool);
	guests_each(l->gs, lose, &l->why);
	guests_seek_again(l->gs);
}

static void on_domain(struct guests_libvirt *l, const struct libvirt_record *rec)
{
	struct guest *g = manage(l, rec, (int)rec->number[0]);

	if (!g)
		return;
	describe(g);
	if (g->dom.id >= 0)
		guest_connect_soon(g);
}

static void drop_unlisted(void *arg, struct guest *g)
{
	(void)arg;
	if (g->dom.managed && !g->dom.listed)
		unmanage(g, "libvirt does not know the domain any more");
}

/* --- what happens to them --- */

static void on_started(struct guest *g, int detail)
{
	log_info("guest %s: started (%s)", g->name,
		 detail == VIR_DOMAIN_EVENT_STARTED_MIGRATED	  ? "incoming migration" :
		 detail == VIR_DOMAIN_EVENT_STARTED_RESTORED	  ? "restored" :
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
	g->dom.ended = true;
	g->dom.id = -1;
	if (g->link.by_socket || g->link.state == LINK_DOWN)
		return;
	ras_fail(&err, RAS_E_NOT_RUNNING, "%s",
		 g->dom.moved ? g->dom.moved_how : "its QEMU has ended");
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
	if (!g->link.by_socket && g->link.state == LINK_UP)
		g->life.state = RUN_STATE_PAUSED;
}

static void on_resumed(struct guest *g, int detail)
{
	bool new_memory = detail == VIR_DOMAIN_EVENT_RESUMED_MIGRATED ||
			  detail == VIR_DOMAIN_EVENT_RESUMED_FROM_SNAPSHOT ||
			  g->life.state == RUN_STATE_INMIGRATE;

	describe(g);
	if (g->link.by_socket && g->link.state == LINK_UP && !new_memory)
		return;
	guest_resumed(g, new_memory);
	guest_connect_soon(g);
}

static void on_lifecycle(struct guests_libvirt *l, const struct libvirt_record *rec)
{
	int event = (int)rec->number[0], detail = (int)rec->number[1], id = (int)rec->number[2];
	struct guest *g = by_uuid(l, &rec->uuid);

	if (event == VIR_DOMAIN_EVENT_UNDEFINED) {
		if (g && g->dom.id < 0)
			unmanage(g, "the domain was undefined");
		return;
	}
	if (event != VIR_DOMAIN_EVENT_STOPPED)
		g = manage(l, rec, event == VIR_DOMAIN_EVENT_DEFINED && g ? g->dom.id : id);
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
		if (!g->link.by_socket)
			guest_was_stopped(g, RUN_STATE_SHUTDOWN, GUEST_STOPPED);
		break;
	case VIR_DOMAIN_EVENT_CRASHED:
		if (!g->link.by_socket)
			guest_was_stopped(g, RUN_STATE_GUEST_PANICKED, GUEST_PANICKED);
		break;
	case VIR_DOMAIN_EVENT_PMSUSPENDED:
		if (!g->link.by_socket)
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

static void on_record(void *arg, const struct libvirt_record *rec)
{
	struct guests_libvirt *l = arg;
	struct guest *g;

	switch (rec->what) {
	case LIBVIRT_UP:
		on_up(l, rec);
		return;
	case LIBVIRT_DOWN:
		on_down(l, rec);
		return;
	case LIBVIRT_DOMAIN:
		on_domain(l, rec);
		return;
	case LIBVIRT_LISTED:
		l->listed = l->asked = true;
		guests_each(l->gs, drop_unlisted, NULL);
		guests_seek_again(l->gs);
		return;
	case LIBVIRT_LIFECYCLE:
		on_lifecycle(l, rec);
		return;
	default:
		break;
	}
	g = by_uuid(l, &rec->uuid);
	if (!g)
		return;
	if (rec->what == LIBVIRT_METADATA)
		describe(g);
	else if (rec->what == LIBVIRT_DEVICES)
		guest_layout_void(g);
	else if (rec->what == LIBVIRT_RESET && !g->link.by_socket)
		guest_was_reset(g);
	else if (rec->what == LIBVIRT_MEMORY_FAILURE &&
		 !(g->link.by_socket && g->link.state == LINK_UP))
		on_memory_failure(g, rec);
	else if (rec->what == LIBVIRT_JOB_DONE && g->link.state == LINK_DOWN)
		guest_connect_soon(g);
}

/*
 * A domain that is stuck counts as without a monitor, whatever call it was: what waits, waits for
 * the fence. When it answers again it is asked at once, whatever the back-off.
 */
static void on_stuck(void *arg, const struct uuid *domain, bool stuck)
{
	struct guest *g = by_uuid(arg, domain);
	struct ras_err err;

	if (!g)
		return;
	if (!stuck) {
		log_info("guest %s: answers libvirt again", g->name);
		describe(g);
		guest_connect_soon(g);
		return;
	}
	log_warn("guest %s: stuck: QEMU or libvirt has not answered within %d s", g->name,
		 LIBVIRT_DEADLINE_MS / 1000);
	ras_fail(&err, RAS_E_MONITOR, "stuck: QEMU has not answered libvirt in time");
	if (g->link.state != LINK_DOWN && !g->link.by_socket)
		guest_link_down(g, &err);
}

int guests_libvirt_new(struct guests_libvirt **out, struct guests *gs, struct ras_err *err)
{
	struct guests_libvirt *l = calloc(1, sizeof(*l));
	const char *uri = guests_conf(gs)->libvirt_uri;
	int r;

	if (!l)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	l->gs = gs;
	TAILQ_INIT(&l->due);
	ras_fail(&l->why, RAS_E_GONE, "libvirt is not connected yet");
	r = libvirt_pool_new(&l->pool, guests_base(gs), uri, on_stuck, l, err);
	if (r == 0)
		r = libvirt_watch_new(&l->watch, guests_base(gs), uri, on_record, l, err);
	if (r < 0) {
		libvirt_pool_free(l->pool);
		free(l);
		return r;
	}
	*out = l;
	return 0;
}

void guests_libvirt_free(struct guests_libvirt *l)
{
	if (!l)
		return;
	libvirt_watch_free(l->watch);
	libvirt_pool_free(l->pool);
	free(l);
}
