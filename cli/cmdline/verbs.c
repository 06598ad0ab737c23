// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"

#define LIST_VERB(name) &verb_##name,
static const struct verb *const verbs[] = { VERBS(LIST_VERB) };
#undef LIST_VERB

const struct verb *verb_at(size_t i)
{
	return i < ARRAY_LEN(verbs) ? verbs[i] : NULL;
}

/* Levenshtein distance of two short words. */
static size_t distance(const char *a, const char *b)
{
	size_t row[32], n = strlen(b);

	if (n >= ARRAY_LEN(row))
		return n;
	for (size_t k = 0; k <= n; k++)
		row[k] = k;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t k = 1; k <= n; k++) {
			size_t best = diagonal + (a[i - 1] != b[k - 1]);

			diagonal = row[k];
			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			row[k] = best;
		}
	}
	return row[n];
}

const struct verb *verb_find(const char *word, struct ras_err *err)
{
	const struct verb *near = NULL;
	size_t best = strlen(word) / 2 + 1; /* half of the word is wrong: that was not meant */

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		size_t d = distance(word, verbs[i]->name);

		if (d == 0)
			return verbs[i];
		/* Who mistypes a harmless verb must not be led to one that does something. */
		if (!verbs[i]->changes && d < best && d < 4) {
			best = d;
			near = verbs[i];
		}
	}
	ras_fail(err, RAS_E_PARAMS, "no such verb: %.40s", word);
	if (near)
		ras_hint(err, "did you mean '%s'?", near->name);
	else
		ras_hint(err, "rasctl help lists the verbs");
	return NULL;
}

const char *verb_operands(const struct verb *v, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (int i = 0; i < MAX_OPERANDS && v->operands[i].name && at < size; i++) {
		bool must = i < v->min_operands;

		at += (size_t)snprintf(out + at, size - at, "%s%s%s%s", i ? " " : "",
				       must ? "" : "[", v->operands[i].name, must ? "" : "]");
	}
	return out;
}
