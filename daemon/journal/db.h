// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private to the journal: the two sqlite connections. struct journal_db writes and belongs to the
 * writer thread once that runs; struct journal_reader only reads and belongs to the loop.
 */
#pragma once

#include <sqlite3.h>

#include "journal/files.h"
#include "journal/journal.h"

struct journal_db;
struct journal_reader;

/* One queued transition; time is taken where it happened, not where it is committed. */
struct journal_step {
	struct uuid id;
	enum inj_state state;
	enum record_read read;
	char detail[sizeof(((struct journal_row *)0)->outcome.detail)];
	int64_t ack_ns;
	int64_t real_ns, boot_ns;
};

/* Cursors to store, copied. */
struct cursor_moves {
	size_t n;
	struct journal_cursor cursor[JOURNAL_MAX_CURSORS];
};

/* One queued host event, or what is stored beside an intent. */
struct host_item {
	bool has_event, has_forward;
	bool seen,
		gone; /* only that the page of the forward was seen poisoned, or is not any more */
	struct host_event event;
	struct host_forward forward;
};

/* One queued import; without pages: which QEMU the domain's list belongs to from now on. */
struct poison_import {
	char domain[sizeof(((struct journal_row *)0)->target.domain)];
	pid_t pid; /* of the guest's QEMU; 0 = it has none */
	uint64_t start_time;
	bool fresh; /* it began with memory of its own: the list of another QEMU is not its list */
	size_t n;
	struct poison_page pages[];
};

/*
 * Open or create DIR/journal.db (0600, DIR 0700), lock it against a second rasd, migrate, check,
 * and count the undecided rows. accept_loss: also where files of a journal that was here are
 * missing. RAS_E_JOURNAL.
 */
int journal_db_open(struct journal_db **out, const char *dir, bool accept_loss, size_t *n_undecided,
		    struct ras_err *err);
void journal_db_close(struct journal_db *d);

/*
 * Before each commit and checkpoint: whether the files are those in the directory; if not, that is
 * logged once, and the log is copied into journal.db where that helps. A fault that may have
 * changed what is read stays. Cheap: six system calls.
 */
enum files_fault journal_db_look(struct journal_db *d);

/* How many rows there are, undecided ones, and when the oldest was created (0: there is none). */
void journal_db_counts(const struct journal_db *d, int64_t *rows, int64_t *undecided,
		       int64_t *oldest_real_ns);

/* Whether the commits from here on are synced (the default), or only written to the log. */
void journal_db_sync(struct journal_db *d, bool sync);

/* One transaction at a time. A failed commit leaves nothing open. RAS_E_JOURNAL. */
int journal_db_begin(struct journal_db *d, struct ras_err *err);
int journal_db_commit(struct journal_db *d, struct ras_err *err);
void journal_db_rollback(struct journal_db *d);

/*
 * Within a transaction: the row as INJ_INTENT with its first transition. RAS_E_REQUEST_ID leaves
 * the transaction usable; after RAS_E_JOURNAL it must be rolled back.
 */
int journal_db_intent(struct journal_db *d, const struct journal_row *row, int64_t boot_ns,
		      struct ras_err *err);

/*
 * Within a transaction: the state is read, and changed if the new one may follow it. One that is
 * stored already is no error. RAS_E_NOT_FOUND where there is no such injection, RAS_E_PARAMS where
 * the transition is illegal (the transaction is usable in both cases), RAS_E_JOURNAL otherwise.
 */
int journal_db_change(struct journal_db *d, const struct journal_step *c, bool by_operator,
		      struct ras_err *err);

/* Within a transaction: where the sources of host events are now. RAS_E_JOURNAL. */
int journal_db_cursors(struct journal_db *d, const struct cursor_moves *moves, struct ras_err *err);

/*
 * Within a transaction, before journal_db_intent(): may this forward be stored? RAS_E_REQUEST_ID
 * where its page was forwarded before; RAS_E_JOURNAL.
 */
int journal_db_may_forward(struct journal_db *d, const struct host_forward *fw,
			   struct ras_err *err);

/* Within a transaction: a host event, its counters, a forward. RAS_E_JOURNAL, roll back then. */
int journal_db_host(struct journal_db *d, const struct host_item *h, struct ras_err *err);

/* At the start: forwards of earlier boots are forgotten; where that fails they do no harm. */
void journal_db_host_begin(struct journal_db *d);

/* Within a transaction: the pages of an import. RAS_E_JOURNAL, it must be rolled back then. */
int journal_db_import(struct journal_db *d, const struct poison_import *im, struct ras_err *err);

/* lever.c, within a transaction: a change of the safety lever. RAS_E_JOURNAL, roll back then. */
int journal_db_lever(struct journal_db *d, const struct journal_lever *l, struct ras_err *err);

/* Within a transaction: what journal_poison_belongs() promises. RAS_E_JOURNAL. */
int journal_db_belongs(struct journal_db *d, const struct poison_import *im, struct ras_err *err);

/* Move the log into the database when it has grown enough; force = even when work is waiting. */
bool journal_db_wants_checkpoint(const struct journal_db *d, bool force);
void journal_db_checkpoint(struct journal_db *d);

