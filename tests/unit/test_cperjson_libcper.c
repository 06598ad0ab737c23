// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading the JSON of libcper and Redfish: our exports, and JSON as libcper itself writes it. */
#include "cperjson/export.h"
#include "cperjson_out.h"

static json_object *parsed(const char *text)
{
	struct ras_err err = RAS_ERR_NULL;
	json_object *o = NULL;

	if (json_parse(text, strlen(text), &o, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return o;
}

/* The record of a maker's block, or of the block itself. */
static size_t record_of(const struct maker *m, uint8_t *record, size_t cap)
{
	struct cper_record_info info = { .has_timestamp = true,
					 .timestamp = { 0x58, 0x59, 0x23, 1, 0x31, 0x12, 0x26,
							0x20 },
					 .has_platform_id = true,
					 .platform_id = { { 1, 2, 3 } },
					 .record_id = UINT64_C(0xfedcba9876543210),
					 .flags = 4 };
	uint8_t block[4096];
	size_t len = make_block(m, block, sizeof(block)), n;

	assert_int_equal(cper_record_from_block(block, len, &info, record, cap, &n, NULL), 0);
	return n;
}

/* What the form has no member for. Offsets are in the section. */
static const struct {
	const char *kind;
	uint32_t from, to;
	uint8_t mask;
} lost[] = {
	{ "mem", 2, 2, 0x18 },		/* bank group and address beside a bank number */
	{ "mem2", 2, 2, 0x30 },		/* the same */
	{ "proc_arm", 144, 151, 0xff }, /* information of a micro-architectural error */
	{ "pcidev", 8, 8, 0xff },	/* reserved bits of an error status */
	{ "pcidev", 10, 10, 0x80 },
	{ "pcidev", 11, 15, 0xff },
	{ "pcibus", 8, 8, 0xff },
	{ "pcibus", 10, 10, 0x80 },
	{ "pcibus", 11, 15, 0xff },
	{ "pcibus", 40, 46, 0xff }, /* a bus command but for PCI or PCI-X */
	{ "pcibus", 47, 47, 0xfe },
};

static uint8_t mask_of(const char *kind, size_t at)
{
	for (size_t i = 0; i < ARRAY_LEN(lost); i++)
		if (!strcmp(lost[i].kind, kind) && at >= 200 + lost[i].from &&
		    at <= 200 + lost[i].to)
			return lost[i].mask;
	return 0;
}

/* Our export of every kind holds every byte, but for what the form has no member for. */
static void test_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		_json_ json_object *lc = NULL, *rf = NULL;
		uint8_t record[4096], back[4096];
		size_t n = record_of(&makers[i], record, sizeof(record)), len = 0;
		struct ras_err err = RAS_ERR_NULL;

		assert_int_equal(cperjson_redfish(record, n, &rf, NULL), 0);
		assert_int_equal(cperjson_encode(rf, back, sizeof(back), &len, &err), 0);
		assert_int_equal(len, n);
		assert_memory_equal(back, record, n);
		assert_int_equal(cperjson_libcper(record, n, &lc, NULL), 0);
		if (cperjson_encode(lc, back, sizeof(back), &len, &err) < 0)
			fail_msg("%s: %s", makers[i].kind, err.text);
		assert_int_equal(len, n);
		for (size_t k = 0; k < n; k++)
			if ((back[k] ^ record[k]) & ~mask_of(makers[i].kind, k))
				fail_msg("%s: byte %zu is %02x, not %02x", makers[i].kind, k,
					 back[k], record[k]);
	}
}

#define HEADER "\"header\":{\"revision\":{\"major\":1,\"minor\":1},\"severity\":{\"code\":2}}"
#define DESCRIPTORS(guid, more) \
	"\"sectionDescriptors\":[{\"sectionType\":{\"data\":\"" guid "\"}" more "}]"
