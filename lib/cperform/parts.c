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

void part_before(struct cperform *f)
{
	struct sink none = { NULL, 0, 0 };
	struct cperform_piece p = { 0 };
	struct cperform look = *f;
	int kind;

	if (read_piece(&look, &none, &p) <= 0 || p.at < CPER_BLOCK_SIZE)
		return;
	kind = text_kind(f->in, p.at);
	if (kind == f->kind || !holds_record(f->in, p.at, kind))
		return;
	f->kind = kind;
	f->len = p.at;
}

bool other_between(const struct cperform *f)
{
	struct cperform look = *f;
	struct sink none = { 0 };
	struct cperform_piece p = { .severity = -1, .block_severity = -1 };
	const char *gap = f->in + f->end;
	int kind;

	if (!f->parts || !f->end || read_piece(&look, &none, &p) <= 0 ||
	    p.at < f->end + CPER_BLOCK_SIZE)
		return false;
	kind = text_kind(gap, p.at - f->end);
	return kind != f->kind && holds_record(gap, p.at - f->end, kind);
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
