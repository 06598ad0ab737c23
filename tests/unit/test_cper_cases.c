// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Records as people have them: what is shown for each of tests/data/cper/cases, and the bytes that
 * its JSON gives again. The values are those of the Linux kernel, lspci and UEFI 2.10.
 */
#include "cperjson_out.h"

static const struct {
	const char *file;
	const char *lines[8];  /* of the text */
	const char *absent[2]; /* not in the text */
	const char *words[3];  /* of the JSON */
} cases[] = {
	{ "cases/04-arm-errinfo-len80.gesb",
	  { "    mpidr_el1: 0x0000000081000000\n", "    midr_el1: 0x00000000413fd0c1\n",
	    "    error_info 0:\n", "      length: 80\n", "    vendor: 000100000700004e0000000000" },
	  { "error_info 1" },
	  { "\"vendor\":\"000100000700004e" } },
	{ "cases/06-arm-type0-cache.gesb",
	  { "      type: 0x00, cache (pre-2.9A)\n",
	    "(transaction_type instruction, operation generic error, level 1, corrected)\n" },
	  { NULL },
	  { "\"type\":\"cache (pre-2.9A)\"", "\"transaction_type\":\"instruction\"" } },
	{ "cases/11-aer-upstream-port.cper",
	  { "    vendor_id: 0x12d8\n", "    device_id: 0xc008\n", "    class_code: 060400\n",
	    "    bdf: 0005:01:00.0\n", "    port_type: 5, upstream switch port\n",
	    "      header_log: 4a004004 00000010 08000100 ffffffff\n",
	    "      uncorrectable_status: 0x00101000 (poisoned_tlp, unsupported_request)\n",
	    "creator_id: cf07c4bd-b789-4e18-b3c4-1f732cb57131, Windows (WHEA)\n" },
	  { "root_status", "correctable_source" },
	  { "\"vendor_id\":4824", "\"class_code\":\"060400\"",
	    "\"header_log\":\"4a004004 00000010 08000100 ffffffff\"" } },
	{ "cases/12-fw-record-rev0.gesb",
	  { "    revision: 0\n", "    record: 020002001f0000002003000000000000" },
	  { "record_id_guid" },
	  { "\"record\":\"020002001f00000020030000" } },
	{ "cases/13-mem-row-75492.gesb",
	  { "    row: 75492\n", "    bank: 257\n" },
	  { "bank_group", "row: 9956" },
	  { "\"row\":9956", "\"row\":75492" } },
	{ "valid/019-mem-allfields-bankgroup.gesb",
	  { "    row: 258793\n", "    bank_group: 83\n", "    bank_address: 161\n" },
	  { "    bank: " },
	  { "\"bank\":21409", "\"bank_group\":83,\"bank_address\":161,\"row\":258793" } },
	{ "cases/14-notify-CXL.cper",
	  { "notification_type: 69293bc9-41df-49a3-b4bd-4fb0db3041f6, CXL component\n" },
	  { NULL },
	  { "\"notification_type\":\"CXL component\"" } },
	{ "cases/14-notify-INIT.cper",
	  { "notification_type: cc5263e8-9308-454a-89d0-340bd39bc98e, INIT\n" },
	  { NULL },
	  { "\"notification_type\":\"INIT\"" } },
};

static void each_text(const char *file, const char *text, const char *const *want, size_t n)
{
	for (size_t i = 0; i < n && want[i]; i++)
		if (!strstr(text, want[i]))
			fail_msg("%s lacks \"%s\":\n%s", file, want[i], text);
}

static void test_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		static char json[65536];
		uint8_t buf[4096], back[4096];
		size_t len = case_file(cases[i].file, buf, sizeof(buf)), n = 0, need;
		_json_ json_object *o = NULL;
		_free_ char *text = NULL;
		FILE *f = open_memstream(&text, &n);
		struct ras_err err;

		assert_int_equal(cper_text(buf, len, f, NULL), 0);
		fclose(f);
		each_text(cases[i].file, text, cases[i].lines, ARRAY_LEN(cases[i].lines));
		for (size_t k = 0; k < ARRAY_LEN(cases[i].absent) && cases[i].absent[k]; k++)
			if (strstr(text, cases[i].absent[k]))
				fail_msg("%s has \"%s\":\n%s", cases[i].file, cases[i].absent[k],
					 text);
		assert_int_equal(cperjson_write(buf, len, CPERJSON_WORDS, json, sizeof(json), &need,
						NULL),
				 0);
		each_text(cases[i].file, json, cases[i].words, ARRAY_LEN(cases[i].words));
		assert_int_equal(json_parse(json, need - 1, &o, &err), 0);
		if (cperjson_encode(o, back, sizeof(back), &n, &err) < 0)
			fail_msg("%s: %s", cases[i].file, err.text);
		assert_int_equal(n, len);
		assert_memory_equal(back, buf, len);
	}
}

