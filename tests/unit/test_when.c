// SPDX-License-Identifier: LGPL-2.1-or-later
/* Times as people write them: in a zone with summer time, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/when.h"

#define S INT64_C(1000000000)
#define NOW (INT64_C(1796040000) * S) /* 2026-11-30 12:00:00 UTC */

static int setup(void **state)
{
	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return 0;
}

static void times(void **state)
{
	static const struct {
		const char *text;
		int64_t s; /* since 1970; or before NOW, if negative */
	} good[] = {
		{ "now", -0 },
		{ "@0", 0 },
		{ "@1796040000", 1796040000 },
		{ "13:00", 1796040000 },
		{ "13:00:07", 1796040007 },
		{ "today", 1795993200 },
		{ "yesterday", 1795906800 },
		{ "tomorrow", 1796079600 },
		{ "2026-11-30 13:00", 1796040000 },
		{ "2026-11-30 13:00:59", 1796040059 },
		{ "2026-11-30", 1795993200 },
		{ "2026-07-01 00:00", 1782856800 }, /* summer time */
		{ "10 min ago", -600 },
		{ "10min ago", -600 },
		{ "1h 30min ago", -5400 },
		{ "1h30m ago", -5400 },
		{ "-1h", -3600 },
		{ "- 2 days", -172800 },
		{ "1 week ago", -604800 },
	};
	int64_t ns;
	struct ras_err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		int64_t want = good[i].s * S;

		if (good[i].s < 0 || strcmp(good[i].text, "now") == 0)
			want += NOW;
		assert_int_equal(when_parse(good[i].text, NOW, &ns, &err), 0);
		if (ns != want)
			fail_msg("%s: %lld, not %lld", good[i].text, (long long)ns,
				 (long long)want);
	}
	assert_int_equal(when_parse("+5min", NOW, &ns, &err), 0);
	assert_int_equal(ns, NOW + 300 * S);
	assert_int_equal(when_parse("20ms ago", NOW, &ns, &err), 0);
	assert_int_equal(ns, NOW - 20000000);
}

static void no_times(void **state)
{
	static const char *const bad[] = {
		"",
		"soon",
		"ago",
		"10",
		"10 min",
		"min ago",
		"-1",
		"-1h ago",
		"1h ago ago",
		"2026-13-01",
		"2026-02-30",
		"2026-11-30 24:00",
		"12:60",
		"1:00",
		"2026-1-1",
		"2026-11-30T12:00",
		"@",
		"@-1",
		"@1x",
		"99999999999999999999 s ago",
		"9999 y ago",
		"1900-01-01",
		"2026-11-30 12:00 ",
		"10 parsecs ago",
		"500 y ago",
		"-99999999999h",
		"+1h 2",
	};
	int64_t ns = 7;
	struct ras_err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (when_parse(bad[i], NOW, &ns, &err) != -RAS_E_PARAMS)
			fail_msg("\"%s\" is taken for a time", bad[i]);
		assert_int_equal(ns, 7);
		assert_non_null(strstr(err.hint, "10 min ago"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(no_times),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
