// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal: what was asked, the exact bytes, and every state they went through.
 * sqlite3, WAL, synchronous=FULL, one writer thread; the loop never commits. The intent is
 * committed before anything is sent; later transitions are queued and committed in groups
 * (within 50 ms, at the latest with the next intent).
 *
 * All transitions of all injections have one sequence of numbers: the feed. A reader that knows the
 * number of the last one it has seen can go on after a restart of its own or of rasd.
 *
 * A source of host events stores how far it has read (its cursor) in the transaction of the
 * injection that an event leads to. So after a crash either both are stored or neither.
 */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/notify.h"
#include "base/uuid.h"
#include "journal/counts.h"
#include "journal/host.h"
#include "journal/page.h"
#include "journal/state.h"

#define JOURNAL_MAX_RECORD 4096

/* Strings are NUL-terminated and bounded. */

/* Who asked for an injection, and how it is known again. */
struct journal_asked {
	char request_id[64];	/* unique per uid */
	char params_digest[65]; /* canonical parameters; same request_id, other digest = conflict */
	uid_t uid;		/* of the person */
	uid_t as_uid;		/* that this person used: another where it is a subordinate uid */
	pid_t pid;
	char tag[64];
	enum origin origin;
	char origin_ref[64]; /* the campaign or the host event; "" for an operator */
};

/* The guest generation: who exactly was to be hit. */
struct journal_generation {
	pid_t pid;	     /* of its QEMU */
	uint64_t start_time; /* clock ticks since boot, field 22 of /proc/PID/stat */
	uint64_t reset_count;
};

/* Who the guest said to be, when the injection was accepted. */
struct journal_guest {
	char name[64];	  /* QEMU's -name; "" not given, or a row of version 6 */
	struct uuid uuid; /* if has_uuid */
	bool has_uuid;
	int64_t uid; /* of QEMU's process; -1 in rows of version 6 */
};

/* Where the record goes. */
struct journal_target {
	char domain[64];
	struct gpa gpa;
	struct hpa hpa; /* if has_hpa: the host page that the request or the host's error named */
	bool has_hpa;
	char backend[16];
	char monitor[16]; /* which it is sent by: "socket", "libvirt"; "" in rows of version 2 */
	uint32_t source_id;
};

/* What became of it. */
struct journal_outcome {
	enum inj_state state;
	enum record_read read;	 /* only where the state is lost */
	char detail[160];	 /* why the state is what it is */
	int64_t decided_real_ns; /* time of the last transition */
	int64_t ack_ns;		 /* send to acknowledgement, 0 if none */
};

/* One injection as stored. */
struct journal_row {
	struct uuid id;
	struct journal_asked asked;
	struct journal_generation gen;
	struct journal_guest guest;
	struct journal_target target;
	char severity[16];
	uint8_t record[JOURNAL_MAX_RECORD];
	size_t record_len;
	struct journal_outcome outcome;
	int64_t created_real_ns;
	int64_t place;	 /* records of one error source are sent in this order (inject/share.c) */
	bool other_boot; /* read back: stored before this host was last started */
};

#define POISON_PAGE_BYTES 4096u
#define POISON_MAX_GPA (1ULL << 52) /* what arm64 and x86_64 can have */
#define POISON_ORIGIN_SIZE 101
#define POISON_MAX_PAGES 65536u /* of a domain by imports */
#define POISON_MAX_IMPORT 1024u /* pages of one import */

/* A page that a guest knows to be bad. */
struct poison_page {
	struct gpa gpa;			 /* of the 4 KiB page */
	int64_t seen_real_ns;		 /* when the guest first learned it, or as imported */
	char origin[POISON_ORIGIN_SIZE]; /* "injection UUID", or as imported */
};

/* Which QEMU a domain's list of bad pages belongs to. */
struct poison_of {
	char boot_id[CLOCK_BOOT_ID_SIZE];
	pid_t pid;
	uint64_t start_time;
};

