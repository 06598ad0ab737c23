// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What must be known of a guest before anything can be done with its memory: its monitor is
 * connected and has been asked what machine it is, and its RAM layout is verified. Both are found
 * on demand and kept for the generation, so an idle rasd asks nobody anything.
 *
 * Whoever needs it waits in a list of the guest. The list moves on at three places: the monitor is
 * up, the layout is known or not to be had, the monitor is lost. Each of them answers everybody or
 * asks the next question, so a waiter is answered once and never left behind.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/process.h"
#include "guests/guest.h"
#include "guests/manager.h"

static void answer_all(struct guest *g, const struct ras_err *err)
{
	struct guest_waiter *w = TAKE(g->ask.waiters);

	while (w) {
		struct guest_waiter *next = w->next;

		w->fn(w->arg, g, err);
		free(w);
		w = next;
	}
}

void guest_know_fail(struct guest *g, const struct ras_err *err)
{
	answer_all(g, err);
}

void guest_know_next(struct guest *g)
{
	struct ras_err err;

	if (!g->ask.waiters)
		return;
	if ((g->link.state == LINK_CONNECTING || g->link.state == LINK_PROBING) &&
	    !manager_stuck_ns(g))
		return; /* guest_probe_done() or guest_link_down() comes back */
	if (guest_why_down(g, &err) < 0)
		answer_all(g, &err);
	else if (g->ram.known)
		answer_all(g, NULL);
	else
		guest_layout(g); /* guest_layout_done() comes back */
}

void guest_layout_done(struct guest *g, const struct ras_err *why)
{
	struct ras_err err;

	if (!why) {
		guest_know_next(g);
		return;
	}
	if (why->code == RAS_E_BUSY || why->code == RAS_E_NOMEM) {
		ras_fail(&err, (enum ras_code)why->code, "%s cannot be asked now: %.150s", g->name,
			 why->text);
		ras_hint(&err, "try again");
	} else {
		ras_fail(&err, RAS_E_LAYOUT, "RAM layout of %s is unknown: %.150s", g->name,
			 why->text);
	}
	answer_all(g, &err);
}

int guest_layout_failed(const struct guest *g, struct ras_err *err)
{
	if (g->ram.known || !g->ram.why[0])
		return 0;
	return ras_fail(err, RAS_E_LAYOUT, "RAM layout of %s is unknown: %s", g->name, g->ram.why);
}

bool guest_is_known(const struct guest *g)
{
	return g->link.state == LINK_UP && g->ram.known;
}

void guest_know(struct guest *g, guest_know_fn fn, void *arg)
{
	struct guest_waiter *w, **at;
	struct ras_err err;

	if (guest_is_known(g)) {
		fn(arg, g, NULL);
		return;
	}
	w = calloc(1, sizeof(*w));
	if (!w) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		fn(arg, g, &err);
		return;
	}
	w->fn = fn;
	w->arg = arg;
	/* Requests are answered in the order in which they came. */
	for (at = &g->ask.waiters; *at; at = &(*at)->next)
		;
	*at = w;
	guest_know_next(g);
}

bool guest_is_stuck(const struct guest *g)
{
	if (manager_stuck_ns(g))
		return true;
	/* Busy: our own connections of before fill its backlog. */
	return g->link.state != LINK_UP && guest_by_socket(g) &&
	       (g->link.down.code == RAS_E_TIMEOUT || g->link.down.code == RAS_E_BUSY) &&
	       process_alive(g->life.before.pid, g->life.before.start_time);
}

int guest_why_down(const struct guest *g, struct ras_err *err)
{
	int64_t stuck_ns;
	struct ras_err why;

	if (g->link.state == LINK_UP)
		return 0;
	if (guest_is_other(g, err))
		return -err->code;
	stuck_ns = manager_stuck_ns(g);
	if (stuck_ns) {
		ras_fail(err, RAS_E_MONITOR,
			 "%s is stuck: QEMU has not answered libvirt for %lld s", g->name,
			 (long long)(stuck_ns / 1000000000));
		return ras_hint(
			err,
			"is its QEMU stopped or waiting for storage? it is asked again as soon as "
			"it answers");
	}
	if (guest_is_stuck(g)) {
		ras_fail(err, RAS_E_MONITOR, "%s is stuck: %.180s", g->name, g->link.down.text);
		return ras_hint(
			err,
			"is its QEMU stopped or waiting for storage, or does another client hold "
			"%s? it is asked again until it answers",
			g->link.path);
	}
	if (!guest_has_socket(g) && manager_can_open(g, &why) < 0) {
		/* "vm1 is not running" is a sentence; the others are reasons. */
		if (why.code == RAS_E_NOT_RUNNING)
			ras_fail(err, RAS_E_NOT_RUNNING, "%s", why.text);
		else
			ras_fail(err, (enum ras_code)why.code, "%s has no monitor: %.180s", g->name,
				 why.text);
		return ras_hint(err, "%s", why.hint);
	}
	ras_fail(err,
		 g->link.down.code == RAS_E_NOT_RUNNING || g->link.down.code == RAS_E_PERMISSION ?
			 (enum ras_code)g->link.down.code :
			 RAS_E_GONE,
		 "%s has no monitor: %.180s", g->name, g->link.down.text);
	if (g->link.down.hint[0])
		return ras_hint(err, "%s", g->link.down.hint);
	if (!guest_by_socket(g))
		return ras_hint(err, "it is tried again; 'virsh dominfo %s' shows more", g->name);
	return ras_hint(err, "is QEMU running, and does another client hold %s?", g->link.path);
}
