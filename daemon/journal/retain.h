// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the journal: which injections are deleted, and when. */
#pragma once

#include "journal/db.h"

struct retain {
	struct journal_keep keep;
	int64_t next_mono_ns;	/* not before that */
	int64_t seen_rowid;	/* this pass has looked at the rows up to here */
	int64_t offset_ns;	/* real time minus boot time when last looked at */
	int64_t steady_boot_ns; /* since when it has not jumped */
	bool behind;		/* far more rows than are to be kept */
};

/* keep as in journal_open(); nothing is deleted in the first RETAIN_STEADY_NS. */
void retain_init(struct retain *rt, const struct journal_keep *keep);

/*
 * When the next step is due; worked_ns: when the writer last had something to store. INT64_MAX if
 * everything is kept.
 */
int64_t retain_due_ns(const struct retain *rt, int64_t worked_ns);

/* Nothing can be deleted now: try again after a while. */
void retain_later(struct retain *rt);

/* Look at some rows and delete those that are to go: one short transaction. A failure is logged. */
void retain_step(struct retain *rt, struct journal_db *d);

/*
 * Within a transaction: delete some host events that are too old or too many. *more: it deleted
 * some, so there may be more. False: the database failed.
 */
bool retain_host_events(struct journal_db *d, const struct journal_keep *keep, int64_t now_real_ns,
			bool *more);

/* Real and boot time must have advanced together for so long before an age is believed. */
#define RETAIN_STEADY_NS (3600 * 1000000000LL)

/* Whatever the limits are, a decided injection stays that long: its request_id may come again. */
#define RETAIN_FLOOR_NS (24 * 3600 * 1000000000LL)
