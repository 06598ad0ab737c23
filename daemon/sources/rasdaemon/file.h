// SPDX-License-Identifier: LGPL-2.1-or-later
/* The files of rasdaemon's database from outside: what they are, and whether they were written. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "sources/rasdaemon/db.h"

/* By this a write between two looks is noticed. */
struct rasdaemon_file {
	uint64_t identity; /* of the inode and its birth */
	uint64_t size;
	struct timespec mtime, ctime;
	uint8_t counter[4]; /* sqlite's, of changes */
	bool wal;	    /* in WAL mode */
	bool writing;	    /* a transaction may be half-written, or was left so */
	bool empty;
};

/* PASS_DONE, or why it cannot be read and why[size]. */
enum pass_result rasdaemon_file_look(const char *path, struct rasdaemon_file *out, char *why,
				     size_t size);

/* Was nothing written between two looks? */
bool rasdaemon_file_same(const struct rasdaemon_file *a, const struct rasdaemon_file *b);
