// SPDX-License-Identifier: LGPL-2.1-or-later
/* Shared by the tests of a record's other forms. */
#ifndef RASD_TEST_CPERJSON_OUT_H
#define RASD_TEST_CPERJSON_OUT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/num.h"
#include "cper_through_json.h"
#include "cper/record.h"

/* A block with everything that the header of an entry can have; returns its length. */
static inline size_t full_block(uint8_t *buf, size_t cap)
{
	static const char json[] =
		"{\"block\":{\"raw_data\":\"0102\"},\"entries\":["
		"{\"kind\":\"fw\",\"header\":{\"error_severity\":\"recoverable\",\"flags\":5,"
		"\"fru_id\":\"00112233-4455-6677-8899-aabbccddeeff\",\"fru_text\":\"DIMM\","
		"\"timestamp\":\"5859230131122620\"},"
		"\"section\":{\"fields\":{\"revision\":2},\"trailing\":\"beef\"}},"
		"{\"kind\":\"mem\",\"header\":{\"error_severity\":\"corrected\","
		"\"validation_bits\":8,"
		"\"timestamp\":\"5959230131122620\"},\"section\":{\"fields\":{\"node\":1}}}]}";
	_json_ json_object *o = NULL;
	struct ras_err err;
	size_t len;

	assert_int_equal(json_parse(json, sizeof(json) - 1, &o, &err), 0);
	assert_int_equal(cperjson_encode(o, buf, cap, &len, &err), 0);
	return len;
}

/* A file of tests/data/cper; returns its length. */
static inline size_t case_file(const char *name, uint8_t *buf, size_t cap)
{
	_fclose_ FILE *f = NULL;
	_free_ char *path = NULL;
	size_t len;

	assert_true(asprintf(&path, "tests/data/cper/%s", name) > 0);
	f = fopen(path, "re");
	if (!f)
		fail_msg("%s cannot be read", path);
	len = fread(buf, 1, cap, f);
	assert_true(len < cap);
	return len;
}

#endif
