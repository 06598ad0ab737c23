// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to lib/cperform. */
#pragma once

#include <string.h>

#include "base/hex.h"
#include "cperform/form.h"

/* Bytes for the caller. More than fit are counted. */
struct sink {
	uint8_t *out;
	size_t cap, len;
};

static inline void sink_byte(struct sink *s, uint8_t b)
{
	if (s->len < s->cap)
		s->out[s->len] = b;
	s->len++;
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool is_space(char c)
{
	return is_blank(c) || c == '\n' || c == '\r';
}

/* Fill *err (may be NULL) and return -1. */
int form_fail(struct cper_err *err, int code, size_t offset, const char *what);

/* Where needle is in text[len], upper and lower case alike; len if nowhere. */
size_t find_text(const char *text, size_t len, const char *needle);

/* The form of text[len], one of those whose records may stand in other text. */
int text_kind(const char *t, size_t len);

/* One piece by the reader of f->kind. 1, 0 or -1. */
int read_piece(struct cperform *f, struct sink *s, struct cperform_piece *p);

/* If a record of another form is before the first one of f->kind, that comes first. */
void part_before(struct cperform *f);

/* Is a record of another form between the last piece and the next one of this form? */
bool other_between(const struct cperform *f);

/* Go on behind the last piece with another form. 1; 0: there is none; -1: there are too many. */
int next_part(struct cperform *f, struct cper_err *err);

/* Take away what terminals, mail and chat put into text, in place. Bytes that are no text stay. */
void tidy_text(char *text, size_t *len);

/* A GUID anywhere in text[len]. */
bool find_guid(const char *text, size_t len, struct cper_guid *out);

/* How many digits of hex begin at text[0]. */
size_t hex_run(const char *text, size_t len);

/* The value of base64 (or base64url) digit c, or -1. */
int base64_digit(char c);

/*
 * Decode base64 from text[len] until its end, padding, or another character. Blanks, line ends and
 * the escapes \n, \r, \/ of JSON are passed over. Returns the bytes of text that were read.
 */
size_t base64_run(const char *text, size_t len, struct sink *s);

/*
 * Decode hex from text[len]: digits with blanks, line ends, colons, commas, 0x and \x between
 * pairs. Stops where something else begins. Returns the bytes of text that were read.
 */
size_t hex_text(const char *text, size_t len, struct sink *s);

/* Does a value of text[len] hold a record? As hex or base64; the bytes go to *s. */
bool record_in_text(const char *text, size_t len, struct sink *s);

/* Do p[len] begin as a UEFI record, or as a status block with an entry? */
bool begins_as_record(const uint8_t *p, size_t len);

/*
 * Where the next list of numbers begins, behind its bracket. "unsigned char record[280] = {": that
 * pair of brackets is no list. Text without brackets is one list; len if there is no more.
 */
size_t array_start(const char *text, size_t len, size_t pos);

/* The quote of a literal that begins as a record does, from pos on; len if there is none. */
size_t string_start(const char *text, size_t len, size_t pos);

/* Does text hold a dump, and of which kind? CPERFORM_AUTO if not. */
int dump_kind(const char *text, size_t len);

/* Rows of hex without an offset, and numbers of od, from f->pos on. False if there are none. */
bool rows_next(struct cperform *f, struct sink *s, size_t *at);
bool numbers_next(struct cperform *f, struct sink *s, size_t *at);

/* Where base64, or hex, of a record begins, from pos on; len if nowhere. */
size_t base64_start(const char *text, size_t len, size_t pos);
size_t hex_start(const char *text, size_t len, size_t pos);

/* The next piece of each group of forms. 1, 0 or -1 as cperform_next(). */
int dump_next(struct cperform *f, struct sink *s, struct cperform_piece *p);
int plain_next(struct cperform *f, struct sink *s, struct cperform_piece *p);
int source_next(struct cperform *f, struct sink *s, struct cperform_piece *p);
int json_next(struct cperform *f, struct sink *s, struct cperform_piece *p);

/* Which of the JSON kinds text is. */
int json_kind(const char *text, size_t len);
