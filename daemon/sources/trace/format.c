// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * The kernel changes its events: fields come, go and move, and numbers of enumerations are given
 * again. So nothing is taken from a table of ours. Each event's own format file says where its
 * fields are, and the words for its numbers stand in its print format.
 *
 * The text is treated as hostile: every number and length in it is bounded, and a text that is not
 * understood is refused as a whole. libtraceevent is not used for it: its parser of print formats
 * (all of C's expressions) crashes on texts with a few bytes changed. We need one thing of a print
 * format, the pairs of __print_symbolic(), and find them by scanning. A test
 * (tests/unit/test_trace_format.c) compares what both make of the kernels' real formats.
 */
#include "sources/trace/format.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "sources/event.h"

#define RECORD_MAX 65535 /* offsets inside a record are 16 bits */

/* A stretch of text. */
struct span {
	const char *at, *end;
};

static bool span_skip(struct span *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
		return false;
	s->at += n;
	return true;
}

static void span_blanks(struct span *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n'))
		s->at++;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* A number of at most max: decimal, or hex after 0x. */
static bool span_number(struct span *s, uint64_t max, uint64_t *out)
{
	unsigned int base = span_skip(s, "0x") ? 16 : 10;
	size_t n = num_leading(s->at, (size_t)(s->end - s->at), base, max, out);

	s->at += n;
	return n;
}

static struct span next_line(struct span *text)
{
	const char *nl = memchr(text->at, '\n', (size_t)(text->end - text->at));
	struct span line = { text->at, nl ? nl : text->end };

	text->at = nl ? nl + 1 : text->end;
	return line;
}

/* "\tKEY:N;" */
static bool member(struct span *line, const char *key, uint64_t max, uint64_t *out)
{
	span_blanks(line);
	return span_skip(line, key) && span_skip(line, ":") && span_number(line, max, out) &&
	       span_skip(line, ";");
}

/* The declaration of a field, "__data_loc char[] msg" or "u32 tlp_header[4]": kind and name. */
static bool declaration(struct span d, struct trace_field *f)
{
	const char *end = d.end, *at;

	if (span_skip(&d, "__data_loc "))
		f->kind = TRACE_FIELD_DATA_LOC;
	else if (span_skip(&d, "__rel_loc "))
		f->kind = TRACE_FIELD_REL_LOC;
	if (end > d.at && end[-1] == ']') {
		while (end > d.at && *end != '[')
			end--;
	}
	for (at = end; at > d.at && is_name(at[-1]); at--)
		;
	if (at == end || at == d.at || (size_t)(end - at) >= sizeof(f->name))
		return false;
	memcpy(f->name, at, (size_t)(end - at));
	return true;
}

/* "\tfield:DECLARATION;\toffset:N;\tsize:N;\tsigned:N;" without the word "field:". */
static bool field_line(struct span line, struct trace_field *out)
{
	const char *semi = memchr(line.at, ';', (size_t)(line.end - line.at));
	uint64_t offset, size, is_signed = 0;
	struct trace_field f;

	memset(&f, 0, sizeof(f));
	if (!semi)
		return false;
	span_blanks(&line);
	if (line.at >= semi || !declaration((struct span){ line.at, semi }, &f))
		return false;
	line.at = semi + 1;
	if (!member(&line, "offset", RECORD_MAX, &offset) ||
	    !member(&line, "size", RECORD_MAX, &size) || offset + size > RECORD_MAX)
		return false;
	member(&line, "signed", 1, &is_signed);
	f.offset = (uint16_t)offset;
	f.size = (uint16_t)size;
	f.is_signed = is_signed;
	if (f.kind != TRACE_FIELD_PLAIN && f.size != 4)
		return false;
	*out = f;
	return true;
}

static bool header_line(struct span line, struct trace_format *f)
{
	uint64_t id;

	if (span_skip(&line, "name: ")) {
		if (line.at == line.end || (size_t)(line.end - line.at) >= sizeof(f->name))
			return false;
		event_text(f->name, sizeof(f->name), line.at, (size_t)(line.end - line.at));
	} else if (span_skip(&line, "ID: ")) {
		if (!span_number(&line, UINT16_MAX, &id))
			return false;
		f->id = (uint16_t)id;
	}
	return true;
}

static bool take_line(struct span line, struct trace_format *f)
{
	if (line.at == line.end || *line.at != '\t')
		return header_line(line, f);
	span_blanks(&line);
	if (!span_skip(&line, "field:"))
		return true;
	if (f->n_fields == TRACE_FIELDS_MAX)
		return false;
	return field_line(line, &f->field[f->n_fields]) && ++f->n_fields;
}

int trace_format_parse(struct trace_format *out, const char *text, size_t len, struct ras_err *err)
{
	struct span s = { text, text + len };
	const struct trace_field *type;
	struct trace_format f;

	memset(&f, 0, sizeof(f));
	if (len > TRACE_FORMAT_MAX || memchr(text, '\0', len))
		return ras_fail(err, RAS_E_PARSE, "not an event's format: %zu bytes", len);
	while (s.at < s.end && !span_skip(&s, "print fmt: "))
		if (!take_line(next_line(&s), &f))
			return ras_fail(err, RAS_E_PARSE, "not understood in the format of %s",
					f.name[0] ? f.name : "an event");
	type = trace_format_field(&f, "common_type");
	if (!f.name[0] || !type || type->offset != 0 || type->size != 2)
		return ras_fail(err, RAS_E_PARSE, "not an event's format: no name or common_type");
	f.print_fmt = strndup(s.at, (size_t)(s.end - s.at));
	if (!f.print_fmt)
		return ras_fail(err, RAS_E_NOMEM, "no memory for an event's format");
	*out = f;
	return 0;
}

void trace_format_clear(struct trace_format *f)
{
	free(f->print_fmt);
	memset(f, 0, sizeof(*f));
}

const struct trace_field *trace_format_field(const struct trace_format *f, const char *name)
{
	for (size_t i = 0; i < f->n_fields; i++)
		if (strcmp(f->field[i].name, name) == 0)
			return &f->field[i];
	return NULL;
}

/* "...": its bytes, without escapes undone. */
static bool quoted(struct span *s, struct span *out)
{
	if (!span_skip(s, "\""))
		return false;
	out->at = s->at;
	while (s->at < s->end && *s->at != '"')
		s->at += *s->at == '\\' && s->at + 1 < s->end ? 2 : 1;
	out->end = s->at;
	return span_skip(s, "\"");
}

/* "{ N, "WORD" }", after the brace. An N that is no number stands for no value. */
static bool pair(struct span *s, int64_t *value, bool *is_number, struct span *word)
{
	uint64_t n = 0;
	bool negative;

	span_blanks(s);
	negative = span_skip(s, "-");
	*is_number = span_number(s, INT64_MAX, &n);
	*value = negative ? -(int64_t)n : (int64_t)n;
	for (; s->at < s->end && *s->at != ',' && *s->at != '}' && *s->at != '"'; s->at++)
		if (*s->at != ' ')
			*is_number = false; /* "1 << 3", "FOO" */
	if (!span_skip(s, ","))
		return false;
	span_blanks(s);
	if (!quoted(s, word))
		return false;
	span_blanks(s);
	return span_skip(s, "}");
}

bool trace_format_word(const struct trace_format *f, const char *field, int64_t value, char *out,
		       size_t size)
{
	static const char call[] = "__print_symbolic(REC->";
	const char *at = f->print_fmt;

	for (; at && (at = strstr(at, call)); at++) {
		struct span s = { at + strlen(call), at + strlen(at) }, word;
		bool is_number;
		int64_t v;

		if (!span_skip(&s, field) || !span_skip(&s, ","))
			continue;
		for (span_blanks(&s); span_skip(&s, "{") && pair(&s, &v, &is_number, &word);) {
			if (is_number && v == value) {
				event_text(out, size, word.at, (size_t)(word.end - word.at));
				return true;
			}
			span_blanks(&s);
			if (!span_skip(&s, ","))
				break;
			span_blanks(&s);
		}
	}
	return false;
}

/* --- pages --- */

int trace_layout_parse(struct trace_layout *out, const char *text, size_t len, struct ras_err *err)
{
	struct trace_field time = { .size = 0 }, commit = time, data = time;
	struct span s = { text, text + len };

	while (s.at < s.end) {
		struct span line = next_line(&s);
		struct trace_field f;

		span_blanks(&line);
		if (!span_skip(&line, "field:") || !field_line(line, &f))
			continue;
		if (strcmp(f.name, "timestamp") == 0)
			time = f;
		else if (strcmp(f.name, "commit") == 0)
			commit = f;
		else if (strcmp(f.name, "data") == 0)
			data = f;
	}
	if (time.size != 8 || commit.size != 8 || data.size < 8 || time.offset + 8 > data.offset ||
	    commit.offset + 8 > data.offset)
		return ras_fail(err, RAS_E_PARSE, "not the header_page of a 64-bit kernel");
	*out = (struct trace_layout){ .time_offset = time.offset,
				      .commit_offset = commit.offset,
				      .data_offset = data.offset,
				      .page_bytes = (uint32_t)data.offset + data.size };
	return 0;
}

/* --- records --- */

static bool plain(const struct trace_record *r, const struct trace_field *f, uint64_t *out)
{
	uint64_t v = 0;

	if ((size_t)f->offset + f->size > r->len ||
	    (f->size != 1 && f->size != 2 && f->size != 4 && f->size != 8))
		return false;
	memcpy(&v, r->data + f->offset, f->size);
	v = le64toh(v);
	if (f->is_signed && f->size < 8 && v >> (8 * f->size - 1))
		v |= ~UINT64_C(0) << (8 * f->size);
	*out = v;
	return true;
}

bool trace_u64(const struct trace_record *r, const char *name, uint64_t *out)
{
	const struct trace_field *f = trace_format_field(r->format, name);

	return f && f->kind == TRACE_FIELD_PLAIN && plain(r, f, out);
}

uint64_t trace_u64_or(const struct trace_record *r, const char *name, uint64_t otherwise)
{
	uint64_t v;

	return trace_u64(r, name, &v) ? v : otherwise;
}

const uint8_t *trace_bytes(const struct trace_record *r, const char *name, size_t *len)
{
	const struct trace_field *f = trace_format_field(r->format, name);
	uint64_t at, n;

	if (!f)
		return NULL;
	at = f->offset;
	n = f->size;
	if (f->kind != TRACE_FIELD_PLAIN) {
		uint64_t loc;

		if (!plain(r, f, &loc))
			return NULL;
		at = (loc & 0xffff) +
		     (f->kind == TRACE_FIELD_REL_LOC ? (uint64_t)f->offset + f->size : 0);
		n = loc >> 16 & 0xffff;
	}
	if (at + n > r->len)
		return NULL;
	*len = (size_t)n;
	return r->data + at;
}

void trace_text(const struct trace_record *r, const char *name, char *out, size_t size)
{
	size_t len = 0;
	const uint8_t *at = trace_bytes(r, name, &len);

	event_text(out, size, (const char *)at, at ? len : 0);
}
