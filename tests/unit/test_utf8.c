// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Text of others becomes text that may be shown: every byte, every character, cut sequences, every
 * size of the result, and names that must not become the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/log.h"
#include "base/utf8.h"
#include "json/json.h"

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

/* A text without a secret in it, but with all there is: bytes by a fixed generator. */
static size_t random_text(uint32_t *seed, char *out, size_t max)
{
	static const char *const parts[] = {
		"a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xe2\x80\xae", "\x1b", "\\"
	};
	size_t n = 0;

	*seed = *seed * 1103515245u + 12345;
	for (size_t left = *seed >> 16 & 31; left; left--) {
		const char *p;

		*seed = *seed * 1103515245u + 12345;
		p = parts[(*seed >> 16) % ARRAY_LEN(parts)];
		if (*seed >> 29 == 0) {
			out[n++] = (char)(*seed >> 16);
		} else {
			/* whole, or cut anywhere */
			size_t len = strlen(p),
			       cut = *seed >> 28 & 1 ? len : (*seed >> 8) % len + 1;

			memcpy(out + n, p, cut);
			n += cut;
		}
		if (n + 8 > max)
			break;
	}
	return n;
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

/* --- what is made of it: errors, the log, JSON --- */

static void test_errors(void **state)
{
	struct ras_err err;
	char name[300];

	(void)state;
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = (char)(i + 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t cut = 0; cut < 40; cut++) {
		ras_fail(&err, RAS_E_NO_DOMAIN, "%.*s\xe2\x82\xac%s", (int)cut, name, name);
		ras_hint(&err, "%.*s\xf0\x9f\x98\x80%s", (int)(280 - cut), "x", name + cut);
		ras_field(&err, "%s", name + cut);
		assert_true(utf8_is_clean(err.text, strlen(err.text)));
		assert_true(utf8_is_clean(err.hint, strlen(err.hint)));
		assert_true(utf8_is_clean(err.field, strlen(err.field)));
	}
	/* An error may quote itself. */
	ras_fail(&err, RAS_E_IO, "first");
	ras_hint(&err, "why");
	ras_fail(&err, RAS_E_IO, "second: %s (%s)", err.text, err.hint);
	assert_string_equal(err.text, "second: first (why)");
	assert_string_equal(err.hint, "");
}

static char logged[2048];

static void keep_line(int level, const char *line)
{
	(void)level;
	snprintf(logged, sizeof(logged), "%s", line);
}

static void test_log(void **state)
{
	char all[256];

	(void)state;
	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	log_set_sink(keep_line);
	log_warn("guest %s: \xe2\x80\xae gone\nrasd: forged", all);
	log_set_sink(NULL);
	assert_true(utf8_is_clean(logged, strlen(logged)));
	assert_non_null(strstr(logged, "\\x0arasd: forged"));
}

/* Any text becomes JSON that a strict reader takes. */
static void test_json(void **state)
{
	uint32_t seed = 3;
	char in[257];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		_json_ json_object *o = NULL, *back = NULL;
		const char *text;
		struct ras_err err;

		in[random_text(&seed, in, sizeof(in) - 1)] = '\0';
		o = json_new_text(in);
		assert_non_null(o);
		text = json_object_to_json_string(o);
		assert_int_equal(json_parse(text, strlen(text), &back, &err), 0);
		/* A text that was UTF-8 is not changed: a request_id comes back as it was sent. */
		if (utf8_is_valid(in, strlen(in)))
			assert_string_equal(json_object_get_string(back), in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	 cmocka_unit_test(test_every_character),
		cmocka_unit_test(test_any_text), cmocka_unit_test(test_names_stay_different),
		cmocka_unit_test(test_errors),	 cmocka_unit_test(test_log),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
