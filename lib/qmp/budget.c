// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qmp/budget.h"

#include <string.h>

#include "json/json.h"
#include "qmp/flat_view.h"

const struct reply_budget reply_budget_greeting = { .what = "a greeting",
						    .bytes = 4096,
						    .values = 64 };

const struct reply_budget reply_budget_small = { .what = "an event or a short reply",
						 .bytes = 16384,
						 .values = 512 };

const struct reply_budget reply_budget_flat_view = { .what = "info mtree -f",
						     .bytes = 16384,
						     .values = 64,
						     .flat_view = true };

/*
 * The larger ones. 4,608 values are JSON_MAX_VALUES: as json-c values they take 3.2 MB and 1 ms at
 * most. query-cpus-fast is asked through libvirt only, which bounds a reply itself (4 MiB); its
 * first CPU is cut out of the text before it becomes values.
 */
static const struct {
	const char *command, *line; /* line: of a human monitor command */
	struct reply_budget budget;
} larger[] = {
	{ "query-commands", NULL, { "query-commands", 65536, 4608, false, false } },
	{ "query-cpus-fast", NULL, { "query-cpus-fast", 16384, 512, false, true } },
	{ "query-memdev", NULL, { "query-memdev", 65536, 4608, false, false } },
	{ "qom-list", NULL, { "qom-list", 65536, 4608, false, false } },
	{ "x-query-ramblock", NULL, { "x-query-ramblock", 65536, 64, false, false } },
	{ "human-monitor-command", "info ramblock", { "info ramblock", 65536, 64, false, false } },
};

const struct reply_budget *reply_budget_of(const char *command, json_object *args)
{
	const char *line = "";

	if (args)
		json_opt_str(args, "command-line", &line, NULL);
	if (!strcmp(command, "human-monitor-command") && !strcmp(line, "info mtree -f"))
		return &reply_budget_flat_view;
	for (size_t i = 0; i < sizeof(larger) / sizeof(larger[0]); i++)
		if (!strcmp(larger[i].command, command) &&
		    (!larger[i].line || !strcmp(larger[i].line, line)))
			return &larger[i].budget;
	return &reply_budget_small;
}

void reply_budget_add(struct reply_budget *b, const struct reply_budget *other)
{
	if (other->bytes > b->bytes || (other->bytes == b->bytes && other->flat_view))
		b->what = other->what;
	if (other->bytes > b->bytes)
		b->bytes = other->bytes;
	if (other->values > b->values)
		b->values = other->values;
	b->flat_view |= other->flat_view;
}

static int broken(const struct reply_budget *b, size_t most, const char *of, struct ras_err *err)
{
	ras_fail(err, RAS_E_MONITOR, "its monitor sent more than %zu %s for %s", most, of, b->what);
	return ras_hint(err, "no QEMU does that: what listens there? It is asked again, at longer "
			     "and longer intervals");
}

int reply_budget_broken(const struct reply_budget *b, size_t bytes, struct ras_err *err)
{
	return broken(b, bytes, "bytes", err);
}

int reply_gate(const char *text, size_t len, const struct reply_budget *b, struct ras_err *err)
{
	int r;

	if (len > b->bytes)
		return reply_budget_broken(b, b->bytes, err);
	r = json_gate_values(text, len, b->values, err);
	return r == -RAS_E_PARAMS ? broken(b, b->values, "values", err) : r;
}

int reply_parse(const char *text, size_t len, const struct reply_budget *b, json_object **out,
		struct ras_err *err)
{
	int r;

	if (len > b->bytes)
		return reply_budget_broken(b, b->bytes, err);
	r = json_parse_values(text, len, b->values, out, err);
	return r == -RAS_E_PARAMS ? broken(b, b->values, "values", err) : r;
}
