// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What manages guests (libvirt), as the room guests/ sees it: it says which guests there are, can
 * reach their monitors, and stores grants. The room that implements it registers itself with
 * guests_set_manager(). Without one, guests are the QMP sockets of the configured directories.
 */
#pragma once

#include "guests/guests.h"
#include "guests/page.h"

struct guest_manager;

struct guest_manager_ops {
	const char *monitor; /* the name of its monitor, as guest_monitor_name() gives it */
	/* 0 if the monitor of this guest can be opened now; else why not. g is managed. */
	int (*can_open)(struct guest_manager *m, const struct guest *g, struct ras_err *err);
	/*
	 * As can_open(), but RAS_E_NOT_FOUND where the manager does not run this guest, and
	 * RAS_E_NOT_READY while that is not known.
	 */
	int (*has_monitor)(struct guest_manager *m, const struct guest *g, struct ras_err *err);
	/*
	 * Open it into g->link.mon. fresh: what was given to the manager before on any other
	 * connection is done when ready() runs.
	 */
	int (*open)(struct guest_manager *m, struct guest *g, bool fresh,
		    const struct monitor_callbacks *cb, struct ras_err *err);
	/* Nanoseconds that a call for this guest has been over time; 0: it is not stuck. */
	int64_t (*stuck_ns)(struct guest_manager *m, const struct guest *g);
	/* True until it has listed its guests, or cannot be reached. */
	bool (*is_discovering)(struct guest_manager *m);
	/*
	 * 0 if all its guests are known. RAS_E_NOT_READY: they are not listed yet; RAS_E_GONE: it
	 * cannot be reached.
	 */
	int (*listed)(struct guest_manager *m, struct ras_err *err);
	/* As libvirt counts, 0 while it is not connected. */
	unsigned long (*version)(struct guest_manager *m);
	/* The guest goes, or is not managed any more: free g->dom.own. */
	void (*forget)(struct guest_manager *m, struct guest *g);
	/* guest_allow(), for a guest whose grants are in its metadata. */
	int (*allow)(struct guest_manager *m, struct guest *g, const struct conf_grant *grant,
		     void (*done)(void *arg, const struct ras_err *err), void *arg,
		     struct ras_err *err);
	/*
	 * Read the stored definition of g; undo says what provisioning has put into it. fn runs
	 * once from the loop unless < 0 is returned, and gets it as its own.
	 * RAS_E_NOT_CAPABLE: g has none that is stored.
	 */
	int (*definition)(struct guest_manager *m, struct guest *g,
			  const struct domain_page_undo *undo, domain_definition_fn fn, void *arg,
			  struct ras_err *err);
	/* The text of that definition with a page in it, malloc'ed, and what that changes. */
	int (*put_page)(struct guest_manager *m, const struct domain_definition *def,
			const struct domain_page *page, char **text, struct domain_changes *changes,
			struct ras_err *err);
	/*
	 * Store text in place of that definition. fn runs once from the loop unless < 0 is
	 * returned. RAS_E_BUSY: somebody has changed it since it was read.
	 */
	int (*redefine)(struct guest_manager *m, struct guest *g,
			const struct domain_definition *def, const char *text,
			domain_redefined_fn fn, void *arg, struct ras_err *err);
	/* The connection to it, for people and scripts (caller owns). */
	json_object *(*to_json)(struct guest_manager *m);
	void (*free)(struct guest_manager *m);
};

/* Base of the manager's own struct. */
struct guest_manager {
	const struct guest_manager_ops *ops;
	struct guests *gs;
};

/* Register the manager, once, before the loop runs. guests_free() frees it. */
void guests_set_manager(struct guests *gs, struct guest_manager *m);

/* --- private to guests/: the calls of the ops, for guests with and without a manager --- */

/* The ops of g's manager. Without one: RAS_E_GONE, RAS_E_NOT_FOUND, not stuck. */
int manager_can_open(const struct guest *g, struct ras_err *err);
int manager_has_monitor(const struct guest *g, struct ras_err *err);
int manager_open(struct guest *g, const struct monitor_callbacks *cb, struct ras_err *err);
int64_t manager_stuck_ns(const struct guest *g);
unsigned long manager_version(const struct guests *gs);
/* 0 if it has listed all its guests, or there is no manager. */
int manager_listed(const struct guests *gs, struct ras_err *err);
/* It has not listed its guests yet. */
bool manager_discovering(const struct guests *gs);
/* It is not managed any more. */
void manager_forget(struct guest *g);
