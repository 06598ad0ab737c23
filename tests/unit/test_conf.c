// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasd.conf: what rasd does not understand is refused with its line. No mistake grants anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/conf_text.h"

static void reads(void **state)
{
	struct ras_err err;

	(void)state;
	assert_int_equal(
		load("[rasd]\nsocket = /run/x.sock\n[guests]\nqmp-directory = /a\nqmp-directory = "
		     "/b\n"
		     "qemu-user = 64055\n[domain vm1]\ntarget-max-severity = recoverable\n"
		     "forward-corrected = yes\nuuid = 6a1c1a52-0f5e-4c5e-9d07-0000000000Aa\n"
		     "[domain vm2]\n",
		     &err),
		0);
	assert_string_equal(c.sockets.control, "/run/x.sock");
	assert_string_equal(c.user, "rasd");
	assert_int_equal(c.n_qmp_directories, 2);
	assert_string_equal(c.qmp_directory[1], "/b");
	assert_int_equal(c.n_qemu_uids, 1);
	assert_int_equal(c.qemu_uid[0], 64055);
	assert_int_equal(conf_grant_for(&c, "vm1")->target_max_severity, CONF_SEV_RECOVERABLE);
	assert_true(conf_grant_for(&c, "vm1")->forward_corrected);
	assert_false(conf_grant_for(&c, "vm1")->forward_uncorrected);
	assert_true(conf_grant_for(&c, "vm1")->has_uuid);
	assert_int_equal(conf_grant_for(&c, "vm1")->uuid.b[15], 0xaa);
	assert_null(conf_grant_for(&c, "vm"));
	assert_null(conf_grant_for(&c, "vm11"));
}

static void where_the_read_only_socket_is(void **state)
{
	struct ras_err err;
	char text[256];

	(void)state;
	assert_int_equal(load("[rasd]\n", &err), 0);
	assert_string_equal(c.sockets.read_only, "/run/rasd/rasd-ro.sock");
	assert_int_equal(load("[rasd]\nsocket = /run/x\n", &err), 0);
	assert_string_equal(c.sockets.read_only, "/run/x-ro");
	assert_int_equal(load("[rasd]\nread-only-socket = /run/y\nsocket = /run/x\n", &err), 0);
	assert_string_equal(c.sockets.read_only, "/run/y");
	assert_int_equal(load("[rasd]\nread-only-socket = none\n", &err), 0);
	assert_string_equal(c.sockets.read_only, "");
	assert_int_equal(load("[rasd]\nread-only-socket = ro.sock\n", &err), -RAS_E_CONFIG);
	/* 106 characters fit a socket's address, three more do not. */
	snprintf(text, sizeof(text), "[rasd]\nsocket = /%0105d\n", 0);
	assert_int_equal(load(text, &err), -RAS_E_CONFIG);
	assert_non_null(strstr(err.text, "set read-only-socket to a shorter path or none"));
	snprintf(text, sizeof(text), "[rasd]\nread-only-socket = none\nsocket = /%0105d\n", 0);
	assert_int_equal(load(text, &err), 0);
}

