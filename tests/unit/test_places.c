// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the translator keeps of each guest: how much of the walk over all guests one turn of the
 * loop does, that places go with their guests, and how they are found again. And in which order
 * its threads take the questions.
 */
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
#include "translate/private.h"
#include "translate/worker.h"
#include "xlate/io.h"

#include "tests/unit/loop_turn.h"
#include "tests/unit/patience.h"

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

struct played_job {
	struct xlate_job job;
	char name;
};

static char ran[8];
static int begun[2], gate[2];

static void run_job(struct xlate_job *j, struct xlate_host *h)
{
	struct played_job *p = (struct played_job *)(void *)j;
	char byte;

	(void)h;
	if (p->name == 'a' && (write(begun[1], "", 1) != 1 || read(gate[0], &byte, 1) != 1))
		return;
	ran[strlen(ran)] = p->name;
}

static void job_done(struct xlate_job *j)
{
	(void)j;
}

/* A thread takes what is about errors of the host before what clients have asked it earlier. */
static void host_events_are_read_first(void **state)
{
	struct xlate_linux_host lh = { .kpage_fd = { -1, -1, -1, -1 } };
	struct played_job job[6];
	struct xlate_worker *w;
	int64_t end_ns = patience_end_ns();
	char byte;

	(void)state;
	_Static_assert(XLATE_N_KPAGE <= 4, "lh has a descriptor for each");
	assert_int_equal(pipe(begun), 0);
	assert_int_equal(pipe(gate), 0);
	assert_int_equal(xlate_worker_new(&w, base, "test", &lh, 0, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(job); i++) {
		job[i] = (struct played_job){ .name = (char)('a' + i) };
		job[i].job.run = run_job;
		job[i].job.done = job_done;
		job[i].job.first = i == 3 || i == 4;
		assert_int_equal(xlate_worker_submit(w, &job[i].job, 6, NULL), 0);
		if (i == 0)
			assert_int_equal(read(begun[0], &byte, 1), 1);
	}
	assert_int_equal(write(gate[1], "", 1), 1);
	while (clock_boot_ns() < end_ns && strlen(ran) < ARRAY_LEN(job))
		loop_turn(base, EVLOOP_ONCE);
	xlate_worker_free(w);
	assert_string_equal(ran, "adebcf");
	for (int i = 0; i < 2; i++) {
		close(begun[i]);
		close(gate[i]);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_walk_takes_turns),	     T(a_place_goes_with_its_guest), T(a_guest_that_stops),
		T(there_is_always_a_reason), T(host_events_are_read_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
