// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The registry of guests: one array in name order. sockets.c and the manager (libvirt) say which
 * there are, link.c keeps the monitor of each. A guest that neither shows any more is removed when
 * its monitor connection is lost.
 */
#include "guests/guests.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "guests/guest.h"
#include "guests/manager.h"
#include "guests/seek.h"

struct guests {
	struct event_base *base;
	const struct conf *conf;
	struct notify changes; /* struct guest_change */
	struct guest **guest;  /* in name order */
	size_t n, size;
	uint64_t last_number;
	bool left_out; /* there are more than GUEST_MAX */
	struct guest_seeks seeks;
	struct guests_sockets *sockets;
	struct guest_manager *manager; /* NULL: none */
	struct provisions *provisions; /* provision/'s; NULL: none */
	struct guest_questions questions;
};

struct guest_questions *guests_questions(struct guests *gs)
{
	return &gs->questions;
}

const struct conf *guests_conf(struct guests *gs)
{
	return gs->conf;
}

struct event_base *guests_base(struct guests *gs)
{
	return gs->base;
}

struct guest_manager *guests_manager(const struct guests *gs)
{
	return gs->manager;
}

void guests_set_manager(struct guests *gs, struct guest_manager *m)
{
	gs->manager = m;
}

struct provisions *guests_provisions(const struct guests *gs)
{
	return gs->provisions;
}

void guests_set_provisions(struct guests *gs, struct provisions *p)
{
	gs->provisions = p;
}

struct guest_seeks *guests_seeks(struct guests *gs)
{
	return &gs->seeks;
}

void guests_tell(struct guest *g, enum guest_event ev)
{
	notify_tell(&g->gs->changes, &(struct guest_change){ .g = g, .ev = ev });
}

void guests_subscribe(struct guests *gs, struct notify_sub *sub, notify_fn fn, void *arg)
{
	notify_add(&gs->changes, sub, fn, arg);
}

void guests_unsubscribe(struct guests *gs, struct notify_sub *sub)
{
	notify_remove(&gs->changes, sub);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	if (!guests_drop_unseen(arg))
		guest_connect(arg);
}

/* Where the guest of that name is; false: where it would be. */
static bool place_of(const struct guests *gs, const char *name, size_t *at)
{
	size_t end = gs->n;

	*at = 0;
	while (*at < end) {
		size_t mid = *at + (end - *at) / 2;
		int order = strcmp(gs->guest[mid]->name, name);

		if (order == 0) {
			*at = mid;
			return true;
		}
		if (order < 0)
			*at = mid + 1;
		else
			end = mid;
	}
	return false;
}

static void free_guest(struct guest *g)
{
	struct monitor *m = TAKE(g->link.mon);

	/* Replies are about to be answered as lost: nothing may be asked again for that. */
	g->link.state = LINK_DOWN;
	guest_layout_forget(g);
	if (m)
		m->ops->close(m);
	manager_forget(g);
	guests_tell(g, GUEST_FREED);
	event_free(g->link.retry);
	event_free(g->life.recheck);
	free(g);
}

static void take_out(struct guest *g)
{
	struct guests *gs = g->gs;
	size_t at;

	if (place_of(gs, g->name, &at))
		memmove(&gs->guest[at], &gs->guest[at + 1],
			(--gs->n - at) * sizeof(struct guest *));
	guests_seek_again(gs);
	free_guest(g);
}

static void remove_guest(struct guest *g)
{
	struct guests *gs = g->gs;

	take_out(g);
	if (!gs->left_out)
		return;
	sockets_place_is_free(gs->sockets);
	if (!gs->manager)
		gs->left_out = false; /* the listing says again whether all are known */
}

static void leave_out(struct guests *gs, const char *name)
{
	if (!gs->left_out)
		log_limited(LOG_WARNING, "full",
			    "guest %s is left out, and others may be: at most %d guests are known. "
			    "One that does not run makes room for one that does",
			    name, GUEST_MAX);
	gs->left_out = true;
}

