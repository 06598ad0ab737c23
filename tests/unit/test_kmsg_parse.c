// SPDX-License-Identifier: LGPL-2.1-or-later
/* Firmware's records in the kernel's log: put together, forged, cut, and their times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "sources/kmsg/parse.h"

#define HW "[Hardware Error]: "

static struct ghes_log ghes;
static uint64_t seq, suppressed;
static bool full;
static struct ras_event e;

static enum ghes_verdict take_as(unsigned int prio, const char *text)
{
	char buf[512];
	struct kmsg_line line;
	int n = snprintf(buf, sizeof(buf), "%u,%llu,273110460,-;%s\n SUBSYSTEM=acpi\n", prio,
			 (unsigned long long)seq++, text);

	assert_true(kmsg_line_parse(buf, (size_t)n, &line));
	assert_int_equal(line.seq, seq - 1);
	assert_int_equal(line.log_ns, INT64_C(273110460000));
	assert_int_equal(line.len, strlen(text));
	return ghes_take(&ghes, &line, 5000, true, &suppressed, &full);
}

static enum ghes_verdict take(const char *text)
{
	return take_as(4, text);
}

static int reset(void **state)
{
	(void)state;
	memset(&ghes, 0, sizeof(ghes));
	seq = 100;
	suppressed = 0;
	return 0;
}

/* As Linux 6.12 on arm64 printed it. */
static void test_memory_error(void **state)
{
	static const char *const text[] = {
		"{7}" HW "Hardware error from APEI Generic Hardware Error Source: 1",
		"{7}" HW "event severity: recoverable",
		"{7}" HW " Error 0, type: recoverable",
		"{7}" HW " fru_id: 03020100-0504-0706-0809-0a0b0c0d0e0f",
		"{7}" HW " fru_text: RASD-TEST-FRU",
		"{7}" HW "  section_type: memory error",
		"{7}" HW "  physical_address: 0x000000007c1b2040",
		"{7}" HW "  physical_address_mask: 0xfffffffffffff000",
		"{7}" HW "  error_type: 3, multi-bit ECC",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		assert_false(ghes.n_open && ghes_is_useful(&ghes.open[0]) && i < 7);
		assert_int_equal(take(text[i]), GHES_LINE);
	}
	assert_int_equal(ghes.n_open, 1);
	assert_int_equal(ghes.open[0].first_seq, 100);
	assert_int_equal(ghes.open[0].last_seq, 108);
	assert_true(ghes_is_useful(&ghes.open[0]));
	ghes_event(&ghes.open[0], 0, &e);
	assert_string_equal(e.source, "kmsg");
	assert_string_equal(e.report, "ghes");
	assert_int_equal(e.kind, EVENT_MEMORY);
	assert_int_equal(e.severity, EVENT_UNCORRECTED);
	assert_true(e.where.has_hpa);
	assert_int_equal(e.where.hpa.v, 0x7c1b2000);
	assert_int_equal(e.where.len_bytes, 4096);
	assert_int_equal(e.when.boot_ns, 5000);
	assert_false(e.when.catch_up);
	assert_string_equal(e.label, "RASD-TEST-FRU");
	assert_string_equal(e.detail,
			    "firmware record 7: memory error, error type 3, multi-bit ECC");
	ghes_drop(&ghes);
	assert_int_equal(ghes.n_open, 0);
	ghes_drop(&ghes);
}

static void begin(unsigned int n)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "{%u}" HW "Hardware error from APEI Generic Hardware Error "
		 "Source: 0",
		 n);
	assert_int_equal(take(text), GHES_LINE);
}

/* Two records interleaved, one of them with two sections. */
static void test_interleaved(void **state)
{
	(void)state;
	begin(1);
	begin(2);
	take("{1}" HW "event severity: corrected");
	take("{2}" HW "event severity: fatal");
	take("{1}" HW " Error 0, type: corrected");
	take("{2}" HW " Error 0, type: info");
	take("{2}" HW "  section_type: memory error");
	take("{1}" HW "  section_type: memory error");
	take("{1}" HW "  physical_address: 0x1000");
	take("{2}" HW "  physical_address: 0x2000");
	take("{1}" HW "  DIMM location: CPU0 DIMM_A1 ");
	take("{1}" HW " Error 1, type: fatal");
	take("{1}" HW "  section_type: PCIe error");
	take("{1}" HW "  physical_address: 0x3000"); /* not of memory: no page is bad */
	take("{2}" HW "  DIMM location: not present. DMI handle: 0x0000");
	assert_int_equal(ghes.n_open, 2);
	assert_int_equal(ghes.open[0].n_sections, 2);
	ghes_event(&ghes.open[0], 0, &e);
	assert_int_equal(e.where.hpa.v, 0x1000);
	assert_int_equal(e.where.len_bytes, 1);
	assert_int_equal(e.severity, EVENT_CORRECTED);
	assert_string_equal(e.label, "CPU0 DIMM_A1 ");
	ghes_event(&ghes.open[0], 1, &e);
	assert_int_equal(e.kind, EVENT_PCIE);
	assert_int_equal(e.severity, EVENT_FATAL);
	assert_false(e.where.has_hpa);
	ghes_drop(&ghes);
	ghes_event(&ghes.open[0], 0, &e);
	assert_int_equal(e.where.hpa.v, 0x2000);
	assert_int_equal(e.severity, EVENT_INFO);
	assert_string_equal(e.label, "");
}

