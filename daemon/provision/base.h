// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where in a guest's address space the page of its error sources can be. Pure. */
#pragma once

#include "guests/domain.h"

/* What has to be changed in a machine for it, and where the page is then. */
struct ghes_place {
	uint64_t ram_bytes; /* at the start, without devices */
	uint64_t base_gpa;
	uint64_t max_bytes; /* the machine's new limit of memory, and of slots */
	uint32_t slots;
	uint32_t slot; /* the page's own */
};

/*
 * The place for a machine ("pc-q35-11.1") with this memory, whose definition has no page.
 * RAS_E_NOT_CAPABLE: a machine that rasd cannot serve so; RAS_E_LAYOUT: there is no place.
 */
int ghes_place_find(const char *machine, const struct domain_memory *memory, struct ghes_place *out,
		    struct ras_err *err);

/* True for the machines that ghes_place_find() knows. */
bool ghes_machine_known(const char *machine);