static void refuses(void **state)
{
	static const struct {
		const char *text;
		int line;
	} bad[] = {
		{ "[rasd]\nsockets = /x\n", 2 },
		{ "[raspd]\nuser = x\n", 2 },
		{ "user = x\n", 1 },
		{ "[rasd]\nuser = a\nuser = b\n", 3 },
		{ "[rasd]\nsocket = run/x\n", 2 },
		{ "[rasd]\nuser =\n", 2 },
		{ "[rasd]\nuser = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", 2 },
		{ "[rasd]\njunk\n", 2 },
		{ "[rasd]\njournal-keep-days = -1\n", 2 },
		{ "[rasd]\njournal-keep-days = 36501\n", 2 },
		{ "[rasd]\njournal-keep-days = 90d\n", 2 },
		{ "[rasd]\njournal-keep-rows = 999\n", 2 },
		{ "[rasd]\njournal-keep-rows = 100000001\n", 2 },
		{ "[rasd]\njournal-keep-rows =\n", 2 },
		{ "[rasd]\njournal-keep-rows = 0\njournal-keep-rows = 0\n", 3 },
		{ "[domain vm1]\nuuid = 6a1c1a52-0f5e-4c5e-9d07\n", 2 },
		{ "[domain vm1]\nuuid = 00000000-0000-0000-0000-000000000000\n", 2 },
		{ "[domain vm1]\nuuid = 6a1c1a52-0f5e-4c5e-9d07-000000000001\n"
		  "uuid = 6a1c1a52-0f5e-4c5e-9d07-000000000001\n",
		  3 },
		{ "[domain vm1]\nuuid = 6a1c1a52-0f5e-4c5e-9d07-000000000001\n"
		  "[domain vm2]\nuuid = 6a1c1a52-0f5e-4c5e-9d07-000000000001\n",
		  4 },
		{ "[guests]\nqemu-user = root\n", 2 },
		{ "[guests]\nqemu-user = 0\n", 2 },
		{ "[guests]\nqemu-user = no-such-user-here\n", 2 },
		{ "[guests]\nqmp-directory = ../x\n", 2 },
		{ "[guests]\nqmp-directory = /\xff\n", 2 },
		{ "[domain \xff]\ntarget-max-severity = fatal\n", 2 },
		{ "[domain a\x1b[1m]\ntarget-max-severity = fatal\n", 2 },
		{ "[domain vm\xe2\x80\x8b"
		  "1]\ntarget-max-severity = fatal\n",
		  2 },
		{ "[domain vm1]\ntarget-max-severity = all\n", 2 },
		{ "[domain vm1]\nforward-corrected = true\n", 2 },
		{ "[domain vm1]\nforward-corrected = yes\nforward-corrected = yes\n", 3 },
		{ "[domain vm1]\nforward-corrected = no\n[rasd]\nuser = x\n[domain vm1]\n"
		  "forward-corrected = yes\n",
		  6 },
		{ "[domain ]\nforward-corrected = yes\n", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ras_err err = RAS_ERR_NULL;
		char where[16];

		if (load(bad[i].text, &err) == 0)
			fail_msg("row %zu was read", i);
		assert_int_equal(err.code, RAS_E_CONFIG);
		snprintf(where, sizeof(where), ":%d:", bad[i].line);
		if (!strstr(err.text, where))
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void files(void **state)
{
	char path[] = "/tmp/test-conf.XXXXXX";
	struct ras_err err;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	/* Zeros behind the second line, as a power cut leaves them. */
	assert_int_equal(pwrite(fd, "[limits]\nguest-burst = 5\n", 25, 0), 25);
	assert_int_equal(ftruncate(fd, 4096), 0);
	assert_int_equal(conf_load(path, &c, &err), -RAS_E_CONFIG);
	assert_non_null(strstr(err.text, ":3: a NUL"));
	assert_int_equal(ftruncate(fd, 25), 0);
	assert_int_equal(conf_load(path, &c, &err), 0);
	assert_int_equal(ftruncate(fd, 64 << 20), 0);
	close(fd);
	assert_int_equal(conf_load(path, &c, &err), -RAS_E_CONFIG);
	assert_non_null(strstr(err.text, "at most"));
	unlink(path);
}

static void sample_denies(void **state)
{
	struct ras_err err;

	(void)state;
	assert_int_equal(conf_load("systemd/rasd.conf", &c, &err), 0);
	assert_int_equal(c.n_grants, 0);
	assert_int_equal(c.n_qmp_directories, 0);
	assert_int_equal(conf_load("/nonexistent", &c, &err), -RAS_E_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),	 cmocka_unit_test(where_the_read_only_socket_is),
		cmocka_unit_test(refuses),	 cmocka_unit_test(files),
		cmocka_unit_test(sample_denies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
