// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Options of sections. They are kept in the order given, then each section is drafted from its own.
 * So --error and --context can start a structure that the options after them fill.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cli/section/draft.h"
#include "json/json.h"

enum { OPT_TYPE = SECTION_OPT_FIRST, OPT_SECTION, OPT_TABLE };

/* gpa, severity and fru-id are rasctl's own options. They come first in the table. */
#define SHARED 3

size_t section_options(void)
{
	return 2 + section_table_len - SHARED;
}

void section_option(size_t i, struct option *out)
{
	if (i == 0) {
		*out = (struct option){ "type", required_argument, NULL, OPT_TYPE };
	} else if (i == 1) {
		*out = (struct option){ "section", no_argument, NULL, OPT_SECTION };
	} else {
		size_t row = i - 2 + SHARED;
		const struct section_opt *o = &section_table[row];

		*out = (struct option){ o->name, o->arg ? required_argument : no_argument, NULL,
					OPT_TABLE + (int)row };
	}
}

int section_opt_gpa(void)
{
	return OPT_TABLE;
}

int section_opt_bdf(void)
{
	size_t row = 0;

	while (strcmp(section_table[row].name, "bdf") != 0)
		row++;
	return OPT_TABLE + (int)row;
}

int section_opt_severity(void)
{
	return OPT_TABLE + 1;
}

int section_opt_fru_id(void)
{
	return OPT_TABLE + 2;
}

int sections_add(struct sections *s, int opt, const char *arg, struct ras_err *err)
{
	const char *type, *severity;
	struct section_args *a;

	if (opt == OPT_TYPE && section_einj(arg, &type, &severity)) {
		int r = sections_add(s, OPT_TYPE, type, err);

		return r ? r : sections_add(s, section_opt_severity(), severity, err);
	}
	if (opt == OPT_SECTION) {
		s->used = true;
		if (s->n + 1 >= SECTIONS_MAX)
			return ras_fail(err, RAS_E_PARAMS, "a record has at most %d sections",
					SECTIONS_MAX);
		s->n++;
		return 0;
	}
	a = &s->s[s->n];
	if (a->n >= SECTION_MAX_ARGS)
		return ras_fail(err, RAS_E_PARAMS, "a section has at most %d options",
				SECTION_MAX_ARGS);
	if (opt < OPT_TABLE || opt >= OPT_TABLE + SHARED)
		s->used = true;
	if (opt == section_opt_severity() && !strcmp(arg, "fatal"))
		s->fatal = true;
	a->arg[a->n++] = (struct section_arg){ opt, arg };
	return 0;
}

/* Set a member of the section or header from text: hex digits, or the text as it is. */
static int set_member(struct draft *d, const struct section_target *t, const char *opt,
		      const char *arg, struct ras_err *err)
{
	static uint8_t bytes[4096];
	static char hex[2 * sizeof(bytes) + 1];
	struct cper_guid guid;
	size_t len;
	int r;

	if (t->where == TO_HEADER) {
		if (strcmp(t->name, "fru_text") && cper_guid_parse(arg, &guid) < 0)
			return ras_fail(err, RAS_E_PARAMS, "--%s takes a GUID", opt);
		if (!strcmp(t->name, "fru_text") && strlen(arg) > CPER_FRU_TEXT_SIZE)
			return ras_fail(err, RAS_E_PARAMS, "--%s holds at most %u characters", opt,
					CPER_FRU_TEXT_SIZE);
		json_object_object_add(d->header, t->name, json_object_new_string(arg));
		return 0;
	}
	r = value_bytes(opt, arg, 1, bytes, sizeof(bytes), &len, err);
	if (r < 0)
		return r;
	hex_encode(bytes, len, hex);
	json_object_object_add(d->section, t->name, json_object_new_string(hex));
	return 0;
}

static int apply(struct draft *d, const char *kind, const struct section_arg *a,
		 struct ras_err *err)
{
	const struct section_opt *o = &section_table[a->opt - OPT_TABLE];
	const struct section_target *t = section_find_target(o, kind);

