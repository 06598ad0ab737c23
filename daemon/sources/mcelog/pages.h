// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What mcelog has said of each page so far, to tell what is new in its next answer. A table of
 * fixed size; pages beyond it are counted, no more.
 */
#pragma once

#include "base/err.h"
#include "sources/mcelog/reply.h"

#define MCELOG_PAGES 8192u

struct mcelog_pages;

/* RAS_E_NOMEM. */
int mcelog_pages_new(struct mcelog_pages **out, struct ras_err *err);
void mcelog_pages_free(struct mcelog_pages *p);

struct mcelog_change {
	uint64_t errors; /* corrected errors since the answer before */
	bool offline;	 /* mcelog has taken it out of use since then */
	bool full;	 /* there is no place for this page: nothing is known of it */
};

/* What is new of this page. A page that is not known has all its errors new. */
struct mcelog_change mcelog_pages_note(struct mcelog_pages *p, const struct mcelog_page *page);