/* Nobody but the kernel, and nothing but the beginning of a line, makes a record. */
static void test_forged(void **state)
{
	static const char line[] =
		"{1}" HW "Hardware error from APEI Generic Hardware Error Source: 0";
	char text[256];

	(void)state;
	for (unsigned int facility = 1; facility < 24; facility++)
		assert_int_equal(take_as(facility << 3 | 4, line), GHES_NOT_OURS);
	assert_int_equal(take_as(12, "ghes_print_estatus: 5 callbacks suppressed"), GHES_NOT_OURS);
	snprintf(text, sizeof(text), "x[1]: %s", line);
	assert_int_equal(take(text), GHES_NOT_OURS);
	snprintf(text, sizeof(text), " %s", line);
	assert_int_equal(take(text), GHES_NOT_OURS);
	/* what other printers write, and lines whose beginning was not seen */
	assert_int_equal(take(HW "event severity: fatal"), GHES_NOT_OURS);
	assert_int_equal(take("mce: " HW "Machine check events logged"), GHES_NOT_OURS);
	assert_int_equal(take("{3}Hardware error detected on CPU1"), GHES_NOT_OURS);
	assert_int_equal(take("{1}" HW "  physical_address: 0x1000"), GHES_NOT_OURS);
	assert_int_equal(take("{4294967296}" HW "Hardware error from APEI Generic Hardware Error "
			      "Source: 0"),
			 GHES_NOT_OURS);
	assert_int_equal(take("{}" HW "x"), GHES_NOT_OURS);
	assert_int_equal(take(""), GHES_NOT_OURS);
	assert_int_equal(ghes.n_open, 0);
	/* In an open record a line of a process is passed over. */
	begin(1);
	take("{1}" HW " Error 0, type: corrected");
	take("{1}" HW "  section_type: memory error");
	assert_int_equal(take_as(12, "{1}" HW "  physical_address: 0x1000"), GHES_NOT_OURS);
	ghes_event(&ghes.open[0], 0, &e);
	assert_false(e.where.has_hpa);
}

static void test_limits(void **state)
{
	char text[128];

	(void)state;
	for (unsigned int i = 1; i <= GHES_OPEN_MAX; i++)
		begin(i);
	snprintf(text, sizeof(text),
		 "{99}" HW "Hardware error from APEI Generic Hardware Error "
		 "Source: 0");
	assert_int_equal(take(text), GHES_LINE);
	assert_true(full);
	assert_int_equal(ghes.n_open, GHES_OPEN_MAX);
	ghes_drop(&ghes);
	assert_int_equal(take(text), GHES_LINE);
	assert_false(full);
	assert_int_equal(ghes.open[GHES_OPEN_MAX - 1].number, 99);
	/* The lines of a section too many, or of one that is not understood, go nowhere. */
	for (unsigned int i = 0; i < GHES_SECTIONS_MAX + 1; i++) {
		snprintf(text, sizeof(text), "{99}" HW " Error %u, type: corrected", i);
		take(text);
		snprintf(text, sizeof(text), "{99}" HW "  physical_address: 0x%x", 0x1000 + i);
		take(text);
	}
	assert_int_equal(ghes.open[GHES_OPEN_MAX - 1].n_sections, GHES_SECTIONS_MAX);
	for (unsigned int i = 0; i < GHES_SECTIONS_MAX; i++)
		assert_int_equal(ghes.open[GHES_OPEN_MAX - 1].section[i].address, 0x1000 + i);
}

