// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Files in a qmp-directory: which of them are guests, and that no number of others keeps a guest or
 * the loop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sockets_env.h"

/* Everything that ends in .qmp and is no socket with a process behind it. */
static void make_chaff(int n)
{
	char file[32];

	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "chaff%05d.qmp", i);
		make_file(file);
	}
	assert_int_equal(mkfifo(path_of("fifo.qmp"), 0660), 0);
	assert_int_equal(mkdir(path_of("dir.qmp"), 0770), 0);
	close(bind_at("dead.qmp", SOCK_STREAM));
}

static void test_only_sockets_with_a_process(void **state)
{
	struct fake_qemu before, after;
	int dgram, bound;

	(void)state;
	make_chaff(5000);
	fake_qemu_start(&before, base, dir, "before");
	assert_int_equal(symlink("before.qmp", path_of("link.qmp")), 0);
	dgram = bind_at("dgram.qmp", SOCK_DGRAM);
	bound = bind_at("bound.qmp", SOCK_STREAM); /* it does not listen yet */
	begin();
	until_up("before");
	until_known("bound", true);
	fake_qemu_start(&after, base, dir, "after");
	until_up("after");
	assert_int_equal(known(), 3);
	while (!guests_complete(gs)) /* the directory is being listed */
		loop_turn(base, EVLOOP_ONCE);
	/* What was a file becomes a socket. */
	unlink(path_of("chaff00001.qmp"));
	close(dgram);
	dgram = bind_at("chaff00001.qmp", SOCK_STREAM);
	until_known("chaff00001", true);
	unlink(path_of("chaff00001.qmp"));
	until_known("chaff00001", false);
	close(dgram);
	close(bound);
	fake_qemu_stop(&before);
	fake_qemu_stop(&after);
	rmdir(path_of("dir.qmp"));
}

static void tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	++*(int *)arg;
}

/* A directory of many files: the loop turns while it is listed, and requests wait for its end. */
static void test_a_large_directory(void **state)
{
	struct timeval at_once = { 0, 0 };
	struct fake_qemu q;
	struct event *ev;
	int n_ticks = 0;

	(void)state;
	make_chaff(20000);
	begin();
	assert_true(guests_discovering(gs));
	fake_qemu_start(&q, base, dir, "late");
	ev = evtimer_new(base, tick, &n_ticks);
	while (guests_discovering(gs)) {
		evtimer_add(ev, &at_once);
		loop_turn(base, EVLOOP_ONCE);
	}
	assert_true(n_ticks >= 20000 / 512);
	until_up("late");
	assert_int_equal(known(), 1);
	event_free(ev);
	fake_qemu_stop(&q);
	rmdir(path_of("dir.qmp"));
}

/* More events than the kernel keeps: what came and went meanwhile is found by listing again. */
static void test_lost_events(void **state)
{
	struct fake_qemu gone, came;
	int queue = 16384;
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "re");

	(void)state;
	if (f && fscanf(f, "%d", &queue) != 1)
		queue = 16384;
	if (f)
		fclose(f);
	assert_in_range(queue, 1, 1000000);
	fake_qemu_start(&gone, base, dir, "gone");
	begin();
	until_known("gone", true);
	for (int i = 0; i <= queue / 2; i++) {
		make_file("busy.qmp");
		unlink(path_of("busy.qmp"));
	}
	fake_qemu_stop(&gone);
	fake_qemu_start(&came, base, dir, "came");
	until_up("came");
	until_known("gone", false);
	fake_qemu_stop(&came);
}

/* A directory that is made later, and removed and made again. */
static void test_a_directory_comes_and_goes(void **state)
{
	struct fake_qemu q;

	(void)state;
	assert_int_equal(rmdir(dir), 0);
	begin();
	for (int i = 0; i < 2; i++) {
		assert_int_equal(mkdir(dir, 0770), 0);
		fake_qemu_start(&q, base, dir, "vm1");
		until_up("vm1");
		fake_qemu_stop(&q);
		until_known("vm1", false);
		assert_int_equal(rmdir(dir), 0);
	}
	assert_int_equal(mkdir(dir, 0770), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_only_sockets_with_a_process, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_large_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_events, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_directory_comes_and_goes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
