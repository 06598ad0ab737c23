// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One pass over rasdaemon's database: what is new in each table. Blocks on the disk, so it is
 * called from a thread.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "sources/event.h"
#include "sources/rasdaemon/cursor.h"
#include "sources/source.h"

enum pass_result {
	PASS_DONE,	 /* all is read; the next change of the file is news */
	PASS_MORE,	 /* there is more: come again */
	PASS_AGAIN,	 /* rasdaemon was writing: what was read is void */
	PASS_ABSENT,	 /* no such file */
	PASS_EMPTY,	 /* rasdaemon has made the file, but no table yet */
	PASS_UNREADABLE, /* not for this user */
	PASS_DAMAGED,	 /* no database, or one that is broken */
	PASS_FAILED	 /* the disk, memory, time */
};

/* What rasd keeps of the database between two passes. */
struct rasdaemon_db {
	const char *path; /* borrowed */
	struct rasdaemon_cursor cursor;
	int64_t boot_real_ns; /* when this boot began, by the wall clock */
	struct uuid boot_id;
	bool caught_up;			    /* a pass of this file was PASS_DONE */
	uint32_t since_s[RASDAEMON_TABLES]; /* rows that are older were seen; 0 = none */
	atomic_bool stop;		    /* a pass that is under way is to end */
};

/* What a pass found. */
struct rasdaemon_news {
	enum pass_result result;
	char why[160];
	uint64_t malformed;
	struct ras_event *event; /* event[n], of malloc */
	size_t n, room;
};

/* From a cursor as stored, "" = never. */
void rasdaemon_db_init(struct rasdaemon_db *db, const char *path, const char *position);

/*
 * Read at most RASDAEMON_PASS_ROWS of each table. The cursor moves over what news has, and stays
 * where the result is none of PASS_DONE and PASS_MORE.
 */
void rasdaemon_db_pass(struct rasdaemon_db *db, struct rasdaemon_news *news);
#define RASDAEMON_PASS_ROWS 256
