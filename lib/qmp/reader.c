// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: the reply to "info mtree -f" may be megabytes on one line, of which a few lines matter,
 * and QEMU puts the id, which says whose reply it is, behind it.
 *
 * Rule: a line within its budget is put together whole. A longer one that begins as QEMU begins a
 * reply with a text, while such a text is due, is decoded as it comes and fed to flat_view.c. Of
 * the line only what is around the text is kept. qmp.c then sees a short reply with an id, and
 * refuses one that belongs to another command.
 *
 * Otherwise rasd would hold as many megabytes as there are guests that answer, and parse each of
 * them in one piece.
 */
#include "qmp/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "qmp/text.h"

#define TEXT_FROM_BYTES 4096 /* shorter texts are not worth it */

/* QEMU's own, and libvirt's. */
static const char *const text_head[] = { "{\"return\": \"", "{\"return\":\"" };
static const char line_head[] = "{\"return\": \"\"";

void reader_free(struct reader *r)
{
	flat_view_free(TAKE(r->view));
	r->place = READER_LINE;
}

bool reader_text(const struct reader *r, const char **text, size_t *len)
{
	if (r->place != READER_GIVEN)
		return false;
	*text = flat_view_end(r->view, len);
	return true;
}

static int not_json(struct ras_err *err)
{
	return ras_fail(err, RAS_E_MONITOR, "its monitor sent what is not JSON");
}

/* Where in the buffer the text begins that is cut; 0: the unfinished line in it has none. */
static size_t text_begin(const struct wire *w, const struct reply_budget *b)
{
	if (!b->flat_view || buf_len(&w->in) < TEXT_FROM_BYTES)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(text_head); i++)
		if (!strncmp(buf_data(&w->in), text_head[i], strlen(text_head[i])))
			return strlen(text_head[i]);
	return 0;
}

static bool feed(struct reader *r, char c)
{
	return flat_view_feed(r->view, &c, 1);
}

/*
 * What is behind a backslash. Names in a memory tree are ASCII: what is written as \uXXXX becomes
 * "?" and four digits, which fit no name.
 */
static bool escape(struct reader *r, char c)
{
	static const char from[] = "\"\\/bfnrtu", to[] = "\"\\/\b\f\n\r\t?";
	const char *at = c ? strchr(from, c) : NULL;

	return at && feed(r, to[at - from]);
}

/* How many bytes from p on stand for themselves. */
static size_t plain(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (unsigned char)p[i] >= 0x20 && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}

/* Feed what is in the buffer to the view, up to the closing quote. */
static int take_text(struct reader *r, struct wire *w, struct ras_err *err)
{
	const char *p = buf_data(&w->in), *end, *from = p;
	bool closed = false;

	if (!buf_len(&w->in))
		return 0; /* it may have no memory then */
	end = p + buf_len(&w->in);
	while (p < end && !closed) {
		size_t n = r->place == READER_TEXT ? plain(p, (size_t)(end - p)) : 0;

		if (n && !flat_view_feed(r->view, p, n))
			return reply_budget_broken(&reply_budget_flat_view, FLAT_VIEW_TEXT_MAX,
						   err);
		p += n;
		if (p == end)
			break;
		if (r->place == READER_TEXT_ESCAPE) {
			r->place = READER_TEXT;
			if (!escape(r, *p))
				return not_json(err);
		} else if (*p == '\\') {
			r->place = READER_TEXT_ESCAPE;
		} else if (*p == '"') {
			closed = true;
		} else {
			return not_json(err);
		}
		p++;
	}
	buf_drop(&w->in, (size_t)(p - from));
	if (closed)
		r->place = READER_TAIL;
	return 0;
}

static int begin_text(struct reader *r, struct wire *w, size_t head, struct ras_err *err)
{
	r->view = flat_view_new();
	if (!r->view)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a monitor's reply");
	r->place = READER_TEXT;
	buf_drop(&w->in, head);
	wire_rescan(w);
	return 0;
}

/* The rest of a line whose text was cut, as a line. */
static int with_head(struct reader *r, const char **line, size_t *len, struct ras_err *err)
{
	size_t head = sizeof(line_head) - 1;

	if (head + *len > sizeof(r->tail))
		return not_json(err);
	memcpy(r->tail, line_head, head);
	memcpy(r->tail + head, *line, *len);
	*line = r->tail;
	*len += head;
	r->place = READER_GIVEN;
	return 1;
}

int reader_line(struct reader *r, struct wire *w, const struct reply_budget *b, const char **line,
		size_t *len, struct ras_err *err)
{
	size_t head;
	int rc = 0;

	if (r->place == READER_GIVEN)
		reader_free(r);
	if (r->place == READER_LINE) {
		if (wire_next_line(w, line, len))
			return *len > b->bytes ? reply_budget_broken(b, b->bytes, err) : 1;
		head = text_begin(w, b);
		if (head)
			rc = begin_text(r, w, head, err);
		else if (buf_len(&w->in) > b->bytes)
			rc = reply_budget_broken(b, b->bytes, err);
	}
	if (rc == 0 && (r->place == READER_TEXT || r->place == READER_TEXT_ESCAPE))
		rc = take_text(r, w, err);
	if (rc < 0 || r->place != READER_TAIL)
		return rc;
	if (wire_next_line(w, line, len))
		return with_head(r, line, len, err);
	return buf_len(&w->in) > sizeof(r->tail) ? not_json(err) : 0;
}