/* Neither a socket nor libvirt shows it, and nobody waits for it. */
static bool is_unseen(const struct guest *g)
{
	/* An unlinked socket of a living QEMU keeps its guest until the monitor closes. */
	return g->link.socket == SOCKET_NONE && !guest_is_managed(g) &&
	       g->link.state == LINK_DOWN && !g->ask.waiters;
}

/*
 * Who makes room for a guest that runs, the first first:
 *   one that does not run, and of which nothing is known that may still be asked for
 *   one that ran here and does not run any more
 *   one whose QEMU has died and left its socket's file
 *   one whose socket has a process that has not answered as QEMU does, the oldest first: so files
 *   that others make, and processes that only listen, keep no guest out
 */
enum rank { STAYS, MUTE, DEAD, HAS_RUN, IDLE };

static enum rank rank_of(const struct guest *g)
{
	if (g->ask.waiters)
		return STAYS;
	if (!guest_may_run(g))
		return g->life.before.pid > 0 ? HAS_RUN : IDLE;
	if (guest_is_managed(g) || g->link.state == LINK_UP)
		return STAYS;
	if (g->link.state == LINK_DOWN && g->link.socket == SOCKET_REFUSED)
		return DEAD;
	return g->link.socket_of > 0 ? STAYS : MUTE;
}

static bool make_room(struct guests *gs)
{
	struct guest *least = NULL;
	enum rank best = STAYS;

	for (size_t i = 0; i < gs->n; i++) {
		struct guest *g = gs->guest[i];
		enum rank rank = rank_of(g);

		if (rank > best || (least && rank == best && g->number < least->number)) {
			least = g;
			best = rank;
		}
	}
	if (!least)
		return false;
	leave_out(gs, least->name);
	take_out(least);
	return true;
}

/* Room in the array for one more. */
static bool grow(struct guests *gs)
{
	size_t size = gs->size ? 2 * gs->size : 64;
	struct guest **more;

	if (gs->n < gs->size)
		return true;
	more = reallocarray(gs->guest, size, sizeof(struct guest *));
	if (!more)
		return false;
	gs->guest = more;
	gs->size = size;
	return true;
}

struct guest *guests_add(struct guests *gs, const char *name, bool runs)
{
	struct guest *g;
	size_t at;

	if (place_of(gs, name, &at))
		return gs->guest[at];
	if (gs->n >= GUEST_MAX && !(runs && make_room(gs))) {
		leave_out(gs, name);
		return NULL;
	}
	g = grow(gs) ? calloc(1, sizeof(*g)) : NULL;
	if (!g) {
		log_error("guest %s: out of memory", name);
		return NULL;
	}
	g->gs = gs;
	g->number = ++gs->last_number;
	snprintf(g->name, sizeof(g->name), "%s", name);
	g->link.retry = evtimer_new(gs->base, on_retry, g);
	g->life.recheck = evtimer_new(gs->base, guest_recheck, g);
	g->link.backoff = (struct backoff){ .min_us = 100000, .max_us = 10000000 };
	g->life.pid = -1;
	g->dom.id = -1;
	ras_fail(&g->link.down, RAS_E_GONE, "not connected yet");
	place_of(gs, name, &at); /* room may have been made before it */
	memmove(&gs->guest[at + 1], &gs->guest[at], (gs->n++ - at) * sizeof(struct guest *));
	gs->guest[at] = g;
	guests_seek_again(gs);
	return g;
}

void guests_listing(struct guests *gs)
{
	gs->left_out = false;
}

bool guests_discovering(const struct guests *gs)
{
	return (gs->sockets && sockets_discovering(gs->sockets)) || manager_discovering(gs);
}

int guests_missing(const struct guests *gs, struct ras_err *err)
{
	int r = manager_listed(gs, err);

	if (r < 0)
		return r;
	if (gs->sockets && sockets_discovering(gs->sockets)) {
		ras_fail(err, RAS_E_NOT_READY, "the listing of a qmp-directory has not ended yet");
		return ras_hint(err, "ask again in a while");
	}
	if (!gs->left_out)
		return 0;
	ras_fail(err, RAS_E_BUSY,
		 "rasd keeps %d guests at most: some that do not run are not shown", GUEST_MAX);
	return ras_hint(err, "one that does not run is known as soon as it does");
}