/* Nothing was stored for a while: give memory back. */
void journal_db_rest(struct journal_db *d);

/* The read-only connection to the database that journal_db_open() has made. RAS_E_JOURNAL. */
int journal_reader_open(struct journal_reader **out, const char *dir, struct ras_err *err);
void journal_reader_close(struct journal_reader *r);

/* What journal_get() and journal_find_request() promise, on this connection. */
int journal_reader_get(struct journal_reader *r, const struct uuid *id, struct journal_row *out,
		       struct ras_err *err);
int journal_reader_find(struct journal_reader *r, uid_t uid, const char *request_id,
			struct journal_row *out, struct ras_err *err);

/* What journal_has_injection() promises. */
int journal_reader_has_injection(struct journal_reader *r, const char *domain, bool *out,
				 struct ras_err *err);

/* What journal_counts() promises. */
int journal_reader_counts(struct journal_reader *r, enum journal_counted what,
			  void (*fn)(void *arg, const struct journal_count *c), void *arg,
			  struct ras_err *err);

/* What journal_only_id() promises. */
int journal_reader_only_id(struct journal_reader *r, const struct uuid *from, const struct uuid *to,
			   struct uuid *out, struct ras_err *err);

/* What journal_page(), journal_host_page() and journal_transitions() promise. */
int journal_reader_page(struct journal_reader *r, struct journal_page *p,
			int (*fn)(void *arg, struct journal_row *row), void *arg,
			struct ras_err *err);
int journal_reader_host_page(struct journal_reader *r, struct journal_page *p,
			     int (*fn)(void *arg, const struct host_event *e), void *arg,
			     struct ras_err *err);
int journal_reader_transitions(struct journal_reader *r, const struct uuid *id,
			       int (*fn)(void *arg, const struct journal_feed_entry *e), void *arg,
			       struct ras_err *err);

/* What journal_undecided() and journal_sent_before() promise, on this connection. */
int journal_reader_undecided(struct journal_reader *r,
			     int (*fn)(void *arg, struct journal_row *row), void *arg,
			     struct ras_err *err);
int journal_reader_sent_before(struct journal_reader *r, const struct journal_row *row,
			       struct journal_row *out, struct ras_err *err);

/* What journal_feed(), journal_feed_bounds() and journal_cursor_get() promise. */
int journal_reader_feed(struct journal_reader *r, uint64_t after, size_t limit,
			int (*fn)(void *arg, const struct journal_feed_entry *e), void *arg,
			struct ras_err *err);
int journal_reader_news(struct journal_reader *r, uint64_t after, size_t limit,
			int (*fn)(void *arg, const struct journal_news *n), void *arg,
			struct ras_err *err);
int journal_reader_feed_bounds(struct journal_reader *r, struct journal_feed_bounds *out,
			       struct ras_err *err);
int journal_reader_cursor(struct journal_reader *r, const char *source, struct journal_cursor *out,
			  struct ras_err *err);

/* What the functions journal_*() of the same name promise, on this connection. */
int journal_reader_forward(struct journal_reader *r, const struct host_forward_key *key,
			   struct host_forward *out, struct ras_err *err);
int journal_reader_forwards_open(struct journal_reader *r,
				 int (*fn)(void *arg, const struct host_forward *fw,
					   const struct host_event *e),
				 void *arg, struct ras_err *err);
int journal_reader_host_pending(struct journal_reader *r, size_t limit,
				int (*fn)(void *arg, const struct host_event *e), void *arg,
				struct ras_err *err);
int journal_reader_host_settled(struct journal_reader *r, const char *domain, struct hpa from,
				struct gpa first, uint64_t len, int64_t *when_ns,
				struct ras_err *err);
int journal_reader_host_lost(struct journal_reader *r, const char *domain, int64_t since_ns,
			     struct host_event *out, struct ras_err *err);
int journal_reader_host_day(struct journal_reader *r, int64_t page_bytes, int64_t since_ns,
			    size_t limit, void (*fn)(void *arg, const struct host_day *d),
			    void *arg, struct ras_err *err);
int journal_reader_host_counts(struct journal_reader *r, const char *domain,
			       struct host_counts *out, struct ras_err *err);

/* What the functions journal_poison_*() of the same name promise, on this connection. */
int journal_reader_poison_list(struct journal_reader *r, const char *domain,
			       const struct gpa *after, size_t limit,
			       int (*fn)(void *arg, const struct poison_page *page), void *arg,
			       struct ras_err *err);
int journal_reader_poison_count(struct journal_reader *r, const char *domain, uint64_t *out,
				struct ras_err *err);
int journal_reader_poison_count_from(struct journal_reader *r, const char *domain, struct gpa *from,
				     size_t limit, uint64_t *out, struct ras_err *err);
int journal_reader_poison_of(struct journal_reader *r, const char *domain, struct poison_of *out,
			     struct ras_err *err);
int journal_reader_poison_has(struct journal_reader *r, const char *domain, struct gpa gpa,
			      bool *out, struct ras_err *err);
