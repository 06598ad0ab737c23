// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * JSON written by hand. What follows from the rest is filled in, a field that is present sets its
 * bit, words replace numbers; and wrong JSON is refused.
 */
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

#define SECTION 92u

/* Encode one entry of a kind. 0 or the negative code. */
static int encode(const char *kind, const char *section, uint8_t *buf, size_t cap, size_t *len,
		  struct ras_err *err)
{
	_free_ char *text = NULL;
	_json_ json_object *o = NULL;
	int r;

	assert_true(asprintf(&text,
			     "{\"entries\":[{\"kind\":\"%s\","
			     "\"header\":{\"error_severity\":\"corrected\"},"
			     "\"section\":%s}]}",
			     kind, section) > 0);
	r = json_parse(text, strlen(text), &o, err);
	if (r < 0)
		fail_msg("%s: %s", text, err->text);
	return cperjson_encode(o, buf, cap, len, err);
}

struct byte {
	uint32_t at;
	uint8_t width;
	uint64_t value;
};

static const struct good {
	const char *kind, *section;
	uint32_t len; /* of the section */
	struct byte want[6];
} goods[] = {
	{ "mem",
	  "{\"fields\":{\"memory_error_type\":\"multi-bit ECC\",\"bank\":5}}",
	  80,
	  { { 0, 8, 0x4040 }, { 72, 1, 3 }, { 38, 2, 5 } } },
	{ "mem",
	  "{\"fields\":{\"node\":1,\"card\":2},\"valid\":[\"card\",\"node\"]}",
	  80,
	  { { 0, 8, 0x18 } } },
	{ "mem",
	  "{\"fields\":{\"validation_bits\":\"0x2\",\"bank\":5}}",
	  80,
	  { { 0, 8, 2 }, { 38, 2, 5 } } },
	{ "mem",
	  "{\"fields\":{\"physical_address\":4096},\"length\":73}",
	  73,
	  { { 0, 8, 2 }, { 16, 8, 4096 } } },
	{ "pcie",
	  "{\"fields\":{\"vendor_id\":6966,\"port_type\":\"root port\"}}",
	  208,
	  { { 0, 8, 9 }, { 8, 4, 4 }, { 24, 2, 6966 } } },
	{ "proc_generic",
	  "{\"fields\":{\"cpu_brand\":\"X\"}}",
	  192,
	  { { 0, 8, 0x80 }, { 24, 2, 'X' } } },
	{ "proc_arm",
	  "{\"fields\":{},\"error_info\":[{\"fields\":{\"type\":2,"
	  "\"error_information\":\"0x91000f\"}}],"
	  "\"context_info\":[{\"fields\":{\"register_context_type\":4},\"registers\":\"0102\"}],"
	  "\"vendor\":\"aabb\"}",
	  40 + 32 + 10 + 2,
	  { { 0, 4, 8 },
	    { 4, 4, 0x10001 },
	    { 8, 4, 84 },
	    { 41, 3, 0x0420 },
	    { 76, 4, 2 },
	    { 82, 2, 0xbbaa } } },
	{ "proc_arm",
	  "{\"fields\":{\"mpidr_el1\":1,\"running_state\":1}}",
	  40,
	  { { 0, 4, 5 }, { 8, 4, 40 } } },
	{ "proc_ia",
	  "{\"fields\":{\"local_apic_id\":3},\"error_info\":[{\"fields\":{\"error_structure_type\":"
	  "\"a55701f5-e3ef-43de-ac72-249b573fad2c\","
	  "\"check_info\":1}}],\"context_info\":[{\"fields\":"
	  "{\"register_context_type\":\"MSR registers\"},\"registers\":\"00ff\"}]}",
	  64 + 64 + 18,
	  { { 0, 8, 1 | 1 << 2 | 1 << 8 }, { 80, 8, 1 }, { 64, 2, 0x01f5 }, { 128, 4, 0x20001 } } },
	{ "pcidev",
	  "{\"fields\":{},\"register_pairs\":\"000102030405060708090a0b0c0d0e0f\"}",
	  56,
	  { { 0, 8, 0x14 }, { 32, 8, 1 }, { 41, 1, 1 } } },
	{ "pcidev",
	  "{\"fields\":{\"io_number\":1},\"register_pairs\":\"000102030405060708090a0b0c0d0e0f\"}",
	  56,
	  { { 0, 8, 0x18 }, { 32, 8, UINT64_C(1) << 32 } } },
	{ "ccix",
	  "{\"fields\":{\"port_id\":1},\"per_log\":\"aabbcc\"}",
	  19,
	  { { 0, 4, 19 }, { 4, 8, 6 } } },
	{ "cxl_prot",
	  "{\"fields\":{\"agent_type\":\"CXL root port\"},\"dvsec\":\"0102\",\"error_log\":\"03\"}",
	  119,
	  { { 0, 8, 0x61 }, { 8, 1, 5 }, { 108, 4, 0x10002 }, { 116, 2, 0x0201 }, { 118, 1, 3 } } },
	{ "cxl_mld",
	  "{\"fields\":{\"serial_number\":9},\"event_log\":\"01\"}",
	  33,
	  { { 0, 4, 33 }, { 4, 8, 6 }, { 24, 8, 9 } } },
	{ "arm_ras",
	  "{\"fields\":{\"user_data\":\"u\"},\"records\":[{\"err_status\":\"0x1\"}],\"auxiliary\":"
	  "[{\"version\":1}],\"auxiliary_contexts\":[{\"fields\":{},\"registers\":\"00\"}],"
	  "\"auxiliary_key_values\":[{\"key\":\"ebb45182-fb03-4bf9-9aca-8613709fd789\","
	  "\"value\":7}]}",
	  80 + 72 + 16 + 17 + 24,
	  { { 8, 8, UINT64_C(1) | UINT64_C(80) << 32 | UINT64_C(152) << 48 },
	    { 80 + 24, 8, 1 },
	    { 152, 8, 1 | 1 << 16 | UINT64_C(57) << 32 },
	    { 160, 8, 33 | (UINT64_C(1) << 32) },
	    { 168, 4, 17 },
	    { 201, 8, 7 } } },
	{ "arm_ras",
	  "{\"fields\":{\"user_data\":\"x\",\"user_data_raw\":\"ff000000000000000000000000000001\"}"
	  "}",
	  80,
	  { { 64, 8, 0xff }, { 79, 1, 1 } } },
	{ "arm_ras",
	  "{\"fields\":{\"user_data_raw\":\"ff000000000000000000000000000001\","
	  "\"user_data\":\"x\"}}",
	  80,
	  { { 64, 8, 0xff }, { 79, 1, 1 } } },
	{ "fw",
	  "{\"fields\":{\"revision\":2},\"trailing\":\"beef\"}",
	  34,
	  { { 1, 1, 2 }, { 32, 2, 0xefbe } } },
	{ "fw",
	  "{\"length\":16,\"fields\":{\"record_identifier\":\"0x0000000000000001\"}}",
	  16,
	  { { 8, 8, 1 } } },
};

