// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private to daemon/events: the parts of a case. cases.c has its life and its reports, case_judge.c
 * finds out whose page it is and decides, case_forward.c forwards it to the guest.
 */
#pragma once

#include "events/room.h"

#define GUEST_PAGE_BYTES 4096u
#define CASES_OPEN 256u /* more pages lost at a time are not forwarded: the host is dying */

/* cases.c */

/* A case for e; NULL where there are too many, or without memory. */
struct ue_case *case_new(struct events *ev, const struct ras_event *e);
/* An answer came for a case: true if the room is gone, and the case with it. */
bool case_orphaned(struct ue_case *c);
/* It is ours from now on, and its source may move on. e: what it was made of, for the cursor. */
void case_store_pending(struct ue_case *c, const struct ras_event *e);
/* Its one timer; what it means depends on the state. */
void case_timer(struct ue_case *c, int64_t ms);
/* It is decided; kept for a while, for other reports of it. */
void case_keep(struct ue_case *c);
/* Its decision holds for every report of the error: no better source can know more. */
bool case_settled(const struct ue_case *c);
/* In the log. */
void case_say(const struct ue_case *c, const char *what);

/* case_judge.c */

/* Find out whose page it is, then decide. */
void case_translate(struct ue_case *c);
/* Decide by what is known now; the owner is known. */
void case_look(struct ue_case *c);
/* Store a decision that needs no injection. */
void case_conclude(struct ue_case *c, enum host_decision d, const char *reason);
/* It cannot be dealt with now: try again, until PATIENCE_NS are over. */
void case_later(struct ue_case *c, const struct ras_err *err);
/* Nothing more will be tried. */
void case_give_up(struct ue_case *c, const char *reason);

/* storm.c: its guest has not taken too many of the places. */
bool storm_has_place(const struct ue_case *c);

/* case_forward.c */

/* Its key in the journal. */
void case_key(const struct ue_case *c, struct host_forward_key *key);
/* The guest will probably get a record at once: ask QEMU now what must be known by then. */
void case_foretell(const struct ue_case *c);
/* Forward the pages that are not done. */
void case_forward(struct ue_case *c);
