// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The options of rasctl inject that describe sections of a record. They are kept as given, section
 * by section (--section starts the next), and made into the neutral JSON when all are known,
 * because --type may come last.
 */
#pragma once

#include <getopt.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "cper/fields.h"

#define SECTIONS_MAX 16
#define SECTION_MAX_ARGS 96
#define SECTION_MAX_OPTIONS 128 /* a unit test compares it with section_options() */

/* getopt_long() returns values from here on for the options of this file. */
#define SECTION_OPT_FIRST 1000

struct section_arg {
	int opt;
	const char *arg; /* borrowed from argv */
};

struct section_args {
	struct section_arg arg[SECTION_MAX_ARGS];
	size_t n;
};

struct sections {
	struct section_args s[SECTIONS_MAX];
	size_t n;   /* number of the section that the options are for, from 0 */
	bool used;  /* an option was given that only sections have */
	bool fatal; /* one of them has --severity fatal */
};

/* The number of options of sections. section_option(i) fills a row for getopt_long(). */
size_t section_options(void);
void section_option(size_t i, struct option *out);

/*
 * Keep option opt (one of section_option(), or of those below) for the current section.
 * RAS_E_PARAMS.
 */
int sections_add(struct sections *s, int opt, const char *arg, struct ras_err *err);

/*
 * If there are sections, --gpa, --severity and --fru-id UUID belong to them too. sections_add()
 * returns their values.
 */
int section_opt_gpa(void);
int section_opt_severity(void);
int section_opt_fru_id(void);
/* --bdf, whose value another option has found. */
int section_opt_bdf(void);

/*
 * Add the members "sections" and, if needed, "block" of injection.create to params. RAS_E_PARAMS.
 */
int sections_build(const struct sections *s, json_object *params, struct ras_err *err);

/* Gives name and meaning of something to complete. */
typedef void (*section_word_fn)(const char *word, const char *help);

/* The types. */
void section_types(section_word_fn fn);

/* The options that go with a type, without the dashes. */
void section_options_of(const char *type, section_word_fn fn);

/* The words that the value of such an option can be; none, if it is a number or a text. */
void section_words_of(const char *type, const char *option, section_word_fn fn);

/* The value of the last --type. NULL: there is none. */
const char *sections_type(const struct sections *s);

/* Prints what stands left and the words about it. */
typedef void (*help_line_fn)(FILE *f, const char *left, const char *text);

/* The types, a line each. */
void sections_help_types(FILE *f, help_line_fn line);

/* The options of one type, then those of every type, and two examples. RAS_E_PARAMS: no such. */
int sections_help(FILE *f, const char *type, help_line_fn line, const char *examples[2],
		  struct ras_err *err);
