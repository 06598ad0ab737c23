// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages of the host, and what happens to them. A guest has SIM_PAGES pages that may go bad. When
 * its QEMU ends, or a page is given back, the next guest that needs pages gets these first: so an
 * old report names a page that has another owner by now, as often as it can.
 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cper/cper.h"
#include "cper/sections.h"
#include "host_sources.h"
#include "oracle.h"

#define PAGES_MAX 64u
#define FIRST_PFN UINT64_C(0x100000)

static struct sim_page page[PAGES_MAX];
static size_t n_pages;
static struct sim_error *errors; /* newest first */
static struct sim_host_terms terms;
static unsigned int boot;

struct sim_guest *sim_page_owner(const struct sim_page *p)
{
	struct sim_guest *g = p->guest;

	return g && g->proc.exists && g->proc.start_time == p->start_time ? g : NULL;
}

unsigned int sim_host_huge(void)
{
	return terms.huge ? terms.huge : 1;
}

unsigned int sim_host_elsewhere(void)
{
	return terms.elsewhere;
}

struct sim_page *sim_page_at(uint64_t pfn)
{
	pfn -= pfn % sim_host_huge();
	for (size_t i = 0; i < n_pages; i++)
		if (page[i].pfn == pfn)
			return &page[i];
	return NULL;
}

void sim_host_begin(const struct sim_host_terms *t)
{
	terms = *t;
	n_pages = 0;
	boot = 0;
	errors = NULL;
	sim_host_sources_begin(t);
}

void sim_host_clear(void)
{
	memset(&terms, 0, sizeof(terms));
	n_pages = 0;
	errors = NULL;
	sim_host_sources_clear();
}

/* A page that nobody has; those of ended guests before new ones. */
static struct sim_page *free_page(void)
{
	for (size_t i = 0; i < n_pages; i++)
		if (!sim_page_owner(&page[i]) && !page[i].poisoned && page[i].guest)
			return &page[i];
	if (n_pages == PAGES_MAX)
		return NULL;
	page[n_pages] = (struct sim_page){ .pfn = FIRST_PFN + n_pages * sim_host_huge() };
	return &page[n_pages++];
}

static void give(struct sim_page *p, struct sim_guest *g, uint64_t gpa)
{
	p->guest = g;
	p->start_time = g->proc.start_time;
	p->gpa = gpa;
	p->lost_to_guest = p->confirmed = false;
	p->since_ns = clock_boot_ns();
}

void sim_host_guest_starts(struct sim_guest *g)
{
	if (!terms.on)
		return;
	for (unsigned int i = 0; i < SIM_PAGES; i++) {
		struct sim_page *p = free_page();

		if (p)
			give(p, g, SIM_BAD_GPA + i * sim_host_huge() * SIM_PAGE_BYTES);
	}
}

void sim_host_boots_again(void)
{
	boot++;
	for (size_t i = 0; i < n_pages; i++)
		page[i].poisoned = page[i].lost_to_guest = false;
	sim_host_sources_boot();
}

/* One of g's pages that is not bad yet; without g, one of nobody. */
static struct sim_page *victim(struct sim_guest *g)
{
	struct sim_page *p[PAGES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < n_pages; i++)
		if (sim_page_owner(&page[i]) == g && !page[i].poisoned)
			p[n++] = &page[i];
	if (n)
		return p[sim_below(n)];
	return g ? NULL : free_page();
}

void sim_host_error(struct sim_guest *g, enum sim_error_kind kind, unsigned int n)
{
	struct sim_page *p = victim(g);
	struct sim_error *e;

	if (!p)
		return;
	e = sim_alloc(sizeof(*e));
	*e = (struct sim_error){ .next = errors,
				 .kind = kind,
				 .n = n,
				 .at_ns = sim_now(),
				 .boot = boot,
				 .boot_ns = clock_boot_ns(),
				 .real_ns = clock_real_ns(),
				 .pfn = p->pfn,
				 .guest = sim_page_owner(p),
				 .start_time = p->start_time,
				 .gpa = p->gpa };
	errors = e;
	sim_trace("host: page 0x%llx of %s: %s", (unsigned long long)p->pfn,
		  e->guest ? e->guest->name : "nobody",
		  kind == ERROR_CORRECTED ? "corrected" :
		  kind == ERROR_LOST	  ? "lost" :
					    "lost, and used");
	if (kind != ERROR_CORRECTED) {
		p->poisoned = true;
		p->lost_to_guest = e->guest;
	}
	sim_host_sources_report(e);
}

