// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Each length and count of a section is made wrong. The expected results are written down here and
 * do not come from the library.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cper_through_json.h"

#define SECTION 92u /* of the first entry, from the start of the block */

static const struct lie {
	const char *kind;
	uint32_t at;
	uint8_t width;
	uint64_t value;
	int code;
	uint32_t offset;
} lies[] = {
	/* ARM: 4 infos (40), 9 contexts of 16 bytes (168), vendor (312), end 317 */
	{ "proc_arm", 8, 4, 0, CPER_ARM_SECTION_LENGTH, 8 },
	{ "proc_arm", 8, 4, 39, CPER_ARM_SECTION_LENGTH, 8 },
	{ "proc_arm", 8, 4, 40, CPER_ARM_ERR_INFO, 4 },
	{ "proc_arm", 8, 4, 167, CPER_ARM_ERR_INFO, 4 },
	{ "proc_arm", 8, 4, 168, CPER_ARM_CONTEXT, 6 },
	{ "proc_arm", 8, 4, 311, CPER_ARM_CONTEXT, 300 },
	{ "proc_arm", 8, 4, 312, CPER_OK, 0 },
	{ "proc_arm", 8, 4, 318, CPER_ARM_SECTION_LENGTH, 8 },
	{ "proc_arm", 8, 4, 0xffffffff, CPER_ARM_SECTION_LENGTH, 8 },
	{ "proc_arm", 4, 2, 5, CPER_ARM_ERR_INFO, 169 },
	{ "proc_arm", 4, 2, 9, CPER_ARM_ERR_INFO, 4 },
	{ "proc_arm", 4, 2, 0xffff, CPER_ARM_ERR_INFO, 4 },
	{ "proc_arm", 6, 2, 0, CPER_OK, 0 },
	{ "proc_arm", 6, 2, 8, CPER_OK, 0 },
	{ "proc_arm", 6, 2, 10, CPER_ARM_CONTEXT, 6 },
	{ "proc_arm", 6, 2, 0xffff, CPER_ARM_CONTEXT, 6 },
	{ "proc_arm", 41, 1, 31, CPER_ARM_ERR_INFO, 41 },
	{ "proc_arm", 137, 1, 0, CPER_ARM_ERR_INFO, 137 },
	{ "proc_arm", 170, 2, 9, CPER_ARM_CONTEXT, 170 },
	{ "proc_arm", 170, 2, 0xffff, CPER_ARM_CONTEXT, 170 },
	{ "proc_arm", 172, 4, 138, CPER_ARM_CONTEXT, 6 },
	{ "proc_arm", 172, 4, 142, CPER_ARM_CONTEXT, 172 },
	{ "proc_arm", 172, 4, 0xfffffff8, CPER_ARM_CONTEXT, 172 },
	{ "proc_arm", 172, 4, 0xffffffff, CPER_ARM_CONTEXT, 172 },
	/* x86: 4 infos (64), 8 contexts of 24 bytes (320), end 512 */
	{ "proc_ia", 0, 8, 3 | 8 << 2 | 8 << 8, CPER_IA_ERR_INFO, 0 },
	{ "proc_ia", 0, 8, 3 | 63 << 2, CPER_IA_ERR_INFO, 0 },
	{ "proc_ia", 0, 8, 3 | 4 << 2 | 7 << 8, CPER_OK, 0 },
	{ "proc_ia", 0, 8, 3 | 4 << 2 | 9 << 8, CPER_IA_CONTEXT, 0 },
	{ "proc_ia", 0, 8, 3 | 4 << 2 | 63 << 8, CPER_IA_CONTEXT, 0 },
	{ "proc_ia", 322, 2, 177, CPER_IA_CONTEXT, 322 },
	{ "proc_ia", 322, 2, 0xffff, CPER_IA_CONTEXT, 322 },
	{ "proc_ia", 322, 2, 170, CPER_IA_CONTEXT, 0 },
	{ "proc_ia", 490, 2, 9, CPER_IA_CONTEXT, 490 },
	/* 3 register pairs */
	{ "pcidev", 32, 4, 1, CPER_OK, 0 },
	{ "pcidev", 32, 4, 3, CPER_PCIDEV_PAIRS, 32 },
	{ "pcidev", 32, 4, 0xffffffff, CPER_PCIDEV_PAIRS, 32 },
	{ "pcidev", 36, 4, 2, CPER_PCIDEV_PAIRS, 32 },
	{ "pcidev", 36, 4, 0xffffffff, CPER_PCIDEV_PAIRS, 32 },
	{ "pcidev", 0, 8, 0xf, CPER_OK, 0 },
	{ "ccix", 0, 4, 15, CPER_CCIX_LENGTH, 0 },
	{ "ccix", 0, 4, 16, CPER_CCIX_LENGTH, 0 },
	{ "ccix", 0, 4, 17, CPER_OK, 0 },
	{ "ccix", 0, 4, 49, CPER_CCIX_LENGTH, 0 },
	{ "ccix", 0, 4, 0xffffffff, CPER_CCIX_LENGTH, 0 },
	{ "cxl_media", 0, 4, 0, CPER_CXL_EVENT_LENGTH, 0 },
	{ "cxl_dram", 0, 4, 31, CPER_CXL_EVENT_LENGTH, 0 },
	{ "cxl_module", 0, 4, 32, CPER_CXL_EVENT_LENGTH, 0 },
	{ "cxl_pswitch", 0, 4, 33, CPER_OK, 0 },
	{ "cxl_vswitch", 0, 4, 145, CPER_CXL_EVENT_LENGTH, 0 },
	{ "cxl_mld", 0, 4, 0xffffffff, CPER_CXL_EVENT_LENGTH, 0 },
	/* DVSEC 60, log 88, end 264 */
	{ "cxl_prot", 108, 2, 0xffff, CPER_CXL_DVSEC, 108 },
	{ "cxl_prot", 108, 2, 149, CPER_CXL_DVSEC, 108 },
	{ "cxl_prot", 108, 2, 148, CPER_CXL_ERROR_LOG, 110 },
	{ "cxl_prot", 108, 2, 61, CPER_CXL_ERROR_LOG, 110 },
	{ "cxl_prot", 108, 2, 0, CPER_OK, 0 },
	{ "cxl_prot", 110, 2, 89, CPER_CXL_ERROR_LOG, 110 },
	{ "cxl_prot", 110, 2, 0xffff, CPER_CXL_ERROR_LOG, 110 },
	{ "cxl_prot", 110, 2, 0, CPER_OK, 0 },
	/* 2 records (80), auxiliary (224): contexts at 240 and 272, pairs at 320, end 368 */
	{ "arm_ras", 8, 4, 5, CPER_ARM_RAS_ARRAY, 8 },
	{ "arm_ras", 8, 4, 0xffffffff, CPER_ARM_RAS_ARRAY, 8 },
	{ "arm_ras", 8, 4, 0, CPER_OK, 0 },
	{ "arm_ras", 8, 4, 1, CPER_OK, 0 },
	{ "arm_ras", 12, 2, 0, CPER_ARM_RAS_ARRAY, 12 },
	{ "arm_ras", 12, 2, 79, CPER_ARM_RAS_ARRAY, 12 },
	{ "arm_ras", 12, 2, 81, CPER_OK, 0 },
	{ "arm_ras", 12, 2, 225, CPER_ARM_RAS_ARRAY, 8 },
	{ "arm_ras", 12, 2, 0xffff, CPER_ARM_RAS_ARRAY, 8 },
	{ "arm_ras", 14, 2, 0, CPER_OK, 0 },
	{ "arm_ras", 14, 2, 1, CPER_ARM_RAS_AUX, 14 },
	{ "arm_ras", 14, 2, 79, CPER_ARM_RAS_AUX, 14 },
	{ "arm_ras", 14, 2, 353, CPER_ARM_RAS_AUX, 14 },
	{ "arm_ras", 14, 2, 0xffff, CPER_ARM_RAS_AUX, 14 },
	{ "arm_ras", 228, 4, 0, CPER_ARM_RAS_AUX, 228 },
	{ "arm_ras", 228, 4, 15, CPER_ARM_RAS_AUX, 228 },
	{ "arm_ras", 228, 4, 145, CPER_ARM_RAS_AUX, 228 },
	{ "arm_ras", 228, 4, 0xffffffff, CPER_ARM_RAS_AUX, 228 },
	{ "arm_ras", 226, 2, 3, CPER_ARM_RAS_AUX, 320 },
	{ "arm_ras", 226, 2, 1, CPER_OK, 0 },
	{ "arm_ras", 232, 4, 15, CPER_ARM_RAS_AUX, 232 },
	{ "arm_ras", 232, 4, 97, CPER_ARM_RAS_AUX, 232 },
	{ "arm_ras", 232, 4, 95, CPER_OK, 0 },
	{ "arm_ras", 232, 4, 0xffffffff, CPER_ARM_RAS_AUX, 232 },
	{ "arm_ras", 236, 2, 3, CPER_ARM_RAS_AUX, 232 },
	{ "arm_ras", 236, 2, 0xffff, CPER_ARM_RAS_AUX, 232 },
	{ "arm_ras", 236, 2, 0, CPER_OK, 0 },
	{ "arm_ras", 240, 4, 0, CPER_ARM_RAS_AUX, 240 },
	{ "arm_ras", 240, 4, 15, CPER_ARM_RAS_AUX, 240 },
	{ "arm_ras", 240, 4, 129, CPER_ARM_RAS_AUX, 240 },
	{ "arm_ras", 272, 4, 0xfffffff0, CPER_ARM_RAS_AUX, 272 },
};

static void test_lies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		const struct lie *l = &lies[i];
		uint8_t buf[4096];
		size_t len = make_block(maker_of(l->kind), buf, sizeof(buf));
		struct cper_err err = { 0 };
		_free_ uint8_t *exact = malloc(len);
		json_object *o = NULL;

		memcpy(exact, buf, len);
		le_store(exact + SECTION + l->at, l->width, l->value);
		cper_validate(exact, len, CPER_SPEC, &err);
		if (err.code != l->code || (err.code && err.offset != SECTION + l->offset) ||
		    err.entry)
			fail_msg("%s[%u] = %llu: %s at %u, not %s at %u", l->kind, l->at,
				 (unsigned long long)l->value, cper_code_name(err.code), err.offset,
				 cper_code_name(l->code), SECTION + l->offset);
		if (!l->code) {
			through_json(l->kind, exact, len, CPERJSON_WORDS);
			continue;
		}
		/* the same answer through JSON, and never as an unknown section */
		assert_int_equal(cperjson_decode(exact, len, &o, &err), -1);
		assert_int_equal(err.code, l->code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lies) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