#define RECORD(guid, more, section) \
	"{" HEADER "," DESCRIPTORS(guid, more) ",\"sections\":[{" section "}]}"
#define MEM "a5bc1114-6f64-4ede-b863-3e83ed7c83b1"
#define ARM "e19e3d16-bc11-11e4-9caa-c2051d5d46b0"
#define X86 "dc3ea0b0-a144-4797-b95b-53fa242b6e1d"
#define CXL "80b9efb4-52b5-4de3-a777-68784b771048"
#define RAS "bf32d4d5-b427-4025-8495-8a9e5d4030e4"

/* JSON as libcper writes it, which differs from ours. The values are at their places. */
static const struct {
	const char *text;
	struct {
		uint32_t at; /* in the section */
		uint8_t width;
		uint64_t value;
	} want[7];
} goods[] = {
	{ RECORD(MEM, "",
		 "\"message\":\"m\",\"Memory\":{\"errorStatus\":{\"errorType\":{\"value\":16,"
		 "\"description\":\"d\",\"name\":\"ERR_BUS\"},\"addressSignal\":true,"
		 "\"overflowDroppedLogs\":true},\"bank\":{\"address\":7,\"group\":2},"
		 "\"extended\":{\"rowBit16\":false,\"rowBit17\":true,\"chipIdentification\":6},"
		 "\"physicalAddress\":4096,\"physicalAddressHex\":\"0x0000000000001000\","
		 "\"responderID\":-1}"),
	  { { 0, 8, 0x3c1003 },
	    { 8, 8, 0x411000 },
	    { 16, 8, 4096 },
	    { 38, 2, 0x207 },
	    { 56, 8, UINT64_MAX },
	    { 73, 1, 0xc2 } } },
	{ RECORD(ARM, "",
		 "\"ArmProcessor\":{\"errorInfoNum\":1,\"midrEl1\":5,\"errorAffinity\":"
		 "{\"value\":2,\"type\":\"Vendor Defined\"},\"errorInfo\":[{\"version\":0,"
		 "\"length\":32,\"errorType\":{\"value\":2,\"name\":\"TLB Error\"},"
		 "\"errorInformation\":{\"tlbError\":{\"transactionType\":{\"value\":1,"
		 "\"name\":\"Data Access\"},\"level\":7,\"corrected\":true}},"
		 "\"physicalFaultAddress\":8}],\"contextInfo\":[{\"version\":0,"
		 "\"registerContextType\":{\"value\":5,\"name\":\"n\"},\"registerArraySize\":136,"
		 "\"registerArray\":{\"elr_el1\":3,\"ttbr1_el1\":9}}],"
		 "\"vendorSpecificInfo\":{\"data\":\"AQI=\"}}"),
	  { { 0, 4, 0xa },
	    { 4, 8, 0x10001 | UINT64_C(218) << 32 },
	    { 40, 8, 32u << 8 | 0x14u << 16 | UINT64_C(2) << 32 },
	    { 48, 8, 0x15 | 1u << 16 | 7u << 22 | 1u << 26 },
	    { 72, 8, 5u << 16 | UINT64_C(136) << 32 },
	    { 80, 8, 3 },
	    { 208, 8, 9 } } },
	{ RECORD(X86, "",
		 "\"Ia32x64Processor\":{\"localAPICID\":1,\"cpuidInfo\":{\"eax\":2,\"ebx\":3,"
		 "\"ecx\":4,\"edx\":5},\"processorErrorInfo\":[{\"type\":{\"guid\":"
		 "\"fc06b535-5e1f-4562-9f25-0a3b9adb63c3\",\"name\":\"n\"},\"checkInfo\":"
		 "{\"operation\":{\"value\":7,\"name\":\"n\"},\"preciseIP\":true}}],"
		 "\"processorContextInfo\":[{\"registerContextType\":{\"value\":3,\"name\":\"n\"},"
		 "\"registerArraySize\":244,\"msrAddress\":0,\"mmRegisterAddress\":0,"
		 "\"registerArray\":{\"rax\":6,\"eip\":7}}]}"),
	  { { 0, 8, 3 | 1 << 2 | 1 << 8 },
	    { 16, 8, 2 },
	    { 40, 8, 5 },
	    { 80, 8, 1 },
	    { 88, 8, 0x22 | 7u << 18 | 1u << 27 },
	    { 144, 8, 6 },
	    { 144 + 152, 8, 7 } } },
	{ RECORD(CXL, "",
		 "\"CxlProtocol\":{\"agentType\":{\"value\":0,\"name\":\"n\"},\"cxlAgentAddress\":"
		 "{\"functionNumber\":1,\"deviceNumber\":2,\"busNumber\":3,\"segmentNumber\":4},"
		 "\"deviceID\":{\"vendorID\":5,\"slotNumber\":6}}"),
	  { { 0, 8, 7 }, { 16, 8, 0x4030201 }, { 24, 2, 5 }, { 34, 2, 48 } } },
	{ RECORD("00000000-0000-0000-0000-000000000001", "", "\"Unknown\":{\"data\":\"AQI=\"}"),
	  { { 0, 2, 0x0201 } } },
	{ RECORD(MEM, ",\"sectionLength\":73", "\"Memory\":{\"node\":3}"),
	  { { 0, 8, 8 }, { 32, 2, 3 } } },
};

