// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Help, made of the tables of verb.h. A page is 80 columns wide wherever it is printed, so that it
 * is the same in a terminal, a pager and a mail.
 */
#include <string.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/show/out.h"

#define WIDTH PAGE_WIDTH
#define INDENT 28 /* where the words about an option begin */

void help_line(FILE *f, const char *left, const char *text)
{
	int n = fprintf(f, "    %s", left);

	if (n > INDENT - 2) {
		fputc('\n', f);
		n = 0;
	}
	fprintf(f, "%*s", INDENT - n, "");
	out_wrapped(f, text, INDENT, INDENT);
}

static void print_options(FILE *f, const struct verb_option *list)
{
	for (; list && list->name; list++) {
		char left[80], letter[8] = "";

		if (list->letter)
			snprintf(letter, sizeof(letter), "-%c, ", list->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, list->name,
			 list->value ? " " : "", list->value ? list->value : "");
		help_line(f, left, list->help);
	}
}

/* Lines of text, each behind "rasctl VERB ". */
static void print_usage(FILE *f, const struct verb *v)
{
	const char *text = v->usage, *before = "usage: ";
	char made[80];

	if (!text) {
		size_t n = (size_t)snprintf(made, sizeof(made), "%s%s",
					    v->options ? "[OPTION...]" : "",
					    v->options && v->operands[0].name ? " " : "");

		verb_operands(v, made + n, sizeof(made) - n);
		text = made;
	}
	do {
		size_t n = strcspn(text, "\n");

		fprintf(f, "%srasctl %s%s%.*s\n", before, v->name, n ? " " : "", (int)n, text);
		before = "       ";
		text += n + (text[n] == '\n');
	} while (*text);
}

static void print_examples(FILE *f, const char *const *examples, size_t n)
{
	fputs("\nexamples:\n", f);
	for (size_t i = 0; i < n && examples[i]; i++)
		fprintf(f, "    %s\n", examples[i]);
}

static const struct {
	enum verb_group group;
	const char *title, *word;
} groups[] = {
	{ GROUP_LOOK, "what there is, and what happened", "look" },
	{ GROUP_INJECT, "errors into guests", "inject" },
	{ GROUP_PAGES, "pages and their owners", "pages" },
	{ GROUP_GUESTS, "what a guest may get, and by which error sources", "guests" },
	{ GROUP_RECORDS, "records, without a daemon", "records" },
	{ GROUP_SELF, "rasctl", "rasctl" },
};

void help_short(FILE *f)
{
	const struct verb *v;

	fputs("usage: rasctl [OPTION...] VERB [ARGUMENT...]\n\n", f);
	for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
		size_t at = (size_t)fprintf(f, "  %-8s", groups[g].word);

		for (size_t i = 0; (v = verb_at(i)) != NULL; i++) {
			if (v->group != groups[g].group)
				continue;
			if (at + 1 + strlen(v->name) > WIDTH)
				at = (size_t)fprintf(f, "\n%*s", 10, "") - 1;
			at += (size_t)fprintf(f, " %s", v->name);
		}
		fputc('\n', f);
	}
	fputs("\n  rasctl status                  begin here: what runs, what is wrong\n"
	      "  rasctl domains                 the guests, and why one cannot take errors\n"
	      "  rasctl explain vm1             what to change so that it can\n"
	      "  rasctl inject vm1 --gpa 0x48000000 --wait\n"
	      "\nrasctl help says a line about each verb, rasctl VERB --help all about one.\n",
	      f);
}

void help_all(FILE *f)
{
	const struct verb *v;
	char words[80], left[120];

	fputs("usage: rasctl [OPTION...] VERB [ARGUMENT...]\n", f);
	for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
		fprintf(f, "\n%s:\n", groups[g].title);
		for (size_t i = 0; (v = verb_at(i)) != NULL; i++) {
			if (v->group != groups[g].group)
				continue;
			snprintf(left, sizeof(left), "%s %s", v->name,
				 verb_operands(v, words, sizeof(words)));
			help_line(f, left, v->summary);
		}
	}
	fputs("\noptions of every verb:\n", f);
	print_options(f, global_options);
	fputs("\nexit: 0 ok, 1 failed, 2 usage, 3 no daemon or permission, 4 not found,\n"
	      "      5 refused by policy, 6 guest did not acknowledge, 7 timeout, 8 partial\n"
	      "\nrasctl VERB --help has the options of a verb, and two examples.\n",
	      f);
}

int help_verb(FILE *f, const struct verb *v, const char *type, struct ras_err *err)
{
	if (type && v->has_sections) {
		const char *examples[2];
		int ret = sections_help(f, type, help_line, examples, err);

		if (ret == 0)
			print_examples(f, examples, ARRAY_LEN(examples));
		return ret;
	}
	print_usage(f, v);
	out_wrapped(f, v->summary, 0, 0);
	if (v->text) {
		fputc('\n', f);
		out_wrapped(f, v->text, 0, 0);
	}
	if (v->options && v->options->name) {
		fputs("\noptions:\n", f);
		print_options(f, v->options);
	}
	if (v->has_sections)
		sections_help_types(f, help_line);
	print_examples(f, v->examples, ARRAY_LEN(v->examples));
	fputs("\nrasctl help has the options of every verb and the exit codes; see rasctl(1).\n",
	      f);
	return 0;
}
