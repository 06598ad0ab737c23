// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal: what was asked, the exact bytes, and every state they went through.
 * sqlite3, WAL, synchronous=FULL, one writer thread; the loop never commits. The intent is
 * committed before anything is sent; later transitions are queued and committed in groups
 * (within 50 ms, at the latest with the next intent).
 */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/uuid.h"
#include "journal/state.h"

#define JOURNAL_MAX_RECORD 4096

/* One injection as stored. Strings are NUL-terminated and bounded. */
struct journal_row {
	struct uuid id;
	char request_id[64];	/* unique per peer_uid */
	char params_digest[65]; /* canonical parameters; same request_id, other digest = conflict */
	uid_t peer_uid;
	pid_t peer_pid;
	char domain[64];
	char tag[64];
	/* the guest generation: who exactly was to be hit */
	pid_t qemu_pid;
	uint64_t qemu_start_time; /* clock ticks since boot, field 22 of /proc/PID/stat */
	uint64_t reset_count;
	struct gpa gpa;
	char severity[16];
	char backend[16];
	char monitor[16]; /* by which the guest was to be told: "socket", "libvirt"; "" not known (version 2) */
	uint32_t source_id;
	uint8_t record[JOURNAL_MAX_RECORD];
	size_t record_len;
	enum origin origin;
	char origin_ref[64]; /* of a campaign its id, of a host event its name; "" for an operator */
	enum inj_state state;
	enum record_read read;			  /* only where the state is lost */
	char detail[160];			  /* why the state is what it is */
	int64_t created_real_ns, decided_real_ns; /* decided: time of the last transition */
	int64_t ack_ns;				  /* send to acknowledgement, 0 if none */
	bool other_boot; /* read back: stored before this host was last started */
};

#define POISON_PAGE_BYTES 4096u
#define POISON_MAX_GPA (1ULL << 52) /* what arm64 and x86_64 can have */
#define POISON_ORIGIN_SIZE 101
#define POISON_MAX_PAGES 65536u /* of a domain by imports */
#define POISON_MAX_IMPORT 1024u /* pages of one import */

/* A page that a guest was told is bad. */
struct poison_page {
	struct gpa gpa;			 /* of the 4 KiB page */
	int64_t seen_real_ns;		 /* when the guest was told first, or as imported */
	char origin[POISON_ORIGIN_SIZE]; /* "injection UUID", or as imported */
};

struct journal;

/* err NULL = the intent is durable. Runs once, from the loop. */
typedef void (*journal_done_fn)(void *arg, const struct ras_err *err);

/*
 * Open (creating, migrating by user_version) DIR/journal.db, quick_check it, start the writer
 * thread. *n_undecided tells how many rows (intent, written) an earlier life left:
 * journal_undecided() lists them, to be settled. RAS_E_JOURNAL where it cannot be used.
 */
int journal_open(struct journal **out, struct event_base *base, const char *dir,
		 size_t *n_undecided, struct ras_err *err);

/* Commit what is queued, stop the thread, free (NULL allowed). */
void journal_close(struct journal *j);

/*
 * Queue the intent (row is copied; its state is taken as INJ_INTENT). may_wait_ns: its turn is not
 * before that, so it may share a sync with others until then; 0 = at once. done tells whether it is
 * durable; RAS_E_JOURNAL: nothing may be sent. RAS_E_REQUEST_ID: the id exists for that uid. Fails
 * at once (done not run) with RAS_E_BUSY when 4096 are queued.
 */
int journal_intent(struct journal *j, const struct journal_row *row, int64_t may_wait_ns,
		   journal_done_fn done, void *arg, struct ras_err *err);

/* What is known of an injection now. detail is copied (NULL: none). */
struct journal_change {
	enum inj_state state;
	enum record_read read; /* only with state lost */
	int64_t ack_ns;	       /* send to acknowledgement, 0 if none */
	const char *detail;    /* why */
};

/*
 * Queue a transition of an injection whose intent is durable; never fails visibly: if its commit
 * fails the row stays undecided on disk, is retried with the next commit, and that is logged.
 * Returns its number for journal_stored(). Without memory the process ends: what it knows could not
 * be kept.
 */
uint64_t journal_transition(struct journal *j, const struct uuid *id,
			    const struct journal_change *c);

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

/* Newest first, at most limit rows; domain NULL = all. fn returns non-zero to stop. */
int journal_list(struct journal *j, const char *domain, size_t limit,
		 int (*fn)(void *arg, const struct journal_row *row), void *arg,
		 struct ras_err *err);

/* The rows in state intent or written, oldest first. fn returns non-zero to stop. */
int journal_undecided(struct journal *j, int (*fn)(void *arg, const struct journal_row *row),
		      void *arg, struct ras_err *err);

/*
 * The newest row older than row that reached the slot of the same QEMU process: whose bytes the
 * slot holds if row was never written. RAS_E_NOT_FOUND where there is none.
 */
int journal_sent_before(struct journal *j, const struct journal_row *row, struct journal_row *out,
			struct ras_err *err);

/*
 * The pages that a domain was told are bad: memory errors of recoverable injections that it
 * acknowledged or consumed (each address of the record), and what was imported; lowest address
 * first, those after *after (NULL = all), at most limit. Only what is committed: journal_flush()
 * first to see all. fn returns non-zero to stop. RAS_E_JOURNAL.
 */
int journal_poison_list(struct journal *j, const char *domain, const struct gpa *after,
			size_t limit, int (*fn)(void *arg, const struct poison_page *page),
			void *arg, struct ras_err *err);

/* How many they are, and whether this page is one of them. RAS_E_JOURNAL. */
int journal_poison_count(struct journal *j, const char *domain, uint64_t *out, struct ras_err *err);
int journal_poison_has(struct journal *j, const char *domain, struct gpa gpa, bool *out,
		       struct ras_err *err);

/*
 * Add n <= POISON_MAX_IMPORT pages (copied; page-aligned addresses below POISON_MAX_GPA) to those
 * of domain; a page that is known stays as it is. done tells whether they are durable: all or none.
 * Fails at once (done not run) with RAS_E_BUSY when 16 imports are queued, RAS_E_PARAMS where there
 * are too many pages.
 */
int journal_poison_import(struct journal *j, const char *domain, const struct poison_page *pages,
			  size_t n, journal_done_fn done, void *arg, struct ras_err *err);
