// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Several forms in one text: people paste a hexdump and base64, one behind the other. The reader of
 * one form passes over what it does not know, so a record of another form would be dropped in
 * silence. So the text before, between and behind the pieces of a form is looked at, too: where a
 * record of another form is in it, that text is a part of its own and is read first.
 */
#include "cper/record.h"
#include "cperform/private.h"

#define MAX_PARTS 64u /* of one text; each costs a look at all that follows */

/* Does text of this kind hold a block or a record? */
static bool holds_record(const char *t, size_t len, int kind)
{
	struct cperform look = { .in = t, .len = len, .kind = kind };
	struct cperform_piece p = { 0 };
	uint8_t first[64];
	struct sink s = { first, sizeof(first), 0 };

	return kind > CPERFORM_RAW && kind <= CPERFORM_QMP && read_piece(&look, &s, &p) > 0 &&
	       begins_as_record(first, s.len < sizeof(first) ? s.len : sizeof(first));
}

/*
 * The form of a record that stands between in[from] and the next piece of f's own form, which is at
 * *at. 0: there is none.
 */
static int other_before(const struct cperform *f, size_t from, size_t *at)
{
	struct cperform look = *f;
	struct sink none = { 0 };
	struct cperform_piece p = { 0 };
	int kind;

	if (read_piece(&look, &none, &p) <= 0 || p.at < from + CPER_BLOCK_SIZE)
		return 0;
	kind = text_kind(f->in + from, p.at - from);
	if (kind == f->kind || !holds_record(f->in + from, p.at - from, kind))
		return 0;
	*at = p.at;
	return kind;
}

void part_before(struct cperform *f)
{
	size_t at;
	int kind = other_before(f, 0, &at);

	if (kind) {
		f->kind = kind;
		f->len = at;
	}
}

bool other_between(const struct cperform *f)
{
	size_t at;

	return f->parts && f->end && other_before(f, f->end, &at);
}

int next_part(struct cperform *f, struct cper_err *err)
{
	struct cperform next = { .in = f->in + f->end,
				 .base = f->base + f->end,
				 .total = f->total - f->end,
				 .len = f->total - f->end,
				 .parts = f->parts + 1,
				 .event_severity = -1,
				 .entry_severity = -1 };

	if (!f->parts || !f->end || !next.len)
		return 0;
	next.kind = text_kind(next.in, next.len);
	if (!holds_record(next.in, next.len, next.kind))
		return 0;
	if (f->parts >= MAX_PARTS)
		return form_fail(err, CPER_FORM, next.base,
				 "the form changes too often: give the rest in another file");
	part_before(&next);
	*f = next;
	return 1;
}
