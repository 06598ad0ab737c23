// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to lib/qmp: a monitor's bytes as lines within their budgets. See reader.c. */
#pragma once

#include "qmp/budget.h"
#include "qmp/flat_view.h"
#include "qmp/wire.h"

enum reader_place {
	READER_LINE,	    /* the line is put together in the wire's buffer */
	READER_TEXT,	    /* inside a text that is cut as it comes */
	READER_TEXT_ESCAPE, /* behind a backslash in it */
	READER_TAIL,	    /* behind the text, the rest of its line */
	READER_GIVEN	    /* that line was given to the caller */
};

struct reader {
	enum reader_place place;
	struct flat_view *view; /* owned; of the line of places after READER_LINE */
	char tail[256];		/* in place of the line: what was around the text */
};

/*
 * The next line from what the wire has read. 1: *line (len bytes) is valid until the next call. If
 * reader_text() gives a text, the line's "return" is "" in place of it. 0: read more first.
 * RAS_E_MONITOR: over budget b, or not JSON. RAS_E_NOMEM.
 */
int reader_line(struct reader *r, struct wire *w, const struct reply_budget *b, const char **line,
		size_t *len, struct ras_err *err);

/* The cut text of the line that reader_line() gave last. False: it had none. */
bool reader_text(const struct reader *r, const char **text, size_t *len);

/* Inside a line of which no byte may be in the buffer. */
static inline bool reader_in_line(const struct reader *r)
{
	return r->place != READER_LINE && r->place != READER_GIVEN;
}

/* Forget the line that it is in, and free its text. */
void reader_free(struct reader *r);