void sim_host_reuse(struct sim_guest *g, struct sim_guest *to)
{
	for (size_t i = 0; i < n_pages; i++) {
		struct sim_page *p = &page[i];
		bool hit = false;

		for (const struct sim_error *e = errors; e; e = e->next)
			hit |= e->pfn == p->pfn && e->boot == boot;
		if (!hit || sim_page_owner(p) != g || !to->proc.exists)
			continue;
		/* The host has found it to be good again, or it was corrected only. */
		p->poisoned = false;
		give(p, to, SIM_BAD_GPA + (SIM_PAGES + i) * sim_host_huge() * SIM_PAGE_BYTES);
		sim_trace("host: page 0x%llx belongs to %s now", (unsigned long long)p->pfn,
			  to->name);
	}
}

bool sim_host_quiet(void)
{
	return !terms.on || sim_host_sources_quiet();
}

/* --- the witness --- */

/* The guest address that a record of ours for a host error names; 0: it is none. */
static uint64_t named_gpa(const struct cper_entry *e)
{
	struct cper_memory m;

	if (cper_decode_memory(e, &m, NULL) < 0 || m.physical_address < SIM_BAD_GPA)
		return 0;
	return m.physical_address & ~(SIM_PAGE_BYTES - 1);
}

static struct sim_error *error_of(const struct sim_guest *g, uint64_t gpa, bool corrected)
{
	struct sim_error *found = NULL;

	for (struct sim_error *e = errors; e; e = e->next)
		if (e->boot == boot && e->guest == g && e->start_time == g->proc.start_time &&
		    gpa >= e->gpa && gpa < e->gpa + sim_host_huge() * SIM_PAGE_BYTES &&
		    (e->kind == ERROR_CORRECTED) == corrected)
			found = e; /* the oldest */
	return found;
}

static void note_told(struct sim_error *e, uint64_t gpa)
{
	uint32_t bit = UINT32_C(1) << (gpa - e->gpa) / SIM_PAGE_BYTES;

	e->n_writes++;
	if ((e->told & bit) && e->kind == ERROR_LOST)
		sim_fail("%s: is told twice of the page at 0x%llx", e->guest->name,
			 (unsigned long long)gpa);
	e->told |= bit;
}

void sim_host_write(struct sim_guest *g, const uint8_t *rec, size_t len)
{
	struct cper_view v;
	struct cper_entry entry;

	if (!terms.on || cper_view_init(&v, rec, len, NULL) < 0)
		return;
	while (cper_view_next(&v, &entry, NULL) == 1) {
		uint64_t gpa = named_gpa(&entry);
		struct sim_error *e =
			gpa ? error_of(g, gpa, entry.severity == CPER_SEV_CORRECTED) : NULL;

		if (!gpa)
			continue;
		if (!e)
			sim_fail("%s: is told of an error at 0x%llx that it never had", g->name,
				 (unsigned long long)gpa);
		else if (terms.deny & 1u << g->index)
			sim_fail("%s: is told of an error without a grant", g->name);
		else if (e->kind == ERROR_CONSUMED)
			sim_fail("%s: is told of what it was signalled for", g->name);
		else if (e->kind == ERROR_CORRECTED && !terms.forward_corrected)
			sim_fail("%s: is told of a corrected error", g->name);
		else if (!sim_page_at(e->pfn)->confirmed)
			sim_fail("%s: is told of a page that QEMU has not confirmed", g->name);
		else
			note_told(e, gpa);
	}
}

void sim_host_judge(void)
{
	if (!terms.on || !terms.must)
		return;
	for (const struct sim_error *e = errors; e; e = e->next) {
		const struct sim_page *p = sim_page_at(e->pfn);

		if (e->kind != ERROR_LOST || e->boot != boot || !e->guest || !p ||
		    sim_page_owner(p) != e->guest || p->gpa != e->gpa ||
		    (terms.deny & 1u << e->guest->index) || e->guest->revoked_ns)
			continue;
		/* It may have been sent, or not, before rasd was killed: never sent again. */
		if (e->told != (UINT64_C(1) << sim_host_huge()) - 1 && !oracle_unknown(e->guest))
			sim_fail("%s: is not told of the page at 0x%llx that it lost",
				 e->guest->name, (unsigned long long)e->gpa);
	}
}
