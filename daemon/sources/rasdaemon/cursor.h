// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How far rasdaemon's database was read.
 *
 * Problem: `id` is no serial number. An administrator may delete rows or replace the file, and
 * sqlite uses the ids of deleted rows again. A reader that only knows "read up to 5" would skip
 * new rows or read old ones once more.
 * Rule: a table's place is the id of the last row and a sum over what it holds. If that id is now
 * another row's, or nothing is there from that id on, the table is read from its beginning; rows
 * that are older than the newest one seen are then left out, unless the file is another.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sources/event.h"
#include "sources/rasdaemon/row.h"

struct rasdaemon_place {
	uint32_t id;	/* 0: nothing was read */
	uint16_t stamp; /* a sum over the row, 0: not known */
};

struct rasdaemon_cursor {
	bool known;	   /* false: this database was never read */
	uint32_t file;	   /* which file it is: low bits of rasdaemon_file.identity */
	uint32_t newest_s; /* the newest time seen, seconds since 1970 */
	struct rasdaemon_place place[RASDAEMON_TABLES];
};

/* As text for struct ras_event.position. */
void rasdaemon_cursor_format(const struct rasdaemon_cursor *c, char out[EVENT_POSITION_SIZE]);

/* The reverse. What is no such text, "" too, gives a cursor that is not known. */
void rasdaemon_cursor_parse(const char *text, struct rasdaemon_cursor *out);
