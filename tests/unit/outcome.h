// SPDX-License-Identifier: LGPL-2.1-or-later
/* What injector_create() answered: the row, or why not. */
#pragma once

#include "inject/inject.h"
#include "journal/journal.h"

struct outcome {
	int n; /* answers */
	struct ras_err err;
	struct journal_row row;
};

static inline void on_done(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	struct outcome *o = arg;

	o->n++;
	if (err)
		o->err = *err;
	else
		o->row = *row;
}
