// SPDX-License-Identifier: LGPL-2.1-or-later
/* Records that harm some guests' kernels are known, and why. */
#include "cper_gate.h"

/* Blocks that harmed real guests, and malformed blocks that do no harm. */
static const struct row hazards[] = {
	{ "mem", { { 0, 1, 0x12 } }, 1, CPER_TRUNCATED_BLOCK, 1 },
	{ "mem", { { 0, 1, 0x12 } }, 171, CPER_TRUNCATED_DATA, 171 },
	{ "mem", { { 4, 4, 172 }, { 8, 4, 9 } }, 180, CPER_TRUNCATED_DATA, 180 },
	{ "mem", { { 0, 4, 0 } }, 0, CPER_BLOCK_STATUS_ZERO, 0 },
	{ "mem", { { 16, 4, 4 } }, 0, CPER_SEVERITY, 16 },
	{ "mem", { { 44, 4, 0xffffffb8 } }, 0, CPER_ENTRY_LENGTH, 44 },
	{ "mem", { { 40, 2, 0 }, { 44, 4, 0xffffffc0 } }, 0, CPER_ENTRY_LENGTH, 44 },
	{ "proc_arm", { { SECTION + 6, 2, 10 } }, 0, CPER_ARM_CONTEXT, SECTION + 6 },
	{ "proc_arm", { { SECTION + 6, 2, 0xffff } }, 0, CPER_ARM_CONTEXT, SECTION + 6 },
	{ "proc_arm", { { SECTION + 172, 4, 0xfffffff8 } }, 0, CPER_ARM_CONTEXT, SECTION + 172 },
	{ "proc_arm", { { SECTION + 4, 2, 0xffff } }, 0, CPER_ARM_ERR_INFO, SECTION + 4 },
	{ "proc_arm", { { SECTION + 8, 4, 318 } }, 0, CPER_ARM_SECTION_LENGTH, SECTION + 8 },
	{ "proc_arm",
	  { { 44, 4, 39 }, { 12, 4, 72 + 39 } },
	  SECTION + 39,
	  CPER_SECTION_TOO_SHORT,
	  SECTION },
	{ "cxl_prot", { { SECTION + 108, 2, 0xffff } }, 0, CPER_CXL_DVSEC, SECTION + 108 },
	{ "cxl_prot", { { SECTION + 110, 2, 0xffff } }, 0, CPER_CXL_ERROR_LOG, SECTION + 110 },
	{ "proc_ia", { { SECTION, 2, 63 << 2 } }, 0, CPER_IA_ERR_INFO, SECTION },
	{ "proc_ia", { { SECTION + 322, 2, 0xffff } }, 0, CPER_IA_CONTEXT, SECTION + 322 },
	{ "mem",
	  { { 44, 4, 23 }, { 12, 4, 72 + 23 } },
	  SECTION + 23,
	  CPER_SECTION_TOO_SHORT,
	  SECTION },
	{ "pcie",
	  { { 44, 4, 39 }, { 12, 4, 72 + 39 } },
	  SECTION + 39,
	  CPER_SECTION_TOO_SHORT,
	  SECTION },
	{ "pcie",
	  { { 44, 4, 167 }, { 12, 4, 72 + 167 } },
	  SECTION + 167,
	  CPER_SECTION_TOO_SHORT,
	  SECTION },
	{ "fw",
	  { { 44, 4, 31 }, { 12, 4, 72 + 31 }, { SECTION + 1, 1, 2 } },
	  SECTION + 31,
	  CPER_SECTION_TOO_SHORT,
	  SECTION },
	{ "cxl_prot",
	  { { SECTION + 108, 2, 148 }, { SECTION + 110, 2, 0 } },
	  0,
	  CPER_CXL_ERROR_LOG,
	  SECTION + 110 },
	/* harmless: Linux refuses or prints these */
	{ "fw",
	  { { 44, 4, 16 }, { 12, 4, 72 + 16 }, { SECTION + 1, 1, 1 } },
	  SECTION + 16,
	  CPER_OK,
	  0 },
	{ "cxl_prot",
	  { { SECTION, 1, 0x3f }, { SECTION + 108, 2, 148 }, { SECTION + 110, 2, 0 } },
	  0,
	  CPER_OK,
	  0 },
	{ "mem", { { 12, 4, 1 } }, 0, CPER_OK, 0 },
	{ "mem", { { 12, 4, 0xffffffff } }, 0, CPER_OK, 0 },
	{ "mem", { { 12, 4, 151 } }, 0, CPER_OK, 0 },
	{ "mem", { { 12, 4, 153 } }, 173, CPER_OK, 0 },
	{ "mem", { { 44, 4, 81 } }, 0, CPER_OK, 0 },
	{ "mem", { { 44, 4, 60 }, { 12, 4, 72 + 60 } }, SECTION + 60, CPER_OK, 0 },
	{ "mem", { { 36, 4, 9 } }, 0, CPER_OK, 0 },
	{ "mem", { { 16, 4, CPER_SEV_FATAL } }, 0, CPER_OK, 0 },
	{ "proc_arm", { { SECTION + 8, 4, 0 } }, 0, CPER_OK, 0 },
	{ "proc_arm", { { SECTION + 170, 2, 9 } }, 0, CPER_OK, 0 },
	{ "pcie", { { 44, 4, 168 }, { 12, 4, 72 + 168 } }, SECTION + 168, CPER_OK, 0 },
	{ "pcie",
	  { { 44, 4, 40 }, { 12, 4, 72 + 40 }, { SECTION, 1, 0x7f } },
	  SECTION + 40,
	  CPER_OK,
	  0 },
	{ "pcidev", { { SECTION + 32, 4, 0xffffffff } }, 0, CPER_OK, 0 },
	{ "cxl_media", { { SECTION, 4, 200 } }, 0, CPER_OK, 0 },
};

