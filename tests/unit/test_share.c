// SPDX-License-Identifier: LGPL-2.1-or-later
/* inject/share.c: whose record is next, and who may have another one in the queue. */
#include "share_env.h"

static void one_person_keeps_the_order(void **state)
{
	struct queue *q = *state;
	size_t number;

	for (int i = 0; i < 20; i++)
		ask(q, ALICE);
	for (size_t i = 1; i <= 10; i++) {
		sent(q, &number);
		assert_int_equal(number, i);
	}
	for (int i = 0; i < 10; i++)
		ask(q, ALICE);
	for (size_t i = 11; i <= 30; i++) {
		sent(q, &number);
		assert_int_equal(number, i);
	}
}

/* Alice has 30 waiting; Bob asks for one at a time and gets each second turn. */
static void one_at_a_time(void **state)
{
	struct queue *q = *state;
	size_t n_bob = 0;

	for (int i = 0; i < 30; i++)
		ask(q, ALICE);
	ask(q, BOB);
	for (int i = 0; i < 20; i++) {
		if (sent(q, NULL) == BOB) {
			n_bob++;
			ask(q, BOB);
		}
		ask(q, ALICE);
	}
	assert_in_range(n_bob, 9, 11);
}

/* Three persons with queues of different length: rounds of one each. */
static void rounds(void **state)
{
	struct queue *q = *state;
	size_t n[3] = { 0 }, number, last[3] = { 0 };

	for (int i = 0; i < 32; i++)
		ask(q, ALICE);
	for (int i = 0; i < 16; i++)
		ask(q, BOB);
	for (int i = 0; i < 8; i++)
		ask(q, CAROL);
	for (int i = 0; i < 24; i++) {
		uid_t who = sent(q, &number) - ALICE;

		assert_true(number > last[who]); /* in the person's own order */
		last[who] = number;
		n[who]++;
	}
	assert_int_equal(n[0], 8);
	assert_int_equal(n[1], 8);
	assert_int_equal(n[2], 8);
	for (int i = 0; i < 16; i++)
		n[sent(q, NULL) - ALICE]++;
	assert_int_equal(n[0], 16);
	assert_int_equal(n[1], 16);
}

/* A person has 32 at most; one who has none gets in, however many the others have. */
static void room(void **state)
{
	struct queue *q = *state;
	struct ras_err err;

	for (int i = 0; i < QUEUE_MAX_PERSON; i++) {
		assert_int_equal(share_room(q, ALICE, &err), 0);
		ask(q, ALICE);
	}
	assert_int_equal(share_room(q, ALICE, &err), -RAS_E_BUSY);
	assert_non_null(strstr(err.text, "32 injections of uid 1000"));
	for (uid_t uid = BOB; q->n < QUEUE_MAX; uid++)
		for (int i = 0; i < QUEUE_MAX_PERSON && q->n < QUEUE_MAX; i++) {
			assert_int_equal(share_room(q, uid, &err), 0);
			ask(q, uid);
		}
	assert_int_equal(share_room(q, BOB, &err), -RAS_E_BUSY);
	for (uid_t uid = 5000; uid < 5400; uid++) {
		assert_int_equal(share_room(q, uid, &err), 0);
		ask(q, uid);
		assert_int_equal(share_room(q, uid, &err), -RAS_E_BUSY);
	}
	/* and they are not behind all that the others have */
	for (int i = 0; i < 420; i++)
		sent(q, NULL);
	for (struct injection *i = q->first; i; i = i->next)
		assert_true(i->row.asked.uid < 5000);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { T(one_person_keeps_the_order), T(one_at_a_time),
					    T(rounds), T(room) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
