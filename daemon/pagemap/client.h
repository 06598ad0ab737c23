// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasd's side of the rasd-pagemap socket: asynchronous, on the daemon's loop. */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/notify.h"
#include "base/uuid.h"
#include "helper/protocol.h"

struct helper_client;

/*
 * rep is borrowed; with err it has the counts only, and is NULL where the helper did not answer. fd
 * is -1 except for a pagemap, kpage, trace or shm reply, where the callee owns it.
 */
typedef void (*helper_reply_fn)(void *arg, const struct helper_reply *rep, int fd,
				const struct ras_err *err);

/*
 * How long an answer is waited for. rasd-pagemap is told too: while it works on a request for
 * longer, its guest's next one is refused as busy.
 */
struct helper_waits {
	uint32_t block_ms;  /* a status block; an injection waits for it */
	uint32_t file_ms;   /* a descriptor, which is kept, perhaps of a helper that starts yet */
	uint32_t search_ms; /* the HEST; the search itself ends after 2 s */
};

/* rasd's: 0.1 s, 1 s (a helper starts in 10 to 100 ms, more under emulation) and 2.5 s. */
extern const struct helper_waits helper_waits;

/* Use a connected SOCK_SEQPACKET socket (taken, also on failure). waits outlives the client. */
int helper_client_new(struct helper_client **out, struct event_base *base, int fd,
		      const struct helper_waits *waits, struct ras_err *err);

/*
 * Serve the socket path: connect now or, where nobody listens, later; and again with back-off (0.1
 * s to 10 s) whenever the helper goes. Fails only without memory.
 */
int helper_client_connect(struct helper_client **out, struct event_base *base, const char *path,
			  const struct helper_waits *waits, struct ras_err *err);

/* The helper has gone (what was pending is answered already), or another one is there. */
struct helper_link {
	bool up; /* it is another process and knows no guest's HEST */
};

/*
 * Have fn called with each struct helper_link, from the loop. sub is the subscriber's; it stays
 * until helper_client_unsubscribe(), or until helper_client_free() has returned.
 */
void helper_client_subscribe(struct helper_client *c, struct notify_sub *sub, notify_fn fn,
			     void *arg);
void helper_client_unsubscribe(struct helper_client *c, struct notify_sub *sub);

/* Close and free (NULL allowed); pending calls are answered with RAS_E_HELPER first. */
void helper_client_free(struct helper_client *c);

/*
 * Calls with this arg are not answered any more: what it points to goes, or is another's now. Any
 * loop context.
 */
void helper_client_forget(struct helper_client *c, const void *arg);

/* False while there is no helper. Without a path it never comes back. */
bool helper_client_alive(const struct helper_client *c);

/* Why there is no helper, in words (borrowed). */
const char *helper_client_why(const struct helper_client *c);

/*
 * The verbs. fn runs exactly once from the loop, with RAS_E_TIMEOUT after the client's
 * struct helper_waits; on a negative return it does not run. start_time is field 22 of
 * /proc/PID/stat.
 * helper_slot() with wait_us (at most HELPER_MAX_WAIT_US) is answered when the guest has
 * acknowledged, when another call for this guest comes, or after so long, whichever is first.
 */
int helper_hest(struct helper_client *c, pid_t pid, uint64_t start_time,
		const struct ram_section *sections, size_t n, helper_reply_fn fn, void *arg,
		struct ras_err *err);
int helper_slot(struct helper_client *c, pid_t pid, uint64_t start_time, uint32_t source_id,
		uint32_t wait_us, helper_reply_fn fn, void *arg, struct ras_err *err);
int helper_pagemap(struct helper_client *c, pid_t pid, uint64_t start_time, helper_reply_fn fn,
		   void *arg, struct ras_err *err);
int helper_kpage(struct helper_client *c, enum helper_kpage which, helper_reply_fn fn, void *arg,
		 struct ras_err *err);
int helper_trace(struct helper_client *c, enum helper_trace which, uint32_t index,
		 helper_reply_fn fn, void *arg, struct ras_err *err);

/* The files of a provisioned guest; what each operation does: enum helper_shm_op. */
int helper_shm(struct helper_client *c, enum helper_shm_op op, enum helper_shm_file file,
	       const struct uuid *uuid, helper_reply_fn fn, void *arg, struct ras_err *err);

/*
 * Open the page of a guest that runs. RAS_E_NOT_FOUND unless its QEMU has mapped this very file,
 * from its start, at the address in QEMU that at says.
 * RAS_E_NOT_CAPABLE: it was started without the guest's table.
 */
int helper_shm_mapped(struct helper_client *c, const struct uuid *uuid, pid_t pid,
		      uint64_t start_time, const struct ram_section *at, helper_reply_fn fn,
		      void *arg, struct ras_err *err);
