// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A test needs rasd to die at an exact step. A fail-point is such a step with a name. In a build
 * with -DRASD_FAILPOINTS (VARIANT=asan) the environment chooses one:
 *
 *   RASD_FAILPOINT=NAME         SIGKILL at the first passage
 *   RASD_FAILPOINT=NAME:N       SIGKILL at the N-th passage, counted from 1
 *   RASD_FAILPOINT=NAME:N:stop  SIGSTOP there instead
 *
 * In a release build fail-points compile to nothing.
 */
#pragma once

/* In the order in which a request passes them. Every commit passes the journal's. host_: only
 * errors of the host. */
#define FAILPOINTS(X)                                                                    \
	X(request_accepted)  /* checked by the RPC layer, nothing is stored */           \
	X(intent_queued)     /* handed to the journal */                                 \
	X(journal_begun)     /* transaction open */                                      \
	X(journal_stored)    /* rows written, COMMIT not yet */                          \
	X(journal_committed) /* durable, the loop does not know yet */                   \
	X(intent_durable)    /* the loop knows that it is durable */                     \
	X(turn_taken)	     /* the outcome of the record before is stored */            \
	X(submit_before)     /* all checks passed, the monitor has nothing */            \
	X(submit_asked)	     /* no migration is in progress, the monitor has nothing */  \
	X(submit_after)	     /* the monitor has the command */                           \
	X(shm_hidden)	     /* shm-ghes: the record is in the page, not published */    \
	X(shm_published)     /* shm-ghes: the guest may see it, no NMI was sent */       \
	X(shm_nmi)	     /* shm-ghes: the record is there, the monitor has no NMI */ \
	X(submit_answered)   /* QEMU has answered, the answer is not used yet */         \
	X(state_decided)     /* a state is known, the journal does not have it */        \
	X(state_queued)	     /* the journal has it, it is not durable */                 \
	X(reply_before)	     /* the client has no answer */                              \
	X(reply_after)	     /* the answer is on its way */                              \
	X(slot_read)	     /* the status block has been read */                        \
	X(settle_fenced)     /* after a crash: the fence holds */                        \
	X(settle_read)	     /* after a crash: the status block has been read */         \
	X(host_taken)	     /* a host error was reported, nothing is stored */          \
	X(host_pending)	     /* its event is queued as pending, its cursor too */        \
	X(host_decided)	     /* the decision is known, the journal does not have it */   \
	X(host_forward)	     /* its record is made, the injector does not have it */     \
	X(host_sent)	     /* the injector has answered, the case is not over */

enum failpoint {
#define FAILPOINT_ENUM(name) FP_##name,
	FAILPOINTS(FAILPOINT_ENUM)
#undef FAILPOINT_ENUM
		FP__MAX
};

/* The fail-point's name. NULL for FP__MAX and beyond. */
const char *failpoint_name(enum failpoint p);

/* End or stop this process if the environment asks for it at this fail-point. Any thread. */
void failpoint_hit(enum failpoint p);

#ifdef RASD_FAILPOINTS
#define FAILPOINT(name) failpoint_hit(FP_##name)
#else
#define FAILPOINT(name) ((void)0)
#endif
