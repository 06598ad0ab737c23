// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The domains of libvirt as guests: which there are. A domain and a QMP socket of the same name are
 * one guest.
 *
 * After each (re)connection the watcher (watch.c) lists all domains; one that is not in the list is
 * no longer managed. Between the connection and the end of the list, the state is LIBVIRT_LISTING:
 * a domain that is known then may be gone, and one that is there may be unknown.
 *
 * A domain whose name does not fit a request is the guest of its uuid. If another domain has that
 * uuid as its name, whoever asks for it may mean either. Then the guest is the former, the latter
 * is none, and nothing is sent to it (guest_domain.ambiguous).
 */
#include "libvirt/domains.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/systemd.h"
#include "base/utf8.h"
#include "libvirt/monitor.h"
#include "libvirt/private.h"

#define SILENT_NS INT64_C(3000000000) /* a restart of libvirtd, and time to spare */

static int can_open(struct guest_manager *m, const struct guest *g, struct ras_err *err)
{
	const struct libvirt_manager *l = (struct libvirt_manager *)m;
	const struct manager_domain *d = g->dom.own;
	bool moved = g->life.fate == FATE_MOVED;

	if (!libvirt_is_up(l)) {
		ras_fail(err, RAS_E_GONE, "%s", l->why.text);
		return ras_hint(err, "start libvirtd; rasd connects by itself");
	}
	if (l->read_only) {
		ras_fail(err, RAS_E_PERMISSION, "rasd may not manage libvirt: %.180s", l->why.text);
		return ras_hint(err, "%s", l->why.hint);
	}
	if (g->dom.id < 0) {
		ras_fail(err, RAS_E_NOT_RUNNING, "%s is not running%s%s", g->name,
			 moved ? ": " : "", moved ? g->life.moved_how : "");
		return ras_hint(err, "virsh start %s", g->name);
	}
	if (guest_is_described(g) && d->state == VIR_DOMAIN_PAUSED &&
	    d->reason == VIR_DOMAIN_PAUSED_MIGRATION) {
		ras_fail(err, RAS_E_NOT_RUNNING, "%s is being migrated", g->name);
		return ras_hint(err, "try again when it runs");
	}
	return 0;
}

static int has_monitor(struct guest_manager *m, const struct guest *g, struct ras_err *err)
{
	const struct libvirt_manager *l = (struct libvirt_manager *)m;
	bool managed = guest_is_managed(g);

	if (l->link == LIBVIRT_NOT_ASKED)
		return ras_fail(err, RAS_E_NOT_READY, "libvirt has not answered yet");
	if (l->link == LIBVIRT_LISTING && !managed)
		return ras_fail(err, RAS_E_NOT_READY, "libvirt has not listed its domains yet");
	if (l->link == LIBVIRT_THERE && (!managed || g->dom.id < 0))
		return ras_fail(err, RAS_E_NOT_FOUND, "libvirt does not run this guest any more");
	return manager_can_open(g, err);
}

static int open_monitor(struct guest_manager *m, struct guest *g, bool fresh,
			const struct monitor_callbacks *cb, struct ras_err *err)
{
	struct libvirt_manager *l = (struct libvirt_manager *)m;

	/*
	 * The last attempt failed. A transient domain whose start or restore has failed is gone
	 * without an event; its description says so, and the guest goes, too.
	 */
	if (g->link.backoff.next_us)
		describe(g);
	return monitor_libvirt_open(&g->link.mon, l->pool, &g->dom.uuid, fresh, cb, g, err);
}

static int64_t stuck_ns(struct guest_manager *m, const struct guest *g)
{
	return libvirt_pool_stuck_ns(((struct libvirt_manager *)m)->pool, &g->dom.uuid);
}

static bool is_discovering(struct guest_manager *m)
{
	enum libvirt_link link = ((struct libvirt_manager *)m)->link;

	return link == LIBVIRT_NOT_ASKED || link == LIBVIRT_LISTING;
}

