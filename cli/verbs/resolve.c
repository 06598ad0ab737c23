// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl resolve: an operator decides an injection whose outcome rasd could not prove. */
#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

static const char *state, *reason;

static int run(const struct options *o)
{
	_json_ json_object *result = NULL;
	_json_ json_object *params = json_object_new_object();
	struct ras_err err;

	if (!state || !reason) {
		ras_fail(&err, RAS_E_PARAMS, "resolve needs --state and --reason");
		ras_hint(&err,
			 "--state acknowledged|consumed|refused|lost, as far as you know it; the "
			 "reason is kept");
		out_error(o, &err);
		return EX_USAGE_ERROR;
	}
	json_object_object_add(params, "id", json_object_new_string(o->operand));
	json_object_object_add(params, "state", json_object_new_string(state));
	json_object_object_add(params, "reason", json_object_new_string(reason));
	if (o->dry_run)
		json_object_object_add(params, "dry_run", json_object_new_boolean(1));
	if (client_ask(o->socket, "injection.resolve", TAKE(params), &result, &err) < 0)
		return out_error(o, &err);
	if (o->json) {
		out_json(result);
		return EX_DONE;
	}
	out_str(stdout, member_str(result, "id", "?"));
	printf("  ");
	out_str(stdout, member_str(result, "state", "?"));
	printf("  ");
	out_str(stdout, member_str(result, "detail", ""));
	puts(o->dry_run ? " (dry run: nothing was changed)" : "");
	return EX_DONE;
}

static const char *const states[] = { "acknowledged", "consumed", "refused", "lost", NULL };

static const struct verb_option options[] = {
	{ .name = "state",
	  .value = "STATE",
	  .help = "acknowledged, consumed, refused or lost, as far as you know it",
	  .text = &state,
	  .words = states },
	{ .name = "reason",
	  .value = "TEXT",
	  .help = "how you know it; the journal keeps it",
	  .text = &reason },
	OPTION_DRY_RUN,
	{ 0 },
};

const struct verb verb_resolve = {
	.name = "resolve",
	.summary = "decide an injection whose state is unknown",
	.group = GROUP_INJECT,
	.usage = "ID --state STATE --reason TEXT [--dry-run]",
	.operands = { { .name = "ID" } },
	.min_operands = 1,
	.changes = true,
	.options = options,
	.examples = { "rasctl resolve 6f9c... --state lost --reason 'the guest was shut down'",
		      "rasctl resolve 6f9c... --state consumed --reason 'its log' --dry-run" },
	.run = run,
};