/* One transition in the feed. */
struct journal_feed_entry {
	uint64_t seq;
	struct uuid id;
	char domain[sizeof(((struct journal_row *)0)->target.domain)];
	enum inj_state state;
	enum record_read read;
	int64_t real_ns;
	char detail[sizeof(((struct journal_row *)0)->outcome.detail)];
};

struct journal_feed_bounds {
	uint64_t oldest; /* nothing was deleted from here on; a few older ones may still be there */
	uint64_t newest; /* 0 = nothing was ever stored */
};

/* How far a source of host events has been read. */
struct journal_cursor {
	char source[32];
	char position[128]; /* what the source makes of it */
};

#define JOURNAL_MAX_CURSORS 8 /* of one intent: several sources may report one event */

struct journal_cursors {
	const struct journal_cursor *v;
	size_t n;
};

/* What is stored in the transaction of an intent. */
struct journal_with {
	struct journal_cursors moved;
	struct journal_host host;
};

/* How much of the past is kept, see retain.c; 0 = without limit. */
struct journal_keep {
	int64_t days;
	int64_t rows;
};

struct journal_options {
	struct journal_keep keep;
	bool accept_loss; /* begin also where the files of a journal that was here are missing */
	/* It cannot go on (no memory for what must be stored): leave the loop, start again. */
	void (*on_fatal)(void *arg, const struct ras_err *why);
	void *arg;
};

struct journal;

/* err NULL = the intent is durable. Runs once, from the loop. */
typedef void (*journal_done_fn)(void *arg, const struct ras_err *err);

/*
 * Open (creating, migrating by user_version) DIR/journal.db, quick_check it, start the writer
 * thread. *n_undecided: how many rows (intent, written) an earlier life left:
 * journal_undecided() lists them, to be settled. o is copied (NULL: keep all, no hook).
 * RAS_E_JOURNAL where it cannot be used.
 */
int journal_open(struct journal **out, struct event_base *base, const char *dir,
		 const struct journal_options *o, size_t *n_undecided, struct ras_err *err);

/* Commit what is queued, stop the thread, free (NULL allowed). */
void journal_close(struct journal *j);

/*
 * Queue the intent (row is copied; its state is taken as INJ_INTENT). with (copied, NULL allowed)
 * is stored together with it or not at all. may_wait_ns: it is not to be sent before that, so it
 * may share a sync with others until then; 0 = at once. done: whether it is durable; RAS_E_JOURNAL:
 * nothing may be sent. RAS_E_REQUEST_ID: the id exists for that uid, or the page was forwarded
 * before (nothing of with is stored then). Fails at once (done not run) with RAS_E_BUSY when 4096
 * are queued, RAS_E_PARAMS where there are too many cursors.
 */
int journal_intent(struct journal *j, const struct journal_row *row,
		   const struct journal_with *with, int64_t may_wait_ns, journal_done_fn done,
		   void *arg, struct ras_err *err);

/* What is known of an injection now. detail is copied (NULL: none). */
struct journal_change {
	enum inj_state state;
	enum record_read read; /* only with state lost */
	int64_t ack_ns;	       /* send to acknowledgement, 0 if none */
	const char *detail;    /* why */
};

/*
 * Queue a transition of an injection whose intent is durable; never fails visibly: if its commit
 * fails the row stays undecided on disk, is retried with the next commit, and that is logged. Where
 * it is not legal (state.h) in the state that is stored then, it is logged and dropped. Returns its
 * number for journal_stored(). Without memory: on_fatal, and a number that is never stored.
 */
uint64_t journal_transition(struct journal *j, const struct uuid *id,
			    const struct journal_change *c);

/* What is told of the journal; nothing is read or counted for it. */
struct journal_stat {
	int64_t rows, undecided; /* stored */
	int64_t oldest_real_ns;	 /* when the oldest of them was created; 0: there is none */
	const char *damage;	 /* why nothing can be stored, found at the last commit; or NULL */
};
void journal_stat(const struct journal *j, struct journal_stat *out);

