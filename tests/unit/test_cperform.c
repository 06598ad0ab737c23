// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * lib/cperform at its limits: bounded output, text that was cut at any byte, and what is not taken
 * for a record. What each form looks like is in tests/integration/test_rasctl_forms.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/num.h"
#include "cper_make.h"
#include "cperform/form.h"

/* Read text in memory of exactly its size, so that asan sees a read beyond it. */
static size_t read_all(const char *text, size_t len, int kind, uint8_t *out, size_t cap,
		       struct cperform_piece *last, int *form)
{
	char *exact = malloc(len ? len : 1);
	struct cperform_piece p;
	struct cperform f;
	struct cper_err err = { 0 };
	size_t n = 0;
	int r = 0;

	memcpy(exact, text, len);
	if (cperform_open(&f, exact, len, kind, &err) == 0)
		while ((r = cperform_next(&f, out, cap, &p, &err)) > 0) {
			assert_true(p.len <= cap || f.kind == CPERFORM_RAW);
			assert_true(p.at <= len);
			n++;
			*last = p;
		}
	else
		assert_true(err.code == CPER_FORM || err.code == CPER_TRUNCATED_BLOCK);
	if (r < 0)
		assert_true(err.code == CPER_NO_SPACE && err.offset > cap);
	if (form)
		*form = f.kind;
	free(exact);
	return n;
}

static const char *const texts[] = {
	"00000000  12 00 00 00 00 00 00 00  00 00 00 00 98 00 00 00  |................|\n*\n"
	"00000030  01 02\n00000032\n",
	"{1}[Hardware Error]: event severity: fatal\n{1}[Hardware Error]:  Error 0, type: fatal\n"
	"{1}[Hardware Error]:   section type: unknown, 11111111-2222-3333-4444-555555555555\n"
	"{1}[Hardware Error]:   section length: 0x14\n"
	"{1}[Hardware Error]:   00000000: 00000012 00000000 00000000 00000098  ................\n"
	"{1}[Hardware Error]:   00000010: 00000002                             ....\n",
	"{\"DiagnosticData\": \"EgAAAAAAAAAAAAAAmAAAAAIAAAAUEbylZG/eTg==\", \"a\": [1, {}]}",
	"{\"DiagnosticDataType\":\"CPERSection\",\"DiagnosticData\":\"AgAAAAAAAAA=\","
	"\"CPER\":{\"SectionType\":\"a5bc1114-6f64-4ede-b863-3e83ed7c83b1\"}}",
	"<Event><Data Name='RawData'>1200000000000000000000009800000002000000</Data></Event>",
	"unsigned char a[20] = { 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x98, 0, 0, 0, 2, 0, 0, 0 "
	"};\n",
	"12:00:00:00:00:00:00:00:00:00:00:00:98:00:00:00:02:00:00:00\n",
	"Q1BFUhAC/////wEAAgAAAAIAAAAYAQAA\n",
	"GUID: a5bc1114-6f64-4ede-b863-3e83ed7c83b1\nGeneric Error Status Block (20 bytes):\n"
	"      00000000  12 00 00 00 00 00 00 00 00 00 00 00 98 00 00 00   ................\n"
	"      00000010  02 00 00 00                                       ....\n\n"
	"Payload (2 bytes):\n      00000000  01 02  ..\n",
	"x 12 00 00 00 00 00 00 00  00 00 00 00 98 00 00 00  |................|\n"
	"x 02 00 00 00 14 11 bc a5  64 6f de 4e b8 63 3e 83  |........do.N.c>.|\n",
	"0000000 000022 000000 000000 000000 000000 000000 000230 000000\n"
	"0000020 000002 000000 000000 000000\n0000030\n",
	"char a[] = \"\\x12\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\230\\0\\0\\0\"\n"
	"  \"\\2\\0\\0\\0\";\n",
	"CPER\\x10\\x02\\xff\\xff\\xff\\xff\\x01\\x00\\x02\\x00\\x00\\x00\\n\\t\\'\\\\\n",
	/* base64 of a block that is also an odd number of hex digits: hex got no further here */
	"DAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
};

static void test_every_cut(void **state)
{
	struct cperform_piece p;
	uint8_t out[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		size_t len = strlen(texts[i]);

		if (!read_all(texts[i], len, 0, out, sizeof(out), &p, NULL))
			fail_msg("nothing in text %zu", i);
		for (size_t n = 0; n < len; n++)
			read_all(texts[i], n, 0, out, sizeof(out), &p, NULL);
		for (size_t n = 1; n < len; n++)
			read_all(texts[i] + n, len - n, 0, out, sizeof(out), &p, NULL);
		for (size_t cap = 0; cap < 64; cap++)
			read_all(texts[i], len, 0, out, cap, &p, NULL);
		/* a form that it is not must read it, or not, without harm */
		for (int kind = CPERFORM_RAW; kind <= CPERFORM_LIBCPER; kind++)
			read_all(texts[i], len, kind, out, sizeof(out), &p, NULL);
	}
}

