// SPDX-License-Identifier: LGPL-2.1-or-later
/* What mcelog writes into its log, in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sources/mcelog/pages.h"
#include "sources/mcelog/record.h"
#include "sources/mcelog/reply.h"
#include "tests/unit/mcelog_env.h"

static struct ras_event events[16];
static size_t n_events;

static void on_record(void *arg, struct ras_event *e)
{
	(void)arg;
	if (n_events < ARRAY_LEN(events))
		events[n_events] = *e;
	n_events++;
}

static void feed_log(const char *text, size_t len, size_t piece, struct mcelog_record *r)
{
	n_events = 0;
	mcelog_record_begin(r, 0, on_record, NULL);
	for (size_t at = 0; at < len; at += piece)
		mcelog_record_feed(r, text + at, len - at < piece ? len - at : piece);
	mcelog_record_end(r);
}

static void test_log(void **state)
{
	struct mcelog_record r;
	char *text;
	size_t len;

	(void)state;
	text = mcelog_file("mcelog.log", &len);
	for (size_t piece = 1; piece < 300; piece += piece < 40 ? 1 : 37) {
		feed_log(text, len, piece, &r);
		assert_int_equal(r.malformed, 0);
		assert_int_equal(n_events, 7);
	}
	assert_string_equal(events[0].source, "mcelog");
	assert_string_equal(events[0].report, "log");
	assert_int_equal(events[0].severity, EVENT_CORRECTED);
	assert_int_equal(events[0].where.hpa.v, 0x12345000);
	assert_int_equal(events[0].when.real_ns, INT64_C(1795397475000000000));
	assert_non_null(strstr(events[0].detail, "bank 8 status 0x8c00004000010090"));
	assert_int_equal(events[5].severity, EVENT_UNCORRECTED);
	assert_int_equal(events[5].where.hpa.v, 0x5005000);
	assert_int_equal(events[6].where.hpa.v, 0x7777000);
	assert_non_null(strstr(events[6].detail, "socket 1"));
	assert_int_equal(r.at, len);
	assert_int_equal(r.line_at, len);
	free(text);
}

static void test_raw_log(void **state)
{
	struct mcelog_record r;
	char *text;
	size_t len;

	(void)state;
	text = mcelog_file("mcelog-raw.log", &len);
	for (size_t piece = 1; piece < 100; piece++) {
		feed_log(text, len, piece, &r);
		assert_int_equal(r.malformed, 0);
		assert_int_equal(n_events, 2); /* banks without an error are none */
	}
	assert_false(events[0].where.has_hpa);
	/* Its MISC does not say that the address is a physical one. */
	assert_false(events[1].where.has_hpa);
	assert_non_null(strstr(events[1].detail, "addr 0x1f0000"));
	free(text);
}

static void test_log_lines(void **state)
{
	static const char log[] = "CPU 1\nBANK 4\nSTATUS 0xfe00000000800400\nMISC 0x8c\n"
				  "ADDR 0x7000\nPROCESSOR 2:0x800f12\n"
				  /* no blank line; AMD: this bank's address is of its own kind */
				  "CPU 2\nBANK 4\nSTATUS 0xbd000000000000c0\nMISC 0x8c\n"
				  "ADDR 0x5005000\nPROCESSOR 0:0x106a0\nTIME 17x\nADDR zz\n"
				  "STATUS\nMISC 0xfffffffffffffffff\nNo STATUS 1 here\n\n";
	static char longer[3 * MCELOG_LOG_LINE_MAX];
	struct mcelog_record r;

	(void)state;
	feed_log(log, sizeof(log) - 1, 7, &r);
	assert_int_equal(n_events, 2);
	assert_false(events[0].where.has_hpa);
	assert_int_equal(events[1].where.hpa.v, 0x5005000);
	assert_int_equal(r.malformed, 3);
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\n';
	feed_log(longer, sizeof(longer), 100, &r);
	assert_int_equal(r.malformed, 1);
	assert_int_equal(n_events, 0);
	feed_log("STATUS\0 8c00004000010090\n\n", 26, 26, &r);
	assert_int_equal(n_events, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_raw_log),
		cmocka_unit_test(test_log_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