/*
 * DIR, made (0700) where there is none, opened; never by a symbolic link. Returns the descriptor,
 * or RAS_E_JOURNAL.
 */
int journal_directory_open(const char *dir, struct ras_err *err);

/* How many transitions were dropped because they were illegal: bugs. */
uint64_t journal_illegal(const struct journal *j);

/*
 * What an operator says became of an unknown injection. The state is read in the transaction that
 * changes it, so of several requests one succeeds. done: NULL = stored and synced; RAS_E_PARAMS =
 * not unknown (any more), the text names the state; RAS_E_NOT_FOUND; RAS_E_JOURNAL. Fails at once
 * (done not run) with RAS_E_NOMEM.
 */
int journal_resolve(struct journal *j, const struct uuid *id, enum inj_state state,
		    const char *detail, journal_done_fn done, void *arg, struct ras_err *err);

/*
 * True once the transition of that number, and all before it, survive the death of this process (as
 * after a journal_barrier()); 0 is stored always.
 */
bool journal_stored(const struct journal *j, uint64_t number);

/* Somebody waits for a queued intent after all: commit what is queued now. */
void journal_hurry(struct journal *j);

/* done runs once everything queued before is durable (or failed). */
int journal_flush(struct journal *j, journal_done_fn done, void *arg, struct ras_err *err);

/*
 * done runs once every transition queued before survives the death of this process; it may not be
 * synced to the disk yet (that takes 50 ms more at most while barriers go on, or the next intent).
 */
int journal_barrier(struct journal *j, journal_done_fn done, void *arg, struct ras_err *err);

/*
 * Reads (own read-only connection, loop thread, index look-ups) see committed rows, and the
 * transitions that were queued for these.
 */
int journal_get(struct journal *j, const struct uuid *id, struct journal_row *out,
		struct ras_err *err); /* RAS_E_NOT_FOUND */
int journal_find_request(struct journal *j, uid_t uid, const char *request_id,
			 struct journal_row *out, struct ras_err *err); /* RAS_E_NOT_FOUND */

/* Whether the domain has an injection, as committed. RAS_E_JOURNAL. */
int journal_has_injection(struct journal *j, const char *domain, bool *out, struct ras_err *err);

/* More than any injection can have. */
#define JOURNAL_MAX_TRANSITIONS 16

/*
 * Every state that an injection had, oldest first; what is not committed yet has number 0. fn
 * returns non-zero to stop. RAS_E_JOURNAL.
 */
int journal_transitions(struct journal *j, const struct uuid *id,
			int (*fn)(void *arg, const struct journal_feed_entry *e), void *arg,
			struct ras_err *err);

/*
 * The id of the only injection from *from to *to. RAS_E_NOT_FOUND, RAS_E_PARAMS where there are
 * several; RAS_E_JOURNAL.
 */
int journal_only_id(struct journal *j, const struct uuid *from, const struct uuid *to,
		    struct uuid *out, struct ras_err *err);

/* A number that no other journal has. */
struct uuid journal_identity(const struct journal *j);

/* The rows in state intent or written, oldest first. fn returns non-zero to stop. */
int journal_undecided(struct journal *j, int (*fn)(void *arg, const struct journal_row *row),
		      void *arg, struct ras_err *err);

/*
 * The newest row older than row that reached the same error source of the same QEMU process: its
 * bytes are in the status block if row was never written. RAS_E_NOT_FOUND where there is none.
 */
int journal_sent_before(struct journal *j, const struct journal_row *row, struct journal_row *out,
			struct ras_err *err);

/*
 * Transitions with numbers above after, in order, at most limit, of those that are committed. fn
 * returns non-zero to stop. Returns 0, or 1 if retention has deleted transitions above after: the
 * reader has missed some. RAS_E_JOURNAL.
 */
int journal_feed(struct journal *j, uint64_t after, size_t limit,
		 int (*fn)(void *arg, const struct journal_feed_entry *e), void *arg,
		 struct ras_err *err);

/* One entry of the whole feed: a transition, or a host event that was decided. */
struct journal_news {
	uint64_t seq;
	const struct journal_feed_entry *injection; /* one of these two */
	const struct host_event *host;
};

