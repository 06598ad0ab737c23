// SPDX-License-Identifier: LGPL-2.1-or-later
/* Leaky buckets, and the sections of rasd.conf that set them: [limits], [injector ...]. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "inject/bucket.h"
#include "inject/caller.h"
#include "tests/unit/conf_text.h"

static void a_bucket_leaks(void **state)
{
	struct bucket b = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(bucket_wait_ms(&b, 60, 3, 1000), 0);
		bucket_add(&b, 60, 1000);
	}
	/* full: one comes back each second */
	assert_int_equal(bucket_used(&b, 60, 1000), 3);
	assert_int_equal(bucket_wait_ms(&b, 60, 3, 1000), 1000);
	assert_int_equal(bucket_wait_ms(&b, 60, 3, 1999), 1);
	assert_int_equal(bucket_wait_ms(&b, 60, 3, 2000), 0);
	bucket_add(&b, 60, 2000);
	assert_int_equal(bucket_wait_ms(&b, 60, 3, 2000), 1000);
	/* A larger limit counts what is in it; none asks nothing. */
	assert_int_equal(bucket_wait_ms(&b, 60, 4, 2000), 0);
	assert_int_equal(bucket_wait_ms(&b, 0, 1, 2000), 0);
	assert_int_equal(bucket_used(&b, 60, 5000), 0);
}

/* Whatever the clock says, a bucket has no more than its burst and what has leaked. */
static void no_clock_fools_it(void **state)
{
	struct bucket b = { 0 };

	(void)state;
	bucket_add(&b, 60, 100000);
	bucket_add(&b, 60, 5); /* a row of the journal from before a clock was set */
	assert_int_equal(bucket_used(&b, 60, 100000), 2);
	assert_int_equal(bucket_wait_ms(&b, 60, 2, 5), 1000);
	assert_int_equal(bucket_wait_ms(&b, 60, 2, INT64_MAX), 0);
	for (int i = 0; i < 100000; i++)
		bucket_add(&b, 0, 100000);
	assert_true(bucket_wait_ms(&b, 1000000, 10000, 100000) > 0);
}

/* So many are let in within so long, for any pace of asking. */
static void the_rate_holds(void **state)
{
	static const int64_t step_ms[] = { 1, 7, 100, 999, 1000, 5000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(step_ms); i++) {
		struct bucket b = { 0 };
		int64_t n = 0, now = 0;

		for (; now <= 600000; now += step_ms[i])
			if (!bucket_wait_ms(&b, 30, 5, now)) {
				bucket_add(&b, 30, now);
				n++;
			}
		assert_true(n <= 5 + 30 * 600000 / 60000);
		assert_true(n >= 30 * 600000 / 60000 || n == 600000 / step_ms[i] + 1);
	}
}

static void sections(void **state)
{
	struct ras_err err;

	(void)state;
	assert_int_equal(load("[guests]\n", &err), 0);
	assert_int_equal(c.limits.max_severity, CONF_SEV_FATAL);
	assert_int_equal(c.limits.guest_per_minute, 600);
	assert_int_equal(load("[limits]\nmax-severity = corrected\nhost-per-minute = 0\n"
			      "concurrent = 7\n[injector group root]\ndomains = a-* b?\n"
			      "domains = c\nmax-severity = info\nper-minute = 9\n",
			      &err),
			 0);
	assert_int_equal(c.limits.max_severity, CONF_SEV_CORRECTED);
	assert_int_equal(c.limits.host_per_minute, 0);
	assert_int_equal(c.limits.concurrent, 7);
	assert_int_equal(c.roles.n_injectors, 1);
	assert_string_equal(c.roles.injector[0].name, "group root");
	assert_int_equal(c.roles.injector[0].n_domains, 3);
	assert_int_equal(c.roles.injector[0].per_minute, 9);
}

static void wrong_sections(void **state)
{
	static const struct {
		const char *text, *error;
	} t[] = {
		{ "[limits]\nguest-burst = 0\n", "from 1 to 10000" },
		{ "[limits]\nguest-per-minute = -1\n", "no limit" },
		{ "[limits]\nguest-burst = 1\nguest-burst = 1\n",
		  ":3: guest-burst is given twice" },
		{ "[limits]\nmax-severity = bad\n", "max-severity must be" },
		{ "[limits]\nother = 1\n", "unknown key" },
		{ "[injector team]\ndomains = *\n", "group NAME" },
		{ "[injector group no-such-group-here]\ndomains = *\n", "no group" },
		{ "[injector user no-such-user-here]\ndomains = *\n", "no user" },
		{ "[injector user root]\ndomains = *\n", "no max-severity" },
		{ "[injector user root]\nmax-severity = info\n", "no domains" },
		{ "[injector user root]\ndomains = *\nmax-severity = none\n", "allows nothing" },
		{ "[injector user root]\nper-minute = many\n", "per-minute must be" },
		{ "[injector user root]\nkey = 1\n", "unknown key" },
		{ "[injector user root]\ndomains = 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n",
		  "more than 16" },
		{ "[injector user root]\ndomains = *\nmax-severity = info\n[rasd]\nuser = x\n"
		  "[injector user root]\ndomains = *\n",
		  "given twice" },
	};
	struct ras_err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		if (load(t[i].text, &err) == 0 || !strstr(err.text, t[i].error))
			fail_msg("%s -> %s", t[i].text, err.text);
		assert_int_equal(err.code, RAS_E_CONFIG);
	}
}

static void globs(void **state)
{
	static const struct {
		const char *glob, *name;
		bool covers;
	} t[] = {
		{ "*", "", true },
		{ "*", "vm1", true },
		{ "vm1", "vm1", true },
		{ "vm1", "vm10", false },
		{ "vm?", "vm1", true },
		{ "vm?", "vm", false },
		{ "*-db", "a-b-db", true },
		{ "a*b*c", "abxbc", true },
		{ "a*b*c", "acb", false },
		{ "**a**", "bab", true },
		{ "", "vm1", false },
		{ "*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct conf_injector in = { .n_domains = 1 };

		snprintf(in.domains[0], sizeof(in.domains[0]), "%s", t[i].glob);
		if (conf_injector_covers(&in, t[i].name) != t[i].covers)
			fail_msg("%s %s", t[i].glob, t[i].name);
	}
}

static void roles_of_callers(void **state)
{
	static const gid_t gids[] = { 10, 20 };
	struct conf_roles *r = &c.roles;
	struct caller *who = caller_new(1000, 2000, gids, 2);

	(void)state;
	conf_defaults(&c);
	assert_int_equal(caller_role(r, who), CALLER_NONE);
	r->gids.view = 20;
	assert_int_equal(caller_role(r, who), CALLER_VIEW);
	r->injector[r->n_injectors++] = (struct conf_injector){ .is_user = true, .id = 2000 };
	assert_int_equal(caller_role(r, who), CALLER_INJECT);
	r->injector[0] = (struct conf_injector){ .id = 11 };
	assert_int_equal(caller_role(r, who), CALLER_VIEW);
	r->injector[0].id = 10;
	assert_int_equal(caller_role(r, who), CALLER_INJECT);
	r->gids.admin = 10;
	assert_int_equal(caller_role(r, who), CALLER_ADMIN);
	caller_unref(who);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_leaks),   cmocka_unit_test(no_clock_fools_it),
		cmocka_unit_test(the_rate_holds),   cmocka_unit_test(sections),
		cmocka_unit_test(wrong_sections),   cmocka_unit_test(globs),
		cmocka_unit_test(roles_of_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
