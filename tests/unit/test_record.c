// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From a request to bytes: severity of the worst section, addresses in RAM, sections that suit the
 * guest, and what no option can send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "cper/cper.h"
#include "base/le.h"
#include "inject/effects.h"
#include "inject/record.h"

#define PROFILE (CPER_SPEC | CPER_LINUX_GUEST | CPER_QEMU_SLOT)

static const struct uuid id = { { 1, 2, 3 } };
static uint8_t block[JOURNAL_MAX_RECORD];
static struct journal_row row;
static struct guest guest;
static struct ras_err err;
static struct inject_request rq;

static int setup(void **state)
{
	static struct ram_section ram = { .gpa = 0x40000000, .len_bytes = 0x20000000 };

	(void)state;
	memset(&guest, 0, sizeof(guest));
	strcpy(guest.name, "vm1");
	strcpy(guest.machine.arch, "aarch64");
	guest.ram.section = &ram;
	guest.ram.n = 1;
	memset(&row, 0, sizeof(row));
	rq = (struct inject_request){
		.domain = "vm1", .severity = CONF_SEV_CORRECTED, .typed = true, .record = block
	};
	err = (struct ras_err)RAS_ERR_NULL;
	return 0;
}

static int build(struct cper_builder *b)
{
	assert_int_equal(cper_build_end(b, &rq.record_len, NULL), 0);
	return record_build(&rq, &id, PROFILE, &row, &err);
}

static void memory(struct cper_builder *b, uint32_t severity, uint64_t gpa)
{
	struct cper_entry_info info = { .severity = severity };
	struct cper_memory m = { .validation_bits = CPER_MEM_VALID_PA, .physical_address = gpa };

	assert_int_equal(cper_put_memory(b, &info, &m), 0);
}

static void arm(struct cper_builder *b, uint64_t gpa, uint16_t valid)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };
	struct cper_arm_error_info e[2] = { { .type = CPER_ARM_TYPE_BUS },
					    { .type = CPER_ARM_TYPE_CACHE,
					      .validation_bits = valid,
					      .physical_fault_address = gpa } };
	struct cper_arm a = { .info = e, .nr_info = 2 };

	assert_int_equal(cper_put_arm(b, &info, &a), 0);
}

static void x86(struct cper_builder *b)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };
	struct cper_x86 x = { .validation_bits = CPER_X86_VALID_APIC_ID };

	assert_int_equal(cper_put_x86(b, &info, &x), 0);
}

static void worst_severity_counts(void **state)
{
	static const struct {
		uint32_t a, b;
		const char *word;
	} cases[] = {
		{ CPER_SEV_INFO, CPER_SEV_INFO, "info" },
		{ CPER_SEV_CORRECTED, CPER_SEV_INFO, "corrected" },
		{ CPER_SEV_CORRECTED, CPER_SEV_RECOVERABLE, "recoverable" },
		{ CPER_SEV_FATAL, CPER_SEV_RECOVERABLE, "fatal" },
		{ CPER_SEV_CORRECTED, CPER_SEV_FATAL, "fatal" },
	};
	struct cper_builder b;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cper_build_begin(&b, block, sizeof(block));
		memory(&b, cases[i].a, 0x40000000);
		memory(&b, cases[i].b, 0x40000000);
		assert_int_equal(build(&b), 0);
		assert_string_equal(row.severity, cases[i].word);
	}
	/* the block claims less than its entries: the worst entry counts */
	le_store(block + 16, 4, CPER_SEV_CORRECTED);
	assert_int_equal(record_build(&rq, &id, PROFILE, &row, &err), 0);
	assert_string_equal(row.severity, "fatal");
	le_store(block + 20 + 16, 4, 77);
	rq.malformed = true;
	rq.fru = FRU_NONE;
	assert_int_equal(record_build(&rq, &id, PROFILE, &row, &err), 0);
	assert_string_equal(row.severity, "fatal");
}

static void addresses_must_be_ram(void **state)
{
	struct cper_builder b;

	(void)state;
	cper_build_begin(&b, block, sizeof(block));
	memory(&b, CPER_SEV_CORRECTED, 0x48000000);
	arm(&b, 0x5ffff000, CPER_ARM_INFO_VALID_PHYSICAL_ADDRESS);
	assert_int_equal(build(&b), 0);
	assert_int_equal(record_fits_guest(&rq, &guest, &row, &err), 0);
	assert_int_equal(row.target.gpa.v, 0x48000000);

	cper_build_begin(&b, block, sizeof(block));
	memory(&b, CPER_SEV_CORRECTED, 0x48000000);
	arm(&b, 0x60000000, CPER_ARM_INFO_VALID_PHYSICAL_ADDRESS);
	assert_int_equal(build(&b), 0);
	assert_int_equal(record_fits_guest(&rq, &guest, &row, &err), -RAS_E_NOT_RAM);
	assert_non_null(strstr(err.text, "0x60000000"));
	assert_non_null(strstr(err.field, "sections[1]"));

	/* not valid, so nobody acts on this address */
	cper_build_begin(&b, block, sizeof(block));
	arm(&b, 0x60000000, 0);
	le_store(block + 20 + 72 + 40 + 32 + 24, 8, 0x60000000);
	assert_int_equal(build(&b), 0);
	assert_int_equal(record_fits_guest(&rq, &guest, &row, &err), 0);

	/* an admin's ready record is used as it is */
	cper_build_begin(&b, block, sizeof(block));
	memory(&b, CPER_SEV_CORRECTED, 0x1000);
	assert_int_equal(build(&b), 0);
	assert_int_equal(record_fits_guest(&rq, &guest, &row, &err), -RAS_E_NOT_RAM);
	rq.typed = false;
	assert_int_equal(record_fits_guest(&rq, &guest, &row, &err), 0);

	/* gpa and severity */
	rq.record = NULL;
	rq.gpa.v = 0x1000;
	assert_int_equal(record_build(&rq, &id, PROFILE, &row, &err), 0);
	assert_int_equal(record_fits_guest(&rq, &guest, &row, &err), -RAS_E_NOT_RAM);
	assert_string_equal(err.field, "gpa");
}