static int listed(struct guest_manager *m, struct ras_err *err)
{
	const struct libvirt_manager *l = (struct libvirt_manager *)m;

	switch (l->link) {
	case LIBVIRT_NOT_ASKED:
		ras_fail(err, RAS_E_NOT_READY, "libvirt has not answered yet");
		return ras_hint(err, "ask again in a while");
	case LIBVIRT_LISTING:
		ras_fail(err, RAS_E_NOT_READY, "libvirt has not listed its domains yet");
		return ras_hint(err, "ask again in a while");
	case LIBVIRT_AWAY:
		ras_fail(err, RAS_E_GONE, "%s", l->why.text);
		return ras_hint(err, "start libvirtd; where it is not used: libvirt-uri = none in "
				     "[guests] of rasd.conf");
	case LIBVIRT_THERE:
		break;
	}
	return 0;
}

static unsigned long version(struct guest_manager *m)
{
	const struct libvirt_manager *l = (struct libvirt_manager *)m;

	return libvirt_is_up(l) ? l->version : 0;
}

/* --- which there are --- */

static int compare_uuid(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

void libvirt_forget(struct guest_manager *m, struct guest *g)
{
	struct libvirt_manager *l = (struct libvirt_manager *)m;
	struct manager_domain *d = TAKE(g->dom.own);

	describe_forget(l, d);
	tdelete(&d->uuid, &l->by_uuid, compare_uuid);
	free(d);
}

/* A name that fits a request, or the domain's UUID in its place. */
static void guest_name(const struct libvirt_record *rec, char out[64])
{
	if (!utf8_name(out, 64, rec->name, strlen(rec->name)))
		uuid_format(&rec->uuid, out);
}

struct guest *libvirt_find(struct libvirt_manager *l, const struct uuid *uuid)
{
	void *const *found = tfind(uuid, &l->by_uuid, compare_uuid);

	return found ? ((struct manager_domain *)*found)->g : NULL;
}

void libvirt_unmanage(struct guest *g, const char *why)
{
	struct libvirt_manager *l = libvirt_of(g);
	struct ras_err err;

	manager_forget(g);
	if (g->link.state != LINK_DOWN && !guest_by_socket(g)) {
		ras_fail(&err, RAS_E_GONE, "%s", why);
		guest_link_down(g, &err);
	}
	guests_drop_unseen(g);
	describe_next(l);
}

static void set_ambiguous(struct guest *g, const struct uuid *rival)
{
	struct ras_err err;

	if (!g->dom.ambiguous)
		log_warn("guest %s: it is the uuid of one domain and the name of another", g->name);
	g->dom.ambiguous = true;
	g->dom.own->rival = *rival;
	ras_fail(&err, RAS_E_OTHER_GUEST, "%s is the name of another domain, too", g->name);
	if (g->link.state != LINK_DOWN)
		guest_link_refuse(g, &err);
}

/*
 * The domain that makes ambiguous what the guest of that name is: it has the uuid of another domain
 * as its name. *owner is that other domain's guest, if it is one.
 */
static bool is_named_as_another(struct libvirt_manager *l, const struct uuid *uuid,
				const char *name, struct guest **owner)
{
	struct uuid named;

	if (uuid_parse(name, &named, NULL) < 0 || uuid_equal(&named, uuid))
		return false;
	*owner = libvirt_find(l, &named);
	return *owner && strcmp((*owner)->name, name) == 0;
}

/* A guest of that name, which no domain has. */
static struct guest *guest_for(struct libvirt_manager *l, const char *name, bool runs)
{
	struct guest *g = guests_add(l->base.gs, name, runs);

	if (g && guest_is_managed(g)) {
		libvirt_unmanage(g, "another domain has this name now");
		g = guests_add(l->base.gs, name, runs);
	}
	return g;
}

static struct guest *add(struct libvirt_manager *l, const struct uuid *uuid, const char *name,
			 bool runs)
{
	struct guest *g, *owner;
	struct manager_domain *d;
	struct uuid named, rival = { { 0 } };
	bool ambiguous;

	if (is_named_as_another(l, uuid, name, &owner)) {
		set_ambiguous(owner, uuid);
		return NULL;
	}
	/* The name is its own uuid, and a domain with that name is there already. */
	ambiguous = uuid_parse(name, &named, NULL) == 0 && uuid_equal(&named, uuid) &&
		    guests_find(l->base.gs, name, &g, NULL) == 0 && guest_is_managed(g);
	if (ambiguous)
		rival = g->dom.uuid;
	g = guest_for(l, name, runs);
	d = g ? calloc(1, sizeof(*d)) : NULL;

	if (d)
		*d = (struct manager_domain){ .uuid = *uuid, .g = g };
	if (!d || !tsearch(&d->uuid, &l->by_uuid, compare_uuid)) {
		free(d);
		if (g) {
			log_error("guest %s: out of memory", name);
			guests_drop_unseen(g);
		}
		return NULL;
	}
	g->dom = (struct guest_domain){ .known = DOMAIN_LISTED, .uuid = *uuid, .id = -1, .own = d };
	if (ambiguous)
		set_ambiguous(g, &rival);
	identity_changed(g);
	return g;
}

struct guest *libvirt_manage(struct libvirt_manager *l, const struct libvirt_record *rec, int id)
{
	char name[64];
	struct guest *g = libvirt_find(l, &rec->uuid);

	guest_name(rec, name);
	if (g && strcmp(g->name, name) != 0) {
		libvirt_unmanage(g, "the domain was renamed");
		g = NULL;
	}
	if (!g)
		g = add(l, &rec->uuid, name, id >= 0);
	if (!g)
		return NULL;
	g->dom.own->listed = true;
	g->dom.id = id;
	return g;
}

/* --- what the watcher says --- */

static void unlist(void *arg, struct guest *g)
{
	(void)arg;
	if (guest_is_managed(g))
		g->dom.own->listed = g->dom.ambiguous = false;
}

static void clear_ambiguous(void *arg, struct guest *g)
{
	if (!guest_is_managed(g) || !g->dom.ambiguous || !uuid_equal(&g->dom.own->rival, arg))
		return;
	g->dom.ambiguous = false;
	guest_connect_soon(g);
}

void libvirt_undefined(struct libvirt_manager *l, const struct uuid *uuid)
{
	struct uuid u = *uuid;

	guests_each(l->base.gs, clear_ambiguous, &u);
}

static void on_up(struct libvirt_manager *l, const struct libvirt_record *rec)
{
	char again[48] = "";

	l->link = LIBVIRT_LISTING;
	l->version = (unsigned long)rec->number[0];
	l->read_only = rec->number[1] != 0;
	l->why = rec->err;
	libvirt_pool_set_read_only(l->pool, l->read_only);
	libvirt_pool_renew(l->pool);
	guests_each(l->base.gs, unlist, NULL);
	guests_listing(l->base.gs);
	if (l->lost_boot_ns)
		snprintf(again, sizeof(again), ", which was away for %.1f s",
			 (double)(clock_boot_ns() - l->lost_boot_ns) / 1e9);
	log_limited(LOG_INFO, "libvirt", "libvirt: connected%s, libvirtd %lu.%lu.%lu%s",
		    l->read_only ? " read-only" : "", l->version / 1000000,
		    l->version / 1000 % 1000, l->version % 1000, again);
	l->lost_boot_ns = 0;
	if (l->read_only)
		log_limited(LOG_WARNING, "libvirt", "libvirt: %s. hint: %s", l->why.text,
			    l->why.hint);
}

static void lose(void *arg, struct guest *g)
{
	if (!guest_is_managed(g) || guest_by_socket(g) || g->link.state == LINK_DOWN)
		return;
	g->link.manager_lost = true;
	guest_link_down(g, arg);
}

/*
 * A restart of libvirtd takes a second, and is one line when it is back. Who stays away is named
 * after SILENT_NS.
 */
static bool is_worth_a_line(struct libvirt_manager *l, const struct libvirt_record *rec)
{
	bool said = l->link == LIBVIRT_AWAY && strcmp(l->said_why, rec->err.text) == 0;

	if (libvirt_is_up(l))
		l->lost_boot_ns = clock_boot_ns();
	if (said || (l->lost_boot_ns && clock_boot_ns() - l->lost_boot_ns < SILENT_NS))
		return false;
	snprintf(l->said_why, sizeof(l->said_why), "%s", rec->err.text);
	return true;
}

static void on_down(struct libvirt_manager *l, const struct libvirt_record *rec)
{
	bool say = is_worth_a_line(l, rec);

	l->link = LIBVIRT_AWAY;
	l->why = rec->err;
	if (say)
		log_limited(LOG_WARNING, "libvirt", "libvirt: %s", rec->err.text);
	describe_forget_due(l); /* all are asked for again when it is back */
	libvirt_pool_renew(l->pool);
	guests_each(l->base.gs, lose, &l->why);
	guests_seek_again(l->base.gs);
}

static void on_domain(struct libvirt_manager *l, const struct libvirt_record *rec)
{
	struct guest *g = libvirt_manage(l, rec, (int)rec->number[0]);

	if (!g)
		return;
	describe(g);
	if (g->dom.id >= 0)
		guest_connect_soon(g);
}

static void drop_unlisted(void *arg, struct guest *g)
{
	(void)arg;
	if (guest_is_managed(g) && !g->dom.own->listed)
		libvirt_unmanage(g, "libvirt does not know the domain any more");
}

static void on_listed(struct libvirt_manager *l)
{
	l->link = LIBVIRT_THERE;
	guests_each(l->base.gs, drop_unlisted, NULL);
	guests_seek_again(l->base.gs);
}

static void on_record(void *arg, const struct libvirt_record *rec)
{
	struct libvirt_manager *l = arg;

	switch (rec->what) {
	case LIBVIRT_UP:
		on_up(l, rec);
		systemd_status_changed();
		break;
	case LIBVIRT_DOWN:
		on_down(l, rec);
		systemd_status_changed();
		break;
	case LIBVIRT_DOMAIN:
		on_domain(l, rec);
		break;
	case LIBVIRT_LISTED:
		on_listed(l);
		break;
	default:
		libvirt_on_event(l, rec);
	}
}

/*
 * A domain that is stuck counts as without a monitor, whatever call it was: what waits, waits for
 * the fence. When it answers again it is asked at once, whatever the back-off.
 */
static void on_stuck(void *arg, const struct uuid *domain, bool stuck)
{
	struct guest *g = libvirt_find(arg, domain);
	struct ras_err err;

	if (!g)
		return;
	if (!stuck) {
		log_limited(LOG_INFO, g->name, "guest %s: answers libvirt again", g->name);
		describe(g);
		guest_connect_soon(g);
		return;
	}
	log_limited(LOG_WARNING, g->name,
		    "guest %s: stuck: QEMU or libvirt has not answered within %d s", g->name,
		    LIBVIRT_DEADLINE_MS / 1000);
	ras_fail(&err, RAS_E_MONITOR, "stuck: QEMU has not answered libvirt in time");
	if (g->link.state != LINK_DOWN && !guest_by_socket(g))
		guest_link_down(g, &err);
	guests_seek_again(g->gs);
}

static void manager_free(struct guest_manager *m)
{
	struct libvirt_manager *l = (struct libvirt_manager *)m;

	libvirt_watch_free(l->watch);
	libvirt_pool_free(l->pool);
	free(l);
}

static const struct guest_manager_ops ops = {
	.monitor = "libvirt",
	.can_open = can_open,
	.has_monitor = has_monitor,
	.open = open_monitor,
	.stuck_ns = stuck_ns,
	.is_discovering = is_discovering,
	.listed = listed,
	.version = version,
	.forget = libvirt_forget,
	.allow = libvirt_allow,
	.definition = libvirt_definition,
	.put_page = libvirt_put_page,
	.redefine = libvirt_redefine,
	.to_json = libvirt_to_json,
	.free = manager_free,
};

int libvirt_manager_new(struct guests *gs, struct ras_err *err)
{
	struct libvirt_manager *l = calloc(1, sizeof(*l));
	const char *uri = guests_conf(gs)->libvirt_uri;
	int r;

	if (!l)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	l->base = (struct guest_manager){ .ops = &ops, .gs = gs };
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
	guests_set_manager(gs, &l->base);
	return 0;
}
