// SPDX-License-Identifier: LGPL-2.1-or-later
/* Backend cxl with a QEMU that is played: what is sent, and what its answers become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/cxl_env.h"
#include "tests/unit/road_env.h"

static struct {
	const char *devices;
	const char *refuses; /* this command is answered by an error */
	char sent[4][512];
	size_t n_sent;
} q;

static json_object *more(struct fake_qemu *f, const char *command, json_object *args)
{
	const char *path = "", *property = "";

	(void)f;
	if (args) {
		json_opt_str(args, "path", &path, NULL);
		json_opt_str(args, "property", &property, NULL);
	}
	if (strcmp(command, "qom-list") == 0)
		return json_tokener_parse(q.devices);
	if (strcmp(property, "busnr") == 0)
		return json_object_new_int64(strstr(path, "mem1") ? 0x0d : 0x0e);
	if (strcmp(property, "addr") == 0)
		return json_object_new_int64(0);
	if (strncmp(command, "cxl-", 4) != 0)
		return NULL;
	assert_true(q.n_sent < ARRAY_LEN(q.sent));
	snprintf(q.sent[q.n_sent++], sizeof(q.sent[0]), "%s %s", command,
		 json_object_to_json_string_ext(args, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE));
	if (q.refuses && strcmp(q.refuses, command) == 0)
		return NULL;
	return json_object_new_object();
}

static int setup(void **state)
{
	(void)state;
	memset(&q, 0, sizeof(q));
	q.devices = "[{\"name\":\"crp0\",\"type\":\"child<cxl-rp>\"},"
		    "{\"name\":\"mem0\",\"type\":\"child<cxl-type3>\"},"
		    "{\"name\":\"mem1\",\"type\":\"child<cxl-type3>\"}]";
	road_start(more);
	return 0;
}

static struct outcome inject(struct one_record r)
{
	return road_inject((struct inject_request){ .record = r.bytes,
						    .record_len = r.len,
						    .via = { .backend = "cxl" },
						    .timeout_ms = PATIENCE_MS });
}

static struct one_record poison(void)
{
	uint8_t log[CXL_LOG_BYTES] = { 0 };
	struct cper_cxl_event c = cxl_section(CPER_CXL_EVENT_MEDIA, log, sizeof(log));

	log[32] = 0x43; /* flags of the address, and a place within 64 bytes */
	log[33] = 0x10;
	log[42] = 4;
	return cxl_record_of(CPER_SEV_INFO, &c);
}

static void test_delivered(void **state)
{
	struct outcome o = inject(cxl_record(CPER_CXL_EVENT_MODULE, CPER_SEV_CORRECTED));

	(void)state;
	is_state(&o, INJ_DELIVERED);
	assert_string_equal(o.row.target.backend, "cxl");
	assert_int_equal(o.row.target.source_id, CXL_BDF);
	assert_int_equal(q.n_sent, 1);
	assert_string_equal(q.sent[0],
			    "cxl-inject-memory-module-event {\"path\":\"/machine/peripheral/mem1\","
			    "\"log\":\"warning\",\"flags\":262913,\"maint-op-class\":17,"
			    "\"maint-op-subclass\":18,\"ld-id\":5139,\"head-id\":21,\"type\":33,"
			    "\"health-status\":34,\"media-status\":35,\"additional-status\":36,"
			    "\"life-used\":37,\"temperature\":10022,"
			    "\"dirty-shutdown-count\":724183336,"
			    "\"corrected-volatile-error-count\":791609343,"
			    "\"corrected-persistent-error-count\":858927408,\"sub-type\":70}");
}

static void test_correction_mask(void **state)
{
	struct outcome o = inject(cxl_record(CPER_CXL_EVENT_DRAM, CPER_SEV_CORRECTED));

	(void)state;
	is_state(&o, INJ_DELIVERED);
	assert_non_null(strstr(q.sent[0], "\"correction-mask\":[4701827547522677562,"));
}

static void test_poison(void **state)
{
	struct outcome o = inject(poison());

	(void)state;
	is_state(&o, INJ_DELIVERED);
	assert_int_equal(q.n_sent, 2);
	assert_string_equal(q.sent[0], "cxl-inject-poison {\"path\":\"/machine/peripheral/mem1\","
				       "\"start\":4160,\"length\":64}");
	assert_non_null(strstr(q.sent[1], "cxl-inject-general-media-event"));
	assert_non_null(strstr(q.sent[1], "\"dpa\":4163,"));
}

static void test_refused_by_qemu(void **state)
{
	struct outcome o;

	(void)state;
	q.refuses = "cxl-inject-general-media-event";
	o = inject(cxl_record(CPER_CXL_EVENT_MEDIA, CPER_SEV_CORRECTED));
	is_state(&o, INJ_REFUSED);
	/* No poison, no event. */
	q.refuses = "cxl-inject-poison";
	o = inject(poison());
	is_state(&o, INJ_REFUSED);
	assert_int_equal(q.n_sent, 2);
	/* The poison is there: nobody says that nothing was written. */
	q.refuses = "cxl-inject-general-media-event";
	o = inject(poison());
	is_state(&o, INJ_UNKNOWN);
	assert_int_equal(q.n_sent, 4);
}

static void test_not_capable(void **state)
{
	struct cper_cxl_event c = cxl_section(CPER_CXL_EVENT_MEDIA, cxl_full_log(), CXL_LOG_BYTES);
	struct outcome o;

	(void)state;
	c.bus = 0x0c;
	o = inject(cxl_record_of(CPER_SEV_CORRECTED, &c));
	assert_int_equal(o.err.code, RAS_E_NOT_CAPABLE);
	assert_non_null(strstr(o.err.text, "0d:00.0 (mem1)"));
	assert_int_equal(q.n_sent, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, road_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_delivered),	    TEST(test_correction_mask), TEST(test_poison),
		TEST(test_refused_by_qemu), TEST(test_not_capable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
