// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Shared by the measurements of bench/run-inject and run-libvirt: requests to rasd, and a bare
 * client that does what rasd does, with nothing of rasd's in it.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/uuid.h"
#include "bench/bare_page.h"
#include "bench/tool.h"

/* The line of an injection.create that waits, with a new request_id. */
const char *request(const char *domain, const char *gpa);
/* A corrected memory record of this address and FRU id; its length. */
size_t make_record(const char *gpa, const struct uuid *id, uint8_t *rec, size_t cap);

/* A database like rasd's journal, in dir, and one durable row in it. */
sqlite3_stmt *open_db(const char *dir);
void commit_row(sqlite3_stmt *st, const uint8_t *rec, size_t len);

/*
 * One record by QMP or into the page, until it is acknowledged; its time in ns. st NULL: no commit.
 * tight: look every 200 us, as a client does that wants only speed.
 */
int64_t bare(FILE *q, sqlite3_stmt *st, const char *gpa, const struct slot_at *at, bool tight);

/*
 * Records a second of rasd and of bare clients in turn; prints them. st NULL: the bare ones
 * commit nothing.
 */
void trains(FILE *rasd, FILE *q, sqlite3_stmt *st, const char *domain, const char *gpa,
	    const struct slot_at *at);
