// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private to the journal: commits groups of items, keeps transitions that cannot be stored, and
 * tidies up when nobody waits. It knows no threads: one caller at a time (thread.c).
 */
#pragma once

#include "journal/queue.h"

struct writer;

/* d and keep are borrowed. RAS_E_NOMEM. */
int writer_new(struct writer **out, struct journal_db *d, const struct journal_keep *keep,
	       struct ras_err *err);
void writer_free(struct writer *w);

/*
 * Store a group as one transaction, kept transitions first. Every item of group ends in finished,
 * except transitions that are kept. An empty group is allowed: kept ones are tried if it is time.
 */
void writer_commit(struct writer *w, struct list *group, struct list *finished);

/*
 * Nobody waits for an answer now: move the log into the database, or delete what is older than
 * what is to be kept, a small piece of work at a time. idle: nothing is due either.
 */
void writer_tidy(struct writer *w, bool idle);

/* When writer_commit() or writer_tidy() is to be called at the latest, though nothing is queued. */
int64_t writer_due_ns(const struct writer *w);

/* The end: try kept transitions a last time; they go to finished, stored or not. */
void writer_finish(struct writer *w, struct list *finished);

/* Any thread: transitions 1 to this number are stored (or were refused as illegal). */
uint64_t writer_stored(const struct writer *w);

/* Any thread: what is wrong with the journal's files, as of the last commit. */
enum files_fault writer_fault(const struct writer *w);

/* Any thread: why nothing can be stored, as of the last commit; NULL: it can. */
const char *writer_damage(const struct writer *w);

/* Any thread: rows, undecided ones, and when the oldest was created (0: none). */
void writer_counts(const struct writer *w, int64_t *rows, int64_t *undecided,
		   int64_t *oldest_real_ns);

/* Any thread: how many transitions were not stored because they were illegal. */
uint64_t writer_illegal(const struct writer *w);
