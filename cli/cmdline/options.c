// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The command line.
 *
 * Problem: options may stand before the verb, and which options there are depends on the verb.
 * Rule: first the verb is looked for, with the options of all verbs known so far that the value of
 * one is not taken for the verb. So an option of one name takes a value with every verb or with
 * none; a test holds that. Then getopt_long() gets what the verb takes, and no more.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"

#define DEFAULT_SOCKET "/run/rasd/rasd.sock"
#define MAX_TIMEOUT_S 3600

#define FIRST_VALUE 256 /* getopt's value of the first option: none is a letter */
#define MAX_OWN 64	/* options of a verb and of all verbs */

struct options cmdline = { .socket = DEFAULT_SOCKET };

static struct request *request;

static int set_output(const char *arg, struct ras_err *err)
{
	cmdline.json = !strcmp(arg, "json");
	cmdline.wide = !strcmp(arg, "wide");
	if (!cmdline.json && !cmdline.wide && strcmp(arg, "text") != 0)
		return ras_fail(err, RAS_E_PARAMS, "-o takes json, text or wide");
	return 0;
}

static int take_number(const struct verb_option *v, const char *arg, struct ras_err *err)
{
	if (num_parse_range(arg, v->min, v->max, v->number, NULL))
		return ras_fail(err, RAS_E_PARAMS, "--%s takes a number from %llu to %llu", v->name,
				(unsigned long long)v->min, (unsigned long long)v->max);
	return 0;
}

static int set_timeout(const char *arg, struct ras_err *err)
{
	uint64_t seconds = 0;
	const struct verb_option range = {
		.name = "timeout", .number = &seconds, .min = 1, .max = MAX_TIMEOUT_S
	};

	(void)arg;
	if (take_number(&range, arg, err))
		return -RAS_E_PARAMS;
	cmdline.has_timeout = true;
	cmdline.timeout_ms = seconds * 1000;
	client_set_timeout((int64_t)cmdline.timeout_ms);
	return 0;
}

static int ask_help(const char *arg, struct ras_err *err)
{
	(void)arg;
	(void)err;
	request->help = true;
	return 0;
}

static int ask_version(const char *arg, struct ras_err *err)
{
	(void)arg;
	(void)err;
	request->version = true;
	return 0;
}

static const char *const outputs[] = { "json", "text", "wide", NULL };

const struct verb_option global_options[] = {
	{ .name = "output",
	  .letter = 'o',
	  .value = "json|text|wide",
	  .help = "json: for programs, errors too; wide: all columns",
	  .call = set_output,
	  .words = outputs },
	{ .name = "socket",
	  .value = "PATH",
	  .help = "where rasd is (RASD_SOCKET, else " DEFAULT_SOCKET ")",
	  .text = &cmdline.socket,
	  .from = VALUE_FILE },
	{ .name = "timeout",
	  .value = "SECONDS",
	  .help = "how long an answer may take (10)",
	  .call = set_timeout },
	{ .name = "no-color", .help = "no colours, no bold heads", .flag = &cmdline.no_color },
	{ .name = "help", .letter = 'h', .help = "this verb's help", .call = ask_help },
	{ .name = "version", .letter = 'V', .help = "rasctl's version", .call = ask_version },
	{ 0 },
};

/* Is this the name, or unless exact the beginning of one? */
static bool named(const char *word, size_t len, const char *name, bool exact)
{
	return strncmp(word, name, len) == 0 && (!exact || !name[len]);
}

static bool find_in(const struct verb_option *list, const char *word, size_t len, bool exact,
		    struct known_option *out)
{
	for (; list && list->name; list++)
		if (named(word, len, list->name, exact)) {
			*out = (struct known_option){ list, NULL, list->value != NULL };
			return true;
		}
	return false;
}

static bool find_section(const char *word, size_t len, bool exact, struct known_option *out)
{
	struct option s;

	for (size_t i = 0; i < section_options(); i++) {
		section_option(i, &s);
		if (named(word, len, s.name, exact)) {
			*out = (struct known_option){ NULL, s.name, s.has_arg != no_argument };
			return true;
		}
	}
	return false;
}

static bool find_option(const struct verb *verb, const char *word, size_t len, bool exact,
			struct known_option *out)
{
	const struct verb *v;

	if (find_in(global_options, word, len, exact, out) ||
	    (verb && find_in(verb->options, word, len, exact, out)))
		return true;
	for (size_t i = 0; !verb && (v = verb_at(i)) != NULL; i++)
		if (find_in(v->options, word, len, exact, out))
			return true;
	return (!verb || verb->has_sections) && find_section(word, len, exact, out);
}

bool option_known(const struct verb *verb, const char *word, struct known_option *out)
{
	size_t len = strcspn(word, "=");

	if (word[0] != '-' || !word[1])
		return false;
	if (word[1] == '-')
		return len > 2 && (find_option(verb, word + 2, len - 2, true, out) ||
				   find_option(verb, word + 2, len - 2, false, out));
	for (const struct verb_option *v = global_options; v->name; v++)
		if (v->letter == word[1]) {
			*out = (struct known_option){ v, NULL, v->value != NULL };
			return true;
		}
	return false;
}

bool option_takes_next(const struct verb *verb, const char *word, struct known_option *out)
{
	return option_known(verb, word, out) && out->takes_value &&
	       (word[1] == '-' ? !strchr(word, '=') : !word[2]);
}

