// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to domains.c, lifecycle.c and allow.c: the loop's side of libvirt. */
#pragma once

#include <sys/queue.h>

#include "guests/guest.h"
#include "guests/manager.h"
#include "libvirt/pool.h"
#include "libvirt/watch.h"

/* Asking libvirt for the state and the XML of one domain. */
enum describing {
	DESCRIBE_IDLE,
	DESCRIBE_DUE,	    /* in the list of those to be asked for */
	DESCRIBE_ASKED,	    /* the call is under way */
	DESCRIBE_ASKED_LATE /* the same, but something has changed since: ask again */
};

/* g->dom.own of a managed guest. */
struct manager_domain {
	struct uuid uuid; /* first: the key of by_uuid */
	struct guest *g;
	struct uuid rival; /* of the domain that makes the guest's name ambiguous */
	bool listed;	   /* seen since libvirt was (re)connected */
	int state, reason; /* virDomainState and its reason, of the last description */
	enum describing describing;
	struct libvirt_call *call;	 /* while asked */
	TAILQ_ENTRY(manager_domain) due; /* while DESCRIBE_DUE */
};

enum libvirt_link {
	LIBVIRT_NOT_ASKED, /* not connected, and no attempt has ended yet */
	LIBVIRT_AWAY,	   /* the last attempt failed, or the connection was lost */
	LIBVIRT_LISTING,   /* connected; not all domains are known yet */
	LIBVIRT_THERE	   /* connected, and the domains are known */
};

struct libvirt_manager {
	struct guest_manager base; /* first: the two are one object */
	struct libvirt_watch *watch;
	struct libvirt_pool *pool;
	enum libvirt_link link;
	bool read_only;
	unsigned long version;
	void *by_uuid;				  /* tsearch(3) of manager_domain.uuid */
	TAILQ_HEAD(due_list, manager_domain) due; /* those that run come first */
	size_t n_describing;
	struct ras_err why;   /* not connected, or read-only */
	int64_t lost_boot_ns; /* when the connection was lost; 0: it is there, or never was */
	char said_why[256];   /* as it was logged last */
};

static inline struct libvirt_manager *libvirt_of(const struct guest *g)
{
	return (struct libvirt_manager *)guests_manager(g->gs);
}

static inline bool libvirt_is_up(const struct libvirt_manager *l)
{
	return l->link == LIBVIRT_LISTING || l->link == LIBVIRT_THERE;
}

/* 0 if libvirt takes changes from rasd; else why not. */
static inline int libvirt_may_write(const struct libvirt_manager *l, struct ras_err *err)
{
	if (libvirt_is_up(l) && !l->read_only)
		return 0;
	*err = l->why;
	return -err->code;
}

/* describe.c: ask for the domain's state and XML, as soon as it is its turn. */
void describe(struct guest *g);
void describe_next(struct libvirt_manager *l);
/* describe.c: the domain goes, or (all) libvirt does. */
void describe_forget(struct libvirt_manager *l, struct manager_domain *d);
void describe_forget_due(struct libvirt_manager *l);

/* domains.c: the guest of a domain; NULL where it is none or was left out. */
struct guest *libvirt_find(struct libvirt_manager *l, const struct uuid *uuid);
/* domains.c: the same, made where there is none or known by another name; id -1: does not run. */
struct guest *libvirt_manage(struct libvirt_manager *l, const struct libvirt_record *rec, int id);
/* domains.c: the domain is no more, or its name is another's now. May free the guest. */
void libvirt_unmanage(struct guest *g, const char *why);
/* domains.c: that domain, which is no guest of ours, is no more. */
void libvirt_undefined(struct libvirt_manager *l, const struct uuid *uuid);
/* domains.c: manager ops. */
void libvirt_forget(struct guest_manager *m, struct guest *g);

/* lifecycle.c: an event of a domain. */
void libvirt_on_event(struct libvirt_manager *l, const struct libvirt_record *rec);

/* allow.c: manager ops. */
int libvirt_allow(struct guest_manager *m, struct guest *g, const struct conf_grant *grant,
		  void (*done)(void *arg, const struct ras_err *err), void *arg,
		  struct ras_err *err);
json_object *libvirt_to_json(struct guest_manager *m);

/* definition.c: manager ops. */
int libvirt_definition(struct guest_manager *m, struct guest *g,
		       const struct domain_page_undo *undo, domain_definition_fn fn, void *arg,
		       struct ras_err *err);
int libvirt_redefine(struct guest_manager *m, struct guest *g, const struct domain_definition *def,
		     const char *text, domain_redefined_fn fn, void *arg, struct ras_err *err);
int libvirt_put_page(struct guest_manager *m, const struct domain_definition *def,
		     const struct domain_page *page, char **text, struct domain_changes *changes,
		     struct ras_err *err);
