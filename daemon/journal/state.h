// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The states of an injection, what else is said of one, and which state may follow which.
 *
 *   from \ to      written  acknowledged  consumed  delivered  refused  lost  unknown
 *   intent            x          x            x         x         x       x      x
 *   written                      x            x         x         x       x      x
 *   unknown                      o            o         o         o       o
 *   all others
 *
 * x: rasd, by evidence. o: an operator, who knows what rasd could not prove; once, because the
 * state after it is final. An intent may skip "written": one look at the status block can find the
 * record there and already acknowledged. "written" may become "refused": QEMU said success, and the
 * block, once it could be read, had never held our bytes. Nothing else follows a final state: who
 * read "acknowledged" must never read "lost" later.
 */
#pragma once

#include <stdbool.h>

enum inj_state {
	INJ_INTENT,	  /* committed, not yet sent */
	INJ_WRITTEN,	  /* in the status block, or QEMU said success */
	INJ_CONSUMED,	  /* the guest cleared it and ended before it set read-ack */
	INJ_ACKNOWLEDGED, /* the guest cleared it and set read-ack */
	INJ_DELIVERED,	  /* QEMU raised it; this backend has no acknowledgement */
	INJ_REFUSED,	  /* proved not written */
	INJ_LOST,	  /* the guest ended and had not cleared it; see enum record_read */
	INJ_UNKNOWN,	  /* none of these can be proved */
	INJ__MAX
};

/*
 * Of a lost record: whether the guest may have read it. Linux copies and prints a record before it
 * clears the block, so a block that is not cleared does not prove that nothing was read.
 */
enum record_read {
	READ_NOT_SAID, /* every state but lost; rows of rasd before journal version 4 */
	READ_NO,       /* the guest did not run between the write and its end */
	READ_POSSIBLY,
	READ__MAX
};

/* Who wanted the injection. */
enum origin {
	ORIGIN_OPERATOR,   /* a request by a person or a script */
	ORIGIN_CAMPAIGN,   /* a step of a campaign */
	ORIGIN_HOST_EVENT, /* a real error of the host, forwarded */
	ORIGIN__MAX
};

/* "intent" ... "unknown"; "unknown" for a number that is no state. */
const char *inj_state_name(enum inj_state s);

/* INJ__MAX if the word (NULL allowed) is none of ours. */
enum inj_state inj_state_parse(const char *word);

/* False for intent and written, which rasd still works on. Only an operator changes unknown. */
bool inj_state_final(enum inj_state s);

/* Whether to may follow from; by_operator: injection.resolve, which decides unknown only. */
bool inj_transition_legal(enum inj_state from, enum inj_state to, bool by_operator);

/* "" (not said), "no", "possibly". */
const char *record_read_name(enum record_read r);

/* READ__MAX if the word (NULL allowed) is none of ours. */
enum record_read record_read_parse(const char *word);

/* "operator", "campaign", "host-event". */
const char *origin_name(enum origin o);

/* ORIGIN__MAX if the word (NULL allowed) is none of ours. */
enum origin origin_parse(const char *word);
