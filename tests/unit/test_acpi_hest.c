// SPDX-License-Identifier: LGPL-2.1-or-later
/* The HEST of a provisioned guest: its bytes, and what ACPI's own compiler reads in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "acpi/hest.h"
#include "tests/unit/iasl.h"

static uint64_t number(const uint8_t *at, unsigned int width)
{
	uint64_t v = 0;

	for (unsigned int i = width; i--;)
		v = v << 8 | at[i];
	return v;
}

/* Fields of a GHESv2 by their offsets in ACPI 6.5, table 18.12. */
static void source_says(const uint8_t *s, uint64_t id, uint64_t base, uint8_t notify,
			uint64_t poll_ms)
{
	static const uint8_t memory64[4] = { 0, 64, 0, 4 };

	assert_int_equal(number(s, 2), 10);
	assert_int_equal(number(s + 2, 2), id);
	assert_int_equal(number(s + 4, 2), 0xffff);
	assert_int_equal(s[6], 0);
	assert_int_equal(s[7], 1);
	assert_int_equal(number(s + 8, 4), 1);
	assert_int_equal(number(s + 12, 4), 4);
	assert_int_equal(number(s + 16, 4), 4096);
	assert_memory_equal(s + 20, memory64, 4);
	assert_int_equal(number(s + 24, 8), base + 0x40 * id);
	assert_int_equal(s[32], notify);
	assert_int_equal(s[33], 28);
	assert_int_equal(number(s + 34, 2), 0);
	assert_int_equal(number(s + 36, 4), poll_ms);
	for (int i = 40; i < 60; i++)
		assert_int_equal(s[i], 0);
	assert_int_equal(number(s + 60, 4), 4096);
	assert_memory_equal(s + 64, memory64, 4);
	assert_int_equal(number(s + 68, 8), base + 0x40 * id + 8);
	assert_int_equal(number(s + 76, 8), UINT64_MAX - 1);
	assert_int_equal(number(s + 84, 8), 1);
}

static void table_has_two_sources(void **state)
{
	uint8_t t[HEST_BYTES], sum = 0;

	(void)state;
	hest_build(0x480000000, GHES_NOTIFY_NMI, t);
	assert_int_equal(sizeof(t), 36 + 4 + 2 * 92);
	assert_memory_equal(t, "HEST", 4);
	assert_int_equal(number(t + 4, 4), sizeof(t));
	assert_int_equal(t[8], 1);
	assert_memory_equal(t + 10, "RASD  RASDGHES", 14);
	assert_int_equal(number(t + 36, 4), 2);
	source_says(t + 40, 0, 0x480000000, 0, 1000);
	source_says(t + 132, 1, 0x480000000, 4, 0);
	for (size_t i = 0; i < sizeof(t); i++)
		sum = (uint8_t)(sum + t[i]);
	assert_int_equal(sum, 0);
	hest_build(0x100000000, GHES_NOTIFY_POLL, t);
	source_says(t + 132, 1, 0x100000000, 0, 1000);
}

/* The listing of a table is read into out. */
static void disassemble(const char *dir, const uint8_t *table, size_t len, char *out, size_t size)
{
	write_whole(dir, "hest.aml", table, len);
	iasl(dir, "-d", "hest.aml");
	take_whole(dir, "hest.dsl", out, size);
}

static void iasl_reads_the_table(void **state)
{
	char dir[] = "/tmp/test-hest.XXXXXX", text[32768];
	uint8_t t[HEST_BYTES];

	(void)state;
	assert_non_null(mkdtemp(dir));
	hest_build(0x200000000, GHES_NOTIFY_NMI, t);
	disassemble(dir, t, sizeof(t), text, sizeof(text));
	assert_int_equal(count(text, "[Generic Hardware Error Source V2]"), 2);
	assert_int_equal(count(text, "Address : 0000000200000000"), 1);
	assert_int_equal(count(text, "Address : 0000000200000048"), 1);
	assert_int_equal(count(text, "Notify Type : 00 [Polled]"), 1);
	assert_int_equal(count(text, "Notify Type : 04 [NMI]"), 1);
	assert_int_equal(count(text, "000003E8"), 1);
	assert_int_equal(count(text, "Read Ack Write : 0000000000000001"), 2);
	assert_int_equal(count(text, "Invalid"), 0);
	assert_int_equal(count(text, "Incorrect"), 0);
	/* iasl notices a wrong sum: it would have noticed ours. */
	t[9]++;
	disassemble(dir, t, sizeof(t), text, sizeof(text));
	assert_int_equal(count(text, "Incorrect checksum"), 1);
	take_whole(dir, "hest.aml", text, sizeof(text));
	take_whole(dir, "log", text, sizeof(text));
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_has_two_sources),
		cmocka_unit_test(iasl_reads_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
