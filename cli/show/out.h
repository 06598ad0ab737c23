// SPDX-License-Identifier: LGPL-2.1-or-later
/* Output for people and scripts: tables, JSON, errors. */
#pragma once

#include <json-c/json.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/rasctl.h"

/*
 * Print a string as utf8_clean() makes it, so that a guest's name cannot drive the terminal or look
 * like another.
 */
void out_str(FILE *f, const char *s);

/* The same of a printf text, on stdout. A line break is no part of it. */
void out_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A copy of s as out_str() prints it. The caller frees it. */
char *clean_copy(const char *s);

/* Columns of such a copy on a terminal, where no character is a wide one. */
size_t columns(const char *s);

/* Columns of the terminal; 0: stdout is none. */
size_t terminal_width(void);

/*
 * Print text and a newline. On a terminal it is broken at blanks so that it fits, and the lines
 * after the first begin with indent blanks; anywhere else it is one line.
 */
void out_folded(const char *text, size_t indent);

/* The same for text that begins in column at. Behind it is no newline. */
void out_text(const char *text, size_t at, size_t indent);

/* A page that is the same everywhere: help, status. It fits 80 columns. */
#define PAGE_WIDTH 79

/*
 * Print text as out_str() does and a newline, from column at on. It is broken at blanks so that a
 * line ends at PAGE_WIDTH, and the next lines begin with indent blanks.
 */
void out_wrapped(FILE *f, const char *text, size_t indent, size_t at);

/* Columns of the terminal, 0: stdout is none. COLUMNS overrides what the terminal says. */
size_t terminal_width(void);

/* Print text at column at, its next lines at the same column, on a screen of so many columns. */
void out_fold_at(const char *text, size_t at, size_t screen);

#define COLOR_HEAD "\033[1m"
#define COLOR_GOOD "\033[32m"
#define COLOR_BAD "\033[31m"
#define COLOR_DOUBT "\033[33m"
#define COLOR_END "\033[0m"

/* The colour of a state of an injection, a guest or a check. NULL: it has none. */
const char *state_color(const char *word);

/* A table of strings (copied). A column is as wide as its widest cell. */
struct table {
	size_t cols, rows, cap;
	char **cells;
	unsigned int wide_only; /* a bit a column: only -o wide shows it */
};

/* Start an empty table of cols columns. */
void table_init(struct table *t, size_t cols);

/* Append one cell, left to right, top to bottom; NULL counts as "-". */
void table_add(struct table *t, const char *cell);

/* The column of that head is only shown with -o wide. The head is there already. */
void table_only_wide(struct table *t, const char *head);

/*
 * Print with two blanks between columns, then free. The first row is the head. On a terminal it
 * fits, see table.c. colors: the head is bold, and states have colours.
 */
void table_print(struct table *t, bool colors);

/*
 * Print one JSON value and a newline on stdout, with \uXXXX for what a terminal must not get. To a
 * JSON parser it is the same value. The caller keeps o.
 */
void out_json(json_object *o);
/* The same in one line, for a list that does not end. */
void out_json_line(json_object *o);

/*
 * Print "error: WHAT. hint: HOW" on stderr, and with -o json {"error":{...}} on stdout. Returns the
 * exit code.
 */
int out_error(const struct options *o, const struct ras_err *err);

/* The exit code of rasctl(1) for an error. */
int exit_code_of(const struct ras_err *err);

/* The error as {"reason","message","hint","field"}. The caller owns it. */
json_object *error_json(const struct ras_err *err);

/* Member key as text. dflt if it is absent, null or not a string. Borrowed. */
const char *member_str(json_object *o, const char *key, const char *dflt);

/* Item i of an array as text, "?" if it is no string. Borrowed. */
const char *item_str(json_object *array, size_t i);

/* Member key as an integer, and whether it is true; 0 and false where it is absent. */
int64_t member_number(json_object *o, const char *key);
bool member_true(json_object *o, const char *key);

/*
 * A time of the wall clock in out, "2026-01-31 23:59:59" in local time; none where there is no time
 * (ns <= 0). Returns out.
 */
const char *local_time(int64_t ns, char *out, size_t size, const char *none);

/* Member key if it is of that type, else NULL. Borrowed. */
json_object *member_of(json_object *o, const char *key, enum json_type type);

/* What the row of a dry run says that the guest's kernel would do, a line each. */
void out_effects(json_object *row);

/* The detail of an injection, with what is said about its reading: "... (read: possibly)". */
const char *detail_text(json_object *row, char *out, size_t size);
