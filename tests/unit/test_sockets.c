// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Files in a qmp-directory: which of them are guests, by which name, and that no number of others
 * keeps a guest or the loop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "guest_env.h"
#include "patience.h"

static struct event_base *base;
static struct conf conf;
static struct guests *gs;
static char dir[32];
static size_t n_guests;

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/rasd-socket-XXXXXX");
	assert_non_null(mkdtemp(dir));
	base = event_base_new();
	conf_defaults(&conf);
	conf.libvirt_uri[0] = '\0';
	conf.n_qmp_directories = 1;
	snprintf(conf.qmp_directory[0], sizeof(conf.qmp_directory[0]), "%s", dir);
	gs = NULL;
	return 0;
}

static void begin(void)
{
	assert_int_equal(guests_new(&gs, base, &conf, NULL), 0);
}

static int teardown(void **state)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	(void)state;
	guests_free(gs);
	while ((e = readdir(d)))
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	rmdir(dir);
	event_base_free(base);
	return 0;
}

static const char *path_of(const char *file)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return path;
}

static void make_file(const char *file)
{
	int fd = open(path_of(file), O_WRONLY | O_CREAT | O_CLOEXEC, 0660);

	assert_true(fd >= 0);
	close(fd);
}

/* A socket of that type at this file; the caller closes it. */
static int bind_at(const char *file, int type)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s", dir, file);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static void count(void *arg, struct guest *g)
{
	(void)arg, (void)g;
	n_guests++;
}

static size_t known(void)
{
	n_guests = 0;
	guests_each(gs, count, NULL);
	return n_guests;
}

static bool is_known(const char *name)
{
	struct guest *g;

	return guests_find(gs, name, &g, NULL) == 0;
}

/* Turn the loop until the guest is known, or is not any more. */
static void until_known(const char *name, bool want)
{
	int64_t end = clock_boot_ns() + PATIENCE_MS * INT64_C(1000000);

	while (is_known(name) != want && clock_boot_ns() < end)
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_int_equal(is_known(name), want);
}

static void until_up(const char *name)
{
	int64_t end = clock_boot_ns() + PATIENCE_MS * INT64_C(1000000);
	struct guest *g;

	until_known(name, true);
	assert_int_equal(guests_find(gs, name, &g, NULL), 0);
	while (!guest_is_up(g) && clock_boot_ns() < end)
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_true(guest_is_up(g));
}

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
	assert_true(guests_complete(gs));
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
		event_base_loop(base, EVLOOP_ONCE);
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

/* Any bytes in a name: each is a guest of its own, reached by the file's true name. */
static void test_names(void **state)
{
	static const struct {
		const char *file, *name;
	} t[] = {
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "caf\xc3", "caf\\xc3" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "a\xe2\x80\xae"
		  "b",
		  "a\\xe2\\x80\\xaeb" },
		{ "a\xc2\x9b"
		  "31m",
		  "a\\xc2\\x9b31m" },
	};
	struct fake_qemu q[ARRAY_LEN(t)];

	(void)state;
	begin();
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		fake_qemu_start(&q[i], base, dir, t[i].file);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		until_up(t[i].name);
	assert_int_equal(known(), ARRAY_LEN(t));
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		fake_qemu_stop(&q[i]);
		until_known(t[i].name, false);
	}
	assert_int_equal(known(), 0);
}

static void check_name(void *arg, struct guest *g)
{
	(void)arg;
	assert_true(utf8_is_clean(g->name, strlen(g->name)));
	assert_true(g->name[0] != '\0');
	n_guests++;
}

/* Each byte but those that no name has: blanks, quotes, backslash, what a file's name cannot have. */
static void test_every_byte(void **state)
{
	int fd[256], n = 0;

	(void)state;
	for (int i = 1; i < 256; i++) {
		char file[8] = { (char)i, '.', 'q', 'm', 'p' };

		if (i != '/')
			fd[n++] = bind_at(file, SOCK_STREAM);
	}
	begin();
	until_known("\\xff", true);
	while (guests_discovering(gs))
		event_base_loop(base, EVLOOP_ONCE);
	n_guests = 0;
	guests_each(gs, check_name, NULL);
	assert_int_equal(n_guests, 255 - 32 - 1 - 1 - 2); /* controls and blank, DEL, /, " and \ */
	while (n)
		close(fd[--n]);
}

/* A name that does not fit as it is shown is no guest's. */
static void test_long_names(void **state)
{
	char file[80] = "", name[80] = "";
	int fd[4];

	(void)state;
	for (int i = 0; i < 15; i++)
		strcat(file, "\xff");
	for (int i = 0; i < 15; i++)
		strcat(name, "\\xff");
	strcat(file, "abc.qmp");
	strcat(name, "abc"); /* 63 */
	fd[0] = bind_at(file, SOCK_STREAM);
	file[15] = '\xff';
	fd[1] = bind_at(file, SOCK_STREAM);
	snprintf(file, sizeof(file), "%063d.qmp", 7);
	fd[2] = bind_at(file, SOCK_STREAM);
	snprintf(file, sizeof(file), "%064d.qmp", 7);
	fd[3] = bind_at(file, SOCK_STREAM);
	begin();
	assert_true(is_known(name));
	assert_int_equal(known(), 2);
	for (int i = 0; i < 4; i++)
		close(fd[i]);
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
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_directory_comes_and_goes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
