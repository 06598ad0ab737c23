// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is made of a record: text for people, the exports, errors, and how much room it takes. */
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
#include "cper/record.h"
#include "cperjson/cperjson.h"
#include "json/json.h"

#define SECTION 92u

static json_object *at(json_object *o, const char *a, const char *b, const char *c)
{
	const char *const path[] = { a, b, c };

	for (size_t i = 0; i < ARRAY_LEN(path) && path[i]; i++) {
		o = json_object_is_type(o, json_type_array) ?
			    json_object_array_get_idx(o, (size_t)atoi(path[i])) :
			    json_object_object_get(o, path[i]);
		assert_non_null(o);
	}
	return o;
}

static void test_exports(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		_json_ json_object *lc = NULL, *rf = NULL;
		uint8_t buf[4096], record[4096];
		size_t len = make_block(&makers[i], buf, sizeof(buf)), n;
		_free_ char *b64 = NULL;

		assert_int_equal(cperjson_libcper(buf, len, &lc, NULL), 0);
		assert_int_equal(json_object_get_int(at(lc, "header", "sectionCount", NULL)), 1);
		assert_int_equal(json_object_get_int(at(at(lc, "sectionDescriptors", "0", NULL),
							"sectionLength", NULL, NULL)),
				 (int)(len - SECTION));
		assert_int_equal(json_object_array_length(at(lc, "sections", NULL, NULL)), 1);
		assert_int_equal(cperjson_redfish(buf, len, &rf, NULL), 0);
		assert_int_equal(cper_record_from_block(buf, len, NULL, record, sizeof(record), &n,
							NULL),
				 0);
		b64 = malloc(b64_size(n));
		b64_encode(record, n, b64);
		assert_string_equal(json_object_get_string(at(rf, "DiagnosticData", NULL, NULL)),
				    b64);
		buf[44]++; /* a corrupt one is an error in every form */
		json_object_put(lc);
		lc = NULL;
		assert_int_equal(cperjson_libcper(buf, len, &lc, NULL), -1);
		assert_null(lc);
	}
}

static void test_libcper_members(void **state)
{
	_json_ json_object *mem = NULL, *arm = NULL;
	uint8_t buf[4096];
	json_object *s;
	size_t len;

	(void)state;
	len = make_block(maker_of("mem"), buf, sizeof(buf));
	assert_int_equal(cperjson_libcper(buf, len, &mem, NULL), 0);
	s = at(at(mem, "sections", "0", NULL), "Memory", NULL, NULL);
	assert_int_equal(json_object_get_int(at(s, "moduleRank", NULL, NULL)), 3);
	assert_string_equal(json_object_get_string(at(s, "physicalAddressHex", NULL, NULL)),
			    "0x1122334455667000");
	assert_int_equal(json_object_get_int(at(s, "errorStatus", "errorType", "value")), 4);
	assert_string_equal(json_object_get_string(at(s, "memoryErrorType", "name", NULL)),
			    "multi-bit ECC");
	len = make_block(maker_of("proc_arm"), buf, sizeof(buf));
	assert_int_equal(cperjson_libcper(buf, len, &arm, NULL), 0);
	s = at(at(arm, "sections", "0", NULL), "ArmProcessor", "errorInfo", NULL);
	assert_int_equal(json_object_array_length(s), 4);
	assert_int_equal(
		json_object_get_int(at(at(s, "0", NULL, NULL), "errorType", "value", NULL)), 2);
	assert_string_equal(
		json_object_get_string(at(at(s, "0", NULL, NULL), "errorType", "name", NULL)),
		"cache");
}

