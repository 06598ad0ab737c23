// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A guest from the appearance of its socket to a known RAM layout, with a QEMU that answers by
 * itself; and what a request is told that comes while that is under way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "guest_env.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/patience.h"
#include "guests/manager.h"

static struct event_base *base;
static struct conf conf;
static struct guests *gs;
static struct fake_qemu qemu;
static char dir[32];

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/rasd-guest-XXXXXX");
	base = event_base_new();
	env_directory(&conf, dir);
	return guests_new(&gs, base, &conf, NULL);
}

static int teardown(void **state)
{
	(void)state;
	guests_free(gs);
	rmdir(dir);
	event_base_free(base);
	return 0;
}

struct answer {
	int n;
	struct guest *g;
	struct ras_err err;
};

static void on_answer(void *arg, struct guest *g, const struct ras_err *err)
{
	struct answer *a = arg;

	a->n++;
	a->g = g;
	a->err = err ? *err : RAS_ERR_NULL;
}

/* --- a manager that has not listed its guests --- */

static bool discovering;

static bool play_discovering(struct guest_manager *m)
{
	(void)m;
	return discovering;
}

static void play_free(struct guest_manager *m)
{
	(void)m;
}

static void use_manager(void)
{
	static const struct guest_manager_ops ops = { .monitor = "libvirt",
						      .is_discovering = play_discovering,
						      .free = play_free };
	static struct guest_manager m = { .ops = &ops };

	discovering = true;
	guests_set_manager(gs, &m);
}

/* Until the socket of the QEMU that does not greet yet was seen, in as many turns as it takes. */
static void until_seen(void)
{
	int64_t end_ns = patience_end_ns();
	struct guest *g;

	qemu.mute = true;
	while (guests_find(gs, "vm1", &g, NULL) < 0) {
		assert_true(clock_boot_ns() < end_ns);
		loop_turn(base, EVLOOP_NONBLOCK);
		usleep(500);
	}
	assert_false(guest_is_up(g));
}

/* A request that comes before the connection waits for it, and is told nothing meanwhile. */
static void test_seek_waits_for_the_connection(void **state)
{
	struct answer early = { .n = 0 }, known = { .n = 0 };

	(void)state;
	fake_qemu_start(&qemu, base, dir, "vm1");
	until_seen();
	guests_seek(gs, "vm1", 4000, on_answer, &early);
	assert_int_equal(early.n, 0);
	qemu.mute = false;
	if (qemu.fd >= 0) /* it is connected already */
		fake_greet(&qemu);
	env_until(base, &early.n, 1);
	assert_int_equal(early.err.code, 0);
	assert_true(guest_is_up(early.g));
	assert_string_equal(guest_monitor_name(early.g), "socket");
	assert_int_equal(early.g->life.pid, getpid());
	assert_string_equal(early.g->machine.type, "virt-11.1");

	/* From here on it is answered at once, and so is one for a guest that is none. */
	guests_seek(gs, "vm1", 4000, on_answer, &known);
	assert_int_equal(known.n, 1);
	assert_ptr_equal(known.g, early.g);
	guests_seek(gs, "vm2", 4000, on_answer, &known);
	assert_int_equal(known.n, 2);
	assert_null(known.g);
	assert_int_equal(known.err.code, RAS_E_NO_DOMAIN);
	fake_qemu_stop(&qemu);
}

/* QEMU does not greet: the request's own timeout ends it, retryable. */
static void test_seek_ends_with_its_timeout(void **state)
{
	struct answer a = { .n = 0 };

	(void)state;
	fake_qemu_start(&qemu, base, dir, "vm1");
	until_seen();
	guests_seek(gs, "vm1", 50, on_answer, &a);
	assert_int_equal(a.n, 0);
	env_until(base, &a.n, 1);
	assert_int_equal(a.err.code, RAS_E_NOT_READY);
	assert_non_null(a.g);
	assert_non_null(strstr(a.err.hint, "try again"));
	fake_qemu_stop(&qemu);
}

