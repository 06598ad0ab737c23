// SPDX-License-Identifier: LGPL-2.1-or-later
/* JSON written by hand: the members around the sections, of blocks and of UEFI records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/num.h"
#include "cper_make.h"
#include "cperjson/cperjson.h"
#include "json/json.h"

/* The whole object. */
static void test_outer(void **state)
{
	static const char entry[] =
		"{\"kind\":\"fw\",\"header\":{\"error_severity\":1},\"section\":{\"fields\":{}}}";
	static const struct {
		const char *text;
		int ok;
	} t[] = {
		{ "{\"entries\":[%s]}", 1 },
		{ "{\"entries\":[%s],\"words\":{\"any\":[1]}}", 1 },
		{ "{\"block\":{\"error_severity\":\"fatal\"},\"entries\":[%s]}", 1 },
		{ "{\"block\":{\"block_status\":0},\"entries\":[%s]}",
		  1 }, /* for chaos: a warning */
		{ "{\"block\":{\"raw_data\":\"0102\"},\"entries\":[%s]}", 1 },
		{ "{\"block\":{\"raw_data\":\"0102\",\"raw_data_offset\":130},\"entries\":[%s]}",
		  1 },
		{ "{\"block\":{\"raw_data\":\"0102\",\"raw_data_offset\":120},\"entries\":[%s]}",
		  0 },
		{ "{\"block\":{\"raw_gap\":\"0102\"},\"entries\":[%s]}", 0 },
		{ "{\"block\":{\"data_length\":1},\"entries\":[%s]}", 0 },
		{ "{\"block\":{\"entry_count\":2},\"entries\":[%s]}", 0 },
		{ "{\"block\":[],\"entries\":[%s]}", 0 },
		{ "{\"entries\":[%s],\"total_length\":123}", 0 },
		{ "{\"entries\":[%s],\"more\":1}", 0 },
		{ "{\"entries\":{\"0\":%s}}", 0 },
		{ "{\"entries\":[[%s]]}", 0 },
		{ "[%s]", 0 },
		{ "{\"e\":[%s]}", 0 },
		{ "{\"record\":{},\"entries\":[%s]}", 0 }, /* a descriptor is missing */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		_json_ json_object *o = NULL;
		_free_ char *text = NULL;
		struct ras_err err = RAS_ERR_NULL;
		uint8_t buf[512];
		size_t len = 0;
		int r;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		assert_true(asprintf(&text, t[i].text, entry) > 0);
#pragma GCC diagnostic pop
		assert_int_equal(json_parse(text, strlen(text), &o, &err), 0);
		r = cperjson_encode(o, buf, sizeof(buf), &len, &err);
		if ((r == 0) != t[i].ok)
			fail_msg("%s: %d %s", text, r, err.text);
		assert_true(r == 0 || err.text[0]);
	}
}

static void test_record_by_hand(void **state)
{
	static const char text[] =
		"{\"record\":{\"notification_type\":\"9a78788a-bbe8-11e4-809e-67611e5d46b0\","
		"\"record_id\":5,"
		"\"timestamp\":\"5959230131122620\"},\"entries\":[{\"kind\":\"mem\",\"descriptor\":"
		"{\"error_severity\":\"fatal\","
		"\"fru_text\":\"F\"},\"section\":{\"fields\":{\"node\":1}}},"
		"{\"kind\":\"fw\",\"descriptor\":{\"error_severity\":3},\"section\":{\"fields\":{}"
		"}}]}";
	_json_ json_object *o = NULL, *d = NULL;
	struct ras_err err = RAS_ERR_NULL;
	uint8_t buf[1024], back[1024];
	size_t len = 0, n = 0;

	(void)state;
	assert_int_equal(json_parse(text, strlen(text), &o, &err), 0);
	assert_int_equal(cperjson_encode(o, buf, sizeof(buf), &len, &err), 0);
	assert_int_equal(len, 128 + 144 + 80 + 32);
	assert_int_equal(le32(buf + 20), len);
	assert_int_equal(le32(buf + 12), CPER_SEV_FATAL);
	assert_int_equal(le32(buf + 16), CPER_RECORD_VALID_TIMESTAMP);
	assert_int_equal(le16(buf + 10), 2);
	assert_int_equal(buf[128 + 10], 2);
	assert_int_equal(le32(buf + 200), 352);
	assert_int_equal(cperjson_decode(buf, len, &d, NULL), 0);
	assert_int_equal(cperjson_encode(d, back, sizeof(back), &n, &err), 0);
	assert_int_equal(n, len);
	assert_memory_equal(back, buf, len);
	/* sections in another order than their descriptors: "data" keeps them */
	le_store(buf + 128, 8, UINT64_C(304) | UINT64_C(80) << 32);
	le_store(buf + 200, 8, UINT64_C(272) | UINT64_C(32) << 32);
	json_object_put(d);
	assert_int_equal(cperjson_decode(buf, len, &d, NULL), 0);
	assert_true(json_object_object_get_ex(d, "data", NULL));
	assert_int_equal(cperjson_encode(d, back, sizeof(back), &n, &err), 0);
	assert_memory_equal(back, buf, len);
}

#define H "entries[0].header."
#define S "entries[0].section."
#define D "entries[0].descriptor."
#define ENTRY(header)                                             \
	"{\"entries\":[{\"kind\":\"fw\",\"header\":{" header "}," \
	"\"section\":{\"fields\":{}}}]}"
#define SECTION_OF(kind, section)               \
	"{\"entries\":[{\"kind\":\"" kind "\"," \
	"\"header\":{\"error_severity\":1},"    \
	"\"section\":" section "}]}"
