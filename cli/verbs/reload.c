// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl reload: rasd reads its configuration again. */
#include <stdio.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

static void print_names(const char *head, json_object *list)
{
	const size_t n = list ? json_object_array_length(list) : 0;

	if (!n)
		return;
	printf("%s:", head);
	for (size_t i = 0; i < n; i++)
		out_format(" %s", item_str(list, i));
	putchar('\n');
}

static int run(const struct options *o)
{
	_json_ json_object *params = json_object_new_object();
	_json_ json_object *result = NULL;
	json_object *changed, *restart;
	struct ras_err err;

	if (o->dry_run)
		json_object_object_add(params, "dry_run", json_object_new_boolean(1));
	if (client_ask(o->socket, "config.reload", TAKE(params), &result, &err) < 0)
		return out_error(o, &err);
	if (o->json) {
		out_json(result);
		return EX_DONE;
	}
	changed = member_of(result, "changed", json_type_array);
	restart = member_of(result, "restart_needed", json_type_array);
	print_names(o->dry_run ? "would change" : "changed", changed);
	print_names("need a restart of rasd (systemctl restart rasd)", restart);
	if (member_number(result, "refused"))
		printf("waiting injections that are refused now: %lld\n",
		       (long long)member_number(result, "refused"));
	if (changed && restart && !json_object_array_length(changed) &&
	    !json_object_array_length(restart))
		puts("nothing has changed");
	return EX_DONE;
}

static const struct verb_option options[] = {
	OPTION_DRY_RUN,
	{ 0 },
};

const struct verb verb_reload = {
	.name = "reload",
	.summary = "rasd reads rasd.conf again",
	.text = "Groups, limits, [injector] sections, grants and what is done with errors of the "
		"host take effect at once; keys that need a restart are named. A file that is "
		"wrong changes nothing. Role admin.",
	.usage = "[--dry-run]",
	.group = GROUP_SELF,
	.changes = true,
	.options = options,
	.examples = { "rasctl reload", "rasctl reload --dry-run" },
	.run = run,
};
