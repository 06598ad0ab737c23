// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Four sources that report the same errors, each in its way:
 *   trace      the kernel's ring: two reports an error (and a signal), read once, outlives rasd
 *   kmsg       the kernel's log: has positions, is read again from one, outlives rasd, not a boot
 *   rasdaemon  a table with rows, whole seconds, late; outlives rasd and boots
 *   mcelog     only what comes while rasd listens
 */
#include "host_sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sources/source.h"

#define REPORTS_MAX 512u

struct report {
	const struct sim_error *error;
	const char *what;
	enum event_kind kind;
	int code;  /* EVENT_SIGBUS */
	bool read; /* trace: it is out of the ring */
};

/* What a source holds, in the order in which it came. */
static struct {
	struct report v[REPORTS_MAX];
	size_t n, sent; /* sent: given to this life of rasd */
	unsigned int coming;
} held[SIM_N_HOST];

static struct open_source {
	struct event_sink sink;
	size_t which;
	bool is_open;
} opened[SIM_N_HOST];

static struct sim_host_terms terms;
static unsigned int boots;

static const char *const names[SIM_N_HOST] = { "trace", "kmsg", "rasdaemon", "mcelog" };

static bool is_off(size_t which)
{
	return terms.off & 1u << which;
}

static void fill(struct ras_event *e, size_t which, const struct report *r, size_t at,
		 bool catch_up)
{
	const struct sim_error *x = r->error;
	char text[37];

	*e = (struct ras_event){
		.source = names[which],
		.kind = r->kind,
		.severity = x->kind == ERROR_CORRECTED ? EVENT_CORRECTED : EVENT_UNCORRECTED,
		.when = { .boot_ns = x->boot_ns, .real_ns = x->real_ns, .catch_up = catch_up },
		.where = { .has_hpa = true,
			   .hpa = { (x->pfn + at % sim_host_huge()) * SIM_PAGE_BYTES },
			   .len_bytes = SIM_PAGE_BYTES },
		.signal = { .code = r->code },
		.count = x->n
	};
	if (r->kind == EVENT_SIGBUS)
		e->signal.pid = x->guest ? x->guest->proc.pid + 1 : 1; /* a thread of it */
	snprintf(e->report, sizeof(e->report), "%s", r->what);
	snprintf(text, sizeof(text), "00000000-0000-4000-8000-%012u", x->boot);
	uuid_parse(text, &e->when.boot_id, NULL);
	if (which == SOURCE_RASDAEMON) {
		e->when.boot_ns = 0;
		e->when.real_ns = x->real_ns / SIM_S * SIM_S + SIM_S;
		snprintf(e->label, sizeof(e->label), "DIMM_A1");
	}
	if (which == SOURCE_RASDAEMON || which == SOURCE_KMSG)
		snprintf(e->position, sizeof(e->position), "%u:%zu",
			 which == SOURCE_KMSG ? boots : 0, at + 1);
}

/* Give rasd what it has not had. */
static void deliver(size_t which, bool catch_up)
{
	struct open_source *o = &opened[which];

	while (o->is_open && sim_rasd_alive() && held[which].sent < held[which].n) {
		size_t at = held[which].sent++;
		struct report *r = &held[which].v[at];
		struct ras_event e;

		if (r->read)
			continue;
		r->read = which == SOURCE_TRACE || which == SOURCE_MCELOG;
		fill(&e, which, r, at, catch_up);
		sim_trace("host: %s reports page 0x%llx, %s%s", names[which],
			  (unsigned long long)r->error->pfn, r->what, catch_up ? ", late" : "");
		sim_border("host event");
		if (sim_rasd_alive())
			o->sink.event(o->sink.arg, &e);
	}
}

struct arrival {
	size_t which;
	struct report report;
	unsigned int boot;
};

static void arrives(void *arg)
{
	struct arrival *a = arg;

	held[a->which].coming--;
	if (held[a->which].n == REPORTS_MAX || (a->boot != boots && a->which != SOURCE_RASDAEMON))
		return;
	/* Nobody keeps it for a client that is not there. */
	if (a->which == SOURCE_MCELOG && !(opened[a->which].is_open && sim_rasd_alive()))
		return;
	held[a->which].v[held[a->which].n++] = a->report;
	deliver(a->which, false);
}

static void report_in(size_t which, const struct report *r, int64_t delay_ns)
{
	struct arrival *a;

	if (is_off(which) || sim_percent(terms.mute))
		return;
	a = sim_alloc(sizeof(*a));
	*a = (struct arrival){ which, *r, boots };
	held[which].coming++;
	sim_after(delay_ns, arrives, a);
}

