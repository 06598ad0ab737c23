// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The page of rasd's own error sources in the definition of a domain, as the manager of guests puts
 * it in and takes it out (guest_manager_ops.definition and .redefine).
 */
#pragma once

#include "guests/domain.h"

/* What is put in. */
struct domain_page {
	const char *page_path, *table_path; /* borrowed */
	const char *ssdt_path;		    /* another table, NULL: none */
	uint64_t gpa, bytes;
	uint64_t max_bytes; /* the machine's new limit of memory, and of slots */
	uint32_t slots, slot;
};

/* What was put in before, and what has to be put back with that. */
struct domain_page_undo {
	bool page;	    /* false: nothing was put in */
	uint64_t set_bytes; /* the limit that was put in */
	uint32_t set_slots;
	uint64_t max_bytes; /* the limit before; 0: none */
	uint32_t slots;
	bool had_numa; /* false: the NUMA cell is ours */
	/*
	 * By how much the limit grows with a page, and the slots by one: where a page is there that
	 * nobody remembers to have put in (a definition of another host).
	 */
	uint64_t grown_bytes;
};

#define DOMAIN_CHANGES_MAX 8
struct domain_changes {
	char line[DOMAIN_CHANGES_MAX][480]; /* for people: what, and the XML */
	size_t n;
};

/* A domain's stored definition, as it was read; domain_definition_free(). */
struct domain_definition {
	char *text;		     /* as it is stored */
	char *without;		     /* the same without the page */
	struct domain_memory memory; /* without the page */
	char machine[48];
	bool runs;
	bool in_use;	 /* it runs with a page */
	bool has_numa;	 /* without the page */
	bool native;	 /* the manager can name a table itself; else by QEMU's command line */
	bool low_split;	 /* QEMU is told where RAM is to be: our computing would be wrong */
	bool other_hest; /* another table is given that takes the place of ours */
	struct domain_changes taken_out;
};

typedef void (*domain_definition_fn)(void *arg, struct domain_definition *def,
				     const struct ras_err *err);
typedef void (*domain_redefined_fn)(void *arg, const struct ras_err *err);

/* NULL is allowed. */
void domain_definition_free(struct domain_definition *d);
