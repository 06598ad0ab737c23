// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Host events in the journal: what was seen, what was decided and why, and which injection came of
 * it.
 *
 * An event that needs a decision is stored as "pending" first, together with the cursor of its
 * source. The decision is stored later, in the transaction of the injection where there is one. So
 * after a crash an event is either read again from its source, or is found pending, or is decided.
 *
 * A forward is known by boot, host page, process of QEMU and guest page. A second one of the same
 * key is refused inside the transaction that would store it, unless the injection of the first was
 * refused (then nothing was written) or its poison was seen to be gone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/uuid.h"

struct journal;
struct ras_err;

/* What was decided about a host event. */
enum host_decision {
	HOST_PENDING,	  /* nothing yet */
	HOST_FORWARDED,	  /* the guest was sent a record */
	HOST_COUNTED,	  /* corrected errors: counted for the guest, it is told nothing */
	HOST_NOT_GRANTED, /* its guest has no forward grant */
	HOST_GUEST_TOLD,  /* QEMU tells the guest itself */
	HOST_CONSUMED,	  /* a CPU used the data: whoever used it was signalled */
	HOST_SAME,	  /* another report of an error that is dealt with */
	HOST_SECONDARY,	  /* a source that only adds to what the kernel reports */
	HOST_STALE,	  /* the page may have another owner by now */
	HOST_NO_GUEST,	  /* the page is of no guest */
	HOST_UNPROVED,	  /* which guest page it is could not be proved */
	HOST_NO_ADDRESS,  /* it does not say which memory */
	HOST_NOTED,	  /* nothing that a guest could be told */
	HOST_OWN,	  /* caused by rasd */
	HOST_FAILED,	  /* the guest should have been told, and could not be */
	HOST_STORM,	  /* more than are forwarded in that time */
	HOST__MAX
};

/* "pending", "forwarded" ...; "unknown" for a number that is none. */
const char *host_decision_name(enum host_decision d);
/* HOST__MAX if the word (NULL allowed) is none of ours. */
enum host_decision host_decision_parse(const char *word);

/* What was seen. Words are the events room's; the journal does not know their meaning. */
struct host_seen {
	char source[32], report[32], kind[16], severity[16];
	char boot_id[CLOCK_BOOT_ID_SIZE]; /* the boot that it belongs to, "" = not known */
	int64_t boot_ns, real_ns;	  /* 0 = not known */
	bool catch_up, action_required, no_struct_page;
	bool has_hpa;
	struct hpa hpa;
	uint64_t len_bytes, count;
	char label[64], detail[160];
};

/* What was decided. */
struct host_verdict {
	enum host_decision decision;
	char reason[160];
	char domain[64]; /* "" = none */
	bool has_gpa;
	struct gpa gpa;
	uint32_t pages; /* of the guest that it costs, 0 = none */
	bool has_injection;
	struct uuid injection;		 /* the first, where there are several */
	uint64_t corrected, uncorrected; /* to be added to the counters of domain */
	int64_t decided_real_ns;
};

struct host_event {
	struct uuid id;
	uint64_t seq; /* in the feed; 0 while it is pending. Given by the journal */
	struct host_seen seen;
	struct host_verdict verdict;
};

/* Which guest page a forward is about, as the host names it. */
struct host_forward_key {
	char boot_id[CLOCK_BOOT_ID_SIZE];
	uint64_t pfn;
	pid_t pid;
	uint64_t start_time;
	struct gpa gpa; /* of the first page: merged memory (KSM) has one host page at several */
};

/* A forward of one host error: all guest pages that it costs. */
struct host_forward {
	struct host_forward_key key;
	struct uuid event;
	char domain[64];
	uint32_t pages;		/* how many there are */
	uint32_t begun, done;	/* dealt with before the latest injection, and with it */
	struct uuid injection;	/* the latest */
	bool poisoned;		/* the page was seen poisoned since */
	int64_t stored_boot_ns; /* when the latest injection was stored */
};

/* What is stored together with an injection that a host event leads to. */
struct journal_host {
	const struct host_event *event;	    /* decided; NULL: it is stored already */
	const struct host_forward *forward; /* NULL: none */
};

/* Corrected errors of one host page since some time of this boot. */
struct host_day {
	uint64_t pfn, corrected;
	int64_t first_boot_ns;
	bool forwarded; /* a guest was told of one */
};

/* Counters of one guest. */
struct host_counts {
	uint64_t corrected, uncorrected;
	int64_t last_real_ns; /* of the latest of either kind, 0 = never */
};
