// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stands in for daemon/libvirt/watch.c and api.c: libvirtd's connection that tells what happens to
 * domains, and the library's functions as far as the pool's work needs them. A virDomainPtr is a
 * struct sim_guest here.
 */
#include "libvirt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libvirt/watch.h"
#include "libvirt/api.h"
#include "monitor.h"
#include "pool.h"

struct libvirt_api lv;
struct sim_libvirt_faults sim_libvirt;

struct libvirt_watch {
	libvirt_record_fn fn;
	void *arg;
	uint64_t life; /* of rasd */
};

static struct {
	bool used, up;
	struct libvirt_watch *watch;
	uint64_t life;
	int64_t told_ns; /* when the last record arrives; later ones come after it */
	struct libvirt_record *first, **last;
} l;

static int64_t latency(void)
{
	return sim_between_log(20 * SIM_US, sim_libvirt.latency_max_ns);
}

static struct uuid uuid_of_guest(const struct sim_guest *g)
{
	struct uuid u = { { 0 } };

	u.b[6] = 0x40;
	u.b[8] = 0x80;
	u.b[15] = (uint8_t)g->index;
	return u;
}

struct sim_guest *sim_libvirt_guest_of(const struct uuid *u)
{
	return u->b[15] < sim_n_guests ? &sim_guest[u->b[15]] : NULL;
}

/* --- what libvirtd tells --- */

static void deliver(void *arg)
{
	struct libvirt_record *r = l.first;

	(void)arg;
	if (!r)
		return;
	l.first = (struct libvirt_record *)r->mail.next;
	if (!l.first)
		l.last = &l.first;
	if (l.watch && sim_rasd_alive())
		l.watch->fn(l.watch->arg, r);
	sim_release(r);
}

static void tell(enum libvirt_what what, const struct sim_guest *g, long a, long b, long c)
{
	struct libvirt_record *r;
	int64_t at_ns = sim_now() + latency();

	if (!l.watch)
		return;
	r = sim_alloc(sizeof(*r));
	r->what = what;
	r->number[0] = a;
	r->number[1] = b;
	r->number[2] = c;
	if (g) {
		r->uuid = uuid_of_guest(g);
		snprintf(r->name, sizeof(r->name), "%s", g->name);
	}
	if (what == LIBVIRT_DOWN)
		ras_fail(&r->err, RAS_E_GONE, "libvirtd has gone");
	*l.last = r;
	l.last = (struct libvirt_record **)&r->mail.next;
	at_ns = at_ns > l.told_ns ? at_ns : l.told_ns;
	l.told_ns = at_ns;
	sim_after(at_ns - sim_now(), deliver, NULL);
}

static long id_of(const struct sim_guest *g)
{
	return g->proc.exists ? (long)g->proc.pid : -1;
}

static void tell_all(void)
{
	tell(LIBVIRT_UP, NULL, 11003000, 0, 0);
	for (unsigned int i = 0; i < sim_n_guests; i++)
		tell(LIBVIRT_DOMAIN, &sim_guest[i], id_of(&sim_guest[i]), 0, 0);
	tell(LIBVIRT_LISTED, NULL, 0, 0, 0);
}

void sim_libvirt_sees(struct sim_guest *g, enum sim_seen what)
{
	static const struct {
		int event, detail;
	} lifecycle[] = {
		[SEEN_STARTED] = { VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_BOOTED },
		[SEEN_ENDED] = { VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED },
		[SEEN_MIGRATED] = { VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_MIGRATED },
		[SEEN_PAUSED] = { VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED },
		[SEEN_RESUMED] = { VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_UNPAUSED },
		[SEEN_SHUTDOWN] = { VIR_DOMAIN_EVENT_SHUTDOWN, VIR_DOMAIN_EVENT_SHUTDOWN_GUEST },
		[SEEN_PANICKED] = { VIR_DOMAIN_EVENT_CRASHED, VIR_DOMAIN_EVENT_CRASHED_PANICKED },
	};

	if (!l.used || !l.up)
		return;
	if (what == SEEN_RESET)
		tell(LIBVIRT_RESET, g, 0, 0, 0);
	else
		tell(LIBVIRT_LIFECYCLE, g, lifecycle[what].event, lifecycle[what].detail, id_of(g));
}

void sim_libvirtd_up(bool up)
{
	if (!l.used || up == l.up)
		return;
	sim_trace("libvirtd %s", up ? "is there again" : "has gone");
	l.up = up;
	if (up)
		tell_all();
	else
		tell(LIBVIRT_DOWN, NULL, 0, 0, 0);
	sim_pool_libvirtd(up);
}

bool sim_libvirtd_is_up(void)
{
	return l.up;
}

int libvirt_watch_new(struct libvirt_watch **out, struct event_base *base, const char *uri,
		      libvirt_record_fn fn, void *arg, struct ras_err *err)
{
	struct libvirt_watch *w = calloc(1, sizeof(*w));

	(void)base, (void)uri, (void)err;
	w->fn = fn;
	w->arg = arg;
	l.watch = w;
	if (l.up)
		tell_all();
	else
		tell(LIBVIRT_DOWN, NULL, 0, 0, 0);
	*out = w;
	return 0;
}

