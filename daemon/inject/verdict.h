// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The law: which evidence makes which state. Pure functions without a guest, a clock or a journal,
 * so that every combination can be tested (tests/unit/test_verdict.c). The rest of this room
 * gathers the evidence and does what is said here.
 */
#pragma once

#include "backend/backend.h"
#include "journal/state.h"

/* What a look at the error source shows of one record. */
enum block_now {
	BLOCK_NOT_LOOKED,  /* no look was taken since the question arose */
	BLOCK_UNREADABLE,  /* none is possible */
	BLOCK_PENDING,	   /* our bytes, block_status not 0 */
	BLOCK_CLEARED,	   /* our bytes, block_status 0, read-ack not set */
	BLOCK_ACKED,	   /* our bytes, block_status 0, read-ack set */
	BLOCK_WIPED,	   /* zeros where our bytes were, all or some; not acknowledged (yet) */
	BLOCK_WIPED_ACKED, /* the same, block_status 0 and read-ack set */
	BLOCK_OTHER,	   /* bytes that are not ours */
	BLOCK_NO_TABLE,	   /* the guest's memory has no such source any more */
	BLOCK_UNPUBLISHED, /* our bytes; nobody has shown them to the guest, and nobody will */
	BLOCK_RAISED,	   /* a backend without a block: QEMU was seen to raise our record */
	BLOCK__MAX
};

/* The most that was seen of the record since it was sent. */
enum block_best { BEST_NOTHING, BEST_PENDING, BEST_CLEARED, BEST__MAX };

/* Whether the guest has run. */
enum guest_ran {
	RAN_POSSIBLY,
	RAN_NOT_SINCE_SEEN,  /* not since our bytes were last seen */
	RAN_NOT_SINCE_WRITE, /* not since it was written */
	RAN__MAX
};

/* How the guest ended, as far as it did. */
enum guest_end {
	END_NONE,
	END_PANICKED,
	END_RESET,
	END_STOPPED, /* shut down, or QEMU gave up */
	END_GONE,    /* the process has ended */
	END_MOVED,   /* its memory lives on elsewhere: migrated, saved, restored */
	END__MAX
};

/* Whether something may have happened to the guest since the send that nobody told. */
enum watched {
	WATCH_GAP,	/* reset, stopped or resumed, or its monitor was away */
	WATCH_BOOTING,	/* no, but the firmware of a reset before the send may still be at work */
	WATCH_UNBROKEN, /* nothing is known of, but an event may be on its way */
	WATCH_CONFIRMED /* and the monitor has answered since the look that mattered */
};

/* Whether our record was cleared or wiped so long ago that no read-ack is expected any more. */
enum overdue {
	OVERDUE_NO,
	OVERDUE_UNCONFIRMED, /* yes, if the guest has run: a QEMU that hangs tells nothing */
	OVERDUE_YES,	     /* and the monitor has answered since */
	OVERDUE__MAX
};

struct evidence {
	enum block_now now;
	enum block_best best;
	enum guest_ran ran;
	enum guest_end end;
	enum watched watched;
	const struct backend_traits *traits;
	bool own_id;	/* the record has an id of its own: no other has the same bytes */
	bool exchanged; /* the guest stood still since the send: its memory may be a snapshot's */
	enum overdue overdue;
};

enum verdict_do {
	DO_LOOK_AGAIN, /* nothing is decided */
	DO_LAST_LOOK,  /* the guest has ended: look once more, now */
	DO_CONFIRM,    /* ask the monitor for a sign of life, then look again */
	DO_DECIDE      /* the state is known */
};

enum verdict_text {
	TEXT_NONE,
	TEXT_ACKED,
	TEXT_WIPED,
	TEXT_CLEARED_ONLY,
	TEXT_WIPED_ONLY,
	TEXT_CLEARED_AND_ENDED,
	TEXT_CLEARED_UNTOLD,
	TEXT_NOT_CLEARED,
	TEXT_END_UNTOLD,
	TEXT_MOVED,
	TEXT_NEVER_SEEN,
	TEXT_ANEW_UNTOLD,
	TEXT_OTHER_BYTES,
	TEXT_NO_TABLE,
	TEXT_RAISED,
	TEXT_RAISED_UNSEEN,
	TEXT_REGISTER_CLEARED,
	/* settling */
	TEXT_FOUND,
	TEXT_SAME_BYTES,
	TEXT_NO_FENCE,
	TEXT_BLANK,
	TEXT_NOT_THERE,
	TEXT_RIVALS,
	TEXT_BEFORE_INTACT,
	TEXT_UNPUBLISHED,
	TEXT_NEITHER,
	TEXT_BEHIND,
	TEXT_LATER_ONE,
	TEXT_LATER_WRITTEN,
	TEXT_BEHIND_AT_START,
	TEXT__MAX
};

struct verdict {
	enum verdict_do what;
	enum inj_state state; /* DO_DECIDE */
	enum record_read read;
	enum verdict_text text;
};

/* What a look (NULL: it failed) shows of a record. */
enum block_now block_of(const struct source_look *look, const uint8_t *rec, size_t len);

/* The whole block is zero: wiped by the guest, or made again by firmware. */
bool look_is_blank(const struct source_look *look);

/* What becomes of a record that was written. */
struct verdict verdict(const struct evidence *e);

/* What is known of the fence (settle.c) behind a record that may have been sent. */
enum fence {
	FENCE_HOLDS, /* everything that was sent before has been done */
	FENCE_NONE   /* it can never be known: the monitor is gone */
};

/* Of the record before in the same source, whose bytes are there if ours were never written. */
enum before { BEFORE_NOT_ASKED, BEFORE_INTACT, BEFORE_NOT_THERE };

/* A record of which nobody saw whether it was sent or what became of it. */
struct settle_evidence {
	enum inj_state state; /* INJ_INTENT or INJ_WRITTEN, as stored */
	enum block_now now;
	enum before before;
	enum fence fence;
	bool rivals;   /* another valid table claims to be the guest's */
	bool may_have; /* the block may have held the same bytes before the send */
};

enum settle_do {
	SETTLE_DECIDE,	   /* the state is known */
	SETTLE_WATCH,	   /* it was written (state): watch it */
	SETTLE_ASK_BEFORE, /* look for the bytes of the record before */
	SETTLE_LATER	   /* the block cannot be read now */
};

struct settle_verdict {
	enum settle_do what;
	enum inj_state state;
	enum verdict_text text;
};

/* What becomes of a record that nobody watched. */
struct settle_verdict verdict_settle(const struct settle_evidence *e);

/* What follows from the outcome of a submit; in_time: its deadline is not over. */
enum submit_do {
	SUBMITTED,    /* the state is written */
	SUBMIT_RETRY, /* not written: try again */
	SUBMIT_NEVER, /* not written: the state is refused */
	SUBMIT_SETTLE /* not known: settle it */
};
enum submit_do verdict_submit(enum submit_outcome o, bool in_time);

/*
 * The words for it. end and read as in the verdict's evidence and result; moved says how the guest
 * moved, "" where that is not known. At least 160 bytes.
 */
void verdict_say(enum verdict_text t, enum guest_end end, enum record_read read, const char *moved,
		 char out[160]);
