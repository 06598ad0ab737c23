// SPDX-License-Identifier: LGPL-2.1-or-later
/* A qmp-directory of its own for each test, and guests that are found in it. After cmocka. */
#pragma once

#include <dirent.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "guest_env.h"
#include "patience.h"

static struct event_base *base;
static struct conf conf;
static struct guests *gs;
static char dir[32];
static size_t n_guests;

static inline int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/rasd-socket-XXXXXX");
	base = event_base_new();
	env_directory(&conf, dir);
	gs = NULL;
	return 0;
}

static inline void begin(void)
{
	assert_int_equal(guests_new(&gs, base, &conf, NULL), 0);
}

static inline int teardown(void **state)
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

static inline const char *path_of(const char *file)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return path;
}

static inline void make_file(const char *file)
{
	int fd = open(path_of(file), O_WRONLY | O_CREAT | O_CLOEXEC, 0660);

	assert_true(fd >= 0);
	close(fd);
}

/* A socket of that type at this file; the caller closes it. */
static inline int bind_at(const char *file, int type)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	const char *path = path_of(file);

	assert_true(strlen(path) < sizeof(sa.sun_path));
	memcpy(sa.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static inline void count(void *arg, struct guest *g)
{
	(void)arg, (void)g;
	n_guests++;
}

static inline size_t known(void)
{
	n_guests = 0;
	guests_each(gs, count, NULL);
	return n_guests;
}

static inline bool is_known(const char *name)
{
	struct guest *g;

	return guests_find(gs, name, &g, NULL) == 0;
}

/* Turn the loop until the guest is known, or is not any more. */
static inline void until_known(const char *name, bool want)
{
	int64_t end = clock_boot_ns() + PATIENCE_MS * INT64_C(1000000);

	while (is_known(name) != want && clock_boot_ns() < end)
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_int_equal(is_known(name), want);
}

static inline void until_up(const char *name)
{
	int64_t end = clock_boot_ns() + PATIENCE_MS * INT64_C(1000000);
	struct guest *g;

	until_known(name, true);
	assert_int_equal(guests_find(gs, name, &g, NULL), 0);
	while (!guest_is_up(g) && clock_boot_ns() < end)
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_true(guest_is_up(g));
}