bool guests_drop_unseen(struct guest *g)
{
	if (!is_unseen(g))
		return false;
	remove_guest(g);
	return true;
}

int guests_new(struct guests **out, struct event_base *base, const struct conf *conf,
	       struct ras_err *err)
{
	struct guests *gs = calloc(1, sizeof(*gs));
	int r;

	if (!gs)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	gs->base = base;
	gs->conf = conf;
	r = seeks_init(&gs->seeks, gs, err);
	if (r == 0)
		r = sockets_new(&gs->sockets, gs, err);
	if (r < 0) {
		guests_free(gs);
		return r;
	}
	*out = gs;
	return 0;
}

void guests_free(struct guests *gs)
{
	struct ras_err err;

	if (!gs)
		return;
	seeks_free(&gs->seeks);
	ras_fail(&err, RAS_E_GONE, "rasd is stopping");
	while (gs->n) {
		struct guest *g = gs->guest[--gs->n];

		guest_know_fail(g, &err);
		free_guest(g);
	}
	free(gs->guest);
	sockets_free(gs->sockets);
	if (gs->manager)
		gs->manager->ops->free(gs->manager);
	free(gs);
}

/* Edit distance where it is below limit, else limit or more; for hints only. */
static size_t distance(const char *a, const char *b, size_t limit)
{
	size_t row[65], la = strlen(a), lb = strlen(b);

	if (la > 63 || lb > 63 || la >= lb + limit || lb >= la + limit)
		return limit;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diag = row[0], least = i;

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t up = row[j], best = diag + (a[i - 1] != b[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diag = up;
			row[j] = best;
			least = best < least ? best : least;
		}
		if (least >= limit)
			return limit;
	}
	return row[lb];
}

int guests_find(struct guests *gs, const char *name, struct guest **out, struct ras_err *err)
{
	struct ras_err missing = RAS_ERR_NULL;
	const char *near = NULL;
	size_t best = 4, at;

	if (place_of(gs, name, &at)) {
		*out = gs->guest[at];
		return 0;
	}
	if (!err)
		return -RAS_E_NO_DOMAIN;
	for (size_t i = 0; i < gs->n; i++) {
		size_t d = distance(gs->guest[i]->name, name, best);

		if (d < best) {
			best = d;
			near = gs->guest[i]->name;
		}
	}
	ras_fail(err, RAS_E_NO_DOMAIN, "there is no domain \"%.63s\"%s", name,
		 guests_missing(gs, &missing) < 0 ?
			 " among the guests that are known, which are not all" :
			 "");
	if (missing.code == RAS_E_GONE)
		ras_hint(err, "%.160s: domains of libvirt are not known. %.100s", missing.text,
			 missing.hint);
	else if (gs->left_out)
		ras_hint(err,
			 "rasd knows at most %d guests: if %.63s exists it does not run, and is "
			 "known once it does",
			 GUEST_MAX, name);
	else if (near)
		ras_hint(err, "did you mean \"%s\"? 'rasctl domains' lists them", near);
	else
		ras_hint(err,
			 "'rasctl domains' lists them; a guest is a domain of libvirt, or a socket "
			 "NAME.qmp of a running QEMU in a qmp-directory of rasd.conf");
	return ras_field(err, "domain");
}

struct guest *guests_next(struct guests *gs, const char *after)
{
	size_t at;

	if (place_of(gs, after, &at))
		at++;
	return at < gs->n ? gs->guest[at] : NULL;
}

void guests_each(struct guests *gs, void (*fn)(void *arg, struct guest *g), void *arg)
{
	for (size_t i = 0; i < gs->n;) {
		struct guest *g = gs->guest[i];

		fn(arg, g);
		if (i < gs->n && gs->guest[i] == g)
			i++;
	}
}
