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
	{ "pcie",
	  "{\"fields\":{\"vendor_id\":\"0x8086\",\"class_code\":\"0x060400\",\"aer_info\":{"
	  "\"uncorrectable_status\":{\"completion_timeout\":true,\"ecrc\":false},"
	  "\"correctable_status\":[\"bad_tlp\",\"bad_dllp\"],\"control\":"
	  "{\"first_error_pointer\":12},\"uncorrectable_mask\":\"0x10\","
	  "\"header_log\":\"4a004004 00000010 08000100 ffffffff\"}}}",
	  208,
	  { { 24, 2, 0x8086 },
	    { 28, 3, 0x060400 },
	    { 116, 8, UINT64_C(0x4000) | UINT64_C(0x10) << 32 },
	    { 128, 4, 0xc0 },
	    { 136, 8, UINT64_C(12) | UINT64_C(0x4a004004) << 32 },
	    { 144, 8, UINT64_C(0x10) | UINT64_C(0x08000100) << 32 } } },
	{ "pcie",
	  "{\"fields\":{\"aer_info\":{\"header_log\":\"000102030405060708090a0b0c0d0e0f\"}}}",
	  208,
	  { { 0, 8, 0x80 }, { 140, 4, 0x03020100 } } },
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
	  "{\"fields\":{\"record_identifier\":1},\"record\":\"beef\"}",
	  18,
	  { { 8, 8, 1 }, { 16, 2, 0xefbe } } },
	{ "proc_arm",
	  "{\"fields\":{},\"error_info\":[{\"fields\":{\"type\":\"cache (pre-2.9A)\","
	  "\"length\":\"0x22\"}}],\"vendor\":\"aabb\"}",
	  74,
	  { { 0, 4, 8 }, { 41, 1, 34 }, { 44, 1, 0 }, { 72, 2, 0xbbaa } } },
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
	{ "pcie", "{\"fields\":{\"vendor_id\":\"8086\"}}", "entries[0].section.fields.vendor_id" },
	{ "pcie", "{\"fields\":{\"vendor_id\":\"0x10000\"}}",
	  "entries[0].section.fields.vendor_id" },
	{ "pcie", "{\"fields\":{\"aer_info\":{\"no_such\":1}}}",
	  "entries[0].section.fields.aer_info.no_such" },
	{ "pcie", "{\"fields\":{\"aer_info\":{\"correctable_status\":{\"no_such\":true}}}}",
	  "entries[0].section.fields.aer_info.correctable_status.no_such" },
	{ "pcie", "{\"fields\":{\"aer_info\":{\"correctable_status\":[\"no_such\"]}}}",
	  "entries[0].section.fields.aer_info.correctable_status" },
	{ "pcie", "{\"fields\":{\"aer_info\":{\"correctable_status\":[5]}}}",
	  "entries[0].section.fields.aer_info.correctable_status" },
	{ "pcie", "{\"fields\":{\"aer_info\":{\"control\":{\"first_error_pointer\":32}}}}",
	  "entries[0].section.fields.aer_info.control.first_error_pointer" },
	{ "pcie", "{\"fields\":{\"aer_info\":{\"header_log\":\"4a004004 00000010\"}}}",
	  "entries[0].section.fields.aer_info.header_log" },
	{ "pcie",
	  "{\"fields\":{\"aer_info\":{\"header_log\":\"4a004004-00000010-08000100-ffffffff\"}}}",
	  "entries[0].section.fields.aer_info.header_log" },
	{ "fw",
	  "{\"fields\":{\"record_id_guid\":\"a55701f5-e3ef-43de-ac72-249b573fad2c\"},"
	  "\"record\":\"00\"}",
	  "entries[0].section.fields.record_id_guid" },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
