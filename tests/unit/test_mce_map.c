// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which record is which machine check, bit by bit, and which is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backend/mce_banks.h"
#include "backend/mce_map.h"
#include "tests/unit/cper_make.h"

#define GPA UINT64_C(0x48000123)

static uint8_t record[1024];

/* A block of memory errors of those severities, CPER_SEV_*. */
static size_t block(const uint32_t *severity, size_t n, uint64_t valid, uint64_t gpa)
{
	struct cper_memory m = { .validation_bits = valid, .physical_address = gpa };
	struct cper_builder b;
	size_t len;

	cper_build_begin(&b, record, sizeof(record));
	for (size_t i = 0; i < n; i++) {
		struct cper_entry_info info = { .severity = severity[i] };

		cper_put_memory(&b, &info, &m);
	}
	assert_int_equal(cper_build_end(&b, &len, NULL), 0);
	return len;
}

static void test_table(void **state)
{
	static const struct {
		uint32_t severity;
		enum mce_vendor vendor;
		bool allow_crash;
		uint64_t status, mcg_status;
		bool exception, deferred;
	} t[] = {
		{ CPER_SEV_CORRECTED, MCE_VENDOR_INTEL, false, 0x9c00004000000090, 0, false,
		  false },
		{ CPER_SEV_CORRECTED, MCE_VENDOR_AMD, false, 0x9c00004000000090, 0, false, false },
		{ CPER_SEV_CORRECTED, MCE_VENDOR_AMD, true, 0x9c00004000000090, 0, false, false },
		/* With mcg 5 instead of 0xd a guest of two CPUs panics after 5 s. */
		{ CPER_SEV_RECOVERABLE, MCE_VENDOR_INTEL, false, 0xbd000000000000c0, 0xd, true,
		  false },
		{ CPER_SEV_RECOVERABLE, MCE_VENDOR_AMD, false, 0x9c001800000000c0, 0, false, true },
		{ CPER_SEV_RECOVERABLE, MCE_VENDOR_AMD, true, 0x9c001800000000c0, 0, false, true },
		{ CPER_SEV_FATAL, MCE_VENDOR_INTEL, true, 0xbe00000000000090, 0xc, true, false },
		{ CPER_SEV_FATAL, MCE_VENDOR_AMD, true, 0xbe00000000000090, 0xc, true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		size_t len = block(&t[i].severity, 1, CPER_MEM_VALID_PA, GPA);
		struct mce_mapped m;
		struct ras_err err;

		assert_int_equal(mce_map(record, len, t[i].vendor, t[i].allow_crash, &m, &err), 0);
		assert_int_equal(m.mce.bank, 9);
		assert_int_equal(m.mce.status, t[i].status);
		assert_int_equal(m.mce.mcg_status, t[i].mcg_status);
		assert_int_equal(m.mce.addr, GPA);
		assert_int_equal(m.mce.misc, 0x8c);
		assert_int_equal(m.exception, t[i].exception);
		assert_int_equal(m.deferred, t[i].deferred);
	}
}

/* An exception that may panic never comes of anything but a fatal record with allow_crash. */
static void test_no_panic_by_chance(void **state)
{
	(void)state;
	for (uint32_t severity = 0; severity <= CPER_SEV_INFO; severity++)
		for (int vendor = 0; vendor <= MCE_VENDOR_OTHER; vendor++) {
			size_t len = block(&severity, 1, CPER_MEM_VALID_PA, GPA);
			struct mce_mapped m;

			if (mce_map(record, len, (enum mce_vendor)vendor, false, &m, NULL) < 0)
				continue;
			assert_int_not_equal(severity, CPER_SEV_FATAL);
			assert_false(m.mce.status >> 57 & 1); /* context corrupt */
			/* Uncorrected: only what Intel may continue after, on one processor. */
			if (m.mce.status >> 61 & 1) {
				assert_int_equal(vendor, MCE_VENDOR_INTEL);
				assert_int_equal(m.mce.mcg_status, 0xd);
			}
		}
}

static void refused(size_t len, enum mce_vendor vendor, const char *says)
{
	struct mce_mapped m = { .exception = true };
	struct ras_err err = RAS_ERR_NULL;

	assert_int_equal(mce_map(record, len, vendor, false, &m, &err), -RAS_E_NOT_CAPABLE);
	assert_true(m.exception); /* untouched */
	if (!strstr(err.text, says))
		fail_msg("\"%s\" does not say \"%s\"", err.text, says);
	assert_non_null(strstr(err.hint, "rasctl provision"));
}

static void test_refused(void **state)
{
	static const uint32_t two[] = { CPER_SEV_CORRECTED, CPER_SEV_CORRECTED };
	static const uint32_t info = CPER_SEV_INFO, fatal = CPER_SEV_FATAL;
	struct cper_entry_info head = { .severity = CPER_SEV_CORRECTED };
	struct cper_builder b;
	size_t len;

	(void)state;
	refused(block(two, 2, CPER_MEM_VALID_PA, GPA), MCE_VENDOR_INTEL, "several sections");
	refused(block(two, 1, 0, GPA), MCE_VENDOR_INTEL, "no address");
	refused(block(two, 1, CPER_MEM_VALID_PA, UINT64_C(1) << 52), MCE_VENDOR_AMD, "52 bits");
	refused(block(&info, 1, CPER_MEM_VALID_PA, GPA), MCE_VENDOR_AMD, "only information");
	refused(block(&fatal, 1, CPER_MEM_VALID_PA, GPA), MCE_VENDOR_NOT_ASKED, "panic");
	refused(block(two, 1, CPER_MEM_VALID_PA, GPA), MCE_VENDOR_OTHER, "Intel and AMD");
	refused(0, MCE_VENDOR_INTEL, "cannot be read");
	cper_build_begin(&b, record, sizeof(record));
	cper_put_vendor(&b, &head, "payload", 8);
	assert_int_equal(cper_build_end(&b, &len, NULL), 0);
	refused(len, MCE_VENDOR_INTEL, "another error");
}

/* The worst of block and section decides; memory error 2 is a memory error, too. */
static void test_worst_severity(void **state)
{
	static const uint32_t fatal = CPER_SEV_FATAL, corrected = CPER_SEV_CORRECTED;
	struct cper_memory2 m2 = { .validation_bits = 2, .physical_address = GPA };
	struct cper_entry_info head = { .severity = CPER_SEV_CORRECTED };
	struct cper_builder b;
	struct mce_mapped m;
	size_t len = block(&fatal, 1, CPER_MEM_VALID_PA, GPA);

	(void)state;
	le_store(record + 16, 4, CPER_SEV_CORRECTED); /* of the block */
	refused(len, MCE_VENDOR_INTEL, "panic");
	len = block(&corrected, 1, CPER_MEM_VALID_PA, GPA);
	le_store(record + 16, 4, CPER_SEV_FATAL);
	refused(len, MCE_VENDOR_INTEL, "panic");
	cper_build_begin(&b, record, sizeof(record));
	cper_put_memory2(&b, &head, &m2);
	assert_int_equal(cper_build_end(&b, &len, NULL), 0);
	assert_int_equal(mce_map(record, len, MCE_VENDOR_AMD, false, &m, NULL), 0);
	assert_int_equal(m.mce.addr, GPA);
}

static void test_vendors(void **state)
{
	(void)state;
	assert_int_equal(mce_vendor_of("GenuineIntel"), MCE_VENDOR_INTEL);
	assert_int_equal(mce_vendor_of("AuthenticAMD"), MCE_VENDOR_AMD);
	assert_int_equal(mce_vendor_of("HygonGenuine"), MCE_VENDOR_OTHER);
	assert_int_equal(mce_vendor_of(""), MCE_VENDOR_OTHER);
}

#define S INT64_C(1000000000)

static void use(struct mce_banks *b, const struct source_stamp *at, int64_t ns)
{
	for (unsigned int i = 0; i < MCE_POLLED_BANKS; i++) {
		unsigned int bank = mce_bank_free(b, at, ns);

		/* 9 is for corrected ones and for exceptions; 4 was measured to be of no use. */
		assert_in_range(bank, 1, 8);
		assert_int_not_equal(bank, 4);
		mce_bank_use(b, bank, ns);
	}
	assert_int_equal(mce_bank_free(b, at, ns), 0);
}

/* No error is overwritten before the guest has polled, as far as that can be known. */
static void test_banks(void **state)
{
	struct mce_banks b = { 0 };
	struct source_stamp at = { .gen = { 1, 2, 3 }, .n_stops = 1 };

	(void)state;
	use(&b, &at, 1000 * S);
	assert_int_equal(mce_bank_free(&b, &at, 1300 * S), 0);
	use(&b, &at, 1310 * S);
	/* It stood still, who knows how long. */
	at.n_stops++;
	assert_int_equal(mce_bank_free(&b, &at, 1600 * S), 0);
	assert_int_equal(mce_bank_free(&b, &at, 1900 * S), 0);
	use(&b, &at, 1910 * S);
	/* A reset empties them. */
	at.gen.reset_count++;
	use(&b, &at, 1911 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),	cmocka_unit_test(test_no_panic_by_chance),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_worst_severity),
		cmocka_unit_test(test_vendors), cmocka_unit_test(test_banks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