/* A socket that nobody serves: told when the attempt has failed, without the timeout. */
static void test_seek_of_a_dead_socket(void **state)
{
	struct answer up = { .n = 0 }, a = { .n = 0 };
	struct ras_err err;

	(void)state;
	fake_qemu_start(&qemu, base, dir, "vm1");
	loop_turn(base, EVLOOP_NONBLOCK);
	guests_seek(gs, "vm1", 4000, on_answer, &up);
	env_until(base, &up.n, 1);
	assert_true(guest_is_up(up.g));
	close(qemu.listener);
	qemu.listener = -1;
	fake_hang_up(&qemu);
	while (guest_is_up(up.g))
		loop_turn(base, EVLOOP_ONCE);
	guest_connect_soon(up.g);
	guests_seek(gs, "vm1", 3600 * 1000, on_answer, &a);
	env_until(base, &a.n, 1);
	assert_int_equal(a.err.code, 0);
	assert_false(guest_is_up(a.g));
	assert_int_equal(guest_why_down(a.g, &err), -RAS_E_GONE);
	assert_int_equal(guest_has_monitor(a.g, "socket", &err), -RAS_E_NOT_FOUND);
	assert_int_equal(guest_has_monitor(a.g, "libvirt", &err), -RAS_E_NOT_FOUND);
	fake_qemu_stop(&qemu);
}

/* While libvirt has not listed its domains a name may be one of them. */
static void test_seek_waits_for_the_listing(void **state)
{
	struct answer late = { .n = 0 }, none = { .n = 0 }, now = { .n = 0 };

	(void)state;
	use_manager();
	guests_seek(gs, "vm1", 0, on_answer, &now);
	assert_int_equal(now.n, 1);
	assert_int_equal(now.err.code, RAS_E_NOT_READY);
	guests_seek(gs, "vm1", 30, on_answer, &late);
	guests_seek(gs, "vm2", 4000, on_answer, &none);
	env_until(base, &late.n, 1);
	assert_int_equal(late.err.code, RAS_E_NOT_READY);
	assert_null(late.g);
	assert_int_equal(none.n, 0);
	discovering = false;
	guests_seek_again(gs);
	assert_int_equal(none.n, 0); /* on the loop's next turn */
	env_until(base, &none.n, 1);
	assert_int_equal(none.err.code, RAS_E_NO_DOMAIN);
}

/* Who waits when rasd stops is told. */
static void test_seek_when_rasd_stops(void **state)
{
	struct answer a = { .n = 0 };

	(void)state;
	use_manager();
	guests_seek(gs, "vm1", 4000, on_answer, &a);
	guests_free(gs);
	gs = NULL;
	assert_int_equal(a.n, 1);
	assert_int_equal(a.err.code, RAS_E_GONE);
}

static void seek_up(struct answer *a)
{
	fake_qemu_start(&qemu, base, dir, "vm1");
	loop_turn(base, EVLOOP_NONBLOCK);
	guests_seek(gs, "vm1", 4000, on_answer, a);
	env_until(base, &a->n, 1);
	assert_true(guest_is_up(a->g));
}

/* Several who wait cost one question; a failure is told to all, and asked again when asked for. */
static void test_know(void **state)
{
	struct answer a = { .n = 0 }, b = { .n = 0 }, up = { .n = 0 };
	struct ras_err err;

	(void)state;
	seek_up(&up);
	qemu.n_asked = 0;
	qemu.mtree = "nonsense";
	guest_know(up.g, on_answer, &a);
	guest_know(up.g, on_answer, &b);
	env_until(base, &b.n, 1);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.err.code, RAS_E_LAYOUT);
	assert_int_equal(qemu.n_asked, 2); /* once more, as it may have been about to change */
	assert_false(guest_is_known(up.g));
	assert_int_equal(guest_layout_failed(up.g, &err), -RAS_E_LAYOUT);

	qemu.mtree = FAKE_MTREE;
	guest_know(up.g, on_answer, &a);
	env_until(base, &a.n, 2);
	assert_int_equal(a.err.code, 0);
	assert_true(guest_is_known(up.g));
	assert_int_equal(guest_layout_failed(up.g, &err), 0);
	assert_int_equal(up.g->ram.n, 1);
	assert_true(guest_has_ram(up.g, (struct gpa){ 0x4fffffff }));
	assert_false(guest_has_ram(up.g, (struct gpa){ 0x50000000 }));
	guest_know(up.g, on_answer, &b);
	assert_int_equal(b.n, 2);
	fake_qemu_stop(&qemu);
}

