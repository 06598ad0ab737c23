// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the journal: when injections enter the indexes of the lists. */
#pragma once

#include "journal/db.h"

struct lister {
	int64_t next_mono_ns; /* not before that */
};

/*
 * When the next step is due; worked_ns: when the writer last had something to store. INT64_MAX if
 * all that is decided is listed.
 */
int64_t lister_due_ns(const struct lister *l, const struct journal_db *d, int64_t worked_ns);

/* Whether so many wait that a step is due though there is other work. */
bool lister_is_behind(const struct journal_db *d);

/* Nothing can be stored now: try again after a while. */
void lister_later(struct lister *l);

/* List some injections, the oldest first: one short transaction. A failure is logged. */
void lister_step(struct lister *l, struct journal_db *d);
