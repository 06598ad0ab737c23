// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which record is which event of a CXL memory device, number by number, and which is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/cxl_env.h"

static struct ras_err err;
static struct cxl_mapped m;

static void mapped(enum cper_cxl_event_type type, uint32_t severity)
{
	struct one_record r = cxl_record(type, severity);

	if (cxl_map(r.bytes, r.len, &m, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(m.bdf, CXL_BDF);
}

/* All numbers in words, as they are sent. */
static const char *numbers(void)
{
	static char text[1024];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < m.event.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s=%llx ",
				      m.event.number[i].name,
				      (unsigned long long)m.event.number[i].value);
	return text;
}

static void test_media(void **state)
{
	(void)state;
	mapped(CPER_CXL_EVENT_MEDIA, CPER_SEV_CORRECTED);
	assert_string_equal(m.event.command, "cxl-inject-general-media-event");
	assert_string_equal(m.event.log, "warning");
	assert_string_equal(numbers(),
			    "flags=40301 maint-op-class=11 maint-op-subclass=12 ld-id=1413 "
			    "head-id=15 dpa=2827262524232221 descriptor=29 type=2a "
			    "transaction-type=2b channel=2e rank=2f device=323130 "
			    "cme-ev-flags=43 cme-count=464544 sub-type=47 ");
	assert_false(m.event.has_correction_mask || m.poison);
}

static void test_dram(void **state)
{
	(void)state;
	mapped(CPER_CXL_EVENT_DRAM, CPER_SEV_CORRECTED);
	assert_string_equal(m.event.command, "cxl-inject-dram-event");
	assert_string_equal(numbers(),
			    "flags=40301 maint-op-class=11 maint-op-subclass=12 ld-id=1413 "
			    "head-id=15 dpa=2827262524232221 descriptor=29 type=2a "
			    "transaction-type=2b channel=2e rank=2f nibble-mask=323130 "
			    "bank-group=33 bank=34 row=373635 column=3938 sub-channel=6a "
			    "cme-ev-flags=6b cvme-count=6e6d6c sub-type=6f ");
	assert_true(m.event.has_correction_mask);
	assert_int_equal(m.event.correction_mask[0], 0x41403f3e3d3c3b3a);
	assert_int_equal(m.event.correction_mask[3], 0x5958575655545352);
}

static void test_module(void **state)
{
	(void)state;
	mapped(CPER_CXL_EVENT_MODULE, CPER_SEV_CORRECTED);
	assert_string_equal(m.event.command, "cxl-inject-memory-module-event");
	assert_string_equal(numbers(),
			    "flags=40301 maint-op-class=11 maint-op-subclass=12 ld-id=1413 "
			    "head-id=15 type=21 health-status=22 media-status=23 "
			    "additional-status=24 life-used=25 temperature=2726 "
			    "dirty-shutdown-count=2b2a2928 "
			    "corrected-volatile-error-count=2f2effff "
			    "corrected-persistent-error-count=33323130 sub-type=46 ");
}

/* What is not valid is not sent, and what a short record does not have is 0. */
static void test_validity(void **state)
{
	uint8_t log[CXL_LOG_BYTES] = { 0 };
	struct cper_cxl_event c = cxl_section(CPER_CXL_EVENT_DRAM, log, 45);
	struct one_record r;

	(void)state;
	log[42] = 1;
	r = cxl_record_of(CPER_SEV_INFO, &c);
	assert_int_equal(cxl_map(r.bytes, r.len, &m, &err), 0);
	assert_string_equal(m.event.log, "informational");
	assert_string_equal(numbers(), "flags=0 dpa=0 descriptor=0 type=0 transaction-type=1 "
				       "sub-type=0 ");
	/* Each bit is one field. */
	static const char *const names[] = { "channel", "rank", "nibble-mask", "bank-group",
					     "bank",	"row",	"column" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		log[43] = (uint8_t)(1u << i);
		c.event_log.len = sizeof(log);
		r = cxl_record_of(CPER_SEV_INFO, &c);
		assert_int_equal(cxl_map(r.bytes, r.len, &m, &err), 0);
		assert_int_equal(m.event.n, 7);
		assert_string_equal(m.event.number[5].name, names[i]);
	}
}

static void test_poison(void **state)
{
	uint8_t log[CXL_LOG_BYTES] = { 0 };
	struct cper_cxl_event c = cxl_section(CPER_CXL_EVENT_MEDIA, log, sizeof(log));
	struct one_record r;

	(void)state;
	log[33] = 0x10;
	log[42] = 4;
	r = cxl_record_of(CPER_SEV_INFO, &c);
	assert_int_equal(cxl_map(r.bytes, r.len, &m, &err), 0);
	assert_true(m.poison);
	assert_int_equal(m.dpa, 0x1000);
	c.type = CPER_CXL_EVENT_DRAM;
	r = cxl_record_of(CPER_SEV_INFO, &c);
	assert_int_equal(cxl_map(r.bytes, r.len, &m, &err), 0);
	assert_false(m.poison);
}

/* The grant is held against the record's severity, so the event is not worse than that. */
static void test_severity(void **state)
{
	static const uint32_t severities[] = { CPER_SEV_INFO, CPER_SEV_CORRECTED,
					       CPER_SEV_RECOVERABLE, CPER_SEV_FATAL };
	uint8_t log[CXL_LOG_BYTES] = { 0 };
	struct cper_cxl_event c = cxl_section(CPER_CXL_EVENT_MEDIA, log, sizeof(log));

	(void)state;
	for (size_t s = 0; s < 4; s++)
		for (uint8_t l = 0; l < 4; l++) {
			struct one_record r;

			log[1] = l;
			r = cxl_record_of(severities[s], &c);
			assert_int_equal(cxl_map(r.bytes, r.len, &m, &err),
					 l <= s ? 0 : -RAS_E_NOT_CAPABLE);
		}
}

static void refused(const struct cper_cxl_event *c, const char *why)
{
	struct one_record r = cxl_record_of(CPER_SEV_FATAL, c);

	err = RAS_ERR_NULL;
	assert_int_equal(cxl_map(r.bytes, r.len, &m, &err), -RAS_E_NOT_CAPABLE);
	if (!strstr(err.text, why) || !err.hint[0])
		fail_msg("%s", err.text);
}

static void test_refused(void **state)
{
	struct cper_cxl_event c,
		good = cxl_section(CPER_CXL_EVENT_MEDIA, cxl_full_log(), CXL_LOG_BYTES);
	uint8_t longer[CXL_LOG_BYTES + 1] = { 0 };

	(void)state;
	for (int t = CPER_CXL_EVENT_PHYSICAL_SWITCH; t <= CPER_CXL_EVENT_SPARING; t++) {
		c = good;
		c.type = (enum cper_cxl_event_type)t;
		refused(&c, "QEMU does not have");
	}
	c = good;
	c.validation_bits = CPER_CXL_EVENT_VALID_LOG;
	refused(&c, "names no device");
	c = good;
	c.segment = 1;
	refused(&c, "segment 0");
	c = good;
	c.device = 32;
	refused(&c, "names no device");
	c = good;
	c.event_log.len = 44;
	refused(&c, "another length");
	c = good;
	c.event_log = (struct cper_bytes){ longer, sizeof(longer) };
	refused(&c, "another length");
}

static void test_other_records(void **state)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };
	struct cper_builder b;
	uint8_t bytes[1024];
	size_t len;

	(void)state;
	cper_build_begin(&b, bytes, sizeof(bytes));
	make_pcie(&b, &info);
	assert_int_equal(cper_build_end(&b, &len, NULL), 0);
	assert_int_equal(cxl_map(bytes, len, &m, &err), -RAS_E_NOT_CAPABLE);
	assert_non_null(strstr(err.text, "another error"));
	assert_int_equal(cxl_map(bytes, 8, &m, &err), -RAS_E_NOT_CAPABLE);
	assert_non_null(strstr(err.text, "cannot be read"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_media),	cmocka_unit_test(test_dram),
		cmocka_unit_test(test_module),	cmocka_unit_test(test_validity),
		cmocka_unit_test(test_poison),	cmocka_unit_test(test_severity),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_other_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
