// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lines that others can cause are bounded, and what was left out is counted. */
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"

static int64_t now_ns;
static size_t n_lines;
static uint64_t n_told; /* as left out */
static char last[2048];

/* Linked in its place. */
int64_t __wrap_clock_mono_ns(void);

int64_t __wrap_clock_mono_ns(void)
{
	return now_ns;
}

/* Also "(N lines before were left out)" */
static void keep(int level, const char *line)
{
	const char *at = strstr(line, " lines were left out");

	(void)level;
	n_lines++;
	if (at) {
		n_told += strtoull(line, NULL, 10);
	} else if ((at = strstr(line, " lines before were left out)"))) {
		while (at[-1] != '(')
			at--;
		n_told += strtoull(at, NULL, 10);
	}
	snprintf(last, sizeof(last), "%s", line);
}

static int begin(void **state)
{
	(void)state;
	now_ns = 1000 * LOG_EVERY_NS;
	n_lines = 0;
	n_told = 0;
	last[0] = '\0';
	log_set_level(LOG_INFO);
	log_set_sink(keep);
	log_limit_reset();
	return 0;
}

static void flood(const char *who, size_t n)
{
	for (size_t i = 0; i < n; i++)
		log_limited(LOG_WARNING, who, "guest %s: event %zu", who, i);
}

static void a_burst_then_one_by_one(void **state)
{
	(void)state;
	flood("vm1", 100000);
	assert_int_equal(n_lines, LOG_BURST);
	now_ns += LOG_EVERY_NS - 1;
	flood("vm1", 10);
	assert_int_equal(n_lines, LOG_BURST);
	now_ns += 1;
	flood("vm1", 10);
	assert_int_equal(n_lines, LOG_BURST + 1);
	assert_string_equal(last, "guest vm1: event 0 (99990 lines before were left out)");
	/* a day of it */
	for (int i = 0; i < 17280; i++) {
		now_ns += LOG_EVERY_NS;
		flood("vm1", 3);
	}
	assert_int_equal(n_lines, LOG_BURST + 1 + 17280);
	/* each is logged or counted */
	log_limit_end();
	assert_int_equal(n_told, 100000 - LOG_BURST + 10 + 9 + 17280 * 2);
}

static void quiet_times_are_made_good(void **state)
{
	(void)state;
	flood("vm1", 100);
	now_ns += 3 * LOG_EVERY_NS;
	flood("vm1", 100);
	assert_int_equal(n_lines, LOG_BURST + 3);
	now_ns += 1000 * LOG_EVERY_NS;
	n_lines = 0;
	flood("vm1", 100);
	assert_int_equal(n_lines, LOG_BURST);
	/* a simulation begins again at 0 */
	now_ns = 0;
	flood("vm1", 100);
	assert_int_equal(n_lines, 2 * LOG_BURST);
}

static void the_end_of_a_flood_is_told(void **state)
{
	(void)state;
	flood("vm1", LOG_BURST + 7);
	now_ns += LOG_EVERY_NS - 1;
	log_info("something else");
	assert_string_equal(last, "something else");
	now_ns += 1;
	log_info("something else");
	assert_int_equal(n_told, 7);
	assert_int_equal(n_lines, LOG_BURST + 3);
	log_info("something else");
	log_limit_end();
	assert_int_equal(n_told, 7);
	assert_string_equal(last, "something else");
}

static void each_has_its_own(void **state)
{
	char copy[] = "vm1";

	(void)state;
	flood("vm1", 1000);
	n_lines = 0;
	flood(copy, 10); /* the same who at another place */
	assert_int_equal(n_lines, 0);
	flood("vm2", 1000);
	assert_int_equal(n_lines, LOG_BURST);
	n_lines = 0;
	log_limited(LOG_WARNING, "vm1", "another line of guest %s", "vm1");
	assert_int_equal(n_lines, 1);
	for (int i = 0; i < 100; i++)
		log_limited_id(LOG_WARNING, 1000, "client of uid %d dropped", 1000);
	assert_int_equal(n_lines, 1 + LOG_BURST);
}

/* However many names there are. */
static void all_together_are_bounded(void **state)
{
	char who[32];

	(void)state;
	for (int round = 1; round <= 3; round++) {
		for (int i = 0; i < 100000; i++) {
			snprintf(who, sizeof(who), "vm%d", i);
			log_limited(LOG_WARNING, who, "guest %s", who);
		}
		assert_true(n_lines <= LOG_BUCKETS * (size_t)(LOG_BURST + (round - 1) * 2));
		now_ns += LOG_EVERY_NS;
	}
	log_limit_end();
	assert_true(n_told > 300000 - 3 * LOG_BUCKETS * LOG_BURST);
}

static void levels_and_long_lines(void **state)
{
	static char text[5000];

	(void)state;
	for (int i = 0; i < 100; i++)
		log_limited(LOG_DEBUG, "vm1", "%s", "not logged, so not counted");
	assert_int_equal(n_lines, 0);
	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 100; i++)
		log_limited(LOG_WARNING, "vm1", "%s", text);
	now_ns += LOG_EVERY_NS;
	log_limited(LOG_WARNING, "vm1", "%s", text);
	assert_int_equal(n_told, 100 - LOG_BURST);
	assert_true(strlen(last) < 1100);
	log_limited(LOG_WARNING, "vm1", "%s", text);
	log_limited(LOG_WARNING, "vm1", "a\n<0>forged\x1b[m");
	log_limit_end();
	assert_null(strchr(last, '\n'));
	assert_null(strchr(last, '\x1b'));
}

static void *flood_from_a_thread(void *arg)
{
	flood(arg, 20000);
	return NULL;
}

static void threads(void **state)
{
	static char who[] = "vm1";
	pthread_t t[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, flood_from_a_thread, who), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(n_lines, LOG_BURST);
	log_limit_end();
	assert_int_equal(n_told, 80000 - LOG_BURST);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, begin)
	const struct CMUnitTest tests[] = {
		T(a_burst_then_one_by_one),
		T(quiet_times_are_made_good),
		T(the_end_of_a_flood_is_told),
		T(each_has_its_own),
		T(all_together_are_bounded),
		T(levels_and_long_lines),
		T(threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
