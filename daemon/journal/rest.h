// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the journal: memory that is given back when nobody uses the journal. */
#pragma once

#include <event2/event.h>
#include <sqlite3.h>

#include "base/err.h"

/* So long nobody has used a connection: it rests. A campaign's pauses are shorter. */
#define REST_AFTER_NS INT64_C(10000000000)

/* Give back what db keeps to be faster, and what the heap has free. The thread that uses db. */
void rest_now(sqlite3 *db);

struct rest;

/* Watch over the loop's connection (borrowed). RAS_E_NOMEM. */
int rest_new(struct rest **out, struct event_base *base, sqlite3 *db, struct ras_err *err);
void rest_free(struct rest *r);

/* The connection is used now. */
void rest_used(struct rest *r);