/* As journal_feed(), with host events between the transitions. */
int journal_news(struct journal *j, uint64_t after, size_t limit,
		 int (*fn)(void *arg, const struct journal_news *n), void *arg,
		 struct ras_err *err);

/*
 * Be told when there is more in the feed: fn(arg, NULL), from the loop, once for each group of
 * items. A journal with subscribers wakes the loop for transitions, too, which costs it 5-10 us
 * each: subscribe only while somebody waits.
 */
void journal_subscribe(struct journal *j, struct notify_sub *sub, notify_fn fn, void *arg);
void journal_unsubscribe(struct journal *j, struct notify_sub *sub);

/* From which to which number the feed is whole. RAS_E_JOURNAL. */
int journal_feed_bounds(struct journal *j, struct journal_feed_bounds *out, struct ras_err *err);

/* The safety lever, as somebody has set it. */
struct journal_lever {
	bool engaged, also_forwarding;
	char reason[128];
	uid_t uid, as_uid; /* as in struct journal_asked */
	pid_t pid;
	int64_t real_ns;
};

/* Queue a change of the lever (copied). done: whether it is durable. RAS_E_NOMEM. */
int journal_lever_put(struct journal *j, const struct journal_lever *l, journal_done_fn done,
		      void *arg, struct ras_err *err);

/* The lever as committed; released where nobody has ever touched it. RAS_E_JOURNAL. */
int journal_lever_get(struct journal *j, struct journal_lever *out, struct ras_err *err);

/* An injection that a person asked for, as limits count it. */
struct journal_past {
	char domain[sizeof(((struct journal_row *)0)->target.domain)];
	uid_t uid; /* of the person */
	int64_t created_real_ns;
};

/*
 * The newest limit injections that persons asked for, newest first; each_guest: the newest of each
 * domain instead. fn returns non-zero to stop. RAS_E_JOURNAL. For the start of rasd.
 */
int journal_past_of_persons(struct journal *j, bool each_guest, size_t limit,
			    int (*fn)(void *arg, const struct journal_past *p), void *arg,
			    struct ras_err *err);

/* The cursor of a source as committed; RAS_E_NOT_FOUND where it has none. */
int journal_cursor_get(struct journal *j, const char *source, struct journal_cursor *out,
		       struct ras_err *err);

/*
 * Queue a cursor whose events led to no injection. It is stored after all intents queued before,
 * within a second. If its commit fails that is logged, and the next one is stored in its place: the
 * source reads some events again after a crash. RAS_E_NOMEM.
 */
int journal_cursor_put(struct journal *j, const struct journal_cursor *c, struct ras_err *err);

/*
 * Queue a host event (copied): a pending one, the decision about one that is pending, or one that
 * is decided already. moved (copied, NULL allowed): cursors that are stored with it or not at all.
 * may_wait_ns as in journal_intent(). done (NULL allowed): whether it is durable. A decision about
 * an event that is decided is dropped and counts as stored. Fails at once (done not run) with
 * RAS_E_BUSY when 4096 are queued.
 */
int journal_host_event(struct journal *j, const struct host_event *e,
		       const struct journal_cursors *moved, int64_t may_wait_ns,
		       journal_done_fn done, void *arg, struct ras_err *err);

/* Queue that the page of a forward was seen poisoned, or (gone) that its poison is gone. */
int journal_forward_seen(struct journal *j, const struct host_forward_key *key, bool gone,
			 struct ras_err *err);

/* The forward of that key, as committed. RAS_E_NOT_FOUND. */
int journal_forward_get(struct journal *j, const struct host_forward_key *key,
			struct host_forward *out, struct ras_err *err);

/*
 * Forwards of this boot that are not over: pages are missing, or the latest injection is refused or
 * undecided. fn returns non-zero to stop. RAS_E_JOURNAL.
 */
int journal_forwards_open(struct journal *j,
			  int (*fn)(void *arg, const struct host_forward *fw,
				    const struct host_event *e),
			  void *arg, struct ras_err *err);

