// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What systemd is told while rasd runs.
 *
 * `systemctl status rasd` is where an operator looks first. "active (running)" alone would hide
 * that libvirt or rasd-pagemap cannot be reached, and without either most guests cannot take
 * errors. So STATUS= says of each what it is and, if it is not there, why; and whether somebody has
 * engaged the safety lever. It is compared once a second and sent only if it has changed: no room
 * has to report anything.
 *
 * The same timer feeds the watchdog (WatchdogSec= of the unit). It runs in the loop that serves
 * everybody, so a loop that hangs is noticed, and rasd is started again. The journal makes that
 * safe.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "control/service.h"
#include "guests/guests.h"
#include "inject/inject.h"
#include "inject/policy.h"
#include "journal/journal.h"
#include "json/json.h"
#include "pagemap/client.h"
#include "translate/translate.h"

/* A person looks after that, and a loop that hangs so long is far from the watchdog. */
static const struct timeval LOOK_EVERY = { .tv_sec = 1 };

struct service {
	struct daemon *d;
	struct event *timer;
	char told[1024]; /* the STATUS= that systemd has */
};

/* "libvirt connected", "libvirt not used", or what is wrong with it. */
static void put_libvirt(FILE *out, const struct daemon *d)
{
	_json_ json_object *o = guests_libvirt_json(d->guests);
	json_object *o_up = NULL, *why = NULL;
	bool up = json_object_object_get_ex(o, "connected", &o_up) && json_object_get_boolean(o_up);

	if (!d->conf.libvirt_uri[0])
		fputs("libvirt not used", out);
	else
		fputs(up ? "libvirt connected" : "no libvirt", out);
	if (json_object_object_get_ex(o, "reason", &why))
		fprintf(out, " (%s)", json_object_get_string(why));
}

static void put_status(FILE *out, const struct daemon *d)
{
	const char *why, *pages = translator_pages(d->translator, &why);

	fputs("STATUS=", out);
	put_libvirt(out, d);
	if (helper_client_alive(d->helper))
		fputs("; helper ok", out);
	else
		fprintf(out, "; no helper (%s)", helper_client_why(d->helper));
	if (strcmp(pages, "rmap") == 0)
		fputs("; pages by bpf", out);
	else
		fprintf(out, "; %s%s (%s)", strcmp(pages, "none") ? "pages by " : "no pages",
			strcmp(pages, "none") ? pages : "", why);
}

static void put_lever(FILE *out, const struct injector *in)
{
	const struct journal_lever *l = policy_lever(injector_policy(in));

	if (l->engaged)
		fprintf(out, "; SAFETY LEVER ENGAGED%s: %s",
			l->also_forwarding ? ", ALSO FOR FORWARDING" : "", l->reason);
	else
		fputs("; safety lever released", out);
}

static void look(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;
	char text[sizeof(s->told)] = "";
	FILE *out = fmemopen(text, sizeof(text) - 1, "w");

	(void)fd;
	(void)what;
	sd_notify(0, "WATCHDOG=1");
	if (!out)
		return; /* the next second has another try */
	put_status(out, s->d);
	put_lever(out, s->d->injector);
	fclose(out);
	/* A line break would begin another variable. */
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = ' ';
	if (strcmp(text, s->told) == 0)
		return;
	strcpy(s->told, text);
	sd_notify(0, text);
}

int service_new(struct service **out, struct daemon *d, struct ras_err *err)
{
	struct service *s;

	*out = NULL;
	if (!getenv("NOTIFY_SOCKET"))
		return 0;
	s = calloc(1, sizeof(*s));
	if (s)
		s->timer = event_new(d->base, -1, EV_PERSIST, look, s);
	if (!s || !s->timer || event_add(s->timer, &LOOK_EVERY) < 0) {
		service_free(s);
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	s->d = d;
	look(-1, 0, s);
	*out = s;
	return 0;
}

void service_free(struct service *s)
{
	if (!s)
		return;
	if (s->timer)
		event_free(s->timer);
	free(s);
}
