// SPDX-License-Identifier: LGPL-2.1-or-later
/* Rows of rasdaemon's database as struct ras_event. Pure except for the statement that is read. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "sources/event.h"

/* Tables that rasd reads. Their order is part of the cursor: only add at the end. */
#define RASDAEMON_TABLES 12
#define RASDAEMON_COLUMNS 10 /* of one table, at most */

enum rasdaemon_verdict {
	ROW_EVENT,
	ROW_NOTHING,  /* it says nothing of an error */
	ROW_MALFORMED /* a value is missing or of a type that rasdaemon does not write */
};

/*
 * One table. rasdaemon adds columns with ALTER TABLE, so their order differs from host to host, and
 * older versions lack some: columns are asked for by name, and one that is missing reads as NULL.
 */
struct rasdaemon_table {
	const char *name;
	const char *column[RASDAEMON_COLUMNS]; /* NULL ends them; result column 2 and up */
	enum event_kind kind;
	enum rasdaemon_verdict (*decode)(sqlite3_stmt *row, struct ras_event *e);
};

extern const struct rasdaemon_table rasdaemon_tables[RASDAEMON_TABLES];

/*
 * rasdaemon's time stamp, "2026-11-23 01:26:05 +0000", in nanoseconds since 1970; -1: it is none.
 * Local time with its own offset, whole seconds, and off by about one.
 */
int64_t rasdaemon_time(const char *text);

/*
 * Make an event of a row whose columns are id, timestamp and those of the table. real_ns is set,
 * boot id, catch-up and position are the caller's.
 */
enum rasdaemon_verdict rasdaemon_row(const struct rasdaemon_table *t, sqlite3_stmt *row,
				     struct ras_event *e);

/*
 * True if this word for the type of a page is right. rasdaemon has its own table of the kernel's
 * numbers, which is out of date: only types that have kept their number are named rightly.
 */
bool rasdaemon_page_type_is_right(const char *word);

/* rasdaemon's word for how bad an error of a memory controller is ("Corrected"). */
enum event_severity rasdaemon_severity(const char *word);