static void test_of_libcper(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goods); i++) {
		_json_ json_object *o = parsed(goods[i].text);
		struct ras_err err = RAS_ERR_NULL;
		uint8_t buf[1024];
		size_t len = 0;

		if (cperjson_encode(o, buf, sizeof(buf), &len, &err) < 0)
			fail_msg("%s: %s", goods[i].text, err.text);
		for (size_t k = 0; k < ARRAY_LEN(goods[i].want) && goods[i].want[k].width; k++) {
			uint64_t v =
				le_load(buf + 200 + goods[i].want[k].at, goods[i].want[k].width);

			if (v != goods[i].want[k].value)
				fail_msg("%s: at %u is 0x%llx", goods[i].text, goods[i].want[k].at,
					 (unsigned long long)v);
		}
	}
}

/* What lies behind the record of a Redfish entry is not written: it could not be read back. */
static void test_behind_a_record(void **state)
{
	static const char text[] =
		"{\"entries\":[{\"kind\":\"mem\",\"header\":{\"error_severity\":2},"
		"\"section\":{\"fields\":{}}}]}";
	_json_ json_object *o = parsed(text), *redfish = json_object_new_object();
	uint8_t block[512] = { 0 }, back[512];
	struct ras_err err = RAS_ERR_NULL;
	size_t len = 0, n = 0;

	(void)state;
	assert_int_equal(cperjson_encode(o, block, sizeof(block), &len, &err), 0);
	json_object_object_add(redfish, "DiagnosticData", cperjson_base64(block, len + 5));
	assert_int_equal(cperjson_encode(redfish, back, sizeof(back), &n, &err), 0);
	assert_int_equal(n, len);
	assert_memory_equal(back, block, len);
}