void libvirt_watch_free(struct libvirt_watch *w)
{
	struct libvirt_record *next;

	/* What was on its way to this life does not reach the next. */
	for (; l.first; l.first = next) {
		next = (struct libvirt_record *)l.first->mail.next;
		sim_release(l.first);
	}
	l.last = &l.first;
	l.watch = NULL;
	free(w);
}

/* --- the library --- */

static virError last_error;

static int fail(int code, const char *message)
{
	last_error.code = code;
	last_error.message = (char *)(uintptr_t)message;
	return -1;
}

static virErrorPtr get_last_error(void)
{
	return &last_error;
}

int libvirt_error(struct ras_err *err, const char *what)
{
	return ras_fail(err,
			last_error.code == VIR_ERR_NO_DOMAIN	     ? RAS_E_GONE :
			last_error.code == VIR_ERR_OPERATION_INVALID ? RAS_E_NOT_RUNNING :
								       RAS_E_MONITOR,
			"%s: %s", what, last_error.message);
}

static struct sim_guest *guest_of(virDomainPtr dom)
{
	return (struct sim_guest *)(void *)dom;
}

static int not_running(void)
{
	return fail(VIR_ERR_OPERATION_INVALID,
		    "Requested operation is not valid: domain is not running");
}

static int monitor_command(virDomainPtr dom, const char *cmd, char **result, unsigned int flags)
{
	struct sim_guest *g = guest_of(dom);
	_json_ json_object *msg = json_tokener_parse(cmd);
	json_object *args = NULL, *ret = NULL, *reply;
	const char *name = "", *error = NULL;
	bool inject;

	(void)flags;
	json_get_str(msg, "execute", &name, NULL);
	json_object_object_get_ex(msg, "arguments", &args);
	inject = strcmp(name, "inject-ghes-v2-error") == 0;
	if (!g->proc.exists)
		return not_running();
	if (inject && sim_percent(sim_libvirt.lock))
		return fail(VIR_ERR_OPERATION_TIMEOUT,
			    "Timed out during operation: cannot acquire state change lock");
	if (inject && sim_percent(sim_libvirt.lose_command))
		return fail(VIR_ERR_INTERNAL_ERROR, "internal error: client socket is closed");
	sim_qemu_exec(g, name, args, &ret, &error);
	reply = json_object_new_object();
	if (error) {
		json_object *e = json_object_new_object();

		json_object_object_add(e, "class", json_object_new_string("GenericError"));
		json_object_object_add(e, "desc", json_object_new_string(error));
		json_object_object_add(reply, "error", e);
	} else {
		json_object_object_add(reply, "return", ret);
	}
	*result = strdup(json_object_to_json_string(reply));
	json_object_put(reply);
	if (inject && sim_percent(sim_libvirt.lose_reply)) {
		sim_trace("%s: libvirt loses the reply", g->name);
		free(*result);
		*result = NULL;
		return fail(VIR_ERR_INTERNAL_ERROR, "internal error: client socket is closed");
	}
	return 0;
}

static int get_state(virDomainPtr dom, int *state, int *reason, unsigned int flags)
{
	const struct sim_guest *g = guest_of(dom);

	(void)flags;
	*state = !g->proc.exists	    ? VIR_DOMAIN_SHUTOFF :
		 g->proc.run == RUN_RUNNING ? VIR_DOMAIN_RUNNING :
					      VIR_DOMAIN_PAUSED;
	*reason = 0;
	return 0;
}

static char *get_xml(virDomainPtr dom, unsigned int flags)
{
	char xml[400];

	(void)flags;
	snprintf(xml, sizeof(xml),
		 "<domain type='kvm'><name>%s</name><memory unit='KiB'>524288</memory>"
		 "<os><type arch='aarch64' machine='virt-11.1'>hvm</type></os>"
		 "<features><acpi/><ras state='on'/></features></domain>",
		 guest_of(dom)->name);
	return strdup(xml);
}

static int get_job(virDomainPtr dom, virDomainJobInfoPtr job)
{
	const struct sim_guest *g = guest_of(dom);

	if (!g->proc.exists)
		return not_running();
	job->type = g->proc.migrating ? VIR_DOMAIN_JOB_UNBOUNDED : VIR_DOMAIN_JOB_NONE;
	return 0;
}

void sim_libvirt_begin(bool used)
{
	memset(&l, 0, sizeof(l));
	l.last = &l.first;
	l.used = l.up = used;
	lv.virDomainQemuMonitorCommand = monitor_command;
	lv.virDomainGetState = get_state;
	lv.virDomainGetXMLDesc = get_xml;
	lv.virDomainGetJobInfo = get_job;
	lv.virGetLastError = get_last_error;
	sim_pool_begin();
}

void sim_libvirt_end(void)
{
	sim_pool_end();
}
