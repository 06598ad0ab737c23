// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A q35 machine that has what qemu-ghes needs (no QEMU has it yet) is served by qemu-ghes: a QMP
 * server, guest RAM with a HEST in it and a guest that acknowledges are played; the rest is rasd.
 */
#include "tests/unit/hest_env.h"

#include <stdlib.h>

#include "backend/backend.h"
#include "base/num.h"
#include "inject/inject.h"
#include "journal/journal.h"
#include "tests/unit/guest_env.h"

#include "tests/unit/outcome.h"
#include "tests/unit/helper_waits.h"
#include "tests/unit/loop_turn.h"

#define TABLE 0x1000u
#define POINTER 0x2000u
#define READ_ACK 0x2008u
#define STATUS_BLOCK 0x3000u
#define BLOCK_BYTES 1024u
#define NOTIFY_SCI 3
#define LOOKS_BEFORE_ACK 2

#define MTREE                                         \
	"FlatView #0\n AS \"memory\", root: system\n" \
	" Root memory region: system\n"               \
	"  0000000040000000-000000004000ffff (prio 0, ram): m0\n"
#define RAMBLOCK                                       \
	" Block Name PSize Offset Used Total HVA RO\n" \
	"  m0 4 KiB 0x0 0x10000 0x10000 0x7f0000000000 rw\n"

static char dir[32];
static struct event_base *base;
static struct conf conf;
static struct guests *gs;
static struct helper_client *helper;
static struct backends *bs;
static struct journal *journal;
static struct injector *in;
static struct fake_qemu qemu;
static int helper_fd;
static struct event *on_helper;
static unsigned int n_looks, n_injected;

/* --- the guest --- */

static void set64(uint32_t at, uint64_t v)
{
	memcpy(ram + at, &v, sizeof(v));
}

static void firmware_runs(void)
{
	memset(ram, 0, sizeof(ram));
	absent = swapped = broken = 0;
	hest_make(ram + TABLE, 9, GPA + POINTER, GPA + READ_ACK, BLOCK_BYTES);
	ram[TABLE + 72] = NOTIFY_SCI;
	hest_sum(ram + TABLE, HEST_LEN);
	set64(POINTER, GPA + STATUS_BLOCK);
	set64(READ_ACK, 1);
}

/* As Linux does: block_status first. */
static void guest_acknowledges(void)
{
	memset(ram + STATUS_BLOCK, 0, 4);
	set64(READ_ACK, 1);
}

/* --- QEMU's command --- */

static bool takes_record(json_object *args)
{
	uint8_t rec[BLOCK_BYTES];
	const char *text;
	size_t len;

	assert_int_equal(json_get_str(args, "cper", &text, NULL), 0);
	assert_int_equal(b64_decode(text, strlen(text), rec, sizeof(rec), &len), 0);
	if (!ram[READ_ACK])
		return false;
	memcpy(ram + STATUS_BLOCK, rec, len);
	set64(READ_ACK, 0);
	n_looks = 0;
	n_injected++;
	return true;
}

/* --- rasd-pagemap --- */

static void serve_hest(const struct helper_request *rq, struct helper_reply *rep)
{
	struct hest_found f;
	struct ras_err err;

	assert_int_equal(rq->n_sections, 1);
	assert_int_equal(rq->section[0].gpa, GPA);
	assert_int_equal(rq->section[0].len_bytes, SIZE);
	assert_int_equal(rq->section[0].hva, HVA);
	assert_int_equal(hest_search(&io, rq->section, rq->n_sections, &f, &err), 0);
	rep->hest_gpa = f.hest_gpa;
	rep->n_sources = f.n_sources;
	memcpy(rep->source, f.source, sizeof(rep->source));
}

static void serve_slot(struct helper_reply *rep)
{
	if (n_injected && ++n_looks > LOOKS_BEFORE_ACK)
		guest_acknowledges();
	memcpy(&rep->status_pointer, ram + POINTER, sizeof(rep->status_pointer));
	memcpy(&rep->read_ack, ram + READ_ACK, sizeof(rep->read_ack));
	rep->block_len_bytes = BLOCK_BYTES;
	memcpy(rep->block, ram + STATUS_BLOCK, BLOCK_BYTES);
}

