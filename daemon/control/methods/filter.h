// SPDX-License-Identifier: LGPL-2.1-or-later
/* injection.list and event.list: which rows, and where a page of them begins and ends. */
#pragma once

#include "control/methods/list.h"
#include "journal/journal.h"

/* The parameters of such a method, copied. */
struct filter {
	struct journal_page page;
	struct list list;
	const struct journal *j;
	const char *head; /* of the answer: {"injections":[ */
	uint64_t digest;  /* of what is filtered by */
	char kind;	  /* of its cursors: 'i', 'e' */
	size_t used;
	char text[1024]; /* the words that page.filter borrows */
};

/*
 * Read the parameters: since_ns, until_ns, limit, cursor and those that names[] has for the columns
 * of a filter. RAS_E_PARAMS with the field, also for a cursor that is none, or of another list.
 */
struct filter_names {
	const char *state, *origin, *tag; /* tag NULL: it has none */
};
int filter_read(struct filter *f, json_object *params, const struct filter_names *names,
		struct ras_err *err);

/* Whether the slice or the page must end before one more row. */
bool filter_full(struct filter *f);

/* Write a row (borrowed); false over the buffer's cap or without memory. */
bool filter_row(struct filter *f, json_object *row);

/*
 * End a slice that enum page_end ended: enum rpc_slice, with the cursor of the rest where the page
 * is complete and there may be more; RAS_E_NOMEM.
 */
int filter_end(struct filter *f, int page_end, struct ras_err *err);
