// SPDX-License-Identifier: LGPL-2.1-or-later
/* The journal's thread and the disk below it. */
#pragma once

#include "sim.h"

struct sim_disk_faults {
	unsigned int fail; /* percent of commits that fail */
	bool full;	   /* all fail */
	int64_t commit_max_ns;
	bool loses_unsynced; /* the host may die */
};

extern struct sim_disk_faults sim_disk;

/* Once, before the first journal is opened. */
void sim_disk_init(void);

/*
 * The host has died and rasd's rooms are freed: the journal is as it was when it was last synced.
 */
void sim_disk_lose_unsynced(void);

/* rasd has died, the host has not: would the next rasd notice that the log is gone? */
void sim_disk_check_loss(void);

/* Commit all that is queued, as at an orderly end. */
void sim_journal_commit_all(void);
