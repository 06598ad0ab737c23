// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Tracepoints as events (mce_record: test_trace_mce.c): units, signs, what counts as an address,
 * and short records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "sources/trace/decode.h"
#include "tests/unit/trace_env.h"

static struct trace_kernel linux61, linux612;
static struct trace_made m;
static struct ras_event e;

static void begin(const char *name)
{
	made_begin(&m, trace_kernel_format(&linux612, name));
}

static void decode(void)
{
	memset(&e, 0xee, sizeof(e));
	assert_int_equal(trace_decode(&m.rec, &e), TRACE_EVENT);
	assert_string_equal(e.source, "kernel");
	assert_string_equal(e.report, m.rec.format->name);
	assert_int_equal(e.when.boot_ns, 0);
	assert_string_equal(e.position, "");
}

/* --- memory --- */

static void set_mc(unsigned int type, uint64_t address, unsigned int grain_bits, unsigned int count)
{
	begin("mc_event");
	made_set(&m, "error_type", type);
	made_set(&m, "address", address);
	made_set(&m, "grain_bits", grain_bits);
	made_set(&m, "error_count", count);
	made_text(&m, "label", "CPU_SrcID#0_MC#0_Chan#0_DIMM#0");
	made_text(&m, "msg", "memory read error");
	made_text(&m, "driver_detail", "row:100\ncol:8\xff");
}

static void test_mc_event(void **state)
{
	(void)state;
	set_mc(0, 0x4e06042, 6, 3);
	decode();
	assert_int_equal(e.kind, EVENT_MEMORY);
	assert_int_equal(e.severity, EVENT_CORRECTED);
	assert_true(e.where.has_hpa);
	assert_int_equal(e.where.hpa.v, 0x4e06040);
	assert_int_equal(e.where.len_bytes, 64); /* grain_bits is a logarithm */
	assert_int_equal(e.count, 3);
	assert_string_equal(e.label, "CPU_SrcID#0_MC#0_Chan#0_DIMM#0");
	assert_non_null(strstr(e.detail, "memory read error row:100?col:8?"));

	set_mc(1, UINT64_C(0x8000000000001000), 12, 0);
	decode();
	assert_int_equal(e.severity, EVENT_UNCORRECTED);
	assert_int_equal(e.where.hpa.v, UINT64_C(0x8000000000001000)); /* no sign */
	assert_int_equal(e.count, 1);

	set_mc(2, 0, 12, 1);
	decode();
	assert_int_equal(e.severity, EVENT_DEFERRED);
	assert_false(e.where.has_hpa);
	set_mc(3, 0x200000, 21, 1); /* known to 2 MiB only: which page is not known */
	decode();
	assert_int_equal(e.severity, EVENT_FATAL);
	assert_false(e.where.has_hpa);
	set_mc(4, 0x1000, 255, 1);
	decode();
	assert_int_equal(e.severity, EVENT_INFO);
	assert_false(e.where.has_hpa);
	set_mc(5, 0x1000, 0, 1);
	decode();
	assert_int_equal(e.severity, EVENT_SEVERITY_UNKNOWN);
	assert_int_equal(e.where.len_bytes, 1);

	begin("mc_event");
	made_text(&m, "label", "any memory");
	decode();
	assert_string_equal(e.label, "");
}

static void test_memory_failure(void **state)
{
	(void)state;
	begin("memory_failure_event");
	made_set(&m, "pfn", 0x7c1b2);
	made_set(&m, "type", 13);
	made_set(&m, "result", 3);
	decode();
	assert_int_equal(e.kind, EVENT_PAGE_LOST);
	assert_int_equal(e.where.hpa.v, UINT64_C(0x7c1b2000)); /* a frame number, not an address */
	assert_int_equal(e.where.len_bytes, 4096);
	assert_string_equal(e.outcome.page_type, "dirty LRU page");
	assert_int_equal(e.outcome.kind, OUTCOME_RECOVERED);
	assert_false(e.where.no_struct_page);

	made_set(&m, "type", 77);
	made_set(&m, "result", 9);
	decode();
	assert_string_equal(e.outcome.page_type, "type 77");
	assert_int_equal(e.outcome.kind, OUTCOME_NONE);

	made_set(&m, "pfn", UINT64_MAX);
	assert_int_equal(trace_decode(&m.rec, &e), TRACE_MALFORMED);
}

/* Linux 7 has another 20. */
static void test_no_struct_page(void **state)
{
	struct trace_format f = *trace_kernel_format(&linux612, "memory_failure_event");
	char words[] = "\"%s\", __print_symbolic(REC->type, { 20, \"non struct page pfn\" })";

	(void)state;
	f.print_fmt = words;
	made_begin(&m, &f);
	made_set(&m, "type", 20);
	decode();
	assert_true(e.where.no_struct_page);
	assert_string_equal(e.outcome.page_type, "non struct page pfn");
}

