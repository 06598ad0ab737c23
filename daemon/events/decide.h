// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is done about a host error and one guest page that it hit. Pure: evidence in, decision out.
 *
 * Order of the questions, the first that has an answer decides:
 *   is it about memory, not ours, and does it have an address?
 *   is it dealt with already, or the report of a source that never originates anything?
 *   is the page one guest's, and was it that guest's then?
 *   corrected: is it to be forwarded, or counted?   uncorrected: does the guest hear of it anyway?
 *   does the guest's owner want it?
 */
#pragma once

#include <stdbool.h>

#include "backend/tells.h"
#include "conf/conf.h"
#include "events/stale.h"
#include "journal/host.h"

enum decide_class {
	DECIDE_OTHER, /* nothing that a page of memory could be taken out of use for */
	DECIDE_CORRECTED,
	DECIDE_UNCORRECTED
};

enum decide_owner {
	OWNER_NOT_ASKED, /* the event has no address */
	OWNER_FAILED,	 /* it could not be found out */
	OWNER_NONE,	 /* of no guest, or the page of all (zero page) */
	OWNER_QEMU,	 /* memory of QEMU itself */
	OWNER_DOUBTFUL,	 /* there is evidence, but no proof */
	OWNER_ONE	 /* a page of this guest, read and verified */
};

/* Who was signalled for it. */
enum decide_signal {
	SIGNAL_UNKNOWN,	 /* signals cannot be seen: no kernel source that shows them is live */
	SIGNAL_NONE,	 /* nobody, so far */
	SIGNAL_OPTIONAL, /* this QEMU, action optional */
	SIGNAL_REQUIRED	 /* this QEMU, action required: a CPU of the guest used the data */
};

struct decide_evidence {
	enum decide_class class;
	bool own;	    /* rasd caused it */
	bool done;	    /* another report of this error was dealt with */
	bool may_originate; /* see enum source_rank */
	enum decide_owner owner;
	enum stale_verdict age;
	enum decide_signal signal;
	enum qemu_tells qemu;
	bool required;	/* the report itself says that a CPU was using the data */
	bool page_lost; /* the kernel has finished with the page: signals have been sent */
	bool waited;	/* long enough for signals and for the kernel */
	enum conf_corrected corrected; /* policy */
	bool threshold;		       /* with this error the page has reached it */
	bool granted;		       /* the guest's forward grant for this class */
};

struct decide_verdict {
	bool wait;	     /* more evidence is to come: ask again when it has, or with waited */
	bool flag_threshold; /* HOST_FORWARDED: with the section's flag "threshold exceeded" */
	enum host_decision decision;
	const char *reason;
};

/* The answer. */
struct decide_verdict decide(const struct decide_evidence *e);