static void test_hazards(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hazards); i++) {
		const struct row *r = &hazards[i];
		struct cper_err err = { 0 };
		size_t len;
		_free_ uint8_t *buf = edited(r, &len);

		cper_hazard(buf, len, &err);
		if (err.code != r->code || (err.code && err.offset != r->offset))
			fail_msg("hazards[%zu]: %s at %u, not %s at %u", i,
				 cper_code_name(err.code), err.offset, cper_code_name(r->code),
				 r->offset);
		/* the gate of the ordinary path refuses them too */
		if (r->code)
			assert_int_equal(cper_validate(buf, len, CPER_LINUX_GUEST, NULL), -1);
	}
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		uint8_t buf[4096];
		size_t len = make_block(&makers[i], buf, sizeof(buf));

		assert_int_equal(cper_hazard(buf, len, NULL), 0);
	}
}

/*
 * Each validation bit alone on each short memory section: which bits stand for a field behind its
 * end.
 */
static void test_short_memory(void **state)
{
	static const struct {
		unsigned int bit;
		uint32_t end;
	} claims[] = {
		{ 15, 76 }, { 16, 78 }, { 17, 80 }, { 18, 74 }, { 21, 74 },
	};

	(void)state;
	for (uint32_t n = 73; n <= 80; n++)
		for (unsigned int bit = 0; bit < 64; bit++) {
			const struct row r = { "mem",
					       { { 44, 4, n },
						 { 12, 4, 72 + n },
						 { SECTION, 8, UINT64_C(1) << bit } },
					       SECTION + n,
					       0,
					       0 };
			struct cper_err err = { 0 };
			size_t len;
			_free_ uint8_t *buf = edited(&r, &len);
			int want = CPER_OK;

			for (size_t i = 0; i < ARRAY_LEN(claims); i++)
				if (claims[i].bit == bit && claims[i].end > n)
					want = CPER_VALID_BEYOND_LENGTH;
			cper_validate(buf, len, CPER_SPEC, &err);
			if (err.code != want || (want && err.offset != SECTION))
				fail_msg("%u bytes, bit %u: %s", n, bit, cper_code_name(err.code));
		}
}

/* 73 bytes and a bank group: valid by the specification, but Linux shows nothing of it. */
static void test_linux_old_memory(void **state)
{
	const struct row r = { "mem",
			       { { 44, 4, 73 }, { 12, 4, 145 }, { SECTION, 8, 1 << 19 } },
			       SECTION + 73,
			       0,
			       0 };
	struct cper_err err;
	size_t len;
	_free_ uint8_t *buf = edited(&r, &len);

	(void)state;
	assert_int_equal(cper_validate(buf, len, CPER_SPEC, &err), 0);
	assert_int_equal(cper_validate(buf, len, CPER_LINUX_GUEST, &err), -1);
	assert_int_equal(err.code, CPER_VALID_BEYOND_LENGTH);
	assert_int_equal(err.offset, SECTION);
	le_store(buf + SECTION, 8, 0x7fff);
	assert_int_equal(cper_validate(buf, len, CPER_LINUX_GUEST, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hazards),
		cmocka_unit_test(test_short_memory),
		cmocka_unit_test(test_linux_old_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
