// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl: the program. Its verbs are in cli/verbs, what they share is in cmdline/verb.h. */
#include <stdio.h>

#include "cli/cmdline/verb.h"
#include "cli/show/out.h"

static int show_help(const struct verb *v)
{
	struct ras_err err;

	if (!v)
		help_all(stdout);
	else if (help_verb(stdout, v, sections_type(&cmdline.sections), &err))
		return out_error(&cmdline, &err);
	return EX_DONE;
}

int main(int argc, char **argv)
{
	struct request r = { 0 };
	struct ras_err err;

	if (options_parse(argc, argv, &r, &err))
		return out_error(&cmdline, &err);
	if (r.help)
		return show_help(r.verb);
	if (r.version) {
		puts("rasctl " RASD_VERSION);
		return EX_DONE;
	}
	if (!r.verb) {
		help_short(stderr);
		return EX_USAGE_ERROR;
	}
	return r.verb->run(&cmdline);
}
