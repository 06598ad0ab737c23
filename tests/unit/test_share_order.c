// SPDX-License-Identifier: LGPL-2.1-or-later
/* inject/share.c: the order that the journal has is the order of sending. */
#include "share_env.h"

/*
 * Whatever is asked for in whatever order: what was sent has smaller places than what was not, a
 * person's order is kept, and nobody waits for more than two of another person's, besides one for
 * each of his own before it.
 */
static void any_order(void **state)
{
	struct queue *q = *state;
	struct {
		size_t before,
			waits; /* own records before it; the most of another person's since */
		size_t of[5];
	} at[2001] = { 0 };
	int64_t last_place = 0;
	size_t last_of[5] = { 0 }, number;

	srand(7);
	for (size_t n = 0; n < 2000 || q->first;) {
		if (n < 2000 && (!q->first || rand() % 3)) {
			uid_t uid = (uid_t)(rand() % 10 < 6 ? 0 : rand() % 5);
			size_t before = 0;

			for (struct injection *i = q->first; i; i = i->next)
				before += i->row.asked.uid == uid;
			if (share_room(q, uid, &(struct ras_err){ 0 }) < 0) {
				sent(q, NULL);
				continue;
			}
			ask(q, uid);
			at[++n].before = before;
			continue;
		}
		assert_true(q->first->row.place >= last_place);
		last_place = q->first->row.place;
		for (struct injection *i = q->first->next; i; i = i->next)
			at[i->row.gen.reset_count].of[q->first->row.asked.uid] +=
				i->row.asked.uid != q->first->row.asked.uid;
		number = q->first->row.gen.reset_count;
		for (size_t p = 0; p < 5; p++)
			assert_true(at[number].of[p] <= 2 + at[number].before);
		assert_true(number > last_of[q->first->row.asked.uid]);
		last_of[q->first->row.asked.uid] = number;
		sent(q, NULL);
	}
}

/* What an earlier life left comes first, in its order; other boots before all. */
static void after_a_restart(void **state)
{
	static const struct {
		int64_t place;
		bool other_boot;
		size_t want; /* in the queue */
	} rows[] = { { INT64_MAX, true, 0 }, { 7, true, 1 },   { 12, false, 3 },
		     { 13, false, 4 },	     { 11, false, 2 }, { 13, false, 5 } };
	struct queue *q = *state;
	size_t number;

	for (size_t k = 0; k < ARRAY_LEN(rows); k++)
		put(q, ALICE, rows[k].place, rows[k].other_boot, rows[k].want);
	assert_true(ask(q, BOB)->row.place > 13);
	for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
		sent(q, &number);
		assert_int_equal(number, k);
	}
	assert_int_equal(sent(q, NULL), BOB);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { T(any_order), T(after_a_restart) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
