// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Fields of a draft, which values.c reads from text. A field of an error or a context goes into the
 * structure that --error or --context began last.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/section/draft.h"
#include "json/json.h"

static const struct cper_part *find_part(const struct draft *d, const char *name)
{
	for (size_t i = 0; d->type && i < d->type->nr_parts; i++)
		if (!strcmp(d->type->parts[i].name, name))
			return &d->type->parts[i];
	return NULL;
}

/* The fields of a new element of array name. */
static json_object *new_element(struct draft *d, const char *name, json_object **element)
{
	json_object *list, *e = json_object_new_object(), *fields = json_object_new_object();

	if (!json_object_object_get_ex(d->section, name, &list)) {
		list = json_object_new_array();
		json_object_object_add(d->section, name, list);
	}
	json_object_object_add(e, "fields", fields);
	json_object_array_add(list, e);
	if (element)
		*element = e;
	return fields;
}

int draft_set(struct draft *d, enum target_where where, const char *name, const char *opt,
	      const char *arg, struct ras_err *err)
{
	const struct cper_table *t = d->type ? &d->type->table : NULL;
	const struct cper_part *part;
	json_object *in = d->fields, *v = NULL;
	int i, r;

	if (where == TO_ERROR || where == TO_CONTEXT) {
		part = find_part(d, where == TO_ERROR ? "error_info" : "context_info");
		t = part ? part->table : NULL;
		if (where == TO_ERROR && t && !d->error) {
			r = special_error(d, "cache", err);
			if (r < 0)
				return r;
		}
		if (where == TO_CONTEXT && t && !d->context)
			d->context = new_element(d, "context_info", &d->context_element);
		in = where == TO_ERROR ? d->error : d->context;
	}
	i = t ? cper_field_index(t, name) : CPER_NO_FIELD;
	if (i == CPER_NO_FIELD) {
		ras_fail(err, RAS_E_PARAMS, "type %s has no field %.60s", d->word, name);
		return ras_hint(err, "rasctl decode -o json shows the names of a record's fields");
	}
	r = value_field(opt, arg, &t->fields[i], &v, err);
	if (r == 0)
		json_object_object_add(in, name, v);
	return r;
}

int draft_set_number(struct draft *d, const char *name, uint64_t n, struct ras_err *err)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	return draft_set(d, TO_FIELD, name, name, text, err);
}

void draft_set_header(struct draft *d, const char *name, uint64_t n)
{
	json_object_object_add(d->header, name, json_object_new_uint64(n));
}

int special_context(struct draft *d, const char *arg, struct ras_err *err)
{
	/* the words of ghes_inject.py, for ARM */
	static const char *const words[] = {
		"aarch32-gpr", "aarch32-el1", "aarch32-el2", "aarch32-secure", "gpr", "el1",
		"el2",	       "el3",	      "misc"
	};
	char number[8];

	d->context = NULL;
	for (size_t i = 0; i < ARRAY_LEN(words) && d->type && !strcmp(d->type->kind, "proc_arm");
	     i++) {
		const char *word = !strncasecmp(arg, "aarch64-", 8) ? arg + 8 : arg;

		if (strcasecmp(word, words[i]) != 0)
			continue;
		snprintf(number, sizeof(number), "%zu", i);
		arg = number;
		break;
	}
	return draft_set(d, TO_CONTEXT, "register_context_type", "context", arg, err);
}

int special_error(struct draft *d, const char *arg, struct ras_err *err)
{
	static const struct {
		const char *word, *guid;
	} checks[] = {
		{ "cache", "a55701f5-e3ef-43de-ac72-249b573fad2c" },
		{ "tlb", "fc06b535-5e1f-4562-9f25-0a3b9adb63c3" },
		{ "bus", "1cf3f8b3-c5b1-49a2-aa59-5eef92ffa63c" },
		{ "micro-arch", "48ab7f57-dc34-4f6c-a7d3-b0b5b0a74314" },
	};

	d->error = new_element(d, "error_info", NULL);
	if (!strcmp(d->type->kind, "proc_arm"))
		return draft_set(d, TO_ERROR, "type", "error", arg, err);
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (value_same_word(arg, checks[i].word, false))
			return draft_set(d, TO_ERROR, "error_structure_type", "error",
					 checks[i].guid, err);
	if (strlen(arg) == CPER_GUID_TEXT_SIZE - 1)
		return draft_set(d, TO_ERROR, "error_structure_type", "error", arg, err);
	ras_fail(err, RAS_E_PARAMS, "--error cannot be \"%.60s\"", arg);
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		value_hint(err, "a GUID or one of ", checks[i].word);
	return -RAS_E_PARAMS;
}
