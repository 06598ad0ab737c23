// SPDX-License-Identifier: LGPL-2.1-or-later
/* Times by how long they took, and what is counted of the control socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/histogram.h"
#include "control/tally.h"

/* Prometheus' le: a time that is equal to a bound is in its bucket. */
static void a_bound_is_below_itself(void **state)
{
	(void)state;
	for (int i = 0; i < HISTOGRAM_BOUNDS; i++) {
		struct histogram h = { 0 };

		histogram_add(&h, histogram_bound_ns[i]);
		assert_int_equal(h.in[i], 1);
		histogram_add(&h, histogram_bound_ns[i] + 1);
		assert_int_equal(h.in[i + 1], 1);
		assert_int_equal(h.n, 2);
		assert_int_equal(h.sum_ns, 2 * histogram_bound_ns[i] + 1);
		assert_true(i == 0 || histogram_bound_ns[i - 1] < histogram_bound_ns[i]);
	}
}

/* Two clocks may say that something ended before it began. */
static void no_time_is_negative(void **state)
{
	struct histogram h = { 0 };

	(void)state;
	histogram_add(&h, -5);
	histogram_add(&h, 0);
	histogram_add(&h, INT64_C(1) << 50);
	assert_int_equal(h.in[0], 2);
	assert_int_equal(h.in[HISTOGRAM_BOUNDS], 1);
	assert_int_equal(h.sum_ns, INT64_C(1) << 50);
}

static void places_without_a_method(void **state)
{
	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		tally_request(i);
		tally_answer(i, 1);
	}
	tally_request(SIZE_MAX);
	assert_int_equal(tally_requests(0), 1);
	assert_int_equal(tally_durations(63)->n, 1);
	assert_int_equal(tally_requests(64), 1000 - 64 + 1);
	assert_ptr_equal(tally_durations(64), tally_durations(SIZE_MAX));
	for (int code = -1; code <= RAS_E__MAX; code++)
		tally_error(code);
	assert_int_equal(tally_errors(RAS_E_RATE), 1);
	assert_int_equal(tally_errors(RAS_E_INTERNAL), 1 + 3); /* -1, 0 and the one behind */
	assert_int_equal(tally_errors(RAS_E__MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bound_is_below_itself),
		cmocka_unit_test(no_time_is_negative),
		cmocka_unit_test(places_without_a_method),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
