// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A hundred thousand lost pages of one guest, on a virtual clock: what that guest is told is
 * capped, another guest is told of its page meanwhile, and each page is in the count of a row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "events/case.h"
#include "tests/unit/events_env.h"

#define LOST 100000u
#define A_MINUTE 600u /* the default of uncorrected-per-minute */
#define CASES_MAX (1024u + CASES_OPEN)

static int setup(void **state)
{
	(void)state;
	ev_begin(1, LOST + 1);
	for (unsigned int i = 0; i < LOST; i++)
		env.page[i].owner = 0;
	env.page[LOST].owner = 1;
	ev_pass(10 * SIM_S); /* the guests' QEMUs are older than the errors */
	ev_start();
	ev_pass(10 * SIM_S);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (env.ev)
		ev_stop();
	ev_pass(SIM_S);
	assert_int_equal(sim_rasd_events(), 0);
	ev_end();
	return 0;
}

static void lose(unsigned int page)
{
	struct ras_event e;

	ev_lost(&e, EV_FIRST_PFN + page);
	ev_report(EV_KERNEL, &e);
	assert_true(env.ev->n_cases <= CASES_MAX);
}

/* Rows of that decision (HOST__MAX: any), and the errors that they count; none is pending. */
static size_t rows_of(enum host_decision d, uint64_t *count, uint64_t *of_guest)
{
	size_t n = 0;

	*count = *of_guest = 0;
	for (size_t i = 0; i < env.n_rows; i++) {
		assert_int_not_equal(env.row[i].decision, HOST_PENDING);
		if (d != HOST__MAX && env.row[i].decision != d)
			continue;
		n++;
		*count += env.row[i].count;
		*of_guest += env.row[i].uncorrected;
	}
	return n;
}

/* In ten seconds, one after the other: every page has a row that names its guest. */
static void one_after_the_other(void **state)
{
	uint64_t count, of_guest;

	(void)state;
	for (unsigned int i = 0; i < LOST; i++) {
		lose(i);
		if (i == LOST / 2)
			lose(LOST);
		ev_pass(100 * SIM_US);
	}
	assert_int_equal(env.n_told[0], A_MINUTE);
	assert_int_equal(env.n_told[1], 1);
	ev_pass(120 * SIM_S);
	assert_int_equal(env.n_told[0], A_MINUTE); /* what was left out is not sent later */
	rows_of(HOST__MAX, &count, &of_guest);
	assert_int_equal(count, LOST + 1);
	assert_int_equal(of_guest, LOST + 1);
	rows_of(HOST_STORM, &count, &of_guest);
	assert_int_equal(count, LOST - A_MINUTE);
	/* The next minute it is told again. */
	ev_stop();
	ev_pass(SIM_S);
	ev_start();
	ev_pass(10 * SIM_S);
	env.page[0].owner = -1;
	env.page[LOST].owner = 0;
	env.n_told[0] = 0;
	lose(LOST);
	ev_pass(SIM_S);
	assert_int_equal(env.n_told[0], 1);
}

/* All at once: as many as there are places for; the rest is counted in few rows. */
static void all_at_once(void **state)
{
	uint64_t count, of_guest;

	(void)state;
	for (unsigned int i = 0; i < LOST; i++)
		lose(i);
	ev_pass(2 * SIM_S);
	assert_int_equal(env.n_told[0], CASES_OPEN / 2);
	lose(LOST);
	ev_pass(60 * SIM_S);
	assert_int_equal(env.n_told[1], 1);
	rows_of(HOST__MAX, &count, &of_guest);
	assert_int_equal(count, LOST + 1);
	assert_int_equal(of_guest, CASES_OPEN + 1);
	assert_true(env.n_rows < 2 * CASES_OPEN);
}

/* A guest that takes nothing keeps half of the places at most, and not for ever. */
static void a_guest_that_takes_nothing(void **state)
{
	uint64_t count, of_guest;

	(void)state;
	env.refuse[0] = RAS_E_BUSY;
	for (unsigned int i = 0; i < 2000; i++) {
		lose(i);
		ev_pass(SIM_MS);
	}
	lose(LOST);
	ev_pass(10 * SIM_MS);
	assert_int_equal(env.n_told[1], 1);
	ev_pass(120 * SIM_S);
	assert_int_equal(env.n_told[0], 0);
	assert_int_equal(rows_of(HOST_FAILED, &count, &of_guest), CASES_OPEN / 2);
	rows_of(HOST__MAX, &count, &of_guest);
	assert_int_equal(count, 2001);
	assert_int_equal(of_guest, 2001);
}

/*
 * What the safety lever holds back waits as long as it takes, at no cost, and is told at its
 * release. A refusal that comes after the release is tried again by itself.
 */
static void what_the_lever_holds(void **state)
{
	uint64_t count, of_guest;

	(void)state;
	env.engaged = true;
	env.refuse[0] = RAS_E_SAFETY;
	env.refuse[1] = RAS_E_NOT_READY; /* it is not given up for that either */
	lose(1);
	lose(LOST);
	ev_pass(600 * SIM_S);
	assert_int_equal(events_held(env.ev), 2);
	env.engaged = false;
	events_released(env.ev);
	assert_int_equal(events_held(env.ev), 0);
	ev_pass(20 * SIM_S); /* it is refused for some other reason of that kind */
	assert_int_equal(env.n_told[0] + env.n_told[1], 0);
	env.refuse[0] = env.refuse[1] = 0;
	ev_pass(20 * SIM_S);
	assert_int_equal(env.n_told[0], 1);
	assert_int_equal(env.n_told[1], 1);
	assert_int_equal(rows_of(HOST_FORWARDED, &count, &of_guest), 2);
}

/* What is only noted: few rows, and a later one counts the others; also at the end of rasd. */
static void noted(void **state)
{
	struct ras_event e;
	uint64_t count, of_guest;

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		event_init(&e, "kernel", "aer_event", EVENT_PCIE);
		ev_report(EV_KERNEL, &e);
	}
	assert_int_equal(env.n_rows, 64);
	ev_pass(2 * SIM_S);
	assert_int_equal(env.n_rows, 65);
	rows_of(HOST_NOTED, &count, &of_guest);
	assert_int_equal(count, 1000);
	for (unsigned int i = 0; i < 100; i++)
		ev_report(EV_KERNEL, &e);
	ev_stop();
	rows_of(HOST_NOTED, &count, &of_guest);
	assert_int_equal(count, 1100);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { T(one_after_the_other), T(all_at_once),
					    T(a_guest_that_takes_nothing), T(what_the_lever_holds),
					    T(noted) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
