// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Named places where a test build (-DRASD_FAILPOINTS: VARIANT=asan) can be made to die as by kill
 * -9: RASD_FAILPOINT=NAME or NAME:N (the N-th time, from 1) in the environment; NAME:N:stop stops
 * as by kill -STOP. In a release build they are nothing.
 */
#pragma once

/* In the order in which a request passes them; the journal's are passed by every commit. */
#define FAILPOINTS(X)                                                                   \
	X(request_accepted)  /* checked by the RPC layer, nothing is stored */          \
	X(intent_queued)     /* handed to the journal */                                \
	X(journal_begun)     /* transaction open */                                     \
	X(journal_stored)    /* rows written, COMMIT not yet */                         \
	X(journal_committed) /* durable, nobody has been told */                        \
	X(intent_durable)    /* the loop knows */                                       \
	X(turn_taken)	     /* what must be stored of the record before is */          \
	X(submit_before)     /* all checks passed, the monitor has nothing */           \
	X(submit_asked)	     /* no migration is in progress, the monitor has nothing */ \
	X(submit_after)	     /* the monitor has the command */                          \
	X(submit_answered)   /* QEMU's answer is here, nothing is made of it */         \
	X(state_decided)     /* a state is known, the journal has not heard */          \
	X(state_queued)	     /* the journal has heard, it is not durable */             \
	X(reply_before)	     /* the client has no answer */                             \
	X(reply_after)	     /* the answer is on its way */                             \
	X(slot_read)	     /* a look at the slot has come back */                     \
	X(settle_fenced)     /* after a crash: the fence holds */                       \
	X(settle_read)	     /* after a crash: the slot has been read */

enum failpoint {
#define FAILPOINT_ENUM(name) FP_##name,
	FAILPOINTS(FAILPOINT_ENUM)
#undef FAILPOINT_ENUM
		FP__MAX
};

/* The place's name; NULL for FP__MAX and beyond. */
const char *failpoint_name(enum failpoint p);

/*
 * Die by SIGKILL, or stop, if the environment asks for it at this place. May be called from any
 * thread.
 */
void failpoint_hit(enum failpoint p);

#ifdef RASD_FAILPOINTS
#define FAILPOINT(name) failpoint_hit(FP_##name)
#else
#define FAILPOINT(name) ((void)0)
#endif
