// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the journal: its reading connection, for the files that use its statements. */
#pragma once

#include "journal/db.h"

enum reader_stmt {
	/* read.c */
	RD_GET,
	RD_FIND,
	RD_HAS_DOMAIN,
	RD_ROW,
	RD_TRANSITIONS,
	RD_IDS,
	RD_IDENTITY,
	/* counts.c */
	RD_COUNT_INJECTIONS,
	RD_COUNT_HOST,
	RD_COUNT_ACKS,
	RD_UNDECIDED,
	RD_BEFORE,
	/* read_lists.c */
	RD_POISON,
	RD_POISON_COUNT,
	RD_POISON_COUNT_FROM,
	RD_POISON_HAS,
	RD_POISON_OF,
	RD_FEED,
	RD_BOUNDS,
	RD_CURSOR,
	/* host_read.c */
	RD_HOST_PENDING,
	RD_HOST_ROW,
	RD_HOST_COUNTS,
	RD_HOST_SETTLED,
	RD_HOST_LOST,
	RD_HOST_DAY,
	RD_HOST_NEWS,
	RD_FORWARD,
	RD_FORWARDS_OPEN,
	/* page.c: by column, in the same order for both tables */
	RD_PAGE_TIME,
	RD_PAGE_DOMAIN,
	RD_PAGE_STATE,
	RD_PAGE_SEVERITY,
	RD_PAGE_ORIGIN,
	RD_PAGE_TAG,
	RD_PAGE_HOST_TIME,
	RD_PAGE_HOST_DOMAIN,
	RD_PAGE_HOST_STATE,
	RD_PAGE_HOST_SEVERITY,
	RD_PAGE_HOST_ORIGIN,
	RD_PAGE_UNLISTED,
	RD__MAX
};

struct journal_reader {
	sqlite3 *db;
	sqlite3_stmt *st[RD__MAX];
	char boot_id[UUID_TEXT_SIZE];
	struct uuid identity;
};

/* host_read.c: its statements, from RD_HOST_PENDING on. */
extern const char *const journal_host_read_sql[];

/* page.c: its statements, from RD_PAGE_TIME on. */
extern const char *const journal_page_sql[];

/* read.c, host_read.c: the row of that number. RAS_E_NOT_FOUND, RAS_E_JOURNAL. */
int journal_reader_row(struct journal_reader *r, int64_t row, struct journal_row *out,
		       struct ras_err *err);
int journal_reader_host_row(struct journal_reader *r, int64_t row, struct host_event *out,
			    struct ras_err *err);

/* read_lists.c: one transition, of RD_FEED. RAS_E_JOURNAL where it is damaged. */
int journal_load_entry(sqlite3_stmt *st, struct journal_feed_entry *e, struct ras_err *err);

/* RAS_E_JOURNAL, with sqlite's words. */
int journal_read_fail(struct journal_reader *r, struct ras_err *err);

/* A column as a string, cut to size; "" where it is NULL. */
void journal_column(sqlite3_stmt *st, int col, char *out, size_t size);

/* A column of 16 bytes as a UUID; false, and out as it was, where it is anything else. */
bool journal_column_id(sqlite3_stmt *st, int col, struct uuid *out);
