// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel's log: its lines, and the hardware errors of firmware (GHES) in them. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sources/event.h"

#define GHES_OPEN_MAX 8 /* records whose lines are interleaved; there is one error source a CPU */
#define GHES_SECTIONS_MAX 8

/* One record of /dev/kmsg. */
struct kmsg_line {
	unsigned int facility; /* 0 = the kernel; no process can write that */
	uint64_t seq;
	int64_t log_ns; /* by the log's clock, see kmsg_time() */
	const char *text;
	size_t len;
};

/* Parse "PRIO,SEQ,USEC,FLAGS[,...];TEXT\n...". False: it is none. text points into buf. */
bool kmsg_line_parse(const char *buf, size_t len, struct kmsg_line *out);

/* One section of an error record. */
struct ghes_section {
	enum event_severity severity;
	enum event_kind kind;
	bool has_address;
	uint64_t address;
	uint64_t len_bytes; /* how much the address mask leaves open */
	char label[64];
	char type[40];
	char error[48];
};

/* The lines that begin with one number in braces. */
struct ghes_record {
	uint32_t number;
	uint64_t first_seq, last_seq; /* first_seq 0 and last_seq 0: not used */
	int64_t time_ns;	      /* CLOCK_BOOTTIME, see kmsg_time() */
	bool live;
	enum event_severity severity;
	size_t n_sections;
	bool in_section; /* its last one is what lines belong to now */
	struct ghes_section section[GHES_SECTIONS_MAX];
};

/* Records that are being put together. All zero: none. */
struct ghes_log {
	struct ghes_record open[GHES_OPEN_MAX];
	size_t n_open; /* the oldest first */
};

enum ghes_verdict {
	GHES_NOT_OURS,
	GHES_LINE,	/* a line of a record; it was taken */
	GHES_SUPPRESSED /* the kernel says how many records it has not printed: *suppressed */
};

/*
 * Take a line. A line of a record whose beginning was not seen is not ours. time_ns and live are
 * those of the line. Where a new record needs room that there is none, *full is set and nothing
 * was taken: take the oldest away and call again.
 */
enum ghes_verdict ghes_take(struct ghes_log *log, const struct kmsg_line *line, int64_t time_ns,
			    bool live, uint64_t *suppressed, bool *full);

/* Does it say enough to be an event, whatever lines may still come? */
bool ghes_is_useful(const struct ghes_record *r);

/* Section i as an event; source, position and the times but boot_ns are the caller's. */
void ghes_event(const struct ghes_record *r, size_t i, struct ras_event *out);

/* Take the oldest away. */
void ghes_drop(struct ghes_log *log);

/*
 * The log's clock compared with CLOCK_MONOTONIC, which stands still in suspend as it does; all zero
 * at first.
 */
struct kmsg_clock {
	int64_t log_ns, mono_ns; /* of the line before; 0 = none */
};

/*
 * The time of a line by CLOCK_BOOTTIME, never later than it was. It was read at now_mono_ns and
 * now_boot_ns; live means that it was read as soon as it came.
 */
int64_t kmsg_time(struct kmsg_clock *c, bool live, int64_t log_ns, int64_t now_mono_ns,
		  int64_t now_boot_ns);
