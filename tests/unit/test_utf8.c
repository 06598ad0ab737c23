// SPDX-License-Identifier: LGPL-2.1-or-later
/* Text of others becomes text that may be shown, and two names stay two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "foreign_text.h"

static const char *clean(const char *text)
{
	static char out[256];

	utf8_clean(out, sizeof(out), text, strlen(text));
	return out;
}

static void test_words(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "", "" },
		{ "vm1 \"a\\b\"", "vm1 \"a\\b\"" },
		{ "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5 \xf0\x9f\x98\x80",
		  "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5 \xf0\x9f\x98\x80" },
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xc3(", "\\xc3(" },
		{ "a\xc0\xaf", "a\\xc0\\xaf" },			  /* '/' in two bytes */
		{ "\xed\xa0\x80z", "\\xed\\xa0\\x80z" },	  /* a surrogate */
		{ "\xf4\x90\x80\x80z", "\\xf4\\x90\\x80\\x80z" }, /* above U+10FFFF */
		{ "\x1b[2J\a\r\n\t\x7f", "\\x1b[2J\\x07\\x0d\\x0a\\x09\\x7f" },
		{ "\xc2\x9b"
		  "31m",
		  "\\xc2\\x9b31m" }, /* CSI of C1 */
		{ "a\xe2\x80\xae"
		  "b",
		  "a\\xe2\\x80\\xaeb" }, /* U+202E */
		{ "a\xe2\x81\xa6"
		  "b",
		  "a\\xe2\\x81\\xa6b" }, /* U+2066 */
		{ "vm\xe2\x80\x8b"
		  "1",
		  "vm\\xe2\\x80\\x8b1" }, /* of zero width */
		{ "a\xc3", "a" },	  /* cut by its sender */
		{ "a\xf0\x9f\x98", "a" },
		{ "a\xf0\x9f(", "a\\xf0\\x9f(" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_string_equal(clean(t[i].in), t[i].out);
		assert_string_equal(clean(t[i].out), t[i].out);
		assert_int_equal(utf8_is_clean(t[i].in, strlen(t[i].in)),
				 strcmp(t[i].in, t[i].out) == 0);
	}
}

/* Every code point, encoded as the textbook does, is read as that; cut it is not. */
static void test_every_character(void **state)
{
	(void)state;
	for (uint32_t r = 0; r <= 0x110000; r++) {
		char s[8] = "";
		size_t n;
		uint32_t got = 0;

		if (r < 0x80) {
			n = 1;
			s[0] = (char)r;
		} else {
			n = r < 0x800 ? 2 : r < 0x10000 ? 3 : 4;
			for (size_t i = n - 1; i; i--)
				s[i] = (char)(0x80 | (r >> 6 * (n - 1 - i) & 63));
			s[0] = (char)((0xf00 >> n & 0xf0) | r >> 6 * (n - 1));
		}
		if (r > 0x10ffff || (r >= 0xd800 && r < 0xe000)) {
			assert_int_equal(utf8_char(s, n, &got), 0);
			continue;
		}
		assert_int_equal(utf8_char(s, n, &got), n);
		assert_int_equal(got, r);
		assert_int_equal(utf8_char(s, n - 1, &got), 0);
	}
	assert_false(utf8_is_shown(0x9b));
	assert_false(utf8_is_shown(0xe0041));
	assert_false(utf8_is_shown(0x1fffe));
	for (uint32_t r = 0x202a; r <= 0x202e; r++)
		assert_false(utf8_is_shown(r));
	for (uint32_t r = 0x2066; r <= 0x2069; r++)
		assert_false(utf8_is_shown(r));
	assert_true(utf8_is_shown(0xa0));
	assert_true(utf8_is_shown(0x1f600));
}

/* What holds of every text and every size. */
static void check_text(const char *in, size_t len)
{
	char whole[1024], out[1024], again[1024];
	size_t full = utf8_clean(whole, sizeof(whole), in, len);

	assert_int_equal(strlen(whole), full);
	assert_true(utf8_is_clean(whole, full));
	assert_int_equal(utf8_clean(again, sizeof(again), whole, full), full);
	assert_string_equal(again, whole);
	utf8_copy(out, sizeof(out), in, len);
	assert_true(utf8_is_valid(out, strlen(out)));
	for (size_t size = 0; size <= full + 1; size += full > 64 ? 7 : 1) {
		memset(out, 'X', sizeof(out));
		assert_int_equal(utf8_clean(out, size, in, len), full);
		assert_int_equal(out[size], 'X');
		if (!size)
			continue;
		assert_true(strlen(out) < size);
		assert_true(utf8_is_clean(out, strlen(out)));
		assert_memory_equal(out, whole, strlen(out));
	}
}

static void test_any_text(void **state)
{
	uint32_t seed = 1;
	char in[256];

	(void)state;
	for (int i = 0; i < 20000; i++)
		check_text(in, random_text(&seed, in, sizeof(in)));
	for (int i = 0; i < 256; i++) {
		in[0] = (char)i;
		check_text(in, 1);
	}
	for (int i = 0; i < 256; i++)
		in[i] = (char)i;
	check_text(in, sizeof(in));
}

/* A shown name leads back to its name, so no two names have the same. */
static size_t name_back(const char *shown, char *out)
{
	size_t n = 0;
	unsigned int byte;

	while (*shown) {
		if (shown[0] == '\\') {
			assert_int_equal(sscanf(shown, "\\x%2x", &byte), 1);
			out[n++] = (char)byte;
			shown += 4;
		} else {
			out[n++] = *shown++;
		}
	}
	return n;
}

static void test_names_stay_different(void **state)
{
	uint32_t seed = 7;
	char in[256], shown[1024], back[1024];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t len = random_text(&seed, in, sizeof(in));

		if (!len)
			continue;
		assert_true(utf8_name(shown, sizeof(shown), in, len));
		assert_true(utf8_is_clean(shown, strlen(shown)));
		assert_int_equal(name_back(shown, back), len);
		assert_memory_equal(back, in, len);
	}
	assert_true(utf8_name(shown, sizeof(shown), "a\xff", 2));
	assert_string_equal(shown, "a\\xff");
	assert_true(utf8_name(shown, sizeof(shown), "a\\xff", 5));
	assert_string_equal(shown, "a\\x5cxff");
	assert_true(utf8_name(shown, sizeof(shown), "a\xc3", 2)); /* nothing is left out */
	assert_string_equal(shown, "a\\xc3");
	assert_false(utf8_name(shown, sizeof(shown), "", 0));
	assert_true(utf8_name(shown, 5, "\xff", 1));
	assert_false(utf8_name(shown, 4, "\xff", 1)); /* never cut */
	assert_string_equal(shown, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_every_character),
		cmocka_unit_test(test_any_text),
		cmocka_unit_test(test_names_stay_different),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
