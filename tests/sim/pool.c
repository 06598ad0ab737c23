// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stands in for daemon/libvirt/pool.c: calls of libvirt, one at a time for each domain.
 *
 * A call waits in rasd, then libvirtd has it; from there on neither a deadline nor the death of
 * rasd calls it back: it is made once QEMU answers. libvirt makes the calls for a domain in order,
 * which is what a fence relies on. The work itself is the real code of the room.
 */
#include "libvirt/pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "libvirt.h"
#include "monitor.h"
#include "oracle.h"
#include "pool.h"

struct libvirt_call {
	struct libvirt_call *next; /* of its domain, the oldest first */
	uint64_t id;		   /* never used twice: an event finds its call, or none */
	struct libvirt_pool *pool; /* NULL: nobody waits for it */
	struct sim_guest *guest;
	struct uuid domain;
	libvirt_work_fn work;
	libvirt_done_fn done;
	void *arg;
	char *in;
	bool given, made, expired;
	int64_t expired_ns;
	struct libvirt_result result;
};

struct libvirt_pool {
	libvirt_stuck_fn stuck;
	void *arg;
	int64_t no_job_boot_ns[SIM_GUESTS];
};

static struct libvirt_call *queue[SIM_GUESTS];
static struct libvirt_pool *the_pool;
static uint64_t last_id;

static int64_t latency(void)
{
	return sim_between_log(20 * SIM_US, sim_libvirt.latency_max_ns);
}

static void next_call(unsigned int guest);

static struct libvirt_call *by_id(void *arg)
{
	for (unsigned int i = 0; i < SIM_GUESTS; i++)
		for (struct libvirt_call *c = queue[i]; c; c = c->next)
			if (c->id == (uint64_t)(uintptr_t)arg)
				return c;
	return NULL;
}

static void later(struct libvirt_call *c, int64_t delay_ns, void (*fn)(void *arg))
{
	sim_after(delay_ns, fn, (void *)(uintptr_t)c->id);
}

static void forget(struct libvirt_call *c)
{
	struct libvirt_call **at = &queue[c->guest->index];

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	free(c->result.reply);
	sim_release(c->in);
	sim_release(c);
}

/* The result reaches rasd, if anybody waits for it there. */
static void returned(void *arg)
{
	struct libvirt_call *c = by_id(arg);
	struct libvirt_pool *p = c ? c->pool : NULL;
	unsigned int guest;

	if (!c)
		return;
	guest = c->guest->index;
	if (p && sim_rasd_alive()) {
		c->pool = NULL;
		if (c->expired) {
			struct uuid domain = c->domain;

			forget(c);
			if (p->stuck)
				p->stuck(p->arg, &domain, false);
			next_call(guest);
			return;
		}
		p->no_job_boot_ns[guest] = c->result.no_job_boot_ns;
		c->done(c->arg, &c->result);
	}
	forget(c);
	next_call(guest);
}

static void make(void *arg)
{
	struct libvirt_call *c = by_id(arg);

	if (!c || c->made || c->guest->proc.hung)
		return; /* sim_libvirt_wake() comes back */
	c->made = true;
	if (!sim_libvirtd_is_up()) {
		c->result.outcome = QMP_UNKNOWN;
		ras_fail(&c->result.err, RAS_E_MONITOR, "libvirtd has gone");
	} else {
		c->work((virDomainPtr)(void *)c->guest, c->in, &c->result);
	}
	later(c, latency(), returned);
}

static bool injects(const struct libvirt_call *c)
{
	return strstr(c->in, "inject-ghes-v2-error") != NULL;
}

static void give(void *arg)
{
	struct libvirt_call *c = by_id(arg);

	if (!c || c->given || c->made)
		return;
	if (!sim_rasd_alive() || !c->pool) {
		unsigned int guest = c->guest->index;

		forget(c);
		next_call(guest);
		return;
	}
	sim_border("libvirt call");
	c->given = sim_libvirtd_is_up() && sim_rasd_alive();
	if (!c->given) {
		c->made = true;
		c->result.outcome = QMP_NOT_SENT;
		ras_fail(&c->result.err, RAS_E_MONITOR, "no connection to libvirtd");
		later(c, latency(), returned);
		return;
	}
	if (injects(c)) {
		sim_trace("%s: rasd gives a record to libvirt", c->guest->name);
		oracle_send(c->guest, sim_monitor_has_record(c->guest));
	}
	if (c->pool)
		c->result.no_job_boot_ns = c->pool->no_job_boot_ns[c->guest->index];
	later(c, latency(), make);
}

static void next_call(unsigned int guest)
{
	struct libvirt_call *c = queue[guest];

	if (c && !c->given && !c->made)
		later(c, latency(), give);
}

