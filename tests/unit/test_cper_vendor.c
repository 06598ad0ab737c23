// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sections of vendors: what is shown of each, and any bytes of any type. Bytes that decode must
 * encode to the same bytes, whatever their length.
 */
#include "cperjson_out.h"

static uint32_t state_of_noise = 1;

static uint32_t noise_word(void)
{
	state_of_noise = state_of_noise * 1664525 + 1013904223;
	return state_of_noise >> 8;
}

/* Small numbers are likely, because counts and sizes that fit lead further. */
static void fill(uint8_t *p, size_t n, uint32_t round)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t w = noise_word();

		p[i] = round % 3 == 0 ? (uint8_t)w :
		       round % 3 == 1 ? (uint8_t)(w % 4 ? 0 : w >> 4 & 63) :
					(uint8_t)(w % 16 ? 0 : 0xff);
	}
}

static void same_again(const struct cper_section *s, const uint8_t *section, size_t len)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED, .section_type = s->guid };
	_free_ uint8_t *exact = NULL;
	_free_ char *text = NULL;
	struct cper_builder b;
	uint8_t buf[2048];
	size_t n, printed;
	FILE *f;

	cper_build_begin(&b, buf, sizeof(buf));
	cper_build_entry(&b, &info, section, len);
	assert_int_equal(cper_build_end(&b, &n, NULL), 0);
	exact = malloc(n); /* so that asan sees a read behind the section */
	memcpy(exact, buf, n);
	if (cper_validate(exact, n, CPER_SPEC, NULL) < 0)
		return;
	through_json(s->kind, exact, n, CPERJSON_WORDS);
	f = open_memstream(&text, &printed);
	assert_int_equal(cper_text(exact, n, f, NULL), 0);
	fclose(f);
	for (size_t i = 0; i < printed; i++)
		if (text[i] != '\n' && (text[i] < 0x20 || text[i] > 0x7e))
			fail_msg("%s: the text has a byte %d", s->kind, text[i]);
}

static void test_any_bytes(void **state)
{
	const struct cper_section *s;

	(void)state;
	for (size_t i = 0; (s = cper_section_at(i)) != NULL; i++)
		for (uint32_t round = 0; round < 24; round++)
			for (size_t len = 0; len <= s->table.size + 80u; len += 1 + len / 24) {
				uint8_t section[1024];

				fill(section, sizeof(section), round);
				same_again(s, section, len);
			}
}

static const struct {
	const char *file;
	const char *lines[8];
} cases[] = {
	{ "cases/vendor-amd-runtime.cper",
	  { "  platform_id: 0x1002:0x74A1\n", "  creator_id: amdgpu\n",
	    "  record_id: 0x0000000000413a30, 0:A\n", "   fru_id: OAM-0\n",
	    "      error_structure_type: 32ac0c78-2623-48f6-81a2-ac691780551d, AMD GPU\n",
	    ", AMD GPU runtime error\n",
	    "        status: 0x9c20000000010137 (mca_code 311, extended_code 1, syndrome_valid, "
	    "address_valid, misc_valid, enabled, valid)\n",
	    "        ipid: 0x0000009600000000 (hardware_id UMC)\n" } },
	{ "cases/vendor-amd-crash.cper",
	  { ", AMD GPU crash dump\n", "    register_context_type: 1, crash\n",
	    "      status: 0xbea0000000000108 (", "      addr: 0x0000000000012340\n" } },
	{ "cases/vendor-windows-mca.cper",
	  { ", Windows machine check\n", "    cpu_vendor: 2, AMD\n", "    bank_number: 5\n",
	    "    timestamp: 2025-07-01 02:01:34\n",
	    "    status: 0xbaa00000000c0135 (mca_code 309, extended_code 12, syndrome_valid, "
	    "task_context_corrupt, processor_context_corrupt, misc_valid, enabled, uncorrected, "
	    "valid)\n",
	    "      synd: 0x000000004d000000\n" } },
	{ "cases/vendor-linux-mce.cper",
	  { "  creator_id: 75a574e3-5052-4b29-8a8e-be2c6490b89d, Linux (pstore, mce)\n",
	    ", Linux machine check\n", "    cpuvendor: 0, Intel\n",
	    "    time: 2025-07-01 02:01:34\n", "    bank: 7\n" } },
	{ "cases/vendor-linux-dmesg.cper",
	  { ", Linux kernel log\n",
	    "    text:\n      Panic#1 Part1\n      <0>[  1.0] Kernel panic - \"x\"\n" } },
	{ "cases/vendor-nvidia.gesb",
	  { ", NVIDIA error\n", "    signature: SCF-FABRIC\n", "    severity: 2, corrected\n",
	    "    registers 1:\n      address: 0x0000000000000010\n",
	    "      value: 0x0000000000000abc\n" } },
	{ "cases/vendor-nvidia-event.gesb",
	  { ", NVIDIA event\n", "    source_device_type: 1, GPU\n", "    event_type: 0x0001\n",
	    "      event_originator: 0x04, PF driver\n", "      data_format_type: 32769, GPU Xid\n",
	    "        xid_code: 79\n", "        message: GPU has fallen off the bus\n",
	    "        0:\n          key: 0x00000001\n" } },
	{ "cases/vendor-ampere.gesb",
	  { ", Ampere Altra error\n", "    type: 0x01 (source MCU)\n",
	    "    instance: 0x4002 (instance 2, socket 1)\n", "      err_status: 0xe4000002\n",
	    "      err_addr: 0x0000000012345000\n" } },
	{ "cases/vendor-ampereone.gesb",
	  { ", AmpereOne error\n", "    type: 0x2009 (source PCIe RASDP, payload_type 2)\n",
	    "      corrected_report: 0x00000007\n" } },
	{ "cases/vendor-hisi-common.gesb",
	  { ", HiSilicon error\n", "    soc_id: 1, Kunpeng920\n", "    module_id: 16, DDRC\n",
	    "    bdf: 0123:56:04.3\n", "      0:\n        value: 0x12345678\n" } },
	{ "cases/vendor-hisi-type2.gesb",
	  { ", HiSilicon OEM type 2 error\n", "    module_id: 4, DDRC\n",
	    "    err_status: 0x1122334455667788\n" } },
	{ "cases/vendor-cxl-sparing.gesb",
	  { ", CXL memory sparing event\n", "      sparing_flags: 0x02 (hard_sparing)\n",
	    "      row: 74565\n" } },
	{ "cases/vendor-crashlog.gesb",
	  { "    record_id_guid: 8f87f311-c998-4d9e-a0c4-6065518c4f6d, Intel crash log\n",
	    "      version: 0x06a30100 (header_type 1, product_id 2608, record_type ECORE)\n",
	    "      extended_record_size: 32768\n" } },
	{ "cases/vendor-windows-nmi.cper",
	  { "section_type: e71254e7-c1b9-4940-ab76-909703a4320f, Windows NMI error\n    data: " } },
};

static void test_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t buf[4096];
		size_t len = case_file(cases[i].file, buf, sizeof(buf)), n;
		_free_ char *text = NULL;
		FILE *f = open_memstream(&text, &n);

		assert_int_equal(cper_text(buf, len, f, NULL), 0);
		fclose(f);
		for (size_t k = 0; k < ARRAY_LEN(cases[i].lines) && cases[i].lines[k]; k++)
			if (!strstr(text, cases[i].lines[k]))
				fail_msg("%s lacks \"%s\":\n%s", cases[i].file, cases[i].lines[k],
					 text);
		through_json(cases[i].file, buf, len, CPERJSON_WORDS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
