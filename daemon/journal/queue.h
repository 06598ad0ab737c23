// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private to the journal: what the loop gives to the writer, and in which order it is taken. No
 * locks and no clock are in here; thread.c adds them.
 */
#pragma once

#include "base/mailbox.h"
#include "journal/db.h"

enum item_kind {
	IT_TRANSITION,
	IT_BARRIER,
	/* the others go to the second list and are synced */
	IT_INTENT,
	IT_RESOLVE,
	IT_IMPORT,
	IT_BELONGS,
	IT_CURSOR,
	IT_HOST,
	IT_LEVER,
	IT_FLUSH
};

/* One thing to store, or to wait for. */
struct item {
	struct mail mail; /* first: its way back to the loop */
	struct item *next;
	enum item_kind kind;
	bool failed;
	journal_done_fn done;
	void *arg;
	struct ras_err err;
	int64_t boot_ns;
	struct journal_row *row;      /* IT_INTENT, owned */
	struct cursor_moves *moves;   /* IT_CURSOR; may be NULL: IT_INTENT, IT_HOST; owned */
	struct host_item *host;	      /* IT_HOST; IT_INTENT (may be NULL), owned */
	struct journal_step step;     /* IT_TRANSITION, IT_RESOLVE */
	struct poison_import *import; /* IT_IMPORT, IT_BELONGS; owned */
	struct journal_lever *lever;  /* IT_LEVER, owned */
	uint64_t number;	      /* IT_TRANSITION: 1, 2, ... */
	struct item *pending_next;    /* IT_TRANSITION: the loop's list of those not on disk */
};

struct list {
	struct item *head, **tail;
};

/* An empty list. */
void list_init(struct list *l);

/* it goes to the end of l, which owns it. */
void list_add(struct list *l, struct item *it);

/* The first item, the caller's now; NULL where there is none. */
struct item *list_pop(struct list *l);

/* All of from goes to the end of to; from is empty then. */
void list_splice(struct list *to, struct list *from);

/* Free it and what it owns (NULL allowed). */
void item_free(struct item *it);

/* Free all items of l. */
void list_free(struct list *l);

/*
 * What waits for the writer. A transition never belongs to an intent that is still queued, so
 * transitions and barriers may be taken before intents that were queued earlier.
 */
struct work {
	struct list changes;			/* transitions and barriers */
	struct list intents;			/* all others */
	int64_t changes_due_ns, intents_due_ns; /* clock_mono_ns(); if the list is not empty */
};

/* Nothing is queued. */
void work_init(struct work *w);

/* Queue it (owned from here on); it is to be taken at due_ns at the latest. */
void work_put(struct work *w, struct item *it, int64_t due_ns);

/* What is queued behind intents is due now. */
void work_hurry(struct work *w);

/* When something is due, INT64_MAX where nothing is queued. */
int64_t work_due_ns(const struct work *w);

/* Move to group what is to be stored together now: transitions, and what is due (or all). */
void work_take(struct work *w, int64_t now_ns, bool all, struct list *group);

/* Free all that is queued. */
void work_free(struct work *w);