static void too_late(void *arg)
{
	struct libvirt_call *c = by_id(arg);
	struct libvirt_result r = { 0 };
	struct libvirt_pool *p;
	struct uuid domain;

	if (!c || !c->pool || c->expired || !sim_rasd_alive())
		return;
	p = c->pool;
	domain = c->domain;
	r.outcome = c->given ? QMP_UNKNOWN : QMP_NOT_SENT;
	ras_fail(&r.err, RAS_E_TIMEOUT, "libvirt has not answered in time");
	sim_trace("%s: rasd gives up on a call of libvirt", c->guest->name);
	c->expired = true;
	c->expired_ns = clock_boot_ns();
	if (!c->given)
		c->pool = NULL; /* it is never given */
	c->done(c->arg, &r);
	if (r.outcome == QMP_UNKNOWN && p == the_pool && p->stuck)
		p->stuck(p->arg, &domain, true);
}

int libvirt_pool_call(struct libvirt_pool *p, const struct uuid *domain, libvirt_work_fn work,
		      const char *in, bool fresh, libvirt_done_fn done, void *arg,
		      struct libvirt_call **out, struct ras_err *err)
{
	struct sim_guest *g = sim_libvirt_guest_of(domain);
	struct libvirt_call *c = sim_alloc(sizeof(*c)), **at = &queue[g->index];
	size_t n = 0;

	(void)fresh; /* all calls for a domain are made in order */
	for (; *at; at = &(*at)->next)
		n++;
	if (n >= 64) {
		sim_release(c);
		return ras_fail(err, RAS_E_BUSY, "64 calls of libvirt wait for this domain");
	}
	c->id = ++last_id;
	c->pool = p;
	c->guest = g;
	c->domain = *domain;
	c->work = work;
	c->done = done;
	c->arg = arg;
	c->in = sim_alloc(in ? strlen(in) + 1 : 1);
	if (in)
		strcpy(c->in, in);
	*at = c;
	later(c, LIBVIRT_DEADLINE_MS * SIM_MS, too_late);
	if (queue[g->index] == c)
		next_call(g->index);
	if (out)
		*out = c;
	return 0;
}

bool libvirt_call_cancel(struct libvirt_call *c)
{
	c->pool = NULL;
	return c->given;
}

int64_t libvirt_pool_stuck_ns(const struct libvirt_pool *p, const struct uuid *domain)
{
	const struct sim_guest *g = sim_libvirt_guest_of(domain);
	const struct libvirt_call *c = g ? queue[g->index] : NULL;

	(void)p;
	return c && c->expired && c->given ? clock_boot_ns() - c->expired_ns + 1 : 0;
}

int libvirt_pool_new(struct libvirt_pool **out, struct event_base *base, const char *uri,
		     libvirt_stuck_fn fn, void *arg, struct ras_err *err)
{
	(void)base, (void)uri, (void)err;
	the_pool = calloc(1, sizeof(*the_pool));
	the_pool->stuck = fn;
	the_pool->arg = arg;
	*out = the_pool;
	return 0;
}

void libvirt_pool_free(struct libvirt_pool *p)
{
	for (unsigned int i = 0; i < SIM_GUESTS; i++)
		for (struct libvirt_call *c = queue[i]; c; c = c->next)
			c->pool = NULL;
	the_pool = NULL;
	free(p);
}

void libvirt_pool_set_read_only(struct libvirt_pool *p, bool read_only)
{
	(void)p, (void)read_only;
}

void libvirt_pool_renew(struct libvirt_pool *p)
{
	(void)p;
}

/* --- the world --- */

void sim_libvirt_hang_up(void)
{
	struct libvirt_result r = { .outcome = QMP_UNKNOWN };

	ras_fail(&r.err, RAS_E_GONE, "rasd ends");
	for (unsigned int i = 0; i < SIM_GUESTS; i++)
		for (struct libvirt_call *c = queue[i]; c; c = c->next)
			if (c->pool) {
				c->pool = NULL;
				if (!c->expired)
					c->done(c->arg, &r);
			}
}

void sim_pool_begin(void)
{
	last_id = 0;
	memset(queue, 0, sizeof(queue));
	the_pool = NULL;
}

void sim_pool_end(void)
{
	for (unsigned int i = 0; i < SIM_GUESTS; i++)
		for (struct libvirt_call *c = queue[i]; c; c = c->next)
			free(c->result.reply);
	memset(queue, 0, sizeof(queue));
}

void sim_libvirt_wake(struct sim_guest *g)
{
	struct libvirt_call *c = queue[g->index];

	if (c && c->given && !c->made)
		later(c, latency(), make);
}

void sim_pool_libvirtd(bool up)
{
	for (unsigned int i = 0; i < SIM_GUESTS; i++) {
		struct libvirt_call *c = queue[i];

		if (!c || !c->given || c->made || up)
			continue;
		/* Whether QEMU still gets it, the seed says; the caller learns nothing. */
		if (!c->guest->proc.hung && sim_percent(50))
			c->work((virDomainPtr)(void *)c->guest, c->in, &c->result);
		free(c->result.reply);
		c->result.reply = NULL;
		c->result.outcome = QMP_UNKNOWN;
		ras_fail(&c->result.err, RAS_E_MONITOR, "libvirtd has gone");
		c->made = true;
		later(c, latency(), returned);
	}
}

bool sim_libvirt_has_record(const struct sim_guest *g)
{
	for (const struct libvirt_call *c = queue[g->index]; c; c = c->next)
		if (c->given && !c->made && injects(c))
			return true;
	return false;
}