/* What is shown can be injected: Linux takes these, and nothing in them harms it. */
static void test_for_linux(void **state)
{
	static const char *const files[] = { "cases/04-arm-errinfo-len80.gesb",
					     "cases/06-arm-type0-cache.gesb",
					     "cases/12-fw-record-rev0.gesb",
					     "cases/13-mem-row-75492.gesb" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct cper_err err = { 0 };
		uint8_t buf[4096];
		size_t len = case_file(files[i], buf, sizeof(buf));

		if (cper_validate(buf, len, CPER_SPEC | CPER_LINUX_GUEST | CPER_QEMU_SLOT, &err) <
		    0)
			fail_msg("%s: %s at %u", files[i], cper_code_name(err.code), err.offset);
	}
}

/* The length of ARM error information: where the next structure is, and what is refused. */
static const struct {
	uint32_t infos, section_length;
	uint8_t lengths[2]; /* of the structures at byte 40 and at 40 + step */
	uint32_t step;
	int code;
	uint32_t offset; /* in the section */
} arm_lengths[] = {
	{ 1, 120, { 80 }, 32, CPER_OK, 0 },
	{ 1, 144, { 104 }, 32, CPER_OK, 0 },
	{ 1, 72, { 33 }, 32, CPER_ARM_ERR_INFO, 41 },
	{ 1, 72, { 31 }, 32, CPER_ARM_ERR_INFO, 41 },
	{ 1, 119, { 80 }, 32, CPER_ARM_ERR_INFO, 41 },
	{ 2, 120, { 32, 48 }, 32, CPER_OK, 0 },
	{ 2, 120, { 48, 31 }, 32, CPER_ARM_ERR_INFO, 73 },
	{ 2, 200, { 80, 80 }, 80, CPER_OK, 0 },
	{ 2, 199, { 80, 80 }, 80, CPER_ARM_ERR_INFO, 73 },
	{ 2, 200, { 80, 72 }, 80, CPER_ARM_ERR_INFO, 73 },
	{ 4, 120, { 80 }, 32, CPER_ARM_ERR_INFO, 4 },
};

static void test_arm_lengths(void **state)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };
	struct cper_guid arm;

	(void)state;
	assert_int_equal(cper_guid_parse("e19e3d16-bc11-11e4-9caa-c2051d5d46b0", &arm), 0);
	for (size_t i = 0; i < ARRAY_LEN(arm_lengths); i++) {
		uint8_t s[256] = { 0 }, buf[512];
		struct cper_err err = { 0 };
		struct cper_builder b;
		size_t len;

		le_store(s + 4, 2, arm_lengths[i].infos);
		le_store(s + 8, 4, arm_lengths[i].section_length);
		s[41] = arm_lengths[i].lengths[0];
		s[41 + arm_lengths[i].step] = arm_lengths[i].lengths[1];
		info.section_type = arm;
		cper_build_begin(&b, buf, sizeof(buf));
		cper_build_entry(&b, &info, s, arm_lengths[i].section_length);
		assert_int_equal(cper_build_end(&b, &len, NULL), 0);
		cper_validate(buf, len, CPER_SPEC, &err);
		if (err.code != arm_lengths[i].code ||
		    (err.code && err.offset != 92 + arm_lengths[i].offset))
			fail_msg("[%zu]: %s at %u", i, cper_code_name(err.code), err.offset);
		if (!err.code)
			through_json("proc_arm", buf, len, 0);
	}
}

/* The root port's registers are shown for root ports and event collectors alone. */
static void test_root_registers(void **state)
{
	static const struct {
		uint64_t bits;
		uint32_t port_type;
		uint8_t capability[3];
		bool shown;
	} t[] = {
		{ CPER_PCIE_VALID_PORT_TYPE, 4, { 0 }, true },
		{ CPER_PCIE_VALID_PORT_TYPE, 10, { 0 }, true },
		{ CPER_PCIE_VALID_PORT_TYPE, 5, { 0 }, false },
		{ CPER_PCIE_VALID_PORT_TYPE, 0, { 0 }, false },
		{ 0, 4, { 0 }, false },
		{ CPER_PCIE_VALID_CAPABILITY, 0, { 0x10, 0, 0x42 }, true },
		{ CPER_PCIE_VALID_CAPABILITY, 0, { 0x10, 0, 0x52 }, false },
		{ CPER_PCIE_VALID_CAPABILITY, 0, { 0x11, 0, 0x42 }, false },
	};
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct cper_pcie p = { .validation_bits = t[i].bits | CPER_PCIE_VALID_AER_INFO,
				       .port_type = t[i].port_type };
		static char json[8192];
		struct cper_builder b;
		uint8_t buf[512];
		size_t len, need;

		memcpy(p.capability, t[i].capability, sizeof(t[i].capability));
		p.aer_info[48] = 2;
		cper_build_begin(&b, buf, sizeof(buf));
		cper_put_pcie(&b, &info, &p);
		assert_int_equal(cper_build_end(&b, &len, NULL), 0);
		assert_int_equal(cperjson_write(buf, len, CPERJSON_WORDS, json, sizeof(json), &need,
						NULL),
				 0);
		if (!!strstr(json, "\"root_status\":{\"multiple_correctable_received\":true}") !=
		    t[i].shown)
			fail_msg("[%zu]: %s", i, json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_for_linux),
		cmocka_unit_test(test_arm_lengths),
		cmocka_unit_test(test_root_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