/* Memory that is not plugged in has a RAM block without a name: the layout is known. */
static void test_know_with_unplugged_memory(void **state)
{
	struct answer a = { .n = 0 }, up = { .n = 0 };

	(void)state;
	seek_up(&up);
	qemu.ramblock = FAKE_RAMBLOCK "  4 KiB 0x0 0x8000000 0x8000000 0x7f1000000000 rw\n";
	guest_know(up.g, on_answer, &a);
	env_until(base, &a.n, 1);
	assert_int_equal(a.err.code, 0);
	assert_int_equal(up.g->ram.n, 1);
	fake_qemu_stop(&qemu);
}

/* The monitor goes while the layout is asked for: that is the answer, not "layout unknown". */
static void test_know_when_the_monitor_goes(void **state)
{
	struct answer a = { .n = 0 }, up = { .n = 0 };
	struct ras_err err;

	(void)state;
	seek_up(&up);
	guest_know(up.g, on_answer, &a);
	assert_non_null(up.g->ram.asking);
	ras_fail(&err, RAS_E_GONE, "test");
	guest_link_down(up.g, &err);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.err.code, RAS_E_GONE);
	assert_null(up.g->ram.asking);
	assert_int_equal(up.g->life.before.pid, getpid());
	fake_qemu_stop(&qemu);
}

/* --- our own queue is full --- */

static int n_closed;

static int busy_exec(struct monitor *m, const char *command, json_object *args,
		     enum monitor_kind kind, int timeout_ms, qmp_reply_fn fn, void *arg,
		     struct ras_err *err)
{
	(void)m, (void)command, (void)kind, (void)timeout_ms, (void)fn, (void)arg;
	json_object_put(args);
	return ras_fail(err, RAS_E_BUSY, "64 libvirt calls are waiting for this domain");
}

static void busy_close(struct monitor *m)
{
	(void)m;
	n_closed++;
}

/* It fails the question with "busy"; the monitor, and what was sent through it, stay. */
static void test_a_full_queue_keeps_the_monitor(void **state)
{
	static const struct monitor_ops ops = { .name = "libvirt",
						.exec = busy_exec,
						.close = busy_close };
	static struct monitor mon = { .ops = &ops };
	struct guest *g = guests_add(gs, "vm1", true);
	struct answer a = { .n = 0 };
	struct ras_err err;

	(void)state;
	g->link.mon = &mon;
	g->link.state = LINK_UP;
	guest_know(g, on_answer, &a);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.err.code, RAS_E_BUSY);
	assert_int_equal(n_closed, 0);
	assert_true(guest_is_up(g));
	assert_int_equal(guest_layout_failed(g, &err), 0); /* it says nothing of the guest */
}

/* --- a domain of libvirt that has just ended --- */

static int cannot_open(struct guest_manager *m, const struct guest *g, struct ras_err *err)
{
	(void)m;
	return ras_fail(err, RAS_E_NOT_RUNNING, "%s is not running", g->name);
}

static int64_t not_stuck(struct guest_manager *m, const struct guest *g)
{
	(void)m, (void)g;
	return 0;
}

static void nothing_to_forget(struct guest_manager *m, struct guest *g)
{
	(void)m, (void)g;
}

/*
 * The change that ends the guest is heard before the end of its connection, so that it is to be
 * connected again at once. There is nothing to connect to any more: nobody is to wait for that.
 */
