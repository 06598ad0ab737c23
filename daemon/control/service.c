// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What systemd is told while rasd runs.
 *
 * `systemctl status rasd` is where an operator looks first. "active (running)" alone would hide
 * that libvirt or rasd-pagemap cannot be reached, and without either most guests cannot take
 * errors. So STATUS= says of each what it is and, if it is not there, why; and whether somebody has
 * engaged the safety lever. Each room that has a part in this calls systemd_status_changed(); the
 * text is made GATHER_US later and sent only if it is another one. So an idle rasd has no timer for
 * it.
 *
 * The watchdog (WatchdogSec= of the unit) is fed twice in its time, as sd_watchdog_enabled(3) asks,
 * by the loop that serves everybody. So a loop that hangs is noticed, and rasd is started again.
 * The journal makes that safe.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/systemd.h"
#include "control/service.h"
#include "guests/guests.h"
#include "inject/inject.h"
#include "inject/policy.h"
#include "journal/journal.h"
#include "json/json.h"
#include "pagemap/client.h"
#include "translate/translate.h"

#define GATHER_US 50000	 /* what is lost together is told together */
#define AGAIN_US 1000000 /* systemd did not read */

struct service {
	struct daemon *d;
	struct event *status, *watchdog;
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

static void look_in(struct service *s, int64_t us)
{
	const struct timeval tv = { us / 1000000, us % 1000000 };

	evtimer_add(s->status, &tv);
}

static void on_changed(void *arg)
{
	struct service *s = arg;

	if (!evtimer_pending(s->status, NULL))
		look_in(s, GATHER_US);
}

static void look(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;
	char text[sizeof(s->told)] = "";
	FILE *out = fmemopen(text, sizeof(text) - 1, "w");

	(void)fd;
	(void)what;
	if (!out) {
		look_in(s, AGAIN_US);
		return;
	}
	put_status(out, s->d);
	put_lever(out, s->d->injector);
	fclose(out);
	/* A line break would begin another variable. */
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = ' ';
	if (strcmp(text, s->told) == 0)
		return;
	if (systemd_try_tell(text))
		strcpy(s->told, text);
	else
		look_in(s, AGAIN_US);
}

/* One that is not read is not missed: the next one comes in time. */
static void feed(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	systemd_try_tell("WATCHDOG=1");
}

/* False: no memory. */
static bool begin(struct service *s, struct event_base *base)
{
	const int64_t half_us = systemd_watchdog_us() / 2;
	const struct timeval tv = { half_us / 1000000, half_us % 1000000 };

	s->status = evtimer_new(base, look, s);
	if (!s->status || half_us == 0)
		return s->status;
	s->watchdog = event_new(base, -1, EV_PERSIST, feed, s);
	return s->watchdog && event_add(s->watchdog, &tv) == 0;
}

int service_new(struct service **out, struct daemon *d, struct ras_err *err)
{
	struct service *s;

	*out = NULL;
	if (!systemd_listens())
		return 0;
	s = calloc(1, sizeof(*s));
	if (!s || !begin(s, d->base)) {
		service_free(s);
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	s->d = d;
	systemd_status_watch(on_changed, s);
	look(-1, 0, s);
	*out = s;
	return 0;
}

void service_free(struct service *s)
{
	if (!s)
		return;
	systemd_status_watch(NULL, NULL);
	if (s->status)
		event_free(s->status);
	if (s->watchdog)
		event_free(s->watchdog);
	free(s);
}
