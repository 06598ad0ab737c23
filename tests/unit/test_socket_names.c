// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * By which name a socket in a qmp-directory is a guest: any bytes, any length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sockets_env.h"
#include "base/utf8.h"

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
		until_known(t[i].name, true);
	assert_int_equal(known(), ARRAY_LEN(t));
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		fake_qemu_stop(&q[i]);
		until_known(t[i].name, false);
	}
	assert_int_equal(known(), 0);
	/* One after the other: all are this process, and one process is one guest. */
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		fake_qemu_start(&q[i], base, dir, t[i].file);
		until_up(t[i].name);
		fake_qemu_stop(&q[i]);
		until_known(t[i].name, false);
	}
}

static void check_name(void *arg, struct guest *g)
{
	(void)arg;
	assert_true(utf8_is_clean(g->name, strlen(g->name)));
	assert_true(g->name[0] != '\0');
	n_guests++;
}

/* Each byte but those that no name has: blanks, quotes, backslash, and what no file has. */
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
		loop_turn(base, EVLOOP_ONCE);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_names, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
