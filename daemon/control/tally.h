// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the server did since its start, for metrics.get: requests by method, how long their answers
 * took, errors by their word. A method is a place in the server's table.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"

/* A request for it was read, whether or not it may be answered. */
void tally_request(size_t method);
/* Its answer is there, ns after it was read. */
void tally_answer(size_t method, int64_t ns);
/* An error was answered: enum ras_code. */
void tally_error(int code);

/* Requests for that method. */
uint64_t tally_requests(size_t method);
/* Errors with that enum ras_code; 0 for what is none. */
uint64_t tally_errors(int code);
/* Times of its answers; borrowed, never NULL. */
const struct histogram *tally_durations(size_t method);
