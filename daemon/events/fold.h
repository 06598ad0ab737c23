// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Corrected errors by page, in a table of fixed size.
 *
 * The problem: one corrected error may be reported by several tracepoints and by the log, and a bad
 * DIMM may report a hundred thousand errors a second.
 * The rule: in a window of FOLD_NS of the kernel's clock, reports of one page by different
 * reporters are the same errors: the one that reports most counts. Reports of the same reporter are
 * different errors. Where the table is full and nothing in it can go, errors are counted without
 * their page. So no error is counted twice or forgotten, and a storm takes no more memory than
 * peace.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define FOLD_NS INT64_C(2000000000)
#define FOLD_PAGES 4096u
#define FOLD_REPORTERS 4u
#define FOLD_DAY_NS INT64_C(86400000000000)

/* One page. */
struct fold_page {
	uint64_t pfn;
	uint64_t hpa; /* of the latest error, the very byte where it is known */
	struct fold_window {
		int64_t begin_ns;
		uint32_t who[FOLD_REPORTERS];
		uint64_t n[FOLD_REPORTERS], most;
	} window;
	struct fold_day {
		int64_t begin_ns;
		uint64_t n;
		bool told; /* the threshold was acted on in this day */
	} day;
	uint64_t pending;	   /* errors that are not in the journal */
	int64_t first_ns, last_ns; /* of those that are pending, boot clock */
	struct fold_from {
		const char *source; /* of the latest */
		int64_t real_ns;
		bool catch_up;
	} from;
	struct fold_owner {
		char domain[64]; /* who had the page when it was last asked for, "" = nobody */
		pid_t pid;
		uint64_t start_time;
		int64_t since_ns; /* it has been the same since then */
		uint8_t failures; /* it could not be found out, so often in a row */
	} owner;
	int64_t row_ns; /* when the journal got the last row, 0 = never */
	bool busy;	/* somebody works with it: it stays where it is */
	bool used;
	uint16_t next;		      /* in its hash chain; FOLD_PAGES: the last */
	struct fold_page *queue_next; /* in the list of those with pending errors */
	bool queued;
	char label[64];
};

struct fold;

/* RAS_E_NOMEM. */
int fold_new(struct fold **out, struct ras_err *err);
void fold_free(struct fold *f);

/* Who reports: a number for a source and what it read from. */
uint32_t fold_who(const char *source, const char *report);

/*
 * count errors of page pfn at hpa, by who, at now_ns of the boot clock. Returns how many of them
 * are new. The page (NULL: counted without it) is queued if it has pending errors.
 */
uint64_t fold_add(struct fold *f, uint64_t pfn, uint64_t hpa, uint32_t who, int64_t now_ns,
		  uint64_t count, struct fold_page **page);

/* What an earlier life counted of a page in its day. Nothing of it is pending. */
void fold_remember(struct fold *f, uint64_t pfn, const struct fold_day *day);

/* The page, NULL where it is not in the table. */
struct fold_page *fold_find(struct fold *f, uint64_t pfn);

/* The page that waits longest and is not busy, out of the queue; NULL: none. */
struct fold_page *fold_next(struct fold *f);
/* Back to the end of the queue, if it has pending errors. */
void fold_again(struct fold *f, struct fold_page *p);
bool fold_idle(const struct fold *f);

/* Errors counted without their page since it was last asked. */
uint64_t fold_take_overflow(struct fold *f);
/* Pages in the table. */
size_t fold_pages(const struct fold *f);
