// SPDX-License-Identifier: LGPL-2.1-or-later
/* Rows of the journal as rasctl log shows them. */
#pragma once

#include <json-c/json.h>

#include "cli/rasctl.h"

struct log_rows {
	const struct options *o;
	bool host;	/* of event.list, not of injection.list */
	bool has_begun; /* the head is printed */
	int dropped;	/* columns for which there is no room on this terminal */
};

/* Print rows (an array), the head before the first ones; with -o json an object a line. */
void log_rows_print(struct log_rows *l, json_object *rows, bool oldest_first);

/* The list is complete: one without rows has a head, too. */
void log_rows_end(struct log_rows *l);
