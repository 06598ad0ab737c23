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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_too_long),
		cmocka_unit_test(accepts),
		cmocka_unit_test(every_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
