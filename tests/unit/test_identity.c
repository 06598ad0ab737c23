// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who a guest is by what its QEMU, its process and rasd.conf say; and what a row remembers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identity_env.h"
#include "inject/queue.h"

/* --- what QEMU says --- */

static void test_who_says_nothing(void **state)
{
	pid_t a = process(), b = process();

	(void)state;
	accepted("vm1", a, "", NO_UUID);
	accepted("vm2", b, "", NO_UUID);
	/* QEMU was restarted. */
	end_child(0);
	accepted("vm1", process(), "", NO_UUID);
}

static void test_own_and_foreign_names(void **state)
{
	pid_t a = process(), b = process(), c = process();

	(void)state;
	accepted("vm1", a, "vm1", U1);
	/* A name that nobody else has is shown and no more. */
	accepted("vm2", b, "database", NO_UUID);
	refused("vm3", c, "vm1", U2, "says that it is vm1");
	assert_false(is_other("vm1")); /* anybody can say any name */
	accepted("vm3", c, "vm3", U2);
}

static void test_swapped_sockets(void **state)
{
	pid_t a = process(), b = process();

	(void)state;
	guest("vm1");
	guest("vm2");
	refused("vm1", b, "vm2", NO_UUID, "says that it is vm2");
	refused("vm2", a, "vm1", NO_UUID, "says that it is vm1");
	/* Not remembered as this guest's process. */
	assert_int_equal(guest("vm1")->life.before.pid, 0);
	accepted("vm1", a, "vm1", NO_UUID);
	accepted("vm2", b, "vm2", NO_UUID);
	guest_link_refuse(guest("vm1"), &(struct ras_err){ .code = RAS_E_OTHER_GUEST });
	assert_int_equal(guest("vm1")->life.before.pid, a); /* this one was */
	refused("vm1", b, "vm2", NO_UUID, "says that it is vm2");
	assert_int_equal(guest("vm1")->life.before.pid, a);
}

static void test_two_say_one_name(void **state)
{
	pid_t a = process(), b = process();

	(void)state;
	accepted("vm1", a, "debian", NO_UUID);
	refused("vm2", b, "debian", NO_UUID, "two QEMUs say that they are debian");
	assert_true(is_other("vm1"));
	/* The other one has ended. */
	end_child(1);
	accepted("vm1", a, "debian", NO_UUID);
}

static void test_a_guest_of_that_name_appears(void **state)
{
	pid_t a = process(), b = process();

	(void)state;
	accepted("vm1", a, "vm2", NO_UUID);
	guest("vm2");
	assert_true(is_other("vm1"));
	accepted("vm2", b, "vm2", NO_UUID);
	refused("vm1", a, "vm2", NO_UUID, "says that it is vm2");
	assert_false(is_other("vm2"));
}

static void test_one_process_two_names(void **state)
{
	pid_t a = process(), b = process();

	(void)state;
	accepted("vm1", a, "", NO_UUID);
	refused("vm1-too", a, "", NO_UUID, "is also that of vm1");
	assert_true(is_other("vm1"));
	accepted("vm2", b, "vm2", NO_UUID);
	refused("vm2-too", b, "vm2", NO_UUID, "says that it is vm2");
	assert_false(is_other("vm2"));
}

/* --- rasd.conf --- */

static void test_uuid_of_conf(void **state)
{
	pid_t a = process(), b = process();

	(void)state;
	section("vm1", U1);
	refused("vm1", a, "vm1", NO_UUID, "the uuid of its QEMU is none, rasd.conf says " U1);
	refused("vm1", a, "vm1", U2, "the uuid of its QEMU is " U2);
	accepted("vm1", a, "vm1", U1);
	accepted("vm1", a, "", U1);
	refused("vm2", b, "", U1, "rasd.conf knows its QEMU by name or uuid as vm1");
	accepted("vm2", b, "", U2);
}

/* Its grants are the other's as long as it has that one's name. */
static void test_name_of_a_section(void **state)
{
	pid_t a = process();

	(void)state;
	section("vm2", NO_UUID);
	section("vm1", NO_UUID);
	refused("vm1", a, "vm2", NO_UUID, "rasd.conf knows its QEMU by name or uuid as vm2");
	accepted("vm1", a, "vm1", NO_UUID);
}

static void test_uid(void **state)
{
	pid_t a = process();

	(void)state;
	conf.qemu_uid[conf.n_qemu_uids++] = geteuid() + 1;
	refused("vm1", a, "vm1", NO_UUID, "which is no qemu-user");
	conf.qemu_uid[conf.n_qemu_uids++] = geteuid();
	accepted("vm1", a, "vm1", NO_UUID);
	assert_int_equal(guest("vm1")->id.uid, geteuid());
}

/* --- rows --- */

static void test_rows(void **state)
{
	pid_t a = process();
	struct injection i = { 0 };
	struct ras_err err;
	struct guest *g;

	(void)state;
	accepted("vm1", a, "vm1", U1);
	g = guest("vm1");
	inj_note_guest(&i.row, g);
	assert_string_equal(i.row.guest.name, "vm1");
	assert_int_equal(inj_check_guest(&i, g, &err), 0);
	strcpy(g->id.said.name, "vm2");
	assert_int_equal(inj_check_guest(&i, g, &err), -RAS_E_OTHER_GUEST);
	strcpy(g->id.said.name, "vm1");
	g->id.said.uuid.b[0]++;
	assert_int_equal(inj_check_guest(&i, g, &err), -RAS_E_OTHER_GUEST);
	g->id.said.uuid.b[0]--;
	g->id.said.has_uuid = false;
	assert_int_equal(inj_check_guest(&i, g, &err), -RAS_E_OTHER_GUEST);
	g->id.said.has_uuid = true;
	g->id.uid++;
	assert_int_equal(inj_check_guest(&i, g, &err), -RAS_E_OTHER_GUEST);
	i.row.guest.uid = -1; /* stored by an older rasd, which did not ask */
	assert_int_equal(inj_check_guest(&i, g, &err), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_who_says_nothing),
		T(test_own_and_foreign_names),
		T(test_swapped_sockets),
		T(test_two_say_one_name),
		T(test_a_guest_of_that_name_appears),
		T(test_one_process_two_names),
		T(test_uuid_of_conf),
		T(test_name_of_a_section),
		T(test_uid),
		T(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
