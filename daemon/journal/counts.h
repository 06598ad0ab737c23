// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What was counted since the journal was begun. The database counts by itself (triggers, schema.c),
 * in the transaction of what it counts: a number is right after any crash, and it never goes back
 * when retention deletes rows.
 */
#pragma once

#include <stdint.h>

struct journal;
struct ras_err;

enum journal_counted {
	COUNTED_INJECTIONS,  /* that came to a state: origin, severity, state */
	COUNTED_HOST_ERRORS, /* of reports that were decided: source, severity, decision */
	COUNTED_ACKS	     /* acknowledgements that took at most le_ns, and more than the last */
};

struct journal_count {
	char origin[32], severity[16], outcome[20];
	uint64_t n;
	int64_t le_ns, sum_ns; /* of acknowledgements; INT64_MAX: any time */
};

/* fn gets each count that is not 0, of acknowledgements all, by le_ns. RAS_E_JOURNAL. */
int journal_counts(struct journal *j, enum journal_counted what,
		   void (*fn)(void *arg, const struct journal_count *c), void *arg,
		   struct ras_err *err);
