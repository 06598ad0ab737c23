// SPDX-License-Identifier: LGPL-2.1-or-later
/* Builder, view, profiles and FRU of lib/cper. test_cperjson tests the samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/uuid.h"
#include "cper/cper.h"

static size_t build(uint8_t *buf, size_t cap, uint32_t sev, size_t entries)
{
	struct cper_entry_info info = { .severity = sev };
	struct cper_memory m = { .validation_bits = CPER_MEM_VALID_PA,
				 .physical_address = 0x1000,
				 .node = 9 };
	struct cper_builder b;
	struct cper_err err = { 0 };
	size_t len = 0;

	cper_build_begin(&b, buf, cap);
	for (size_t i = 0; i < entries; i++)
		cper_put_memory(&b, &info, &m);
	if (cper_build_end(&b, &len, &err) < 0) {
		assert_int_equal(err.code, CPER_NO_SPACE);
		assert_int_equal(err.offset, 20 + 152 * entries);
		return 0;
	}
	return len;
}

static void test_build(void **state)
{
	uint8_t buf[1024];
	struct cper_memory m;
	struct cper_entry e;
	struct cper_view v;

	(void)state;
	assert_int_equal(build(buf, sizeof(buf), CPER_SEV_CORRECTED, 6), 932);
	assert_int_equal(buf[0], 0x6a);
	assert_int_equal(cper_block_severity(buf), CPER_SEV_CORRECTED);
	assert_int_equal(build(buf, sizeof(buf), CPER_SEV_CORRECTED, 7), 0);
	assert_int_equal(build(buf, 171, CPER_SEV_FATAL, 1), 0);
	assert_int_equal(build(buf, 172, CPER_SEV_FATAL, 1), 172);
	assert_int_equal(buf[0], 0x11);
	assert_int_equal(cper_view_init(&v, buf, 172, NULL), 0);
	assert_int_equal(cper_view_next(&v, &e, NULL), 1);
	assert_int_equal(cper_decode_memory(&e, &m, NULL), 0);
	assert_true(m.physical_address == 0x1000);
	assert_int_equal(m.node, 0);
	assert_int_equal(cper_view_next(&v, &e, NULL), 0);
}

static void test_profiles(void **state)
{
	struct cper_err err;
	uint8_t buf[1024] = { 0 };

	(void)state;
	build(buf, sizeof(buf), CPER_SEV_CORRECTED, 1);
	assert_int_equal(
		cper_validate(buf, 172, CPER_SPEC | CPER_LINUX_GUEST | CPER_QEMU_SLOT, &err), 0);
	assert_int_equal(cper_validate(buf, 173, CPER_SPEC, &err), 0);
	assert_int_equal(cper_validate(buf, 173, CPER_QEMU_SLOT, &err), -1);
	assert_int_equal(err.code, CPER_TRAILING_BUFFER);
	buf[16] = 4;
	assert_int_equal(cper_validate(buf, 172, CPER_SPEC, &err), 0);
	assert_int_equal(cper_validate(buf, 172, CPER_LINUX_GUEST, &err), -1);
	assert_int_equal(err.offset, 16);
	buf[16] = 2;
	buf[36] = 4;
	assert_int_equal(cper_validate(buf, 172, CPER_LINUX_GUEST, &err), -1);
	assert_int_equal(err.offset, 36);
	buf[36] = 2;
	buf[0] = 0;
	assert_int_equal(cper_validate(buf, 172, CPER_LINUX_GUEST, &err), -1);
	assert_int_equal(err.code, CPER_BLOCK_STATUS_ZERO);
}

static void test_truncations(void **state)
{
	uint8_t buf[1024];
	struct cper_err err;
	size_t len = build(buf, sizeof(buf), CPER_SEV_CORRECTED, 2);

	(void)state;
	for (size_t n = 0; n < len; n++) {
		assert_int_equal(cper_validate(buf, n, CPER_SPEC, &err), -1);
		assert_int_equal(err.offset, n);
	}
}

static void test_fru(void **state)
{
	struct uuid u = { { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb,
			    0xcc, 0xdd, 0xee, 0xff } },
		    back;
	struct cper_guid g, other = { { 7 } };
	uint8_t buf[1024];
	size_t len = build(buf, sizeof(buf), CPER_SEV_CORRECTED, 2);

	(void)state;
	cper_guid_from_uuid(&u, &g);
	assert_int_equal(g.b[0], 0x33);
	cper_guid_to_uuid(&g, &back);
	assert_true(uuid_equal(&u, &back));
	assert_int_equal(cper_set_fru(buf, len, &g, NULL, NULL), 0);
	assert_int_equal(buf[42], 1);
	assert_int_equal(cper_set_fru(buf, len, &other, "a text of more than 20 bytes", NULL), 0);
	assert_int_equal(buf[42], 3);
	assert_int_equal(buf[42 + 152], 3);
	assert_memory_equal(buf + 48, g.b, 16);
	assert_memory_equal(buf + 64, "a text of more than ", 20);
	assert_int_equal(cper_set_fru(buf, len - 1, &other, NULL, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_fru),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
