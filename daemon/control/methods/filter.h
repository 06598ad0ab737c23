// SPDX-License-Identifier: LGPL-2.1-or-later
/* injection.list and event.list: which rows, and where a page of them begins and ends. */
#pragma once

#include "control/methods/list.h"
#include "control/methods/methods.h"
#include "journal/journal.h"

/* Such a method. */
struct filter_kind {
	const char *state, *origin, *tag; /* its names for these columns; tag NULL: it has none */
	const char *head;		  /* of the answer: {"injections":[ */
	char letter;			  /* of its cursors: 'i', 'e' */
};

/* Its parameters, copied. */
struct filter {
	struct journal_page page;
	struct list list;
	struct journal *j;
	const struct filter_kind *kind;
	uint64_t digest; /* of what is filtered by */
	size_t used;
	char text[1024]; /* the words that page.filter borrows */
};

/*
 * Zeroed memory that begins with a struct filter, with the call's parameters: since_ns, until_ns,
 * limit, cursor and the columns of its kind. The caller frees it. NULL: the call is answered with
 * an error; RAS_E_PARAMS with the field, also for a cursor that is none, or of another list.
 */
void *filter_new(size_t size, struct rpc_call *c, json_object *params,
		 const struct filter_kind *kind);

/* Whether the slice or the page must end before one more row. */
bool filter_full(struct filter *f);

/* Write a row (borrowed); false over the buffer's cap or without memory. */
bool filter_row(struct filter *f, json_object *row);

/*
 * End a slice that enum page_end ended: enum rpc_slice, with the cursor of the rest where the page
 * is complete and there may be more; RAS_E_NOMEM.
 */
int filter_end(struct filter *f, int page_end, struct ras_err *err);
