// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The registry of guests: one list in name order. sockets.c and libvirt.c say which there are, link.c keeps the
 * monitor of each. A guest that nobody shows any more goes with its monitor connection.
 */
#include "guests/guests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "guests/guest.h"

#define END_TOLD_NS (3 * INT64_C(1000000000))

struct guests {
	struct event_base *base;
	const struct conf *conf;
	struct helper_client *helper;
	guest_event_fn fn;
	void *arg;
	struct guest *first;
	size_t n;
	struct guests_sockets *sockets;
	struct guests_libvirt *libvirt;
};

struct helper_client *guests_helper(struct guests *gs)
{
	return gs->helper;
}

const struct conf *guests_conf(struct guests *gs)
{
	return gs->conf;
}

struct event_base *guests_base(struct guests *gs)
{
	return gs->base;
}

struct guests_libvirt *guests_libvirt(struct guests *gs)
{
	return gs->libvirt;
}

void guests_tell(struct guest *g, enum guest_event ev)
{
	g->gs->fn(g->gs->arg, g, ev);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	guest_connect(arg);
}

struct guest *guests_add(struct guests *gs, const char *name)
{
	struct guest **at, *g;

	for (at = &gs->first; *at && strcmp((*at)->name, name) < 0; at = &(*at)->next)
		;
	g = *at;
	if (g && strcmp(g->name, name) == 0)
		return g;
	if (gs->n >= GUEST_MAX || !(g = calloc(1, sizeof(*g)))) {
		log_warn("guest %s: ignored, at most %d guests", name, GUEST_MAX);
		return NULL;
	}
	g->gs = gs;
	snprintf(g->name, sizeof(g->name), "%s", name);
	g->retry = evtimer_new(gs->base, on_retry, g);
	g->recheck = evtimer_new(gs->base, guest_recheck, g);
	g->pid = -1;
	g->ras = -1;
	g->dom.id = -1;
	ras_fail(&g->down, RAS_E_GONE, "not connected yet");
	g->next = *at;
	*at = g;
	gs->n++;
	return g;
}

static void free_guest(struct guest *g)
{
	struct monitor *m = TAKE(g->mon);

	if (m)
		m->ops->close(m);
	libvirt_forget(g);
	guest_layout_drop(g);
	event_free(g->retry);
	event_free(g->recheck);
	free(g);
}

bool guests_drop_unseen(struct guest *g)
{
	/* An unlinked socket of a living QEMU keeps its guest until the monitor closes. */
	if (g->socket_present || g->dom.managed || g->link != LINK_DOWN || g->waiters)
		return false;
	for (struct guest **at = &g->gs->first; *at; at = &(*at)->next)
		if (*at == g) {
			*at = g->next;
			g->gs->n--;
			break;
		}
	free_guest(g);
	return true;
}

int guests_new(struct guests **out, struct event_base *base, const struct conf *conf,
	       struct helper_client *helper, guest_event_fn fn, void *arg, struct ras_err *err)
{
	struct guests *gs = calloc(1, sizeof(*gs));
	int r;

	if (!gs)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	gs->base = base;
	gs->conf = conf;
	gs->helper = helper;
	gs->fn = fn;
	gs->arg = arg;
	r = sockets_new(&gs->sockets, gs, err);
	if (r == 0 && conf->libvirt_uri[0])
		r = guests_libvirt_new(&gs->libvirt, gs, err);
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
	ras_fail(&err, RAS_E_GONE, "rasd is stopping");
	while (gs->first) {
		struct guest *g = gs->first;

		gs->first = g->next;
		guest_prepare_fail(g, &err);
		free_guest(g);
	}
	sockets_free(gs->sockets);
	guests_libvirt_free(gs->libvirt);
	free(gs);
}

/* Edit distance, capped by the names' 63 bytes; for hints only. */
static size_t distance(const char *a, const char *b)
{
	size_t row[65], la = strlen(a), lb = strlen(b);

	if (la > 63 || lb > 63)
		return 64;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diag = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t up = row[j], best = diag + (a[i - 1] != b[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diag = up;
			row[j] = best;
		}
	}
	return row[lb];
}

int guests_find(struct guests *gs, const char *name, struct guest **out, struct ras_err *err)
{
	const char *near = NULL;
	size_t best = 4;

	for (struct guest *g = gs->first; g; g = g->next) {
		size_t d;

		if (strcmp(g->name, name) == 0) {
			*out = g;
			return 0;
		}
		d = err ? distance(g->name, name) : best;
		if (d < best) {
			best = d;
			near = g->name;
		}
	}
	ras_fail(err, RAS_E_NO_DOMAIN, "there is no domain \"%.63s\"", name);
	if (near)
		ras_hint(err, "did you mean \"%s\"? 'rasctl domains' lists them", near);
	else
		ras_hint(err, "'rasctl domains' lists them; a guest is a domain of libvirt, or a socket NAME.qmp in a "
			      "qmp-directory of rasd.conf");
	return ras_field(err, "domain");
}

void guests_each(struct guests *gs, void (*fn)(void *arg, struct guest *g), void *arg)
{
	for (struct guest *g = gs->first, *next; g; g = next) {
		next = g->next;
		fn(arg, g);
	}
}

enum guest_event guests_how_ended(struct guests *gs, const char *name, pid_t pid, const char **how)
{
	struct guest *g;
	int64_t now = clock_boot_ns();

	if (guests_find(gs, name, &g, NULL) < 0 || (g->pid != pid && g->before.pid != pid))
		return GUEST_GONE;
	if (g->dom.moved) {
		*how = g->dom.moved_how;
		return GUEST_MOVED;
	}
	if (!g->dom.managed || g->dom.ended)
		return GUEST_GONE;
	if (!g->gone_ns)
		g->gone_ns = now;
	return now - g->gone_ns < END_TOLD_NS ? GUEST_UP : GUEST_GONE;
}
