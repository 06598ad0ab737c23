// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private to the journal: the queue between the loop (journal.c) and the writer (journal_thread.c).
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "journal/db.h"

enum kind { IT_INTENT, IT_TRANSITION, IT_IMPORT, IT_FLUSH, IT_BARRIER };

struct item {
	struct item *next;
	enum kind kind;
	bool stored, failed;
	journal_done_fn done;
	void *arg;
	struct ras_err err;
	int64_t boot_ns;
	struct journal_row *row;      /* IT_INTENT, owned */
	struct journal_step step;     /* IT_TRANSITION */
	struct poison_import *import; /* IT_IMPORT, owned */
	uint64_t number;	      /* IT_TRANSITION: 1, 2, ... */
	struct item *pending_next; /* IT_TRANSITION: the loop's list of what reads do not see yet */
};

struct list {
	struct item *head, **tail;
};

struct journal {
	struct journal_db *db; /* the thread's */
	struct list kept;      /* the thread's */
	size_t n_kept;	       /* the thread's */
	int64_t retry_ns, synced_ns,
		worked_ns; /* the thread's: try kept ones again then; last sync; last work */
	struct journal_reader *reader; /* the loop's */
	struct event *ev;	       /* the loop's */
	size_t n_intents, n_imports;   /* the loop's: queued and not answered */
	struct item *pending,
		**pending_tail; /* the loop's: transitions not known to be on disk, oldest first */
	int fd;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct list changes, intents; /* under lock: transitions and barriers; the others */
	int64_t changes_due_ns, intents_due_ns; /* under lock, CLOCK_MONOTONIC: commit them then */
	struct list finished;			/* under lock */
	int64_t wakes_ns; /* under lock: when the thread looks again by itself; 0 = it is at work */
	bool stop;	  /* under lock */
	uint64_t n_changes;	   /* the loop's: numbers given */
	_Atomic uint64_t n_stored; /* changes 1..n_stored are stored */
};

/* An empty list. */
void list_init(struct list *l);

/* it goes to the end of l, which owns it. */
void list_add(struct list *l, struct item *it);

/* The first item, the caller's now; NULL where there is none. */
struct item *list_pop(struct list *l);

/* Free all items of l. */
void list_free(struct list *l);

/* All of from goes to the end of to; from is empty then. */
void list_splice(struct list *to, struct list *from);

/* Free it and what it owns (NULL allowed). */
void item_free(struct item *it);

/* CLOCK_MONOTONIC, the clock of the queue's condition variable. */
int64_t journal_mono_ns(void);

/* Start the writer (its signals are the loop's). RAS_E_INTERNAL. */
int journal_thread_start(struct journal *j, struct ras_err *err);

/*
 * Look for damage (PRAGMA quick_check) for at most about budget_ns; *whole tells whether all was
 * seen. RAS_E_JOURNAL with what is damaged. Nothing else may use db meanwhile.
 */
int journal_check(sqlite3 *db, int64_t budget_ns, bool *whole, struct ras_err *err);

/* journal_poison.c: the statement that stores one page; what is known stays. */
extern const char journal_poison_insert[];

/*
 * Within a transaction: the pages of the injection whose domain, record and id are row's columns 0,
 * 1, 2, first told at seen_real_ns. A record that cannot be read has none. RAS_E_JOURNAL.
 */
int journal_poison_told(sqlite3_stmt *insert, sqlite3_stmt *row, int64_t seen_real_ns,
			struct ras_err *err);

/* Within the transaction that makes the table: what the journal knows already. RAS_E_JOURNAL. */
int journal_poison_fill(sqlite3 *db, struct ras_err *err);

/* Within a transaction: the pages of an import. RAS_E_JOURNAL. */
int journal_poison_add(sqlite3_stmt *insert, const struct poison_import *im, struct ras_err *err);
