// SPDX-License-Identifier: LGPL-2.1-or-later
/* A record as text. */
#include "cperjson_out.h"

static const struct {
	const char *kind, *line;
} text_cases[] = {
	{ "mem", "    memory_error_type: 3, multi-bit ECC\n" },
	{ "mem", "    error_status: 0x00000000007f0400 (error_type storage error in DRAM, "
		 "address, control, "
		 "data, responder, requester, first_error, overflow)\n" },
	{ "mem", "    extended: 0xe3 (row_bits_17_16 3, chip_id 7)\n" },
	{ "pcie", "    port_type: 4, root port\n" },
	{ "pcie", "    slot: 0x0008 (slot_number 1)\n" },
	{ "proc_generic", "    processor_isa: 4, ARM A64\n" },
	{ "proc_arm", "      type: 0x02 (cache)\n" },
	{ "proc_arm", "      flags: 0x0f (first_error, last_error, propagated, overflow)\n" },
	{ "proc_arm", "      error_information: 0x000000000095000f (transaction_type data access, "
		      "operation "
		      "instruction fetch, level 2, processor_context_corrupt 0)\n" },
	{ "proc_arm", "      error_information: 0x0000000000001234\n" },
	{ "proc_arm", "      register_context_type: 8, misc. system register structure\n" },
	{ "proc_ia", "      error_structure_type: 1cf3f8b3-c5b1-49a2-aa59-5eef92ffa63c, bus\n" },
	{ "proc_ia", "(error_type internal unclassified, processor_context_corrupt 0, uncorrected, "
		     "precise_ip 0, "
		     "restartable_ip 0, overflow)\n" },
	{ "proc_ia", "      register_context_type: 1, MSR registers\n" },
	{ "arm_ras", "    user_data: 0123456789abcdef\n" },
	{ "arm_ras", "      err_status: 0x00000000e4000000 (uncorrected_type uncontainable, "
		     "misc_valid, "
		     "uncorrected, status_valid, address_valid)\n" },
	{ "dmar", "    fault_reason: 5, address beyond the device address width\n" },
	{ "cxl_prot", "    agent_type: 5, CXL root port\n" },
	{ "cxl_prot", "      correctable_mask: 0x" },
	{ "cxl_media", "      memory_event_type: 0x" },
	{ "cxl_module", "      module_event_type: 0x" },
	{ "unknown", "unknown\n    data: " },
};

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text_cases); i++) {
		uint8_t buf[4096];
		size_t len = make_block(maker_of(text_cases[i].kind), buf, sizeof(buf)), n = 0;
		_free_ char *text = NULL;
		FILE *f = open_memstream(&text, &n);

		assert_int_equal(cper_text(buf, len, f, NULL), 0);
		fclose(f);
		if (!strstr(text, text_cases[i].line))
			fail_msg("%s lacks \"%s\":\n%s", text_cases[i].kind, text_cases[i].line,
				 text);
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_of_headers),
		cmocka_unit_test(test_text_of_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
