// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a word of the command line may become, for the completion of shells.
 *
 * Problem: a shell that knows the options of rasctl by a script of its own knows those of another
 * version. Rule: the script asks rasctl, which walks over the words with the tables of verb.h, as
 * the command itself would. Names of guests come from rasd. They are chosen by others: they are
 * printed as out_str() does, one a line, and the scripts quote them and never evaluate them.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

#define QUICK_MS 700 /* a person waits for it */

/* Where the walk over the words has come to. */
static struct {
	const struct verb *verb;
	bool lost;	/* a verb that there is not */
	int n_operands; /* behind the verb */
	const char *type;
	struct known_option wants; /* takes_value: the word is its value */
	const char *word;	   /* what is typed of it so far */
	const char *keep;	   /* stands before every result: "--option=", "a,b," */
	size_t keep_len;
} at;

static void offer(const char *word, const char *help)
{
	if (strncmp(word, at.word, strlen(at.word)) != 0)
		return;
	printf("%.*s", (int)at.keep_len, at.keep);
	out_str(stdout, word);
	putchar('\t');
	out_str(stdout, help);
	putchar('\n');
}

static void offer_option(const char *name, const char *help)
{
	char word[64];

	snprintf(word, sizeof(word), "--%s", name);
	offer(word, help);
}

static int ask_domains(json_object **list, struct ras_err *err)
{
	client_set_timeout(QUICK_MS);
	return client_ask(cmdline.socket, "domain.list", NULL, list, err);
}

static void each_domain(json_object *list, void (*fn)(const char *word, const char *help))
{
	json_object *domains = member_of(list, "domains", json_type_array);

	for (size_t i = 0; domains && i < json_object_array_length(domains); i++) {
		json_object *d = json_object_array_get_idx(domains, i);
		const char *name = member_str(d, "name", NULL), *state = member_str(d, "state", "");

		if (name)
			fn(name, state);
	}
}

static void print_name(const char *word, const char *help)
{
	(void)help;
	out_str(stdout, word);
	putchar('\n');
}

int complete_domains(struct ras_err *err)
{
	_json_ json_object *list = NULL;
	int ret = ask_domains(&list, err);

	if (ret == 0)
		each_domain(list, print_name);
	return ret;
}

static void offer_verbs(void)
{
	const struct verb *v;

	for (size_t i = 0; (v = verb_at(i)) != NULL; i++)
		offer(v->name, v->summary);
}

/* False: a file is wanted. */
static bool offer_values(const char *const *words, enum value_source from)
{
	_json_ json_object *list = NULL;
	struct ras_err err;

	for (; words && *words; words++)
		offer(*words, "");
	switch (from) {
	case VALUE_ANY:
		break;
	case VALUE_DOMAIN:
		if (ask_domains(&list, &err) == 0)
			each_domain(list, offer);
		break;
	case VALUE_TYPE:
		section_types(offer);
		break;
	case VALUE_VERB:
		offer_verbs();
		break;
	case VALUE_FILE:
		return false;
	}
	return true;
}

static bool offer_value_of(const struct known_option *k)
{
	const char *comma;

	if (k->own)
		return offer_values(k->own->words, k->own->from);
	if (!strcmp(k->section, "type")) {
		section_types(offer);
		return true;
	}
	comma = strrchr(at.word, ',');
	if (comma) {
		at.keep = at.keep_len ? at.keep : at.word;
		at.keep_len = (size_t)(comma + 1 - at.keep);
		at.word = comma + 1;
	}
	section_words_of(at.type ? at.type : "memory", k->section, offer);
	return true;
}

static void offer_options(const struct verb_option *list)
{
	for (; list && list->name; list++)
		offer_option(list->name, list->help);
}

/* An option of the verb, and of its sections those that go with the type. */
static void offer_all_options(void)
{
	offer_options(global_options);
	if (!at.verb)
		return;
	offer_options(at.verb->options);
	if (at.verb->has_sections && at.type)
		section_options_of(at.type, offer_option);
	else if (at.verb->has_sections)
		offer_option("type", "describe a section of the record by its fields");
}

static void take(const struct known_option *k, const char *value)
{
	if (k->section && !strcmp(k->section, "type"))
		at.type = value;
	else if (k->section && !strcmp(k->section, "section"))
		at.type = NULL;
	else if (k->own && !strcmp(k->own->name, "socket"))
		cmdline.socket = value;
}

/* bash gives "--option=value" as three words. */
static bool is_sign(const char *word)
{
	return !strcmp(word, "=");
}

/* All words but the last. */
static void walk(char *const *words, int n)
{
	struct known_option k;
	struct ras_err err;

	for (int i = 0; i < n; i++) {
		const char *w = words[i], *sign = strchr(w, '=');

		if (option_takes_next(at.verb, w, &k)) {
			i += i + 1 < n && is_sign(words[i + 1]);
			if (i + 1 < n)
				take(&k, words[++i]);
			else
				at.wants = k;
		} else if (w[0] == '-' && w[1]) {
			if (option_known(at.verb, w, &k))
				take(&k, sign ? sign + 1 : NULL);
		} else if (at.verb) {
			at.n_operands++;
		} else if (!(at.verb = verb_find(w, &err))) {
			at.lost = true;
			return;
		}
	}
}

bool complete_print(char *const *words, int n)
{
	const char *last = n ? words[n - 1] : "", *sign = strchr(last, '=');
	struct known_option k;

	walk(words, n - 1);
	if (at.lost)
		return true;
	at.word = is_sign(last) ? "" : last;
	if (at.wants.takes_value)
		return offer_value_of(&at.wants);
	if (last[0] == '-' && sign && option_known(at.verb, last, &k) && k.takes_value) {
		at.keep = last;
		at.keep_len = (size_t)(sign - last) + 1;
		at.word = sign + 1;
		return offer_value_of(&k);
	}
	if (last[0] == '-') {
		offer_all_options();
	} else if (!at.verb) {
		offer_verbs();
	} else if (at.n_operands < MAX_OPERANDS && at.verb->operands[at.n_operands].name) {
		const struct operand *o = &at.verb->operands[at.n_operands];

		return offer_values(o->words, o->from);
	}
	return true;
}
