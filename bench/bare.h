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
#include <sys/types.h>

#include "base/uuid.h"

/* Where the guest's status block and read-ack register are in QEMU's memory. */
struct slot_at {
	int mem;
	off_t block, ack;
};

/* Prints what and errno, and ends the program. */
_Noreturn void die(const char *what);
FILE *dial(const char *path);
/* Send one line and return the answer's line. QMP events are skipped. */
const char *ask(FILE *f, const char *line);
/* The line of an injection.create that waits, with a new request_id. */
const char *request(const char *domain, const char *gpa);
/* Records go into a page that is shared with the guest, and are urgent then (bare_page.c). */
extern bool bare_by_page;
/* An urgent record that has no effect; its length. */
size_t make_urgent(const struct uuid *id, uint8_t *rec, size_t cap);
/* The parameters of such a record for injection.create. */
void urgent_words(char *out, size_t size);
/* Write it into the page, as rasd does, and send an NMI. */
void send_by_page(FILE *q, const struct slot_at *at, const uint8_t *rec, size_t len);
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

/* For qsort() of double. */
int by_value(const void *a, const void *b);
double median(double *v, int n);
/* Prints p10, median and p90 of v (sorted then); returns the median. */
double show(const char *what, double *v, size_t n);

/*
 * Records a second of rasd and of bare clients, turn by turn; prints them. st NULL: the bare ones
 * commit nothing.
 */
void trains(FILE *rasd, FILE *q, sqlite3_stmt *st, const char *domain, const char *gpa,
	    const struct slot_at *at);
