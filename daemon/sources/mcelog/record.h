// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Records of mcelog's log file as events, in both of its forms: for people (the default) and raw
 * (`raw = yes`). Pure; lines may come in any pieces.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sources/event.h"
#include "sources/mce.h"

#define MCELOG_LOG_LINE_MAX 512

struct mcelog_record {
	/*
	 * e: its boot id and position are the receiver's. Whoever reads from line_at on again
	 * misses no record and gets none twice.
	 */
	void (*fn)(void *arg, struct ras_event *e);
	void *arg;
	uint64_t host_vendor; /* where a record does not say */
	uint64_t malformed;
	uint64_t at, line_at; /* offsets in the log: of the next byte, of the line that it is in */
	struct mce_registers mce;
	int64_t time_s;
	bool has_status;
	bool too_long; /* the line so far */
	size_t len;
	char line[MCELOG_LOG_LINE_MAX];
};

/* Begin at offset 0; host_vendor: X86_VENDOR_* of this host. */
void mcelog_record_begin(struct mcelog_record *r, uint64_t host_vendor,
			 void (*fn)(void *arg, struct ras_event *e), void *arg);

/* The next bytes of the log. A record is over where the next one begins, or a blank line is. */
void mcelog_record_feed(struct mcelog_record *r, const char *data, size_t len);

/* Nothing more has come for a while: the record that is there is whole. */
void mcelog_record_end(struct mcelog_record *r);
