// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A long list in pages, newest first: injections, or decided host events, that pass a filter.
 *
 * A page costs the same whatever it is asked for. So it may end early, with fewer rows than were
 * wanted or none, where many rows had to be passed over; the reader goes on from where it ended.
 * That place is a time and a number, not a row: it is good over restarts of rasd, rows that are
 * added, and rows that retention deletes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct host_event;
struct journal;
struct journal_row;
struct ras_err;

#define JOURNAL_FILTER_WORDS 16

/* Any of these; none: whatever it is. Borrowed. */
struct journal_words {
	size_t n;
	const char *v[JOURNAL_FILTER_WORDS];
};

/* What is listed. Strings are borrowed; NULL: whatever it is. */
struct journal_filter {
	struct journal_words domain, tag; /* host events have no tag */
	struct journal_words state;	  /* of host events: the decision */
	struct journal_words severity;
	struct journal_words origin; /* of host events: the source */
	int64_t since_ns, until_ns;  /* from the one to before the other; 0: without limit */
};

/* Only what is older than that is yet to come. */
struct journal_mark {
	int64_t time_ns; /* created; of host events: decided */
	int64_t row;	 /* of two with the same time */
};

struct journal_page {
	struct journal_filter filter;
	struct journal_mark at;
	size_t looks; /* look-ups in indexes that it may still take */
};

/* How many look-ups a page may take: 2 to 3 us each. */
#define JOURNAL_PAGE_LOOKS 1000u

enum page_end {
	PAGE_END,     /* there is nothing more */
	PAGE_STOPPED, /* fn said so: its row comes next */
	PAGE_SLICE,   /* enough for now: go on, when others had their share of the loop */
	PAGE_SPENT    /* no look-ups are left; there may be more */
};

/* Set at and looks for the first page of a list with that filter. */
void journal_page_begin(struct journal_page *p);

/*
 * Call fn for each row behind p->at, which is moved on. Returns how it ended, or RAS_E_JOURNAL. fn
 * returns non-zero to stop before the row that it was given.
 */
int journal_page(struct journal *j, struct journal_page *p,
		 int (*fn)(void *arg, const struct journal_row *row), void *arg,
		 struct ras_err *err);
int journal_host_page(struct journal *j, struct journal_page *p,
		      int (*fn)(void *arg, const struct host_event *e), void *arg,
		      struct ras_err *err);
