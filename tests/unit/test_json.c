// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The strict gate: what json-c alone would wrongly accept is refused; what passes means the same to
 * json-c.
 */
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

static int parse(const char *text, size_t len, json_object **o)
{
	struct ras_err err;
	int r = json_parse(text, len, o, &err);

	if (r < 0)
		assert_int_equal(err.code, RAS_E_PARSE);
	return r;
}

static const struct {
	const char *text;
	size_t len;
} bad_json[] = {
	TEXT(""),
	TEXT(" "),
	TEXT("{"),
	TEXT("{\"a\":1,\"a\":2}"),
	TEXT("{\"a\":1,\"\\u0061\":2}"),
	TEXT("{\"a\":NaN}"),
	TEXT("[Infinity]"),
	TEXT("[-Infinity]"),
	TEXT("{'a':1}"),
	TEXT("[\"a\tb\"]"),
	TEXT("[\"a\nb\"]"),
	TEXT("[\"\\u0000\"]"),
	TEXT("[\"a\0b\"]"),
	TEXT("{\"a\\u0000b\":1}"),
	TEXT("[\"\\ud800\"]"),
	TEXT("[\"\\udc00\"]"),
	TEXT("[\"\\ud800\\u0041\"]"),
	TEXT("[\"\xc0\x80\"]"),
	TEXT("[\"\xed\xa0\x80\"]"),
	TEXT("[\"\xf4\x90\x80\x80\"]"),
	TEXT("[\"\xe2\x82\"]"),
	TEXT("[\"\xff\"]"),
	TEXT("[18446744073709551616]"),
	TEXT("[-9223372036854775809]"),
	TEXT("[1e400]"),
	TEXT("[99999999999999999999999]"),
	TEXT("[01]"),
	TEXT("[+1]"),
	TEXT("[.5]"),
	TEXT("[1.]"),
	TEXT("[1e]"),
	TEXT("[-]"),
	TEXT("[0x10]"),
	TEXT("[1,]"),
	TEXT("{\"a\":1,}"),
	TEXT("[1 2]"),
	TEXT("{\"a\" 1}"),
	TEXT("{a:1}"),
	TEXT("[1] 2"),
	TEXT("[1]//x"),
	TEXT("[/*x*/1]"),
	TEXT("[\"\\x41\"]"),
	TEXT("[\"a"),
	TEXT("[tru]"),
	TEXT("[True]"),
	TEXT("[\"\\u12g4\"]"),
	TEXT("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"),
};

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad_json) / sizeof(bad_json[0]); i++) {
		json_object *o = NULL;

		if (parse(bad_json[i].text, bad_json[i].len, &o) == 0)
			fail_msg("row %zu passed: %s", i, bad_json[i].text);
		assert_null(o);
	}
}

static void refuses_too_long(void **state)
{
	size_t len = JSON_MAX_BYTES + 1;
	char *text = malloc(len);
	json_object *o = NULL;

	(void)state;
	memset(text, ' ', len);
	text[0] = '1';
	assert_true(parse(text, len, &o) < 0);
	assert_int_equal(parse(text, len - 1, &o), 0);
	assert_int_equal(json_object_get_int(o), 1);
	json_object_put(o);
	free(text);
}

static void accepts(void **state)
{
	static const char *const good[] = {
		"{}",
		"[]",
		"1",
		"-0",
		"null",
		"true",
		"\"x\"",
		" [ 1 , 2 ] ",
		"{\"a\":{\"a\":1},\"b\":[{\"a\":2}]}",
		"[18446744073709551615,-9223372036854775808]",
		"[1.5e-3,0.1]",
		"[\"\\ud83d\\ude00\\n\\/\"]",
		"[\"\xf0\x9f\x98\x80\"]",
		"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		json_object *o = NULL;

		if (parse(good[i], strlen(good[i]), &o) < 0)
			fail_msg("refused: %s", good[i]);
		json_object_put(o);
	}
}

static void every_cut_is_refused(void **state)
{
	static const char text[] = "{\"a\":[1,\"x\\u0041\",{\"b\":null}],\"c\":-1.5e3}";

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *cut = malloc(n ? n : 1); /* its own block: asan sees one byte too far */
		json_object *o = NULL;

		memcpy(cut, text, n);
		assert_true(parse(cut, n, &o) < 0);
		free(cut);
	}
}

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
	assert_int_equal(parse(text, sizeof(text) - 1, &o), 0);
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

static void new_text(void **state)
{
	static const char *const pairs[][2] = {
		{ "plain", "plain" },
		{ "\xc3\xa9\xf0\x9f\x98\x80", "\xc3\xa9\xf0\x9f\x98\x80" },
		{ "cut \xf0\x9f\x98", "cut ???" },
		{ "\xff\xc0\x80", "???" },
		{ "\xed\xa0\x80", "???" },
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
		cmocka_unit_test(refuses),  cmocka_unit_test(refuses_too_long),
		cmocka_unit_test(accepts),  cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(getters),  cmocka_unit_test(parts),
		cmocka_unit_test(new_text), cmocka_unit_test(hex_numbers),
		cmocka_unit_test(absent),   cmocka_unit_test(too_many_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
