// SPDX-License-Identifier: LGPL-2.1-or-later
/* lib/base: numbers, hex and base64, uuids, errors, buffers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/uuid.h"

static void numbers(void **state)
{
	static const char *const bad[] = { "",
					   "0x",
					   "x",
					   "-1",
					   "+1",
					   " 1",
					   "1 ",
					   "1.5",
					   "0xg",
					   "12a",
					   "18446744073709551616",
					   "0x10000000000000000" };
	uint64_t v = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(num_parse_u64(bad[i], &v, NULL), -RAS_E_PARAMS);
	assert_true(v == 42);
	assert_int_equal(num_parse_u64("18446744073709551615", &v, NULL), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(num_parse_u64("0XfF", &v, NULL), 0);
	assert_true(v == 255);
	assert_int_equal(num_parse_range("5", 1, 4, &v, NULL), -RAS_E_PARAMS);
	assert_int_equal(num_parse_range("4", 1, 4, &v, NULL), 0);
	v = 7;
	assert_int_equal(num_leading("12ab", 4, 10, 12, &v), 2);
	assert_int_equal(v, 12);
	assert_int_equal(num_leading("12ab", 4, 10, 11, &v), 0); /* greater than max */
	assert_int_equal(num_leading("12aBg", 5, 16, UINT64_MAX, &v), 4);
	assert_int_equal(v, 0x12ab);
	assert_int_equal(num_leading("ffffffffffffffff0", 17, 16, UINT64_MAX, &v), 0);
	assert_int_equal(num_leading("ffffffffffffffff", 16, 16, UINT64_MAX, &v), 16);
	assert_int_equal(num_leading("x1", 2, 10, 9, &v), 0);
	assert_int_equal(num_leading("1", 0, 10, 9, &v), 0);
	assert_int_equal(v, UINT64_MAX);
}

static void hex_and_base64(void **state)
{
	static const char *const vec[][2] = { { "", "" },
					      { "f", "Zg==" },
					      { "fo", "Zm8=" },
					      { "foo", "Zm9v" },
					      { "foob", "Zm9vYg==" },
					      { "fooba", "Zm9vYmE=" },
					      { "foobar", "Zm9vYmFy" } };
	/* the last one is right, but does not fit in 3 bytes */
	static const char *const bad[] = { "Zg=",  "Zg",   "Zh==",     "Zm9=", "Z===",
					   "====", "Zm=v", "Zm9v====", "Zm 9", "Zm9vYg==" };
	char out[32];
	uint8_t raw[4];
	size_t len = 99;

	(void)state;
	for (size_t i = 0; i < sizeof(vec) / sizeof(vec[0]); i++) {
		b64_encode(vec[i][0], strlen(vec[i][0]), out);
		assert_string_equal(out, vec[i][1]);
		assert_int_equal(b64_size(strlen(vec[i][0])), strlen(vec[i][1]) + 1);
		assert_int_equal(b64_decode(out, strlen(out), out, sizeof(out), &len), 0);
		assert_int_equal(len, strlen(vec[i][0]));
		assert_memory_equal(out, vec[i][0], len);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(b64_decode(bad[i], strlen(bad[i]), out, 3, &len), -1);
	assert_int_equal(hex_decode("00aAfF", 6, raw, sizeof(raw), &len, NULL), 0);
	assert_int_equal(len, 3);
	assert_memory_equal(raw, "\x00\xaa\xff", 3);
	hex_encode(raw, 3, out);
	assert_string_equal(out, "00aaff");
	assert_true(hex_decode("abc", 3, raw, sizeof(raw), &len, NULL) < 0);
	assert_true(hex_decode("0g", 2, raw, sizeof(raw), &len, NULL) < 0);
	assert_true(hex_decode("0011223344", 10, raw, sizeof(raw), &len, NULL) < 0);
	assert_int_equal(len, 3);
}

static void uuids(void **state)
{
	static const char text[] = "00112233-4455-6677-8899-aabbccddeeff";
	char out[UUID_TEXT_SIZE];
	struct uuid a, b;

	(void)state;
	assert_int_equal(uuid_parse(text, &a, NULL), 0);
	assert_int_equal(a.b[0], 0);
	assert_int_equal(a.b[15], 0xff);
	uuid_format(&a, out);
	assert_string_equal(out, text);
	assert_true(uuid_parse("00112233-4455-6677-8899-aabbccddeef", &b, NULL) < 0);
	assert_true(uuid_parse("00112233-4455-6677-8899_aabbccddeeff", &b, NULL) < 0);
	assert_true(uuid_parse("0011223g-4455-6677-8899-aabbccddeeff", &b, NULL) < 0);
	assert_int_equal(uuid_generate(&a, NULL), 0);
	assert_int_equal(uuid_generate(&b, NULL), 0);
	assert_false(uuid_equal(&a, &b));
	assert_int_equal(a.b[6] >> 4, 4);
	assert_int_equal(a.b[8] >> 6, 2);
}

static void errors(void **state)
{
	struct ras_err e;

	(void)state;
	assert_int_equal(ras_fail(&e, RAS_E_BUSY, "x %d", 5), -RAS_E_BUSY);
	assert_string_equal(e.text, "x 5");
	assert_int_equal(ras_hint(&e, "h"), -RAS_E_BUSY);
	assert_int_equal(ras_field(&e, "f"), -RAS_E_BUSY);
	assert_int_equal(ras_fail(NULL, RAS_E_BUSY, "x"), -RAS_E_BUSY);
	for (int i = 1; i < RAS_E__MAX; i++)
		assert_int_equal(ras_err_from_reason(ras_err_reason(i)), i);
	assert_int_equal(ras_err_rpc_code(RAS_E_PARAMS), -32602);
	assert_int_equal(ras_err_rpc_code(9999), -32603);
	assert_string_equal(ras_err_reason(9999), "internal");
	assert_string_equal(ras_err_reason(-1), "internal");
	assert_int_equal(ras_err_from_reason("no-such-reason"), 0);
	assert_int_equal(ras_hint(NULL, "h"), -RAS_E_INTERNAL);
	assert_int_equal(ras_field(NULL, "f"), -RAS_E_INTERNAL);
}

static void buffers(void **state)
{
	struct buf b = BUF_INIT(3000);
	char block[1000];

	(void)state;
	memset(block, 'a', sizeof(block));
	for (int i = 0; i < 3; i++)
		assert_true(buf_add(&b, block, sizeof(block)));
	assert_false(buf_add(&b, "x", 1));
	assert_int_equal(buf_len(&b), 3000);
	buf_drop(&b, 2500);
	assert_true(buf_add(&b, "xyz", 3));
	assert_int_equal(buf_len(&b), 503);
	assert_memory_equal(buf_data(&b) + 500, "xyz", 3);
	assert_null(buf_reserve(&b, SIZE_MAX));
	buf_drop(&b, 503);
	assert_int_equal(buf_len(&b), 0);
	buf_free(&b);
	assert_true(buf_add(&b, "again", 5));
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers), cmocka_unit_test(hex_and_base64),
		cmocka_unit_test(uuids),   cmocka_unit_test(errors),
		cmocka_unit_test(buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
