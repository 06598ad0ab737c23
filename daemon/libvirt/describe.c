// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Asking for the state and the XML of each domain. It is asked domain by domain through the pool,
 * because even that call may hang with its QEMU. Each call's deadline begins when it is queued, so
 * only DESCRIBE_MAX are asked for at a time, those that run first: otherwise the last of thousands
 * would be over time before a worker had taken it.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "libvirt/metadata.h"
#include "libvirt/private.h"

#define DESCRIBE_MAX 24 /* two for each of the pool's workers */

static void work_describe(virDomainPtr dom, const char *in, struct libvirt_result *r)
{
	(void)in;
	r->outcome = QMP_ERROR;
	if (lv.virDomainGetState(dom, &r->number[0], &r->number[1], 0) < 0 ||
	    !(r->reply = lv.virDomainGetXMLDesc(dom, 0)))
		libvirt_error(&r->err, "libvirt does not describe the domain");
	else
		r->outcome = QMP_OK;
}

static void take_description(struct guest *g, struct libvirt_result *r)
{
	struct ras_err err = r->err;

	if (r->outcome == QMP_OK &&
	    domain_xml_parse(r->reply, strlen(r->reply), &g->dom.facts, &err) == 0) {
		g->dom.known = DOMAIN_DESCRIBED;
		g->dom.own->state = r->number[0];
		g->dom.own->reason = r->number[1];
		if (g->dom.facts.grants_why[0])
			log_limited(LOG_WARNING, g->name, "guest %s: nothing is allowed: %s",
				    g->name, g->dom.facts.grants_why);
	} else {
		log_limited(LOG_WARNING, g->name, "guest %s: %s", g->name, err.text);
	}
}

static void on_described(void *arg, struct libvirt_result *r)
{
	struct manager_domain *d = arg;
	struct guest *g = d->g;
	struct libvirt_manager *l = libvirt_of(g);
	bool again = d->describing == DESCRIBE_ASKED_LATE;

	d->describing = DESCRIBE_IDLE;
	d->call = NULL;
	l->n_describing--;
	if (r->outcome != QMP_OK && r->err.code == RAS_E_GONE) {
		/* A transient one that has ended. */
		libvirt_unmanage(g, "libvirt does not know the domain any more");
		return;
	}
	take_description(g, r);
	if (again)
		describe(g);
	if (g->link.state == LINK_DOWN && manager_can_open(g, NULL) == 0)
		guest_connect_soon(g);
	describe_next(l);
}

static void drop_due(struct libvirt_manager *l, struct manager_domain *d)
{
	TAILQ_REMOVE(&l->due, d, due);
	d->describing = DESCRIBE_IDLE;
}

void describe_next(struct libvirt_manager *l)
{
	struct manager_domain *d;
	struct ras_err err;

	while (l->n_describing < DESCRIBE_MAX && (d = TAILQ_FIRST(&l->due))) {
		drop_due(l, d);
		if (libvirt_pool_call(l->pool, &d->uuid, work_describe, NULL, false, on_described,
				      d, &d->call, &err) < 0) {
			log_limited(LOG_WARNING, d->g->name, "guest %s: %s", d->g->name, err.text);
			continue;
		}
		d->describing = DESCRIBE_ASKED;
		l->n_describing++;
	}
}

void describe(struct guest *g)
{
	struct libvirt_manager *l = libvirt_of(g);
	struct manager_domain *d = g->dom.own;

	switch (d->describing) {
	case DESCRIBE_ASKED:
	case DESCRIBE_ASKED_LATE:
		d->describing = DESCRIBE_ASKED_LATE;
		break;
	case DESCRIBE_DUE:
		TAILQ_REMOVE(&l->due, d, due); /* it may have been started since */
					       /* fall through */
	case DESCRIBE_IDLE:
		d->describing = DESCRIBE_DUE;
		if (g->dom.id >= 0)
			TAILQ_INSERT_HEAD(&l->due, d, due);
		else
			TAILQ_INSERT_TAIL(&l->due, d, due);
		break;
	}
	describe_next(l);
}

void describe_forget(struct libvirt_manager *l, struct manager_domain *d)
{
	if (d->describing == DESCRIBE_DUE)
		drop_due(l, d);
	if (d->describing == DESCRIBE_IDLE)
		return;
	libvirt_call_cancel(TAKE(d->call));
	l->n_describing--;
	d->describing = DESCRIBE_IDLE;
}

void describe_forget_due(struct libvirt_manager *l)
{
	struct manager_domain *d;

	while ((d = TAILQ_FIRST(&l->due)))
		drop_due(l, d);
}
