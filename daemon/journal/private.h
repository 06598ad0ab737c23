// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the journal: its writing connection, for the files that use its statements. */
#pragma once

#include "journal/db.h"
#include "journal/files.h"

enum db_stmt {
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_INTENT,
	ST_FIND,
	ST_TRANSITION,
	ST_UPDATE,
	ST_RECORD,
	ST_POISON,
	/* poison_of.c */
	ST_POISON_OF,
	ST_POISON_OF_PUT,
	ST_POISON_ANY,
	ST_POISON_CLEAR,
	ST_CURSOR,
	/* host.c */
	ST_HOST_FIND,
	ST_HOST_INSERT,
	ST_HOST_DECIDE,
	ST_HOST_INJECTION,
	ST_HOST_COUNT,
	ST_FORWARD_FIND,
	ST_FORWARD_INSERT,
	ST_FORWARD_UPDATE,
	ST_FORWARD_SEEN,
	ST_FORWARD_GONE,
	/* retain_host.c */
	ST_HOST_OLD,
	ST_HOST_DELETED,
	ST_HOST_DELETE,
	/* retain.c */
	ST_COUNTS,
	ST_OLD,
	ST_LATER_SENT,
	ST_LAST_SEQ,
	ST_PERMIT,
	ST_DELETE_TRANSITIONS,
	ST_DELETE_INJECTION,
	ST_COUNTED,
	/* listed.c */
	ST_LIST,
	DB_ST__MAX
};

/* Rows, kept up by what is stored and deleted, so that nobody has to count them. */
struct db_counts {
	int64_t rows, undecided, oldest_real_ns;
	int64_t newest_seq; /* of all transitions ever stored */
	int64_t unlisted;   /* decided, and not listed yet */
};

struct journal_db {
	sqlite3 *db;
	sqlite3_stmt *st[DB_ST__MAX];
	char boot_id[UUID_TEXT_SIZE];
	struct journal_files files;
	enum files_fault fault; /* found last; one that rasd ends for stays */
	int wal_pages;		/* in the log after the last commit */
	bool unsynced;		/* the mode is NORMAL */
	struct db_counts counts, in_transaction;
};

/* Within no transaction: when the oldest row was created, into counts. RAS_E_JOURNAL. */
int journal_db_find_oldest(struct journal_db *d, struct ras_err *err);

/* The number of the next transition or host event: the feed has one sequence for both. */
#define JOURNAL_NEXT_SEQ                                         \
	"(1 + max((SELECT ifnull(max(seq), 0) FROM transition)," \
	" (SELECT ifnull(max(seq), 0) FROM host_event), (SELECT deleted_seq FROM retention)))"

/* What the index injection_place has: all that was sent, and a listed one that was refused. */
#define JOURNAL_PLACED "(listed = 1 OR state NOT IN ('intent','refused'))"

/* Whether the domain ?1 has an injection. */
#define JOURNAL_HAS_DOMAIN                                                     \
	"EXISTS(SELECT 1 FROM injection WHERE domain = ?1 AND listed = 1) OR " \
	"EXISTS(SELECT 1 FROM injection WHERE domain = ?1 AND listed = 0)"

/* host_event.flags */
#define HOST_FLAG_CATCH_UP 1
#define HOST_FLAG_ACTION_REQUIRED 2
#define HOST_FLAG_NO_STRUCT_PAGE 4

/* host.c: its statements, in the order of the enum from ST_HOST_FIND on. */
extern const char *const journal_host_sql[];

/* store.c: prepare all statements. RAS_E_JOURNAL. */
int journal_db_prepare(struct journal_db *d, struct ras_err *err);

/*
 * Look for damage (PRAGMA quick_check) for at most about budget_ns; *whole: whether all was
 * seen. RAS_E_JOURNAL with what is damaged. Nothing else may use db meanwhile.
 */
int journal_check(sqlite3 *db, int64_t budget_ns, bool *whole, struct ras_err *err);

/* poison.c: the statement that stores one page; what is known stays. */
extern const char journal_poison_insert[];

/*
 * Within a transaction: the pages of the injection whose domain, record and id are row's columns 0,
 * 1, 2, first reported at seen_real_ns. A record that cannot be read has none. RAS_E_JOURNAL.
 */
int journal_poison_record(sqlite3_stmt *insert, sqlite3_stmt *row, int64_t seen_real_ns,
			  struct ras_err *err);

/* The same process of the same boot. */
bool poison_of_is(const struct poison_of *a, const struct poison_of *b);

/*
 * poison_of.c: may a page be added that this QEMU of the domain learned of? *ok: false where the
 * list belongs to another. A list that belongs to nobody is its from now on. RAS_E_JOURNAL.
 */
int journal_poison_may_add(struct journal_db *d, const char *domain, const struct poison_of *of,
			   bool *ok, struct ras_err *err);

/* Within the transaction of a migration: what the stored records tell. RAS_E_JOURNAL. */
int journal_poison_fill(sqlite3 *db, struct ras_err *err);

/* Within a transaction: the pages of an import. RAS_E_JOURNAL. */
int journal_poison_add(sqlite3_stmt *insert, const struct poison_import *im, struct ras_err *err);
