// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl help: the list of verbs, or the help of one. */
#include "cli/cmdline/verb.h"
#include "cli/show/out.h"

static const char *type;

static int run(const struct options *o)
{
	const struct verb *v;
	struct ras_err err;

	if (!o->operand) {
		help_all(stdout);
		return EX_DONE;
	}
	v = verb_find(o->operand, &err);
	if (!v || help_verb(stdout, v, type, &err))
		return out_error(o, &err);
	return EX_DONE;
}

static const struct verb_option options[] = {
	{ .name = "type",
	  .value = "TYPE",
	  .help = "of inject: the options of this type of section",
	  .text = &type,
	  .from = VALUE_TYPE },
	{ 0 },
};

const struct verb verb_help = {
	.name = "help",
	.summary = "every verb in a line, or all about one",
	.group = GROUP_SELF,
	.operands = { { .name = "VERB", .from = VALUE_VERB } },
	.options = options,
	.examples = { "rasctl help explain", "rasctl help inject --type pcie" },
	.run = run,
};
