// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Machine checks of x86, corrected or not, by the registers of their bank.
 *
 * Theory of operation: what makes this hard is the address. A bank may have none, and what it has
 * may be no system physical address. rasd follows the kernel's own rule for calling
 * memory_failure() (mce_usable_address()), because another rule would give a wrong page:
 *
 *   no ADDRV                          no address
 *   bank 255 (made by the kernel of   the address of the CPER record, if MISC says "physical"
 *   a firmware record, APEI)
 *   Intel, Zhaoxin                    only with MISCV, address mode "physical", and no more than a
 *                                     page's bits unknown; the unknown low bits are noise
 *   AMD, Hygon                        only with POISON; other banks report addresses of their own
 *                                     kind (a memory controller's is normalized), which mc_event
 *                                     has translated
 *   others                            none
 */
#include "sources/mce.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define BIT_OF(n) (UINT64_C(1) << (n))
#define STATUS_VAL BIT_OF(63)
#define STATUS_UC BIT_OF(61)
#define STATUS_MISCV BIT_OF(59)
#define STATUS_ADDRV BIT_OF(58)
#define STATUS_PCC BIT_OF(57)
#define STATUS_S BIT_OF(56)	   /* Intel: signalled as a machine check */
#define STATUS_AR BIT_OF(55)	   /* Intel: action required */
#define STATUS_DEFERRED BIT_OF(44) /* AMD */
#define STATUS_POISON BIT_OF(43)   /* AMD */
#define STATUS_COUNT(s) ((s) >> 38 & 0x7fff)
#define CAP_COUNTS BIT_OF(10) /* MCG_CMCI_P: the bank counts corrected errors */
#define MISC_LSB(m) ((m)&0x3f)
#define MISC_MODE(m) ((m) >> 6 & 7)
#define MISC_MODE_PHYSICAL 2
#define LSB_MAX 12 /* x86: a page */
#define BANK_APEI 255

/* The kernel's X86_VENDOR_*. */
enum {
	VENDOR_INTEL = 0,
	VENDOR_AMD = 2,
	VENDOR_HYGON = 9,
	VENDOR_ZHAOXIN = 10,
	VENDOR_UNKNOWN = 0xff
};

static bool is_amd(const struct mce_registers *m)
{
	return m->vendor == VENDOR_AMD || m->vendor == VENDOR_HYGON;
}

static bool is_intel(const struct mce_registers *m)
{
	return m->vendor == VENDOR_INTEL || m->vendor == VENDOR_ZHAOXIN;
}

/* How many low bits of the address say nothing; -1: it is no physical address. */
static int unknown_bits(const struct mce_registers *m)
{
	if (!(m->status & STATUS_ADDRV))
		return -1;
	if (is_amd(m) && m->bank != BANK_APEI)
		return m->status & STATUS_POISON ? 0 : -1;
	if (!is_intel(m) && m->bank != BANK_APEI)
		return -1;
	if (!(m->status & STATUS_MISCV) || MISC_MODE(m->misc) != MISC_MODE_PHYSICAL ||
	    MISC_LSB(m->misc) > LSB_MAX)
		return -1;
	return (int)MISC_LSB(m->misc);
}

static enum event_severity severity(const struct mce_registers *m)
{
	if (!(m->status & STATUS_UC))
		return is_amd(m) && m->status & STATUS_DEFERRED ? EVENT_DEFERRED : EVENT_CORRECTED;
	if (m->status & STATUS_PCC)
		return EVENT_FATAL;
	/* Intel's UCNA: found, not used, not signalled as a machine check. */
	if (is_intel(m) && m->bank != BANK_APEI && !(m->status & (STATUS_S | STATUS_AR)))
		return EVENT_DEFERRED;
	return EVENT_UNCORRECTED;
}

/* The kernel's mce_is_memory_error() of Intel: the bad byte is in memory, or in a cache of it. */
static bool is_memory(const struct mce_registers *m, bool has_address)
{
	if (m->bank == BANK_APEI)
		return true;
	if (is_amd(m))
		return has_address;
	return (m->status & 0xef80) == 0x80 || (m->status & 0xef00) == 0x100 ||
	       (m->status & 0xeffc) == 0xc;
}

bool mce_event(const struct mce_registers *m, struct ras_event *e)
{
	int bits;

	if (!(m->status & STATUS_VAL))
		return false;
	bits = unknown_bits(m);
	e->severity = severity(m);
	e->kind = is_memory(m, bits >= 0) ? EVENT_MEMORY : EVENT_PROCESSOR;
	e->action_required = is_intel(m) && m->bank != BANK_APEI && m->status & STATUS_UC &&
			     m->status & STATUS_AR && !(m->status & STATUS_PCC);
	if (bits >= 0)
		event_at(e, m->addr, UINT64_C(1) << bits);
	if (e->severity == EVENT_CORRECTED && m->mcgcap & CAP_COUNTS && STATUS_COUNT(m->status))
		e->count = (uint32_t)STATUS_COUNT(m->status);
	event_detail(e,
		     "machine check: cpu %" PRIu64 " bank %" PRIu64 " status 0x%016" PRIx64
		     " addr 0x%" PRIx64 " misc 0x%" PRIx64 " socket %" PRIu64,
		     m->cpu, m->bank, m->status, m->addr, m->misc, m->socket);
	return true;
}

uint64_t mce_vendor(const char *word)
{
	static const struct {
		const char *word, *short_word;
		uint64_t vendor;
	} of[] = { { "GenuineIntel", "Intel", VENDOR_INTEL },
		   { "AuthenticAMD", "AMD", VENDOR_AMD },
		   { "HygonGenuine", "Hygon", VENDOR_HYGON },
		   { "Shanghai  ", "Zhaoxin", VENDOR_ZHAOXIN } };

	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if (strcmp(word, of[i].word) == 0 || strcmp(word, of[i].short_word) == 0)
			return of[i].vendor;
	return VENDOR_UNKNOWN;
}

uint64_t mce_host_vendor(void)
{
	_fclose_ FILE *f = fopen("/proc/cpuinfo", "re");
	char line[256], word[16];

	for (unsigned int n = 0; f && n < 32 && fgets(line, sizeof(line), f); n++)
		if (sscanf(line, "vendor_id : %15[^\n]", word) == 1)
			return mce_vendor(word);
	return VENDOR_UNKNOWN;
}
