// SPDX-License-Identifier: LGPL-2.1-or-later
#include "control/tally.h"

#include "base/err.h"

#define MAX_METHODS 64

/* The last place is of all methods that have none of their own. */
static uint64_t n_requests[MAX_METHODS + 1], n_errors[RAS_E__MAX];
static struct histogram durations[MAX_METHODS + 1];

static size_t place(size_t method)
{
	return method < MAX_METHODS ? method : MAX_METHODS;
}

void tally_request(size_t method)
{
	n_requests[place(method)]++;
}

void tally_answer(size_t method, int64_t ns)
{
	histogram_add(&durations[place(method)], ns);
}

void tally_error(int code)
{
	n_errors[code > 0 && code < RAS_E__MAX ? code : RAS_E_INTERNAL]++;
}

uint64_t tally_requests(size_t method)
{
	return n_requests[place(method)];
}

uint64_t tally_errors(int code)
{
	return code > 0 && code < RAS_E__MAX ? n_errors[code] : 0;
}

const struct histogram *tally_durations(size_t method)
{
	return &durations[place(method)];
}
