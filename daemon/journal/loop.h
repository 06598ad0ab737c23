// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the journal: what the loop's files share; journal.c. */
#pragma once

#include "journal/queue.h"

/* An empty item; NULL without memory. */
struct item *journal_new_item(enum item_kind kind, journal_done_fn done, void *arg);

/* A copy of n <= JOURNAL_MAX_CURSORS cursors; NULL without memory. */
struct cursor_moves *journal_copy_cursors(const struct journal_cursor *v, size_t n);

/* Queue an intent or a host event (owned from here on). RAS_E_BUSY: too many are queued. */
int journal_put_counted(struct journal *j, struct item *it, int64_t may_wait_ns,
			struct ras_err *err);

/* Queue what is to be stored at once (owned from here on). */
void journal_put(struct journal *j, struct item *it);

/* The reading connection. */
struct journal_reader *journal_reader_of(const struct journal *j);

/* The transitions that are not known to be on disk, oldest first, linked by pending_next. */
const struct item *journal_first_pending(const struct journal *j);

/* ret of a read; where it failed the writer looks at the files, and ends rasd if they changed. */
int journal_after_read(struct journal *j, int ret);
