// SPDX-License-Identifier: LGPL-2.1-or-later
/* mce_record as an event: what is an address, how bad it is, how many errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "sources/trace/decode.h"
#include "tests/unit/trace_env.h"

#define VAL (UINT64_C(1) << 63)
#define UC (UINT64_C(1) << 61)
#define MISCV (UINT64_C(1) << 59)
#define ADDRV (UINT64_C(1) << 58)
#define PCC (UINT64_C(1) << 57)
#define S_BIT (UINT64_C(1) << 56)
#define AR (UINT64_C(1) << 55)
#define DEFERRED (UINT64_C(1) << 44)
#define POISON (UINT64_C(1) << 43)
#define PHYSICAL(lsb) (2u << 6 | (lsb))
#define INTEL 0
#define AMD 2
#define CMCI (1u << 10)

static const struct mce_case {
	const char *what;
	uint64_t status, addr, misc;
	unsigned int vendor, bank, cap;
	bool has_hpa;
	uint64_t hpa, len;
	enum event_severity severity;
	enum event_kind kind;
	unsigned int count;
	bool action_required;
} mces[] = {
	{ "a corrected error of memory", 0x8c00004000010090, 0x1f000040, 0x8c, INTEL, 5, CMCI, true,
	  0x1f000000, 4096, EVENT_CORRECTED, EVENT_MEMORY, 1, false },
	{ "three of them", 0x8c0000c000010090, 0x1f000040, 0x86, INTEL, 5, CMCI, true, 0x1f000040,
	  64, EVENT_CORRECTED, EVENT_MEMORY, 3, false },
	{ "a bank that does not count", 0x8c0000c000010090, 0x1f000040, 0x86, INTEL, 5, 0, true,
	  0x1f000040, 64, EVENT_CORRECTED, EVENT_MEMORY, 1, false },
	{ "a count of 0", 0x8c00000000010090, 0x1f000040, 0x86, INTEL, 5, CMCI, true, 0x1f000040,
	  64, EVENT_CORRECTED, EVENT_MEMORY, 1, false },
	{ "a patrol scrub", 0xbd000000000000c0, 0x5005000, 0x8c, INTEL, 6, 0, true, 0x5005000, 4096,
	  EVENT_UNCORRECTED, EVENT_MEMORY, 1, false },
	{ "action required", VAL | UC | MISCV | ADDRV | S_BIT | AR | 0x134, 0x5005040, PHYSICAL(6),
	  INTEL, 1, 0, true, 0x5005040, 64, EVENT_UNCORRECTED, EVENT_MEMORY, 1, true },
	{ "UCNA", VAL | UC | MISCV | ADDRV | 0x9f, 0x5005000, PHYSICAL(12), INTEL, 1, 0, true,
	  0x5005000, 4096, EVENT_DEFERRED, EVENT_MEMORY, 1, false },
	{ "context corrupt", VAL | UC | PCC | MISCV | ADDRV | AR | 0x9f, 0x5005000, PHYSICAL(12),
	  INTEL, 1, 0, true, 0x5005000, 4096, EVENT_FATAL, EVENT_MEMORY, 1, false },
	{ "no ADDRV", VAL | MISCV | 0x90, 0x1f000040, 0x8c, INTEL, 5, 0, false, 0, 1,
	  EVENT_CORRECTED, EVENT_MEMORY, 1, false },
	{ "no MISCV", VAL | ADDRV | 0x90, 0x1f000040, 0x8c, INTEL, 5, 0, false, 0, 1,
	  EVENT_CORRECTED, EVENT_MEMORY, 1, false },
	{ "a linear address", VAL | ADDRV | MISCV | 0x90, 0x1f000040, 1u << 6 | 6, INTEL, 5, 0,
	  false, 0, 1, EVENT_CORRECTED, EVENT_MEMORY, 1, false },
	{ "more than a page", VAL | ADDRV | MISCV | 0x90, 0x1f000040, PHYSICAL(13), INTEL, 5, 0,
	  false, 0, 1, EVENT_CORRECTED, EVENT_MEMORY, 1, false },
	{ "a bus error", VAL | UC | 0x800, 0, 0, INTEL, 5, 0, false, 0, 1, EVENT_DEFERRED,
	  EVENT_PROCESSOR, 1, false },
	{ "AMD: normalized", VAL | ADDRV | MISCV | 0x11b, 0x1f005000, 0xd01a0ffe00000000, AMD, 8, 0,
	  false, 0, 1, EVENT_CORRECTED, EVENT_PROCESSOR, 1, false },
	{ "AMD: looks physical", VAL | ADDRV | MISCV | 0x11b, 0x1f005000, PHYSICAL(6), AMD, 8, 0,
	  false, 0, 1, EVENT_CORRECTED, EVENT_PROCESSOR, 1, false },
	{ "AMD: poison", VAL | UC | ADDRV | POISON | 0x11b, 0x1f005040, 0, AMD, 1, 0, true,
	  0x1f005040, 1, EVENT_UNCORRECTED, EVENT_MEMORY, 1, false },
	{ "AMD: deferred", VAL | ADDRV | DEFERRED | 0x11b, 0x1f007000, 0, AMD, 8, 0, false, 0, 1,
	  EVENT_DEFERRED, EVENT_PROCESSOR, 1, false },
	{ "AMD: bits of Intel", VAL | UC | S_BIT | AR | 0x11b, 0, 0, AMD, 8, 0, false, 0, 1,
	  EVENT_UNCORRECTED, EVENT_PROCESSOR, 1, false },
	{ "Intel: a bit of AMD", VAL | DEFERRED | 0x90, 0, 0, INTEL, 8, 0, false, 0, 1,
	  EVENT_CORRECTED, EVENT_MEMORY, 1, false },
	{ "APEI, corrected", 0x9c0000000000009f, 0x5005000, PHYSICAL(12), AMD, 255, 0, true,
	  0x5005000, 4096, EVENT_CORRECTED, EVENT_MEMORY, 1, false },
	{ "APEI, recoverable", 0x9c0000000000009f | UC, 0x5005000, PHYSICAL(12), INTEL, 255, 0,
	  true, 0x5005000, 4096, EVENT_UNCORRECTED, EVENT_MEMORY, 1, false },
	{ "an unknown vendor", VAL | ADDRV | MISCV | 0x90, 0x1f000040, PHYSICAL(6), 5, 1, 0, false,
	  0, 1, EVENT_CORRECTED, EVENT_MEMORY, 1, false },
};

static void set_mce(struct trace_made *m, const struct trace_format *f, const struct mce_case *c)
{
	made_begin(m, f);
	made_set(m, "status", c->status);
	made_set(m, "addr", c->addr);
	made_set(m, "misc", c->misc);
	made_set(m, "cpuvendor", c->vendor);
	made_set(m, "bank", c->bank);
	made_set(m, "mcgcap", c->cap);
}

static void test_mce(void **state)
{
	struct trace_kernel k;
	struct trace_made m;
	struct ras_event e;

	(void)state;
	trace_kernel_load(&k, "tests/data/host-events/linux-6.12-amd64.formats");
	for (size_t i = 0; i < ARRAY_LEN(mces); i++) {
		const struct mce_case *c = &mces[i];

		set_mce(&m, trace_kernel_format(&k, "mce_record"), c);
		assert_int_equal(trace_decode(&m.rec, &e), TRACE_EVENT);
		if (e.where.has_hpa != c->has_hpa || e.where.hpa.v != c->hpa ||
		    e.where.len_bytes != c->len || e.severity != c->severity || e.kind != c->kind ||
		    e.count != c->count || e.action_required != c->action_required)
			fail_msg("%s: severity %d kind %d hpa %d 0x%llx+%llu count %u required %d",
				 c->what, e.severity, e.kind, e.where.has_hpa,
				 (unsigned long long)e.where.hpa.v,
				 (unsigned long long)e.where.len_bytes, e.count, e.action_required);
	}
	made_set(&m, "status", mces[0].status & ~VAL);
	assert_int_equal(trace_decode(&m.rec, &e), TRACE_NOTHING);
	trace_kernel_clear(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mce),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
