// SPDX-License-Identifier: LGPL-2.1-or-later
/* The SSDT with PNP0C33 and _OSC: it is what iasl makes of its source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "acpi/error_device.h"
#include "acpi/table.h"
#include "tests/unit/iasl.h"

#define SOURCE "lib/acpi/error_device.asl"

static uint8_t table[ERROR_DEVICE_BYTES];
static char dir[] = "/tmp/test-ssdt.XXXXXX", text[32768];

static void header_is_right(void **state)
{
	uint8_t sum = 0;

	(void)state;
	error_device_build(table);
	assert_memory_equal(table, "SSDT", 4);
	assert_int_equal(le32(table + 4), sizeof(table));
	assert_int_equal(table[8], 2); /* integers have 64 bits */
	assert_memory_equal(table + 10, "RASD  RASDGHES", 14);
	for (size_t i = 0; i < sizeof(table); i++)
		sum = (uint8_t)(sum + table[i]);
	assert_int_equal(sum, 0);
}

static void bytes_are_those_of_the_source(void **state)
{
	uint8_t made[1024];
	size_t len;
	int fd = open(SOURCE, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text));

	(void)state;
	assert_true(n > 0 && n < (ssize_t)sizeof(text));
	close(fd);
	write_whole(dir, "ssdt.asl", text, (size_t)n);
	iasl(dir, "-we", "ssdt.asl"); /* a warning is an error */
	len = take_whole(dir, "ssdt.aml", made, sizeof(made));
	assert_int_equal(len, sizeof(table));
	error_device_build(table);
	assert_memory_equal(made + ACPI_HEADER_BYTES, table + ACPI_HEADER_BYTES,
			    len - ACPI_HEADER_BYTES);
	take_whole(dir, "ssdt.asl", text, sizeof(text));
	take_whole(dir, "log", text, sizeof(text));
}

static void iasl_reads_the_table(void **state)
{
	(void)state;
	error_device_build(table);
	write_whole(dir, "ssdt.aml", table, sizeof(table));
	iasl(dir, "-d", "ssdt.aml");
	take_whole(dir, "ssdt.dsl", text, sizeof(text));
	assert_int_equal(count(text, "Name (_HID, EisaId (\"PNP0C33\")"), 1);
	assert_int_equal(count(text, "Method (_OSC, 4, NotSerialized)"), 1);
	assert_int_equal(count(text, "0811b06e-4a27-44f9-8d60-3cbbc22e7b48"), 1);
	assert_int_equal(count(text, "ed855e0c-6c90-47bf-a62a-26de0fc5ad5c"), 1);
	assert_int_equal(count(text, "Incorrect"), 0);
	take_whole(dir, "ssdt.aml", text, sizeof(text));
	take_whole(dir, "log", text, sizeof(text));
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_is_right),
		cmocka_unit_test(bytes_are_those_of_the_source),
		cmocka_unit_test(iasl_reads_the_table),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
