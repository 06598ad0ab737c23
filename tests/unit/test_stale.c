// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which old events may still be acted on: every combination against the rule in other words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "events/stale.h"

#define S INT64_C(1000000000)
#define EACH(var, list) \
	for (size_t i_##var = 0; i_##var < sizeof(list) / sizeof(*(list)); i_##var++)

/* Never another tenant: what may be acted on must be this boot's, and the owner's then. */
static void check(const struct stale_question *q)
{
	enum stale_verdict v = stale_judge(q);
	bool old = q->catch_up || !q->event_ns || q->margin_ns ||
		   q->read_ns - q->event_ns > 2 * S || q->read_ns < q->event_ns;
	bool index_proves = q->index_since_ns && q->index_since_ns > q->qemu_start_ns &&
			    q->index_since_ns < q->event_ns - q->margin_ns;
	bool to_come = q->event_ns - q->margin_ns > q->read_ns + 2 * S;
	bool younger = !q->event_ns || to_come || q->qemu_start_ns >= q->event_ns - q->margin_ns;
	bool may = q->boot_known && q->this_boot &&
		   (q->poisoned || (!younger && (!old || index_proves)));

	assert_int_equal(stale_may_act(v), may);
	if (!q->boot_known || !q->this_boot)
		assert_int_equal(v, STALE_OTHER_BOOT);
	if (may)
		assert_int_equal(v, old ? STALE_PROVED : STALE_FRESH);
	assert_true(stale_text(v)[0]);
}

static void every_combination(void **state)
{
	const int64_t event[] = { 0, 100 * S }, margin[] = { 0, 3 * S };
	const int64_t read[] = { 60 * S,  97 * S,  98 * S,	99 * S,
				 100 * S, 102 * S, 102 * S + 1, 500 * S };
	const int64_t start[] = { 1 * S, 96 * S, 98 * S, 100 * S, 101 * S };
	const int64_t index[] = { 0, 1 * S, 50 * S, 97 * S + 1, 99 * S, 100 * S, 120 * S };
	size_t n = 0;

	(void)state;
	EACH(e, event)
	EACH(m, margin)
	EACH(r, read)
	EACH(s, start)
	EACH(x, index)
	for (unsigned int bits = 0; bits < 16; bits++, n++)
		check(&(struct stale_question){ .boot_known = bits & 1,
						.this_boot = bits & 2,
						.catch_up = bits & 4,
						.poisoned = bits & 8,
						.event_ns = event[i_e],
						.margin_ns = margin[i_m],
						.read_ns = read[i_r],
						.qemu_start_ns = start[i_s],
						.index_since_ns = index[i_x] });
	assert_int_equal(n, 2 * 2 * 8 * 5 * 7 * 16);
}

/* A page of vm1 was lost; 10 s later vm2 has it: nothing makes that vm2's error. */
static void reused_by_another(void **state)
{
	struct stale_question q = { .boot_known = true,
				    .this_boot = true,
				    .event_ns = 100 * S,
				    .read_ns = 110 * S,
				    .qemu_start_ns = 20 * S,
				    .index_since_ns = 105 * S };

	(void)state;
	assert_int_equal(stale_judge(&q), STALE_NOT_PROVED);
	q.index_since_ns = 0;
	assert_int_equal(stale_judge(&q), STALE_NOT_PROVED);
	q.qemu_start_ns = 104 * S;
	q.index_since_ns = 105 * S;
	assert_int_equal(stale_judge(&q), STALE_QEMU_IS_YOUNGER);
	q.read_ns = 100 * S + 1; /* read at once, and the QEMU is younger still */
	assert_int_equal(stale_judge(&q), STALE_QEMU_IS_YOUNGER);
}

/* A source with a clock that is an hour ahead: the index proves nothing, the poison does. */
static void of_a_time_to_come(void **state)
{
	struct stale_question q = { .boot_known = true,
				    .this_boot = true,
				    .event_ns = 3700 * S,
				    .read_ns = 100 * S,
				    .qemu_start_ns = 20 * S,
				    .index_since_ns = 99 * S };

	(void)state;
	assert_int_equal(stale_judge(&q), STALE_NO_TIME);
	q.margin_ns = 3 * S;
	assert_int_equal(stale_judge(&q), STALE_NO_TIME);
	q.poisoned = true;
	assert_int_equal(stale_judge(&q), STALE_PROVED);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_combination),
					    cmocka_unit_test(reused_by_another),
					    cmocka_unit_test(of_a_time_to_come) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
