// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lines are put together one at a time. Kept are: the head of each view of the address space
 * "memory" (a second one must be refused by the parser, so it is kept, too), then of its lines all
 * but those that are surely of another kind than RAM and ROM, up to the empty line. A line that is
 * too long for any that QEMU writes is kept cut, so that the parser refuses it where it matters.
 */
#include "qmp/flat_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "qmp/mtree.h"
#include "qmp/text.h"

#define LINE_MAX_BYTES 512 /* the longest of a real QEMU has 92 */

/* In place of what has no room: no line of a view. */
static const char unfit[] = "?\n";

enum where { OUTSIDE, IN_HEAD, IN_OUR_HEAD, IN_OUR_VIEW };

struct flat_view {
	enum where where;
	bool full; /* kept has no room for the next line, or there was no memory */
	size_t n_fed;
	size_t len; /* of line */
	char line[LINE_MAX_BYTES];
	struct buf kept;
};

struct flat_view *flat_view_new(void)
{
	struct flat_view *v = calloc(1, sizeof(*v));

	if (v)
		v->kept = BUF_INIT(FLAT_VIEW_KEPT_MAX + sizeof(unfit));
	return v;
}

void flat_view_free(struct flat_view *v)
{
	if (!v)
		return;
	buf_free(&v->kept);
	free(v);
}

static void keep(struct flat_view *v, struct span line)
{
	if (v->full || buf_len(&v->kept) + line.len + 1 > FLAT_VIEW_KEPT_MAX ||
	    !buf_add(&v->kept, line.p, line.len) || !buf_add(&v->kept, "\n", 1))
		v->full = true;
}

static void keep_word(struct flat_view *v, const char *word)
{
	keep(v, (struct span){ word, strlen(word) });
}

/* The same steps as choose_view() of mtree.c. */
static void take_line(struct flat_view *v)
{
	struct span rest = { v->line, v->len }, line;

	v->len = 0;
	if (!text_line(&rest, &line)) /* takes the blanks at its end off */
		line = (struct span){ v->line, 0 };
	if (v->where == IN_OUR_VIEW && line.len) {
		if (!qmp_mtree_line_is_other(line.p, line.len))
			keep(v, line);
	} else if (v->where == IN_OUR_VIEW) {
		keep(v, line);
		v->where = OUTSIDE;
	}
	rest = line;
	if (text_skip(&rest, "FlatView #")) {
		v->where = v->where == IN_OUR_VIEW ? IN_OUR_VIEW : IN_HEAD;
	} else if (v->where == IN_HEAD && text_equal(line, QMP_MTREE_MEMORY)) {
		v->where = IN_OUR_HEAD;
	} else if ((v->where == IN_HEAD || v->where == IN_OUR_HEAD) &&
		   text_skip(&rest, QMP_MTREE_ROOT)) {
		if (v->where == IN_OUR_HEAD) {
			keep_word(v, "FlatView #0");
			keep_word(v, QMP_MTREE_MEMORY);
			keep_word(v, QMP_MTREE_ROOT);
		}
		v->where = v->where == IN_OUR_HEAD ? IN_OUR_VIEW : OUTSIDE;
	}
}

bool flat_view_feed(struct flat_view *v, const char *text, size_t n)
{
	v->n_fed += n;
	if (v->n_fed > FLAT_VIEW_TEXT_MAX)
		return false;
	while (n) {
		const char *nl = memchr(text, '\n', n);
		size_t part = nl ? (size_t)(nl - text) : n, room = LINE_MAX_BYTES - v->len;

		memcpy(v->line + v->len, text, part < room ? part : room);
		v->len += part < room ? part : room;
		text += part;
		n -= part;
		if (nl) {
			take_line(v);
			text++;
			n--;
		}
	}
	return true;
}

const char *flat_view_end(struct flat_view *v, size_t *len)
{
	if (v->len)
		take_line(v);
	if (v->full)
		buf_add(&v->kept, unfit, sizeof(unfit) - 1);
	*len = buf_len(&v->kept);
	return *len ? buf_data(&v->kept) : "";
}