/* The first word that is neither an option nor its value; argc: there is none. */
static int find_operand(int argc, char **argv)
{
	struct known_option known;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--"))
			return i + 1;
		if (argv[i][0] != '-' || !argv[i][1])
			return i;
		if (option_takes_next(NULL, argv[i], &known))
			i++;
	}
	return argc;
}

/* The rows of getopt_long(): of all verbs, of this verb, of sections. */
struct rows {
	const struct verb_option *own[MAX_OWN];
	struct option getopt[MAX_OWN + SECTION_MAX_OPTIONS + 1];
	char letters[2 * MAX_OWN + 2];
	size_t n_own, n;
};

static void add_rows(struct rows *r, const struct verb_option *list)
{
	for (; list && list->name && r->n_own < MAX_OWN; list++) {
		int value = FIRST_VALUE + (int)r->n_own;

		r->own[r->n_own++] = list;
		r->getopt[r->n++] =
			(struct option){ list->name, list->value ? required_argument : no_argument,
					 NULL, value };
		if (list->letter) {
			char *end = r->letters + strlen(r->letters);

			*end++ = list->letter;
			if (list->value)
				*end++ = ':';
			*end = '\0';
		}
	}
}

static const struct verb_option *row_of(const struct rows *r, int opt)
{
	if (opt >= FIRST_VALUE && opt < FIRST_VALUE + (int)r->n_own)
		return r->own[opt - FIRST_VALUE];
	for (size_t i = 0; i < r->n_own; i++)
		if (r->own[i]->letter && r->own[i]->letter == opt)
			return r->own[i];
	return NULL;
}

static int take_option(const struct verb_option *v, const char *arg, struct ras_err *err)
{
	if (v->flag)
		*v->flag = true;
	if (v->text)
		*v->text = arg;
	if (v->number && take_number(v, arg, err))
		return -RAS_E_PARAMS;
	return v->call ? v->call(arg, err) : 0;
}

static int hint_help(const struct verb *verb, struct ras_err *err)
{
	if (verb)
		return ras_hint(err, "rasctl %s --help", verb->name);
	return ras_hint(err, "rasctl --help");
}

/* getopt_long() does not take this word of the command line. */
static int bad_option(const struct verb *verb, const char *word, bool no_value, struct ras_err *err)
{
	int len = (int)strcspn(word, "=");
	struct known_option known;

	if (no_value)
		ras_fail(err, RAS_E_PARAMS, "%.60s needs a value", word);
	else if (optopt >= FIRST_VALUE)
		ras_fail(err, RAS_E_PARAMS, "%.*s takes no value", len, word);
	else if (verb && !option_known(verb, word, &known) && option_known(NULL, word, &known))
		ras_fail(err, RAS_E_PARAMS, "%s takes no %.*s", verb->name, len, word);
	else
		ras_fail(err, RAS_E_PARAMS, "no option of that name, or more than one: %.60s",
			 word);
	return hint_help(verb, err);
}

static int check_operands(const struct verb *v, int n, char *const *operands, struct ras_err *err)
{
	char words[80];
	int max = 0;

	while (max < MAX_OPERANDS && v->operands[max].name)
		max++;
	if (!max && n) {
		ras_fail(err, RAS_E_PARAMS, "%s takes no argument: %.60s", v->name, operands[0]);
		return ras_hint(err, "values follow their option, as in --domain vm1");
	}
	if (n >= v->min_operands && (n <= max || v->any_operands))
		return 0;
	ras_fail(err, RAS_E_PARAMS, "%s takes %s%s", v->name, max == 1 ? "one " : "",
		 verb_operands(v, words, sizeof(words)));
	return hint_help(v, err);
}

static int take_all(int argc, char **argv, struct request *r, struct ras_err *err)
{
	static struct rows rows = { .letters = ":" };
	const struct verb_option *v;
	int opt, ret = 0;

	add_rows(&rows, global_options);
	if (r->verb)
		add_rows(&rows, r->verb->options);
	for (size_t i = 0; r->verb && r->verb->has_sections && i < section_options(); i++)
		section_option(i, &rows.getopt[rows.n++]);
	opterr = 0;
	while (ret == 0 && (opt = getopt_long(argc, argv, rows.letters, rows.getopt, NULL)) != -1) {
		char letter[3] = { '-', (char)optopt, '\0' };
		bool is_letter = optopt > 0 && optopt < FIRST_VALUE;

		v = row_of(&rows, opt);
		if (opt == '?' || opt == ':')
			return bad_option(r->verb, is_letter ? letter : argv[optind - 1],
					  opt == ':', err);
		ret = v ? take_option(v, optarg, err) :
			  sections_add(&cmdline.sections, opt, optarg, err);
	}
	return ret;
}

int options_parse(int argc, char **argv, struct request *r, struct ras_err *err)
{
	const char *env = getenv("RASD_SOCKET"), *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	int at = find_operand(argc, argv), ret;

	request = r;
	if (env && *env)
		cmdline.socket = env;
	cmdline.no_color = !isatty(STDOUT_FILENO) || (no_color && *no_color) || !term || !*term ||
			   !strcmp(term, "dumb");
	if (at < argc && !(r->verb = verb_find(argv[at], err)))
		return -RAS_E_PARAMS;
	ret = take_all(argc, argv, r, err);
	if (ret || !r->verb || r->help || r->version)
		return ret;
	cmdline.operands = argv + optind + 1;
	cmdline.n_operands = argc - optind - 1;
	cmdline.operand = cmdline.n_operands ? cmdline.operands[0] : NULL;
	return check_operands(r->verb, cmdline.n_operands, cmdline.operands, err);
}
