// SPDX-License-Identifier: LGPL-2.1-or-later
/* The other forms of a record: libcper and Redfish; buffers that are too small. */
#include "cperjson_out.h"

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
	_json_ json_object *mem = NULL, *arm = NULL, *x86 = NULL, *pcie = NULL;
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
	assert_string_equal(json_object_get_string(at(s, "errorStatus", "errorType", "name")),
			    "storage error in DRAM");
	assert_true(json_object_get_boolean(at(s, "extended", "rowBit16", NULL)));
	assert_string_equal(json_object_get_string(at(s, "memoryErrorType", "name", NULL)),
			    "multi-bit ECC");
	len = make_block(maker_of("proc_arm"), buf, sizeof(buf));
	assert_int_equal(cperjson_libcper(buf, len, &arm, NULL), 0);
	s = at(at(arm, "sections", "0", NULL), "ArmProcessor", "errorInfo", NULL);
	assert_int_equal(json_object_array_length(s), 4);
	assert_true(json_object_get_boolean(
		at(at(s, "0", "errorType", NULL), "Cache Error", NULL, NULL)));
	assert_false(json_object_get_boolean(
		at(at(s, "0", "errorType", NULL), "TLB Error", NULL, NULL)));
	assert_int_equal(
		json_object_get_int(at(at(s, "0", "multipleError", NULL), "value", NULL, NULL)), 2);
	assert_non_null(at(at(s, "0", "multipleError", NULL), "type", NULL, NULL));
	s = at(at(arm, "sections", "0", NULL), "ArmProcessor", "errorAffinity", NULL);
	assert_non_null(at(s, "type", NULL, NULL));
	len = make_block(maker_of("proc_ia"), buf, sizeof(buf));
	assert_int_equal(cperjson_libcper(buf, len, &x86, NULL), 0);
	s = at(at(x86, "sections", "0", NULL), "Ia32x64Processor", NULL, NULL);
	assert_non_null(at(s, "cpuidInfo", "edx", NULL));
	assert_string_equal(json_object_get_string(at(at(s, "processorErrorInfo", "0", NULL),
						      "type", "name", NULL)),
			    "cache");
	len = make_block(maker_of("pcie"), buf, sizeof(buf));
	assert_int_equal(cperjson_libcper(buf, len, &pcie, NULL), 0);
	s = at(at(pcie, "sections", "0", NULL), "Pcie", "deviceID", NULL);
	assert_int_equal(strlen(json_object_get_string(at(s, "deviceIDHex", NULL, NULL))), 6);
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
		cmocka_unit_test(test_gap_and_size),
		cmocka_unit_test(test_space_and_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
