// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The operating systems. Each handler is a chain of steps with time between them, so that a reset,
 * a pause or a panic can fall between any two: look, copy (from here on the record may be in the
 * guest's log), clear, acknowledge. The orders are those of the real sources:
 *   Linux     ghes_read_estatus copies, ghes_proc prints, ghes_clear_estatus clears, then read-ack
 *   FreeBSD   acpi_apei.c: clears block_status, then read-ack
 *   NetBSD    apei_hest.c: read-ack at every poll, with or without a record; what is pending when
 *             it attaches is cleared and never acknowledged. A source that is notified by NMI
 *             is not polled, so nobody sets read-ack for it later either
 */
#include "os.h"

#include <stdlib.h>
#include <string.h>

#define NOTIFY_MAX_NS (2 * SIM_MS)
#define POLL_NS (100 * SIM_MS)

enum step_kind {
	STEP_FIRMWARE,
	STEP_ATTACH,
	STEP_POLL,
	STEP_LOOK,
	STEP_COPY,
	STEP_CLEAR,
	STEP_ACK,
	STEP_DIE
};

struct stalled {
	struct stalled *next;
	struct sim_guest *g;
	uint64_t epoch;
	enum step_kind kind;
	unsigned int source;
	bool no_ack; /* NetBSD's look at attach */
};

static void run_step(struct stalled *s);

static void on_step(void *arg)
{
	struct stalled *s = arg;

	if (s->epoch != s->g->kernel.epoch || !s->g->proc.exists) {
		sim_release(s);
		return;
	}
	if (!sim_guest_runs(s->g)) {
		s->next = s->g->kernel.stalled;
		s->g->kernel.stalled = s;
		return;
	}
	run_step(s);
	sim_release(s);
}

static void later(struct sim_guest *g, enum step_kind kind, unsigned int source, bool no_ack,
		  int64_t delay_ns)
{
	struct stalled *s = sim_alloc(sizeof(*s));

	*s = (struct stalled){
		.g = g, .epoch = g->kernel.epoch, .kind = kind, .source = source, .no_ack = no_ack
	};
	sim_after(delay_ns, on_step, s);
}

void os_go_on(struct sim_guest *g)
{
	struct stalled *s = g->kernel.stalled, *next;

	g->kernel.stalled = NULL;
	for (; s; s = next) {
		next = s->next;
		sim_after(sim_between_log(SIM_US, SIM_MS), on_step, s);
	}
}

void os_drop_stalled(struct sim_guest *g)
{
	struct stalled *next;

	for (; g->kernel.stalled; g->kernel.stalled = next) {
		next = g->kernel.stalled->next;
		sim_release(g->kernel.stalled);
	}
}

static int64_t step_ns(const struct sim_guest *g)
{
	return sim_between_log(SIM_US, g->kernel.step_max_ns);
}

static uint32_t status_of(const struct sim_source *s)
{
	uint32_t v;

	memcpy(&v, s->block, sizeof(v));
	return v;
}

static bool is_fatal(const struct sim_source *s)
{
	uint32_t severity;

	memcpy(&severity, s->block + 16, sizeof(severity));
	return severity == 1;
}

static void acknowledge(struct sim_guest *g, unsigned int source)
{
	struct sim_source *s = sim_source(g, source);
	struct sim_write *w = s->in_block;

	if (!(s->read_ack & 1))
		sim_trace("%s: os: source %u: read-ack", g->name, source);
	if (w && !w->acked_ns && w->cleared_ns && !(s->read_ack & 1))
		w->acked_ns = sim_now();
	s->read_ack |= 1;
	sim_helper_acked(g);
}

/* The handler of a source is done; what came meanwhile is looked at. */
static void handled(struct sim_guest *g, unsigned int source)
{
	g->kernel.handling &= ~(1u << source);
	if (g->kernel.again & 1u << source) {
		g->kernel.again &= ~(1u << source);
		os_notify(g, source);
	}
}

static void look(struct stalled *s)
{
	struct sim_source *src = sim_source(s->g, s->source);

	if (status_of(src)) {
		later(s->g, STEP_COPY, s->source, s->no_ack, step_ns(s->g));
		return;
	}
	/* A record may come between its look and its read-ack. */
	if (s->g->kernel.os == OS_NETBSD && !s->no_ack)
		later(s->g, STEP_ACK, s->source, false, step_ns(s->g));
	else
		handled(s->g, s->source);
}

static void copy(struct stalled *s)
{
	struct sim_guest *g = s->g;
	struct sim_source *src = sim_source(g, s->source);

	sim_trace("%s: os: source %u: reads the record", g->name, s->source);
	if (src->in_block && !src->in_block->read_ns)
		src->in_block->read_ns = sim_now();
	if (is_fatal(src) && g->kernel.os == OS_LINUX_OLD)
		later(g, STEP_DIE, s->source, false, step_ns(g));
	else
		later(g, STEP_CLEAR, s->source, s->no_ack, step_ns(g));
}

static void clear(struct stalled *s)
{
	struct sim_guest *g = s->g;
	struct sim_source *src = sim_source(g, s->source);
	bool fatal = is_fatal(src);

	sim_trace("%s: os: source %u: clears the %s", g->name, s->source,
		  g->kernel.os == OS_GREEDY ? "block" : "status");
	if (src->in_block && !src->in_block->cleared_ns)
		src->in_block->cleared_ns = sim_now();
	/* NetBSD may have set read-ack before: then nothing more tells the two apart. */
	if (src->in_block && !src->in_block->acked_ns && (src->read_ack & 1))
		src->in_block->acked_ns = sim_now();
	memset(src->block, 0, g->kernel.os == OS_GREEDY ? sizeof(src->block) : 4);
	if (fatal && g->kernel.os == OS_HALFWAY) {
		later(g, STEP_DIE, s->source, false, step_ns(g));
	} else if (s->no_ack) {
		handled(g, s->source);
	} else {
		later(g, STEP_ACK, s->source, fatal, step_ns(g));
	}
}

static void firmware(struct sim_guest *g)
{
	sim_trace("%s: firmware: tables written, blocks are blank", g->name);
	sim_guest_place_tables(g);
	later(g, STEP_ATTACH, 0, false, sim_between_log(10 * SIM_MS, g->kernel.boot_max_ns));
}

static void run_step(struct stalled *s)
{
	struct sim_guest *g = s->g;

	switch (s->kind) {
	case STEP_FIRMWARE:
		firmware(g);
		return;
	case STEP_ATTACH:
		os_attach(g);
		return;
	case STEP_POLL:
		for (unsigned int i = 0; i < SIM_RAISED; i++)
			if (sim_source(g, i))
				os_notify(g, i);
		later(g, STEP_POLL, 0, false, POLL_NS);
		return;
	case STEP_LOOK:
		look(s);
		return;
	case STEP_COPY:
		copy(s);
		return;
	case STEP_CLEAR:
		clear(s);
		return;
	case STEP_ACK:
		acknowledge(g, s->source);
		handled(g, s->source);
		if (s->no_ack) /* here: the record was fatal */
			later(g, STEP_DIE, s->source, false, step_ns(g));
		return;
	case STEP_DIE:
		sim_guest_panic(g);
		return;
	}
}

void os_notify(struct sim_guest *g, unsigned int source)
{
	if (g->kernel.os == OS_DEAF || g->kernel.deaf & 1u << source || !g->kernel.up)
		return;
	if (sim_now() < g->kernel.hears_ns) {
		sim_trace("%s: os: the notification is lost", g->name);
		return;
	}
	if (g->kernel.handling & 1u << source) {
		g->kernel.again |= 1u << source;
		return;
	}
	g->kernel.handling |= 1u << source;
	later(g, STEP_LOOK, source, false, sim_between_log(SIM_US, NOTIFY_MAX_NS));
}

void os_attach(struct sim_guest *g)
{
	sim_trace("%s: os: driver attached", g->name);
	g->kernel.up = true;
	g->kernel.hears_ns = sim_now() + sim_between(0, g->kernel.deaf_max_ns);
	for (unsigned int i = 0; i < SIM_RAISED && g->kernel.os != OS_DEAF; i++) {
		if (!sim_source(g, i) || g->kernel.deaf & 1u << i)
			continue;
		g->kernel.handling |= 1u << i;
		later(g, STEP_LOOK, i, g->kernel.os == OS_NETBSD || g->kernel.os == OS_NETBSD_NMI,
		      sim_between_log(SIM_US, NOTIFY_MAX_NS));
	}
	if (g->kernel.os == OS_FREEBSD || g->kernel.os == OS_NETBSD)
		later(g, STEP_POLL, 0, false, sim_between(1 * SIM_MS, POLL_NS));
}

void os_boot(struct sim_guest *g)
{
	later(g, STEP_FIRMWARE, 0, false, sim_between_log(10 * SIM_MS, g->kernel.boot_max_ns));
}