static void test_seek_of_an_ended_domain(void **state)
{
	static const struct guest_manager_ops ops = { .monitor = "libvirt",
						      .can_open = cannot_open,
						      .stuck_ns = not_stuck,
						      .forget = nothing_to_forget,
						      .is_discovering = play_discovering,
						      .free = play_free };
	static const struct monitor_ops monitor_ops = { .name = "libvirt",
							.exec = busy_exec,
							.close = busy_close };
	static struct guest_manager m = { .ops = &ops };
	static struct monitor mon = { .ops = &monitor_ops };
	struct guest *g = guests_add(gs, "vm1", false);
	struct answer a = { .n = 0 };
	struct ras_err err;

	(void)state;
	discovering = false;
	m.gs = gs;
	guests_set_manager(gs, &m);
	g->dom.known = DOMAIN_DESCRIBED;
	g->dom.id = -1;
	g->link.mon = &mon;
	g->link.state = LINK_UP;
	guest_connect_soon(g);
	assert_true(g->link.due);
	ras_fail(&err, RAS_E_GONE, "connection closed");
	guest_link_down(g, &err);
	guests_seek(gs, "vm1", 3600 * 1000, on_answer, &a);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.err.code, 0);
	assert_int_equal(guest_why_down(a.g, &err), -RAS_E_NOT_RUNNING);
}

/* --- a QEMU whose words are chosen to harm whoever shows them --- */

#define HARM                  \
	"\x1b[2J\r\n\xc2\x9b" \
	"31m\xe2\x80\xae"

static json_object *harmful_reply(struct fake_qemu *q, const char *command, json_object *args)
{
	const char *property = "";
	json_object *o;

	(void)q;
	if (args)
		json_opt_str(args, "property", &property, NULL);
	if (strcmp(command, "query-target") == 0) {
		o = json_object_new_object();
		json_object_object_add(o, "arch", json_object_new_string(HARM HARM HARM));
		return o;
	}
	if (strcmp(property, "type") == 0)
		return json_object_new_string(HARM HARM HARM HARM "-machine");
	if (strcmp(property, "confidential-guest-support") == 0)
		return json_object_new_string("a" HARM);
	return NULL;
}

static bool is_clean(const char *s)
{
	return utf8_is_clean(s, strlen(s));
}

static void test_words_of_a_hostile_qemu(void **state)
{
	struct answer up = { .n = 0 };
	struct guest *g;
	struct ras_err err;
	int n_failures = 0;

	(void)state;
	fake_qemu_start(&qemu, base, dir, "vm1");
	qemu.more = harmful_reply;
	loop_turn(base, EVLOOP_NONBLOCK);
	guests_seek(gs, "vm1", 4000, on_answer, &up);
	env_until(base, &up.n, 1);
	g = up.g;
	assert_true(guest_is_up(g));
	assert_true(is_clean(g->machine.arch) && strstr(g->machine.arch, "\\x1b[2J"));
	assert_true(is_clean(g->machine.type) && strstr(g->machine.type, "\\xc2\\x9b"));
	assert_true(is_clean(g->machine.confidential));
	fake_say_text(&qemu, "{\"event\":\"MEMORY_FAILURE\",\"data\":{\"recipient\":\"\\u001b[1m"
			     "\\u202e\",\"action\":\"\\u009b31m\\n\",\"flags\":{}},"
			     "\"timestamp\":{\"seconds\":1,\"microseconds\":1}}\r\n");
	while (!n_failures) {
		loop_turn(base, EVLOOP_ONCE);
		n_failures = (int)g->life.n_memory_failures;
	}
	assert_true(is_clean(g->life.memory_failure));
	assert_non_null(strstr(g->life.memory_failure, "\\xe2\\x80\\xae"));
	/* Bytes that are no UTF-8 are no message at all: after a few the monitor is lost. */
	for (int i = 0; i < 3; i++)
		fake_say_text(&qemu, "{\"event\":\"\xff\"}\r\n");
	while (guest_is_up(g))
		loop_turn(base, EVLOOP_ONCE);
	guest_why_down(g, &err);
	assert_true(is_clean(err.text));
	fake_qemu_stop(&qemu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_seek_waits_for_the_connection, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_seek_ends_with_its_timeout, setup, teardown),
		cmocka_unit_test_setup_teardown(test_seek_of_a_dead_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(test_seek_waits_for_the_listing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_seek_when_rasd_stops, setup, teardown),
		cmocka_unit_test_setup_teardown(test_words_of_a_hostile_qemu, setup, teardown),
		cmocka_unit_test_setup_teardown(test_know, setup, teardown),
		cmocka_unit_test_setup_teardown(test_know_with_unplugged_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_know_when_the_monitor_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_full_queue_keeps_the_monitor, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_seek_of_an_ended_domain, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