static void sections_fit_the_architecture(void **state)
{
	struct cper_builder b;

	(void)state;
	cper_build_begin(&b, block, sizeof(block));
	x86(&b);
	assert_int_equal(build(&b), 0);
	assert_int_equal(record_fits_guest(&rq, &guest, &row, &err), -RAS_E_NOT_CAPABLE);
	assert_true(err.hint[0] != '\0');
	strcpy(guest.machine.arch, "x86_64");
	assert_int_equal(record_fits_guest(&rq, &guest, &row, &err), 0);
	cper_build_begin(&b, block, sizeof(block));
	arm(&b, 0x48000000, 0);
	assert_int_equal(build(&b), 0);
	assert_int_equal(record_fits_guest(&rq, &guest, &row, &err), -RAS_E_NOT_CAPABLE);
	assert_string_equal(err.field, "sections[0].kind");
}

static void malformed_is_bounded(void **state)
{
	struct cper_builder b;

	(void)state;
	rq.typed = false;
	rq.fru = FRU_NONE;
	cper_build_begin(&b, block, sizeof(block));
	memory(&b, CPER_SEV_CORRECTED, 0x48000000);
	assert_int_equal(build(&b), 0);
	le_store(block + 12, 4, 151); /* Linux refuses it and says so */
	assert_int_equal(record_build(&rq, &id, PROFILE, &row, &err), -RAS_E_RECORD);
	rq.malformed = true;
	assert_int_equal(record_build(&rq, &id, PROFILE, &row, &err), 0);
	assert_int_equal(row.record_len, 172);
	for (size_t len = 0; len < 20; len++) {
		rq.record_len = len;
		assert_int_equal(record_build(&rq, &id, PROFILE, &row, &err), -RAS_E_RECORD);
	}
	rq.record_len = CPER_QEMU_SLOT_SIZE + 1;
	assert_int_equal(record_build(&rq, &id, PROFILE, &row, &err), -RAS_E_RECORD);
	rq.record_len = 172;
	le_store(block, 4, 0); /* never acknowledged */
	assert_int_equal(record_build(&rq, &id, PROFILE, &row, &err), -RAS_E_RECORD);
	assert_non_null(strstr(err.text, "not even on purpose"));
}

/* Whatever severities and flags say: what is granted is at least what Linux does. */
static void effects_count(void **state)
{
	static const struct {
		uint32_t severity; /* of block and section */
		uint8_t flags;
		bool pcie;
		enum conf_severity needs;
		bool by_effect;
	} cases[] = {
		{ CPER_SEV_CORRECTED, 0, false, CONF_SEV_CORRECTED, false },
		{ CPER_SEV_CORRECTED, 0x08, false, CONF_SEV_RECOVERABLE, true },
		{ CPER_SEV_INFO, 0x08, false, CONF_SEV_INFO, false },
		{ CPER_SEV_RECOVERABLE, 0x08, false, CONF_SEV_RECOVERABLE, false },
		{ CPER_SEV_FATAL, 0, false, CONF_SEV_FATAL, false },
		{ CPER_SEV_INFO, 0, true, CONF_SEV_INFO, false },
		{ CPER_SEV_INFO, 0x04, true, CONF_SEV_FATAL, true },
		{ CPER_SEV_CORRECTED, 0x04, true, CONF_SEV_FATAL, true },
		{ CPER_SEV_RECOVERABLE, 0x04, true, CONF_SEV_FATAL, true },
		{ CPER_SEV_RECOVERABLE, 0xfb, true, CONF_SEV_RECOVERABLE, false },
	};
	const struct cper_pcie p = { .validation_bits =
					     CPER_PCIE_VALID_DEVICE_ID | CPER_PCIE_VALID_AER_INFO };
	const struct cper_memory m = { .validation_bits = CPER_MEM_VALID_PA };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct cper_entry_info info = { .severity = cases[i].severity,
						      .flags = cases[i].flags };
		struct record_needs needs;
		enum conf_severity worst;
		struct cper_builder b;

		cper_build_begin(&b, block, sizeof(block));
		if (cases[i].pcie)
			cper_put_pcie(&b, &info, &p);
		else
			cper_put_memory(&b, &info, &m);
		assert_int_equal(build(&b), 0);
		assert_int_equal(conf_severity_parse(row.severity, &worst, &err), 0);
		record_needs(row.record, row.record_len, worst, &needs);
		if (needs.severity != cases[i].needs || needs.by_effect != cases[i].by_effect)
			fail_msg("cases[%zu]: needs %s", i, conf_severity_name(needs.severity));
		/* a block that this kernel refuses may be taken by another */
		record_needs(row.record, row.record_len - 1, worst, &needs);
		assert_true(needs.severity >= worst);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(worst_severity_counts, setup),
		cmocka_unit_test_setup(addresses_must_be_ram, setup),
		cmocka_unit_test_setup(sections_fit_the_architecture, setup),
		cmocka_unit_test_setup(malformed_is_bounded, setup),
		cmocka_unit_test_setup(effects_count, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