static void test_values(void **state)
{
	static const char words[] = "00000000: 00000002 00000000  ........\n";
	struct cperform_piece p = { 0 };
	uint8_t out[4096];
	int form;

	(void)state;
	/* 16 bytes, 32 more for the star, and 2 */
	assert_int_equal(read_all(texts[0], strlen(texts[0]), 0, out, sizeof(out), &p, &form), 1);
	assert_int_equal(form, CPERFORM_HEXDUMP);
	assert_int_equal(p.len, 50);
	assert_int_equal(out[0] << 8 | out[16], 0x1212);
	assert_int_equal(out[48] << 8 | out[49], 0x102);
	assert_int_equal(read_all(texts[0], strlen(texts[0]), 0, out, 40, &p, &form), 0);

	assert_int_equal(read_all(texts[1], strlen(texts[1]), 0, out, sizeof(out), &p, &form), 1);
	assert_int_equal(form, CPERFORM_WORDS);
	assert_int_equal(p.len, 20);
	assert_true(p.is_section && !p.cut);
	assert_int_equal(p.severity, CPER_SEV_FATAL);
	assert_int_equal(p.type.b[0], 0x11);
	assert_int_equal(out[0] << 8 | out[12], 0x1298);

	assert_int_equal(read_all(texts[3], strlen(texts[3]), 0, out, sizeof(out), &p, &form), 1);
	assert_int_equal(form, CPERFORM_REDFISH);
	assert_true(p.is_section && p.len == 8 && out[0] == 2 && p.severity == -1);

	assert_int_equal(read_all(texts[8], strlen(texts[8]), 0, out, sizeof(out), &p, &form), 1);
	assert_false(p.is_section);
	assert_int_equal(p.len, 22);

	assert_int_equal(read_all(words, strlen(words), 0, out, sizeof(out), &p, &form), 1);
	assert_int_equal(form, CPERFORM_WORDS);
	assert_int_equal(out[0], 2);
}

/* A star and an offset far away do not make bytes without end. */
static void test_a_star_is_bounded(void **state)
{
	static const char text[] = "00000000  12 00 00 00 00 00 00 00  00 00 00 00 98 00 00 00\n*\n"
				   "ffffffff0  01\n";
	struct cperform_piece p = { 0 };
	uint8_t out[64];

	(void)state;
	read_all(text, strlen(text), 0, out, sizeof(out), &p, NULL);
	assert_true(p.len <= sizeof(out));
}

static void test_deep_json(void **state)
{
	struct cperform_piece p;
	uint8_t out[256];
	char *deep = malloc(100000);
	int form;

	(void)state;
	memset(deep, '[', 100000);
	memcpy(deep, "{\"a\":", 5);
	memcpy(deep + 90000, texts[2], strlen(texts[2]));
	assert_int_equal(read_all(deep, 100000, 0, out, sizeof(out), &p, &form), 1);
	assert_int_equal(form, CPERFORM_REDFISH);
	free(deep);
}

static void test_plain(void **state)
{
	char wide[] = "\xff\xfe"
		      "a\0b\0c\0d\0\xac\x20",
	     big[] = "\xfe\xff\0a\0b";
	char utf8[] = "\xef\xbb\xbf"
		      "abc";
	uint8_t flash[64];
	size_t n = 12;

	(void)state;
	cperform_plain(wide, &n);
	assert_int_equal(n, 5);
	assert_memory_equal(wide, "abcd?", 5);
	n = 6;
	cperform_plain(big, &n);
	assert_int_equal(n, 2);
	assert_memory_equal(big, "ab", 2);
	n = 6;
	cperform_plain(utf8, &n);
	assert_int_equal(n, 3);
	memset(flash, 0xff, sizeof(flash));
	n = sizeof(flash);
	cperform_plain(flash, &n);
	assert_int_equal(n, sizeof(flash));
}

/* What is taken away, and that a cut anywhere in it is not read beyond. */
static void test_tidy(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "\x1b[1;31mred\x1b[0m \x1b]0;title\a\x1b(Bx", "red x" },
		{ "one\r\r\ntwo\rthree\r", "one\ntwo\nthree\n" },
		{ "> > quoted\n>\n>>twice\n", "quoted\n\ntwice\n" },
		{ "```sh\n12\n  ```\n-----BEGIN X-----\nAB\n-----END X-----\n", "12\nAB\n" },
		{ "a\xc2\xa0"
		  "b\xe2\x80\x8b"
		  "c\xe2\x80\x9cq\xe2\x80\x9d\xe2\x80\x93",
		  "a bc\"q\"-" },
		/* not in the strings of JSON, and no second kind of quote inside of one */
		{ "{\"a\": \"x\xc2\xa0\xe2\x80\x9cy\"}", "{\"a\": \"x\xc2\xa0\xe2\x80\x9cy\"}" },
		{ "{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":\"a\\t\\u0041\\\"\"}\n"
		  "{\"MESSAGE\" : \"b\"}",
		  "a\tA\"\nb\n" },
		{ "_BOOT_ID=1\nMESSAGE=one\nX=2\n  MESSAGE=two\n", "one\ntwo\n" },
		{ "{ \"dmesg\": [ {\"pri\":3,\"msg\":\"one\"},{\"msg\":\"two\"} ] }",
		  "one\ntwo\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = strlen(cases[i].from), n;

		for (size_t cut = 0; cut <= len; cut++) {
			char *exact = malloc(cut ? cut : 1);

			memcpy(exact, cases[i].from, cut);
			n = cut;
			cperform_plain(exact, &n);
			assert_true(n <= cut);
			if (cut == len) {
				assert_int_equal(n, strlen(cases[i].to));
				assert_memory_equal(exact, cases[i].to, n);
			}
			free(exact);
		}
	}
}

static void test_words_of_forms(void **state)
{
	(void)state;
	for (int i = 0; i < CPERFORM_MAX; i++) {
		int found = cperform_by_word(cperform_word(i));

		assert_true(found == i || found == CPERFORM_MAX);
		assert_true(cperform_name(i)[0]);
	}
	assert_int_equal(cperform_by_word("gzip"), CPERFORM_MAX);
	assert_int_equal(cperform_by_word("xxd"), CPERFORM_HEXDUMP);
	assert_int_equal(cperform_by_word(""), CPERFORM_MAX);
	assert_string_equal(cperform_name(-1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_a_star_is_bounded),
		cmocka_unit_test(test_deep_json),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_tidy),
		cmocka_unit_test(test_words_of_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
