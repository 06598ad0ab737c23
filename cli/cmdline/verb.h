// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The verbs of rasctl. Each has one file of cli/verbs with a struct verb: its options, operands,
 * examples and function. getopt, the help and the completion read these tables and nothing else, so
 * an option that one of them knows is known to all. A new verb is such a file and a word in VERBS.
 */
#pragma once

#include <stdio.h>

#include "cli/rasctl.h"

/* In the order of the help. */
#define VERBS(X)       \
	X(status)      \
	X(domains)     \
	X(explain)     \
	X(doctor)      \
	X(log)         \
	X(show)        \
	X(watch)       \
	X(metrics)     \
	X(inject)      \
	X(safety)      \
	X(policy)      \
	X(resolve)     \
	X(poison)      \
	X(translate)   \
	X(owners)      \
	X(allow)       \
	X(provision)   \
	X(unprovision) \
	X(decode)      \
	X(encode)      \
	X(completion)  \
	X(reload)      \
	X(help)

enum verb_group { GROUP_LOOK, GROUP_INJECT, GROUP_PAGES, GROUP_GUESTS, GROUP_RECORDS, GROUP_SELF };

/* What the completion offers for a value, if it is not a list of words. */
enum value_source { VALUE_ANY, VALUE_DOMAIN, VALUE_FILE, VALUE_TYPE, VALUE_VERB };

/* An option. Where it is given, each target that is not NULL is set. A list ends with no name. */
struct verb_option {
	const char *name;  /* without the dashes */
	char letter;	   /* -o; 0: none */
	const char *value; /* the word for its value in the help; NULL: it takes none */
	const char *help;
	bool *flag;	   /* becomes true */
	const char **text; /* the value, borrowed from argv */
	uint64_t *number;  /* a number from min to max */
	uint64_t min, max;
	int (*call)(const char *arg, struct ras_err *err); /* RAS_E_PARAMS */
	const char *const *words; /* the values, for the completion; ends with NULL */
	enum value_source from;
};

struct operand {
	const char *name; /* DOMAIN */
	const char *const *words;
	enum value_source from;
};

#define MAX_OPERANDS 3

struct verb {
	const char *name;
	const char *summary; /* one line, begins small */
	const char *text;    /* more about it, folded; NULL: nothing */
	const char *usage;   /* what follows the name, a line each; NULL: made of the operands */
	enum verb_group group;
	struct operand operands[MAX_OPERANDS];
	int min_operands;
	bool any_operands; /* more than these, too */
	bool changes;	   /* it changes a guest, its grants or the journal: never suggested */
	bool has_sections; /* it takes the options of sections.h, too */
	const struct verb_option *options;
	const char *examples[2];
	int (*run)(const struct options *o); /* it has reported its errors. An exit code */
};

#define DECLARE_VERB(name) extern const struct verb verb_##name;
VERBS(DECLARE_VERB)
#undef DECLARE_VERB

/* Verb i in the order of the help, NULL behind the last. */
const struct verb *verb_at(size_t i);

/* The verb of this name. RAS_E_PARAMS with the verb that may be meant. */
const struct verb *verb_find(const char *word, struct ras_err *err);

/* The operands as in a usage line: "DOMAIN [FILE]". Returns out. */
const char *verb_operands(const struct verb *v, char *out, size_t size);

/* The options that every verb has. */
extern const struct verb_option global_options[];

/* An option of a verb, of all verbs or of sections. */
struct known_option {
	const struct verb_option *own; /* or else: */
	const char *section;	       /* the name of a section's option */
	bool takes_value;
};

/*
 * What a word of the command line that begins with - means for this verb, or for any (NULL).
 * False: it is no option that is known.
 */
bool option_known(const struct verb *verb, const char *word, struct known_option *out);

/* The same: is it such an option, and is the next word its value? */
bool option_takes_next(const struct verb *verb, const char *word, struct known_option *out);

/* --dry-run, of verbs that change something. */
#define OPTION_DRY_RUN                                                                  \
	{                                                                               \
		.name = "dry-run", .help = "check and show everything, change nothing", \
		.flag = &cmdline.dry_run                                                \
	}

/* What a command line asks for, beside cmdline. */
struct request {
	const struct verb *verb; /* NULL: none is given */
	bool help, version;
};

/*
 * Read the command line into cmdline and the targets of the verb's options. RAS_E_PARAMS with a
 * hint that names the help of the verb.
 */
int options_parse(int argc, char **argv, struct request *r, struct ras_err *err);

/*
 * Print what the last of n words behind "rasctl" may become: "WORD<tab>what it is" a line. False:
 * a file is wanted. Guests are asked of rasd; if it does not answer at once there are none.
 */
bool complete_print(char *const *words, int n);

/* The names of the guests, a line each. RAS_E_GONE and others. */
int complete_domains(struct ras_err *err);

/* The page of rasctl alone: it fits a terminal of 24 lines. */
void help_short(FILE *f);

/* Every verb in a line, the options of all, the exit codes. */
void help_all(FILE *f);

/* "    LEFT   TEXT", folded. */
void help_line(FILE *f, const char *left, const char *text);

/* One verb; of inject with a type (NULL: none) only the options of that type. RAS_E_PARAMS. */
int help_verb(FILE *f, const struct verb *v, const char *type, struct ras_err *err);
