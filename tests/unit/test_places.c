// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the translator keeps of each guest: how much of the walk over all guests one turn of the
 * loop does, that places go with their guests, and how they are found again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "translate/private.h"

#include "tests/unit/loop_turn.h"

#define N_GUESTS 2000
#define PER_TURN 256

static struct event_base *base;
static struct conf conf;
static struct guests *gs;
static struct translator *t;

static struct guest *guest(int n)
{
	char name[64];

	snprintf(name, sizeof(name), "vm%05d", n);
	return guests_add(gs, name, true);
}

static int setup(void **state)
{
	(void)state;
	base = event_base_new();
	conf_defaults(&conf);
	conf.libvirt_uri[0] = '\0';
	if (guests_new(&gs, base, &conf, NULL) < 0 || translator_new(&t, base, gs, NULL, NULL) < 0)
		return -1;
	for (int n = 0; n < N_GUESTS; n++)
		guest(n);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (gs)
		guests_free(gs);
	translator_free(t);
	event_base_free(base);
	return 0;
}

static size_t n_places(void)
{
	const struct place *p;
	size_t n = 0;

	LIST_FOREACH (p, &t->places.all, all) {
		n++;
	}
	return n;
}

static void loop_once(void)
{
	loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static void a_walk_takes_turns(void **state)
{
	uint64_t round = places_begin(t), next;
	size_t n = n_places();

	(void)state;
	assert_int_equal(n, PER_TURN);
	assert_false(places_ready(t, round));
	/* Who comes now waits for another walk: this one has passed some guests already. */
	next = places_begin(t);
	assert_int_equal(next, round + 1);
	assert_int_equal(places_begin(t), next);
	for (int turns = 0; n < N_GUESTS; turns++) {
		assert_in_range(turns, 0, N_GUESTS / PER_TURN + 1);
		loop_once();
		assert_in_range(n_places() - n, 0, PER_TURN);
		n = n_places();
	}
	for (int turns = 0; !places_ready(t, round); turns++) {
		assert_in_range(turns, 0, 2);
		loop_once();
	}
	assert_false(places_ready(t, next));
	for (int turns = 0; !places_ready(t, next); turns++) {
		assert_in_range(turns, 0, N_GUESTS / PER_TURN + 2);
		loop_once();
	}
	assert_int_equal(n_places(), N_GUESTS);
	/* Nobody asks: nothing goes on. */
	assert_false(t->places.walking);
	assert_false(evtimer_pending(t->places.walk, NULL));
}

static void a_place_goes_with_its_guest(void **state)
{
	struct guest *g = guest(7);
	struct place *p = place_of(t, g);
	struct xlate_owner owner = { .id = p->id };

	(void)state;
	assert_ptr_equal(place_of(t, g), p);
	assert_ptr_equal(g->place, p);
	assert_ptr_equal(place_by_id(t, p->id), p);
	assert_string_equal(translate_domain(t, &owner), "vm00007");
	assert_null(place_by_id(t, p->id + PLACE_HASH));
	guests_free(gs);
	gs = NULL;
	assert_null(place_by_id(t, owner.id));
	assert_null(translate_domain(t, &owner));
	assert_int_equal(n_places(), 0);
}

/* One that does not run any more has no memory. */
static void a_guest_that_stops(void **state)
{
	uint64_t round = places_begin(t);
	struct guest *g = guest(3);

	(void)state;
	while (!places_ready(t, round))
		loop_once();
	assert_non_null(g->place);
	assert_string_equal(g->place->why, "it has no monitor");
	g->dom.known = DOMAIN_LISTED;
	g->dom.id = -1;
	round = places_begin(t);
	while (!places_ready(t, round))
		loop_once();
	assert_null(g->place);
	assert_int_equal(n_places(), N_GUESTS - 1);
}

/* Nobody is told "the memory of vm1 is not known: " and nothing behind it. */
static void there_is_always_a_reason(void **state)
{
	struct place *p = place_of(t, guest(8));

	(void)state;
	assert_non_null(strstr(place_why(p), "not asked for yet"));
	place_begin(p);
	assert_string_equal(place_why(p), "it has no monitor");
	p->state = PLACE_ASKING;
	assert_non_null(strstr(place_why(p), "being asked for"));
	p->state = PLACE_IDLE;
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_walk_takes_turns),
		T(a_place_goes_with_its_guest),
		T(a_guest_that_stops),
		T(there_is_always_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
