// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Rows on a terminal fit in one line: short ids (rasctl show takes them), no column that is for
 * scripts, and of the last one, which is text, what there is room for. Cells are padded to what
 * their column may hold, so that the tables of several pages look like one.
 */
#include "cli/verbs/log/rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/show/out.h"

#define TEXT_MIN 16 /* less of a text says nothing */
#define SHORT_ID 8
#define MAX_DROP 3

struct column {
	const char *head;
	size_t width; /* that its cells have at least; 0: a text, the last column */
	int drop;     /* where the terminal is narrow: from 1 on, 0: stays */
	const char *(*cell)(json_object *row, char *out, size_t size);
};

static const char *at_created(json_object *row, char *out, size_t size)
{
	return local_time(member_number(row, "created_ns"), out, size, "-");
}

static const char *at_decided(json_object *row, char *out, size_t size)
{
	return local_time(member_number(row, "decided_ns"), out, size, "-");
}

#define MEMBER(name)                                                               \
	static const char *member_##name(json_object *row, char *out, size_t size) \
	{                                                                          \
		(void)out, (void)size;                                             \
		return member_str(row, #name, "-");                                \
	}
MEMBER(id)
MEMBER(domain)
MEMBER(severity)
MEMBER(gpa)
MEMBER(hpa)
MEMBER(state)
MEMBER(tag)
MEMBER(origin)
MEMBER(request_id)
MEMBER(source)
MEMBER(decision)
MEMBER(injection)
MEMBER(reason)

static const char *short_id(json_object *row, char *out, size_t size)
{
	snprintf(out, size, "%.*s", SHORT_ID, member_str(row, "id", "-"));
	return out;
}

static const char *short_injection(json_object *row, char *out, size_t size)
{
	snprintf(out, size, "%.*s", SHORT_ID, member_str(row, "injection", "-"));
	return out;
}

static const char *ack(json_object *row, char *out, size_t size)
{
	int64_t ns = member_number(row, "ack_ns");

	if (ns <= 0)
		return "-";
	snprintf(out, size, "%.3f", (double)ns / 1e6);
	return out;
}

static const char *count(json_object *row, char *out, size_t size)
{
	snprintf(out, size, "%" PRId64, member_number(row, "count"));
	return out;
}

static const struct column injection_wide[] = {
	{ "WHEN", 19, 0, at_created },
	{ "ID", 36, 0, member_id },
	{ "DOMAIN", 8, 0, member_domain },
	{ "SEVERITY", 11, 0, member_severity },
	{ "GPA", 12, 0, member_gpa },
	{ "HPA", 12, 0, member_hpa },
	{ "STATE", 12, 0, member_state },
	{ "ACK MS", 8, 0, ack },
	{ "ORIGIN", 10, 0, member_origin },
	{ "TAG", 4, 0, member_tag },
	{ "REQUEST ID", 36, 0, member_request_id },
	{ "DETAIL", 0, 0, detail_text },
};
static const struct column injection_short[] = {
	{ "WHEN", 19, 0, at_created },	   { "ID", SHORT_ID, 0, short_id },
	{ "DOMAIN", 8, 0, member_domain }, { "SEVERITY", 11, 2, member_severity },
	{ "GPA", 10, 1, member_gpa },	   { "STATE", 12, 0, member_state },
	{ "DETAIL", 0, 0, detail_text },
};
static const struct column host_wide[] = {
	{ "DECIDED", 19, 0, at_decided },
	{ "SOURCE", 9, 0, member_source },
	{ "SEVERITY", 11, 0, member_severity },
	{ "COUNT", 5, 0, count },
	{ "HPA", 12, 0, member_hpa },
	{ "DECISION", 11, 0, member_decision },
	{ "DOMAIN", 8, 0, member_domain },
	{ "GPA", 12, 0, member_gpa },
	{ "INJECTION", 36, 0, member_injection },
	{ "REASON", 0, 0, member_reason },
};
static const struct column host_short[] = {
	{ "DECIDED", 19, 0, at_decided },
	{ "SEVERITY", 11, 3, member_severity },
	{ "COUNT", 5, 2, count },
	{ "HPA", 12, 0, member_hpa },
	{ "DECISION", 11, 0, member_decision },
	{ "DOMAIN", 8, 0, member_domain },
	{ "INJECTION", SHORT_ID, 1, short_injection },
	{ "REASON", 0, 0, member_reason },
};

/* The columns of a table, and what there is room for in the last one. */
struct layout {
	const struct column *column;
	size_t n, text; /* SIZE_MAX: all of it; 0: no such column */
	int dropped;	/* all columns that are to be dropped first, up to this one */
};

static bool is_shown(const struct layout *s, size_t i)
{
	return s->column[i].width ? !s->column[i].drop || s->column[i].drop > s->dropped : s->text;
}

static size_t widest(const struct column *c, json_object *rows)
{
	size_t width = c->width;
	char text[300];

	for (size_t i = 0; rows && i < json_object_array_length(rows); i++) {
		_free_ char *copy =
			clean_copy(c->cell(json_object_array_get_idx(rows, i), text, sizeof(text)));

		width = columns(copy) > width ? columns(copy) : width;
	}
	return width;
}

/* The columns that are shown take so many columns of the terminal, without the text. */
static size_t used_by(const struct layout *s, json_object *rows)
{
	size_t used = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->column[i].width && is_shown(s, i))
			used += widest(&s->column[i], rows) + 2;
	return used;
}

