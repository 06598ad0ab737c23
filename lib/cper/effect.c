// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: the severity of a record does not say what the guest's kernel does with it. A flag of a
 * corrected section takes a page out of use or resets a PCIe link. A grant that counts severities
 * only would allow that to everybody who may send corrected errors.
 *
 * Rule: this file knows what Linux does, and from which severity on a record of that severity alone
 * does as much. The policy takes the worse of the two. What Linux does (6.12; paths are the
 * kernel's; "block" and "section" are the severities of the status block and of the section):
 *
 *   effect             condition                                    kernel file, function
 *   panic              block fatal or unknown; no section is        drivers/acpi/apei/ghes.c,
 *                      handled then                                 ghes_proc()
 *   page-soft-offline  memory section corrected, flag               ghes.c,
 *                      threshold_exceeded, physical address valid;  ghes_handle_memory_failure();
 *                      whatever the block says                      mm/memory-failure.c,
 *                                                                   soft_offline_page()
 *   page-offline       memory section and block recoverable,        the same; memory_failure()
 *                      physical address valid
 *   page-offline       ARM processor section and block              ghes.c,
 *                      recoverable: each cache error with a         ghes_handle_arm_hw_error();
 *                      physical fault address                       memory_failure()
 *   pcie-recovery      PCIe section recoverable, device id and AER  ghes.c, ghes_handle_aer();
 *                      registers valid; whatever the block says     drivers/pci/pcie/aer.c,
 *                                                                   aer_recover_work_func()
 *   pcie-reset         the same with severity fatal, or any         the same; err.c,
 *                      severity with flag reset                     pcie_do_recovery() with
 *                                                                   pci_channel_io_frozen
 *   (only logged)      every other section, CXL events and errors   ghes.c, ghes_do_proc();
 *                      and memory error 2 among them                drivers/cxl
 *
 * A page that is moved counts as recoverable: the guest has less memory from then on, which is what
 * a recoverable memory error does, too. Resetting a link counts as fatal, as AER itself calls it:
 * devices behind it lose their state, and virtio drivers do not get it back.
 *
 * Not known here: whether the page is free, whether the device exists, and whether the guest was
 * built or set (vm.memory_failure_recovery, vm.enable_soft_offline, edac_core.edac_mc_panic_on_ue)
 * to do something else. So this is what Linux may do, never less than it does by default. Not seen
 * here are sums over many records: the corrected errors collector of x86 (drivers/ras/cec.c) takes
 * a page offline after about a thousand of them, and programs in the guest may do as they like.
 *
 * tests/integration/test_effects.py compares this table with a real kernel.
 */
#include "cper/effect.h"

#include <stdbool.h>
#include <stdio.h>

#include "cper/section.h"

/* Flags of a data entry, UEFI 2.10 N.2.2. */
#define FLAG_RESET 0x04u
#define FLAG_THRESHOLD_EXCEEDED 0x08u

static const struct {
	const char *name;
	uint32_t severity;
} kinds[CPER_EFFECT_MAX] = {
	[CPER_EFFECT_PAGE_SOFT_OFFLINE] = { "page-soft-offline", CPER_SEV_RECOVERABLE },
	[CPER_EFFECT_PAGE_OFFLINE] = { "page-offline", CPER_SEV_RECOVERABLE },
	[CPER_EFFECT_PCIE_RECOVERY] = { "pcie-recovery", CPER_SEV_RECOVERABLE },
	[CPER_EFFECT_PCIE_RESET] = { "pcie-reset", CPER_SEV_FATAL },
	[CPER_EFFECT_PANIC] = { "panic", CPER_SEV_FATAL },
};

struct walk {
	cper_effect_fn *fn;
	void *ctx;
	uint32_t block_severity;
};

static void page(const struct walk *w, const struct cper_entry *e, enum cper_effect_kind kind,
		 uint64_t gpa)
{
	const struct cper_effect x = { .kind = kind, .entry = e->index, .gpa = gpa };

	w->fn(w->ctx, &x);
}

static void memory(const struct walk *w, const struct cper_entry *e)
{
	const uint8_t *s = e->section;

	if (e->section_len < 24 || !(le64(s) & CPER_MEM_VALID_PA))
		return;
	if (e->severity == CPER_SEV_CORRECTED && (e->flags & FLAG_THRESHOLD_EXCEEDED))
		page(w, e, CPER_EFFECT_PAGE_SOFT_OFFLINE, le64(s + 16));
	else if (e->severity == CPER_SEV_RECOVERABLE && w->block_severity == CPER_SEV_RECOVERABLE)
		page(w, e, CPER_EFFECT_PAGE_OFFLINE, le64(s + 16));
}

/*
 * UEFI 2.9A changed the type of an error from a number (0: cache) to a set of bits (bit 1: cache).
 * Older kernels know the number, later ones the bit. Either counts.
 */
static bool is_cache_error(uint8_t type)
{
	return type == 0 || (type & CPER_ARM_TYPE_CACHE);
}

static void arm(const struct walk *w, const struct cper_entry *e)
{
	const uint8_t *s = e->section;
	uint64_t pos = 40;
	uint32_t infos;

	if (e->section_len < 40 || e->severity != CPER_SEV_RECOVERABLE ||
	    w->block_severity != CPER_SEV_RECOVERABLE)
		return;
	infos = le16(s + 4);
	for (uint32_t i = 0; i < infos && pos + 32 <= e->section_len; i++) {
		if (is_cache_error(s[pos + 4]) &&
		    (le16(s + pos + 2) & CPER_ARM_INFO_VALID_PHYSICAL_ADDRESS))
			page(w, e, CPER_EFFECT_PAGE_OFFLINE, le64(s + pos + 24));
		if (!s[pos + 1])
			return; /* Linux would look at the same one again */
		pos += s[pos + 1];
	}
}

static void pcie(const struct walk *w, const struct cper_entry *e)
{
	const uint64_t need = CPER_PCIE_VALID_DEVICE_ID | CPER_PCIE_VALID_AER_INFO;
	const uint8_t *s = e->section;
	struct cper_effect x = { .kind = CPER_EFFECT_PCIE_RECOVERY, .entry = e->index };

	if (e->section_len < 40 || (le64(s) & need) != need)
		return;
	if ((e->flags & FLAG_RESET) || e->severity == CPER_SEV_FATAL)
		x.kind = CPER_EFFECT_PCIE_RESET;
	else if (e->severity != CPER_SEV_RECOVERABLE)
		return;
	x.function = s[31];
	x.device = s[32];
	x.segment = le16(s + 33);
	x.bus = s[35];
	w->fn(w->ctx, &x);
}

static void section(const struct walk *w, const struct cper_entry *e)
{
	const struct cper_section *s = cper_section_find(&e->section_type);

	if (s == &cper_section_memory)
		memory(w, e);
	else if (s == &cper_section_arm)
		arm(w, e);
	else if (s == &cper_section_pcie)
		pcie(w, e);
}

/* Linux walks by lengths of 32 bits; cper_hazard() refuses those that wrap. */
static int entries(const struct walk *w, const uint8_t *buf, uint64_t end)
{
	struct cper_entry e = { 0 };
	uint64_t pos = CPER_BLOCK_SIZE;

	while (pos < end) {
		if (end - pos < CPER_ENTRY_SIZE_V2)
			return -1;
		e.header_size = buf[pos + 21] >= 3 ? CPER_ENTRY_SIZE : CPER_ENTRY_SIZE_V2;
		e.section_len = le32(buf + pos + 24);
		if ((uint64_t)e.header_size + e.section_len > end - pos)
			return -1;
		memcpy(e.section_type.b, buf + pos, sizeof(e.section_type.b));
		e.severity = le32(buf + pos + 16);
		e.flags = buf[pos + 23];
		e.section = buf + pos + e.header_size;
		section(w, &e);
		pos += e.header_size + e.section_len;
		e.index++;
	}
	return 0;
}

int cper_effects(const void *data, size_t len, cper_effect_fn *fn, void *ctx)
{
	const uint8_t *buf = data;
	struct walk w = { .fn = fn, .ctx = ctx };
	uint64_t end;
	bool sound;
	int r;

	if (len < CPER_BLOCK_SIZE)
		return -1;
	end = (uint64_t)CPER_BLOCK_SIZE + le32(buf + 12);
	sound = end <= len && (!le32(buf + 8) || le32(buf + 4) >= end);
	w.block_severity = cper_block_severity(buf);
	if (w.block_severity == CPER_SEV_FATAL || w.block_severity > CPER_SEV_INFO) {
		fn(ctx, &(const struct cper_effect){ .kind = CPER_EFFECT_PANIC });
		return sound ? 0 : -1;
	}
	r = entries(&w, buf, end < len ? end : len);
	return sound ? r : -1;
}

uint32_t cper_effect_severity(enum cper_effect_kind kind)
{
	return kind < CPER_EFFECT_MAX ? kinds[kind].severity : CPER_SEV_FATAL;
}

const char *cper_effect_name(enum cper_effect_kind kind)
{
	return kind < CPER_EFFECT_MAX ? kinds[kind].name : "unknown";
}

static void device_text(char *out, const char *before, const struct cper_effect *x,
			const char *after)
{
	snprintf(out, CPER_EFFECT_TEXT_SIZE, "%s%04x:%02x:%02x.%x%s", before, x->segment, x->bus,
		 x->device, x->function, after);
}

void cper_effect_text(const struct cper_effect *x, char out[CPER_EFFECT_TEXT_SIZE])
{
	const unsigned long long gpa = x->gpa;

	switch (x->kind) {
	case CPER_EFFECT_PAGE_SOFT_OFFLINE:
		snprintf(out, CPER_EFFECT_TEXT_SIZE,
			 "moves the page at 0x%llx elsewhere and takes it offline", gpa);
		break;
	case CPER_EFFECT_PAGE_OFFLINE:
		snprintf(out, CPER_EFFECT_TEXT_SIZE,
			 "takes the page at 0x%llx offline; a process that uses it may be killed",
			 gpa);
		break;
	case CPER_EFFECT_PCIE_RECOVERY:
		device_text(out, "makes the driver of PCIe device ", x, " recover");
		break;
	case CPER_EFFECT_PCIE_RESET:
		device_text(out, "resets the PCIe link of ", x, "; what is behind it may be lost");
		break;
	case CPER_EFFECT_PANIC:
	case CPER_EFFECT_MAX:
		snprintf(out, CPER_EFFECT_TEXT_SIZE, "panics");
		break;
	}
}