/* Events that an earlier life left pending, oldest first, at most limit. */
int journal_host_pending(struct journal *j, size_t limit,
			 int (*fn)(void *arg, const struct host_event *e), void *arg,
			 struct ras_err *err);

/*
 * Was an uncorrected error of a page in [from, from + len), which that guest has from first on,
 * dealt with in this boot: forwarded, or not forwarded for a reason that holds for every report of
 * it? *when_ns: the boot clock of the latest such event. RAS_E_NOT_FOUND, RAS_E_JOURNAL.
 */
int journal_host_settled(struct journal *j, const char *domain, struct hpa from, struct gpa first,
			 uint64_t len, int64_t *when_ns, struct ras_err *err);

/*
 * Corrected errors of each page of page_bytes after since_ns of this boot's clock, of at most limit
 * pages, the latest first. RAS_E_JOURNAL.
 */
int journal_host_day(struct journal *j, int64_t page_bytes, int64_t since_ns, size_t limit,
		     void (*fn)(void *arg, const struct host_day *d), void *arg,
		     struct ras_err *err);

/*
 * The latest uncorrected error of this boot that was found to be on a page of that guest, from
 * since_ns (boot clock) on. RAS_E_NOT_FOUND, RAS_E_JOURNAL.
 */
int journal_host_lost(struct journal *j, const char *domain, int64_t since_ns,
		      struct host_event *out, struct ras_err *err);

/* The counters of a guest; all 0 where nothing was counted. */
int journal_host_counts(struct journal *j, const char *domain, struct host_counts *out,
			struct ras_err *err);

/*
 * The pages that a domain knows to be bad: those that the records that it acknowledged, consumed
 * or got delivered make Linux take out of use (cper_effects()), and what was imported; lowest
 * address first, those after *after (NULL = all), at most limit. Only what is committed:
 * journal_flush() first to see all. fn returns non-zero to stop. RAS_E_JOURNAL.
 */
int journal_poison_list(struct journal *j, const char *domain, const struct gpa *after,
			size_t limit, int (*fn)(void *arg, const struct poison_page *page),
			void *arg, struct ras_err *err);

/* How many they are, and whether this page is one of them. RAS_E_JOURNAL. */
int journal_poison_count(struct journal *j, const char *domain, uint64_t *out, struct ras_err *err);
int journal_poison_has(struct journal *j, const char *domain, struct gpa gpa, bool *out,
		       struct ras_err *err);

/*
 * Count in parts: at most limit pages from *from on, which is moved behind the last one. *out <
 * limit: these were all. RAS_E_JOURNAL.
 */
int journal_poison_count_from(struct journal *j, const char *domain, struct gpa *from, size_t limit,
			      uint64_t *out, struct ras_err *err);

/*
 * Add n <= POISON_MAX_IMPORT pages (copied; page-aligned addresses below POISON_MAX_GPA) to those
 * of domain, whose QEMU is pid (0: it has none now); a page that is known stays as it is. done:
 * whether they are durable, all or none. Fails at once (done not run) with RAS_E_BUSY when 16
 * imports are queued, RAS_E_PARAMS where there are too many pages.
 */
int journal_poison_import(struct journal *j, const char *domain, pid_t pid, uint64_t start_time,
			  const struct poison_page *pages, size_t n, journal_done_fn done,
			  void *arg, struct ras_err *err);

/* Which QEMU the domain's list belongs to, as committed. RAS_E_NOT_FOUND, RAS_E_JOURNAL. */
int journal_poison_of(struct journal *j, const char *domain, struct poison_of *out,
		      struct ras_err *err);

/*
 * Queue: that QEMU of this boot is the domain's now. Its list is cleared if it was another's and
 * this one is fresh: it began with memory of its own, and was not migrated here or restored.
 */
int journal_poison_belongs(struct journal *j, const char *domain, pid_t pid, uint64_t start_time,
			   bool fresh, struct ras_err *err);
