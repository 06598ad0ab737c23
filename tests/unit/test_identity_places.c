// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who a guest is by libvirt, and by the directories of its socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identity_env.h"

/* --- libvirt --- */

static void manage(const char *name, const char *uuid)
{
	struct guest *g = guests_add(gs, name, true);

	g->dom = (struct guest_domain){ .known = DOMAIN_LISTED, .id = 1 };
	assert_int_equal(uuid_parse(uuid, &g->dom.uuid, NULL), 0);
	identity_changed(g);
}

static void pid_file(const char *name, pid_t pid)
{
	char path[80];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.pid", dir[0], name);
	unlink(path);
	f = pid ? fopen(path, "we") : NULL;
	if (f) {
		fprintf(f, "%d\n", (int)pid);
		assert_int_equal(fclose(f), 0);
	}
}

static void test_fake_socket_of_a_domain(void **state)
{
	pid_t domain = process(), fake = process();
	struct ras_err err;

	(void)state;
	/* libvirtd has not answered yet: its pid file is enough. */
	discovering = true;
	pid_file("lv1", domain);
	refused("lv1", fake, "lv1", U1, "leads to process");
	assert_int_equal(guest("lv1")->link.socket, SOCKET_OTHER);
	assert_true(guest_is_connecting(guest("lv1"))); /* perhaps through libvirt */
	discovering = false;
	assert_false(guest_is_connecting(guest("lv1")));
	manage("lv1", U1);
	refused("lv1", fake, "lv1", U1, "leads to process");
	assert_int_equal(guest_has_monitor(guest("lv1"), "socket", &err), -RAS_E_NOT_FOUND);
	accepted("lv1", domain, "lv1", U1);

	/* A pid file of somebody else, or one that others may write, is none. */
	identity_pid_file_owner = geteuid() + 1;
	refused("lv1", domain, "lv1", U1, "not provably");
	identity_pid_file_owner = geteuid();
	accepted("lv1", domain, "lv1", U1);
	pid_file("lv1", 0);
	refused("lv1", domain, "lv1", U1, "not provably");
}

/* The socket was in use when libvirt said that there is a domain of that name. */
static void test_a_domain_of_that_name_appears(void **state)
{
	pid_t a = process();

	(void)state;
	accepted("lv1", a, "", NO_UUID);
	manage("lv1", U1);
	assert_true(is_other("lv1"));
	assert_int_equal(guest("lv1")->link.socket, SOCKET_OTHER);
}

static void test_uuid_of_a_domain(void **state)
{
	pid_t a = process(), b = process();

	(void)state;
	manage("lv1", U1);
	refused("vm1", a, "", U1, "is the uuid of the domain lv1");
	refused(U1, a, "", NO_UUID, "is the uuid of the domain lv1");
	accepted(U2, b, "", NO_UUID);
	manage("lv2", U2);
	assert_true(is_other(U2));
	assert_false(is_other("lv1"));
}

/* --- two directories --- */

static void wait_state(const char *name, bool up)
{
	int64_t end = clock_boot_ns() + ENV_LIMIT_MS * INT64_C(1000000);
	struct guest *g;

	while (clock_boot_ns() < end) {
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		if (guests_find(gs, name, &g, NULL) == 0 &&
		    (up ? guest_is_up(g) : guest_is_other(g, NULL)))
			return;
		usleep(200);
	}
	fail_msg("%s is not %s", name, up ? "up" : "refused");
}

static void test_two_directories(void **state)
{
	struct fake_qemu one, two;
	struct guest *g;
	char path[80];

	(void)state;
	fake_qemu_start(&one, base, dir[0], "vm1");
	wait_state("vm1", true);
	fake_qemu_start(&two, base, dir[1], "vm1");
	wait_state("vm1", false);
	assert_int_equal(guests_find(gs, "vm1", &g, NULL), 0);
	assert_non_null(strstr(g->link.down.text, "two of one name"));
	/* One goes, and the other is the guest's socket. */
	fake_qemu_stop(&one);
	wait_state("vm1", true);
	snprintf(path, sizeof(path), "%s/vm1.qmp", dir[1]);
	assert_string_equal(g->link.path, path);
	/* It comes back under the other path while the first is still connected. */
	fake_qemu_start(&one, base, dir[0], "vm1");
	wait_state("vm1", false);
	fake_qemu_stop(&two);
	wait_state("vm1", true);
	snprintf(path, sizeof(path), "%s/vm1.qmp", dir[0]);
	assert_string_equal(g->link.path, path);

	/* The same socket in both directories is one. */
	snprintf(path, sizeof(path), "%s/vm1.qmp", dir[1]);
	assert_int_equal(link(one.path, path), 0);
	for (int i = 0; i < 20; i++)
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_true(guest_is_up(g));
	unlink(path);
	fake_qemu_stop(&one);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_fake_socket_of_a_domain),
		T(test_a_domain_of_that_name_appears),
		T(test_uuid_of_a_domain),
		T(test_two_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
