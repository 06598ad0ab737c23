// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which guests there are: one per NAME.qmp socket of the configured directories and one per domain
 * of libvirt; the same name is the same guest, and its socket is preferred. Kept current by
 * inotify, events and reconnects. What is known of a guest is either of this generation (pid, start
 * time, reset count) or void.
 */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/notify.h"
#include "conf/conf.h"
#include "json/json.h"
#include "qmp/qmp.h"

#define GUEST_MAX 4096 /* known; one that does not run takes some 3 KiB */

struct guests;
struct guest;

/* What happened to a guest. */
enum guest_event {
	GUEST_UP,      /* monitor connected and asked: all that was sent before has been done */
	GUEST_RESET,   /* RESET seen: RAM kept, generation is new */
	GUEST_STOPPED, /* SHUTDOWN, GUEST_PANICKED, internal error: the OS is no more */
	GUEST_PANICKED,
	GUEST_MOVED, /* its memory lives on elsewhere: migrated, saved, reverted */
	GUEST_GONE,  /* QEMU or its monitor is gone */
	GUEST_OTHER, /* who answers for it now is another guest: guest_is_other() */
	GUEST_FREED  /* struct guest is about to be freed: forget every pointer to it */
};

struct guest_change {
	struct guest *g;
	enum guest_event ev;
};

/* conf is borrowed. The guests are found from the loop. */
int guests_new(struct guests **out, struct event_base *base, const struct conf *conf,
	       struct ras_err *err);
/* Every guest is told to be GUEST_FREED. */
void guests_free(struct guests *gs);

/*
 * Be told of every change of every guest: fn(arg, const struct guest_change *), from the loop or
 * from inside a call of this room. sub is the subscriber's; it stays until guests_unsubscribe(), or
 * until guests_free() has returned.
 */
void guests_subscribe(struct guests *gs, struct notify_sub *sub, notify_fn fn, void *arg);
void guests_unsubscribe(struct guests *gs, struct notify_sub *sub);

/*
 * The guest of that name; RAS_E_NO_DOMAIN with the nearest name as hint, or that not all guests are
 * known.
 */
int guests_find(struct guests *gs, const char *name, struct guest **out, struct ras_err *err);

/*
 * Drop the monitor connection and connect again. GUEST_UP follows once QEMU has answered on the new
 * one, and so has worked off what was sent on the old (it serves one client at a time).
 */
void guest_reconnect(struct guest *g);

/*
 * What became of a guest whose process has ended: GUEST_GONE, GUEST_MOVED (*how says how, e.g.
 * "migrated to another host"), or GUEST_UP while libvirt, which knows, has not told yet: ask again
 * in 50 ms (at most 3 s).
 */
enum guest_event guests_how_ended(struct guests *gs, const char *name, pid_t pid, const char **how);

/*
 * Have the guest reached by that monitor ("socket", "libvirt"), whichever is preferred: what was
 * sent by it in an earlier life is known to be done once it has answered on a new connection. 0: it
 * is connected or will be, and GUEST_UP tells. RAS_E_NOT_FOUND: this guest has no such monitor any
 * more. RAS_E_NOT_READY: whether it has is not known yet. Others: it cannot be reached now. Ask
 * again.
 */
int guest_connect_by(struct guest *g, const char *monitor, struct ras_err *err);

/*
 * Nothing that was sent to this guest is undecided: where guest_connect_by() took it from its own
 * socket it is reached by that again. From the loop only, not from within a callback of the
 * guest's. False: it is being asked or prepared, try again.
 */
bool guest_connect_as_preferred(struct guest *g);

/* 0 if it has that monitor; the errors of guest_connect_by(). */
int guest_has_monitor(const struct guest *g, const char *monitor, struct ras_err *err);

/* By what the guest is reached: "socket", "libvirt"; "" while it is not. */
const char *guest_monitor_name(const struct guest *g);

/* Who answers for it is another guest, or two say to be it: err (NULL allowed) says so. */
bool guest_is_other(const struct guest *g, struct ras_err *err);

/* True while the monitor is connected and asked. */
bool guest_is_up(const struct guest *g);

/* False where it has no process: libvirt does not run it, and no socket shows it. */
bool guest_may_run(const struct guest *g);

/*
 * 0 if every guest is known. RAS_E_NOT_READY: what shows them has not been listed yet; RAS_E_GONE,
 * RAS_E_BUSY: libvirt cannot be reached; more than GUEST_MAX, and some that do not run are left
 * out.
 */
int guests_missing(const struct guests *gs, struct ras_err *err);
static inline bool guests_complete(const struct guests *gs)
{
	return guests_missing(gs, NULL) == 0;
}

/* The first guest whose name comes after that one, "" for the first of all; NULL: there is none. */
struct guest *guests_next(struct guests *gs, const char *after);

/* Every guest, in name order. fn may remove the one that it gets. */
void guests_each(struct guests *gs, void (*fn)(void *arg, struct guest *g), void *arg);

/*
 * Bring to date what everything else needs: the monitor is connected and asked, the RAM layout is
 * known. fn runs once, from the loop or at once where nothing is to be done. err NULL: known.
 * RAS_E_LAYOUT: the monitor is up, but its RAM layout cannot be found out.
 */
typedef void (*guest_know_fn)(void *arg, struct guest *g, const struct ras_err *err);
void guest_know(struct guest *g, guest_know_fn fn, void *arg);

/*
 * Find a guest, waiting for up to timeout_ms while rasd still finds out which guests there are (see
 * seek.c). fn runs once, from the loop or at once:
 *   g, no err           it is known. It is connected, or guest_know() says at once why it is not
 *   no g, err           RAS_E_NO_DOMAIN: there is none; RAS_E_NOT_READY: libvirt has not said yet
 *   g, RAS_E_NOT_READY  its monitor was not connected in time
 */
void guests_seek(struct guests *gs, const char *name, int timeout_ms, guest_know_fn fn, void *arg);

/* True if guest_know() would call back at once, without an error. */
bool guest_is_known(const struct guest *g);

/*
 * Set the grants in the domain's metadata, through libvirt, in its definition and its running
 * instance. done runs once from the loop unless < 0 is returned; done NULL: only whether it could
 * be done. RAS_E_NOT_CAPABLE: not a domain of libvirt; RAS_E_CONFIG: rasd.conf decides.
 */
int guest_allow(struct guest *g, const struct conf_grant *grant,
		void (*done)(void *arg, const struct ras_err *err), void *arg, struct ras_err *err);

/* What is allowed to be done to this guest; all zero: nothing. */
struct conf_grant guest_grant(const struct guest *g);

/* The connection to libvirt, for domain.list (caller owns). */
json_object *guests_libvirt_json(struct guests *gs);