static void test_text(void **state)
{
	static const struct {
		const char *kind, *line;
	} t[] = {
		{ "mem", "    memory_error_type: 3, multi-bit ECC\n" },
		{ "mem", "    error_status: 0x00000000007f0400 (error_type storage error in DRAM, "
			 "address, control, "
			 "data, responder, requester, first_error, overflow)\n" },
		{ "mem", "    extended: 0xe3 (row_bits_17_16 3, chip_id 7)\n" },
		{ "pcie", "    port_type: 4, root port\n" },
		{ "pcie", "    slot: 0x0008 (slot_number 1)\n" },
		{ "proc_generic", "    processor_isa: 4, ARM A64\n" },
		{ "proc_arm", "      type: 0x02 (cache)\n" },
		{ "proc_arm",
		  "      flags: 0x0f (first_error, last_error, propagated, overflow)\n" },
		{ "proc_arm",
		  "      error_information: 0x000000000095000f (transaction_type data access, "
		  "operation "
		  "instruction fetch, level 2, processor_context_corrupt 0)\n" },
		{ "proc_arm", "      error_information: 0x0000000000001234\n" },
		{ "proc_arm", "      register_context_type: 8, misc. system register structure\n" },
		{ "proc_ia",
		  "      error_structure_type: 1cf3f8b3-c5b1-49a2-aa59-5eef92ffa63c, bus\n" },
		{ "proc_ia",
		  "(error_type internal unclassified, processor_context_corrupt 0, uncorrected, "
		  "precise_ip 0, "
		  "restartable_ip 0, overflow)\n" },
		{ "proc_ia", "      register_context_type: 1, MSR registers\n" },
		{ "arm_ras", "    user_data: 0123456789abcdef\n" },
		{ "arm_ras",
		  "      err_status: 0x00000000e4000000 (uncorrected_type uncontainable, "
		  "misc_valid, "
		  "uncorrected, status_valid, address_valid)\n" },
		{ "dmar", "    fault_reason: 5, address beyond the device address width\n" },
		{ "cxl_prot", "    agent_type: 5, CXL root port\n" },
		{ "cxl_prot", "      correctable_mask: 0x" },
		{ "cxl_media", "      memory_event_type: 0x" },
		{ "cxl_module", "      module_event_type: 0x" },
		{ "unknown", "unknown\n    data: " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		uint8_t buf[4096];
		size_t len = make_block(maker_of(t[i].kind), buf, sizeof(buf)), n = 0;
		_free_ char *text = NULL;
		FILE *f = open_memstream(&text, &n);

		assert_int_equal(cper_text(buf, len, f, NULL), 0);
		fclose(f);
		if (!strstr(text, t[i].line))
			fail_msg("%s lacks \"%s\":\n%s", t[i].kind, t[i].line, text);
	}
}

static void test_space_and_errors(void **state)
{
	_json_ json_object *o = NULL;
	struct cper_err err = { 0 };
	uint8_t buf[1024];
	char text[4096];
	size_t len = make_block(maker_of("mem"), buf, sizeof(buf)), need = 0, again = 0;

	(void)state;
	assert_int_equal(cperjson_write(buf, len, 0, text, 0, &need, &err), -1);
	assert_int_equal(err.code, CPER_NO_SPACE);
	assert_int_equal(err.offset, need);
	for (size_t cap = need - 30; cap < need; cap++) {
		memset(text, 'x', sizeof(text));
		assert_int_equal(cperjson_write(buf, len, 0, text, cap, &again, NULL), -1);
		assert_int_equal(again, need);
		assert_int_equal(text[cap], 'x');
	}
	assert_int_equal(cperjson_write(buf, len, 0, text, need, &again, NULL), 0);
	assert_int_equal(strlen(text), need - 1);
	buf[44]++;
	assert_int_equal(cperjson_write(buf, len, 0, text, sizeof(text), &need, &err), -1);
	assert_int_equal(err.code, CPER_ENTRY_LENGTH);
	o = cperjson_error(&err);
	assert_string_equal(json_object_get_string(at(o, "error", "code", NULL)), "ENTRY_LENGTH");
	assert_int_equal(json_object_get_int(at(o, "error", "offset", NULL)), 44);
	assert_int_equal(json_object_get_int(at(o, "error", "entry", NULL)), 0);
}

/* A block with everything that the header of an entry can have; returns its length. */
static size_t full_block(uint8_t *buf, size_t cap)
{
	static const char json[] =
		"{\"block\":{\"raw_data\":\"0102\"},\"entries\":["
		"{\"kind\":\"fw\",\"header\":{\"error_severity\":\"recoverable\",\"flags\":5,"
		"\"fru_id\":\"00112233-4455-6677-8899-aabbccddeeff\",\"fru_text\":\"DIMM\","
		"\"timestamp\":\"5859230131122620\"},"
		"\"section\":{\"fields\":{\"revision\":2},\"trailing\":\"beef\"}},"
		"{\"kind\":\"mem\",\"header\":{\"error_severity\":\"corrected\","
		"\"validation_bits\":8,"
		"\"timestamp\":\"5959230131122620\"},\"section\":{\"fields\":{\"node\":1}}}]}";
	_json_ json_object *o = NULL;
	struct ras_err err;
	size_t len;

	assert_int_equal(json_parse(json, sizeof(json) - 1, &o, &err), 0);
	assert_int_equal(cperjson_encode(o, buf, cap, &len, &err), 0);
	return len;
}

static char *text_of(const uint8_t *buf, size_t len)
{
	struct cper_err err = { 0 };
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (cper_text(buf, len, f, &err) < 0)
		fail_msg("%s: %s", cper_code_name(err.code), err.what);
	fclose(f);
	return text;
}

static void has_line(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("no \"%s\" in:\n%s", line, text);
}

static void test_text_of_headers(void **state)
{
	uint8_t buf[1024];
	size_t len = full_block(buf, sizeof(buf));
	_free_ char *text = text_of(buf, len);

	(void)state;
	has_line(text, "event severity: recoverable");
	has_line(text, "   flags: 0x05 (primary, reset)\n");
	has_line(text, "   fru_id: 00112233-4455-6677-8899-aabbccddeeff\n");
	has_line(text, "   fru_text: DIMM\n");
	has_line(text, "   timestamp: 2026-12-31 23:59:58 (precise)\n");
	has_line(text, "    trailing: beef\n");
	has_line(text, "  raw data: 2 bytes\n");
	has_line(text, "warning: ");
}

static void test_text_of_a_record(void **state)
{
	uint8_t block[1024], buf[2048];
	size_t len = full_block(block, sizeof(block)), n;
	struct cper_err err = { 0 };
	_free_ char *text = NULL, *none = NULL;
	FILE *f;

	(void)state;
	assert_int_equal(cper_record_from_block(block, len, NULL, buf, sizeof(buf), &n, &err), 0);
	text = text_of(buf, n);
	has_line(text, "record severity: recoverable, ");
	has_line(text, "  section_count: 2\n");
	has_line(text, "   fru_text: DIMM\n");
	/* a record that is cut, and one with a corrupt section, are errors without any text */
	f = open_memstream(&none, &n);
	assert_int_equal(cper_text(buf, 200, f, &err), -1);
	assert_int_equal(err.code, CPER_RECORD_LENGTH);
	le_store(buf + 128 + 4, 4, 8);
	assert_int_equal(cper_text(buf, le32(buf + 20), f, &err), -1);
	fclose(f);
	assert_string_equal(none, "");
}

/* Exports take a UEFI record too, and give the header's optional fields. */
static void test_exports_of_a_record(void **state)
{
	static const struct cper_record_info info = {
		.has_platform_id = true,
		.has_partition_id = true,
		.has_timestamp = true,
		.timestamp = { 0x58, 0x59, 0x23, 1, 0x31, 0x12, 0x26, 0x20 },
		.platform_id = { { 1 } },
		.partition_id = { { 2 } },
		.record_id = 7,
	};
	_json_ json_object *lc = NULL, *rf = NULL;
	uint8_t block[1024], buf[2048];
	size_t len = full_block(block, sizeof(block)), n;
	struct cper_err err = { 0 };
	json_object *h, *d;

	(void)state;
	assert_int_equal(cper_record_from_block(block, len, &info, buf, sizeof(buf), &n, &err), 0);
	assert_int_equal(cperjson_libcper(buf, n, &lc, &err), 0);
	h = at(lc, "header", NULL, NULL);
	assert_string_equal(json_object_get_string(at(h, "timestamp", NULL, NULL)),
			    "2026-12-31T23:59:58+00:00");
	assert_true(json_object_get_boolean(at(h, "timestampIsPrecise", NULL, NULL)));
	assert_string_equal(json_object_get_string(at(h, "platformID", NULL, NULL)),
			    "00000001-0000-0000-0000-000000000000");
	assert_string_equal(json_object_get_string(at(h, "partitionID", NULL, NULL)),
			    "00000002-0000-0000-0000-000000000000");
	d = at(at(lc, "sectionDescriptors", "0", NULL), "fruID", NULL, NULL);
	assert_string_equal(json_object_get_string(d), "00112233-4455-6677-8899-aabbccddeeff");
	assert_int_equal(cperjson_redfish(buf, n, &rf, &err), 0);
	assert_int_equal(cperjson_redfish(buf, 100, &rf, &err), -1);
	assert_int_equal(err.code, CPER_RECORD_HEADER);
	assert_int_equal(cperjson_libcper(buf, 100, &lc, &err), -1);
	le_store(buf + 128 + 4, 4, 8); /* a section of 8 bytes */
	assert_int_equal(cperjson_libcper(buf, n, &lc, &err), -1);
	assert_int_equal(cperjson_redfish(buf, n, &rf, &err), -1);
}

/* Bytes between the last entry and the raw data are kept. A record may have any size. */
static void test_gap_and_size(void **state)
{
	static const char json[] = "{\"block\":{\"raw_gap\":\"0a0b\","
				   "\"raw_data\":\"0102\"},\"entries\":["
				   "{\"kind\":\"fw\",\"header\":{\"error_severity\":1},\"section\":"
				   "{\"fields\":{}}}]}";
	_json_ json_object *o = NULL, *back = NULL, *large = NULL, *none = NULL;
	uint8_t buf[512], *many = calloc(1, 60000);
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };
	struct cper_builder b;
	struct cper_err cerr;
	struct ras_err err;
	size_t len;

	(void)state;
	assert_int_equal(json_parse(json, sizeof(json) - 1, &o, &err), 0);
	assert_int_equal(cperjson_encode(o, buf, sizeof(buf), &len, &err), 0);
	assert_int_equal(cperjson_decode(buf, len, &back, &cerr), 0);
	assert_string_equal(json_object_get_string(at(back, "block", "raw_gap", NULL)), "0a0b");
	assert_string_equal(json_object_get_string(at(back, "block", "raw_data", NULL)), "0102");

	cper_build_begin(&b, many, 60000);
	for (int i = 0; i < 100; i++)
		assert_int_equal(cper_put_memory(&b, &info, &(struct cper_memory){ 0 }), 0);
	assert_int_equal(cper_build_end(&b, &len, &cerr), 0);
	assert_int_equal(cperjson_decode(many, len, &large, &cerr), 0);
	assert_int_equal(json_object_array_length(at(large, "entries", NULL, NULL)), 100);
	assert_int_equal(cperjson_decode(many, 19, &none, &cerr), -1);
	assert_null(none);
	free(many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exports),
		cmocka_unit_test(test_libcper_members),
		cmocka_unit_test(test_exports_of_a_record),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_of_headers),
		cmocka_unit_test(test_text_of_a_record),
		cmocka_unit_test(test_gap_and_size),
		cmocka_unit_test(test_space_and_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
