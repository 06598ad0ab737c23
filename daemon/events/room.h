// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to daemon/events. */
#pragma once

#include <sys/queue.h>

#include "base/backoff.h"
#include "events/events.h"
#include "events/fold.h"
#include "events/signals.h"
#include "events/words.h"
#include "guests/guest.h"
#include "inject/inject.h"

#define OWN_KEPT 64u

/* One source as this room has it. */
struct opened {
	const struct event_source *src;
	void *self; /* NULL: off */
	struct events *ev;
};

/* The guest page that an error hit. */
struct hit {
	char domain[64];
	pid_t pid;
	uint64_t start_time;
	struct gpa gpa;
	enum xlate_state state;
	int64_t index_since_ns;
	size_t page_bytes;
	enum xlate_backing backing;
};

enum case_state {
	CASE_TRANSLATING, /* whose page it is */
	CASE_WAITING,	  /* for signals, or for the kernel to finish with the page */
	CASE_FORWARDING,  /* the forward room has it */
	CASE_LATER,	  /* could not be forwarded yet: again when the timer says so */
	CASE_HELD,	  /* the safety lever holds it back: again when it is released */
	CASE_SENT,	  /* of an earlier life, and its injection is not decided yet */
	CASE_DECIDED	  /* kept for a while: other reports of it are yet to come */
};

/* An uncorrected error of one host page, and one guest page of it. */
struct ue_case {
	TAILQ_ENTRY(ue_case) all;
	struct events *ev;
	enum case_state state;
	struct event *timer;
	struct host_event host;
	struct ras_event event; /* source: host.seen.source */
	uint64_t pfn, lost_pfn; /* as reported; the first of all that is lost with it (huge page) */
	int64_t read_ns;	/* when rasd had it first */
	int64_t begun_ns;	/* when it was taken on, or last got on; ends its tries */
	int64_t lost_ns;	/* when the kernel had finished with the page, 0 = it has not yet */
	bool page_lost, waited, stored; /* stored: its decision is durable, with an injection */
	struct hit hit;
	uint32_t pages, begun, done, tries;
	struct backoff again;
};

TAILQ_HEAD(ue_cases, ue_case);

/* Rows that may be stored: some now, and so many a second. */
struct tokens {
	unsigned int n;
	int64_t ns; /* when the last ones came; 0: never, a whole burst comes first */
};

/* Rows that a broken device may ask for a thousand times a second. */
enum row_kind {
	ROW_NOTED, /* what is only noted, and repeated reports */
	ROW_LOST,  /* pages that are lost and find no place among the cases */
	ROW_KINDS
};

struct row_limit {
	struct tokens tokens;
	uint64_t left_out; /* errors without a row of their own, which the next summary counts */
	char source[32];   /* of the latest of these */
};

enum told_kind { TOLD_CORRECTED, TOLD_UNCORRECTED, TOLD_KINDS };

/* How many errors were forwarded to a guest in the minute since begin_ns. */
struct told {
	char domain[64];
	int64_t begin_ns, n;
};

#define STORM_GUESTS 64u

struct storm {
	struct row_limit row[ROW_KINDS];
	struct event *timer;
	struct told told[TOLD_KINDS][STORM_GUESTS];
};

struct events {
	struct events_parts p;
	struct opened *opened; /* one for each of event_sources */
	size_t n_opened;
	char boot_id[CLOCK_BOOT_ID_SIZE];
	struct uuid boot;
	long page_bytes, ticks;
	int64_t started_ns;
	bool stopping;
	struct fold *fold;
	struct corrected *corrected;
	struct signals signals;
	struct own {
		uint64_t pfn;
		int64_t until_ns;
	} own[OWN_KEPT];
	unsigned int next_own;
	struct ue_cases cases;
	size_t n_cases;
	struct histogram forward_times;
	bool more_pending; /* an earlier life left more of them than are taken on at a time */
	struct storm storm;
};

/* events.c */

/* Take one of t, which gets a_second, and has burst at most. False: there is none. */
bool tokens_take(struct tokens *t, unsigned int a_second, unsigned int burst);
/* What a source said of one error; and how to act on it. */
bool events_is_own(const struct events *ev, uint64_t pfn);
/* A source that may originate a forward. */
bool events_may_originate(const struct events *ev, const char *source);
/* Signals are reported by a source that is live. */
bool events_sees_signals(const struct events *ev);
/* The cursor of e's source, for the journal; n is 0 where it has none. */
void events_cursor(const struct ras_event *e, struct journal_cursor *out,
		   struct journal_cursors *moved);
/* Store a decision that needs no injection. Where that fails, a later row counts it. */
void events_store(struct events *ev, struct host_event *h, const struct ras_event *e,
		  enum host_decision d, const char *reason);
/* e leads to no row; its source may move on all the same. */
void events_skip(struct events *ev, const struct ras_event *e);
/* When an event was, on the boot clock; *margin_ns: by how much that may be wrong. 0: not known. */
int64_t events_time(const struct ras_event *e, int64_t *margin_ns);
/* The evidence that does not depend on the class. */
void events_evidence(const struct events *ev, const struct ras_event *e, const struct hit *hit,
		     int64_t read_ns, struct decide_evidence *out);

/* storm.c */

/* RAS_E_NOMEM. */
int storm_init(struct events *ev, struct ras_err *err);
/* What was left out is stored. */
void storm_fini(struct events *ev);
/* May e have a row of its own? Where not, a later one counts it. */
bool storm_row(struct events *ev, enum row_kind kind, const struct ras_event *e);
/* n errors have no row of their own. */
void storm_left_out(struct events *ev, enum row_kind kind, const char *source, uint64_t n);
/*
 * One more error of that kind for that guest, if not too many were forwarded to it in this minute.
 */
bool storm_may_tell(struct events *ev, enum told_kind kind, const char *domain);

/* owner.c: who has the page of an answer. */

/*
 * What an answer (or the error instead of one) means to decide(). That no guest has the page
 * is not believed while rasd still finds out which guests there are: OWNER_FAILED.
 */
enum decide_owner owner_of(const struct events *ev, const struct xlate_answer *a,
			   const struct ras_err *err);
/* Whether the guest has a grant is known: its manager has described it, or need not. */
bool owner_grant_known(const struct events *ev, const struct hit *hit);
/* The i-th guest page of an answer; false: no more. Aliases are left out. */
bool owner_hit(struct events *ev, const struct xlate_answer *a, size_t *i, struct hit *out);
/* What QEMU does after a signal. */
enum qemu_tells owner_qemu(const struct events *ev, const struct hit *hit);

/* cases.c: uncorrected errors. */

/* A report of an uncorrected error with an address. */
void cases_report(struct events *ev, const struct ras_event *e);
/* A signal was seen. */
void cases_signal(struct events *ev);
/* What an earlier life left: pending events, and forwards that are not over. */
int cases_take_up(struct events *ev, struct ras_err *err);
void cases_free(struct events *ev);

/* corrected.c: corrected errors. */
int corrected_new(struct events *ev, struct ras_err *err);
void corrected_free(struct events *ev);
void corrected_report(struct events *ev, const struct ras_event *e);