static void test_by_hand(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goods); i++) {
		const struct good *g = &goods[i];
		struct ras_err err = RAS_ERR_NULL;
		_json_ json_object *o = NULL;
		uint8_t buf[1024], back[1024];
		size_t len = 0, n = 0;

		if (encode(g->kind, g->section, buf, sizeof(buf), &len, &err) < 0)
			fail_msg("%s %s: %s", g->kind, g->section, err.text);
		if (len != SECTION + g->len)
			fail_msg("%s %s: %zu bytes", g->kind, g->section, len - SECTION);
		for (size_t k = 0; k < ARRAY_LEN(g->want) && g->want[k].width; k++) {
			uint64_t v = le_load(buf + SECTION + g->want[k].at, g->want[k].width);

			if (v != g->want[k].value)
				fail_msg("%s %s: at %u is 0x%llx", g->kind, g->section,
					 g->want[k].at, (unsigned long long)v);
		}
		assert_int_equal(cperjson_decode(buf, len, &o, NULL), 0);
		assert_int_equal(cperjson_encode(o, back, sizeof(back), &n, &err), 0);
		assert_int_equal(n, len);
		assert_memory_equal(back, buf, len);
	}
}

static const struct bad {
	const char *kind, *section, *field;
} bads[] = {
	{ "mem", "{\"data\":\"\"}", "" },
	{ "mem", "{\"data\":\"0\"}", "entries[0].section.data" },
	{ "mem", "{\"data\":\"0g\"}", "entries[0].section.data" },
	{ "mem", "{}", "entries[0].section.fields" },
	{ "mem", "{\"fields\":{},\"lenght\":80}", "entries[0].section.lenght" },
	{ "mem", "{\"fields\":{},\"length\":72}", "entries[0].section.length" },
	{ "mem", "{\"fields\":{},\"length\":81}", "entries[0].section.length" },
	{ "mem", "{\"fields\":{},\"vendor\":\"00\"}", "entries[0].section.vendor" },
	{ "mem", "{\"fields\":{\"memory_error_type\":\"no such\"}}",
	  "entries[0].section.fields.memory_error_type" },
	{ "mem", "{\"fields\":{\"rank_number\":1},\"length\":73}",
	  "entries[0].section.fields.rank_number" },
	{ "pcie", "{\"fields\":{\"class_code\":16777216}}",
	  "entries[0].section.fields.class_code" },
	{ "pcie", "{\"fields\":{\"aer_info\":\"00\"}}", "entries[0].section.fields.aer_info" },
	{ "proc_generic", "{\"fields\":{\"cpu_brand\":5}}", "entries[0].section.fields.cpu_brand" },
	{ "proc_generic", "{\"fields\":{\"level_raw\":5}}", "entries[0].section.fields.level_raw" },
	{ "proc_arm", "{\"fields\":{\"err_info_num\":1}}", "entries[0].section" },
	{ "proc_arm", "{\"fields\":{\"section_length\":41}}", "entries[0].section" },
	{ "proc_arm", "{\"fields\":{\"err_info_num\":0},\"error_info\":[{\"fields\":{}}]}",
	  "entries[0].section.error_info" },
	{ "proc_arm", "{\"fields\":{},\"error_info\":[{\"fields\":{\"length\":31}}]}",
	  "entries[0].section" },
	{ "proc_arm", "{\"fields\":{},\"error_info\":[{}]}",
	  "entries[0].section.error_info[0].fields" },
	{ "proc_arm", "{\"fields\":{},\"error_info\":[5]}", "entries[0].section.error_info[0]." },
	{ "proc_arm", "{\"fields\":{},\"error_info\":{}}", "entries[0].section.error_info" },
	{ "proc_arm", "{\"fields\":{},\"error_info\":[{\"fields\":{},\"registers\":\"\"}]}",
	  "entries[0].section.error_info[0].registers" },
	{ "proc_arm",
	  "{\"fields\":{},\"context_info\":[{\"fields\":{\"register_context_type\":9}}]}",
	  "entries[0].section" },
	{ "proc_arm",
	  "{\"fields\":{},\"context_info\":[{\"fields\":{\"register_array_size\":4294967295}}]}",
	  "entries[0].section" },
	{ "proc_ia", "{\"fields\":{\"validation_bits\":\"0x0\"},\"error_info\":[{\"fields\":{}}]}",
	  "entries[0].section.error_info" },
	{ "proc_ia", "{\"fields\":{},\"error_info_num\":1}", "entries[0].section.error_info_num" },
	{ "pcidev", "{\"fields\":{},\"register_pairs\":\"00\"}",
	  "entries[0].section.register_pairs" },
	{ "pcidev",
	  "{\"fields\":{\"validation_bits\":\"0x0\"}"
	  ",\"register_pairs\":\"000102030405060708090a0b0c0d0e0f\"}",
	  "entries[0].section.register_pairs" },
	{ "ccix", "{\"fields\":{\"length\":17}}", "entries[0].section" },
	{ "ccix", "{\"fields\":{\"length\":16},\"per_log\":\"00\"}", "entries[0].section" },
	{ "cxl_media", "{\"fields\":{\"validation_bits\":\"0x4\"}}", "entries[0].section" },
	{ "cxl_prot", "{\"fields\":{\"dvsec_length\":1}}", "entries[0].section" },
	{ "mem", "{\"fields\":{\"node\":1},\"valid\":[]}", "entries[0].section.valid" },
	{ "mem", "{\"fields\":{\"node\":1},\"valid\":[\"node\",\"node\"]}",
	  "entries[0].section.valid" },
	{ "mem", "{\"fields\":{\"node\":1},\"valid\":[\"card\"]}", "entries[0].section.valid" },
	{ "mem", "{\"fields\":{\"node\":1},\"valid\":[5]}", "entries[0].section.valid" },
	{ "mem", "{\"fields\":{\"node\":1},\"valid\":\"node\"}", "entries[0].section.valid" },
	{ "proc_arm", "{\"fields\":{},\"error_info\":[{\"fields\":{\"flags\":1},\"valid\":[]}]}",
	  "entries[0].section.error_info[0].valid" },
	{ "unknown", "{\"data\":\"00\"}", "entries[0].header.section_type" },
	{ "nonsense", "{\"data\":\"00\"}", "entries[0].kind" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bads); i++) {
		struct ras_err err = RAS_ERR_NULL;
		uint8_t buf[1024];
		size_t len = 77;
		int r;

		memset(buf, 0xaa, sizeof(buf));
		r = encode(bads[i].kind, bads[i].section, buf, sizeof(buf), &len, &err);
		if (r >= 0 || strcmp(err.field, bads[i].field) != 0)
			fail_msg("%s %s: %d, field \"%s\": %s", bads[i].kind, bads[i].section, r,
				 err.field, err.text);
		assert_int_equal(len, 77);
		for (size_t k = 0; k < sizeof(buf); k++)
			assert_int_equal(buf[k], 0xaa);
	}
}

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
		cmocka_unit_test(test_by_hand),	     cmocka_unit_test(test_refused),
		cmocka_unit_test(test_outer),	     cmocka_unit_test(test_record_by_hand),
		cmocka_unit_test(test_wrong_member), cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
