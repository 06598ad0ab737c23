// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The address of the page is in the guest's HEST, which is made before QEMU starts. So it has to be
 * known where QEMU will have room for it, and nothing else may ever be put there.
 *
 * Where QEMU puts memory on a q35 machine (hw/i386/pc.c; `info mtree` of QEMU 7.2 and 11.1 says the
 * same): RAM below LOW_SPLIT bytes is all below 4 GiB; otherwise LOW_BYTES of it are, and the rest
 * begins at 4 GiB. Memory devices begin at the next multiple of 1 GiB, and have (maximum - RAM)
 * bytes, and 1 GiB more for each slot.
 *
 * Rule: the machine's maximum grows by 1 GiB and its slots by one, and the page is put at the last
 * multiple of 1 GiB below the new maximum. So it is behind all memory that could be plugged in
 * before: QEMU fills the window from its beginning, and takes nothing away from what an
 * administrator has planned. A wrong address would be no danger to the guest's memory, because QEMU
 * does not start with one outside of the window; but then the guest would not start.
 */
#include "provision/base.h"

#include <inttypes.h>
#include <string.h>

#include "acpi/ghes_page.h"

#define GIB (UINT64_C(1) << 30)
#define LOW_SPLIT UINT64_C(0xb0000000)
#define LOW_BYTES (2 * GIB)
#define HIGH_BEGIN (4 * GIB)
/*
 * Guests of AMD CPUs have a hole below 1 TiB, and QEMU moves all memory behind it where it would
 * reach the hole. We stay far enough below: QEMU counts its PCI window (32 GiB), too.
 */
#define END_MAX (UINT64_C(960) * GIB)
#define SLOTS_MAX 256u /* QEMU's own limit */

bool ghes_machine_known(const char *machine)
{
	return strcmp(machine, "q35") == 0 || strncmp(machine, "pc-q35-", 7) == 0;
}

static uint64_t round_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

/* Where memory devices begin. */
static uint64_t window_begin(uint64_t ram_bytes)
{
	uint64_t high = ram_bytes < LOW_SPLIT ? 0 : ram_bytes - LOW_BYTES;

	return HIGH_BEGIN + round_up(high, GHES_PAGE_BASE_ALIGN);
}

static int check(const char *machine, const struct domain_memory *m, uint64_t ram,
		 struct ras_err *err)
{
	if (!ghes_machine_known(machine))
		return ras_fail(err, RAS_E_NOT_CAPABLE,
				"machine %s: rasd knows the address space of q35 machines only",
				machine);
	if (!ram || ram % (UINT64_C(1) << 20))
		return ras_fail(err, RAS_E_LAYOUT,
				"%" PRIu64 " bytes of RAM: it must be a number of MiB", ram);
	if (m->slots >= SLOTS_MAX) {
		ras_fail(err, RAS_E_LAYOUT, "all %u slots for memory are defined: none is left",
			 m->slots);
		return ras_hint(err, "define %u slots at most", SLOTS_MAX - 1);
	}
	return 0;
}

int ghes_place_find(const char *machine, const struct domain_memory *m, struct ghes_place *out,
		    struct ras_err *err)
{
	uint64_t ram = m->total_bytes - m->devices_bytes, begin, max;
	struct ghes_place p;
	int r;

	if (m->total_bytes < m->devices_bytes || m->total_bytes > END_MAX || m->max_bytes > END_MAX)
		return ras_fail(err, RAS_E_LAYOUT,
				"memory of %" PRIu64 " bytes, at most %" PRIu64
				": QEMU's layout is not known",
				m->total_bytes, m->max_bytes);
	r = check(machine, m, ram, err);
	if (r < 0)
		return r;
	begin = window_begin(ram);
	max = (m->max_bytes > ram ? m->max_bytes : ram) + GHES_PAGE_BASE_ALIGN;
	p = (struct ghes_place){
		.ram_bytes = ram,
		.base_gpa = begin + (max - ram - GHES_PAGE_BYTES) / GHES_PAGE_BASE_ALIGN *
					    GHES_PAGE_BASE_ALIGN,
		.max_bytes = max,
		.slots = m->slots + 1,
		.slot = m->slots,
	};
	/* The slots' own gigabytes are behind it. */
	if (p.base_gpa + GIB * (p.slots + 1) > END_MAX)
		return ras_fail(err, RAS_E_LAYOUT,
				"the page would be at 0x%" PRIx64 ", and %u slots behind it: "
				"too near to 1 TiB, where QEMU's layout depends on the CPU",
				p.base_gpa, p.slots);
	if (m->devices_end > p.base_gpa) {
		ras_fail(err, RAS_E_LAYOUT,
			 "a memory device of this machine ends at 0x%" PRIx64 ", behind 0x%" PRIx64
			 " where the page has to be",
			 m->devices_end, p.base_gpa);
		return ras_hint(err, "take the address from the device, so that QEMU chooses it");
	}
	*out = p;
	return 0;
}