static void serve_helper(evutil_socket_t fd, short what, void *arg)
{
	static struct helper_request rq;
	static struct helper_reply rep;
	ssize_t n = recv((int)fd, &rq, sizeof(rq), MSG_DONTWAIT);
	size_t len;

	(void)what, (void)arg;
	if (n <= 0)
		return;
	assert_int_equal(rq.pid, getpid());
	memset(&rep, 0, sizeof(rep));
	rep.id = rq.id;
	if (rq.verb == HELPER_HEST)
		serve_hest(&rq, &rep);
	else
		serve_slot(&rep);
	len = offsetof(struct helper_reply, block) + rep.block_len_bytes;
	assert_int_equal(send((int)fd, &rep, len, 0), len);
}

/* --- rasd --- */

static int setup(void **state)
{
	struct ras_err err;
	size_t n_undecided;
	int fds[2];

	(void)state;
	firmware_runs();
	n_looks = n_injected = 0;
	snprintf(dir, sizeof(dir), "/tmp/rasd-q35-XXXXXX");
	base = event_base_new();
	env_directory(&conf, dir);
	conf.n_grants = 1;
	snprintf(conf.grant[0].domain, sizeof(conf.grant[0].domain), "q35");
	conf.grant[0].target_max_severity = CONF_SEV_CORRECTED;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	helper_fd = fds[1];
	on_helper = event_new(base, fds[1], EV_READ | EV_PERSIST, serve_helper, NULL);
	event_add(on_helper, NULL);
	assert_int_equal(journal_open(&journal, base, dir, NULL, &n_undecided, &err), 0);
	assert_int_equal(helper_client_new(&helper, base, fds[0], &test_waits, &err), 0);
	assert_int_equal(guests_new(&gs, base, &conf, &err), 0);
	assert_int_equal(backends_new(&bs, base, gs, helper, &err), 0);
	return injector_new(&in, base, &conf, gs, journal, bs, &err);
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	fake_qemu_stop(&qemu);
	injector_free(in);
	backends_free(bs);
	guests_free(gs);
	helper_client_free(helper);
	journal_close(journal);
	event_free(on_helper);
	close(helper_fd);
	event_base_free(base);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static struct outcome inject(const char *request_id, const char *backend)
{
	static struct outcome o;
	struct inject_request rq = { .domain = "q35",
				     .request_id = request_id,
				     .tag = "",
				     .params_digest = "d",
				     .via = { .backend = backend },
				     .gpa = { GPA + 0x8000 },
				     .severity = CONF_SEV_CORRECTED,
				     .wait = true,
				     .timeout_ms = ENV_LIMIT_MS };

	memset(&o, 0, sizeof(o));
	injector_create(in, &rq, on_done, &o);
	env_until(base, &o.n, 1);
	return o;
}

/* The socket appears; such a machine answers. ras: its property, -1: it has none. */
static void start(const char *type, int ras)
{
	fake_qemu_start(&qemu, base, dir, "q35");
	qemu.arch = "x86_64";
	qemu.type = type;
	qemu.ras = ras;
	qemu.mtree = MTREE;
	qemu.ramblock = RAMBLOCK;
	qemu.inject = takes_record;
	loop_turn(base, EVLOOP_NONBLOCK); /* inotify shows the socket */
}

static void test_served(void **state)
{
	struct outcome o;

	(void)state;
	start("pc-q35-12.0-machine", 1);
	for (int i = 0; i < 2; i++) {
		o = inject(i ? "second" : "first", NULL);
		assert_int_equal(o.err.code, 0);
		assert_string_equal(o.row.target.backend, "qemu-ghes");
		assert_int_equal(o.row.target.source_id, 9);
		assert_string_equal(o.row.target.monitor, "socket");
		if (o.row.outcome.state != INJ_ACKNOWLEDGED)
			fail_msg("%s: %s", inj_state_name(o.row.outcome.state),
				 o.row.outcome.detail);
		assert_int_equal(n_injected, i + 1);
		/* What the guest had is the record of the journal, without what it cleared. */
		assert_memory_equal(ram + STATUS_BLOCK + 4, o.row.record + 4, o.row.record_len - 4);
	}
}

/* The same machine without the property, with it off: a refusal that says what to do. */
static void test_refused(void **state)
{
	static const char *const says[] = { "has no option ras", "without ras=on" };
	struct outcome o;

	(void)state;
	for (int ras = -1; ras <= 0; ras++) {
		start("pc-q35-12.0-machine", ras);
		o = inject(ras ? "none" : "off", "qemu-ghes");
		assert_int_equal(o.err.code, RAS_E_NOT_CAPABLE);
		assert_non_null(strstr(o.err.text, says[ras + 1]));
		assert_true(o.err.hint[0]);
		assert_int_equal(n_injected, 0);
		if (ras < 0)
			fake_qemu_stop(&qemu);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_served, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
