// SPDX-License-Identifier: LGPL-2.1-or-later
/* What people and scripts see: tables, JSON, errors. */
#pragma once

#include <json-c/json.h>
#include <stddef.h>
#include <stdio.h>

#include "rasctl.h"

/* Print a string, control characters as '?': a guest's name must not drive the terminal. */
void out_str(FILE *f, const char *s);

/* A table of strings (copied); columns are as wide as their widest cell. */
struct table {
	size_t cols, rows, cap;
	char **cells;
};

/* Start an empty table of cols columns. */
void table_init(struct table *t, size_t cols);

/* Append one cell, left to right, top to bottom; NULL counts as "-". */
void table_add(struct table *t, const char *cell);

/* Print with two blanks between columns, and free. The first row is the head. */
void table_print(struct table *t, bool bold_head);

/* One JSON value and a newline on stdout; o stays the caller's. */
void out_json(json_object *o);

/* "error: WHAT. hint: HOW" on stderr, {"error":{...}} on stdout with -o json; the exit code. */
int out_error(const struct options *o, const struct ras_err *err);

/* The exit code of rasctl(1) for an error. */
int exit_code_of(const struct ras_err *err);

/* The error as {"reason","message","hint","field"}. Caller owns. */
json_object *error_json(const struct ras_err *err);

/* Member key as text, or dflt where it is absent, null or not a string. Borrowed. */
const char *member_str(json_object *o, const char *key, const char *dflt);
