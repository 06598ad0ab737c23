// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * May an event still be acted on? Pure.
 *
 * The problem: a page may belong to another tenant by the time an old event is read.
 * The rule: an event that is seen within 2 s counts as it is. An older one, or one that was stored
 * somewhere before rasd read it, counts only if it belongs to this boot, the QEMU that has the page
 * now started before it, and that QEMU is proved to have had the page then: by the poison that the
 * kernel put in the place of the page, or by an entry of the page index that is older than the
 * event and younger than that QEMU. Without it the wrong guest would get the error, and take a good
 * page out of use.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define STALE_FRESH_NS INT64_C(2000000000)

/*
 * When the event was, and when the owner of its page came to be. All times are of the boot clock.
 */
struct stale_question {
	bool boot_known, this_boot; /* the boot that the event belongs to */
	int64_t event_ns;	    /* 0 = not known */
	int64_t margin_ns;	    /* by how much event_ns may be wrong */
	int64_t read_ns;	    /* when rasd had it first */
	bool catch_up;
	int64_t qemu_start_ns;	/* of the owner */
	bool poisoned;		/* the owner's page table holds the poison of this very page */
	int64_t index_since_ns; /* the index has had this entry since then, 0 = it has none */
};

enum stale_verdict {
	STALE_FRESH,	       /* seen at once */
	STALE_PROVED,	       /* old, and the owner had the page then */
	STALE_OTHER_BOOT,      /* of another boot of this host, or of a boot that is not known */
	STALE_QEMU_IS_YOUNGER, /* the owner's QEMU started after it */
	STALE_NO_TIME,	       /* when it was is not known or to come, and there is no poison */
	STALE_NOT_PROVED,      /* nothing proves that the owner had the page then */
	STALE__MAX
};

/* The answer. STALE_FRESH and STALE_PROVED may be acted on. */
enum stale_verdict stale_judge(const struct stale_question *q);

/* In words, to follow "not forwarded: ". */
const char *stale_text(enum stale_verdict v);

static inline bool stale_may_act(enum stale_verdict v)
{
	return v == STALE_FRESH || v == STALE_PROVED;
}