static void test_extlog(void **state)
{
	(void)state;
	begin("extlog_mem_event");
	made_set(&m, "sev", 2);
	made_set(&m, "pa", 0x12345678);
	made_set(&m, "pa_mask_lsb", 6);
	made_text(&m, "fru_text", "DIMM A1");
	decode();
	assert_int_equal(e.severity, EVENT_CORRECTED);
	assert_int_equal(e.where.hpa.v, 0x12345640);
	assert_int_equal(e.where.len_bytes, 64);
	assert_string_equal(e.label, "DIMM A1");
	made_set(&m, "sev", 0);
	made_set(&m, "pa_mask_lsb", 0xff);
	decode();
	assert_int_equal(e.severity, EVENT_UNCORRECTED);
	assert_int_equal(e.where.hpa.v, 0x12345678);
	made_set(&m, "pa_mask_lsb", 64);
	decode();
	assert_false(e.where.has_hpa);
	made_set(&m, "sev", 1);
	made_set(&m, "pa", UINT64_MAX);
	made_set(&m, "pa_mask_lsb", 6);
	decode();
	assert_int_equal(e.severity, EVENT_FATAL);
	assert_false(e.where.has_hpa);
}

static void test_signal(void **state)
{
	(void)state;
	begin("signal_generate");
	made_set(&m, "sig", 7);
	made_set(&m, "code", 5);
	made_set(&m, "pid", 334);
	made_bytes(&m, "comm", "qemu-system-x86", 16);
	decode();
	assert_int_equal(e.kind, EVENT_SIGBUS);
	assert_int_equal(e.signal.pid, 334);
	assert_int_equal(e.signal.code, 5);
	assert_false(e.action_required);
	assert_false(e.where.has_hpa);
	made_set(&m, "code", 4);
	decode();
	assert_true(e.action_required);
	made_set(&m, "code", 0);
	assert_int_equal(trace_decode(&m.rec, &e), TRACE_NOTHING);
	made_set(&m, "code", 5);
	made_set(&m, "sig", 11);
	assert_int_equal(trace_decode(&m.rec, &e), TRACE_NOTHING);
}

/* --- the others --- */

/* As arm64's kernel showed it: raw data of the error information. */
static const uint8_t pei[] = { 0x00, 0x20, 0x1f, 0x00, 0x02, 0x00, 0x00, 0x05, 0x0f, 0x00, 0x91,
			       0x00, 0x00, 0x00, 0x00, 0x00, 0x78, 0x56, 0x34, 0x12, 0x00, 0x80,
			       0xff, 0xff, 0x00, 0x50, 0x20, 0x43, 0x00, 0x00, 0x00, 0x00 };

static void set_arm(const uint8_t *info, size_t n)
{
	begin("arm_event");
	made_set(&m, "sev", 2);
	made_set(&m, "pei_len", n);
	made_bytes(&m, "pei_buf", info, n);
}

static void test_arm(void **state)
{
	uint8_t info[64];

	(void)state;
	set_arm(pei, sizeof(pei));
	decode();
	assert_int_equal(e.kind, EVENT_PROCESSOR);
	assert_int_equal(e.severity, EVENT_UNCORRECTED);
	assert_true(e.where.has_hpa);
	assert_int_equal(e.where.hpa.v, 0x43205000);

	made_set(&m, "sev", 1);
	made_set(&m, "pei_len", 31); /* the kernel says that there is less */
	decode();
	assert_int_equal(e.severity, EVENT_CORRECTED);
	assert_false(e.where.has_hpa);

	/* The first has no valid address, the second has one. */
	memcpy(info, pei, 32);
	memcpy(info + 32, pei, 32);
	info[2] = 0x0f;
	info[32 + 25] = 0x60;
	set_arm(info, sizeof(info));
	decode();
	assert_int_equal(e.where.hpa.v, 0x43206000);
	info[1] = 0; /* a length that leads nowhere */
	set_arm(info, sizeof(info));
	decode();
	assert_false(e.where.has_hpa);

	/* Linux 6.1 */
	made_begin(&m, trace_kernel_format(&linux61, "arm_event"));
	made_set(&m, "mpidr", 0x80000001);
	decode();
	assert_int_equal(e.severity, EVENT_SEVERITY_UNKNOWN);
	assert_false(e.where.has_hpa);
}

static void test_non_standard(void **state)
{
	static const uint8_t guid[16] = { 0xef, 0xbe, 0xad, 0xde, 0x34, 0x12, 0xde, 0x4e,
					  0xb8, 0x63, 0x3e, 0x83, 0xed, 0x7c, 0x83, 0xb1 };

	(void)state;
	begin("non_standard_event");
	made_bytes(&m, "sec_type", guid, sizeof(guid));
	made_text(&m, "fru_text", "RASD-TEST-FRU");
	made_set(&m, "sev", 1);
	made_set(&m, "len", 24);
	decode();
	assert_int_equal(e.kind, EVENT_OTHER);
	assert_int_equal(e.severity, EVENT_CORRECTED);
	assert_string_equal(e.label, "RASD-TEST-FRU");
	assert_string_equal(e.detail, "section deadbeef-1234-4ede-b863-3e83ed7c83b1, 24 bytes");
}

