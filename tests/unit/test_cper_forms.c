// SPDX-License-Identifier: LGPL-2.1-or-later
/* The record form of CPER, and the builder. */
#include "cper_gate.h"

static const struct {
	struct edit edit;
	size_t len;
	int code;
	uint32_t offset;
} record_form_cases[] = {
	{ { 0, 0, 0 }, 0, CPER_OK, 0 },
	{ { 0, 0, 0 }, 127, CPER_RECORD_HEADER, 127 },
	{ { 0, 1, 'X' }, 0, CPER_RECORD_HEADER, 0 },
	{ { 9, 1, 0 }, 0, CPER_RECORD_HEADER, 6 },
	{ { 10, 2, 0xffff }, 0, CPER_RECORD_LENGTH, 20 },
	{ { 20, 4, 199 }, 0, CPER_RECORD_LENGTH, 20 },
	{ { 20, 4, 281 }, 0, CPER_RECORD_LENGTH, 20 },
	{ { 20, 4, 0xffffffff }, 0, CPER_RECORD_LENGTH, 20 },
	{ { 0, 0, 0 }, 279, CPER_RECORD_LENGTH, 20 },
	{ { 128, 4, 199 }, 0, CPER_RECORD_SECTION, 128 },
	{ { 128, 4, 281 }, 0, CPER_RECORD_SECTION, 128 },
	{ { 128, 4, 201 }, 0, CPER_RECORD_SECTION, 132 },
	{ { 132, 4, 81 }, 0, CPER_RECORD_SECTION, 132 },
	{ { 132, 4, 0xffffffff }, 0, CPER_RECORD_SECTION, 132 },
	{ { 132, 4, 72 }, 0, CPER_SECTION_TOO_SHORT, 200 },
	{ { 132, 4, 79 }, 0, CPER_VALID_BEYOND_LENGTH, 200 },
	{ { 10, 2, 0 }, 0, CPER_OK, 0 },
};

static void test_record_form(void **state)
{
	struct cper_record_view v;
	struct cper_entry e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(record_form_cases); i++) {
		uint8_t block[4096], record[4096];
		struct cper_err err = { 0 };
		size_t n = make_block(maker_of("mem"), block, sizeof(block)), len;
		_free_ uint8_t *exact = NULL;

		assert_int_equal(cper_record_from_block(block, n, NULL, record, sizeof(record),
							&len, NULL),
				 0);
		assert_int_equal(len, 280);
		len = record_form_cases[i].len ? record_form_cases[i].len : len;
		if (record_form_cases[i].edit.width)
			le_store(record + record_form_cases[i].edit.at,
				 record_form_cases[i].edit.width, record_form_cases[i].edit.value);
		exact = malloc(len);
		memcpy(exact, record, len);
		if (!cper_record_view_init(&v, exact, len, &err))
			while (cper_record_view_next(&v, &e, &err) > 0)
				;
		if (err.code != record_form_cases[i].code ||
		    (err.code && err.offset != record_form_cases[i].offset))
			fail_msg("record[%zu]: %s at %u, not %s at %u", i, cper_code_name(err.code),
				 err.offset, cper_code_name(record_form_cases[i].code),
				 record_form_cases[i].offset);
	}
}

/* Several entries, an old header and a timestamp: to a record and back. */
static void test_record_many(void **state)
{
	struct cper_entry_info info = { .severity = CPER_SEV_FATAL,
					.flags = 0x81,
					.has_timestamp = true,
					.timestamp = { 0x59, 0x59, 0x23, 1, 0x31, 0x12, 0x26,
						       0x20 } };
	struct cper_record_info ri = { .has_platform_id = true, .record_id = 7, .flags = 2 };
	uint8_t block[8192], record[8192], back[8192];
	struct cper_builder b;
	struct cper_err err;
	size_t len, n, m;

	(void)state;
	cper_build_begin(&b, block, sizeof(block));
	for (size_t i = 0; i < ARRAY_LEN(makers); i++)
		makers[i].make(&b, &info);
	assert_int_equal(cper_build_end(&b, &len, NULL), 0);
	assert_int_equal(le32(block) >> 4, ARRAY_LEN(makers));
	assert_int_equal(cper_record_from_block(block, len, NULL, record, 100, &n, &err), -1);
	assert_int_equal(err.code, CPER_NO_SPACE);
	assert_int_equal(cper_record_from_block(block, len, NULL, record, err.offset, &n, &err), 0);
	assert_int_equal(n, err.offset);
	assert_int_equal(le32(record + 16), CPER_RECORD_VALID_TIMESTAMP);
	assert_memory_equal(record + 24, info.timestamp, 8);
	assert_int_equal(cper_record_to_block(record, n, back, sizeof(back), &m, NULL), 0);
	assert_int_equal(m, len);
	assert_memory_equal(back, block, len);
	assert_int_equal(cper_record_to_block(record, n, back, len - 1, &m, &err), -1);
	assert_int_equal(err.code, CPER_NO_SPACE);
	assert_int_equal(err.offset, len);
	assert_int_equal(cper_record_from_block(block, len, &ri, record, sizeof(record), &n, NULL),
			 0);
	assert_int_equal(le32(record + 16), CPER_RECORD_VALID_PLATFORM_ID);
	assert_int_equal(record[96], 7);
	assert_int_equal(record[104], 2);
}

/* The builder refuses values that have no form on the wire. */
static void test_builder(void **state)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };
	struct cper_context c = { 0, 9, 0, 0, { NULL, 0 } };
	struct cper_arm arm = { .contexts = &c, .nr_contexts = 1 };
	struct cper_x86 x86 = { .nr_info = 64 };
	struct cper_pci_component pci = { .register_pairs = { noise(0), 17 } };
	struct cper_cxl_event ev = { .type = (enum cper_cxl_event_type)7 };
	struct cper_cxl_protocol cxl = { .dvsec = { noise(0), 65536 } };
	uint8_t buf[1024];
	struct cper_builder b;
	struct cper_err err;
	size_t len = 77;

	(void)state;
#define REFUSED(call, want)                                           \
	do {                                                          \
		cper_build_begin(&b, buf, sizeof(buf));               \
		assert_int_equal((call), -1);                         \
		assert_int_equal(cper_build_end(&b, &len, &err), -1); \
		assert_int_equal(err.code, (want));                   \
		assert_int_equal(len, 77);                            \
	} while (0)
	REFUSED(cper_put_arm(&b, &info, &arm), CPER_ARM_CONTEXT);
	REFUSED(cper_put_x86(&b, &info, &x86), CPER_IA_ERR_INFO);
	REFUSED(cper_put_pci_component(&b, &info, &pci), CPER_PCIDEV_PAIRS);
	REFUSED(cper_put_cxl_event(&b, &info, &ev), CPER_SECTION_TYPE);
	REFUSED(cper_put_cxl_protocol(&b, &info, &cxl), CPER_CXL_DVSEC);
	pci = (struct cper_pci_component){ .validation_bits = 0x4,
					   .memory_number = 2,
					   .register_pairs = { noise(0), 16 } };
	REFUSED(cper_put_pci_component(&b, &info, &pci), CPER_PCIDEV_PAIRS);
	info.severity = 4;
	REFUSED(cper_put_vendor(&b, &info, "x", 1), CPER_SEVERITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record_form),
		cmocka_unit_test(test_record_many),
		cmocka_unit_test(test_builder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
