// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A machine check holds an address and a few bits; a CPER record holds sections with dozens of
 * fields. So only a record that is exactly one memory error with an address has a machine check
 * that says the same to the guest's kernel, and of its fields only address and severity arrive.
 *
 * | severity    | Intel                                | AMD                                    |
 * |-------------|--------------------------------------|----------------------------------------|
 * | corrected   | corrected, found by the guest's poll | the same                               |
 * | recoverable | action optional (SRAO), to one CPU   | deferred and poison, found by the poll |
 * | fatal       | processor context corrupt: panic     | the same                               |
 *
 * What is not offered, because Linux panics where a kernel with real hardware would not:
 *   - SRAO without the LMCE bit: it waits for all CPUs, and QEMU's command goes to one
 *   - an uncorrected error without action (UCNA): QEMU raises an exception, Linux expects none
 *   - action required (SRAR): harmless only if that CPU runs a process just then, which nobody can
 *     choose
 *   - on AMD every exception: the flags for recovery are not offered under TCG
 */
#include "backend/mce_map.h"

#include <string.h>

#include "backend/single.h"
#include "cper/cper.h"
#include "cper/sections.h"

/* The bank that QEMU itself uses for errors that the kernel signals it for. */
#define BANK 9u

/* MCi_STATUS */
#define STATUS_VALID (UINT64_C(1) << 63)
#define STATUS_UNCORRECTED (UINT64_C(1) << 61)
#define STATUS_ENABLED (UINT64_C(1) << 60)
#define STATUS_MISC_VALID (UINT64_C(1) << 59)
#define STATUS_ADDR_VALID (UINT64_C(1) << 58)
#define STATUS_CONTEXT_CORRUPT (UINT64_C(1) << 57)
#define STATUS_SIGNALLED (UINT64_C(1) << 56)
#define STATUS_DEFERRED (UINT64_C(1) << 44)
#define STATUS_POISON (UINT64_C(1) << 43)
#define STATUS_ONE_CORRECTED (UINT64_C(1) << 38) /* the count of corrected errors is 1 */
#define STATUS_COMMON (STATUS_VALID | STATUS_ENABLED | STATUS_MISC_VALID | STATUS_ADDR_VALID)

/* Error codes of MCi_STATUS bits 15:0: memory controller, read; the same by the memory scrubber. */
#define CODE_MEMORY_READ 0x0090u
#define CODE_MEMORY_SCRUB 0x00c0u

/* MCG_STATUS */
#define MCG_RESTART_VALID 0x1u
#define MCG_IN_PROGRESS 0x4u
#define MCG_LOCAL 0x8u

/*
 * MCi_MISC: MCi_ADDR is a physical address, right to 4 KiB. Not to 2 MiB, for several pages at
 * once: Linux does nothing for an address that is less exact than a page (Intel), or takes one page
 * out of use (AMD). Both were measured.
 */
#define MISC_PHYSICAL_PAGE 0x8cu

/* No processor has more bits of a physical address. */
#define ADDRESS_END (UINT64_C(1) << 52)

enum mce_vendor mce_vendor_of(const char *word)
{
	if (strcmp(word, "GenuineIntel") == 0)
		return MCE_VENDOR_INTEL;
	if (strcmp(word, "AuthenticAMD") == 0)
		return MCE_VENDOR_AMD;
	return MCE_VENDOR_OTHER;
}

static int no_mce(struct ras_err *err, const char *what)
{
	ras_fail(err, RAS_E_NOT_CAPABLE,
		 "hmp-mce takes records of exactly one memory error with an address; %s", what);
	return ras_hint(err, MCE_HOW_ELSE);
}

/* 0, address and severity of the only entry. */
static int read_record(const uint8_t *record, size_t len, uint64_t *gpa, uint32_t *severity,
		       struct ras_err *err)
{
	struct cper_memory2 m2;
	struct cper_memory m = { 0 };
	struct cper_entry e = { 0 };
	uint32_t worst = 0;
	const char *wrong = single_entry(record, len, &e, &worst);

	if (wrong)
		return no_mce(err, wrong);
	if (cper_decode_memory(&e, &m, NULL) < 0) {
		if (cper_decode_memory2(&e, &m2, NULL) < 0)
			return no_mce(err, "this one is another error");
		m.validation_bits = m2.validation_bits;
		m.physical_address = m2.physical_address;
	}
	if (!(m.validation_bits & CPER_MEM_VALID_PA))
		return no_mce(err, "this one has no address");
	if (m.physical_address >= ADDRESS_END)
		return no_mce(err, "this one has an address of over 52 bits");
	*gpa = m.physical_address;
	*severity = worst;
	return 0;
}

static int map_recoverable(enum mce_vendor vendor, struct mce_mapped *m, struct ras_err *err)
{
	switch (vendor) {
	case MCE_VENDOR_NOT_ASKED:
		return 0;
	case MCE_VENDOR_INTEL:
		m->mce.status =
			STATUS_COMMON | STATUS_UNCORRECTED | STATUS_SIGNALLED | CODE_MEMORY_SCRUB;
		m->mce.mcg_status = MCG_RESTART_VALID | MCG_IN_PROGRESS | MCG_LOCAL;
		m->exception = true;
		return 0;
	case MCE_VENDOR_AMD:
		m->mce.status = STATUS_COMMON | STATUS_DEFERRED | STATUS_POISON | CODE_MEMORY_SCRUB;
		m->deferred = true;
		return 0;
	case MCE_VENDOR_OTHER:
		break;
	}
	ras_fail(err, RAS_E_NOT_CAPABLE,
		 "hmp-mce knows machine checks of Intel and AMD processors, not of this one");
	return ras_hint(err, MCE_HOW_ELSE);
}

static int map_fatal(bool allow_crash, struct mce_mapped *m, struct ras_err *err)
{
	if (!allow_crash) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "a fatal machine check makes the guest panic; hmp-mce sends none unless "
			 "an admin allows that");
		return ras_hint(err, "rasctl inject --allow-crash; or " MCE_HOW_ELSE);
	}
	m->mce.status =
		STATUS_COMMON | STATUS_UNCORRECTED | STATUS_CONTEXT_CORRUPT | CODE_MEMORY_READ;
	m->mce.mcg_status = MCG_IN_PROGRESS | MCG_LOCAL;
	m->exception = true;
	return 0;
}

int mce_map(const uint8_t *record, size_t len, enum mce_vendor vendor, bool allow_crash,
	    struct mce_mapped *out, struct ras_err *err)
{
	struct mce_mapped m = { .mce = { .bank = BANK, .misc = MISC_PHYSICAL_PAGE } };
	uint32_t severity;
	int r = read_record(record, len, &m.mce.addr, &severity, err);

	if (r < 0)
		return r;
	if (vendor == MCE_VENDOR_OTHER)
		return map_recoverable(vendor, &m, err);
	switch (severity) {
	case CPER_SEV_CORRECTED:
		m.mce.status = STATUS_COMMON | STATUS_ONE_CORRECTED | CODE_MEMORY_READ;
		break;
	case CPER_SEV_RECOVERABLE:
		r = map_recoverable(vendor, &m, err);
		break;
	case CPER_SEV_FATAL:
		r = map_fatal(allow_crash, &m, err);
		break;
	default:
		r = no_mce(err, "this one is no error, only information");
		break;
	}
	if (r == 0)
		*out = m;
	return r;
}