static void test_pcie(void **state)
{
	(void)state;
	begin("aer_event");
	made_text(&m, "dev_name", "0000:01:00.0");
	made_set(&m, "severity", 2);
	made_set(&m, "status", 0x40);
	decode();
	assert_int_equal(e.kind, EVENT_PCIE);
	assert_int_equal(e.severity, EVENT_CORRECTED);
	assert_string_equal(e.label, "0000:01:00.0");
	made_set(&m, "severity", 1);
	decode();
	assert_int_equal(e.severity, EVENT_FATAL);
	made_set(&m, "severity", 0);
	decode();
	assert_int_equal(e.severity, EVENT_UNCORRECTED);
}

static void test_cxl(void **state)
{
	(void)state;
	begin("cxl_dram");
	made_text(&m, "memdev", "mem0");
	made_set(&m, "hpa", 0x190000041);
	made_set(&m, "log", 0);
	decode();
	assert_int_equal(e.kind, EVENT_CXL);
	assert_int_equal(e.severity, EVENT_CORRECTED);
	assert_int_equal(e.where.hpa.v, 0x190000040);
	assert_string_equal(e.label, "mem0");
	made_set(&m, "descriptor", 1);
	made_set(&m, "hpa", UINT64_MAX);
	decode();
	assert_int_equal(e.severity, EVENT_UNCORRECTED);
	assert_false(e.where.has_hpa);

	begin("cxl_memory_module");
	made_set(&m, "log", 0);
	decode();
	assert_int_equal(e.severity, EVENT_INFO);
	made_set(&m, "log", 3);
	decode();
	assert_int_equal(e.severity, EVENT_UNCORRECTED);

	begin("cxl_poison");
	made_set(&m, "trace_type", 0);
	made_set(&m, "hpa", 0x190000000);
	decode();
	assert_int_equal(e.severity, EVENT_DEFERRED);
	assert_true(e.where.has_hpa);
	made_set(&m, "trace_type", 2);
	decode();
	assert_int_equal(e.severity, EVENT_INFO);

	begin("cxl_aer_uncorrectable_error");
	decode();
	assert_int_equal(e.severity, EVENT_UNCORRECTED);
	begin("cxl_aer_correctable_error");
	decode();
	assert_int_equal(e.severity, EVENT_CORRECTED);
}

/* Every event cut at every byte: nothing is read behind the end, and an event needs its fields. */
static void test_short(void **state)
{
	static const char *const need_all[] = { "mce_record", "mc_event", "memory_failure_event",
						"extlog_mem_event", "signal_generate" };

	(void)state;
	for (size_t i = 0; i < linux612.n; i++) {
		made_begin(&m, &linux612.format[i]);
		for (size_t len = 0; len <= m.rec.len; len++) {
			uint8_t *exact = malloc(len ? len : 1);
			struct trace_record r = { m.rec.format, exact, len };

			memcpy(exact, m.data, len);
			trace_decode(&r, &e);
			free(exact);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(need_all); i++) {
		begin(need_all[i]);
		m.rec.len = 12;
		assert_int_equal(trace_decode(&m.rec, &e), TRACE_MALFORMED);
	}
	/* A string that says it is longer than the record. */
	begin("mc_event");
	made_set(&m, "label", 0xffffu << 16 | 8);
	decode();
	assert_string_equal(e.label, "");
	made_set(&m, "label", 1u << 16 | 0xffff);
	decode();
	assert_string_equal(e.label, "");
	/* An event that is not ours. */
	begin("mc_event");
	{
		struct trace_format f = *m.rec.format;

		strcpy(f.name, "mc_events");
		m.rec.format = &f;
		assert_int_equal(trace_decode(&m.rec, &e), TRACE_NOTHING);
	}
}

static int load(void **state)
{
	(void)state;
	trace_kernel_load(&linux61, "tests/data/host-events/linux-6.1-amd64.formats");
	trace_kernel_load(&linux612, "tests/data/host-events/linux-6.12-amd64.formats");
	return 0;
}

static int unload(void **state)
{
	(void)state;
	trace_kernel_clear(&linux61);
	trace_kernel_clear(&linux612);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {

		cmocka_unit_test(test_mc_event),
		cmocka_unit_test(test_memory_failure),
		cmocka_unit_test(test_no_struct_page),
		cmocka_unit_test(test_extlog),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_arm),
		cmocka_unit_test(test_non_standard),
		cmocka_unit_test(test_pcie),
		cmocka_unit_test(test_cxl),
		cmocka_unit_test(test_short),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
