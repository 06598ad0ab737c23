// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl: types that all verbs share. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/section/sections.h"

/* The exit codes of rasctl(1). */
enum exit_code {
	EX_DONE = 0,
	EX_FAILED = 1,
	EX_USAGE_ERROR = 2,
	EX_NO_DAEMON = 3,
	EX_NOT_FOUND = 4,
	EX_REFUSED = 5,
	EX_NOT_ACKED = 6,
	EX_TIMED_OUT = 7,
	EX_PARTIAL = 8,
};

/*
 * What the command line says to every verb. Strings are borrowed from argv. Options of one verb
 * are variables of its file.
 */
struct options {
	const char *socket;
	const char *operand; /* the first of the operands, NULL: none */
	char *const *operands;
	int n_operands;
	bool json, wide, no_color, has_timeout;
	bool dry_run; /* of verbs that have OPTION_DRY_RUN */
	uint64_t timeout_ms;
	struct sections sections; /* of verbs that have sections */
};

/* Filled by options_parse(). Verbs get it as their argument. */
extern struct options cmdline;

/* How a file of records is read: decode, encode, inject --record. */
struct file_options {
	const char *format, *format_in;
	const char *section_type; /* the file is one section */
	uint64_t index;		  /* which of its records, from 1; 0: not given */
	bool explain;
};