static struct layout choose(const struct log_rows *l, json_object *rows)
{
	size_t width = terminal_width(), used;
	struct layout s;

	if (l->o->wide || !width)
		return l->host ? (struct layout){ host_wide, ARRAY_LEN(host_wide), SIZE_MAX, 0 } :
				 (struct layout){ injection_wide, ARRAY_LEN(injection_wide),
						  SIZE_MAX, 0 };
	s = l->host ? (struct layout){ host_short, ARRAY_LEN(host_short), 0, l->dropped } :
		      (struct layout){ injection_short, ARRAY_LEN(injection_short), 0, l->dropped };
	for (; (used = used_by(&s, rows)) > width + 2 && !l->has_begun && s.dropped < MAX_DROP;)
		s.dropped++;
	s.text = used + TEXT_MIN <= width ? width - used : 0;
	return s;
}

/* Of text what fits into width columns; it is clean (clean_copy()). */
static void cut(char *text, size_t width)
{
	char *at = text;

	if (columns(text) <= width)
		return;
	for (size_t n = 0; *at && n + 1 < width; n++)
		do
			at++;
		while (((unsigned char)*at & 0xc0) == 0x80);
	strcpy(at, ">");
}

static void add_cell(struct table *t, const struct layout *s, size_t i, const char *text)
{
	_free_ char *copy = clean_copy(text && *text ? text : "-");
	size_t len = columns(copy), width = s->column[i].width;
	_free_ char *padded = NULL;

	if (!width && s->text != SIZE_MAX)
		cut(copy, s->text);
	if (asprintf(&padded, "%s%*s", copy, len < width ? (int)(width - len) : 0, "") < 0)
		abort();
	table_add(t, padded);
}

static void add_row(struct table *t, const struct layout *s, json_object *row)
{
	char text[300];

	for (size_t i = 0; i < s->n; i++)
		if (is_shown(s, i))
			add_cell(t, s, i, s->column[i].cell(row, text, sizeof(text)));
}

static void print_table(struct log_rows *l, json_object *rows, bool oldest_first)
{
	size_t n = rows ? json_object_array_length(rows) : 0;
	struct layout s = choose(l, rows);
	size_t shown = 0;
	struct table t;

	for (size_t i = 0; i < s.n; i++)
		shown += is_shown(&s, i);
	table_init(&t, shown);
	for (size_t i = 0; !l->has_begun && i < s.n; i++)
		if (is_shown(&s, i))
			add_cell(&t, &s, i, s.column[i].head);
	for (size_t i = 0; i < n; i++) {
		json_object *row = json_object_array_get_idx(rows, oldest_first ? n - 1 - i : i);

		if (json_object_is_type(row, json_type_object))
			add_row(&t, &s, row);
	}
	table_print(&t, !l->o->no_color && !l->has_begun);
	l->has_begun = true;
	l->dropped = s.dropped;
}

void log_rows_print(struct log_rows *l, json_object *rows, bool oldest_first)
{
	size_t n = json_object_array_length(rows);

	if (!l->o->json && n)
		print_table(l, rows, oldest_first);
	for (size_t i = 0; l->o->json && i < n; i++)
		out_json_line(json_object_array_get_idx(rows, oldest_first ? n - 1 - i : i));
}

void log_rows_end(struct log_rows *l)
{
	if (!l->o->json && !l->has_begun)
		print_table(l, NULL, false);
}
