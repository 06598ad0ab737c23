// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasd.conf: names, keys of libvirt and of the journal, and how much of each there may be. */
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

static void events_keys(void **state)
{
	static const char *const bad[] = {
		"[events]\nsource = none\nsource = kernel\n",
		"[events]\nsource = kernel\nsource = none\n",
		"[events]\ncorrected = maybe\n",
		"[events]\ncorrected = count\ncorrected = count\n",
		"[events]\ncorrected-threshold = 0\n",
		"[events]\nuncorrected-per-minute = 0\n",
		"[events]\nuncorrected-per-minute = all\n",
		"[events]\nuncorrected-per-minute = 1\nuncorrected-per-minute = 1\n",
		"[events]\ncorrected-threshold = 1000001\n",
		"[events]\nthreshold = 3\n",
		"[events]\nsource = a234567890123456789012345678901x\n",
		"[domain vm1]\nforward-label = perhaps\n",
	};
	struct ras_err err;

	(void)state;
	assert_int_equal(load("[rasd]\n", &err), 0);
	assert_int_equal(c.events.corrected, CONF_CORRECTED_COUNT);
	assert_int_equal(c.events.threshold, 2);
	assert_int_equal(c.events.uncorrected_a_minute, 600);
	assert_false(c.events.none);
	assert_int_equal(load("[events]\nsource = kernel\nsource = kmsg\n"
			      "corrected = threshold\ncorrected-threshold = 24\n"
			      "uncorrected-per-minute = 7\n"
			      "[domain vm1]\nforward-label = yes\n",
			      &err),
			 0);
	assert_int_equal(c.events.n_sources, 2);
	assert_string_equal(c.events.source[1], "kmsg");
	assert_int_equal(c.events.corrected, CONF_CORRECTED_THRESHOLD);
	assert_int_equal(c.events.threshold, 24);
	assert_int_equal(c.events.uncorrected_a_minute, 7);
	assert_true(conf_grant_for(&c, "vm1")->forward_label);
	assert_false(conf_grant_for(&c, "vm1")->forward_uncorrected);
	assert_int_equal(load("[events]\nsource = none\n", &err), 0);
	assert_true(c.events.none);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(load(bad[i], &err), -RAS_E_CONFIG);
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

static void source_keys(void **state)
{
	static const char *const bad[] = {
		"rasdaemon-database = x",
		"mcelog-socket = run",
		"mcelog-log = none\nmcelog-log = none",
		"mcelog-pages = /x",
	};
	char text[256];
	struct ras_err err;

	(void)state;
	assert_int_equal(load("", &err), 0);
	assert_string_equal(c.sources.rasdaemon_database, "/var/lib/rasdaemon/ras-mc_event.db");
	assert_string_equal(c.sources.mcelog_socket, "/run/mcelog-client");
	assert_string_equal(c.sources.mcelog_log, "");
	assert_int_equal(load("[events]\nsource = rasdaemon\nrasdaemon-database = /x/y.db\n"
			      "mcelog-socket = none\nmcelog-log = /var/log/mcelog\n",
			      &err),
			 0);
	assert_string_equal(c.sources.rasdaemon_database, "/x/y.db");
	assert_string_equal(c.sources.mcelog_socket, "");
	assert_string_equal(c.sources.mcelog_log, "/var/log/mcelog");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "[events]\n%s\n", bad[i]);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_names),	cmocka_unit_test(events_keys),
		cmocka_unit_test(libvirt_keys), cmocka_unit_test(source_keys),
		cmocka_unit_test(limits),	cmocka_unit_test(how_long_the_journal_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
