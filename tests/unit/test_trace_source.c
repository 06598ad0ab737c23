// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The source "kernel": how it gets its descriptors from a helper that is late, refuses, dies or is
 * replaced, and what it reports of pages that we write.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/log.h"
#include "sources/trace/page.h"
#include "sources/kernel.h"
#include "tests/unit/event_sink.h"
#include "tests/unit/played_helper.h"
#include "tests/unit/silent.h"
#include "tests/unit/trace_env.h"

static struct trace_kernel kernel;
static void *self;
static int cpu_end; /* what is written here comes out of CPU 0 */

static void begin(void)
{
	struct source_setup setup = { .position = "",
				      .sink = { .event = on_event, .changed = on_changed } };

	n_events = n_changes = 0;
	played_open();
	setup.base = base;
	setup.helper = client;
	assert_int_equal(trace_event_source.open(&self, &setup, NULL), 0);
}

static void finish(void)
{
	trace_event_source.close(self);
	played_close();
}

static struct source_status status(void)
{
	struct source_status s;

	trace_event_source.status(self, &s);
	return s;
}

static void run_until_state(enum event_source_state want)
{
	int64_t end_ns = patience_end_ns();

	while (status().state != want) {
		if (clock_boot_ns() > end_ns)
			fail_msg("%s: %s", event_source_state_name(status().state), status().why);
		turn();
	}
}

#define EVENT_NAME(system, event) #event,
static const char *const names[] = { HELPER_TRACE_EVENTS(EVENT_NAME) };

static int fd_of(const struct helper_request *req)
{
	const char *title = "header_page";
	int sv[2];

	if (req->source_id == HELPER_TRACE_CPU && req->index == 0) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
					    0, sv),
				 0);
		cpu_end = sv[1];
		return sv[0];
	}
	if (req->source_id == HELPER_TRACE_FORMAT)
		title = names[req->index];
	else if (req->source_id != HELPER_TRACE_PAGE)
		return -1;
	for (size_t i = 0; i <= kernel.n; i++)
		if (strcmp(title, strrchr(kernel.title[i], '/') ?
					  strrchr(kernel.title[i], '/') + 1 :
					  kernel.title[i]) == 0)
			return file_of(kernel.at[i], kernel.len[i]);
	return -1;
}

static void serve(const struct helper_request *req)
{
	int fd = fd_of(req);

	assert_int_equal(req->verb, HELPER_TRACE);
	if (fd < 0)
		reply(req, RAS_E_NOT_FOUND, "not on this kernel", -1);
	else
		reply(req, 0, "", fd);
	if (fd >= 0)
		close(fd);
}

static void serve_until_live(void)
{
	int64_t end_ns = patience_end_ns();
	struct helper_request req;

	while (status().state != SOURCE_LIVE) {
		assert_true(clock_boot_ns() < end_ns);
		if (recv(peer, &req, sizeof(req), 0) > 0)
			serve(&req);
		turn();
	}
}

/* --- pages --- */

struct page {
	uint8_t b[4096];
	size_t used;
};

static void add(struct page *p, const struct trace_made *m)
{
	uint32_t head = 0, len = (uint32_t)m->rec.len + 4;

	memcpy(p->b + 16 + p->used, &head, 4);
	memcpy(p->b + 20 + p->used, &len, 4);
	memcpy(p->b + 24 + p->used, m->data, m->rec.len);
	p->used += 8 + ((m->rec.len + 3) & ~(size_t)3);
}

static void send_page(struct page *p, int64_t time_ns, uint64_t flags)
{
	uint64_t commit = p->used | flags;

	memcpy(p->b, &time_ns, 8);
	memcpy(p->b + 8, &commit, 8);
	assert_int_equal(send(cpu_end, p->b, sizeof(p->b), 0), sizeof(p->b));
}

static void run_until_events(size_t n)
{
	int64_t end_ns = patience_end_ns();

	while (n_events < n) {
		assert_true(clock_boot_ns() < end_ns);
		turn();
	}
}

static void test_reads(void **state)
{
	struct page p = { .used = 0 };
	int64_t now = clock_boot_ns();
	struct trace_made m;

	(void)state;
	begin();
	take_peer();
	serve_until_live();
	assert_string_equal(status().why, "");

	/* Events of before, one of an id that is not ours, one that is cut. */
	made_begin(&m, trace_kernel_format(&kernel, "memory_failure_event"));
	made_set(&m, "pfn", 0x1234);
	made_set(&m, "type", 13);
	made_set(&m, "result", 3);
	add(&p, &m);
	made_set(&m, "common_type", 9999);
	add(&p, &m);
	made_begin(&m, trace_kernel_format(&kernel, "mc_event"));
	m.rec.len = 12;
	add(&p, &m);
	send_page(&p, now - 1000000, 0);
	run_until_events(1);
	assert_string_equal(last.source, "kernel");
	assert_int_equal(last.where.hpa.v, 0x1234000);
	assert_true(last.when.catch_up);
	assert_int_equal(last.when.boot_ns, now - 1000000);
	assert_in_range(last.when.real_ns, clock_real_ns() - INT64_C(3600000000000),
			clock_real_ns());
	turn();
	assert_int_equal(status().malformed, 1);

	/* One of now, behind some that were overwritten. The signalled process is this one. */
	p.used = 0;
	made_begin(&m, trace_kernel_format(&kernel, "signal_generate"));
	made_set(&m, "sig", 7);
	made_set(&m, "code", 5);
	made_set(&m, "pid", (uint64_t)getpid());
	add(&p, &m);
	send_page(&p, clock_boot_ns(), UINT64_C(1) << 31);
	run_until_events(2);
	assert_false(last.when.catch_up);
	assert_int_equal(last.signal.pid, getpid());
	assert_int_equal(status().missed, 1);
	assert_int_equal(status().events, 2);

	/* A page that does not add up costs itself only. */
	p.used = 5000;
	send_page(&p, clock_boot_ns(), 0);
	p.used = 0;
	add(&p, &m);
	send_page(&p, clock_boot_ns(), 0);
	run_until_events(3);
	assert_int_equal(status().malformed, 2);
	close(cpu_end); /* a buffer that ends is not read for ever */
	for (int i = 0; i < 20; i++)
		turn();
	assert_int_equal(status().state, SOURCE_LIVE);
	finish();
}