/* The mask must be one of a page or less, or the address names no page. */
static void test_masks(void **state)
{
	static const struct {
		const char *mask;
		bool has_hpa;
		uint64_t hpa, len;
	} of[] = { { "0xffffffffffffffff", true, 0x7c1b2345, 1 },
		   { "0xffffffffffffffc0", true, 0x7c1b2340, 64 },
		   { "0xfffffffffffff000", true, 0x7c1b2000, 4096 },
		   { "0xffffffffffffe000", false, 0, 1 },
		   { "0xffffffffffe00000", false, 0, 1 },
		   { "0x0000000000000000", true, 0x7c1b2345, 1 }, /* no mask at all */
		   { "0x0000fffffffff000", true, 0x7c1b2345, 1 }, /* not understood */
		   { "0xfffffffffffff0000", true, 0x7c1b2345, 1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		char text[128];

		reset(NULL);
		begin(1);
		take("{1}" HW " Error 0, type: corrected");
		take("{1}" HW "  section_type: memory error");
		take("{1}" HW "  physical_address: 0x000000007c1b2345");
		snprintf(text, sizeof(text), "{1}" HW "  physical_address_mask: %s", of[i].mask);
		take(text);
		ghes_event(&ghes.open[0], 0, &e);
		if (e.where.has_hpa != of[i].has_hpa || e.where.hpa.v != of[i].hpa ||
		    e.where.len_bytes != of[i].len)
			fail_msg("%s: %d 0x%llx %llu", of[i].mask, e.where.has_hpa,
				 (unsigned long long)e.where.hpa.v,
				 (unsigned long long)e.where.len_bytes);
	}
}

/* /dev/kmsg of Linux 6.12 on arm64, after two records by QEMU and a line that a process wrote. */
static void test_linux_6_12_arm64(void **state)
{
	FILE *f = fopen("tests/data/host-events/linux-6.12-arm64.kmsg", "re");
	struct kmsg_line line;
	size_t n = 0, ours = 0;
	char buf[512];

	(void)state;
	assert_non_null(f);
	for (; fgets(buf, sizeof(buf), f); n++) {
		assert_true(kmsg_line_parse(buf, strlen(buf), &line));
		if (ghes_take(&ghes, &line, 1, false, &suppressed, &full) == GHES_LINE)
			ours++;
	}
	fclose(f);
	assert_in_range(n, 22, 100);
	assert_int_equal(ours, 20);
	assert_int_equal(ghes.n_open, 2);
	assert_int_equal(ghes.open[0].first_seq, 319);
	assert_int_equal(ghes.open[1].last_seq, 338);
	ghes_event(&ghes.open[0], 0, &e);
	assert_int_equal(e.severity, EVENT_CORRECTED);
	assert_int_equal(e.where.hpa.v, 0x7c1b2000);
	assert_int_equal(e.where.len_bytes, 4096);
	assert_true(e.when.catch_up);
	assert_string_equal(e.label, "RASD-TEST-FRU");
	ghes_event(&ghes.open[1], 0, &e);
	assert_int_equal(e.where.hpa.v, 0x78001000);
}

static void test_lines(void **state)
{
	static const char *const bad[] = {
		"",	     ";",	 "4;x",	     "4,1;x",	   "4,1,2",
		"a,1,2,-;x", "4,,2,-;x", "4,1;,2,-", "-4,1,2,-;x", "4,18446744073709551616,2,-;x"
	};
	struct kmsg_line line;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (kmsg_line_parse(bad[i], strlen(bad[i]), &line))
			fail_msg("accepted: %s", bad[i]);
	assert_true(kmsg_line_parse("30,7,1,c,caller=T1;a;b", 22, &line));
	assert_int_equal(line.facility, 3);
	assert_memory_equal(line.text, "a;b", line.len);
	assert_int_equal(take("ghes_print_estatus: 12 callbacks suppressed"), GHES_SUPPRESSED);
	assert_int_equal(suppressed, 12);
}

#define S INT64_C(1000000000)

/* Never later than it was: else a newer owner of the page could be taken for its owner. */
static void test_times(void **state)
{
	struct kmsg_clock c = { 0 };
	int64_t t;

	(void)state;
	t = kmsg_time(&c, false, 10000 * S, 9 * S, 90000 * S);
	assert_in_range(t, 9990 * S, 9999 * S);
	assert_int_equal(kmsg_time(&c, false, S / 2, S, S), 1);
	assert_int_equal(c.mono_ns, 0); /* a line of before says nothing of now */
	/* read at once */
	assert_int_equal(kmsg_time(&c, true, 10000 * S, 10050 * S, 20050 * S), 20050 * S);
	assert_int_equal(kmsg_time(&c, true, 10010 * S, 10060 * S, 20060 * S), 20060 * S);
	/* rasd stood still for 8 s: the log says that the lines are older */
	t = kmsg_time(&c, true, 10011 * S, 10069 * S, 20069 * S);
	assert_in_range(t, 20061 * S, 20061 * S + S / 100);
	t = kmsg_time(&c, true, 10012 * S, 10069 * S, 20069 * S);
	assert_in_range(t, 20062 * S, 20062 * S + S / 100);
	/* the host slept for 5,000 s, and so did the log's clock: the line is new */
	t = kmsg_time(&c, true, 10019 * S, 10069 * S + S / 2, 25070 * S);
	assert_in_range(t, 25069 * S, 25070 * S);
	/* a clock that goes back is not asked */
	assert_int_equal(kmsg_time(&c, true, 9000 * S, 10070 * S, 25071 * S), 25071 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_memory_error, reset),
		cmocka_unit_test_setup(test_interleaved, reset),
		cmocka_unit_test_setup(test_forged, reset),
		cmocka_unit_test_setup(test_limits, reset),
		cmocka_unit_test_setup(test_masks, reset),
		cmocka_unit_test_setup(test_linux_6_12_arm64, reset),
		cmocka_unit_test_setup(test_lines, reset),
		cmocka_unit_test_setup(test_times, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
