// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A cursor is text that means nothing to its reader: which list, which journal, what it was
 * filtered by, and the place behind its last row, with a sum over all of it.
 *
 * Problem: a cursor of another journal or of other parameters, or one that was cut, names some
 * place all the same, and the reader would get a list that silently misses rows.
 * Rule: whatever is not exactly a cursor of this list is an error. (It is no secret: who makes one
 * up reads only what he may read anyway.)
 */
#include "control/methods/filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"

#define LIMIT 100
#define LIMIT_MAX 1000
#define CURSOR_LEN 65 /* kind, 8 digits, 3 times 16, 8 of the sum */
#define FNV_START 0xcbf29ce484222325

/* FNV-1a, with the NUL. */
static uint64_t hash(uint64_t h, const char *s)
{
	do
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	while (*s++);
	return h;
}

/* A word for the filter; it is part of the digest. */
static int add_word(struct filter *f, struct journal_words *w, const char *name, const char *word,
		    struct ras_err *err)
{
	size_t len = strlen(word) + 1;

	if (w->n == JOURNAL_FILTER_WORDS || len > sizeof(f->text) - f->used) {
		ras_fail(err, RAS_E_PARAMS, "\"%s\" is too long", name);
		return ras_field(err, "%s", name);
	}
	w->v[w->n++] = memcpy(f->text + f->used, word, len);
	f->used += len;
	f->digest = hash(hash(f->digest, name), word);
	return 0;
}

static int read_word(struct filter *f, json_object *params, const char *name,
		     struct journal_words *out, struct ras_err *err)
{
	const char *word = "";
	int r = json_opt_str(params, name, &word, err);

	return r == 0 && word[0] ? add_word(f, out, name, word, err) : r;
}

/* What it holds was checked (control/check.c). */
static int read_words(struct filter *f, json_object *params, const char *name,
		      struct journal_words *out, struct ras_err *err)
{
	json_object *list = NULL;
	int r = 0;

	if (!json_object_object_get_ex(params, name, &list))
		return 0;
	for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++)
		r = add_word(f, out, name,
			     json_object_get_string(json_object_array_get_idx(list, i)), err);
	return r;
}

static int read_time(struct filter *f, json_object *params, const char *name, int64_t *out,
		     struct ras_err *err)
{
	uint64_t ns = 0;
	char text[24];
	int r = json_opt_u64(params, name, 0, INT64_MAX, &ns, err);

	*out = (int64_t)ns;
	snprintf(text, sizeof(text), "%" PRIu64, ns);
	f->digest = hash(hash(f->digest, name), text);
	return r;
}

static uint32_t journal_number(const struct filter *f)
{
	const struct uuid id = journal_identity(f->j);

	return (uint32_t)id.b[0] << 24 | (uint32_t)id.b[1] << 16 | (uint32_t)id.b[2] << 8 | id.b[3];
}

static void put_cursor(const struct filter *f, char out[CURSOR_LEN + 1])
{
	int n = snprintf(out, CURSOR_LEN + 1, "%c%08x%016" PRIx64 "%016" PRIx64 "%016" PRIx64,
			 f->kind->letter, journal_number(f), f->digest,
			 (uint64_t)f->page.at.time_ns, (uint64_t)f->page.at.row);

	snprintf(out + n, (size_t)(CURSOR_LEN + 1 - n), "%08x",
		 (unsigned int)(hash(FNV_START, out) & 0xffffffff));
}

static int bad_cursor(const char *why, struct ras_err *err)
{
	ras_fail(err, RAS_E_PARAMS, "this is no cursor of this list: %s", why);
	ras_hint(err, "give \"next\" of the answer before, with the same parameters");
	return ras_field(err, "cursor");
}

static int read_cursor(struct filter *f, const char *text, struct ras_err *err)
{
	unsigned int number, sum;
	uint64_t digest, time, row;
	char again[CURSOR_LEN + 1];
	struct journal_mark mark;

	if (strlen(text) != CURSOR_LEN || strspn(text + 1, "0123456789abcdef") != CURSOR_LEN - 1 ||
	    sscanf(text + 1, "%8x%16" SCNx64 "%16" SCNx64 "%16" SCNx64 "%8x", &number, &digest,
		   &time, &row, &sum) != 5)
		return bad_cursor("it has another form", err);
	if (text[0] != f->kind->letter)
		return bad_cursor("it is of another method", err);
	if (number != journal_number(f))
		return bad_cursor("it is of another journal", err);
	if (digest != f->digest)
		return bad_cursor("the other parameters are not those of that list", err);
	mark = f->page.at;
	f->page.at = (struct journal_mark){ (int64_t)time, (int64_t)row };
	put_cursor(f, again);
	if (strcmp(again, text) == 0)
		return 0;
	f->page.at = mark;
	return bad_cursor("it was changed", err);
}

static int read_params(struct filter *f, json_object *params, struct ras_err *err)
{
	const struct filter_kind *names = f->kind;
	struct journal_filter *w = &f->page.filter;
	const char *cursor = "";
	uint64_t limit = LIMIT;

	f->digest = FNV_START;
	if (read_word(f, params, "domain", &w->domain, err) < 0 ||
	    read_words(f, params, names->state, &w->state, err) < 0 ||
	    read_words(f, params, "severity", &w->severity, err) < 0 ||
	    read_word(f, params, names->origin, &w->origin, err) < 0 ||
	    (names->tag && read_word(f, params, names->tag, &w->tag, err) < 0) ||
	    read_time(f, params, "since_ns", &w->since_ns, err) < 0 ||
	    read_time(f, params, "until_ns", &w->until_ns, err) < 0 ||
	    json_opt_u64(params, "limit", 1, LIMIT_MAX, &limit, err) < 0 ||
	    json_opt_str(params, "cursor", &cursor, err) < 0)
		return -err->code;
	f->list.left = (size_t)limit;
	journal_page_begin(&f->page);
	return cursor[0] ? read_cursor(f, cursor, err) : 0;
}

void *filter_new(size_t size, struct rpc_call *c, json_object *params,
		 const struct filter_kind *kind)
{
	struct filter *f = calloc(1, size);
	struct ras_err err;

	if (!f) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(c, &err);
		return NULL;
	}
	f->j = ((struct daemon *)rpc_call_user(c))->journal;
	f->kind = kind;
	if (read_params(f, params, &err) == 0)
		return f;
	free(f);
	rpc_reply_error(c, &err);
	return NULL;
}

bool filter_full(struct filter *f)
{
	return !f->list.left || list_full(&f->list);
}

bool filter_row(struct filter *f, json_object *row)
{
	return list_row(&f->list, f->kind->head, row);
}

int filter_end(struct filter *f, int page_end, struct ras_err *err)
{
	char tail[CURSOR_LEN + 32] = "]}", cursor[CURSOR_LEN + 1];

	f->list.over = page_end == PAGE_SLICE || (page_end == PAGE_STOPPED && f->list.left);
	if (page_end != PAGE_END) {
		put_cursor(f, cursor);
		snprintf(tail, sizeof(tail), "],\"next\":\"%s\"}", cursor);
	}
	if (f->list.ok && !f->list.over && !f->list.n)
		f->list.ok = list_put(f->list.out, f->kind->head);
	return list_end(&f->list, tail, err);
}
