// SPDX-License-Identifier: LGPL-2.1-or-later
/* JSON values: getters check type and range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/json.h"

static void getters(void **state)
{
	static const char text[] =
		"{\"s\":\"5\",\"i\":5,\"n\":-1,\"r\":1.9,\"b\":true,\"h\":\"0x40000000\","
		"\"d\":\"31\","
		"\"m\":9007199254740992,\"o\":9007199254740993,\"u\":18446744073709551615,"
		"\"z\":null}";
	_json_ json_object *o = NULL;
	const char *s = "keep";
	uint64_t u = 77;
	bool b = false;
	struct ras_err err;

	(void)state;
	assert_int_equal(json_parse(text, sizeof(text) - 1, &o, &err), 0);
	assert_int_equal(json_get_str(o, "s", &s, &err), 0);
	assert_string_equal(s, "5");
	assert_true(json_get_str(o, "i", &s, &err) < 0);
	assert_string_equal(err.field, "i");
	assert_true(json_get_str(o, "absent", &s, &err) < 0);
	assert_string_equal(err.field, "absent");
	assert_int_equal(json_opt_str(o, "absent", &s, &err), 0);
	assert_true(json_opt_str(o, "z", &s, &err) < 0);
	assert_int_equal(json_get_u64(o, "i", 1, 5, &u, &err), 0);
	assert_int_equal(u, 5);
	assert_true(json_get_u64(o, "i", 6, 9, &u, &err) < 0);
	assert_true(json_get_u64(o, "n", 0, UINT64_MAX, &u, &err) < 0);
	assert_true(json_get_u64(o, "r", 0, 9, &u, &err) < 0);
	assert_true(json_get_u64(o, "s", 0, 9, &u, &err) < 0);
	assert_true(json_get_u64(o, "b", 0, 9, &u, &err) < 0);
	assert_int_equal(json_get_u64(o, "u", 0, UINT64_MAX, &u, &err), 0);
	assert_true(u == UINT64_MAX);
	assert_true(json_get_bool(o, "i", &b, &err) < 0);
	assert_int_equal(json_get_bool(o, "b", &b, &err), 0);
	assert_true(b);
	assert_int_equal(json_get_hex64(o, "h", &u, &err), 0);
	assert_true(u == 0x40000000);
	assert_int_equal(json_get_hex64(o, "m", &u, &err), 0);
	assert_true(u == UINT64_C(1) << 53);
	assert_true(json_get_hex64(o, "o", &u, &err) < 0);
	assert_true(json_get_hex64(o, "d", &u, &err) < 0);
	assert_true(json_get_hex64(o, "n", &u, &err) < 0);
	assert_true(u == UINT64_C(1) << 53); /* untouched on failure */
}

static void hex_numbers(void **state)
{
	static const char text[] = "{\"a\":\"0xfF\",\"b\":true,\"c\":null,\"d\":\"0x\"}";
	_json_ json_object *o = NULL;
	struct ras_err err;
	uint64_t v = 42;

	(void)state;
	assert_int_equal(json_parse(text, sizeof(text) - 1, &o, &err), 0);
	assert_int_equal(json_opt_hex64(o, "none", &v, &err), 0);
	assert_true(v == 42);
	assert_int_equal(json_opt_hex64(o, "b", &v, &err), -RAS_E_PARAMS);
	assert_string_equal(err.field, "b");
	assert_int_equal(json_opt_hex64(o, "c", &v, &err), -RAS_E_PARAMS);
	assert_int_equal(json_opt_hex64(o, "d", &v, &err), -RAS_E_PARAMS);
	assert_true(v == 42);
	assert_int_equal(json_opt_hex64(o, "a", &v, &err), 0);
	assert_true(v == 255);

	_json_ json_object *wide = json_new_hex64(255, 16), *most = json_new_hex64(UINT64_MAX, 0);

	assert_string_equal(json_object_get_string(wide), "0x00000000000000ff");
	assert_string_equal(json_object_get_string(most), "0xffffffffffffffff");
}

/* What is required and absent, and what has another type. */
static void absent(void **state)
{
	static const char text[] = "{\"n\":1,\"s\":\"x\"}";
	_json_ json_object *o = NULL;
	json_object *part = NULL;
	const char *word = "kept";
	struct ras_err err;
	uint64_t n = 7;
	bool flag = true;

	(void)state;
	assert_int_equal(json_parse(text, sizeof(text) - 1, &o, &err), 0);
	assert_int_equal(json_get_bool(o, "x", &flag, &err), -RAS_E_PARAMS);
	assert_int_equal(json_get_u64(o, "x", 0, 9, &n, &err), -RAS_E_PARAMS);
	assert_int_equal(json_get_hex64(o, "x", &n, &err), -RAS_E_PARAMS);
	assert_int_equal(json_get_str(o, "x", &word, &err), -RAS_E_PARAMS);
	assert_int_equal(json_get_obj(o, "x", &part, &err), -RAS_E_PARAMS);
	assert_int_equal(json_get_arr(o, "s", &part, &err), -RAS_E_PARAMS);
	assert_string_equal(err.field, "s");
	assert_int_equal(json_get_bool(o, "n", &flag, &err), -RAS_E_PARAMS);
	assert_true(flag && n == 7 && !part);
	assert_string_equal(word, "kept");
}

static void new_text(void **state)
{
	static const char *const pairs[][2] = {
		{ "plain", "plain" },
		{ "\xc3\xa9\xf0\x9f\x98\x80", "\xc3\xa9\xf0\x9f\x98\x80" },
		{ "cut \xf0\x9f\x98", "cut " },
		{ "\xff\xc0\x80", "\\xff\\xc0\\x80" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		_json_ json_object *o = json_new_text(pairs[i][0]);

		assert_string_equal(json_object_get_string(o), pairs[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(getters),
		cmocka_unit_test(hex_numbers),
		cmocka_unit_test(absent),
		cmocka_unit_test(new_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
