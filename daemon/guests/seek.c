// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Looking for a guest by name while rasd is still finding out which guests there are.
 *
 * After a start (or when libvirtd comes back) a guest that runs is unknown for some 0.1 s: its
 * socket is there but not connected, or libvirt has not listed it. A request that comes then must
 * not be told "no such domain" or "gone", which are answers that a caller acts on. So it waits,
 * within its own timeout, until one of these is true:
 *
 *   the guest is connected
 *   its connection was tried and failed, or there is nothing to connect to: the answer says so
 *   it is not known, the qmp-directories are listed, and libvirt has listed all domains or cannot
 *   be reached
 *
 * Everything that may change the answer calls guests_seek_again(). The list is gone through on the
 * next turn of the loop, once for all changes of this turn: a listing of thousands of domains costs
 * one walk, and no request is answered from inside the function that changed a guest.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "guests/guest.h"
#include "guests/manager.h"
#include "guests/seek.h"

struct seek {
	TAILQ_ENTRY(seek) link;
	struct guests *gs;
	char name[64];
	bool expired;
	struct event *timer;
	guest_know_fn fn;
	void *arg;
};

int seeks_init(struct guest_seeks *s, struct guests *gs, struct ras_err *err)
{
	TAILQ_INIT(&s->waiting);
	s->look = evtimer_new(guests_base(gs), seeks_look, gs);
	return s->look ? 0 : ras_fail(err, RAS_E_NOMEM, "out of memory");
}

/* True once waiting longer cannot give another answer; *g and *err are the answer then. */
static bool is_over(struct guests *gs, const char *name, bool expired, struct guest **g,
		    struct ras_err *err)
{
	*err = RAS_ERR_NULL;
	if (guests_find(gs, name, g, err) < 0) {
		*g = NULL;
		if (!guests_discovering(gs))
			return true;
		ras_fail(err, RAS_E_NOT_READY, "%s not said yet whether there is a %.63s",
			 manager_discovering(gs) ? "libvirt has" :
						   "the listing of a qmp-directory has",
			 name);
		ras_hint(err, "try again; 'rasctl status' shows the connection to libvirt");
		return expired;
	}
	if (!guest_is_connecting(*g))
		return true;
	ras_fail(err, RAS_E_NOT_READY, "%s has not answered yet: its monitor is being connected",
		 name);
	ras_hint(err, "try again");
	return expired;
}

static void answer(struct seek *k, struct guest *g, const struct ras_err *err)
{
	guest_know_fn fn = k->fn;
	void *arg = k->arg;

	event_free(k->timer);
	free(k);
	fn(arg, g, err->code ? err : NULL);
}

void seeks_look(evutil_socket_t fd, short what, void *arg)
{
	struct guests *gs = arg;
	struct guest_seeks *s = guests_seeks(gs);
	TAILQ_HEAD(, seek) now;
	struct seek *k;

	(void)fd;
	(void)what;
	/* Callbacks may seek again: those wait for the next look. */
	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &s->waiting, link);
	while ((k = TAILQ_FIRST(&now))) {
		struct ras_err err;
		struct guest *g;

		TAILQ_REMOVE(&now, k, link);
		if (is_over(gs, k->name, k->expired, &g, &err)) {
			s->n--;
			answer(k, g, &err);
		} else {
			TAILQ_INSERT_TAIL(&s->waiting, k, link);
		}
	}
}

void guests_seek_again(struct guests *gs)
{
	const struct timeval now = { 0, 0 };
	struct guest_seeks *s = guests_seeks(gs);

	if (s->n)
		evtimer_add(s->look, &now);
}

static void on_expired(evutil_socket_t fd, short what, void *arg)
{
	struct seek *k = arg;

	(void)fd;
	(void)what;
	k->expired = true;
	guests_seek_again(k->gs);
}

void guests_seek(struct guests *gs, const char *name, int timeout_ms, guest_know_fn fn, void *arg)
{
	const struct timeval tv = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	struct guest_seeks *s = guests_seeks(gs);
	struct ras_err err;
	struct guest *g;
	struct seek *k;

	if (is_over(gs, name, timeout_ms <= 0, &g, &err)) {
		fn(arg, g, err.code ? &err : NULL);
		return;
	}
	k = s->n < GUESTS_SEEK_MAX ? calloc(1, sizeof(*k)) : NULL;
	if (!k || !(k->timer = evtimer_new(guests_base(gs), on_expired, k))) {
		free(k);
		ras_fail(&err, RAS_E_BUSY, "too many requests wait for guests to be found");
		ras_hint(&err, "try again");
		fn(arg, NULL, &err);
		return;
	}
	k->gs = gs;
	snprintf(k->name, sizeof(k->name), "%s", name);
	k->fn = fn;
	k->arg = arg;
	evtimer_add(k->timer, &tv);
	TAILQ_INSERT_TAIL(&s->waiting, k, link);
	s->n++;
}

void seeks_free(struct guest_seeks *s)
{
	struct ras_err err;
	struct seek *k;

	ras_fail(&err, RAS_E_GONE, "rasd is stopping");
	while ((k = TAILQ_FIRST(&s->waiting))) {
		TAILQ_REMOVE(&s->waiting, k, link);
		s->n--;
		answer(k, NULL, &err);
	}
	if (s->look)
		event_free(s->look);
}
