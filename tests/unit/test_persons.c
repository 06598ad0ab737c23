// SPDX-License-Identifier: LGPL-2.1-or-later
/* control/persons.c: the file of subordinate uids, also when it changes. */
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
#include "base/log.h"
#include "control/persons.h"

static struct event_base *base;
static struct persons *persons;
static char file[64];

static void no_log(int level, const char *line)
{
	(void)level;
	(void)line;
}

static void put(const char *text)
{
	char next[80];
	FILE *f;

	snprintf(next, sizeof(next), "%s.new", file);
	f = fopen(next, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(rename(next, file), 0);
}

static void make(void)
{
	struct ras_err err;

	assert_int_equal(persons_new(&persons, base, file, &err), 0);
}

static int setup(void **state)
{
	(void)state;
	log_set_sink(no_log);
	base = event_base_new();
	snprintf(file, sizeof(file), "/tmp/test-persons.%d", (int)getpid());
	unlink(file);
	persons = NULL;
	return base ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	persons_free(persons);
	event_base_free(base);
	unlink(file);
	return 0;
}

static void ranges(void **state)
{
	(void)state;
	put("1000:100000:65536\n"
	    "daemon:165536:65536\n" /* a name: uid 1 */
	    "root:1000000:1000000\n"
	    "nobody-has-this-name:300000:10\n"
	    "0:400000:1\n"
	    "4242:4000000000:1\n"
	    "1001:231072:65536"); /* no newline at the end */
	make();
	assert_int_equal(persons_of(persons, 0), 0);
	assert_int_equal(persons_of(persons, 1000), 1000);
	assert_int_equal(persons_of(persons, 99999), 99999);
	assert_int_equal(persons_of(persons, 100000), 1000);
	assert_int_equal(persons_of(persons, 165535), 1000);
	assert_int_equal(persons_of(persons, 165536), 1);
	assert_int_equal(persons_of(persons, 231072), 1001);
	assert_int_equal(persons_of(persons, 296607), 1001);
	assert_int_equal(persons_of(persons, 296608), 296608);
	/* root may have as many connections as it likes, who has uids of root's may not */
	assert_int_equal(persons_of(persons, 1000001), 1000000);
	assert_int_equal(persons_of(persons, 400000), 400000);
	assert_int_equal(persons_of(persons, 300009), 300000);
	assert_int_equal(persons_of(persons, 4000000000), 4242);
}

/* Nothing of it gives anybody a uid, and no line hides another. */
static void nonsense(void **state)
{
	char text[2048];
	size_t n;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text),
			     "\n:\n::\n:::\n1000\n1000:\n1000:5:\n:5:5\n1000:-5:5\n1000:5:0\n"
			     "1000:5:5:5\n1000: 5:5\n1000:4294967290:100\n1000:x:y\n");
	memset(text + n, 'a', 1000);
	strcpy(text + n + 1000, ":5:5\n1001:7:2\n");
	put(text);
	make();
	for (uid_t uid = 1; uid < 20; uid++)
		assert_int_equal(persons_of(persons, uid), uid == 7 || uid == 8 ? 1001 : uid);
	assert_int_equal(persons_of(persons, 4294967290), 4294967290);
}

/* A range that has root's uid in it does not make root somebody else. */
static void everything(void **state)
{
	(void)state;
	put("1000:0:4294967294\n");
	make();
	assert_int_equal(persons_of(persons, 0), 0);
	assert_int_equal(persons_of(persons, 5), 1000);
}

/* Ask until the answer is so. */
static void until(uid_t uid, uid_t person)
{
	while (persons_of(persons, uid) != person)
		event_base_loop(base, EVLOOP_ONCE);
}

static void the_file_changes(void **state)
{
	(void)state;
	make(); /* there is none */
	assert_int_equal(persons_of(persons, 100000), 100000);
	put("1000:100000:65536\n");
	until(100000, 1000);
	put("1000:100000:65536\n1001:165536:65536\n");
	until(165536, 1001);
	assert_int_equal(persons_of(persons, 100000), 1000);
	unlink(file);
	until(100000, 100000);
	/* it is being read again when all ends */
	put("1000:100000:65536\n");
	persons_of(persons, 100000);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { T(ranges), T(nonsense), T(everything),
					    T(the_file_changes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
