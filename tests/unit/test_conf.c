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

#include "conf/conf.h"

static struct conf c;

static int load(const char *text, struct ras_err *err)
{
	char path[] = "/tmp/test-conf.XXXXXX";
	int fd = mkstemp(path), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	r = conf_load(path, &c, err);
	unlink(path);
	return r;
}

static void reads(void **state)
{
	struct ras_err err;

	(void)state;
	assert_int_equal(
		load("[rasd]\nsocket = /run/x.sock\n[guests]\nqmp-directory = /a\nqmp-directory = "
		     "/b\n"
		     "qemu-user = 64055\n[domain vm1]\ntarget-max-severity = recoverable\n"
		     "forward-corrected = yes\n"
		     "[domain vm2]\n",
		     &err),
		0);
	assert_string_equal(c.socket, "/run/x.sock");
	assert_string_equal(c.user, "rasd");
	assert_int_equal(c.n_qmp_directories, 2);
	assert_string_equal(c.qmp_directory[1], "/b");
	assert_int_equal(c.n_qemu_uids, 1);
	assert_int_equal(c.qemu_uid[0], 64055);
	assert_int_equal(conf_grant_for(&c, "vm1")->target_max_severity, CONF_SEV_RECOVERABLE);
	assert_true(conf_grant_for(&c, "vm1")->forward_corrected);
	assert_false(conf_grant_for(&c, "vm1")->forward_uncorrected);
	assert_null(conf_grant_for(&c, "vm"));
	assert_null(conf_grant_for(&c, "vm11"));
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
		{ "[guests]\nqemu-user = root\n", 2 },
		{ "[guests]\nqemu-user = 0\n", 2 },
		{ "[guests]\nqemu-user = no-such-user-here\n", 2 },
		{ "[guests]\nqmp-directory = ../x\n", 2 },
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

#define TEN "abcdefghij"
#define N41 TEN TEN TEN TEN "k"

/* inih cuts a section's name at 49 characters. A grant must not go to the guest of the cut name. */
static void long_names(void **state)
{
	struct ras_err err;

	(void)state;
	assert_int_equal(load("[domain " N41 "lm]\ntarget-max-severity = fatal\n"
			      "forward-corrected = yes\n"
			      "[domain " N41 "ln]\ntarget-max-severity = info\n",
			      &err),
			 0);
	assert_int_equal(c.n_grants, 2);
	assert_int_equal(conf_grant_for(&c, N41 "lm")->target_max_severity, CONF_SEV_FATAL);
	assert_true(conf_grant_for(&c, N41 "lm")->forward_corrected);
	assert_int_equal(conf_grant_for(&c, N41 "ln")->target_max_severity, CONF_SEV_INFO);
	assert_null(conf_grant_for(&c, N41 "l"));
	/* a guest's name has at most 63 bytes */
	assert_int_equal(load("[domain " N41 TEN TEN "lm]\nforward-corrected = yes\n", &err), 0);
	assert_true(load("[domain " N41 TEN TEN "lmn]\nforward-corrected = yes\n", &err) < 0);
	assert_true(load("[domain " N41 TEN TEN TEN TEN "]\nforward-corrected = yes\n", &err) < 0);
	/* indented: a section, but its whole name is not known */
	assert_true(load("  [domain " N41 "lm]\nforward-corrected = yes\n", &err) < 0);
	assert_non_null(strstr(err.text, "too long"));
}

static void libvirt_keys(void **state)
{
	static const char *const good[][2] = {
		{ "none", "" },
		{ "qemu:///system", "qemu:///system" },
		{ "qemu+unix:///system?socket=/run/x", "qemu+unix:///system?socket=/run/x" },
	};
	static const char *const bad[] = {
		"libvirt-uri = qemu+ssh://host/system",
		"libvirt-uri = qemu:///session",
		"libvirt-uri = qemu+unix:///system?socket=run/x",
		"libvirt-uri = qemu+unix:///system?socket=/x&mode=direct",
		"libvirt-uri = none\nlibvirt-uri = none",
		"libvirt-run-directory = run",
		"libvirt-run-directory = /a\nlibvirt-run-directory = /a",
		"qmp-dir = /x",
	};
	char text[256];
	struct ras_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(text, sizeof(text),
			 "[guests]\nlibvirt-uri = %s\nlibvirt-run-directory = /d\n", good[i][0]);
		assert_int_equal(load(text, &err), 0);
		assert_string_equal(c.libvirt_uri, good[i][1]);
		assert_string_equal(c.libvirt_run_directory, "/d");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "[guests]\n%s\n", bad[i]);
		if (load(text, &err) == 0)
			fail_msg("%s was read", bad[i]);
	}
}

/* As many lines as there is room for, then one more. */
static void limits(void **state)
{
	static char text[16384];
	struct ras_err err;
	int n;

	(void)state;
	for (int extra = 0; extra < 2; extra++) {
		n = snprintf(text, sizeof(text), "[guests]\n");
		for (int i = 0; i < CONF_MAX_DIRS + extra; i++)
			n += snprintf(text + n, sizeof(text) - (size_t)n, "qmp-directory = /d%d\n",
				      i);
		assert_int_equal(load(text, &err), extra ? -RAS_E_CONFIG : 0);
		n = snprintf(text, sizeof(text), "[guests]\n");
		for (int i = 0; i < CONF_MAX_UIDS + extra; i++)
			n += snprintf(text + n, sizeof(text) - (size_t)n, "qemu-user = %d\n",
				      70000 + i);
		assert_int_equal(load(text, &err), extra ? -RAS_E_CONFIG : 0);
		n = 0;
		for (int i = 0; i < CONF_MAX_GRANTS + extra; i++)
			n += snprintf(text + n, sizeof(text) - (size_t)n, "[domain v%d]\n%s = no\n",
				      i, i % 2 ? "forward-corrected" : "forward-uncorrected");
		assert_int_equal(load(text, &err), extra ? -RAS_E_CONFIG : 0);
	}
	assert_true(load("[domain v]\nmax-severity = info\n", &err) < 0);
}

static void files(void **state)
{
	char path[] = "/tmp/test-conf.XXXXXX";
	struct ras_err err;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 64 << 20), 0);
	close(fd);
	assert_int_equal(conf_load(path, &c, &err), -RAS_E_CONFIG);
	assert_non_null(strstr(err.text, "at most"));
	unlink(path);
}

static void how_long_the_journal_keeps(void **state)
{
	struct ras_err err;

	(void)state;
	assert_int_equal(load("[rasd]\nuser = x\n", &err), 0);
	assert_int_equal(c.journal_keep_days, 90);
	assert_int_equal(c.journal_keep_rows, 1000000);
	assert_int_equal(load("[rasd]\njournal-keep-days = 0\njournal-keep-rows = 0\n", &err), 0);
	assert_int_equal(c.journal_keep_days, 0);
	assert_int_equal(c.journal_keep_rows, 0);
	assert_int_equal(load("[rasd]\njournal-keep-rows = 1000\njournal-keep-days = 1\n", &err),
			 0);
	assert_int_equal(c.journal_keep_days, 1);
	assert_int_equal(c.journal_keep_rows, 1000);
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
		cmocka_unit_test(reads),	 cmocka_unit_test(refuses),
		cmocka_unit_test(long_names),	 cmocka_unit_test(libvirt_keys),
		cmocka_unit_test(limits),	 cmocka_unit_test(files),
		cmocka_unit_test(sample_denies), cmocka_unit_test(how_long_the_journal_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
