// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A whole reply cut to its budget, on a worker thread: libvirt gives replies of up to 4 MiB in one
 * piece. What the loop gets is bounded as on QEMU's own socket, and has passed the gate.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "json/json.h"
#include "qmp/reader.h"

#define PIECE_BYTES ((size_t)16 << 10)

/* A new text {"return":...} of what is in value; NULL: no memory. Takes value. */
static char *as_reply(json_object *value)
{
	_json_ json_object *o = json_object_new_object();

	if (!o || !value || json_object_object_add(o, "return", value) < 0) {
		json_object_put(value);
		return NULL;
	}
	return strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
}

static int no_memory(struct ras_err *err)
{
	return ras_fail(err, RAS_E_NOMEM, "no memory for a monitor's reply");
}

/* The memory tree: fed to a reader as if it came from a socket. */
static int cut_flat_view(const char *text, size_t len, const struct reply_budget *b, char **out,
			 struct ras_err *err)
{
	struct wire w = { .fd = -1, .in = BUF_INIT(WIRE_IN_MAX) };
	struct reader r = { .place = READER_LINE };
	const char *line, *cut;
	size_t line_len, cut_len, at = 0;
	int rc = 0;

	while (rc == 0 && at <= len) {
		size_t n = len - at < PIECE_BYTES ? len - at : PIECE_BYTES;

		if (!buf_add(&w.in, text + at, n) || (at + n == len && !buf_add(&w.in, "\n", 1))) {
			rc = no_memory(err);
			break;
		}
		at += n + (at + n == len);
		rc = reader_line(&r, &w, b, &line, &line_len, err);
	}
	if (rc == 0)
		rc = reply_budget_broken(b, b->bytes, err);
	else if (rc > 0 && reader_text(&r, &cut, &cut_len))
		rc = (*out = as_reply(json_object_new_string_len(cut, (int)cut_len))) ?
			     0 :
			     no_memory(err);
	else if (rc > 0)
		rc = reply_budget_broken(b, b->bytes, err);
	reader_free(&r);
	buf_free(&w.in);
	return rc;
}

/* The end of the value at p, in text that has passed the gate: an object, up to its last brace. */
static const char *object_end(const char *p, const char *end)
{
	int depth = 0;

	for (bool in_string = false; p < end; p++) {
		if (in_string && *p == '\\')
			p++;
		else if (*p == '"')
			in_string = !in_string;
		else if (!in_string && (*p == '{' || *p == '['))
			depth++;
		else if (!in_string && (*p == '}' || *p == ']') && --depth == 0)
			return p + 1;
	}
	return end;
}

/* The first of a list of objects. */
static int cut_first(const char *text, size_t len, const struct reply_budget *b, char **out,
		     struct ras_err *err)
{
	static const char head[] = "{\"return\":";
	const char *p = text + sizeof(head) - 1, *end = text + len;
	size_t n_first;
	int r;

	if (len > JSON_MAX_BYTES)
		return reply_budget_broken(b, JSON_MAX_BYTES, err);
	r = json_gate(text, len, JSON_MAX_DEPTH, JSON_MAX_BYTES, err);
	if (r < 0)
		return r;
	/* The text is longer than the budget, and ends in a NUL. */
	if (strncmp(text, head, sizeof(head) - 1) != 0)
		return reply_budget_broken(b, b->bytes, err);
	p += strspn(p, " ");
	p += *p == '[';
	p += strspn(p, " ");
	n_first = *p == '{' ? (size_t)(object_end(p, end) - p) : b->bytes;
	if (n_first > b->bytes - sizeof("{\"return\":[]}"))
		return reply_budget_broken(b, b->bytes, err);
	*out = malloc(n_first + sizeof("{\"return\":[]}"));
	if (!*out)
		return no_memory(err);
	memcpy(*out, "{\"return\":[", 11);
	memcpy(*out + 11, p, n_first);
	memcpy(*out + 11 + n_first, "]}", 3);
	return 0;
}

int reply_cut(char **text, const char *command, struct ras_err *err)
{
	const struct reply_budget *b = &reply_budget_small;
	_json_ json_object *msg = NULL;
	json_object *args = NULL;
	const char *name = "";
	_free_ char *cut = NULL;
	size_t len = strlen(*text);
	int r = 0;

	if (json_parse(command, strlen(command), &msg, err) == 0 &&
	    json_get_str(msg, "execute", &name, NULL) == 0) {
		json_get_obj(msg, "arguments", &args, NULL);
		b = reply_budget_of(name, args);
	}
	if (len > b->bytes && b->flat_view)
		r = cut_flat_view(*text, len, b, &cut, err);
	else if (len > b->bytes && b->first_only)
		r = cut_first(*text, len, b, &cut, err);
	else if (len > b->bytes)
		return reply_budget_broken(b, b->bytes, err);
	if (r < 0)
		return r;
	if (cut) {
		free(*text);
		*text = TAKE(cut);
	}
	return reply_gate(*text, strlen(*text), b, err);
}
