// SPDX-License-Identifier: LGPL-2.1-or-later
/* The source "kmsg" on a log that we write: catching up, records that wait, positions, losses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/log.h"
#include "sources/kernel.h"
#include "tests/unit/played_helper.h"
#include "tests/unit/silent.h"

static void *self;
static struct ras_event last;
static char first_position[EVENT_POSITION_SIZE];
static size_t n_events;
static int log_end; /* what is written here is the log */
static char boot_id[CLOCK_BOOT_ID_SIZE];

static void on_event(void *arg, const struct ras_event *e)
{
	(void)arg;
	if (n_events++ == 0)
		memcpy(first_position, e->position, sizeof(first_position));
	last = *e;
}

static void on_changed(void *arg)
{
	(void)arg;
}

static struct source_status status(void)
{
	struct source_status s;

	kmsg_event_source.status(self, &s);
	return s;
}

static void run_until_events(size_t n)
{
	int64_t end_ns = patience_end_ns();

	while (n_events < n) {
		assert_true(clock_boot_ns() < end_ns);
		turn();
	}
}

static void line(unsigned int prio, uint64_t seq, const char *text)
{
	char buf[256];
	int n = snprintf(buf, sizeof(buf), "%u,%llu,%lld,-;%s\n", prio, (unsigned long long)seq,
			 (long long)(clock_mono_ns() / 1000), text);

	assert_int_equal(send(log_end, buf, (size_t)n, 0), n);
}

/* Five lines from seq on. */
static void record(unsigned int number, uint64_t seq, uint64_t address)
{
	static const char *const text[] = {
		"Hardware error from APEI Generic Hardware Error Source: 0",
		"event severity: corrected",
		" Error 0, type: corrected",
		"  section_type: memory error",
	};
	char full[160];

	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		snprintf(full, sizeof(full), "{%u}[Hardware Error]: %s", number, text[i]);
		line(4, seq + i, full);
	}
	snprintf(full, sizeof(full), "{%u}[Hardware Error]:   physical_address: 0x%llx", number,
		 (unsigned long long)address);
	line(4, seq + 4, full);
}

static struct helper_request begin(const char *position)
{
	struct source_setup setup = { .position = position,
				      .sink = { .event = on_event, .changed = on_changed } };

	n_events = 0;
	clock_boot_id(boot_id);
	played_open();
	setup.base = base;
	setup.helper = client;
	assert_int_equal(kmsg_event_source.open(&self, &setup, NULL), 0);
	take_peer();
	return next_request();
}

static void give(const struct helper_request *req, void (*before)(void))
{
	int sv[2];

	assert_int_equal(req->verb, HELPER_TRACE);
	assert_int_equal(req->source_id, HELPER_TRACE_KMSG);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv),
			 0);
	log_end = sv[1];
	if (before)
		before();
	reply(req, 0, "", sv[0]);
	close(sv[0]);
}

static void finish(void)
{
	kmsg_event_source.close(self);
	close(log_end);
	played_close();
}

static void two_records(void)
{
	record(1, 10, 0x1000);
	line(12, 15,
	     "{3}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 0");
	line(6, 16, "usb 1-1: new device");
	record(2, 17, 0x2000);
}

/* What was there at the start is catch-up; what comes later is not. */
static void test_catches_up(void **state)
{
	struct helper_request req = begin("");
	char want[64];

	(void)state;
	give(&req, two_records);
	run_until_events(2);
	assert_int_equal(status().state, SOURCE_LIVE);
	assert_true(last.when.catch_up);
	assert_int_equal(last.where.hpa.v, 0x2000);
	assert_in_range(last.when.boot_ns, 1, clock_boot_ns());
	snprintf(want, sizeof(want), "%s 21", boot_id);
	assert_string_equal(last.position, want);
	record(3, 22, 0x3000);
	run_until_events(3);
	assert_false(last.when.catch_up);
	assert_int_equal(last.where.hpa.v, 0x3000);
	assert_int_equal(status().events, 3);
	assert_int_equal(status().missed, 0);
	/* Lines overwritten, records that the kernel has not printed, a line that is none. */
	line(4, 30, "ghes_print_estatus: 4 callbacks suppressed");
	assert_int_equal(send(log_end, "x", 1, 0), 1);
	record(4, 31, 0x4000);
	run_until_events(4);
	assert_int_equal(status().missed, 3 + 4);
	assert_int_equal(status().malformed, 1);
	finish();
}

/* From the position of this boot; that of another boot is of no use. */
static void test_position(void **state)
{
	struct helper_request req;
	char position[64];

	(void)state;
	clock_boot_id(boot_id);
	snprintf(position, sizeof(position), "%s 14", boot_id);
	req = begin(position);
	give(&req, two_records);
	run_until_events(1);
	assert_int_equal(last.where.hpa.v, 0x2000);
	/* It ends, is had again and read from its beginning: nothing is reported twice. */
	close(log_end);
	req = next_request();
	give(&req, two_records);
	record(3, 22, 0x3000);
	run_until_events(2);
	assert_int_equal(last.where.hpa.v, 0x3000);
	finish();

	req = begin("00000000-0000-4000-8000-000000000000 14");
	give(&req, two_records);
	run_until_events(2);
	finish();
	req = begin("garbage");
	give(&req, two_records);
	run_until_events(2);
	finish();
}

static void interleaved(void)
{
	line(4, 1,
	     "{1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 0");
	line(4, 2, "{1}[Hardware Error]:  Error 0, type: corrected");
	line(4, 3,
	     "{2}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 1");
	line(4, 4, "{1}[Hardware Error]:   section_type: memory error");
	line(4, 5, "{1}[Hardware Error]:   physical_address: 0x1000");
	line(4, 6, "{2}[Hardware Error]:  Error 0, type: fatal");
	line(4, 7, "{2}[Hardware Error]:   section_type: PCIe error");
}

/* The position of the first must not pass over lines of the second. */
static void test_interleaved(void **state)
{
	struct helper_request req = begin("");
	char want[64];

	(void)state;
	give(&req, interleaved);
	run_until_events(2);
	assert_int_equal(last.kind, EVENT_PCIE);
	snprintf(want, sizeof(want), "%s 2", boot_id);
	assert_string_equal(first_position, want);
	snprintf(want, sizeof(want), "%s 7", boot_id);
	assert_string_equal(last.position, want);
	finish();
}

static void test_refused(void **state)
{
	struct helper_request req = begin("");
	int64_t end_ns = patience_end_ns();

	(void)state;
	reply(&req, RAS_E_HELPER, "cannot open /dev/kmsg: Permission denied", -1);
	while (status().state != SOURCE_UNREADABLE) {
		assert_true(clock_boot_ns() < end_ns);
		turn();
	}
	assert_non_null(strstr(status().mend, "StandardInput=file:/dev/kmsg"));
	req = next_request(); /* asked again by itself */
	give(&req, two_records);
	run_until_events(2);
	assert_string_equal(status().why, "");
	finish();
	kmsg_event_source.close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_catches_up),
		cmocka_unit_test(test_position),
		cmocka_unit_test(test_interleaved),
		cmocka_unit_test(test_refused),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
