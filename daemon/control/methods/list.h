// SPDX-License-Identifier: LGPL-2.1-or-later
/* Rows of a long answer, written as text: as json-c values a thousand would take megabytes. */
#pragma once

#include "base/buf.h"
#include "control/rpc.h"
#include "json/json.h"

/* Append text, or o (borrowed) as text; false over the buffer's cap or out of memory. */
bool list_put(struct buf *b, const char *text);
bool list_put_json(struct buf *b, json_object *o);

/* A list that is made in slices. Each slice asks the journal for the rows behind the last one. */
struct list {
	size_t left, n; /* rows that may follow, and that were written */
	/* the slice that is being made */
	struct buf *out;
	int64_t start_ns;
	size_t rows;
	bool ok, over;
};

/* Begin a slice, which is appended to out (borrowed until it ends). */
void list_begin(struct list *l, struct buf *out);

/* Whether the slice must end before one more row. Then there is a slice behind it. */
bool list_full(struct list *l);

/* Write a row (borrowed), the first one behind head; false over the buffer's cap or no memory. */
bool list_row(struct list *l, const char *head, json_object *row);

/* End a slice: enum rpc_slice, the list with tail where nothing follows; RAS_E_NOMEM. */
int list_end(struct list *l, const char *tail, struct ras_err *err);