void sim_host_sources_report(const struct sim_error *e)
{
	bool lost = e->kind != ERROR_CORRECTED;
	int64_t late_ns = (terms.late_max_ms ? terms.late_max_ms : 3000) * SIM_MS;
	int64_t at_ns = sim_between_log(200 * SIM_US, 3 * SIM_MS);
	struct report r = { .error = e, .what = "mce_record", .kind = EVENT_MEMORY };

	report_in(SOURCE_TRACE, &r, at_ns);
	r.what = "ghes";
	report_in(SOURCE_KMSG, &r, sim_between_log(200 * SIM_US, 20 * SIM_MS));
	r.what = "mc_event";
	report_in(SOURCE_RASDAEMON, &r, sim_between_log(20 * SIM_MS, late_ns));
	r.what = "page";
	report_in(SOURCE_MCELOG, &r, sim_between_log(20 * SIM_MS, late_ns));
	if (!lost)
		return;
	if (e->kind == ERROR_CONSUMED) {
		r.what = "signal";
		r.kind = EVENT_SIGBUS;
		r.code = 4;
		report_in(SOURCE_TRACE, &r, at_ns + 10 * SIM_US);
	}
	r = (struct report){ .error = e, .what = "memory_failure", .kind = EVENT_PAGE_LOST };
	report_in(SOURCE_TRACE, &r, at_ns + sim_between_log(300 * SIM_US, 20 * SIM_MS));
	report_in(SOURCE_RASDAEMON, &r, sim_between_log(30 * SIM_MS, late_ns));
}

bool sim_host_sources_quiet(void)
{
	for (size_t i = 0; i < SIM_N_HOST; i++)
		if (held[i].coming || (opened[i].is_open && held[i].sent < held[i].n))
			return false;
	return true;
}

void sim_host_sources_begin(const struct sim_host_terms *t)
{
	sim_host_sources_clear();
	terms = *t;
}

void sim_host_sources_clear(void)
{
	memset(held, 0, sizeof(held));
	memset(opened, 0, sizeof(opened));
	memset(&terms, 0, sizeof(terms));
	boots = 0;
}

void sim_host_sources_boot(void)
{
	boots++;
	for (size_t i = 0; i < SIM_N_HOST; i++)
		if (i != SOURCE_RASDAEMON)
			held[i].n = held[i].sent = 0;
}

/* --- struct event_source --- */

static void catch_up(void *arg)
{
	deliver((size_t)arg, true);
}

static int open_source(size_t which, void **self, const struct source_setup *setup)
{
	struct open_source *o = &opened[which];
	unsigned int boot = 0;
	size_t at = 0;

	*o = (struct open_source){ .sink = setup->sink, .which = which, .is_open = !is_off(which) };
	*self = o;
	held[which].sent = 0;
	if (sscanf(setup->position, "%u:%zu", &boot, &at) == 2 &&
	    (which == SOURCE_RASDAEMON || boot == boots))
		held[which].sent = at;
	sim_after(sim_between_log(SIM_US, 20 * SIM_MS), catch_up, (void *)which);
	return 0;
}

static void close_source(void *self)
{
	struct open_source *o = self;

	if (o)
		o->is_open = false;
}

static void status(const void *self, struct source_status *out)
{
	const struct open_source *o = self;

	*out = (struct source_status){ .state = o->is_open ? SOURCE_LIVE : SOURCE_ABSENT };
}

#define OPEN(name, which)                                                                   \
	static int name(void **self, const struct source_setup *setup, struct ras_err *err) \
	{                                                                                   \
		(void)err;                                                                  \
		return open_source(which, self, setup);                                     \
	}
OPEN(open_trace, SOURCE_TRACE)
OPEN(open_kmsg, SOURCE_KMSG)
OPEN(open_rasdaemon, SOURCE_RASDAEMON)
OPEN(open_mcelog, SOURCE_MCELOG)

static const struct event_source trace = { "trace",    SOURCE_KERNEL, true,
					   open_trace, close_source,  status };
static const struct event_source kmsg = { "kmsg",    SOURCE_KERNEL, false,
					  open_kmsg, close_source,  status };
static const struct event_source rasdaemon = { "rasdaemon",    SOURCE_SECONDARY, false,
					       open_rasdaemon, close_source,	 status };
static const struct event_source mcelog = { "mcelog",	 SOURCE_SECONDARY, false,
					    open_mcelog, close_source,	   status };

const struct event_source *const event_sources[] = { &trace, &kmsg, &rasdaemon, &mcelog, NULL };
