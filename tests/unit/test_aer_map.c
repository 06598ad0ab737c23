// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which record is which error of a root port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backend/aer_map.h"
#include "tests/unit/aer_env.h"

static struct ras_err err;

static void says(const char *what)
{
	if (!strstr(err.text, what))
		fail_msg("%s", err.text);
}

static void test_errors(void **state)
{
	static const struct {
		uint32_t severity, unc, cor;
		enum aer_class class;
		uint32_t status;
	} t[] = {
		{ CPER_SEV_CORRECTED, 0, 1, AER_CORRECTABLE, 1 },
		{ CPER_SEV_CORRECTED, 0, 0x8000, AER_CORRECTABLE, 0x8000 },
		{ CPER_SEV_RECOVERABLE, 0x1000, 0, AER_NONFATAL, 0x1000 },
		{ CPER_SEV_FATAL, 0x20, 0, AER_FATAL, 0x20 },
		{ CPER_SEV_FATAL, 0x2000000, 0, AER_FATAL, 0x2000000 },
	};
	struct aer_error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct one_record r = aer_record(t[i].severity, t[i].unc, t[i].cor);

		assert_int_equal(aer_map(r.bytes, r.len, &e, &err), 0);
		assert_int_equal(e.bdf, AER_BDF);
		assert_int_equal(e.class, t[i].class);
		assert_int_equal(e.status, t[i].status);
		assert_false(e.has_header);
	}
}

/* The bytes of the TLP header, in their order, and only where QEMU takes one. */
static void test_header(void **state)
{
	struct cper_pcie p = aer_section(0x1000, 0);
	struct one_record r;
	struct aer_error e;

	(void)state;
	memcpy(p.aer_info + CPER_AER_HEADER_LOG, "\xde\xad\xbe\xef\0\0\0\1\2\0\0\0\0\0\3\0", 16);
	r = aer_record_of(CPER_SEV_RECOVERABLE, &p);
	assert_int_equal(aer_map(r.bytes, r.len, &e, &err), 0);
	assert_true(e.has_header);
	assert_int_equal(e.header[0], 0xdeadbeef);
	assert_int_equal(e.header[1], 1);
	assert_int_equal(e.header[2], 0x02000000);
	assert_int_equal(e.header[3], 0x0300);
	memset(p.aer_info + CPER_AER_UNCORRECTABLE_STATUS, 0, 4);
	p.aer_info[CPER_AER_CORRECTABLE_STATUS] = 1;
	r = aer_record_of(CPER_SEV_CORRECTED, &p);
	assert_int_equal(aer_map(r.bytes, r.len, &e, &err), 0);
	assert_false(e.has_header);
}

static void refused(uint32_t severity, const struct cper_pcie *p, const char *why)
{
	struct one_record r = aer_record_of(severity, p);
	struct aer_error e;

	err = RAS_ERR_NULL;
	assert_int_equal(aer_map(r.bytes, r.len, &e, &err), -RAS_E_NOT_CAPABLE);
	says(why);
	assert_true(err.hint[0]);
}

static void test_refused(void **state)
{
	struct cper_pcie p = aer_section(0, 1);

	(void)state;
	/* Everything but a root port: QEMU would say OK. */
	for (uint32_t type = 0; type <= 10; type++)
		if (type != 4) {
			p.port_type = type;
			refused(CPER_SEV_CORRECTED, &p, "nothing reaches the guest");
		}
	p = aer_section(0, 1);
	p.validation_bits &= ~CPER_PCIE_VALID_DEVICE_ID;
	refused(CPER_SEV_CORRECTED, &p, "names no device");
	p = aer_section(0, 1);
	p.segment = 1;
	refused(CPER_SEV_CORRECTED, &p, "segment 0");
	p = aer_section(0, 1);
	p.device = 32;
	refused(CPER_SEV_CORRECTED, &p, "names no device");
	p = aer_section(0, 1);
	p.validation_bits &= ~CPER_PCIE_VALID_AER_INFO;
	refused(CPER_SEV_CORRECTED, &p, "no AER registers");
	/* One bit of one register, which QEMU has, of the record's severity. */
	p = aer_section(0, 0);
	refused(CPER_SEV_CORRECTED, &p, "no status bit");
	p = aer_section(0, 0x41);
	refused(CPER_SEV_CORRECTED, &p, "or several");
	p = aer_section(0x1000, 0x1000);
	refused(CPER_SEV_RECOVERABLE, &p, "or several");
	p = aer_section(0, 2);
	refused(CPER_SEV_CORRECTED, &p, "does not have");
	p = aer_section(0x4000000, 0);
	refused(CPER_SEV_FATAL, &p, "does not have");
	p = aer_section(0, 1);
	refused(CPER_SEV_RECOVERABLE, &p, "correctable by its status");
	refused(CPER_SEV_FATAL, &p, "correctable by its status");
	p = aer_section(0x1000, 0);
	refused(CPER_SEV_CORRECTED, &p, "uncorrectable by its status");
	refused(CPER_SEV_INFO, &p, "uncorrectable by its status");
}

static void test_other_records(void **state)
{
	uint8_t bytes[1024];
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };
	struct cper_builder b;
	struct aer_error e;
	size_t len;

	(void)state;
	cper_build_begin(&b, bytes, sizeof(bytes));
	make_memory(&b, &info);
	assert_int_equal(cper_build_end(&b, &len, NULL), 0);
	assert_int_equal(aer_map(bytes, len, &e, &err), -RAS_E_NOT_CAPABLE);
	says("another error");
	cper_build_begin(&b, bytes, sizeof(bytes));
	make_pcie(&b, &info);
	make_pcie(&b, &info);
	assert_int_equal(cper_build_end(&b, &len, NULL), 0);
	assert_int_equal(aer_map(bytes, len, &e, &err), -RAS_E_NOT_CAPABLE);
	says("several sections");
	assert_int_equal(aer_map(bytes, 7, &e, &err), -RAS_E_NOT_CAPABLE);
	says("cannot be read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_other_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