	if (!t) {
		ras_fail(err, RAS_E_PARAMS, "--%s does not go with --type %s", o->name, d->word);
		for (size_t i = 0; i < ARRAY_LEN(o->to) && o->to[i].kind; i++) {
			size_t at = strlen(err->hint);

			snprintf(err->hint + at, sizeof(err->hint) - at, "%s%s",
				 at ? ", " : "it goes with ", section_kind_word(o->to[i].kind));
		}
		return -RAS_E_PARAMS;
	}
	if (t->where == TO_FN)
		return t->fn(d, a->arg, err);
	if (t->where == TO_HEADER || t->where == TO_SECTION_HEX)
		return set_member(d, t, o->name, a->arg, err);
	return draft_set(d, t->where, t->name, o->name, a->arg, err);
}

const char *sections_type(const struct sections *s)
{
	const char *type = NULL;

	for (size_t i = 0; i <= s->n; i++)
		for (size_t k = 0; k < s->s[i].n; k++)
			if (s->s[i].arg[k].opt == OPT_TYPE)
				type = s->s[i].arg[k].arg;
	return type;
}

static int build_one(const struct section_args *a, const char **severity, json_object *block,
		     json_object *list, struct ras_err *err)
{
	struct draft d = { .word = "memory", .block = block, .severity = *severity };
	const char *kind;
	int r = 0;

	for (size_t i = 0; i < a->n; i++)
		if (a->arg[i].opt == OPT_TYPE)
			d.word = a->arg[i].arg;
	kind = section_kind(d.word);
	if (!kind)
		return section_no_type(d.word, err);
	d.word = section_kind_word(kind);
	d.type = cper_section_by_kind(kind);
	d.entry = json_object_new_object();
	d.header = json_object_new_object();
	d.section = json_object_new_object();
	json_object_object_add(d.entry, "kind", json_object_new_string(kind));
	json_object_object_add(d.entry, "header", d.header);
	json_object_object_add(d.entry, "section", d.section);
	json_object_array_add(list, d.entry);
	if (d.type) {
		d.fields = json_object_new_object();
		json_object_object_add(d.section, "fields", d.fields);
	}
	for (size_t i = 0; r == 0 && i < a->n; i++)
		if (a->arg[i].opt >= OPT_TABLE)
			r = apply(&d, kind, &a->arg[i], err);
	if (r == 0)
		r = special_finish(&d, err);
	*severity = d.severity;
	return r;
}

static section_word_fn word_fn;

/* Words of several parts are given as one word; the command line takes both. */
static void pass_word(const char *word)
{
	char one[64];

	snprintf(one, sizeof(one), "%s", word);
	for (char *c = one; *c; c++)
		if (*c == ' ' || *c == '/')
			*c = '-';
	word_fn(one, "");
}

void section_words_of(const char *type, const char *option, section_word_fn fn)
{
	_json_ json_object *list = json_object_new_array(), *block = json_object_new_object();
	struct section_args a = { .n = 2 };
	const char *severity = "corrected";
	struct ras_err err;
	size_t row = 0;

	while (row < section_table_len && strcmp(section_table[row].name, option) != 0)
		row++;
	if (row == section_table_len || !section_table[row].arg)
		return;
	a.arg[0] = (struct section_arg){ OPT_TYPE, type };
	a.arg[1] = (struct section_arg){ OPT_TABLE + (int)row, "?" };
	word_fn = fn;
	value_words_to(pass_word);
	build_one(&a, &severity, block, list, &err);
	value_words_to(NULL);
}

int sections_build(const struct sections *s, json_object *params, struct ras_err *err)
{
	json_object *list = json_object_new_array(), *block = json_object_new_object();
	const char *severity = "corrected";
	int r = 0;

	json_object_object_add(params, "sections", list);
	for (size_t i = 0; r == 0 && i <= s->n; i++)
		r = build_one(&s->s[i], &severity, block, list, err);
	if (json_object_object_length(block))
		json_object_object_add(params, "block", block);
	else
		json_object_put(block);
	return r;
}
