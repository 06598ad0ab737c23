// SPDX-License-Identifier: LGPL-2.1-or-later
/* Holds what rasd says against what happened to the guests. */
#pragma once

#include "journal/state.h"
#include "sim.h"

struct sim_guest;

/* What a scenario expects beyond the rules that always hold. */
struct oracle_terms {
	unsigned int states;	 /* bits 1 << enum inj_state: final states that may occur */
	bool may_stay_written;	 /* a guest of this scenario never acknowledges */
	const char *one_is_deaf; /* backend of the source that never does; all others do */
};

/* rasd gives a record to a monitor: nothing that it sent may still be on its way. */
void oracle_send(const struct sim_guest *guest, bool earlier_on_its_way);

/* rasd ends or has been killed: who was told a final state that the journal does not have? */
void oracle_rasd_ends(void);

/* All rows are final, or explainably not; to be asked until it is so. */
bool oracle_settled(const struct oracle_terms *t);

/* The run is over: every rule, for every row, write and request. */
void oracle_judge(const struct oracle_terms *t);
/* After it: what became of a record for that guest is not known. */
bool oracle_unknown(const struct sim_guest *g);
void oracle_clear(void);

/* A question to the journal; NULL while it has no tables. The caller finalizes it. */
struct sqlite3_stmt *oracle_query(const char *sql);

/* shares.c: records were written in the order of the journal, and persons had their share. */
void shares_judge(void);