/* No answer in time is no refusal; a helper that goes is asked again when another is there. */
static void test_late_and_gone(void **state)
{
	struct helper_request first, again;
	char byte;

	(void)state;
	test_waits = helper_waits;
	begin();
	be_patient(); /* from the second question on */
	assert_int_equal(status().state, SOURCE_WAITING);
	take_peer();
	first = next_request();
	assert_int_equal(first.source_id, HELPER_TRACE_PAGE);
	again = next_request(); /* after the deadline */
	assert_int_equal(again.source_id, HELPER_TRACE_PAGE);
	assert_int_equal(status().state, SOURCE_WAITING);
	assert_non_null(strstr(status().why, "in time"));
	serve(&again);
	next_request();
	close(TAKE_FD(peer)); /* in the middle of a question */
	take_peer();
	serve_until_live();
	close(cpu_end);
	/* What it has is enough: another helper is not asked. */
	close(TAKE_FD(peer));
	take_peer();
	for (int i = 0; i < 20; i++)
		turn();
	assert_int_equal(recv(peer, &byte, 1, 0), -1);
	assert_int_equal(status().state, SOURCE_LIVE);
	finish();
}

static void test_refused(void **state)
{
	struct helper_request req;

	(void)state;
	begin();
	take_peer();
	req = next_request();
	reply(&req, RAS_E_HELPER, "cannot make it: Permission denied", -1);
	run_until_state(SOURCE_UNREADABLE);
	assert_string_equal(status().why, "cannot make it: Permission denied");
	assert_non_null(strstr(status().mend, "rasd-trace.service"));
	req = next_request(); /* asked again by itself: an administrator may have mended it */
	reply(&req, RAS_E_NOT_FOUND, "no tracefs", -1);
	run_until_state(SOURCE_ABSENT);
	req = next_request();
	reply(&req, RAS_E_BUSY, "no descriptors", -1);
	run_until_state(SOURCE_WAITING);
	serve_until_live();
	assert_string_equal(status().mend, "");
	close(cpu_end);
	finish();
}

/* A kernel without any of our tracepoints; and a format that nobody understands. */
static void test_nothing_there(void **state)
{
	struct helper_request req;
	int page, bad;

	(void)state;
	begin();
	take_peer();
	req = next_request();
	page = fd_of(&req);
	bad = file_of("name: x\n", 8);
	reply(&req, 0, "", page);
	close(page);
	while (status().state == SOURCE_WAITING) {
		if (recv(peer, &req, sizeof(req), 0) > 0) {
			bool first = req.source_id == HELPER_TRACE_FORMAT && req.index == 0;

			reply(&req, first ? 0 : RAS_E_NOT_FOUND, "no", first ? bad : -1);
		}
		turn();
	}
	assert_int_equal(status().state, SOURCE_ABSENT);
	assert_non_null(strstr(status().why, "none of the RAS tracepoints"));
	assert_int_equal(status().malformed, 1);
	close(bad);
	finish();
}

/* Whenever it is closed, nothing stays open and no answer arrives. */
static void test_close(void **state)
{
	int before = open_fds();

	(void)state;
	for (int answers = 0; answers < 20; answers++) {
		struct helper_request req;

		begin();
		take_peer();
		cpu_end = -1;
		for (int i = 0; i < answers; i++) {
			req = next_request();
			serve(&req);
			if (cpu_end >= 0)
				break;
		}
		if (cpu_end < 0)
			req = next_request();
		trace_event_source.close(self);
		if (cpu_end < 0)
			serve(&req);
		turn();
		if (cpu_end >= 0)
			close(cpu_end);
		played_close();
		assert_int_equal(open_fds(), before);
	}
	trace_event_source.close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),	cmocka_unit_test(test_late_and_gone),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_close),
	};
	int r;

	log_set_sink(silent);
	trace_kernel_load(&kernel, "tests/data/host-events/linux-6.12-amd64.formats");
	r = cmocka_run_group_tests(tests, NULL, NULL);
	trace_kernel_clear(&kernel);
	return r;
}