static const struct {
	const char *text, *field;
} bads[] = {
	{ "{\"sectionDescriptors\":[],\"sections\":[]}", "header" },
	{ "{" HEADER ",\"sectionDescriptors\":{},\"sections\":[]}", "sectionDescriptors" },
	{ "{" HEADER ",\"sectionDescriptors\":[],\"sections\":[{}]}", "sections" },
	{ RECORD(MEM, "", "\"Pcie\":{}"), "sections[0]." },
	{ RECORD(RAS, "", "\"ArmRas\":{}"), "sections[0]." },
	{ RECORD("x", "", "\"Memory\":{}"), "sections[0].sectionType" },
	{ RECORD(MEM, ",\"sectionLength\":81", "\"Memory\":{}"), "sections[0].sectionLength" },
	{ RECORD(MEM, ",\"sectionLength\":73", "\"Memory\":{\"rankNumber\":3}"),
	  "sections[0].Memory.Memory" },
	{ RECORD(MEM, "", "\"Memory\":{\"node\":65536}"), "sections[0].Memory.node" },
	{ RECORD(MEM, "", "\"Memory\":{\"node\":[]}"), "sections[0].Memory.node" },
	{ RECORD(MEM, "", "\"Unknown\":{\"data\":\"A\"}"), "sections[0].Unknown" },
	{ RECORD(MEM, ",\"fruText\":5", "\"Memory\":{}"), "sections[0].fruText" },
	{ RECORD(ARM, "", "\"ArmProcessor\":{\"errorInfo\":{}}"),
	  "sections[0].ArmProcessor.errorInfo" },
	{ RECORD(ARM, "", "\"ArmProcessor\":{\"contextInfo\":[{\"registerContextType\":1}]}"),
	  "sections[0].ArmProcessor.contextInfo[0].registerArraySize" },
	{ RECORD(ARM, "",
		 "\"ArmProcessor\":{\"contextInfo\":[{\"registerArraySize\":4294967295}]}"),
	  "sections[0].ArmProcessor.contextInfo[0].registerArraySize" },
	{ RECORD(ARM, "",
		 "\"ArmProcessor\":{\"contextInfo\":[{\"registerContextType\":8,"
		 "\"registerArraySize\":8,\"registerArray\":{\"value\":1}}]}"),
	  "sections[0].ArmProcessor.contextInfo[0].registerArray" },
	{ RECORD(X86, "",
		 "\"Ia32x64Processor\":{\"processorErrorInfo\":[{\"type\":{\"guid\":"
		 "\"fc06b535-5e1f-4562-9f25-0a3b9adb63c3\"},\"checkInfo\":{\"level\":8}}]}"),
	  "sections[0].Ia32x64Processor.processorErrorInfo[0].checkInfo" },
	{ "{\"header\":{\"recordLength\":1},\"sectionDescriptors\":[],\"sections\":[]}",
	  "header.recordLength" },
	{ "{\"header\":{\"timestamp\":\"yesterday\"},\"sectionDescriptors\":[],\"sections\":[]}",
	  "header.timestamp" },
	{ "{\"header\":{\"creatorID\":\"x\"},\"sectionDescriptors\":[],\"sections\":[]}",
	  "header.creatorID" },
	{ "{\"DiagnosticData\":5}", "DiagnosticData" },
	{ "{\"DiagnosticData\":\"Q\"}", "DiagnosticData" },
	{ "{\"DiagnosticData\":\"Q1BF\"}", "" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bads); i++) {
		_json_ json_object *o = parsed(bads[i].text);
		struct ras_err err = RAS_ERR_NULL;
		uint8_t buf[1024];
		size_t len = 77;

		if (cperjson_encode(o, buf, sizeof(buf), &len, &err) >= 0 ||
		    strcmp(err.field, bads[i].field) != 0)
			fail_msg("%s: field \"%s\": %s", bads[i].text, err.field, err.text);
		assert_int_equal(len, 77);
	}
}

/* Whatever of a record's room the JSON asks for, no more is used. */
static void test_no_room(void **state)
{
	_json_ json_object *o = parsed(goods[1].text);
	struct ras_err err = RAS_ERR_NULL;
	uint8_t buf[1024];
	size_t len = 0, n = 0;

	(void)state;
	assert_int_equal(cperjson_encode(o, buf, sizeof(buf), &len, &err), 0);
	for (size_t cap = 0; cap < len; cap++)
		assert_true(cperjson_encode(o, buf, cap, &n, &err) < 0);
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),	cmocka_unit_test(test_of_libcper),
		cmocka_unit_test(test_behind_a_record), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
