// SPDX-License-Identifier: LGPL-2.1-or-later
/* json_cut(): the parts of a value, and too many values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/json.h"

#define TEXT(s)                  \
	{                        \
		s, sizeof(s) - 1 \
	}

static void parts(void **state)
{
	static const char text[] =
		" { \"a\" : [1, {\"b\":2}] ,\"\\u00e9\":\"x\\n\", \"c\" :\tnull } ";
	struct json_part p[3];
	struct ras_err err;
	char buf[4];
	size_t n = 9;

	(void)state;
	assert_int_equal(json_cut(text, sizeof(text) - 1, p, 3, &n, &err), 0);
	assert_int_equal(n, 3);
	assert_int_equal(p[0].len, strlen("[1, {\"b\":2}]"));
	assert_memory_equal(p[0].text, "[1, {\"b\":2}]", p[0].len);
	assert_int_equal(json_part_str(p[0].key, p[0].key_len, buf, sizeof(buf)), 1);
	assert_string_equal(buf, "a");
	assert_int_equal(json_part_str(p[0].text, p[0].len, buf, sizeof(buf)), -1);
	assert_string_equal(buf, "");
	assert_int_equal(json_part_str(p[1].key, p[1].key_len, buf, sizeof(buf)), 2);
	assert_string_equal(buf, "\xc3\xa9");
	assert_int_equal(json_part_str(p[1].text, p[1].len, buf, sizeof(buf)), 2);
	assert_string_equal(buf, "x\n");
	assert_int_equal(json_part_str("\"\\q\"", 4, buf, sizeof(buf)), -1);
	assert_string_equal(buf, "");
	assert_int_equal(json_part_str("\"long\"", 6, buf, sizeof(buf)), 4);
	assert_string_equal(buf, "lon");
	assert_memory_equal(p[2].text, "null", 5 - 1);
	assert_int_equal(p[2].len, 4);
	/*
	 * Parts beyond the room for them are counted. A scalar has none. Text that the gate refuses
	 * is not cut.
	 */
	assert_int_equal(json_cut("[1,[2,3],\"]\",{}]", 16, p, 2, &n, &err), 0);
	assert_int_equal(n, 4);
	assert_null(p[0].key);
	assert_memory_equal(p[1].text, "[2,3]", 5);
	assert_int_equal(json_cut(" 7 ", 3, p, 2, &n, &err), 0);
	assert_int_equal(n, 0);
	n = 77;
	assert_int_equal(json_cut("[1,[2,3],", 9, p, 2, &n, &err), -RAS_E_PARSE);
	assert_int_equal(json_cut("{\"a\":1,\"\\u0061\":2}", 20, p, 2, &n, &err), -RAS_E_PARSE);
	assert_int_equal(n, 77);
}

/* [VALUES,VALUES,...]: parts of an array, each an array of so many numbers. */
static char *nested(size_t n_parts, size_t n)
{
	char *text = malloc(n_parts * (2 * n + 4) + 3), *p = text;

	*p++ = '[';
	for (size_t k = 0; k < n_parts; k++) {
		*p++ = '[';
		for (size_t i = 0; i < n; i++) {
			*p++ = '0';
			*p++ = i + 1 < n ? ',' : ']';
		}
		*p++ = k + 1 < n_parts ? ',' : ']';
	}
	*p = '\0';
	return text;
}

static void too_many_values(void **state)
{
	static const struct {
		size_t n_parts, n_values; /* a part is a value, too, and so is the whole */
		bool ok;
		size_t before;
	} cases[] = {
		{ 1, JSON_MAX_VALUES - 1, true, 1 },
		{ 2, JSON_MAX_VALUES - 1, true, 2 },
		{ 2, JSON_MAX_VALUES, false, 0 },
		{ 4, JSON_MAX_ALL_VALUES / 4 - 2, true, 4 },
		{ 5, JSON_MAX_ALL_VALUES / 4 - 2, false, 4 },
	};
	struct json_part p[8];
	struct ras_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = nested(cases[i].n_parts, cases[i].n_values);
		size_t n = 77;

		assert_int_equal(json_cut(text, strlen(text), p, 8, &n, &err),
				 cases[i].ok ? 0 : -RAS_E_PARAMS);
		assert_int_equal(n, cases[i].before);
		/* QEMU's replies have limits of their own. */
		assert_int_equal(json_gate(text, strlen(text), 16, JSON_MAX_BYTES, &err), 0);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts),
		cmocka_unit_test(too_many_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