#define RECORD(record, descriptor)                                \
	"{\"record\":{" record "},\"entries\":[{\"kind\":\"fw\"," \
	"\"descriptor\":{" descriptor "},\"section\":{\"fields\":{}}}]}"

/* Whole objects in which one member of a header, descriptor or section is wrong. */
static const struct {
	const char *text, *field;
} wrong_members[] = {
	{ ENTRY("\"error_severity\":1,\"flag\":1"), H "flag" },
	{ ENTRY("\"flags\":1"), H "error_severity" },
	{ ENTRY("\"error_severity\":\"bad\""), H "error_severity" },
	{ ENTRY("\"error_severity\":1,\"flags\":256"), H "flags" },
	{ ENTRY("\"error_severity\":1,\"fru_id\":\"x\""), H "fru_id" },
	{ ENTRY("\"error_severity\":1,\"fru_id\":5"), H "fru_id" },
	{ ENTRY("\"error_severity\":1,"
		"\"fru_text\":\"012345678901234567890\""),
	  H "fru_text" },
	{ ENTRY("\"error_severity\":1,\"fru_text\":5"), H "fru_text" },
	{ ENTRY("\"error_severity\":1,\"fru_text_raw\":\"00\""), H "fru_text_raw" },
	{ ENTRY("\"error_severity\":1,\"timestamp\":\"00\""), H "timestamp" },
	{ ENTRY("\"error_severity\":1,\"revision\":513,\"timestamp\":\"0000000000000000\""),
	  H "timestamp" },
	{ ENTRY("\"error_severity\":1,\"validation_bits\":256"), H "validation_bits" },
	{ ENTRY("\"error_severity\":1,\"revision\":256"), H "revision" },
	{ ENTRY("\"error_severity\":1,\"revision\":65536"), H "revision" },
	{ ENTRY("\"error_severity\":1,\"error_data_length\":31"), H "error_data_length" },
	{ ENTRY("\"error_severity\":1,\"section_type\":\"x\""), H "section_type" },
	{ SECTION_OF("fw", "{\"fields\":[]}"), S "fields" },
	{ SECTION_OF("fw", "{\"data\":\"00\",\"fields\":{}}"), S "data" },
	{ SECTION_OF("fw", "{\"fields\":{},\"trailing\":\"0\"}"), S "trailing" },
	{ SECTION_OF("fw", "{\"fields\":{\"revision\":-1}}"), S "fields.revision" },
	{ SECTION_OF("fw", "{\"fields\":{\"revision\":\"x\"}}"), S "fields.revision" },
	{ SECTION_OF("fw", "{\"fields\":{\"record_id_guid\":\"00\"}"
			   "}"),
	  S "fields.record_id_guid" },
	{ SECTION_OF("proc_arm", "{\"fields\":{},\"vendor\":5}"), S "vendor" },
	{ SECTION_OF("proc_arm", "{\"fields\":{\"err_info_num\":0}"
				 ",\"vendor\":\"0\"}"),
	  S "vendor" },
	{ RECORD("\"section_count\":2", "\"error_severity\":1"), "record.section_count" },
	{ RECORD("\"record_length\":1", "\"error_severity\":1"), "record.record_length" },
	{ RECORD("\"odd\":1", "\"error_severity\":1"), "record.odd" },
	{ RECORD("", "\"section_offset\":1"), D "section_offset" },
	{ RECORD("", "\"section_length\":1"), D "section_length" },
	{ RECORD("", "\"odd\":1"), D "odd" },
	{ RECORD("\"timestamp\":\"00\"", "\"error_severity\":1"), "record.timestamp" },
	{ "{\"record\":[],\"entries\":[]}", "record" },
	{ "{\"record\":{},\"entries\":[5]}", "entries[0]." },
	{ "{\"record\":{},\"entries\":{}}", "entries" },
	{ "{\"record\":{},\"entries\":[],\"odd\":1}", "odd" },
	{ "{\"record\":{},\"entries\":[],\"data\":\"0\"}", "data" },
};

static void test_wrong_member(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong_members); i++) {
		_json_ json_object *o = NULL;
		struct ras_err err = RAS_ERR_NULL;
		uint8_t buf[512];
		size_t len = 77;

		if (json_parse(wrong_members[i].text, strlen(wrong_members[i].text), &o, &err) < 0)
			fail_msg("%s: %s", wrong_members[i].text, err.text);
		if (cperjson_encode(o, buf, sizeof(buf), &len, &err) >= 0 || len != 77 ||
		    strcmp(err.field, wrong_members[i].field)) {
			print_error("%s\n  field \"%s\", not \"%s\": %s\n", wrong_members[i].text,
				    err.field, wrong_members[i].field, err.text);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* However small the buffer: an error, and nothing is written behind it. */
static void test_no_room(void **state)
{
	(void)state;
	for (size_t m = 0; m < ARRAY_LEN(makers); m++) {
		_json_ json_object *o = NULL;
		uint8_t block[4096], buf[4096];
		size_t len = make_block(&makers[m], block, sizeof(block)), n;
		struct ras_err err;

		assert_int_equal(cperjson_decode(block, len, &o, NULL), 0);
		for (size_t cap = 0; cap < len; cap += 7) {
			memset(buf, 0xaa, sizeof(buf));
			n = 77;
			assert_int_equal(cperjson_encode(o, buf, cap, &n, &err), -RAS_E_RECORD);
			assert_int_equal(n, 77);
			assert_int_equal(buf[cap], 0xaa);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outer),
		cmocka_unit_test(test_record_by_hand),
		cmocka_unit_test(test_wrong_member),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
